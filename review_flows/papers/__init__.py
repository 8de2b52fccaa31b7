"""Word and Excel out, knowing no business."""

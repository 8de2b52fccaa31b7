"""Word as a format, knowing no law and no business."""

"""HTTP, thin: documents for those who may see them."""

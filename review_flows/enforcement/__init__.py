"""Major enforcement decisions: the catalogue of what needs review."""

"""A document as text: read, parsed, compared, screened."""

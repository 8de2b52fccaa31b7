"""After the signature: numbering, publication, filing, validity, clean-up."""

"""What is remembered: database, documents by hash, the audit trail."""

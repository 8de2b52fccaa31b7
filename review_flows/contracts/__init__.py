"""Contracts of government organs: ledger and signed-copy check."""

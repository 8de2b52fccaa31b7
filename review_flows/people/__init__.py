"""Persons, roles, delegation, conflicts of interest, one-time codes."""

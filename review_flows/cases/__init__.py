"""A case and what happens to it; no Prefect."""

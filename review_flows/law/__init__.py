"""The rules of procedure, pure: no clock, no database, no Prefect, no HTTP, no Word."""

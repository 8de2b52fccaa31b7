"""The names by which Prefect knows our pool and our worker type."""

POOL = "review-flows"
TYPE = "review-flows"

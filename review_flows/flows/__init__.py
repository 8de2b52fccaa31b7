"""The only room that knows Prefect: it drives what the records say is due."""

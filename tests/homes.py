"""Homes in temporary folders, for tests."""

from pathlib import Path

from review_flows.settings import Settings


def settings_for(folder: Path, database_url: str | None = None, clock: Path | None = None) -> Settings:
    """The settings of a home at `folder`/home; SQLite inside it unless another database is named."""
    return Settings(folder / "home", database_url, folder, folder, clock=clock)

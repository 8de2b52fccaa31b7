"""Homes in temporary folders, for tests; their database is copied from one that was migrated once, to save the time."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from review_flows.records.database import connect, upgrade
from review_flows.settings import Settings


def settings_for(folder: Path, database_url: str | None = None, clock: Path | None = None) -> Settings:
    """The settings of a home at `folder`/home; SQLite inside it unless another database is named."""
    if database_url is None:
        prepare(folder / "home")
    return Settings(folder / "home", database_url, folder, folder, clock=clock)


def prepare(home: Path) -> None:
    """Put a database with our schema, and nothing in it, into a home that has none yet."""
    if not (home / "records.db").exists():
        home.mkdir(parents=True, exist_ok=True)
        shutil.copy(_migrated(), home / "records.db")


@cache
def _migrated() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="review-flows-schema-"))
    atexit.register(shutil.rmtree, folder)
    engine = connect(f"sqlite:///{folder}/records.db")
    upgrade(engine)
    engine.dispose()  # with the last connection the write-ahead log is folded in
    return folder / "records.db"

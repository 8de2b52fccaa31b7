"""Databases to test on: each test that asks for `engine` runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from review_flows.records.database import CHINA, connect, upgrade
from review_flows.records.home import Home, open_home
from tests import postgres
from tests.homes import prepare, settings_for

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=CHINA)


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    with postgres.server() as started:
        yield started


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database that has our schema and nothing in it."""
    if request.param == "sqlite":
        prepare(tmp_path)
        return f"sqlite:///{tmp_path / 'records.db'}"
    found: postgres.Server = request.getfixturevalue("server")
    return found.new_database()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url)
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def now() -> datetime:
    """A Monday morning in office hours."""
    return NOW


@pytest.fixture
def later() -> datetime:
    return NOW + timedelta(hours=1)


@pytest.fixture
def home(database_url: str, tmp_path: Path) -> Iterator[Home]:
    """A home just opened, on either database."""
    opened = open_home(settings_for(tmp_path, database_url))
    yield opened
    opened.close()

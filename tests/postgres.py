"""A PostgreSQL server of the tests' own, from Debian's binaries, in a temporary folder, on a socket and no port.

`server()` starts it; tests that need it are skipped with a reason where the programs are missing. As root, which
PostgreSQL refuses, it runs as the user `postgres`.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from review_flows.records.database import connect, upgrade

_TEMPLATE = "records_template"
# No test outlives a power failure: durability is switched off.
_FAST = "-c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=40 -c shared_buffers=32MB"


@dataclass
class Server:
    """A running server; `new_database()` gives the address of a database with our schema in it."""

    folder: Path
    _numbers: Iterator[int]

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """The address of a new database, copied from one that was migrated once."""
        name = f"records_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        return self.url(name)

    def run(self, statement: str) -> None:
        engine = create_engine(
            self.url("postgres").replace("postgresql:", "postgresql+psycopg:"),
            isolation_level="AUTOCOMMIT",
            poolclass=NullPool,
        )
        with engine.connect() as connection:
            connection.execute(text(statement))


def programs() -> Path:
    """The folder of PostgreSQL's server programs; skips the test where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if not found:
        pytest.skip("PostgreSQL's server programs are missing (apt-get install postgresql)")
    return found[-1].parent


@contextmanager
def server(options: str = _FAST) -> Iterator[Server]:
    """A server that lives as long as the block."""
    binaries = programs()
    folder = Path(tempfile.mkdtemp(prefix="review-flows-postgres-"))
    try:
        _give_to_postgres(folder)
        _as_postgres(
            binaries / "initdb", "-D", folder / "data", "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8"
        )
        control = (binaries / "pg_ctl", "-D", folder / "data", "-w", "-s", "-l", folder / "log")
        _as_postgres(*control, "-o", f"{options} -k {folder}", "start")
        try:
            started = Server(folder, count(1))
            started.run(f"CREATE DATABASE {_TEMPLATE}")
            engine = connect(started.url(_TEMPLATE))
            upgrade(engine)
            engine.dispose()
            yield started
        finally:
            _as_postgres(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _give_to_postgres(folder: Path) -> None:
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)


def _as_postgres(*command: str | Path) -> None:
    prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    # Output goes to a file, not a pipe: the server would keep a pipe open for ever.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            [*prefix, *map(str, command)], stdout=said, stderr=said, stdin=subprocess.DEVNULL, cwd="/", env=environment
        )
        if done.returncode:
            said.seek(0)
            raise RuntimeError(said.read().decode(errors="replace"))

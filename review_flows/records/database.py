"""The records' database: an engine that writes safely, sessions for reading and writing, the schema brought up to date.

SQLite by default, PostgreSQL beyond one machine; both behave alike here:

* `writing()` takes the one write lock *before* it reads anything (BEGIN IMMEDIATE; one advisory transaction lock). With
  SQLAlchemy's default, which begins at the first write, two writers read the same head of the audit chain and one is
  lost.
* `reading()` sees one consistent state and writes nothing.
* UPDATE and DELETE on append-only tables are refused by the database itself (guards.py).

Instants are kept as RFC 3339 text of one width in +08:00, so that their order as text is their order in time on both.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, String, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session

from review_flows.errors import ReviewFlowsError, SettingsError

CHINA = timezone(timedelta(hours=8))  # one zone in the whole country, without summer time

_MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_TIMEOUT_SECONDS = 10
# Any fixed number does, as long as every writer of the same database uses it.
_WRITE_LOCK = 0x5246_4C57
_WRITING = "review_flows_writing"
_NOT_SUPPORTED = "只支持 sqlite:///文件 与 postgresql://用户:口令@主机/数据库。"


class Instant(TypeDecorator[datetime]):
    """A column type: an aware datetime, kept as `2026-11-23T09:00:00.000000+08:00`.

    In a row: `at: datetime = Field(sa_type=Instant)`.
    """

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> str | None:
        return None if value is None else instant_text(value)

    def process_result_value(self, value: str | None, dialect: Any) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


def instant_text(at: datetime) -> str:
    """The one way an instant is written down: RFC 3339, microseconds, +08:00."""
    if at.tzinfo is None:
        raise ValueError("an instant needs its offset")
    return at.astimezone(CHINA).isoformat(timespec="microseconds")


@dataclass(frozen=True)
class Upgrade:
    """What `upgrade()` did: the schema's revision before (None: there was no schema) and now."""

    before: str | None
    now: str

    @property
    def changed(self) -> bool:
        return self.before != self.now


def connect(url: str) -> Engine:
    """An engine for `sqlite:///…` or `postgresql://…`; it opens no connection yet."""
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise SettingsError("REVIEW_FLOWS_DATABASE_URL", _NOT_SUPPORTED) from error
    if address.get_backend_name() == "sqlite":
        return _sqlite(create_engine(address, connect_args={"timeout": _BUSY_TIMEOUT_SECONDS}, **_JSON))
    if address.get_backend_name() == "postgresql":
        # The advisory lock comes first and each later statement must see what its former holder committed.
        engine = create_engine(
            address.set(drivername="postgresql+psycopg"),
            isolation_level="READ COMMITTED",
            pool_pre_ping=True,
            connect_args={"connect_timeout": _BUSY_TIMEOUT_SECONDS},
            **_JSON,
        )
        event.listen(engine, "begin", _begin_on_postgresql)
        return engine
    raise SettingsError("REVIEW_FLOWS_DATABASE_URL", _NOT_SUPPORTED)


def _dump(value: Any) -> str:
    import orjson

    return orjson.dumps(value).decode()  # Chinese stays readable and searchable in JSON columns


def _load(written: str | bytes) -> Any:
    import orjson

    return orjson.loads(written)


_JSON: dict[str, Any] = {"json_serializer": _dump, "json_deserializer": _load}


def _sqlite(engine: Engine) -> Engine:
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_on_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver starts no transaction of its own; `_begin_on_sqlite` does
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_on_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _is_writing(connection) else "BEGIN")


def _begin_on_postgresql(connection: Connection) -> None:
    if _is_writing(connection):
        connection.exec_driver_sql(
            f"SET LOCAL lock_timeout = '{_BUSY_TIMEOUT_SECONDS}s'; SELECT pg_advisory_xact_lock({_WRITE_LOCK})"
        )
    else:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


def _is_writing(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get(_WRITING, False))


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A session that holds the write lock from its first statement; commits at the end, rolls back on any error.

    Keep it short: no Prefect call and no large file inside, since nobody else writes meanwhile.
    """
    with Session(writing_engine(engine), expire_on_commit=False) as session:
        session.info[_WRITING] = True
        try:
            session.connection()  # begins, and so waits for the lock, here and not somewhere in the middle
        except OperationalError as error:
            raise ReviewFlowsError(_no_connection(engine, error)) from error
        yield session
        session.commit()


@lru_cache(maxsize=16)
def writing_engine(engine: Engine) -> Engine:
    """The same engine, whose transactions take the write lock when they begin."""
    return engine.execution_options(**{_WRITING: True})


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that sees one consistent state; what is changed in it is thrown away."""
    with Session(engine, expire_on_commit=False, autoflush=False) as session:
        yield session


def is_writing(session: Session) -> bool:
    """Whether the session came from `writing()`; only such a one may append to the audit trail."""
    return bool(session.info.get(_WRITING, False))


def upgrade(engine: Engine) -> Upgrade:
    """Bring the schema to the newest revision; one query and no more where it is there already."""
    head = newest_revision()
    before = current_revision(engine)
    if before == head:
        return Upgrade(before, head)
    from review_flows.records.migrations.running import run

    run(engine, before)
    return Upgrade(before, head)


def newest_revision() -> str:
    """The revision this version of the program works with, known without importing Alembic."""
    return (_MIGRATIONS / "HEAD").read_text("ascii").strip()


def current_revision(engine: Engine) -> str | None:
    """The revision the database stands at; None where there is no schema yet."""
    try:
        with engine.connect() as connection:
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    except DBAPIError as error:
        if _is_missing_table(error):
            return None
        raise ReviewFlowsError(_no_connection(engine, error)) from error


def _is_missing_table(error: DBAPIError) -> bool:
    return "no such table" in str(error.orig) or type(error.orig).__name__ == "UndefinedTable"


def _no_connection(engine: Engine, error: DBAPIError) -> str:
    where = engine.url.render_as_string(hide_password=True)
    if "locked" in str(error.orig) or "lock timeout" in str(error.orig):
        return f"数据库正忙（{where}）：{_BUSY_TIMEOUT_SECONDS} 秒内没有轮到写入，请稍后再试。"
    return f"数据库无法打开（{where}）：{str(error.orig).strip().splitlines()[0]}"

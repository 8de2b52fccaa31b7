"""The database: one schema from migration and rows alike, guards that hold, writers in turn."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from review_flows.errors import ReviewFlowsError
from review_flows.records import audit, database
from review_flows.records.audit import Actor
from review_flows.records.database import (
    connect,
    current_revision,
    instant_text,
    newest_revision,
    reading,
    upgrade,
    writing,
)
from review_flows.records.documents import Document
from review_flows.records.migrations.regenerate import all_rows, migration
from review_flows.records.migrations.running import scripts
from tests import postgres

WRITERS, EACH = 8, 25
ZHANG = Actor("zhang", "legal_reviewer", "justice")


def test_upgrading_makes_the_schema_and_does_nothing_the_second_time(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'records.db'}")
    assert current_revision(engine) is None
    assert upgrade(engine).changed
    assert not upgrade(engine).changed
    assert current_revision(engine) == newest_revision()
    engine.dispose()


def test_the_head_file_names_the_newest_migration() -> None:
    assert scripts().get_current_head() == newest_revision()


def test_the_migration_is_what_the_rows_ask_for() -> None:
    revision, written = migration(all_rows())
    path = Path(scripts().get_revision("head").path)
    assert (revision, written) == (newest_revision(), path.read_text("utf-8")), "run `make migration`"


def test_the_migrated_schema_equals_the_rows(engine: Engine) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, all_rows()) == []


def test_a_database_of_another_version_is_refused(engine: Engine) -> None:
    with writing(engine) as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = 'future'"))
    with pytest.raises(ReviewFlowsError, match="future 不是本程序认识的版本"):
        upgrade(engine)


@pytest.mark.parametrize("url", ["mysql://me:secret@localhost/records", "records.db", ""])
def test_an_unknown_kind_of_database_is_refused_without_showing_a_password(url: str) -> None:
    with pytest.raises(ReviewFlowsError, match="只支持") as caught:
        connect(url)
    assert "secret" not in str(caught.value)


def test_a_server_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReviewFlowsError, match="数据库无法打开（postgresql.*"):
        upgrade(connect(f"postgresql://me:secret@/records?host={tmp_path}"))


def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "records.db").write_bytes(b"not a database at all, but long enough to be read as one" * 20)
    with pytest.raises(ReviewFlowsError, match="数据库无法打开"):
        upgrade(connect(f"sqlite:///{tmp_path / 'records.db'}"))


def test_a_database_that_cannot_be_opened_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReviewFlowsError, match="数据库无法打开"):
        upgrade(connect(f"sqlite:///{tmp_path / 'missing' / 'records.db'}"))


def test_sqlite_waits_for_the_disk_and_for_others(tmp_path: Path) -> None:
    expected = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 10_000,
        "recursive_triggers": 1,
    }
    engine = connect(f"sqlite:///{tmp_path / 'records.db'}")
    with engine.connect() as connection:
        found = {pragma: connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() for pragma in expected}
    engine.dispose()
    assert found == expected


def test_a_writer_that_waits_too_long_is_told_so(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_BUSY_TIMEOUT_SECONDS", 1)
    impatient = connect(engine.url.render_as_string(hide_password=False))
    with writing(engine), pytest.raises(ReviewFlowsError, match="数据库正忙.*1 秒内没有轮到写入"), writing(impatient):
        pass
    impatient.dispose()


def test_an_instant_keeps_its_order_as_text() -> None:
    instants = [datetime(2026, 11, 23, 1, 0, tzinfo=UTC) + timedelta(microseconds=n * 999_999) for n in range(5)]
    texts = [instant_text(at) for at in instants]
    assert texts == sorted(texts)
    assert texts[0] == "2026-11-23T09:00:00.000000+08:00"
    with pytest.raises(ValueError, match="offset"):
        instant_text(datetime(2026, 11, 23))


def test_what_fails_leaves_nothing_behind(engine: Engine, now: datetime) -> None:
    with pytest.raises(ZeroDivisionError), writing(engine) as session:
        session.add(Document(sha256="a" * 64, size=1, media_type="text/plain"))
        audit.record(session, "document.kept", actor=ZHANG, at=now)
        raise ZeroDivisionError
    with reading(engine) as session:
        assert audit.entries(session) == []
        assert session.get(Document, "a" * 64) is None


def test_a_reading_session_writes_no_event(engine: Engine, now: datetime) -> None:
    with reading(engine) as session, pytest.raises(RuntimeError, match="writing"):
        audit.record(session, "case.opened", actor=ZHANG, at=now)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET event = 'case.closed'",
        "UPDATE audit_entries SET seq = seq + 10",
        "DELETE FROM audit_entries",
        "DELETE FROM audit_entries WHERE seq = 2",
        "DELETE FROM audit_payloads",
        "UPDATE audit_payloads SET content = '{}'",
        "UPDATE audit_payloads SET salt = NULL, content = NULL",
        "INSERT INTO audit_entries SELECT seq + 5, leaf, body, at, event, person, on_behalf_of, case_number, step,"
        " subject_kind, subject_id FROM audit_entries WHERE seq = 2",
        "INSERT INTO audit_entries SELECT seq + 1, leaf, body, at, event, person, on_behalf_of, case_number, step,"
        " subject_kind, subject_id FROM audit_entries WHERE seq = 2",
        "INSERT INTO audit_payloads VALUES (1, '00', '{}')",
        "DELETE FROM documents",
        "UPDATE documents SET size = 2",
    ],
)
def test_the_database_itself_refuses_to_change_the_record(engine: Engine, now: datetime, statement: str) -> None:
    with writing(engine) as session:
        audit.record(session, "case.opened", actor=ZHANG, at=now)
        audit.record(session, "case.noted", actor=ZHANG, at=now, reason="备注")
        session.add(Document(sha256="b" * 64, size=1, media_type="text/plain"))
    with (
        pytest.raises(DBAPIError, match="append-only|not the next|only erased|not of the newest"),
        writing(engine) as session,
    ):
        session.connection().exec_driver_sql(statement)
    with reading(engine) as session:
        assert [entry.event for entry in audit.entries(session)] == ["case.opened", "case.noted"]


def test_replacing_an_entry_on_sqlite_is_refused(tmp_path: Path, now: datetime) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'records.db'}")
    upgrade(engine)
    with writing(engine) as session:
        audit.record(session, "case.opened", actor=ZHANG, at=now)
    with pytest.raises(DBAPIError, match="append-only|not the next"), writing(engine) as session:
        session.connection().exec_driver_sql("INSERT OR REPLACE INTO audit_entries SELECT * FROM audit_entries")
    engine.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE audit_entries CASCADE",
        "TRUNCATE audit_payloads",
        "SET session_replication_role = replica; DELETE FROM audit_entries",
        "INSERT INTO audit_entries SELECT * FROM audit_entries ON CONFLICT (seq) DO UPDATE SET event = 'x'",
    ],
)
def test_postgresql_refuses_the_ways_round(server: postgres.Server, now: datetime, statement: str) -> None:
    engine = connect(server.new_database())
    with writing(engine) as session:
        audit.record(session, "case.opened", actor=ZHANG, at=now, reason="立案")
    with pytest.raises(DBAPIError, match="append-only|not the next"), writing(engine) as session:
        session.connection().exec_driver_sql(statement)
    engine.dispose()


def test_eight_writers_leave_no_gap_and_lose_nothing(engine: Engine, database_url: str) -> None:
    script = Path(__file__).with_name("appending.py")
    writers = [f"writer{number}" for number in range(WRITERS)]
    of_two_processes = writers[: WRITERS // 2], writers[WRITERS // 2 :]
    running = [subprocess.Popen([sys.executable, script, database_url, str(EACH), *some]) for some in of_two_processes]
    assert [process.wait(timeout=120) for process in running] == [0, 0]
    with reading(engine) as session:
        found = audit.entries(session)
        problems = [problem.kind for problem in audit.verify(session).problems]
    assert [entry.seq for entry in found] == list(range(1, WRITERS * EACH + 1))
    assert {(entry.actor.person, entry.payload["number"]) for entry in found} == set(product(writers, range(EACH)))
    assert problems == ["guards"]  # no entry of this bare database says which guards were installed

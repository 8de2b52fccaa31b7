"""On PostgreSQL the program's role owns nothing: it records, and can neither change the record nor unguard it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from review_flows.records import audit
from review_flows.records.audit import Actor
from review_flows.records.checkpoints import in_folder
from review_flows.records.database import connect, reading, writing
from review_flows.records.home import Home, open_home
from review_flows.records.sealing import seal
from tests import postgres
from tests.homes import settings_for

ROLES = Path(__file__).parents[2] / "docs" / "postgresql-roles.sql"
pytestmark = pytest.mark.postgres


@pytest.fixture
def home(server: postgres.Server, tmp_path: Path) -> Iterator[Home]:
    """A home whose tables the owner made, opened by the program's role."""
    url = server.new_database()
    owner = connect(url)
    with writing(owner) as session:
        session.connection().exec_driver_sql(ROLES.read_text("utf-8"))
        session.connection().exec_driver_sql("ALTER ROLE review_flows_app LOGIN; ALTER ROLE review_flows_auditor LOGIN")
    owner.dispose()
    opened = open_home(settings_for(tmp_path, url.replace("postgres@", "review_flows_app@")))
    yield opened
    opened.close()


def test_the_programs_role_records_erases_and_seals(home: Home) -> None:
    with writing(home.engine) as session:
        said = audit.record(session, "case.noted", actor=Actor("li"), at=home.now(), reason="电话")
        audit.erase(session, said.seq, actor=Actor("li"), at=home.now(), ground="本人申请")
    seal(home)
    with reading(home.engine) as session:
        result = audit.verify(session, checkpoints=in_folder(home.checkpoints), public_key=home.keys.public_key)
    assert (result.ok, result.entries, result.erased) == (True, 4, 1)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET event = 'x'",
        "DELETE FROM audit_entries",
        "DELETE FROM audit_payloads",
        "UPDATE audit_payloads SET seq = seq + 1",
        "TRUNCATE audit_payloads",
        "DELETE FROM documents",
        "DELETE FROM burnt_codes",
        "ALTER TABLE audit_entries DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_entries_no_change ON audit_entries",
        "SET session_replication_role = replica",
        "DROP TABLE audit_payloads",
        "CREATE TABLE audit_other (seq int)",
        "UPDATE alembic_version SET version_num = 'x'",
    ],
)
def test_the_programs_role_cannot_harm_the_record(home: Home, statement: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied|must be owner"), writing(home.engine) as session:
        session.connection().exec_driver_sql(statement)


def test_the_auditors_role_verifies_and_writes_nothing(home: Home) -> None:
    engine = connect(str(home.settings.database_url).replace("review_flows_app@", "review_flows_auditor@"))
    with reading(engine) as session:
        assert audit.verify(session, public_key=home.keys.public_key).ok
    with pytest.raises(DBAPIError, match="permission denied"), writing(engine) as session:
        audit.record(session, "case.noted", actor=Actor("li"), at=home.now())
    engine.dispose()

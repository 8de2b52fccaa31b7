"""The home: opened in one go, with its clock, keys and files; refused where something does not belong together."""

import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from review_flows.errors import NotFound, ReviewFlowsError, SettingsError
from review_flows.records import audit, clock
from review_flows.records.checkpoints import in_folder
from review_flows.records.database import CHINA, reading, writing
from review_flows.records.documents import Document, Store, keep
from review_flows.records.home import Home, open_home
from review_flows.records.keys import Keys
from review_flows.records.sealing import seal
from review_flows.settings import Settings
from tests.homes import settings_for

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=CHINA)


def events(home: Home) -> list[str]:
    with reading(home.engine) as session:
        return [entry.event for entry in audit.entries(session)]


def test_opening_makes_the_home_and_opening_again_changes_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        home = open_home(Settings(tmp_path / "home", None, tmp_path, tmp_path))
        assert events(home) == ["home.opened", "schema.upgraded"]
        assert not home.is_demo
        home.close()
    folder = tmp_path / "home"
    names = {"records.db", "documents", "receipts", "quarantine", "checkpoints", "keys", "prefect"}
    assert names <= {path.name for path in folder.iterdir()}
    assert {path.name: path.stat().st_mode & 0o777 for path in (folder / "keys").iterdir()} == {
        "secrets.key": 0o600,
        "checkpoint.key": 0o600,
        "checkpoint.pub": 0o600,
    }


def test_processes_that_open_a_new_home_at_once_open_the_same_one(tmp_path: Path) -> None:
    code = "from review_flows import settings; from review_flows.records.home import open_home; "
    code += "print(open_home(settings.load()).origin)"
    environment = {**os.environ, "REVIEW_FLOWS_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-c", code]
    running = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    origins = {process.communicate(timeout=120)[0] for process in running}
    assert [process.returncode for process in running] == [0] * 4
    home = open_home(Settings(tmp_path / "home", None, tmp_path, tmp_path))
    assert origins == {f"{home.origin}\n"}
    assert events(home) == ["home.opened", "schema.upgraded"]
    home.close()


def test_a_home_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(SettingsError, match="不能用作数据目录"):
        open_home(Settings(tmp_path / "home", None, tmp_path, tmp_path))


def test_a_demo_home_follows_its_clock_file(tmp_path: Path) -> None:
    hands = tmp_path / "clock"
    clock.move(hands, MONDAY)
    home = open_home(settings_for(tmp_path, clock=hands), demo=True)
    assert home.is_demo
    assert home.now() == MONDAY
    clock.move(hands, MONDAY + timedelta(days=30))
    assert home.now() == MONDAY + timedelta(days=30)
    with reading(home.engine) as session:
        assert [entry.at for entry in audit.entries(session)] == [MONDAY, MONDAY]
    home.close()
    again = open_home(settings_for(tmp_path))
    assert again.is_demo, "a demo home stays one"
    again.close()


def test_a_real_home_refuses_a_clock_file(tmp_path: Path) -> None:
    hands = tmp_path / "clock"
    clock.move(hands, MONDAY)
    open_home(settings_for(tmp_path)).close()
    with pytest.raises(SettingsError, match="不是演示用的数据目录"):
        open_home(settings_for(tmp_path, clock=hands))
    with pytest.raises(SettingsError, match="不是演示用的数据目录"):
        open_home(settings_for(tmp_path, clock=hands), demo=True)


def test_a_new_home_that_is_not_for_demo_refuses_it_too_and_stays_unopened(tmp_path: Path) -> None:
    hands = tmp_path / "clock"
    clock.move(hands, MONDAY)
    with pytest.raises(SettingsError):
        open_home(settings_for(tmp_path, clock=hands))
    home = open_home(settings_for(tmp_path, clock=hands), demo=True)
    assert home.is_demo
    home.close()


def test_a_demo_clock_only_moves_forward(tmp_path: Path) -> None:
    hands = tmp_path / "clock"
    clock.move(hands, MONDAY)
    assert clock.move(hands, MONDAY - timedelta(days=1)) == MONDAY
    running = clock.FileClock(hands)
    assert running.now() == MONDAY
    hands.write_text("2026-11-22T09:00:00+08:00")
    with pytest.raises(SettingsError, match="只能向前"):
        running.now()


@pytest.mark.parametrize("content", ["", "明天", "2026-11-23T09:00:00", "12345"])
def test_a_clock_file_that_shows_no_instant_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "clock").write_text(content, "utf-8")
    with pytest.raises(SettingsError, match="时刻"):
        clock.read(tmp_path / "clock")


def test_a_database_refuses_keys_it_was_not_opened_with(tmp_path: Path) -> None:
    open_home(settings_for(tmp_path)).close()
    for path in (tmp_path / "home" / "keys").iterdir():
        path.unlink()
    with pytest.raises(SettingsError, match="不是建立这个数据库时的密钥"):
        open_home(settings_for(tmp_path))


def test_a_secret_opens_only_under_its_owner(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    keys.make()
    hidden = keys.encrypt("JBSWY3DPEHPK3PXP", "zhang")
    assert "JBSWY3DP" not in hidden
    assert keys.decrypt(hidden, "zhang") == "JBSWY3DPEHPK3PXP"
    with pytest.raises(SettingsError, match="打不开 li 的动态口令密钥"):
        keys.decrypt(hidden, "li")


@pytest.mark.parametrize("content", ["", "zz", "00"])
def test_a_damaged_key_is_named(tmp_path: Path, content: str) -> None:
    keys = Keys(tmp_path)
    keys.make()
    (tmp_path / "secrets.key").write_text(content)
    with pytest.raises(SettingsError, match="已损坏"):
        keys.encrypt("x", "zhang")


def test_a_document_is_kept_once_and_read_as_it_was(home: Home) -> None:
    with writing(home.engine) as session:
        first = keep(session, home.store, "送审稿".encode(), "送审稿.docx")
        second = keep(session, home.store, "送审稿".encode(), "同一份.docx")
        assert first is second
    with reading(home.engine) as session:
        assert session.get_one(Document, first.sha256).size == len("送审稿".encode())
    assert home.store.read(first.sha256).decode() == "送审稿"
    assert [path.name for path in home.store.path(first.sha256).parent.iterdir()] == [first.sha256]


def test_a_document_that_was_changed_is_not_handed_out(tmp_path: Path) -> None:
    store = Store(tmp_path)
    digest = store.put(b"one")
    store.path(digest).write_bytes(b"two")
    with pytest.raises(ReviewFlowsError, match="已被改动"):
        store.read(digest)
    assert store.put(b"one") == digest, "coming in again mends it"
    assert store.read(digest) == b"one"


@pytest.mark.parametrize("digest", ["../../etc/passwd", "A" * 64, "", "ab", "0" * 64])
def test_what_is_no_stored_hash_is_not_found(tmp_path: Path, digest: str) -> None:
    with pytest.raises(NotFound):
        Store(tmp_path).read(digest)


def test_a_checkpoint_is_taken_once_for_the_same_entries(home: Home) -> None:
    first = seal(home)
    assert seal(home) == first
    with writing(home.engine) as session:
        audit.record(session, "case.noted", actor=audit.SYSTEM, at=home.now())
    second = seal(home)
    assert (second.size, second.previous) == (first.size + 1, first.sha256)
    assert second.short().startswith("审计检查点：第 3 条，根 ")


def test_the_edge_of_the_tree_is_only_a_cache(home: Home) -> None:
    seal(home)
    (home.checkpoints / "frontier.json").write_text('{"size": 2, "roots": ["00"]}')
    with writing(home.engine) as session:
        audit.record(session, "case.noted", actor=audit.SYSTEM, at=home.now())
    carried_on = seal(home)
    with reading(home.engine) as session:
        result = audit.verify(session, checkpoints=in_folder(home.checkpoints), public_key=home.keys.public_key)
    assert result.ok
    assert carried_on.size == 3


def test_opening_is_quick_once_the_schema_is_there(tmp_path: Path) -> None:
    """`case list` has a second for all it does; Alembic alone takes a third of that to import."""
    open_home(settings_for(tmp_path)).close()
    code = "import sys; from review_flows import settings; from review_flows.records.home import open_home; "
    code += "open_home(settings.load()).close(); sys.exit('alembic' in sys.modules or 'cryptography' in sys.modules)"
    environment = {**os.environ, "REVIEW_FLOWS_HOME": str(tmp_path / "home")}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)

"""docs_in: a folder is taken when it has rested, once, and is answered by a receipt; it is never touched."""

from pathlib import Path

import pytest

from review_flows.flows.inbox import QUIET_SECONDS, Inbox
from review_flows.flows.place import Place
from review_flows.records.audit import entries
from review_flows.records.database import reading
from review_flows.records.home import open_home
from review_flows.settings import Settings
from tests.cases.building import a_contract

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    found = Settings(tmp_path / "home", None, ROOT / "catalogs", tmp_path / "docs_in")
    found.docs_in.mkdir()
    return Place(found, open_home(found))


def _receipt(place: Place, name: str) -> str:
    return (place.home.receipts / f"{name}.txt").read_text("utf-8")


def _snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {f.name: (f.read_bytes(), f.stat().st_mtime_ns) for f in folder.iterdir()}


def test_a_folder_is_taken_after_it_has_rested_and_not_before(place: Place) -> None:
    inbox, folder = Inbox(place), a_contract().lay(place.settings.docs_in / "甲")
    before = _snapshot(folder)
    assert inbox.look(100) == []
    assert inbox.look(100 + QUIET_SECONDS - 0.1) == []
    assert inbox.look(100 + QUIET_SECONDS) == [folder]
    assert "-GC-0001" in _receipt(place, "甲")
    assert _snapshot(folder) == before
    assert inbox.look(200) == inbox.look(300) == []


def test_a_change_starts_the_rest_anew(place: Place) -> None:
    inbox, folder = Inbox(place), a_contract().lay(place.settings.docs_in / "甲")
    inbox.look(100)
    (folder / "counterparty_papers.txt").write_text("营业执照（更新）", "utf-8")
    assert inbox.look(100 + QUIET_SECONDS) == []
    assert inbox.look(100 + 2 * QUIET_SECONDS) == [folder]


def test_what_has_no_submission_yet_is_left_alone(place: Place) -> None:
    folder = a_contract().lay(place.settings.docs_in / "甲")
    (folder / "submission.yaml").unlink()
    inbox = Inbox(place)
    inbox.look(100)
    assert inbox.look(200) == []


def test_a_folder_behind_a_symbolic_link_is_not_followed(place: Place, tmp_path: Path) -> None:
    outside = a_contract().lay(tmp_path / "别处")
    (place.settings.docs_in / "甲").symlink_to(outside)
    inbox = Inbox(place)
    inbox.look(100)
    assert inbox.look(200) == []


def test_what_lacks_stands_in_the_receipt_and_what_cannot_be_understood_with_its_reason(place: Place) -> None:
    a_contract(without=["counterparty_papers"]).lay(place.settings.docs_in / "缺")
    (a_contract().lay(place.settings.docs_in / "错") / "submission.yaml").write_text("kind: 合同\n", "utf-8")
    inbox = Inbox(place)
    inbox.look(100)
    inbox.look(200)
    assert "尚缺" in _receipt(place, "缺")
    assert _receipt(place, "错").startswith("没有登记：")
    assert any(place.home.quarantine.iterdir())


def test_a_mended_folder_is_taken_again(place: Place) -> None:
    folder = a_contract().lay(place.settings.docs_in / "甲")
    good = (folder / "submission.yaml").read_text("utf-8")
    (folder / "submission.yaml").write_text("kind: 合同\n", "utf-8")
    inbox = Inbox(place)
    inbox.look(100)
    inbox.look(200)
    (folder / "submission.yaml").write_text(good, "utf-8")
    inbox.look(300)
    assert inbox.look(400) == [folder]
    assert "-GC-0001" in _receipt(place, "甲")


def test_after_a_restart_nothing_is_taken_twice_and_the_receipt_stays(place: Place) -> None:
    a_contract().lay(place.settings.docs_in / "甲")
    first = Inbox(place)
    first.look(100)
    first.look(200)
    receipt = _receipt(place, "甲")
    second = Inbox(place)
    second.look(100)
    second.look(200)
    assert _receipt(place, "甲") == receipt
    with reading(place.home.engine) as session:
        assert len(entries(session, event="case.opened")) == 1


def test_killed_between_case_and_receipt_the_receipt_is_written_after_the_restart(place: Place) -> None:
    a_contract().lay(place.settings.docs_in / "甲")
    first = Inbox(place)
    first.look(100)
    first.look(200)
    (place.home.receipts / "甲.txt").unlink()
    second = Inbox(place)
    second.look(100)
    second.look(200)
    assert "-GC-0001" in _receipt(place, "甲")


def test_a_folder_that_breaks_the_program_does_not_stop_the_others(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from review_flows.flows import inbox as inbox_room

    taken = inbox_room.take_folder

    def breaks(home: object, catalogs: object, folder: Path, **how: object) -> object:
        if folder.name == "坏":
            raise RecursionError("too deep")
        return taken(home, catalogs, folder, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(inbox_room, "take_folder", breaks)
    a_contract(title="另一份").lay(place.settings.docs_in / "坏")
    a_contract().lay(place.settings.docs_in / "甲")
    inbox = Inbox(place)
    inbox.look(100)
    inbox.look(200)
    assert "联系管理员" in _receipt(place, "坏")
    assert "-GC-0001" in _receipt(place, "甲")

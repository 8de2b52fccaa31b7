"""The follower advances what the trail says has changed, and what it owes."""

from pathlib import Path

import pytest

from review_flows.errors import ReviewFlowsError
from review_flows.flows import advance as room
from review_flows.flows.advance import Follower
from review_flows.flows.client import Prefect
from review_flows.flows.place import Place
from review_flows.records.audit import SYSTEM, record
from review_flows.records.database import writing
from tests.cases.building import Office, a_contract


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def follower(office: Office) -> Follower:
    return Follower(Place(office.home.settings, office.home))


@pytest.fixture
def advanced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was advanced, in order; case numbers in `out_of_reach` fail."""
    done: list[str] = []
    monkeypatch.setattr(room, "advance", lambda place, prefect, case: done.append(case))
    return done


def _nowhere() -> Prefect:
    return Prefect("http://127.0.0.1:9/api")


def test_a_changed_case_is_advanced_once_however_many_entries_it_has(
    office: Office, follower: Follower, advanced: list[str]
) -> None:
    case = office.submit(a_contract())
    with _nowhere() as prefect:
        follower.follow(prefect)
        follower.follow(prefect)
    assert advanced == [case]


@pytest.mark.parametrize("event", sorted(room._NEVER_DUE))
def test_what_this_room_notes_itself_starts_no_further_round(
    office: Office, follower: Follower, advanced: list[str], event: str
) -> None:
    with writing(office.home.engine) as session:
        record(session, event, actor=SYSTEM, at=office.now(), case="2026-GC-0001")
    with _nowhere() as prefect:
        follower.follow(prefect)
    assert advanced == []


def test_a_case_that_could_not_be_advanced_is_owed_until_it_could(
    office: Office, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = office.submit(a_contract())
    tried: list[str] = []

    def out_of_reach_twice(place: Place, prefect: Prefect, number: str) -> None:
        tried.append(number)
        if len(tried) < 3:
            raise ReviewFlowsError("Prefect 服务没有响应")

    monkeypatch.setattr(room, "advance", out_of_reach_twice)
    with _nowhere() as prefect:
        for _ in range(5):
            follower.follow(prefect)
    assert tried == [case] * 3

"""The people's moves: who may make them, what they do to periods, and that none of them opens a back door."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from review_flows.cases import moves
from review_flows.errors import ProcedureError, ReviewFlowsError, SignOffError
from review_flows.people.delegation import delegate
from review_flows.people.person import find
from review_flows.records.audit import SYSTEM
from review_flows.records.database import writing
from tests.cases.building import Office, a_contract, a_document

REVIEWERS = ("wang", "li", "zhao")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def move(office: Office, person: str, act: Callable[..., Any], *arguments: Any, **how: Any) -> Any:
    """One move of a person, in a transaction of its own."""
    with writing(office.home.engine) as session:
        return act(session, *arguments, find(session, person), now=office.now(), **how)


def suspend(office: Office, case: str, person: str = "test-legal-reviewer") -> None:
    move(office, person, moves.suspend, office.catalogs, case, reason="需要专家论证")


def resume(office: Office, case: str, person: str = "test-legal-reviewer") -> None:
    move(office, person, moves.resume, office.catalogs, case, reason="论证结束")


def give_back(office: Office, case: str, person: str = "test-legal-reviewer", to: str = "drafting") -> None:
    move(office, person, moves.give_back, office.catalogs, case, to=to, reason="请修改")


def name(office: Office, case: str, *reviewers: str, person: str = "test-review-head") -> list[str]:
    step = "legality_review"
    waits = move(office, person, moves.name_reviewers, office.catalogs, case, step=step, reviewers=reviewers)
    return [wait.assignee for wait in waits]


def periods(office: Office, case: str, step: str = "legality_review") -> tuple[str | None, str | None]:
    shown = office.step(case, step)
    return shown["earliest_end_on"], shown["due_on"]


MOVES: dict[str, Callable[..., Any]] = {"suspend": suspend, "return": give_back}


@pytest.mark.parametrize("act", MOVES.values(), ids=MOVES)
@pytest.mark.parametrize(
    ("role", "unit", "may"),
    [
        ("legal_reviewer", "justice", True),  # the reviewing organ
        ("meeting_secretary", "wucheng-government", True),  # the issuing organ
        ("legal_reviewer", "bailongqiao", False),  # another organ's reviewer
        ("meeting_secretary", "bailongqiao", False),
        ("inspector", "justice", False),
    ],
)
def test_only_those_whose_case_it_is_may_move_it(
    office: Office, act: Callable[..., Any], role: str, unit: str, may: bool
) -> None:
    case, person = office.submit(a_document()), office.add_person("somebody", role, unit)
    if may:
        act(office, case, person=person)
        return
    with pytest.raises(SignOffError, match="角色或单位不符"):
        act(office, case, person=person)
    assert office.show(case)["state"] == "open"


def test_a_substitute_moves_a_case_for_whom_they_stand_in(office: Office) -> None:
    case = office.submit(a_document())
    office.add_person("wang", "legal_reviewer", "justice")
    office.add_person("li", "handler", "justice")
    today = office.now().date()
    with writing(office.home.engine) as session:
        delegate(
            session, "wang", "li", role="legal_reviewer", starts_on=today, ends_on=today, reason="出差",
            actor=SYSTEM, at=office.now(),
        )  # fmt: skip
    give_back(office, case, person="li")
    returned = [entry for entry in office.trail(case) if entry.event == "case.returned"][0]
    assert (returned.actor.person, returned.actor.on_behalf_of) == ("li", "wang")


# --- suspension -------------------------------------------------------------------------------------------------------


def test_both_ends_of_the_reviewers_time_stand_still_and_stay_moved(office: Office) -> None:
    case = office.submit(a_document())
    assert periods(office, case) == ("2026-11-30", "2026-12-14")
    suspend(office, case)
    office.until("2026-11-27")
    resume(office, case)
    moved = ("2026-12-04", "2026-12-18")  # Monday to Thursday: four working days more
    assert periods(office, case) == moved
    office.send(case, {}, dates={"package_complete_on": "2026-11-23"})  # the periods are computed again
    assert periods(office, case) == moved


def test_a_period_that_counts_from_an_outside_event_does_not_stand_still(office: Office) -> None:
    case = office.submit(a_contract(facts={"procurement_award_on": "2026-11-20"}))
    office.sign(case, "legality_review", "lawful", reason="合法")
    office.sign(case, "approval", "approved")
    assert periods(office, case, "signing")[1] == "2026-12-21"
    suspend(office, case)
    office.later(days=7)
    resume(office, case)
    assert periods(office, case, "signing")[1] == "2026-12-21"


def test_a_case_that_lacks_papers_is_not_opened_by_suspending_and_resuming_it(office: Office) -> None:
    case = office.submit(a_document(without=["basis"]))
    with pytest.raises(ProcedureError, match="材料"):
        suspend(office, case)
    with pytest.raises(ProcedureError, match="材料"):
        give_back(office, case)
    assert office.show(case)["state"] == "lacking"


def test_a_suspended_case_is_not_returned_or_countersigned(office: Office) -> None:
    case = office.submit(a_document())
    suspend(office, case)
    with pytest.raises(ProcedureError, match="中止"):
        give_back(office, case)
    with pytest.raises(ProcedureError, match="中止"):
        name(office, case, "test-legal-reviewer")


# --- countersigning ---------------------------------------------------------------------------------------------------


@pytest.fixture
def countersigned(office: Office) -> tuple[Office, str]:
    """An office with three reviewers, and a case that waits for its review."""
    for person in REVIEWERS:
        office.add_person(person, "legal_reviewer", "justice")
    return office, office.submit(a_document())


def test_reviewers_may_be_named_again_and_who_has_answered_is_not_asked_twice(
    countersigned: tuple[Office, str],
) -> None:
    office, case = countersigned
    assert name(office, case, "wang", "li") == ["wang", "li"]
    office.sign(case, "legality_review", "lawful", person="wang", assignee="wang", reason="合法")
    assert name(office, case, "wang", "li", "zhao") == ["li", "zhao"]
    for person in ("li", "zhao"):
        office.sign(case, "legality_review", "lawful", person=person, assignee=person, reason="合法")
    step = office.step(case, "legality_review")
    assert (step["state"], len(step["sign_offs"])) == ("done", 3)


def test_nobody_is_left_out_of_a_round_by_naming_only_who_has_answered(countersigned: tuple[Office, str]) -> None:
    office, case = countersigned
    name(office, case, "wang", "li")
    office.sign(case, "legality_review", "lawful", person="wang", assignee="wang", reason="合法")
    with pytest.raises(ProcedureError, match="已经签批"):
        name(office, case, "wang")
    assert [wait.assignee for wait in office.waits(case)] == ["li"]


def test_a_reviewer_of_another_organ_is_not_named(countersigned: tuple[Office, str]) -> None:
    office, case = countersigned
    stranger = office.add_person("chen", "legal_reviewer", "bailongqiao")
    with pytest.raises(ReviewFlowsError, match="不是本环节承办单位"):
        name(office, case, "wang", stranger)
    assert [wait.assignee for wait in office.waits(case)] == ["legal_reviewer@justice"]


def test_a_review_that_one_of_several_has_answered_is_not_withdrawn(countersigned: tuple[Office, str]) -> None:
    office, case = countersigned
    name(office, case, "wang", "li")
    office.sign(case, "legality_review", "to_be_amended", person="wang", assignee="wang", reason="见意见", items=[
        {"article": "第二条", "problem": "范围不清", "basis": "", "suggestion": "写明", "nature": "must_change"},
    ])  # fmt: skip
    with pytest.raises(ProcedureError, match="不能撤回"):
        move(office, "test-handler", moves.withdraw, office.catalogs, case, reason="不想要了")

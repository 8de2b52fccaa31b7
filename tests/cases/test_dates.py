"""Dates that are told in an answer: in the order in which things happen, and within what the law lets be early."""

from pathlib import Path

import pytest

from tests.cases.building import Office, a_document

MUST = {"article": "第二条", "problem": "范围不清", "basis": "", "suggestion": "写明", "nature": "must_change"}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def discussed(office: Office, **changes: object) -> str:
    """A document that was reviewed on the first of December and decided on the second."""
    case = office.submit(a_document(**changes))
    office.until("2026-12-01")
    office.sign(case, "legality_review", "lawful", reason="合法")
    office.until("2026-12-02")
    office.sign(case, "collective_discussion", "done", dates={"decided_on": "2026-12-02"})
    office.until("2026-12-04")
    return case


def registered(office: Office, **changes: object) -> str:
    case = discussed(office, **changes)
    office.sign(case, "registration", "done", dates={"issued_on": "2026-12-03"})
    return case


@pytest.mark.parametrize(
    ("step", "date", "day", "earlier"),
    [
        ("registration", "issued_on", "2026-12-01", "2026-12-02"),  # before the decision
        ("registration", "issued_on", "2026-11-20", "2026-12-02"),  # before the review, too
    ],
)
def test_what_comes_later_is_not_dated_before_what_came_first(
    office: Office, step: str, date: str, day: str, earlier: str
) -> None:
    case = discussed(office)
    refused = office.answer(case, step, "done", dates={date: day})
    assert "次序不合法" in (refused.reason or "") and earlier in (refused.reason or "")
    assert date not in office.show(case)["dates"]


def test_a_publication_is_not_dated_before_the_document_was_issued(office: Office) -> None:
    case = registered(office)
    refused = office.answer(case, "publication", "done", dates={"published_on": "2026-12-02"})
    assert "2026-12-03" in (refused.reason or "")


# --- ND-22: effect on the thirty-first day after publication at the earliest ------------------------------------------


def test_an_early_effect_needs_a_reason_and_stays_a_finding(office: Office) -> None:
    case = registered(office)
    dates = {"published_on": "2026-12-04", "effective_on": "2027-01-03"}
    refused = office.answer(case, "publication", "done", dates=dates)
    assert "ND-22" in (refused.reason or "") and "2027-01-04" in (refused.reason or "")
    assert not {"published_on", "effective_on"} & set(office.show(case)["dates"])  # nothing of a refused answer stays
    office.sign(case, "publication", "done", dates=dates, reason="不立即施行将有碍施行")
    (found,) = office.show(case)["findings"]
    assert (found["kind"], found["rule"], found["reason"]) == ("period.cut_short", "ND-22", "不立即施行将有碍施行")


@pytest.mark.parametrize(
    ("changes", "effective_on"),
    [({}, "2027-01-04"), ({"issuing_organ": "婺城区建设局"}, "2026-12-05")],
    ids=["the thirty-first day", "a department's document"],
)
def test_an_effect_in_time_needs_none(office: Office, changes: dict[str, object], effective_on: str) -> None:
    case = registered(office, **changes)
    office.sign(case, "publication", "done", dates={"published_on": "2026-12-04", "effective_on": effective_on})
    assert office.show(case)["findings"] == []


def test_an_early_answer_that_is_refused_leaves_no_periods_behind(office: Office) -> None:
    case = office.submit(a_document(asks_for="public_comment"))
    before = office.step(case, "public_comment")
    told = {"comment_published_on": "2026-11-16", "comment_closed_on": "2026-11-20"}
    refused = office.answer(case, "public_comment", "done", dates=told)
    assert not refused.accepted
    after = office.step(case, "public_comment")
    assert (after["earliest_end_on"], after["due_on"]) == (before["earliest_end_on"], before["due_on"])
    assert "comment_published_on" not in office.show(case)["dates"]


# --- answers to an opinion that come as papers ------------------------------------------------------------------------


def test_answers_to_every_item_end_the_revision(office: Office) -> None:
    case = office.submit(a_document())
    office.until("2026-12-01")
    office.sign(case, "legality_review", "to_be_amended", reason="见意见", items=[MUST, MUST | {"article": "第三条"}])
    office.send(case, {}, responses=[{"item": 1, "response": "adopted"}])
    assert [wait.step for wait in office.waits(case)] == ["drafting"]
    office.send(case, {}, responses=[{"item": 2, "response": "declined", "reason": "上位法另有规定"}])
    assert [wait.step for wait in office.waits(case)] == ["collective_discussion"]
    assert office.step(case, "drafting")["state"] == "done"

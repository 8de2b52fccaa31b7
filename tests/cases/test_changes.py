"""What changes under an open case: its facts, its draft, the law data, days told later than they were."""

import shutil
from pathlib import Path

import pytest

from review_flows.errors import IntakeError
from review_flows.law.catalogs import load
from review_flows.records.audit import Entry, entries
from review_flows.records.database import reading
from tests.cases.building import DRAFT, ROOT, Office, a_document

NEW_DRAFT = {"review_draft": DRAFT.replace("申请、审核", "申请、审核、公示")}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def steps_waiting(office: Office, case: str) -> set[str]:
    return {wait.step for wait in office.waits(case)}


def event(office: Office, case: str, name: str, step: str | None = None) -> Entry:
    with reading(office.home.engine) as session:
        return [entry for entry in entries(session, case=case, event=name) if step in (None, entry.step)][-1]


def test_a_fact_that_makes_a_step_required_stops_the_review_until_it_is_done(office: Office) -> None:
    case = office.submit(a_document())
    office.send(case, {}, facts={"business_related": True})
    assert steps_waiting(office, case) == {"legality_review", "fair_competition_review"}
    changed = event(office, case, "facts.changed").payload
    assert changed == {"before": {"business_related": False}, "after": {"business_related": True}}
    refused = office.answer(case, "legality_review", "lawful", reason="急")
    assert "公平竞争审查" in (refused.reason or "")
    assert office.step(case, "legality_review")["sign_offs"] == []


def test_a_fact_that_frees_from_a_step_in_hand_ends_it_and_keeps_its_round(office: Office) -> None:
    case = office.submit(a_document())
    for round in (1, 2):
        office.send(case, {"other": f"商户意见{round}"}, facts={"business_related": True})
        step = office.step(case, "fair_competition_review")
        assert (step["state"], step["round"]) == ("waiting", round)
        office.later(days=1)
        office.send(case, {"other": f"说明{round}"}, facts={"business_related": False})
        step = office.step(case, "fair_competition_review")
        assert (step["state"], step["round"]) == ("not_applicable", round)
        assert step["reason"]
        assert steps_waiting(office, case) == {"legality_review"}


@pytest.mark.parametrize(
    ("facts", "word"), [({"internal_only": True}, "不适用"), ({"state_secret": True}, "已有电子文件")]
)
def test_a_fact_that_the_open_case_cannot_bear_is_refused_whole(
    office: Office, facts: dict[str, bool], word: str
) -> None:
    case = office.submit(a_document())
    before = office.show(case)
    with pytest.raises(IntakeError, match=word):
        office.send(case, {}, facts=facts)
    assert office.show(case) == before
    assert "facts.changed" not in office.events(case)


def test_a_new_draft_takes_the_meeting_in_hand_back_until_it_is_reviewed(office: Office) -> None:
    case = office.submit(a_document())
    office.until("2026-12-01")
    office.sign(case, "legality_review", "lawful", reason="合法")
    office.send(case, {"meeting_record": "会议记录"}, step="collective_discussion")
    office.send(case, NEW_DRAFT)
    assert steps_waiting(office, case) == {"legality_review"}
    meeting = office.step(case, "collective_discussion")
    assert meeting["state"] == "returned"
    assert "再次送审" in meeting["reason"] or "尚未办结" in meeting["reason"]
    assert office.step(case, "legality_review")["earlier_rounds"][0]["stale"] is True
    office.until("2026-12-10")
    office.sign(case, "legality_review", "lawful", reason="合法")
    assert [(w.step, w.round) for w in office.waits(case)] == [("collective_discussion", 2)]


def test_a_case_recorded_late_is_marked_everywhere_and_its_reviewer_has_the_full_period(office: Office) -> None:
    case = office.submit(a_document(received_on="2026-11-02"))
    shown = office.show(case)
    assert (shown["received_on"], shown["supplementary_record"]) == ("2026-11-02", True)
    step = office.step(case, "legality_review")
    assert (step["earliest_end_on"], step["due_on"]) == ("2026-11-30", "2026-12-14")
    opened = event(office, case, "case.opened")
    assert opened.happened_on is not None
    assert str(opened.happened_on) == "2026-11-02"
    assert opened.at.date().isoformat() == "2026-11-23"


def with_longer_review(folder: Path) -> Path:
    """The law data, but twenty working days for the review (ND-12)."""
    shutil.copytree(ROOT / "catalogs", folder)
    for file in (folder / "rules").glob("*.yaml"):
        text = file.read_text("utf-8")
        head, found, rule = text.partition("\nND-12:")
        file.write_text(head + found + rule.replace("number: 15", "number: 20", 1) if found else text, "utf-8")
    return folder


def test_law_data_that_changes_is_recorded_with_old_and_new_dates(office: Office, tmp_path: Path) -> None:
    case = office.submit(a_document())
    office.catalogs = load(with_longer_review(tmp_path / "catalogs"))
    office.advance(case)
    changed = event(office, case, "rules.changed", "legality_review").payload or {}
    assert changed["before"]["due_on"] == "2026-12-14"
    assert changed["after"]["due_on"] == "2026-12-21"
    assert changed["catalogs"] == office.catalogs.sha256
    assert office.step(case, "legality_review")["due_on"] == "2026-12-21"
    assert office.show(case)["catalogs"] == office.catalogs.sha256
    office.advance(case)
    assert office.events(case).count("rules.changed") == 1

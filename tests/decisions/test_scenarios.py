"""Major decisions as they come up in practice: the situation, what the law requires, where it stands."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from review_flows.law.catalogs import Catalogs, load
from review_flows.law.matter import HistoryEntry, Matter
from review_flows.law.planning import plan
from tests.cases.building import ROOT, Office, a_decision

FACTS: dict[str, Any] = {
    "business_related": False, "professional": False, "social_risk": False, "vital_interests_dispute": False,
    "not_public": False, "state_secret": False, "emergency": False, "needs_party_report": False,
    "major_public_interest": True, "excluded_matter": "none", "exploratory_reform": False, "level": "government",
}  # fmt: skip
PACKAGE = frozenset({"review_draft", "drafting_note", "basis", "comment_adoption_report"})


@pytest.fixture(scope="module")
def catalogs() -> Catalogs:
    return load(ROOT / "catalogs")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def a_matter(facts: Mapping[str, Any], present: frozenset[str] = PACKAGE) -> Matter:
    heard = HistoryEntry("public_participation", date(2026, 10, 20), "comment_adoption_report", date(2026, 9, 10))
    return Matter("major_decision", FACTS | dict(facts), present, {"public_participation": heard})


REQUIRED = [
    # situation, facts, day, step, required, the rule that says so
    ("harm to social stability", {"social_risk": True}, "2026-11-23", "risk_assessment", True, "MD-14"),
    ("only interests are disputed", {"vital_interests_dispute": True}, "2026-11-23", "risk_assessment", False, "MD-14"),
    (
        "assessed under other rules",
        {"social_risk": True, "risk_already_assessed": True},
        "2026-11-23", "risk_assessment", False, "MD-14",
    ),
    ("professional matter", {"professional": True}, "2026-11-23", "expert_argumentation", True, "MD-12"),
    ("ordinary matter", {}, "2026-11-23", "expert_argumentation", False, "MD-12"),
    ("lawfully not public", {"not_public": True}, "2026-11-23", "public_participation", False, "MD-06"),
    ("lawfully not public, later", {"not_public": True}, "2026-11-23", "publication", False, "MD-28"),
    ("report to the party committee", {"needs_party_report": True}, "2026-11-23", "party_report", True, "MD-27"),
    ("no report asked for", {}, "2026-11-23", "party_report", False, "MD-27"),
    ("business before order 783", {"business_related": True}, "2024-07-31", "fair_competition_review", True, "FC-08"),
    ("business under order 783", {"business_related": True}, "2024-08-01", "fair_competition_review", True, "FC-03"),
    (
        "business before the provincial rule",
        {"business_related": True},
        "2024-03-31", "fair_competition_review", False, "FC-08",
    ),
    ("post-evaluation is a choice", {}, "2026-11-23", "post_evaluation", False, "MD-31"),
    ("legality review always", {}, "2026-11-23", "legality_review", True, "MD-16"),
    ("discussion always", {}, "2026-11-23", "collective_discussion", True, "MD-23"),
    ("township 2022", {"level": "township"}, "2022-06-01", "legality_review", True, "MD-16"),
    ("township 2023", {"level": "township"}, "2023-06-01", "legality_review", True, "TW-03"),
    ("township 2024", {"level": "township"}, "2024-06-01", "legality_review", True, "TW-01"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("situation", "facts", "on", "step", "required", "rule"), REQUIRED, ids=[row[0] for row in REQUIRED]
)
def test_what_the_law_requires(
    catalogs: Catalogs, situation: str, facts: Mapping[str, Any], on: str, step: str, required: bool, rule: str
) -> None:
    planned = plan(catalogs, a_matter(facts), date.fromisoformat(on)).step(step)
    rules = {ground.rule for ground in planned.because}
    if situation == "business before the provincial rule":
        assert rule not in rules
        return
    assert planned.required is required
    assert rule in rules


@pytest.mark.parametrize(
    ("year", "in_force", "not_yet"),
    [("2022", set(), {"TW-01", "TW-03"}), ("2023", {"TW-03"}, {"TW-01"}), ("2024", {"TW-01", "TW-03"}, set())],
)
def test_township_rules_come_one_after_the_other(
    catalogs: Catalogs, year: str, in_force: set[str], not_yet: set[str]
) -> None:
    planned = plan(catalogs, a_matter({"level": "township"}), date(int(year), 6, 1)).step("legality_review")
    rules = {ground.rule for ground in planned.because}
    assert in_force <= rules
    assert not (not_yet & rules)


@pytest.mark.parametrize(
    ("matter", "rule"),
    [
        ("macro_control", "MD-02"),
        ("legislation", "MD-02"),
        ("emergency_response", "MD-02"),
        ("other_law", "MD-02"),
        ("peoples_congress", "MD-34"),
    ],
)
def test_an_excluded_matter_takes_every_step_off(catalogs: Catalogs, matter: str, rule: str) -> None:
    planned = plan(catalogs, a_matter({"excluded_matter": matter}), date(2026, 11, 23))
    assert {step.required for step in planned.steps} == {False}
    assert {step.because[0].rule for step in planned.steps} == {rule}
    assert planned.lacking == ()


def test_dates_in_a_year_without_a_holiday_notice_are_estimates(catalogs: Catalogs) -> None:
    review = plan(catalogs, a_matter({}), date(2026, 12, 28)).step("legality_review")
    assert review.provisional
    assert review.earliest_end_on == date(2027, 1, 7)  # New Year's Day rests by statute; the make-up days are unknown


def test_a_risky_decision_without_its_report_is_lacking(office: Office) -> None:
    receipt = office.receive(a_decision(facts={"social_risk": True}, papers={"comment_adoption_report": "采纳情况"}))
    assert receipt.is_lacking
    assert [lack.name for lack in receipt.lacks] == ["风险评估报告"]


def in_review(office: Office) -> str:
    return office.submit(a_decision(papers={"comment_adoption_report": "采纳情况"}))


def test_seven_working_days_protect_the_reviewer(office: Office) -> None:
    """MD-18: five working days after the package was complete is too early without a reason, a finding with one."""
    case = in_review(office)
    office.until("2026-11-30")
    refused = office.answer(case, "legality_review", "lawful")
    assert "MD-18" in (refused.reason or "")
    office.sign(case, "legality_review", "lawful", reason="常务会议临时提前，审查力量已加强")
    assert [f["rule"] for f in office.show(case)["findings"]] == ["MD-18"]


def test_a_meeting_cannot_be_before_the_opinion(office: Office) -> None:
    case = in_review(office)
    office.until("2026-12-03")
    office.sign(case, "legality_review", "lawful", reason="合法")
    office.until("2026-12-05")
    office.send(case, {"meeting_record": "会议记录"}, step="collective_discussion")
    papers = [d["sha256"] for d in office.show(case)["documents"] if d["role"] == "meeting_record"]
    refused = office.answer(
        case, "collective_discussion", "approved", accepts=papers, dates={"decided_on": "2026-12-02"}
    )
    assert "次序不合法" in (refused.reason or "")
    office.sign(case, "collective_discussion", "approved", accepts=papers, dates={"decided_on": "2026-12-04"})


def test_an_unlawful_draft_is_discussed_only_as_an_exploratory_reform_with_the_risk_stated(office: Office) -> None:
    """MD-17, 713 art. 25."""
    ordinary = in_review(office)
    office.until("2026-12-03")
    office.sign(ordinary, "legality_review", "unlawful", reason="超越法定权限")
    assert "collective_discussion" not in [w.step for w in office.waits(ordinary)]
    reform = office.submit(
        a_decision(title="改革试点", facts={"exploratory_reform": True}, papers={"comment_adoption_report": "采纳情况"})
    )
    office.until("2026-12-15")
    office.sign(
        reform, "legality_review", "unlawful", reason="国家尚无明确规定，法律风险：可能被认定越权，建议限定期限试点"
    )
    assert "collective_discussion" in [w.step for w in office.waits(reform)]


def test_uncontrollable_risk_stops_the_decision(office: Office) -> None:
    """MD-15, 713 art. 24."""
    case = office.submit(
        a_decision(
            facts={"social_risk": True}, asks_for="risk_assessment", papers={"comment_adoption_report": "采纳情况"}
        )
    )
    office.send(case, {"risk_report": "风险评估报告"}, step="risk_assessment")
    office.sign(case, "risk_assessment", "problems_found", reason="风险不可控")
    waiting = [w.step for w in office.waits(case)]
    assert "collective_discussion" not in waiting
    assert "drafting" in waiting

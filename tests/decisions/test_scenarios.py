"""Major decisions as they come up in practice: the situation, what the law requires, where it stands."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from review_flows.errors import IntakeError
from review_flows.law.catalogs import Catalogs, load
from review_flows.law.matter import HistoryEntry, Matter
from review_flows.law.planning import plan
from review_flows.law.procedure import responsible
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


def test_disputed_interests_allow_a_hearing_and_ask_for_no_risk_report(catalogs: Catalogs) -> None:
    """713 art. 16 (MD-09): 可以举行听证会; art. 22 (MD-14) asks for a risk assessment where harm is to be feared."""
    planned = plan(catalogs, a_matter({"vital_interests_dispute": True}), date(2026, 11, 23))
    hearing = next(g for g in planned.step("public_participation").because if g.rule == "MD-09")
    assert (hearing.kind, hearing.citation.partition(" ")[2]) == ("may", "第16条")
    assert "hearing_record" not in [m.role for m in planned.materials if m.required]
    still_to_be_heard = Matter("major_decision", FACTS | {"vital_interests_dispute": True, "hearing": True}, PACKAGE)
    held = plan(catalogs, still_to_be_heard, date(2026, 11, 23))
    assert "hearing_record" in [m.role for m in held.materials if m.required]


TOWNSHIP = "白龙桥镇人民政府"
WHO_REVIEWS = [
    # day, who reviews the draft of a township, by which rule
    ("2022-06-01", "婺城区司法局", "CHAIN"),
    ("2023-06-01", "婺城区司法局", "CHAIN"),
    ("2024-06-01", TOWNSHIP, "TW-02"),  # 金华市政府令第64号第4条：党政综合办公室
]


@pytest.mark.parametrize(("on", "unit", "rule"), WHO_REVIEWS, ids=[row[0] for row in WHO_REVIEWS])
def test_who_reviews_the_decision_of_a_township(catalogs: Catalogs, on: str, unit: str, rule: str) -> None:
    """浙江省行政合法性审查工作规定（TW-03，2023-04-01 起）；金华市政府令第64号（TW-01、TW-02，2024-01-01 起）."""
    facts = FACTS | {"level": "township"}
    matter = Matter("major_decision", facts, organ=TOWNSHIP, drafting_units=(TOWNSHIP,))
    found = responsible(catalogs, matter, "legality_review", date.fromisoformat(on))
    assert (found.unit, found.rule) == (unit, rule)


DATES_OF_2027 = [
    # the day from which the seven working days of MD-18 count, their last day, whether it is an estimate
    ("2026-12-21", "2026-12-30", False),  # within the year whose holidays are announced
    ("2026-12-22", "2026-12-31", False),
    ("2026-12-23", "2027-01-04", True),  # New Year's Day rests by statute, the days around it are not known
    ("2026-12-28", "2027-01-07", True),
    ("2027-02-01", "2027-02-12", True),  # over the Spring Festival: 5 to 8 February by statute, no more is known
]


@pytest.mark.parametrize(("on", "ends", "provisional"), DATES_OF_2027, ids=[row[0] for row in DATES_OF_2027])
def test_dates_in_a_year_without_a_holiday_notice_are_estimates(
    catalogs: Catalogs, on: str, ends: str, provisional: bool
) -> None:
    review = plan(catalogs, a_matter({}), date.fromisoformat(on)).step("legality_review")
    assert (str(review.earliest_end_on), review.provisional) == (ends, provisional)


def test_an_emergency_shortens_with_a_reason_and_frees_from_nothing(catalogs: Catalogs, office: Office) -> None:
    """713 arts. 15, 26: 情况紧急等原因需要缩短期限的，予以说明; the review and the meeting stay (art. 25, 30)."""
    planned = plan(catalogs, a_matter({"emergency": True}), date(2026, 11, 23))
    for step in ("public_participation", "legality_review", "collective_discussion"):
        assert planned.step(step).required
    assert [period.rule for period in planned.step("legality_review").periods] == ["MD-18"]
    case = office.submit(
        a_decision(
            facts={"emergency": True, "shorter_period_reason": "台风登陆前须完成撤离安置"},
            papers={"comment_adoption_report": "采纳情况"},
        )
    )
    office.until("2026-11-24")
    office.sign(case, "legality_review", "lawful")
    (finding,) = office.show(case)["findings"]
    assert (finding["rule"], finding["reason"]) == ("MD-18", "台风登陆前须完成撤离安置")


def test_the_handling_of_an_emergency_is_no_matter_of_this_procedure(office: Office) -> None:
    """713 art. 3 para. 2 (MD-02)."""
    with pytest.raises(IntakeError, match="不适用重大行政决策程序.*第3条第2款"):
        office.submit(a_decision(facts={"excluded_matter": "emergency_response", "emergency": True}))


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

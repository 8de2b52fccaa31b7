"""风险评估: what the report must say, what each conclusion makes happen, and when none is owed.

《重大行政决策程序暂行条例》第二十二条至第二十四条; MD-14, MD-14.1, MD-15 of the law data.
"""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from review_flows.cases.forms import form_for
from review_flows.cases.moves import give_back
from review_flows.cases.papers import issue_papers
from review_flows.cases.standing import find_case, matter_of
from review_flows.decisions.agenda import put
from review_flows.decisions.meeting import call
from review_flows.decisions.meeting_pack import pack_files
from review_flows.decisions.meeting_show import ready_cases
from review_flows.decisions.risk import assessment_of, lines_for_meeting
from review_flows.flows.steps import WORKS
from review_flows.law.catalogs import load
from review_flows.law.planning import plan
from review_flows.law.risk import RiskBook, read_risk
from review_flows.law.strict import Section, parse
from review_flows.people.person import find as find_person
from review_flows.records.audit import SYSTEM, entries
from review_flows.records.database import reading, writing
from review_flows.text.reading import read
from tests.cases.building import DRAFT, ROOT, Office, a_decision

STEP = "risk_assessment"
BOOK = load(ROOT / "catalogs").risk
POINT = {
    "kind": "社会稳定",
    "point": "收费标准提高引起周边居民反对",
    "affected": "老城区居民约3200户",
    "likelihood": "可能发生",
    "impact": "影响较大",
    "measures": "居民月卡价格三年不变，收费前公示",
    "plan": "出现集体反映的，区建设局两小时内到场说明，暂停新标准",
    "unit": "区建设局",
}
REPORT: dict[str, Any] = {
    "points": [POINT],
    "risk_conclusion": "可控",
    "departments_heard": "区信访局、区公安分局、城东街道：建议分步实施，采纳",
    "affected_heard": "入户走访120户，座谈3次，主要担心收费上涨",
}
AFTER = REPORT | {
    "risk_conclusion": "采取措施后可控",
    "conditions": [{"measure": "收费标准分两年到位", "unit": "区发展和改革局", "by": "方案印发前"}],
}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def a_risky_decision(**facts: Any) -> Any:
    return a_decision(facts={"social_risk": True} | facts, papers={"comment_adoption_report": "采纳情况"})


def in_assessment(office: Office) -> str:
    """A case that waits for its risk assessment."""
    case = office.submit(a_risky_decision().but(asks_for=STEP))
    assert STEP in [w.step for w in office.waits(case)]
    return case


def but(told: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (told | changes).items() if value is not None}


def a_point(**changes: Any) -> list[dict[str, Any]]:
    return [POINT | changes]


REFUSED = [
    # what is wrong, conclusion of the step, what is told, what the refusal says
    (
        "no conclusion",
        "done", but(REPORT, risk_conclusion=None), "请选出风险评估结论：可控、采取措施后可控、不可控（MD-15）",
    ),
    ("a risk point without a name", "done", but(REPORT, points=a_point(point="")), "第1个风险点没有写明风险点（MD-14"),
    ("no prevention", "done", but(REPORT, points=a_point(measures="")), "没有写明防范措施（MD-14"),
    ("no plan for the worst", "done", but(REPORT, points=a_point(plan=" ")), "没有写明处置预案（MD-14"),
    (
        "the second point is bare",
        "done", but(REPORT, points=[POINT, POINT | {"measures": "", "plan": ""}]),
        "第2个风险点没有写明防范措施、处置预案",
    ),
    ("no department was heard", "done", but(REPORT, departments_heard=None), "听取有关部门意见情况（MD-14，《重大"),
    ("nobody affected was heard", "done", but(REPORT, affected_heard=None), "听取受影响群众意见情况（待核）"),
    ("uncontrollable, and yet done", "done", but(REPORT, risk_conclusion="不可控"), "环节结论应为“存在问题”"),
    ("controllable, and yet problems", "problems_found", REPORT, "环节结论应为“办结”"),
    ("measures that nobody names", "done", but(AFTER, conditions=None), "须逐项写明采取的措施（MD-15）"),
    ("measures without need", "done", but(AFTER, risk_conclusion="可控"), "前后矛盾"),
    (
        "a high risk called controllable without a word",
        "done", but(REPORT, points=a_point(likelihood="很可能发生", impact="影响严重")), "有高风险点而结论为“可控”",
    ),
    ("nothing told and no report sent", "done", {}, "尚未收到或未勾选：风险评估报告"),
    (
        "a conclusion without points and without a report",
        "done", {"risk_conclusion": "可控"}, "尚未收到或未勾选：风险评估报告",
    ),
]  # fmt: skip


def test_a_report_that_lacks_what_it_must_say_is_refused_with_the_ground(office: Office) -> None:
    case = in_assessment(office)
    for situation, conclusion, told, why in REFUSED:
        reason = "理由" if conclusion == "problems_found" else ""
        refused = office.answer(case, STEP, conclusion, reason=reason, **told)
        assert not refused.accepted, situation
        assert why in (refused.reason or ""), (situation, refused.reason)


def report_of(office: Office, case: str) -> str:
    issue_papers(office.home, office.catalogs, case, office.now(), WORKS)
    office.advance(case)
    papers = [d for d in office.show(case)["documents"] if d["role"] == "risk_report"]
    blocks = read(office.home.store.read(papers[-1]["sha256"]), "报告.docx").blocks
    return "\n".join([papers[-1]["name"], *(block.text for block in blocks)])


def test_the_form_makes_the_report_and_it_need_not_be_sent(office: Office) -> None:
    case = in_assessment(office)
    office.sign(case, STEP, "done", **REPORT)
    text = report_of(office, case)
    for said in (*POINT.values(), "中风险", "评估结论：可控", "第二十四条", "入户走访120户", "区信访局"):
        assert said in text, said
    assert office.step(case, STEP)["conclusion"] == "done"
    with reading(office.home.engine) as session:
        (told,) = entries(session, case=case, event="risk.assessed")
    assert told.rules == ("MD-14", "MD-15") and told.payload["overall"] == "medium"
    assert [w.step for w in office.waits(case)] == ["legality_review"]


def test_a_report_of_a_third_party_that_was_sent_is_enough(office: Office) -> None:
    """第二十三条: 可以委托专业机构、社会组织等第三方."""
    case = in_assessment(office)
    office.send(case, {"risk_report": "某咨询公司：社会稳定风险评估报告"}, step=STEP)
    papers = [d["sha256"] for d in office.show(case)["documents"] if d["role"] == "risk_report"]
    told = {"risk_conclusion": AFTER["risk_conclusion"], "conditions": AFTER["conditions"], "assessor": "某咨询公司"}
    office.sign(case, STEP, "done", accepts=papers, **told)
    issue_papers(office.home, office.catalogs, case, office.now(), WORKS)
    assert [d["name"] for d in office.show(case)["documents"] if d["role"] == "risk_report"] == ["risk_report.txt"]
    with reading(office.home.engine) as session:
        (told_event,) = entries(session, case=case, event="risk.assessed")
    assert told_event.payload["assessor"] == "某咨询公司"  # may not evaluate afterwards (MD-31)


# ---- what each conclusion makes happen (MD-15) ----


def test_uncontrollable_stops_the_decision_until_a_later_round_says_otherwise(office: Office) -> None:
    case = in_assessment(office)
    office.sign(case, STEP, "problems_found", reason="反对强烈", **but(REPORT, risk_conclusion="不可控"))
    report_of(office, case)
    assert [w.step for w in office.waits(case)] == ["drafting"]
    # Measures need not stand in the draft: the drafting unit answers, and the risk is assessed again.
    office.sign(case, "drafting", "done", reason="收费标准分两年到位，已与街道商定")
    assert (office.wait(case, STEP).round, [w.step for w in office.waits(case)]) == (2, [STEP])
    office.sign(case, STEP, "done", **AFTER)
    assert "第2次" in report_of(office, case)
    assert [w.step for w in office.waits(case)] == ["legality_review"]


def test_a_risk_that_turns_out_uncontrollable_before_the_meeting_keeps_it_from_being_held(office: Office) -> None:
    case = in_assessment(office)
    office.sign(case, STEP, "done", **REPORT)
    report_of(office, case)
    office.until("2026-12-03")
    office.sign(case, "legality_review", "lawful", reason="草案合法")
    assert [w.step for w in office.waits(case)] == ["collective_discussion"]
    with writing(office.home.engine) as session:
        secretary = find_person(session, "test-meeting-secretary")
        give_back(session, office.catalogs, case, secretary, to=STEP, reason="出现集体反映", now=office.now())
    office.sign(case, STEP, "problems_found", reason="反对强烈", **but(REPORT, risk_conclusion="不可控"))
    report_of(office, case)
    assert "collective_discussion" not in [w.step for w in office.waits(case)]
    (block,) = [b for b in office.show(case)["blocked"] if b["step"] == "collective_discussion"]
    assert block["rule"] == "MD-15" and "风险评估的结论是“存在问题”" in block["reason"]
    office.sign(case, "drafting", "done", reason="收费标准分两年到位")
    office.sign(case, STEP, "done", **AFTER)
    report_of(office, case)
    assert [w.step for w in office.waits(case)] == ["collective_discussion"]


def test_an_amended_draft_is_assessed_again_after_an_uncontrollable_risk(office: Office) -> None:
    case = in_assessment(office)
    office.sign(case, STEP, "problems_found", reason="反对强烈", **but(REPORT, risk_conclusion="不可控"))
    office.send(case, {"review_draft": DRAFT.replace("区建设局负责", "区建设局会同街道负责")})
    assert (office.wait(case, STEP).round, [w.step for w in office.waits(case)]) == (2, [STEP])
    office.sign(case, STEP, "done", **REPORT)
    report_of(office, case)
    assert [w.step for w in office.waits(case)] == ["legality_review"]


def told_to_the_meeting(office: Office, case: str) -> list[str]:
    with reading(office.home.engine) as session:
        return lines_for_meeting(session, office.catalogs, find_case(session, case))


def test_the_measures_that_control_the_risk_go_to_the_meeting(office: Office) -> None:
    case = in_assessment(office)
    office.sign(case, STEP, "done", **AFTER)
    text = report_of(office, case)
    assert "收费标准分两年到位；责任单位：区发展和改革局；完成时限：方案印发前" in text
    assert told_to_the_meeting(office, case) == [
        "风险评估结论：采取措施后可控。在采取下列措施确保风险可控后，可以作出决策；措施随会议材料提交集体讨论。",
        "1. 收费标准分两年到位（区发展和改革局）（方案印发前）",
    ]
    office.until("2026-12-03")
    office.sign(case, "legality_review", "lawful", reason="草案合法")
    with reading(office.home.engine) as session:
        wait = office.wait(case, "collective_discussion")
        form = form_for(session, office.catalogs, wait, links=lambda _: None, works=WORKS)
    assert "- 1. 收费标准分两年到位（区发展和改革局）" in form.description
    assert "1. 收费标准分两年到位（区发展和改革局）（方案印发前）" in list_of_the_package(office, case)


def list_of_the_package(office: Office, case: str) -> str:
    """What the list of the meeting's papers says of the case."""
    issue_papers(office.home, office.catalogs, case, office.now(), WORKS)
    with writing(office.home.engine) as session:
        secretary = find_person(session, "test-meeting-secretary")
        meeting = call(
            session, office.catalogs, secretary, organ="区政府", kind="常务会议", number=12, held_on=date(2026, 12, 8),
            host="陈立", recorder="周宁", time="9时30分", place="区政府三楼会议室", now=office.now(),
        )  # fmt: skip
        put(session, office.catalogs, str(meeting.id), case, secretary, now=office.now())
        files = pack_files(session, office.home, office.catalogs, meeting, case=case, actor=SYSTEM)
    return "\n".join(block.text for block in read(files["目录.docx"], "目录.docx").blocks)


def test_a_draft_that_changed_after_its_assessment_is_shown_so_and_judged_by_people(office: Office) -> None:
    """The regulation orders no second assessment of a controllable risk: it is stale, and may be given back."""
    case = in_assessment(office)
    office.sign(case, STEP, "done", **REPORT)
    report_of(office, case)
    office.send(case, {"review_draft": DRAFT.replace("区建设局负责", "区建设局会同街道负责")})
    assert office.step(case, STEP)["stale"] is True
    assert [w.step for w in office.waits(case)] == ["legality_review"]
    assert told_to_the_meeting(office, case)[-1].startswith("风险评估之后草案有新的版本")


# ---- when none is owed ----


def test_a_risky_decision_cannot_do_without(office: Office) -> None:
    """A decision that may harm social stability, sent for its legality review without a risk assessment (MD-14)."""
    receipt = office.receive(a_risky_decision())
    assert [(lack.name, lack.citation) for lack in receipt.lacks] == [
        ("风险评估报告", "重大行政决策程序暂行条例(国务院令713号) 第22、23条")
    ]


def test_what_was_assessed_under_other_rules_is_not_assessed_again_but_proved_to_the_meeting(office: Office) -> None:
    """第二十二条第二款; MD-14.1: the review goes on without the earlier report, the agenda does not take the case."""
    case = office.submit(a_risky_decision(risk_already_assessed=True))
    assert office.step(case, STEP)["state"] == "not_applicable"
    office.until("2026-12-03")
    office.sign(case, "legality_review", "lawful", reason="合法")
    assert "collective_discussion" in [w.step for w in office.waits(case)]  # the gate of MD-15 has nothing to hold
    assert any("已作风险评价、评估的报告" in reason for reason in not_ready(office, case))
    office.send(case, {"prior_risk_assessment": "社会稳定风险评估报告及备案回执"})
    assert not any("已作风险评价、评估的报告" in reason for reason in not_ready(office, case))


def not_ready(office: Office, case: str) -> list[str]:
    """What keeps a case off the agenda, as `meetings ready` tells it."""
    with reading(office.home.engine) as session:
        told = ready_cases(session, office.catalogs, "wucheng-government", now=office.now(), limit=10)
    return [str(lack) for found in told if found["case"] == case for lack in found["lacks"]]


def test_a_dispute_of_interests_alone_owes_no_assessment_and_allows_a_hearing(office: Office) -> None:
    """第十六条 speaks of interests, 第二十二条 of social stability and public safety (MD-09, MD-14)."""
    case = office.submit(
        a_decision(
            facts={"vital_interests_dispute": True}, papers={"comment_adoption_report": "采纳情况"},
            asks_for="public_participation",
        )
    )  # fmt: skip
    with reading(office.home.engine) as session:
        planned = plan(office.catalogs, matter_of(session, find_case(session, case)), date(2026, 11, 23))
    assert planned.step(STEP).required is False
    assert ("MD-09", "may") in {(g.rule, g.kind) for g in planned.step("public_participation").because}
    with reading(office.home.engine) as session:
        assert assessment_of(session, office.catalogs, find_case(session, case)) is None


# ---- grades and data ----


@pytest.mark.parametrize(
    ("likelihood", "impact", "grade"),
    [
        ("unlikely", "minor", "low"), ("unlikely", "serious", "medium"), ("possible", "moderate", "medium"),
        ("possible", "serious", "high"), ("likely", "minor", "medium"), ("likely", "serious", "high"),
    ],
)  # fmt: skip
def test_the_grade_follows_from_likelihood_and_impact(likelihood: str, impact: str, grade: str) -> None:
    assert BOOK.grade(likelihood, impact) == grade


def test_a_graver_risk_never_has_a_lower_grade() -> None:
    order, likelihoods, impacts = list(BOOK.grades), list(BOOK.likelihoods), list(BOOK.impacts)
    grades = [[order.index(BOOK.grade(lk, im)) for im in impacts] for lk in likelihoods]
    assert all(row == sorted(row) for row in grades)
    assert all(list(column) == sorted(column) for column in zip(*grades, strict=True))
    assert BOOK.overall(["low", "high", "medium"]) == "high" and BOOK.overall([]) is None


def faults(old: str, new: str) -> list[str]:
    text = (ROOT / "catalogs" / "risk.yaml").read_text("utf-8")
    assert old in text
    root = Section.of(parse(text.replace(old, new)), "", [])
    made = read_risk(root, ["done", "problems_found"])
    root.close()
    assert isinstance(made, RiskBook)
    return [f"{fault.key}：{fault.reason}" for fault in root.faults]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("serious: medium}", "serious: grave}", "matrix.unlikely.serious：没有等级 grave"),
        ("conclusion: problems_found", "conclusion: refused", "没有结论 refused"),
        ("confidence: memory}", "confidence: sure}", "没有核对程度 sure"),
        ("explain_at: [high]", "explains: [high]", "没有这一项"),
    ],
)
def test_faulty_data_is_refused(old: str, new: str, fault: str) -> None:
    assert any(fault in found for found in faults(old, new))

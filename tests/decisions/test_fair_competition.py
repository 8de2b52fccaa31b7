"""公平竞争审查: what the form refuses and why, what the table says, what a new draft does to a review."""

from pathlib import Path
from typing import Any

import pytest

from review_flows.cases.papers import issue_papers
from review_flows.flows.steps import WORKS
from review_flows.text.reading import read
from tests.cases.building import Office, Package, a_contract, a_decision, a_document

STEP = "fair_competition_review"
CLEAR = {
    "scope": "涉及经营者经济活动，属于审查范围",
    "others_not_concerned": True,
    "consulted": "听取区停车行业协会和6家企业意见，均无异议",
    "first_review": "区建设局2026年11月20日初审：未违反审查标准",
}
EXCEPTED = CLEAR | {
    "standards": {"item_10_2": "涉及，适用例外规定"},
    "exception": "第十二条第三项：为实现节约能源、保护环境、救灾救助等社会公共利益",
    "exception_reason": "补贴新能源车位建设，直接减少排放",
    "no_alternative": "普惠补贴不能达到配建比例",
    "end_date": "2028-12-31",
}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def a_business_document(**changes: Any) -> Package:
    return a_document(facts={"business_related": True}, **changes)


def in_review(office: Office, package: Package | None = None) -> str:
    """A case that waits for its fair-competition review."""
    case = office.submit(package or a_business_document(asks_for=STEP))
    assert [w.step for w in office.waits(case)] == [STEP]
    return case


def but(told: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (told | changes).items() if value is not None}


REFUSED = [
    # what is wrong, conclusion, what is told, what the refusal says
    ("an item without an answer", "approved", but(CLEAR, others_not_concerned=None), "还有19项没有答复"),
    (
        "a violation that would be approved",
        "approved", but(CLEAR, standards={"item_9_3": "违反"}), "不得出台（FC-06）：第九条第三项",
    ),
    ("problems without a violated item", "problems_found", CLEAR, "选出违反的各项"),
    ("nobody was heard", "approved", but(CLEAR, consulted=None), "FC-04"),
    ("no first review by the drafter", "approved", but(CLEAR, first_review=None), "FC-11"),
    ("touched without a word why", "approved", but(CLEAR, standards={"item_8_4": "涉及，不违反"}), "FC-05"),
    (
        "a basis that is not named",
        "approved",
        but(CLEAR, standards={"item_10_1": "涉及，有法律、行政法规依据或者经国务院批准"}), "须写明法律、行政法规的条款",
    ),
    (
        "a basis where none helps",
        "approved",
        but(CLEAR, legal_basis="某法", standards={"item_8_3": "涉及，有法律、行政法规依据或者经国务院批准"}),
        "第八条第三项不以有无法律",
    ),
    ("an exception without its ground", "approved", but(EXCEPTED, exception=None), "同时选出例外的情形"),
    ("an exception for no item", "approved", but(EXCEPTED, standards=None), "同时选出例外的情形"),
    ("an exception with a milder way", "approved", but(EXCEPTED, no_alternative=None), "影响更小的替代方案"),
    ("an exception without end", "approved", but(EXCEPTED, end_date=None), "实施期限或者终止条件"),
    ("an exception that has ended", "approved", but(EXCEPTED, end_date="2026-11-01"), "已经届满"),
    ("an end that is no day", "approved", but(EXCEPTED, end_date="三年"), "不是日期"),
    (
        "out of scope without a reason",
        "approved", {"scope": "不涉及经营者经济活动，不属于审查范围"}, "不属于公平竞争审查范围的，须写明理由",
    ),
    (
        "out of scope and touched",
        "approved",
        {
            "scope": "不涉及经营者经济活动，不属于审查范围", "scope_reason": "内部管理",
            "standards": {"item_8_1": "违反"},
        },
        "前后矛盾",
    ),
    ("nothing told and no opinion sent", "approved", {}, "尚未收到"),
]  # fmt: skip


def test_what_may_not_count_is_refused_with_its_ground(office: Office) -> None:
    case = in_review(office)
    for situation, conclusion, told, why in REFUSED:
        reason = "理由" if conclusion == "problems_found" else ""
        refused = office.answer(case, STEP, conclusion, reason=reason, **told)
        assert not refused.accepted, situation
        assert why in (refused.reason or ""), (situation, refused.reason)


def table_of(office: Office, case: str) -> str:
    issue_papers(office.home, office.catalogs, case, office.now(), WORKS)
    papers = [d for d in office.show(case)["documents"] if d["name"].startswith("公平竞争审查表")]
    return "\n".join(
        block.text for block in read(office.home.store.read(papers[-1]["sha256"]), "审查表.docx").blocks
    ) + "".join(papers[-1]["name"])


def test_the_form_makes_the_table_with_all_nineteen_items_and_opens_the_next_step(office: Office) -> None:
    case = in_review(office)
    told = but(CLEAR, standards={"item_8_4": "涉及，不违反"}, explanation="第三条准入条件对本外地企业一致")
    office.sign(case, STEP, "approved", **told)
    text = table_of(office, case)
    for item in office.catalogs.competition.items:
        assert item.text in text
    assert len(office.catalogs.competition.items) == 5 + 6 + 4 + 4
    assert "第三条准入条件对本外地企业一致" in text
    assert "可以出台" in text
    office.advance(case)
    assert [w.step for w in office.waits(case)] == ["internal_legality_review"]
    assert "fair_competition.concluded" in office.events(case)


def test_an_exception_is_approved_with_its_end_in_the_table(office: Office) -> None:
    case = in_review(office)
    office.sign(case, STEP, "approved", **EXCEPTED)
    text = table_of(office, case)
    assert "第十二条第三项" in text
    assert "2028-12-31" in text
    assert "符合例外规定" in text


def test_a_violation_stops_the_document_before_its_legality_review(office: Office) -> None:
    """FC-06, FC-08: 条例第十八条; the draft goes back."""
    case = in_review(office)
    told = but(CLEAR, standards={"item_8_3": "违反"})
    office.sign(case, STEP, "problems_found", reason="第三条限定本地企业", **told)
    assert "不得出台" in table_of(office, case)
    office.advance(case)
    waiting = {w.step for w in office.waits(case)}
    assert "drafting" in waiting
    assert not {"legality_review", "collective_discussion"} & waiting


def test_government_papers_are_reviewed_by_the_market_regulator_departments_by_themselves(office: Office) -> None:
    """FC-03, FC-02: 条例第十四条、第十三条."""
    case = in_review(office)
    regulator = office.catalogs.organs.bearer("market_regulator").id
    assert office.wait(case, STEP).unit == regulator
    own = office.submit(
        a_business_document(asks_for=STEP, issuing_organ="婺城区建设局", title="婺城区建设局停车管理规定")
    )
    assert office.wait(own, STEP).unit == office.catalogs.organs.get("婺城区建设局").id


def test_an_agreement_with_an_operator_is_reviewed_too(office: Office) -> None:
    """FC-09: 实施办法第二条第三款; the drafting unit reviews, and no first review is asked for."""
    case = in_review(office, a_contract(facts={"business_related": True}, asks_for=STEP))
    office.sign(case, STEP, "approved", **but(CLEAR, first_review=None))
    assert "行政机关合同" in table_of(office, case)


def test_a_written_opinion_that_was_sent_is_enough(office: Office) -> None:
    case = in_review(
        office,
        a_decision(facts={"business_related": True}, asks_for=STEP, papers={"comment_adoption_report": "采纳情况"}),
    )
    office.send(case, {"fair_competition_opinion": "审查意见：可以出台"}, step=STEP)
    papers = [d["sha256"] for d in office.show(case)["documents"] if d["role"] == "fair_competition_opinion"]
    office.sign(case, STEP, "approved", accepts=papers)
    issue_papers(office.home, office.catalogs, case, office.now(), WORKS)
    assert [d["name"] for d in office.show(case)["documents"] if d["role"] == "fair_competition_opinion"] == [
        "fair_competition_opinion.txt"
    ]

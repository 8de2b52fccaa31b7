"""公平竞争审查: what the form refuses and why, what the table says, what a new draft does to a review.

《公平竞争审查条例》（国务院令第783号）及其实施办法; FC-01 … FC-11 and FC-S8 … FC-S11 of the law data.
"""

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from review_flows.cases.papers import issue_papers
from review_flows.decisions.fair_competition import CompetitionReview
from review_flows.decisions.fair_competition_exceptions import exceptions
from review_flows.flows.steps import WORKS
from review_flows.records.audit import entries
from review_flows.records.database import reading
from review_flows.text.reading import read
from tests.cases.building import DRAFT, Office, Package, a_contract, a_decision, a_document

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


def passed(office: Office, case: str, **told: Any) -> None:
    """The review passes, its table is made, and what follows opens."""
    office.sign(case, STEP, "approved", **told)
    issue_papers(office.home, office.catalogs, case, office.now(), WORKS)
    office.advance(case)


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
        "approved", but(CLEAR, standards={"item_9_3": "违反"}), "不得出台（FC-06）：第九条第三项（FC-S9）",
    ),
    ("problems without a violated item", "problems_found", CLEAR, "选出违反的各项"),
    ("nobody was heard", "approved", but(CLEAR, consulted=None), "利害关系人意见的情况（FC-04）"),
    (
        "only the public was heard",
        "approved",
        but(CLEAR, consulted=None, parties=[{"name": "网上征求意见", "kind": "社会公众", "view": "无异议"}]),
        "利害关系人意见的情况（FC-04）",
    ),
    (
        "the public has an interest and was not heard",
        "approved", but(CLEAR, public_interest=True), "社会公众意见的情况（FC-04）",
    ),
    (
        "no first review by the drafter",
        "approved", but(CLEAR, first_review=None), "还缺：公平竞争审查初审意见（FC-11）",
    ),
    ("whether it is in scope at all", "approved", but(CLEAR, scope=None), "FC-01"),
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
        "第八条第三项（FC-S8）不以有无法律",
    ),
    *(
        (f"a violation of art. {article}", "approved", but(CLEAR, standards={f"item_{item}": "违反"}), f"（{rule}）")
        for article, item, rule in [(8, "8_1", "FC-S8"), (10, "10_4", "FC-S10"), (11, "11_2", "FC-S11")]
    ),
    ("an exception without its ground", "approved", but(EXCEPTED, exception=None), "各项（FC-07）"),
    ("an exception for no item", "approved", but(EXCEPTED, standards=None), "同时选出例外的情形"),
    ("an exception with a milder way", "approved", but(EXCEPTED, no_alternative=None), "替代方案的说明（FC-07）"),
    ("an exception without end", "approved", but(EXCEPTED, end_date=None), "实施期限或者终止条件（FC-07）"),
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
    (
        "out of scope and problems found",
        "problems_found",
        {"scope": "不涉及经营者经济活动，不属于审查范围", "scope_reason": "内部管理"},
        "前后矛盾",
    ),
    ("nothing to confirm in a first round", "approved", {"confirms": True}, "尚未收到"),
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


def test_a_no_in_words_is_kept_as_a_no(office: Office) -> None:
    """Answers from files are words: "false" confirms nothing, and 其余各项均不涉及 is not said by it."""
    case = in_review(office)
    refused = office.answer(case, STEP, "approved", **but(CLEAR, others_not_concerned="false"))
    assert "还有19项没有答复" in (refused.reason or "")
    office.sign(case, STEP, "approved", **but(CLEAR, others_not_concerned="true", public_interest="false"))
    assert "市场准入负面清单以外" in table_of(office, case)


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


# ---- who reviews (FC-02, FC-03) ----


def at(folder: Path, day: str) -> Office:
    return Office(folder, datetime.fromisoformat(f"{day}T09:00:00+08:00"))


@pytest.mark.parametrize(
    ("day", "organ", "drafters", "reviewer"),
    [
        ("2026-11-23", "婺城区人民政府", ["婺城区建设局"], "婺城区市场监督管理局"),  # 条例第十四条
        (
            "2026-11-23",
            "婺城区人民政府办公室",
            ["婺城区建设局"],
            "婺城区市场监督管理局",
        ),  # 实施办法第三十条：办公室印发、转发
        ("2024-08-01", "婺城区人民政府", ["婺城区建设局"], "婺城区市场监督管理局"),
        ("2024-07-31", "婺城区人民政府", ["婺城区建设局"], "婺城区建设局"),  # before 条例: by the drafting unit
        ("2026-11-23", "婺城区建设局", ["婺城区建设局"], "婺城区建设局"),  # 条例第十三条
        ("2026-11-23", "婺城区建设局", ["婺城区建设局", "婺城区教育局"], "婺城区建设局"),  # joint: the lead unit
        ("2026-11-23", "婺城区教育局", ["婺城区教育局", "婺城区建设局"], "婺城区教育局"),
        ("2026-11-23", "白龙桥镇人民政府", ["白龙桥镇人民政府"], "白龙桥镇人民政府"),
    ],
)
def test_who_reviews_depends_on_the_organ_and_on_the_day(
    tmp_path: Path, day: str, organ: str, drafters: list[str], reviewer: str
) -> None:
    office = at(tmp_path, day)
    case = in_review(
        office,
        a_business_document(asks_for=STEP, issuing_organ=organ, drafting_unit=drafters),
    )
    assert office.catalogs.organs.get(office.wait(case, STEP).unit).name == reviewer


@pytest.mark.parametrize(
    ("day", "without", "rule"),
    [
        ("2024-07-31", [], ""),  # before 条例: nothing is sent to anybody
        ("2024-08-01", ["公平竞争审查初审意见"], "FC-03"),  # 条例第十四条第二款
        ("2025-04-20", ["起草说明", "公平竞争审查初审意见"], "FC-11"),  # 实施办法第三十条
    ],
)
def test_what_the_package_must_hold_and_since_when(tmp_path: Path, day: str, without: list[str], rule: str) -> None:
    office = at(tmp_path, day)
    case = in_review(office, a_business_document(asks_for=STEP, without=["drafting_note"]))
    answer = office.answer(case, STEP, "approved", **but(CLEAR, first_review=None))
    assert answer.accepted is (not without)
    if without:
        assert f"还缺：{'、'.join(without)}（{rule}）" in (answer.reason or "")


def test_a_package_that_lacks_goes_back_with_all_of_it_named_and_comes_again(office: Office) -> None:
    """FC-11: 实施办法第三十一条."""
    case = in_review(office, a_business_document(asks_for=STEP, without=["drafting_note"]))
    office.sign(case, STEP, "returned", reason="材料不齐")
    with reading(office.home.engine) as session:
        told = entries(session, case=case, event="fair_competition.returned")
    assert told[0].payload["lacking"] == ["起草说明", "公平竞争审查初审意见"]
    issue_papers(office.home, office.catalogs, case, office.now(), WORKS)
    (notice,) = [d for d in office.show(case)["documents"] if d["role"] == "competition_notice"]
    text = "\n".join(block.text for block in read(office.home.store.read(notice["sha256"]), "告知书.docx").blocks)
    assert "起草说明" in text and "公平竞争审查初审意见" in text and "材料不齐" in text
    assert [w.step for w in office.waits(case)] == ["drafting"]
    office.send(case, {"drafting_note": "起草说明", "fair_competition_first_review": "初审：未违反"}, step=STEP)
    office.sign(case, "drafting", "done")
    passed(office, case, **but(CLEAR, first_review=None))
    assert office.step(case, STEP)["round"] == 2


# ---- what it blocks (FC-06, FC-08, FC-09) ----


@pytest.mark.parametrize(
    ("package", "blocked"),
    [
        (a_document, {"internal_legality_review", "legality_review", "collective_discussion", "registration"}),
        (a_decision, {"legality_review", "collective_discussion", "publication"}),
        (a_contract, {"approval", "signing"}),
    ],
)
def test_what_did_not_pass_goes_no_further(office: Office, package: Any, blocked: set[str]) -> None:
    papers = {"comment_adoption_report": "采纳情况"} if package is a_decision else {}
    case = in_review(office, package(facts={"business_related": True}, asks_for=STEP, papers=papers))
    office.sign(case, STEP, "problems_found", reason="限定本地企业", **but(CLEAR, standards={"item_8_3": "违反"}))
    waiting = {w.step for w in office.waits(case)}
    assert "drafting" in waiting
    assert not waiting & blocked
    # The drafting unit answers without a new text: the review looks again, and passes nothing by silence.
    office.sign(case, "drafting", "done", reason="拟删去该条，另送修改稿")
    assert STEP in {w.step for w in office.waits(case)}
    assert not {w.step for w in office.waits(case)} & blocked


def test_a_contract_that_did_not_pass_waits_for_its_review_although_its_legality_was_looked_at(office: Office) -> None:
    """FC-09, FC-06: an approval is not reached by an old review, and a new text is reviewed again."""
    case = in_review(office, a_contract(facts={"business_related": True}, asks_for=STEP))
    office.sign(case, STEP, "problems_found", reason="指定品牌", **but(CLEAR, standards={"item_8_3": "违反"}))
    issue_papers(office.home, office.catalogs, case, office.now(), WORKS)
    office.advance(case)
    office.sign(case, "legality_review", "lawful", reason="合同合法")
    assert "approval" not in {w.step for w in office.waits(case)}
    office.send(case, {"contract_text": "合同（修改稿）\n\n第一条 甲方委托乙方建设平台，不指定品牌。\n"})
    assert {w.step for w in office.waits(case)} == {STEP}
    passed(office, case, **CLEAR)
    assert {w.step for w in office.waits(case)} == {"legality_review"}


def test_a_package_for_legality_review_lacks_the_opinion_of_the_fair_competition_review(office: Office) -> None:
    """FC-08: 未经公平竞争审查的，不得提交行政合法性审查."""
    receipt = office.receive(a_business_document())
    assert receipt.is_lacking
    assert [lack.name for lack in receipt.lacks] == ["公平竞争审查意见"]


# ---- a new draft (FC-10) ----


def amended(office: Office, case: str) -> None:
    """The legality review asks for an amendment, and the amended draft comes."""
    opinion = [d["sha256"] for d in office.show(case)["documents"] if d["role"] == "internal_legality_opinion"]
    office.sign(case, "internal_legality_review", "lawful", accepts=opinion)
    item = {"article": "第三条", "problem": "表述不清", "basis": "", "suggestion": "明确", "nature": "must_change"}
    office.sign(case, "legality_review", "to_be_amended", reason="见意见", items=[item])
    office.send(case, {"review_draft": DRAFT.replace("区建设局负责", "区建设局会同区财政局负责")})


def test_a_new_draft_is_reviewed_again_or_the_earlier_conclusion_is_confirmed_by_a_person(office: Office) -> None:
    case = in_review(office)
    passed(office, case, **CLEAR)
    amended(office, case)
    assert [(w.step, w.round) for w in office.waits(case)] == [(STEP, 2)]
    silent = office.answer(case, STEP, "approved", confirms=True)
    assert "须写明修改了什么" in (silent.reason or "") and "FC-10" in (silent.reason or "")
    opposite = office.answer(case, STEP, "problems_found", reason="有问题", confirms=True, changes="第三条")
    assert "结论须与前次相同" in (opposite.reason or "")
    passed(office, case, confirms=True, changes="只增加了会同单位，不涉及经营者")
    text = table_of(office, case)
    assert "第1轮审查通过之后有修改" in text and "只增加了会同单位" in text and "公平竞争审查表（第2次）" in text
    assert [w.step for w in office.waits(case)] == ["legality_review"]
    with reading(office.home.engine) as session:
        last = entries(session, case=case, event="fair_competition.concluded")[-1]
    assert last.rules == ("FC-10",) and last.payload["confirms"] is True


def test_a_major_change_that_violates_a_standard_stops_what_had_passed(office: Office) -> None:
    case = in_review(office)
    passed(office, case, **CLEAR)
    amended(office, case)
    office.sign(case, STEP, "problems_found", reason="新增限定", **but(CLEAR, standards={"item_8_3": "违反"}))
    assert [w.step for w in office.waits(case)] == ["drafting"]
    office.send(case, {"review_draft": DRAFT.replace("区建设局负责", "区建设局会同有关部门负责")})
    refused = office.answer(case, STEP, "approved", confirms=True, changes="删去新增内容")
    assert "尚未收到" in (refused.reason or "")  # the last review did not pass: nothing to confirm
    passed(office, case, **CLEAR)
    assert [w.step for w in office.waits(case)] == ["legality_review"]


def test_a_review_done_before_sending_is_asked_again_for_a_new_draft_too(office: Office) -> None:
    case = office.submit(a_business_document(papers={"fair_competition_opinion": "审查意见：可以出台"}))
    item = {"article": "第三条", "problem": "表述不清", "basis": "", "suggestion": "明确", "nature": "must_change"}
    office.sign(case, "legality_review", "to_be_amended", reason="见意见", items=[item])
    office.send(case, {"review_draft": DRAFT.replace("区建设局负责", "区建设局会同区财政局负责")})
    passed(office, case, confirms=True, changes="不涉及经营者")
    assert [w.step for w in office.waits(case)] == ["legality_review"]


def test_before_the_implementing_rules_a_new_draft_did_not_ask_again(tmp_path: Path) -> None:
    office = at(tmp_path, "2025-04-01")
    case = in_review(office)
    passed(office, case, **CLEAR)
    amended(office, case)
    assert [w.step for w in office.waits(case)] == ["legality_review"]


# ---- exceptions that stand (FC-07) ----


def test_exceptions_are_listed_with_their_end_and_end_with_the_review_that_drops_them(office: Office) -> None:
    cases = [in_review(office, a_business_document(asks_for=STEP, title=f"办法{n}")) for n in range(4)]
    passed(office, cases[0], **but(EXCEPTED, end_date="2027-06-30"))
    passed(office, cases[1], **but(EXCEPTED, end_date=None, end_condition="国家标准施行"))
    passed(office, cases[2], **EXCEPTED)
    passed(office, cases[3], **CLEAR)
    with reading(office.home.engine) as session:
        found = exceptions(session, office.catalogs)
    assert [one.case.number for one in found] == [cases[0], cases[2], cases[1]]
    assert [one.state_on(date(2027, 7, 1)) for one in found] == ["ended", "running", "conditional"]
    assert found[0].state_on(date(2027, 6, 30)) == "running"  # the last day counts
    amended(office, cases[0])
    passed(office, cases[0], confirms=True, changes="不涉及经营者")
    amended(office, cases[2])
    passed(office, cases[2], **CLEAR)
    with reading(office.home.engine) as session:
        assert [one.case.number for one in exceptions(session, office.catalogs)] == [cases[0], cases[1]]


# ---- every rule ----

ELSEWHERE = {
    "FC-02": test_who_reviews_depends_on_the_organ_and_on_the_day,
    "FC-03": test_what_the_package_must_hold_and_since_when,
    "FC-08": test_a_package_for_legality_review_lacks_the_opinion_of_the_fair_competition_review,
    "FC-09": test_a_contract_that_did_not_pass_waits_for_its_review_although_its_legality_was_looked_at,
    "FC-10": test_a_new_draft_is_reviewed_again_or_the_earlier_conclusion_is_confirmed_by_a_person,
}


def test_every_rule_of_the_review_has_its_case_here(office: Office) -> None:
    rules = {rule for rule in office.catalogs.rules if rule.startswith("FC-")}
    refused = {rule for *_, why in REFUSED for rule in re.findall(r"FC-S?\d+", why)}
    assert rules - refused - set(ELSEWHERE) == set()
    assert set(CompetitionReview.enforces) <= rules

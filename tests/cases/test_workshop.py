"""The reviewer opens a draft that is already half read, and decides on every remark."""

from pathlib import Path

import pytest
from sqlmodel import select

from review_flows.cases.forms import form_for
from review_flows.cases.papers import issue_papers
from review_flows.cases.workshop import Remark, decisions
from review_flows.flows.steps import WORKS
from review_flows.records.database import reading
from review_flows.text.keeping import keep_records
from review_flows.text.reading import read
from tests.cases.building import DRAFT, Office, a_document

FAULTY = DRAFT.replace(
    "第三条 区建设局负责本办法的组织实施。",
    "第三条 申请单位应当在本区登记注册并在本区缴纳税收，外地企业不得申请。违反本办法的，处以五千元罚款。",
)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def remarks(office: Office) -> list[Remark]:
    with reading(office.home.engine) as session:
        return list(session.exec(select(Remark).order_by(Remark.number)))  # type: ignore[arg-type]


def opinion_text(office: Office, case: str) -> str:
    (paper,) = [paper for paper in office.show(case)["documents"] if paper["role"] == "legality_opinion"]
    return "".join(block.text for block in read(office.home.store.read(paper["sha256"]), "意见书.docx").blocks)


def test_kept_remarks_become_items_and_the_others_stay_as_dropped_with_the_reason(office: Office) -> None:
    case = office.submit(a_document(papers={"review_draft": FAULTY}))
    issue_papers(office.home, office.catalogs, case, office.now())
    found = remarks(office)
    rules = {remark.rule for remark in found}
    assert {"RF03", "RF07"} <= rules
    with reading(office.home.engine) as session:
        shown = form_for(session, office.catalogs, office.wait(case, "legality_review"), links=lambda _: None)
    assert "初筛提示" in shown.description
    fine = next(remark for remark in found if remark.rule == "RF03")
    office.until("2026-12-01")
    office.sign(
        case, "legality_review", "to_be_amended", reason="见意见", kept=[fine.number], dropped_reason="另行处理"
    )
    items = office.show(case)["opinion_items"]
    assert [(item["article"], item["nature"]) for item in items] == [("第三条", "must_change")]
    outcomes = {remark.number: (remark.outcome, remark.outcome_reason) for remark in remarks(office)}
    assert outcomes.pop(fine.number) == ("kept", None)
    assert set(outcomes.values()) == {("dropped", "另行处理")}


def test_a_remark_can_be_kept_in_other_words_and_dropped_for_a_reason_of_its_own(office: Office) -> None:
    case = office.submit(a_document(papers={"review_draft": FAULTY}))
    issue_papers(office.home, office.catalogs, case, office.now())
    number = {remark.rule: remark.number for remark in remarks(office)}
    with reading(office.home.engine) as session:
        shown = form_for(
            session, office.catalogs, office.wait(case, "legality_review"), links=lambda _: None, works=WORKS
        )
    assert {"kept", "edited", "dropped", "dropped_reason", "checks"} <= shown.model.model_fields.keys()
    office.until("2026-12-01")
    office.sign(
        case, "legality_review", "to_be_amended", reason="见意见",
        edited=[{"remark": number["RF03"], "problem": "罚款没有上位法依据。", "nature": "should_change"}],
        dropped=[{"remark": number["RF07"], "reason": "本条有上级文件依据"}],
        items=[{"problem": "范围不清", "basis": "《立法法》", "suggestion": "写明", "nature": "must_change"}],
        dropped_reason="与本次修改无关",
    )  # fmt: skip
    _, item = office.show(case)["opinion_items"]
    fine = next(remark for remark in remarks(office) if remark.rule == "RF03")
    assert (item["problem"], item["nature"]) == ("罚款没有上位法依据。", "should_change")
    assert (item["article"], item["suggestion"]) == ("第三条", fine.suggestion)  # what was left empty stays
    outcomes = {remark.rule: (remark.outcome, remark.outcome_reason) for remark in remarks(office)}
    assert outcomes["RF03"] == ("edited", None)
    assert outcomes["RF07"] == ("dropped", "本条有上级文件依据")
    with reading(office.home.engine) as session:
        records = {one.rule: one for one in keep_records(decisions(session))}
    assert (records["RF03"].edited, records["RF07"].reasons) == (1, (("本条有上级文件依据", 1),))


def test_one_remark_has_one_fate(office: Office) -> None:
    case = office.submit(a_document(papers={"review_draft": FAULTY}))
    issue_papers(office.home, office.catalogs, case, office.now())
    first = remarks(office)[0].number
    office.until("2026-12-01")
    refused = office.answer(
        case, "legality_review", "to_be_amended", kept=[first], dropped=[{"remark": first, "reason": "重复"}]
    )
    assert "请只保留一种" in str(refused.reason)


def test_every_check_is_answered_in_the_opinion(office: Office) -> None:
    case = office.submit(a_document(papers={"review_draft": FAULTY}))
    issue_papers(office.home, office.catalogs, case, office.now())
    number = {remark.rule: remark.number for remark in remarks(office)}
    office.until("2026-12-01")
    office.sign(
        case, "legality_review", "to_be_amended", reason="见意见", kept=[number["RF03"], number["RF07"]],
        items=[{"article": "第二条", "problem": "范围不清", "nature": "note", "concerns": "content"}],
        checks=[
            {"check": "issuer", "finding": "sound"},
            {"check": "制定程序", "finding": "不涉及", "reason": "另行审核"},
        ],
    )  # fmt: skip
    issue_papers(office.home, office.catalogs, case, office.now())
    text = opinion_text(office, case)
    assert "制定主体是否合法。未发现问题。" in text
    assert "是否违反规范性文件制定程序。不涉及。另行审核。" in text
    assert "等事项。提出意见，见第3条。" in text  # 处罚 falls under what a document may not lay down
    assert "国家政策规定。提出意见，见第1、2条。" in text
    assert "法定职权。未提出意见。" in text  # every item names its check


def test_a_check_is_not_sound_beside_an_item_that_falls_under_it(office: Office) -> None:
    case = office.submit(a_document())
    issue_papers(office.home, office.catalogs, case, office.now())
    office.until("2026-12-01")
    refused = office.answer(
        case, "legality_review", "to_be_amended", reason="见意见",
        items=[{"problem": "主体不合法", "nature": "must_change", "concerns": "issuer"}],
        checks=[{"check": "issuer", "finding": "sound"}],
    )  # fmt: skip
    assert "“制定主体”已有意见条目" in str(refused.reason)


def test_a_draft_is_screened_once_per_version(office: Office) -> None:
    case = office.submit(a_document(papers={"review_draft": FAULTY}))
    issue_papers(office.home, office.catalogs, case, office.now())
    issue_papers(office.home, office.catalogs, case, office.now())
    assert office.events(case).count("draft.screened") == 1

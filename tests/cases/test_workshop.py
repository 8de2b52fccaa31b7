"""The reviewer opens a draft that is already half read, and decides on every remark."""

from pathlib import Path

import pytest
from sqlmodel import select

from review_flows.cases.forms import form_for
from review_flows.cases.papers import issue_papers
from review_flows.cases.workshop import Remark
from review_flows.records.database import reading
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


def test_a_draft_is_screened_once_per_version(office: Office) -> None:
    case = office.submit(a_document(papers={"review_draft": FAULTY}))
    issue_papers(office.home, office.catalogs, case, office.now())
    issue_papers(office.home, office.catalogs, case, office.now())
    assert office.events(case).count("draft.screened") == 1

"""What was done before a case came (送审前完成): when it counts, what proves it, what it can never stand in for."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from review_flows.cases.intake import Receipt, take_folder
from review_flows.errors import IntakeError
from tests.cases.building import Office, Package, a_contract, a_decision, a_document, a_penalty

HEARD = {"comment_adoption_report": "公众意见采纳情况报告"}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def waiting(office: Office, case: str) -> list[str]:
    return [wait.step for wait in office.waits(case)]


def comments(started_on: str, ended_on: str, evidence: str = "consultation_summary") -> dict[str, Any]:
    return {
        "step": "public_comment", "started_on": started_on, "ended_on": ended_on, "channel": "区政府网站",
        "evidence": evidence,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("package", "asks_for"),
    [
        (a_document(), "collective_discussion"),
        (a_document(), "publication"),
        (a_decision(papers=HEARD), "collective_discussion"),
        (a_contract(), "signing"),
        (a_penalty(), "decision"),
    ],
)
def test_whatever_a_submission_asks_for_the_review_is_walked_here(
    office: Office, package: Package, asks_for: str
) -> None:
    case = office.submit(package.but(asks_for=asks_for))
    assert waiting(office, case) == ["legality_review"]
    assert office.step(case, "legality_review")["before_sending"] is False


def test_what_a_review_needs_lacks_also_where_a_later_step_is_asked_for(office: Office) -> None:
    receipt = office.receive(a_decision(without=["basis"], papers=HEARD, asks_for="collective_discussion"))
    assert [lack.name for lack in receipt.lacks] == ["制定依据"]


@pytest.mark.parametrize("step", ["legality_review", "collective_discussion", "publication"])
def test_the_review_and_what_follows_it_are_never_said_to_be_done_before_sending(office: Office, step: str) -> None:
    entry = {"step": step, "ended_on": "2026-11-20", "evidence": "drafting_note"}
    with pytest.raises(IntakeError, match="送审前完成"):
        office.submit(a_decision(papers=HEARD, asks_for="collective_discussion", history=[entry]))


def test_a_case_made_complete_by_a_supplement_is_walked_to_its_end(office: Office) -> None:
    case = office.submit(a_penalty(without=["evidence_file"], facts={"complex_case": False}))
    office.send(case, {"evidence_file": "证据目录"})
    for step, conclusion in (("legality_review", "approved"), ("decision", "done")):
        office.sign(case, step, conclusion, dates={"decided_on": "2026-11-23"} if step == "decision" else {})
    office.sign(case, "disclosure", "done", dates={"published_on": "2026-11-23"})
    assert office.show(case)["state"] == "completed"


def test_a_step_that_a_supplement_proves_is_recorded_as_done_before_sending(office: Office) -> None:
    case = office.submit(a_document(without=["feasibility_report", "internal_legality_opinion"]))
    office.send(case, {"feasibility_report": "必要、可行", "internal_legality_opinion": "合法"})
    for step in ("feasibility_assessment", "internal_legality_review"):
        shown = office.step(case, step)
        assert (shown["state"], shown["before_sending"]) == ("done", True)
    assert office.events(case).count("step.done_before_sending") == 4
    assert waiting(office, case) == ["legality_review"]


def test_what_was_told_of_a_step_holds_once_its_proof_has_come(office: Office) -> None:
    package = a_document(without=["consultation_summary"], history=[comments("2026-09-01", "2026-10-08")])
    receipt = office.receive(package)
    assert [lack.name for lack in receipt.lacks] == ["征求意见及采纳情况"]
    office.send(receipt.case, {"consultation_summary": "收到意见3条"})
    shown = office.step(receipt.case, "public_comment")
    assert (shown["state"], shown["started_on"], shown["done_on"]) == ("done", "2026-09-01", "2026-10-08")
    assert office.show(receipt.case)["dates"]["comment_closed_on"] == "2026-10-08"


def test_a_supplement_may_tell_what_was_done_before_sending(office: Office) -> None:
    case = office.submit(a_document(without=["consultation_summary"]))
    office.send(case, {"consultation_summary": "收到意见3条"}, history=[comments("2026-09-01", "2026-10-08")])
    assert office.step(case, "public_comment")["done_on"] == "2026-10-08"


def test_a_step_in_hand_cannot_be_said_to_have_been_done_before(office: Office) -> None:
    case = office.submit(a_document(asks_for="public_comment"))
    with pytest.raises(IntakeError, match="已在系统中办理"):
        office.send(case, {"other": "说明"}, history=[comments("2026-09-01", "2026-10-08", evidence="other")])


SHORT = comments("2026-09-01", "2026-09-20")


def test_comments_cut_short_before_sending_ask_for_the_reason(office: Office) -> None:
    receipt = office.receive(a_document(history=[SHORT]))
    assert receipt.state == "lacking"
    (question,) = receipt.questions
    assert question.name.startswith("shorter_period_reason：") and "2026-10-01" in question.name
    assert "32" in question.citation or "规章制定程序条例" in question.citation
    assert office.show(receipt.case)["findings"] == []


def test_comments_cut_short_with_a_reason_stay_a_finding(office: Office) -> None:
    case = office.submit(a_document(history=[SHORT]))
    office.send(case, {}, facts={"shorter_period_reason": "补贴须在国庆前发放"})
    (found,) = office.show(case)["findings"]
    assert (found["kind"], found["step"], found["reason"]) == (
        "period.cut_short", "public_comment", "补贴须在国庆前发放",
    )  # fmt: skip
    assert waiting(office, case) == ["legality_review"]
    assert "period.cut_short" in office.events(case)


@pytest.mark.parametrize(
    ("changes", "started_on", "ended_on"),
    [
        ({}, "2026-09-01", "2026-10-01"),  # the thirtieth day after the notice
        ({"issuing_organ": "婺城区建设局"}, "2026-09-01", "2026-09-11"),  # ND-07 binds governments only
        ({}, "2018-04-02", "2018-04-20"),  # before ND-07 came into force
    ],
)
def test_comments_that_ran_their_time_by_the_rules_of_their_day_need_no_reason(
    office: Office, changes: dict[str, Any], started_on: str, ended_on: str
) -> None:
    receipt = office.receive(a_document(history=[comments(started_on, ended_on)], **changes))
    assert (receipt.state, receipt.questions) == ("open", ())
    assert office.show(receipt.case)["findings"] == []


# --- papers for an open case ------------------------------------------------------------------------------------------


def supplement(office: Office, case: str | None, step: str | None = None, **told: Any) -> Receipt:
    """A folder with one paper, sent for a case named on the command line."""
    folder = office.folder / f"补交{len(list(office.folder.iterdir()))}"
    folder.mkdir()
    (folder / "说明.txt").write_text(f"说明 {folder.name}", "utf-8")
    text = {"materials": [{"role": "other", "file": "说明.txt"}]} | told
    (folder / "submission.yaml").write_text(yaml.safe_dump(text, allow_unicode=True), "utf-8")
    return take_folder(office.home, office.catalogs, folder, now=office.now(), case=case, step=step)


def test_the_case_named_on_the_command_line_need_not_stand_in_the_file(office: Office) -> None:
    case = office.submit(a_document())
    assert supplement(office, case).is_supplement
    assert supplement(office, case, step="publication").is_supplement
    assert (
        supplement(office, case, facts={"major_public_interest": True}, dates={"issued_on": "2026-11-20"}).case == case
    )


@pytest.mark.parametrize(
    ("step", "told", "word"),
    [
        ("nonsense", {}, "没有环节 nonsense"),
        ("signing", {}, "没有环节 signing"),  # a step of contracts
        (None, {"kind": "government_contract"}, "与"),
        (None, {"issuing_organ": "白龙桥镇人民政府"}, "与"),
    ],
)
def test_papers_that_do_not_fit_their_case_are_refused(
    office: Office, step: str | None, told: dict[str, Any], word: str
) -> None:
    case = office.submit(a_document())
    with pytest.raises(IntakeError, match=word):
        supplement(office, case, step=step, **told)
    assert len(office.show(case)["documents"]) == 6


def test_a_step_is_named_only_with_a_case(office: Office) -> None:
    with pytest.raises(IntakeError, match="step"):
        take_folder(office.home, office.catalogs, office.lay(a_document()), now=office.now(), step="publication")

"""Cases from arrival to their end, as an office lives them."""

from pathlib import Path

import pytest
from sqlalchemy.exc import DatabaseError

from review_flows.errors import IntakeError, ReviewFlowsError
from review_flows.flows.steps import WORKS
from review_flows.records.database import writing
from tests.cases.building import DRAFT, Office, a_contract, a_document, a_penalty

MUST = {
    "article": "第二条",
    "problem": "缩小了上位法规定的保障范围",
    "basis": "《公共租赁住房管理办法》第七条",
    "suggestion": "删去户籍限制",
    "nature": "must_change",
}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def through_review(office: Office, case: str) -> None:
    office.until("2026-11-30")
    office.sign(case, "legality_review", "lawful", reason="经审核，未发现违法之处")


def test_a_complete_document_waits_for_its_legality_review_with_both_periods(office: Office) -> None:
    case = office.submit(a_document())
    assert case == "2026-ND-0001"
    waiting = office.show(case)["waiting_for"]
    assert [(w["step"], w["role"], w["due_on"], w["rule"]) for w in waiting] == [
        ("legality_review", "legal_reviewer", "2026-12-14", "ND-12")
    ]
    assert office.step(case, "legality_review")["earliest_end_on"] == "2026-11-30"


def test_a_lawful_document_goes_through_to_its_filing(office: Office) -> None:
    case = office.submit(a_document())
    through_review(office, case)
    office.send(case, {"meeting_record": "第5次常务会议记录"}, step="collective_discussion")
    office.sign(case, "collective_discussion", "approved", accepts=accepted(office, case, "meeting_record"))
    office.sign(case, "registration", "done", dates={"issued_on": "2026-11-30"})
    office.sign(case, "publication", "done", dates={"published_on": "2026-11-30", "effective_on": "2026-12-31"})
    for wait in office.waits(case):
        office.sign(case, wait.step, "done")
    shown = office.show(case)
    assert shown["state"] == "completed", shown["steps"]
    assert {s["state"] for s in shown["steps"]} <= {"done", "not_applicable"}


def accepted(office: Office, case: str, role: str) -> list[str]:
    return [d["sha256"] for d in office.show(case)["documents"] if d["role"] == role]


def test_a_package_that_lacks_papers_is_told_all_of_them_at_once_and_completed_by_a_supplement(office: Office) -> None:
    receipt = office.receive(a_document(without=["basis", "drafting_note"]))
    assert receipt.is_lacking
    assert {lack.name for lack in receipt.lacks} == {"制定依据", "起草说明"}
    assert office.waits(receipt.case) == []
    office.until("2026-11-25")
    receipt = office.send(receipt.case, {"basis": "依据", "drafting_note": "说明"})
    assert receipt.state == "open"
    assert office.step(receipt.case, "legality_review")["due_on"] == "2026-12-16"  # 15 working days from the 25th


def test_an_opinion_that_asks_for_changes_leads_to_a_second_round_on_the_new_draft(office: Office) -> None:
    case = office.submit(a_document())
    office.until("2026-12-01")
    office.sign(case, "legality_review", "to_be_amended", items=[MUST], reason="见意见")
    assert [w.step for w in office.waits(case)] == ["drafting"]
    office.send(
        case,
        {"review_draft": DRAFT.replace("申请、审核", "申请、审核、公示")},
        responses=[{"item": 1, "response": "adopted"}],
    )
    waiting = office.waits(case)
    assert [(w.step, w.round) for w in waiting] == [("legality_review", 2)]
    first = office.step(case, "legality_review")["earlier_rounds"][0]
    assert (first["conclusion"], first["stale"]) == ("to_be_amended", True)
    office.until("2026-12-09")
    office.sign(case, "legality_review", "lawful", reason="已按意见修改")
    assert "collective_discussion" in [w.step for w in office.waits(case)]


def test_a_must_item_declined_without_a_reason_never_reaches_the_meeting(office: Office) -> None:
    case = office.submit(a_document())
    office.until("2026-12-01")
    office.sign(case, "legality_review", "to_be_amended", items=[MUST], reason="见意见")
    refused = office.answer(case, "drafting", "done", responses=[{"item": 1, "response": "declined"}])
    assert not refused.accepted
    assert "理由" in (refused.reason or "")
    office.sign(
        case, "drafting", "done", responses=[{"item": 1, "response": "declined", "reason": "上位法授权区县确定范围"}]
    )
    assert [w.step for w in office.waits(case)] == ["collective_discussion"]


def test_a_review_ended_before_its_minimum_needs_a_reason_and_stays_a_finding(office: Office) -> None:
    case = office.submit(a_document())
    refused = office.answer(case, "legality_review", "lawful")
    assert not refused.accepted
    assert "ND-11" in (refused.reason or "")
    office.sign(case, "legality_review", "lawful", reason="防汛急需")
    assert [(f["kind"], f["rule"]) for f in office.show(case)["findings"]] == [("period.cut_short", "ND-11")]


def test_a_returned_review_goes_back_to_the_drafting_unit(office: Office) -> None:
    case = office.submit(a_document())
    office.sign(case, "legality_review", "returned", reason="起草说明没有写明主要争议")
    assert office.step(case, "legality_review")["state"] == "returned"
    assert [w.step for w in office.waits(case)] == ["drafting"]
    office.send(case, {"drafting_note": "补充后的起草说明"})
    office.sign(case, "drafting", "done")
    assert [(w.step, w.round) for w in office.waits(case)] == [("legality_review", 2)]


@pytest.mark.parametrize(
    ("person", "word"),
    [("test-handler", "角色"), ("nobody", "没有在岗人员")],
)
def test_who_may_not_sign_is_refused_and_asked_again(office: Office, person: str, word: str) -> None:
    case = office.submit(a_document())
    code = None if person.startswith("test") else "000000"
    refused = office.answer(case, "legality_review", "lawful", person=person, code=code, reason="急")
    assert not refused.accepted
    assert word in (refused.reason or "")
    again = office.wait(case, "legality_review")
    assert (again.attempt, again.reason_above) == (2, refused.reason)
    assert "sign_off.refused" in office.events(case)
    assert office.step(case, "legality_review")["state"] == "waiting"


def test_a_forged_code_changes_nothing(office: Office) -> None:
    case = office.submit(a_document())
    refused = office.answer(case, "legality_review", "lawful", code="123456", reason="急")
    assert not refused.accepted
    assert office.step(case, "legality_review")["sign_offs"] == []


def test_countersigning_keeps_each_answer_and_takes_the_gravest(office: Office) -> None:
    from review_flows.cases.moves import name_reviewers
    from review_flows.people.person import find
    from review_flows.records.database import writing

    case = office.submit(a_document())
    unit = office.wait(case, "legality_review").unit
    for person in ("wang", "li-si"):
        office.add_person(person, "legal_reviewer", unit)
    head = office.add_person("zhao", "review_head", unit)
    with writing(office.home.engine) as session:
        name_reviewers(
            session,
            office.catalogs,
            case,
            find(session, head),
            step="legality_review",
            reviewers=["wang", "li-si"],
            now=office.now(),
        )
    office.until("2026-12-01")
    office.sign(case, "legality_review", "returned", person="wang", assignee="wang", reason="缺附件")
    assert [w.assignee for w in office.waits(case)] == ["li-si"]
    assert office.step(case, "legality_review")["state"] == "waiting"
    office.sign(case, "legality_review", "lawful", person="li-si", assignee="li-si", reason="合法")
    step = office.step(case, "legality_review")
    assert (step["state"], [s["person"] for s in step["sign_offs"]]) == ("returned", ["wang", "li-si"])


def test_a_contract_and_a_penalty_go_through(office: Office) -> None:
    contract = office.submit(a_contract())
    office.until("2026-12-02")
    office.sign(contract, "legality_review", "lawful", reason="合法")
    office.sign(contract, "approval", "approved")
    office.sign(contract, "signing", "done", dates={"signed_on": "2026-12-02"})
    penalty = office.submit(a_penalty())
    office.sign(penalty, "legality_review", "approved", reason="同意")
    assert [w.step for w in office.waits(penalty)] == ["collective_discussion"]


def test_the_same_folder_twice_is_refused(office: Office) -> None:
    folder = office.lay(a_document())
    from review_flows.cases.intake import take_folder

    take_folder(office.home, office.catalogs, folder, now=office.now())
    with pytest.raises(IntakeError, match="完全相同"):
        take_folder(office.home, office.catalogs, folder, now=office.now())


@pytest.mark.parametrize(
    ("package", "word"),
    [
        (a_document(issuing_organ="火星人民政府"), "火星"),
        (a_document(facts={"afects_rights": True}), "affects_rights"),
        (a_document(papers={"review_draft": ""}), "空文件"),
        (a_document(facts={"internal_only": True}), "不适用"),
        (a_document(facts={"state_secret": True, "not_public": True}), "涉密"),
    ],
)
def test_what_cannot_be_understood_goes_to_quarantine_with_its_reason(
    office: Office, package: object, word: str
) -> None:
    with pytest.raises(ReviewFlowsError, match=word):
        office.submit(package)  # type: ignore[arg-type]
    (kept,) = office.home.quarantine.iterdir()
    assert word in (kept / "原因.txt").read_text("utf-8")


def test_the_sender_withdraws_until_the_review_is_answered(office: Office) -> None:
    from review_flows.cases.moves import withdraw
    from review_flows.errors import ProcedureError
    from review_flows.people.person import find
    from review_flows.records.database import writing

    case = office.submit(a_document())
    with writing(office.home.engine) as session:
        withdraw(session, office.catalogs, case, find(session, "test-handler"), reason="文稿需重写", now=office.now())
    assert office.show(case)["state"] == "withdrawn"
    assert office.waits(case) == []
    other = office.submit(a_document(title="另一件"))
    through_review(office, other)
    with pytest.raises(ProcedureError, match="不能撤回"), writing(office.home.engine) as session:
        withdraw(session, office.catalogs, other, find(session, "test-handler"), reason="不想要了", now=office.now())


def test_a_suspension_moves_the_last_day_by_the_working_days_that_stood_still(office: Office) -> None:
    from review_flows.cases.moves import resume, suspend
    from review_flows.people.person import find
    from review_flows.records.database import writing

    case = office.submit(a_document())
    with writing(office.home.engine) as session:
        suspend(
            session,
            office.catalogs,
            case,
            find(session, "test-legal-reviewer"),
            reason="需要专家论证",
            now=office.now(),
        )
    refused = office.answer(case, "legality_review", "lawful", reason="急")
    assert "中止" in (refused.reason or "")
    office.until("2026-11-27")
    with writing(office.home.engine) as session:
        resume(
            session, office.catalogs, case, find(session, "test-legal-reviewer"), reason="论证结束", now=office.now()
        )
    assert office.step(case, "legality_review")["due_on"] == "2026-12-18"  # Mon–Thu: four working days more


def a_decision_to_be_heard(office: Office) -> str:
    from tests.cases.building import a_decision

    case = office.submit(a_decision(asks_for="public_participation"))
    assert "public_participation" in [w.step for w in office.waits(case)]
    return case


def test_thirty_days_of_comment_run_from_the_notice_and_fewer_need_a_reason(office: Office) -> None:
    case = a_decision_to_be_heard(office)
    office.send(
        case,
        {"public_comment_notice": "公告"},
        step="public_participation",
        dates={"comment_published_on": "2026-11-23"},
    )
    step = office.step(case, "public_participation")
    assert (step["state"], step["earliest_end_on"]) == ("running", "2026-12-23")
    office.until("2026-12-14")
    office.send(case, {"comment_adoption_report": "采纳情况报告"}, step="public_participation")
    papers = accepted(office, case, "comment_adoption_report")
    refused = office.answer(
        case, "public_participation", "done", accepts=papers, dates={"comment_closed_on": "2026-12-13"}
    )
    assert "MD-07" in (refused.reason or "")
    office.sign(
        case,
        "public_participation",
        "done",
        accepts=papers,
        dates={"comment_closed_on": "2026-12-13"},
        reason="汛期将至，已在公告中说明",
    )
    assert office.show(case)["findings"][0]["rule"] == "MD-07"


def test_the_reviewers_minimum_counts_from_the_day_on_which_the_earlier_steps_completed_the_package(
    office: Office,
) -> None:
    """MD-18: a decision that is walked from an earlier step is complete for its review only when that step is done."""
    case = a_decision_to_be_heard(office)
    office.until("2027-01-11")
    office.send(case, {"comment_adoption_report": "采纳情况报告"}, step="public_participation")
    office.sign(
        case, "public_participation", "done", accepts=accepted(office, case, "comment_adoption_report"),
        dates={"comment_published_on": "2026-11-24", "comment_closed_on": "2027-01-08"},
    )  # fmt: skip
    step = office.step(case, "legality_review")
    assert (step["started_on"], step["earliest_end_on"]) == ("2027-01-11", "2027-01-20")
    refused = office.answer(case, "legality_review", "lawful")
    assert "MD-18" in (refused.reason or "")


def test_each_round_of_review_makes_one_numbered_opinion(office: Office) -> None:
    from review_flows.cases.papers import issue_papers

    case = office.submit(a_document())
    office.until("2026-12-01")
    office.sign(case, "legality_review", "to_be_amended", items=[MUST], reason="见意见")
    assert "合法性审核意见书.docx" in issue_papers(office.home, office.catalogs, case, office.now(), WORKS)
    assert issue_papers(office.home, office.catalogs, case, office.now(), WORKS) == []
    (opinion,) = [d for d in office.show(case)["documents"] if d["role"] == "legality_opinion"]
    from review_flows.text.reading import read

    text = "".join(block.text for block in read(office.home.store.read(opinion["sha256"]), "意见书.docx").blocks)
    assert "应当予以修改" in text
    assert MUST["problem"] in text
    assert "婺司审〔2026〕1号" in text


def test_a_dossier_holds_all_papers_and_verifies_by_its_manifest(office: Office) -> None:
    import zipfile
    from hashlib import sha256

    from review_flows.cases.papers import issue_papers
    from review_flows.inspection.dossier import write_dossier

    case = office.submit(a_document())
    through_review(office, case)
    issue_papers(office.home, office.catalogs, case, office.now(), WORKS)
    out = write_dossier(office.home, office.catalogs, case, office.folder / "卷宗.zip")
    with zipfile.ZipFile(out) as archive:
        names = set(archive.namelist())
        for line in archive.read("manifest-sha256.txt").decode().splitlines():
            digest, name = line.split("  ", 1)
            assert sha256(archive.read(name)).hexdigest() == digest
            names.remove(name)
    assert names == {"manifest-sha256.txt"}
    listed = archive.namelist()
    assert {"目录.docx", "审核签批单.docx", "timeline.json", "audit/entries.jsonl"} <= set(listed)
    assert any("意见书" in name for name in listed)


MEETING = {
    "name": "婺城区人民政府第5次常务会议",
    "held_on": "2026-11-30",
    "host": "区长",
    "recorder": "王秘书",
    "attendees": ["区长", "副区长甲", "副区长乙"],
    "statements": [
        {"name": "副区长甲", "stance": "agree", "words": "同意"},
        {"name": "副区长乙", "stance": "disagree", "words": "补贴标准偏高"},
        {"name": "区长", "stance": "agree", "words": "同意印发", "is_chief": True},
    ],
}


def test_the_chief_speaks_last_or_the_record_is_refused_and_dissent_stands_in_the_paper(office: Office) -> None:
    from review_flows.cases.papers import issue_papers
    from review_flows.text.reading import read

    case = office.submit(a_document())
    through_review(office, case)
    first = MEETING | {"statements": [MEETING["statements"][2], *MEETING["statements"][:2]]}  # type: ignore[index,misc]
    refused = office.answer(case, "collective_discussion", "approved", meeting=first)
    assert "末位表态" in (refused.reason or "")
    office.sign(case, "collective_discussion", "approved", meeting=MEETING)
    issue_papers(office.home, office.catalogs, case, office.now(), WORKS)
    (paper,) = [d for d in office.show(case)["documents"] if d["role"] == "meeting_record"]
    text = "".join(block.text for block in read(office.home.store.read(paper["sha256"]), "记录.docx").blocks)
    assert "补贴标准偏高" in text
    assert "不同意" in text


def test_a_paper_that_comes_while_a_form_is_open_is_shown_in_a_new_form(office: Office) -> None:
    case = office.submit(a_document())
    through_review(office, case)
    before = office.wait(case, "collective_discussion")
    office.send(case, {"meeting_record": "第5次常务会议记录"}, step="collective_discussion")
    after = office.wait(case, "collective_discussion")
    (paper,) = accepted(office, case, "meeting_record")
    assert (after.attempt, after.reason_above) == (before.attempt + 1, None)
    assert paper in after.shown
    assert paper not in before.shown


def test_a_signed_copy_that_is_not_the_reviewed_text_is_a_finding_and_not_accepted(office: Office) -> None:
    case = office.submit(a_contract())
    office.until("2026-12-02")
    office.sign(case, "legality_review", "lawful", reason="合法")
    office.sign(case, "approval", "approved")
    text = a_contract().papers["contract_text"] or ""
    office.send(case, {"contract_text": text + "第二条 甲方提供担保。\n"}, step="signing")
    assert [w.step for w in office.waits(case)] == ["signing"]
    refused = office.answer(case, "signing", "done", dates={"signed_on": "2026-12-02"})
    assert "文字不同" in (refused.reason or "")
    office.send(case, {"contract_text": text.replace("\n\n", "\n\n\n")}, step="signing")
    office.sign(case, "signing", "done", dates={"signed_on": "2026-12-02"})
    assert [f["kind"] for f in office.show(case)["findings"]] == ["signed_copy.differs"]


def test_a_decision_discussed_in_the_form_goes_on_with_the_record_that_the_system_makes(office: Office) -> None:
    from review_flows.cases.papers import issue_papers
    from tests.cases.building import a_decision

    case = office.submit(a_decision(facts={"needs_party_report": True}, papers={"comment_adoption_report": "采纳情况"}))
    office.until("2026-12-03")
    office.sign(case, "legality_review", "lawful", reason="合法")
    office.sign(case, "collective_discussion", "approved", meeting=MEETING | {"held_on": "2026-12-03"})
    issue_papers(office.home, office.catalogs, case, office.now(), WORKS)
    office.advance(case)
    assert [w.step for w in office.waits(case)] == ["party_report"]


@pytest.mark.parametrize("table", ["sign_offs", "case_findings"])
@pytest.mark.parametrize("act", ["UPDATE {} SET reason = 'x'", "DELETE FROM {}"])
def test_what_was_signed_and_found_stays_as_it_was_written(office: Office, table: str, act: str) -> None:
    case = office.submit(a_document())
    office.sign(case, "legality_review", "lawful", reason="情况紧急")
    refusal = pytest.raises(DatabaseError, match="append-only")
    with refusal, writing(office.home.engine) as session:
        session.connection().exec_driver_sql(act.format(table))
    assert len(office.show(case)["findings"]) == 1

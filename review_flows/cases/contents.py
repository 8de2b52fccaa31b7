"""What the papers of a case say: rows in, the frozen content that opinion.py and its sisters turn into paper out."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session, col, select

from review_flows.cases import dossier_index, opinion, sheet
from review_flows.cases.advance import office_day
from review_flows.cases.case import (
    Case,
    CaseDocument,
    CaseFinding,
    OpinionItem,
    OpinionNumber,
    SignOff,
    StepRecord,
    Wait,
)
from review_flows.cases.checks import answers_of
from review_flows.cases.standing import latest_records, open_waits, opinion_items, sign_offs_of, unit_name
from review_flows.cases.workshop import REVIEW
from review_flows.law.catalogs import Catalogs
from review_flows.papers.pages import pages_of
from review_flows.papers.wording import Wording
from review_flows.papers.wording import load as load_wording
from review_flows.records.checkpoints import latest
from review_flows.records.home import Home

SYSTEM_MAKER = "法审系统"
# Papers whose number the person told who answered their step.
_NUMBERED_BY_ANSWER = ("party_request", "published_text")


def give_number(session: Session, case: Case, row: StepRecord, organ: str, now: datetime) -> OpinionNumber:
    """The number of the opinion of a round: the one it has, or the next of its organ and year."""
    query = select(OpinionNumber).where(
        OpinionNumber.case == case.number, OpinionNumber.step == row.step, OpinionNumber.round == row.round
    )
    if there := session.exec(query).first():
        return there
    year = office_day(now).year
    last = select(OpinionNumber.serial).where(OpinionNumber.organ == organ, OpinionNumber.year == year)
    serial = max(session.exec(last).all(), default=0) + 1
    number = OpinionNumber(case=case.number, step=row.step, round=row.round, organ=organ, year=year, serial=serial)
    session.add(number)
    session.flush()
    return number


def opinion_content(
    session: Session,
    home: Home,
    catalogs: Catalogs,
    wording: Wording,
    case: Case,
    row: StepRecord,
    number: OpinionNumber,
) -> opinion.OpinionContent:
    """All that the opinion of one round says."""
    signed = sign_offs_of(session, case.number, row.step, row.round)
    draft = _draft(session, catalogs, case, row)
    lead = case.drafting_units[0] if case.drafting_units else case.issuing_organ
    items = [item for item in opinion_items(session, case.number, round=row.round) if item.step == row.step]
    return opinion.OpinionContent(
        case=case.number,
        kind=case.kind,
        title=case.title.strip("《》"),
        draft_role=catalogs.chains[case.kind].draft,
        draft_version=draft.version if draft else 1,
        draft_sha256=draft.sha256 if draft else None,
        reviewing_organ=unit_name(catalogs, number.organ),
        addressee=unit_name(catalogs, lead),
        received_on=case.received_on,
        package_complete_on=row.started_on or case.package_complete_on or case.received_on,
        issued_on=row.done_on or office_day(case.opened_at),
        conclusion=row.conclusion or "",
        number=number_text(catalogs, wording, case.kind, number),
        round=row.round,
        earlier_number=_earlier_number(session, catalogs, wording, case, row),
        reason="；".join(sign_off.reason for sign_off in signed if sign_off.reason),
        items=tuple(_item(item) for item in items),
        checks=answers_of(catalogs, case.kind, items, signed) if row.step == REVIEW else (),
        earlier=_answered(session, case, row),
        rules=tuple(row.rules),
        materials=_materials(session, catalogs, case, signed),
        notes=tuple(_notes(session, catalogs, case, row)),
        signed_by=tuple(sign_off.person_name for sign_off in signed),
        supplementary_record=case.supplementary_record,
        is_secret=case.is_secret,
        catalogs_sha256=row.catalogs,
        checkpoint=checkpoint_line(home),
        is_demo=home.is_demo,
    )


def number_text(catalogs: Catalogs, wording: Wording, kind: str, number: OpinionNumber) -> str:
    """The number as papers print it."""
    organ = catalogs.organs.find(number.organ)
    code = (organ.document_code if organ else None) or ""
    return wording.say(opinion.PAPER, "number_form", kind, code=code, year=number.year, serial=number.serial)


def checkpoint_line(home: Home) -> str:
    """The newest checkpoint in its short form: paper is a witness of the trail."""
    found = latest(home.checkpoints)
    return found.short() if found else ""


def _draft(session: Session, catalogs: Catalogs, case: Case, row: StepRecord) -> CaseDocument | None:
    """The version of the draft that the round looked at."""
    query = select(CaseDocument).where(
        CaseDocument.case == case.number,
        CaseDocument.role == catalogs.chains[case.kind].draft,
        CaseDocument.sha256 == row.draft_sha256,
    )
    return session.exec(query).first()


def _earlier_number(session: Session, catalogs: Catalogs, wording: Wording, case: Case, row: StepRecord) -> str:
    query = (
        select(OpinionNumber)
        .where(OpinionNumber.case == case.number, OpinionNumber.step == row.step, OpinionNumber.round < row.round)
        .order_by(col(OpinionNumber.round).desc())
        .limit(1)
    )
    found = session.exec(query).first()
    return number_text(catalogs, wording, case.kind, found) if found else ""


def _item(item: OpinionItem) -> opinion.OpinionItem:
    return opinion.OpinionItem(item.ordinal, item.article, item.problem, item.basis, item.suggestion, item.nature)


def _answered(session: Session, case: Case, row: StepRecord) -> tuple[opinion.AnsweredItem, ...]:
    """The items of the round before, and what became of them."""
    query = (
        select(OpinionItem)
        .where(OpinionItem.case == case.number, OpinionItem.step == row.step, OpinionItem.round < row.round)
        .order_by(col(OpinionItem.round).desc(), col(OpinionItem.ordinal))
    )
    items = list(session.exec(query))
    newest = [item for item in items if item.round == items[0].round]
    return tuple(opinion.AnsweredItem(_item(item), item.response or "", item.response_reason or "") for item in newest)


def _materials(
    session: Session, catalogs: Catalogs, case: Case, signed: list[SignOff]
) -> tuple[opinion.MaterialLine, ...]:
    """The papers that were shown to those who signed."""
    shown = {sha for sign_off in signed for sha in sign_off.shown}
    query = select(CaseDocument).where(CaseDocument.case == case.number).order_by(col(CaseDocument.id))
    papers = [paper for paper in session.exec(query) if not paper.made_by_system]
    return tuple(
        opinion.MaterialLine(catalogs.label(paper.role, case.kind), paper.name, paper.version, paper.sha256)
        for paper in papers
        if paper.sha256 is None or paper.sha256 in shown
    )


def _notes(session: Session, catalogs: Catalogs, case: Case, row: StepRecord) -> list[str]:
    query = select(CaseFinding).where(
        CaseFinding.case == case.number, CaseFinding.step == row.step, CaseFinding.round == row.round
    )
    return [finding_sentence(catalogs, finding) for finding in session.exec(query)]


def finding_sentence(catalogs: Catalogs, finding: CaseFinding) -> str:
    """A finding as papers say it."""
    label = catalogs.label(finding.kind, section="findings")
    rule = f"（{finding.rule}）" if finding.rule else ""
    return f"{label}{rule}{f'：{finding.reason}' if finding.reason else ''}"


# --- 审核签批单 ------------------------------------------------------------------------------------------------------


def sheet_content(session: Session, home: Home, catalogs: Catalogs, case: Case) -> sheet.SheetContent:
    """Who said what, when, in which round: the case as it stands now."""
    rows = _in_chain_order(catalogs, case, session.exec(select(StepRecord).where(StepRecord.case == case.number)).all())
    signed = session.exec(select(SignOff).where(SignOff.case == case.number).order_by(col(SignOff.id))).all()
    found = session.exec(select(CaseFinding).where(CaseFinding.case == case.number).order_by(col(CaseFinding.id))).all()
    return sheet.SheetContent(
        case=case.number,
        kind=case.kind,
        title=case.title,
        state=case.state,
        issuing_organ=unit_name(catalogs, case.issuing_organ),
        drafting_units=tuple(unit_name(catalogs, unit) for unit in case.drafting_units),
        opened_at=case.opened_at,
        received_on=case.received_on,
        at=home.now(),
        package_complete_on=case.package_complete_on,
        contact=str(case.contact.get("name") or ""),
        steps=tuple(_step_line(row) for row in rows),
        signatures=tuple(_signature_line(session, catalogs, sign_off) for sign_off in signed),
        findings=tuple(
            sheet.FindingLine(catalogs.label(f.kind, section="findings"), f.step or "", f.rule or "", f.reason)
            for f in found
        ),
        waits=tuple(_wait_line(session, catalogs, wait) for wait in open_waits(session, case.number)),
        supplementary_record=case.supplementary_record,
        catalogs_sha256=case.catalogs,
        checkpoint=checkpoint_line(home),
        is_demo=home.is_demo,
    )


def _in_chain_order(catalogs: Catalogs, case: Case, rows: Sequence[StepRecord]) -> list[StepRecord]:
    order = list(catalogs.chains[case.kind].steps)
    return sorted(rows, key=lambda row: (order.index(row.step), row.round))


def _step_line(row: StepRecord) -> sheet.StepLine:
    return sheet.StepLine(
        step=row.step,
        round=row.round,
        state=row.state,
        conclusion=row.conclusion or "",
        started_on=row.started_on,
        done_on=row.done_on,
        earliest=_period_line(row.earliest_end_on, row.earliest_rule, row.provisional),
        due=_period_line(row.due_on, row.due_rule, row.provisional),
        reason="" if row.before_sending else row.reason or "",
        before_sending=row.before_sending,
        is_stale=row.is_stale,
    )


def _period_line(on: date | None, rule: str | None, provisional: bool) -> sheet.PeriodLine | None:
    return sheet.PeriodLine(on, rule or "", provisional) if on else None


def _signature_line(session: Session, catalogs: Catalogs, sign_off: SignOff) -> sheet.SignatureLine:
    items = session.exec(select(OpinionItem).where(OpinionItem.sign_off == sign_off.id)).all()
    return sheet.SignatureLine(
        step=sign_off.step,
        round=sign_off.round,
        person=sign_off.person_name,
        role=sign_off.role,
        unit=unit_name(catalogs, sign_off.unit),
        conclusion=sign_off.conclusion,
        signed_at=sign_off.signed_at,
        proof=sign_off.proof,
        reason=sign_off.reason,
        on_behalf_of=sign_off.on_behalf_of or "",
        natures=tuple(item.nature for item in items),
        shown=tuple(sign_off.shown),
    )


def _wait_line(session: Session, catalogs: Catalogs, wait: Wait) -> sheet.WaitLine:
    row = latest_records(session, wait.case)[wait.step]
    whom = f"{unit_name(catalogs, wait.unit)}{catalogs.label(wait.role, section='people')}"
    return sheet.WaitLine(wait.step, whom, office_day(wait.opened_at), row.due_on)


# --- 卷内目录 --------------------------------------------------------------------------------------------------------


def index_content(
    session: Session, home: Home, catalogs: Catalogs, case: Case, filed: Sequence[tuple[str, CaseDocument]]
) -> dossier_index.IndexContent:
    """What the dossier holds, in its order."""
    return dossier_index.IndexContent(
        case=case.number,
        title=case.title,
        organ=unit_name(catalogs, case.issuing_organ),
        kept_on=office_day(home.now()),
        lines=tuple(_index_line(session, home, catalogs, case, name, paper) for name, paper in filed),
        checkpoint=checkpoint_line(home),
        is_demo=home.is_demo,
        retention_source=catalogs.follow_up.retention_source,
        retention_verified=catalogs.follow_up.retention_confidence == "text",
    )


def _index_line(
    session: Session, home: Home, catalogs: Catalogs, case: Case, name: str, paper: CaseDocument
) -> dossier_index.IndexLine:
    retention = catalogs.follow_up.retention_of(paper.role)
    return dossier_index.IndexLine(
        name=name,
        maker=responsible_party(session, catalogs, case, paper),
        dated_on=office_day(paper.received_at),
        sha256=paper.sha256 or "",
        pages=pages_of(home.store.read(paper.sha256), paper.name).number if paper.sha256 else None,
        number=_document_number(session, home, catalogs, case, paper),
        retention=catalogs.label(retention, section="retention_periods"),
    )


def responsible_party(session: Session, catalogs: Catalogs, case: Case, paper: CaseDocument) -> str:
    """责任者: who sent a paper, or the unit whose signed answer the system made it from; else the system itself."""
    if not paper.made_by_system:
        return unit_name(catalogs, case.drafting_units[0]) if case.drafting_units else ""
    signed = sign_offs_of(session, case.number, paper.step or "", paper.round or 0)
    is_answer = paper.role not in ("redline", "comparison_table")
    return unit_name(catalogs, signed[-1].unit) if signed and is_answer else SYSTEM_MAKER


def _document_number(session: Session, home: Home, catalogs: Catalogs, case: Case, paper: CaseDocument) -> str:
    """文号: the number under which a paper was given out, where it has one."""
    if paper.role in _NUMBERED_BY_ANSWER:
        signed = select(SignOff).where(SignOff.case == case.number, SignOff.step == paper.step)
        told = [s.answer.get("document_number") for s in session.exec(signed.order_by(col(SignOff.id).desc()))]
        return str(next((number for number in told if number), ""))
    query = select(OpinionNumber).where(
        OpinionNumber.case == case.number, OpinionNumber.step == paper.step, OpinionNumber.round == paper.round
    )
    found = session.exec(query).first() if paper.role == opinion.TITLE else None
    return number_text(catalogs, load_wording(home.settings.catalogs), case.kind, found) if found else ""

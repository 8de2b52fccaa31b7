"""A case as others see it: the JSON of `case show`, `list`, `why`, `timeline` (docs/formats.md). Reads only."""

from datetime import date, datetime
from typing import cast

from sqlmodel import Session, col, select

from review_flows.cases.advance import office_day
from review_flows.cases.case import Case, CaseDocument, CaseFinding, OpinionItem, StepRecord, Wait
from review_flows.cases.intake import outstanding
from review_flows.cases.links import links_of
from review_flows.cases.shown import (
    BlockJson,
    CaseFindingJson,
    CaseJson,
    DocumentJson,
    HeadJson,
    LinkJson,
    OpinionItemJson,
    RoundJson,
    StepJson,
    WaitingJson,
    WhyJson,
    WhyStepJson,
)
from review_flows.cases.standing import (
    find_case,
    latest_records,
    matter_of,
    open_waits,
    plan_of,
    progress_of,
    sign_offs_of,
    unit_name,
)
from review_flows.law.catalogs import Catalogs
from review_flows.law.matter import GroundJson
from review_flows.law.procedure import next_steps
from review_flows.records import audit
from review_flows.records.database import CHINA
from review_flows.records.trail import EntryJson


def show(session: Session, catalogs: Catalogs, number: str, *, now: datetime) -> CaseJson:
    """The JSON of `case show`."""
    case = find_case(session, number)
    lacks, questions = outstanding(session, catalogs, case, now) if case.state == "lacking" else ((), ())
    return {
        **head(session, catalogs, case, now),
        "issuing_organ": unit_name(catalogs, case.issuing_organ),
        "drafting_units": case.drafting_units,
        "level": case.level,
        "received_on": case.received_on.isoformat(),
        "supplementary_record": case.supplementary_record,
        "package_complete_on": _iso(case.package_complete_on),
        "facts": case.facts,
        "dates": case.dates,
        "catalogs": case.catalogs,
        "lacking": [lack.name for lack in lacks],
        "questions": [lack.name for lack in questions],
        "blocked": _blocked(session, catalogs, case, now),
        "steps": _steps(session, catalogs, case),
        "findings": _findings(session, case),
        "links": _links(session, catalogs, case),
        "opinion_items": [_item(item) for item in _items(session, case)],
        "documents": [_document(paper) for paper in _documents(session, case)],
    }


def head(session: Session, catalogs: Catalogs, case: Case, now: datetime) -> HeadJson:
    """The head of a case, as `case list` shows it."""
    records = latest_records(session, case.number)
    today = office_day(now)
    return {
        "case": case.number,
        "kind": case.kind,
        "title": case.title,
        "state": case.state,
        "drafting_unit": case.drafting_units[0] if case.drafting_units else "",
        "opened_at": _instant(case.opened_at),
        "waiting_for": [
            _waiting(catalogs, wait, records[wait.step], today) for wait in open_waits(session, case.number)
        ],
    }


def list_cases(
    session: Session, catalogs: Catalogs, *, now: datetime, limit: int, state: str | None = None
) -> list[HeadJson]:
    """The heads of the newest cases first."""
    query = select(Case).order_by(col(Case.opened_at).desc(), col(Case.number).desc()).limit(limit)
    if state is not None:
        query = query.where(Case.state == state)
    return [head(session, catalogs, case, now) for case in session.exec(query)]


def why(session: Session, catalogs: Catalogs, number: str, *, now: datetime) -> WhyJson:
    """What was decided for each step, when, and on which grounds; planned ones by the rules of today."""
    case = find_case(session, number)
    records = latest_records(session, case.number)
    planned = plan_of(session, catalogs, case, office_day(now)).to_json()
    steps: list[WhyStepJson] = []
    for entry in planned["steps"]:
        row = records.get(entry["step"])
        steps.append(
            {
                "step": entry["step"],
                "required": entry["required"],
                "state": row.state if row else "not_started",
                "decided_on": _iso(row.started_on or row.done_on) if row else None,
                "catalogs": row.catalogs if row else planned["catalogs"],
                "because": cast(list[GroundJson], row.because) if row and row.because else entry["because"],
            }
        )
    return {"case": case.number, "kind": case.kind, "on": planned["on"], "steps": steps}


def timeline(session: Session, number: str) -> list[EntryJson]:
    """The audit events of a case, oldest first."""
    case = find_case(session, number)
    return [entry.to_json() for entry in audit.entries(session, case=case.number)]


def _waiting(catalogs: Catalogs, wait: Wait, row: StepRecord, today: date) -> WaitingJson:
    return {
        "step": wait.step,
        "round": wait.round,
        "role": wait.role,
        "unit": unit_name(catalogs, wait.unit),
        "assignee": wait.assignee,
        "attempt": wait.attempt,
        "wait": wait.id,
        "since": _instant(wait.opened_at),
        "due_on": _iso(row.due_on),
        "earliest_end_on": _iso(row.earliest_end_on),
        "rule": row.due_rule,
        "is_overdue": row.due_on is not None and today > row.due_on,
        "reason_above": wait.reason_above,
        "run": wait.run_id,
    }


def _blocked(session: Session, catalogs: Catalogs, case: Case, now: datetime) -> list[BlockJson]:
    if case.state != "open":
        return []
    progress = progress_of(session, catalogs, case)
    blocks = next_steps(catalogs, matter_of(session, case), progress, office_day(now)).blocked
    return [{"step": b.step, "reason": b.reason, "rule": b.rule, "lacking": list(b.lacking)} for b in blocks]


def _links(session: Session, catalogs: Catalogs, case: Case) -> list[LinkJson]:
    """Other cases that this one has to do with, named from its own end (调整, 由其调整)."""
    shown: list[LinkJson] = []
    for row, is_own in links_of(session, case.number):
        other = session.get_one(Case, row.other if is_own else row.case)
        section = "case_relations" if is_own else "case_relations_back"
        shown.append(
            {
                "relation": row.relation,
                "label": catalogs.label(row.relation, section=section),
                "direction": "to" if is_own else "from",
                "case": other.number,
                "title": other.title,
                "state": other.state,
                "reason": row.reason,
            }
        )
    return shown


def _steps(session: Session, catalogs: Catalogs, case: Case) -> list[StepJson]:
    """Every step of the chain in its latest round, with the earlier rounds beside it."""
    rounds: dict[str, list[StepRecord]] = {}
    for row in session.exec(select(StepRecord).where(StepRecord.case == case.number).order_by(col(StepRecord.round))):
        rounds.setdefault(row.step, []).append(row)
    shown: list[StepJson] = []
    for step in catalogs.chain(case.kind).steps:
        rows = rounds.get(step)
        if not rows:
            shown.append(_not_started(step))
            continue
        latest, *earlier = (_round(session, row) for row in reversed(rows))
        shown.append({**latest, "earlier_rounds": earlier[::-1]})
    return shown


def _not_started(step: str) -> StepJson:
    return {
        "step": step,
        "state": "not_started",
        "round": 1,
        "started_on": None,
        "done_on": None,
        "due_on": None,
        "earliest_end_on": None,
        "provisional": False,
        "conclusion": None,
        "reason": None,
        "rules": [],
        "catalogs": "",
        "draft_sha256": None,
        "before_sending": False,
        "stale": False,
        "pending": None,
        "signed_by": None,
        "sign_offs": [],
        "earlier_rounds": [],
    }


def _round(session: Session, row: StepRecord) -> RoundJson:
    signed = sign_offs_of(session, row.case, row.step, row.round)
    return {
        "step": row.step,
        "state": row.state,
        "round": row.round,
        "started_on": _iso(row.started_on),
        "done_on": _iso(row.done_on),
        "due_on": _iso(row.due_on),
        "earliest_end_on": _iso(row.earliest_end_on),
        "provisional": row.provisional,
        "conclusion": row.conclusion,
        "reason": row.reason,
        "rules": row.rules,
        "catalogs": row.catalogs,
        "draft_sha256": row.draft_sha256,
        "before_sending": row.before_sending,
        "stale": row.is_stale,
        "pending": row.pending,
        "signed_by": signed[-1].person if signed else None,
        "sign_offs": [
            {
                "person": sign_off.person,
                "name": sign_off.person_name,
                "role": sign_off.role,
                "unit": sign_off.unit,
                "on_behalf_of": sign_off.on_behalf_of,
                "conclusion": sign_off.conclusion,
                "reason": sign_off.reason,
                "proof": sign_off.proof,
                "signed_at": _instant(sign_off.signed_at),
                "shown": sign_off.shown,
            }
            for sign_off in signed
        ],
    }


def _findings(session: Session, case: Case) -> list[CaseFindingJson]:
    query = select(CaseFinding).where(CaseFinding.case == case.number).order_by(col(CaseFinding.id))
    return [
        {
            "kind": f.kind,
            "step": f.step,
            "round": f.round,
            "rule": f.rule,
            "reason": f.reason,
            "found_at": _instant(f.found_at),
        }
        for f in session.exec(query)
    ]


def _items(session: Session, case: Case) -> list[OpinionItem]:
    query = select(OpinionItem).where(OpinionItem.case == case.number).order_by(col(OpinionItem.id))
    return list(session.exec(query))


def _item(item: OpinionItem) -> OpinionItemJson:
    return {
        "step": item.step,
        "round": item.round,
        "ordinal": item.ordinal,
        "article": item.article,
        "problem": item.problem,
        "basis": item.basis,
        "suggestion": item.suggestion,
        "nature": item.nature,
        "response": item.response,
        "response_reason": item.response_reason,
    }


def _documents(session: Session, case: Case) -> list[CaseDocument]:
    query = select(CaseDocument).where(CaseDocument.case == case.number).order_by(col(CaseDocument.id))
    return list(session.exec(query))


def _document(paper: CaseDocument) -> DocumentJson:
    return {
        "role": paper.role,
        "version": paper.version,
        "sha256": paper.sha256,
        "name": paper.name,
        "step": paper.step,
        "round": paper.round,
        "made_by_system": paper.made_by_system,
        "received_at": _instant(paper.received_at),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _instant(at: datetime) -> str:
    return at.astimezone(CHINA).isoformat(timespec="seconds")

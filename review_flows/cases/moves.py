"""The people's moves in a case, apart from answering: withdraw, suspend, resume, return, name the reviewers.

Each is asked for by a person with a one-time code and a reason, is one transaction with its events, and keeps all that
was done: a step returned to gets a new round; what was done after it stays, shown stale where the draft has changed.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import product

from sqlmodel import Session, select

from review_flows.cases.advance import StoodStill, close_waits, end_case, office_day, open_step, shown_now
from review_flows.cases.case import OPEN_STEP_STATES, Case, StepRecord, Wait
from review_flows.cases.standing import find_case, latest_records, open_waits, plan_of, sign_offs_of, unit_ids
from review_flows.errors import ProcedureError, SignOffError
from review_flows.law.catalogs import Catalogs
from review_flows.people.person import Person, find
from review_flows.people.standing import standing
from review_flows.records.audit import Actor, record

# Who may make a move, besides the administrator: the sender's side, or the reviewer's.
_SENDERS = ("handler", "unit_head")
_NAMED = "指定签批人"  # naming reviewers is its own reason
_REVIEWERS = ("legal_reviewer", "review_head", "meeting_secretary", "competition_reviewer")


def withdraw(
    session: Session, catalogs: Catalogs, case_number: str, person: Person, *, reason: str, now: datetime
) -> Case:
    """撤回 by the sender, as long as the review has not been answered; the case ends as withdrawn."""
    case = _movable(session, case_number, reason)
    actor = _mover(session, catalogs, case, person, _SENDERS, move="撤回", now=now, senders_only=True)
    review = latest_records(session, case.number).get("legality_review")
    if review and (review.state == "done" or sign_offs_of(session, case.number, review.step, review.round)):
        raise ProcedureError(
            case.number, "legality_review", "审核意见已经作出，不能撤回；如不再推进，请由集体讨论或审核机构处理。"
        )
    record(session, "case.withdrawal_asked", actor=actor, at=now, case=case.number, reason=reason)
    end_case(session, case, "withdrawn", now=now, reason=reason)
    return case


def suspend(
    session: Session, catalogs: Catalogs, case_number: str, person: Person, *, reason: str, now: datetime
) -> Case:
    """中止: the reviewer's time stands still from today; answers are not taken until it is resumed."""
    case = _under_way(session, case_number, reason, "中止")
    actor = _mover(session, catalogs, case, person, (*_REVIEWERS, *_SENDERS), move="中止", now=now)
    for row in latest_records(session, case.number).values():
        if row.state in OPEN_STEP_STATES:
            row.suspended_on = office_day(now)
    case.state = "suspended"
    record(session, "case.suspended", actor=actor, at=now, case=case.number, reason=reason)
    return case


def resume(
    session: Session, catalogs: Catalogs, case_number: str, person: Person, *, reason: str, now: datetime
) -> Case:
    """恢复: the open steps go on; the reviewer's time moves by as many working (calendar) days as it stood still."""
    case = _movable(session, case_number, reason)
    if case.state != "suspended":
        raise ProcedureError(case.number, "", "没有中止，无须恢复。")
    actor = _mover(session, catalogs, case, person, (*_REVIEWERS, *_SENDERS), move="恢复", now=now)
    case.state = "open"
    due_moved = {}
    for row in latest_records(session, case.number).values():
        if row.suspended_on is not None:
            before = row.due_on
            _go_on(catalogs, row, office_day(now))
            if before and row.due_on and row.due_on != before:
                due_moved[row.step] = [before.isoformat(), row.due_on.isoformat()]
    record(
        session, "case.resumed", actor=actor, at=now, case=case.number, reason=reason,
        payload={"due_moved": due_moved} if due_moved else None,
    )  # fmt: skip
    return case


def _go_on(catalogs: Catalogs, row: StepRecord, today: date) -> None:
    """The days that a step stood still are noted, and both ends of its period moved by them."""
    assert row.suspended_on is not None
    days = [row.suspended_on + timedelta(days=n) for n in range((today - row.suspended_on).days)]
    stood_still = StoodStill(sum(catalogs.calendar.is_working_day(day) for day in days), len(days))
    row.earliest_end_on = stood_still.moved(catalogs, row.earliest_rule, row.earliest_end_on)
    row.due_on = stood_still.moved(catalogs, row.due_rule, row.due_on)
    row.suspended_working_days += stood_still.working_days
    row.suspended_calendar_days += stood_still.calendar_days
    row.suspended_on = None


def give_back(
    session: Session, catalogs: Catalogs, case_number: str, person: Person, *, to: str, reason: str, now: datetime
) -> Case:
    """退回 to an earlier step, which gets a new round; what was done is kept, open asks of later steps close."""
    case = _under_way(session, case_number, reason, "退回")
    actor = _mover(session, catalogs, case, person, _REVIEWERS, move="退回", now=now)
    records = latest_records(session, case.number)
    order = list(catalogs.chain(case.kind).steps)
    if to not in order:
        raise ProcedureError(
            case.number, to, f"没有“{to}”这个环节；可退回到 {'、'.join(s for s in order if s in records)}。"
        )
    target = records.get(to)
    if target is None or target.state not in ("done", "returned", *OPEN_STEP_STATES):
        raise ProcedureError(case.number, to, f"“{catalogs.label(to, case.kind)}”还没有办过，不能退回到它。")
    later = order[order.index(to) :]
    close_waits(session, case.number, outcome="superseded", now=now, steps=later)
    record(session, "case.returned", actor=actor, at=now, case=case.number, step=to, reason=reason)
    for step in later:
        row = records.get(step)
        if row and row.state in OPEN_STEP_STATES:
            row.state, row.reason = "returned", reason
    planned = plan_of(session, catalogs, case, office_day(now)).step(to)
    open_step(session, catalogs, case, planned, now=now, reason=reason)
    return case


def name_reviewers(
    session: Session,
    catalogs: Catalogs,
    case_number: str,
    person: Person,
    *,
    step: str,
    reviewers: Sequence[str],
    now: datetime,
) -> list[Wait]:
    """会签: several named persons answer a waiting step side by side; each has an ask of their own."""
    case = _under_way(session, case_number, _NAMED, "指定签批人")
    may = ("review_head", *_SENDERS, "meeting_secretary")
    actor = _mover(session, catalogs, case, person, may, move="指定签批人", now=now)
    waiting = [wait for wait in open_waits(session, case.number) if wait.step == step]
    if not waiting:
        raise ProcedureError(case.number, step, "该环节现在没有待办，不能指定签批人。")
    pattern = waiting[0]
    answered = {given.person for given in sign_offs_of(session, case.number, step, pattern.round)}
    named = [find(session, reviewer) for reviewer in dict.fromkeys(reviewers) if reviewer not in answered]
    if not named:
        raise ProcedureError(case.number, step, "所指定的人在这一轮都已经签批，请另行指定。")
    for reviewer in named:
        standing(session, reviewer.id, role=pattern.role, unit=pattern.unit, on=office_day(now))
    close_waits(session, case.number, outcome="superseded", now=now, steps=[step])
    opened = []
    for reviewer in named:
        wait = Wait(
            case=case.number, step=step, round=pattern.round, assignee=reviewer.id,
            attempt=_next_attempt(session, pattern, reviewer.id), role=pattern.role,
            unit=pattern.unit, opened_at=now, shown=shown_now(session, catalogs, case),
        )  # fmt: skip
        session.add(wait)
        session.flush()
        opened.append(wait)
    record(
        session, "reviewers.named", actor=actor, at=now, case=case.number, step=step, round=pattern.round,
        payload={"reviewers": [reviewer.id for reviewer in named]},
    )  # fmt: skip
    return opened


def _next_attempt(session: Session, pattern: Wait, assignee: str) -> int:
    """The number of the next ask of a person in a round: one more than they were asked before."""
    query = select(Wait.attempt).where(
        Wait.case == pattern.case, Wait.step == pattern.step, Wait.round == pattern.round, Wait.assignee == assignee
    )
    return max(session.exec(query), default=0) + 1


def _movable(session: Session, case_number: str, reason: str) -> Case:
    case = find_case(session, case_number)
    if not reason.strip():
        raise ProcedureError(case.number, "", "请写明理由（--reason）。")
    if case.is_ended:
        raise ProcedureError(case.number, "", "已经结束，不能再变动。")
    return case


def _under_way(session: Session, case_number: str, reason: str, move: str) -> Case:
    """A case that is neither suspended nor still lacks papers: its steps are being answered."""
    case = _movable(session, case_number, reason)
    if case.state == "suspended":
        raise ProcedureError(case.number, "", f"已经中止，恢复后才能办理“{move}”。")
    if case.state == "lacking":
        raise ProcedureError(case.number, "", f"材料尚未补齐，期限没有起算，不能办理“{move}”。")
    return case


def _mover(
    session: Session, catalogs: Catalogs, case: Case, person: Person, roles: Sequence[str], *, move: str,
    now: datetime, senders_only: bool = False,
) -> Actor:  # fmt: skip
    """The actor that a person is in a move: in one of the roles, for a unit whose case it is, also as a substitute."""
    if "administrator" in person.roles:
        return Actor(person.id, "administrator", person.unit)
    senders = unit_ids(catalogs, case.drafting_units)
    units = senders if senders_only else [*senders, case.issuing_organ, *_units_asked(session, case)]
    for role, unit in product(roles, dict.fromkeys(units)):
        try:
            return standing(session, person.id, role=role, unit=unit, on=office_day(now))
        except SignOffError:
            continue
    raise SignOffError(f"{person.name}不能对 {case.number} 办理“{move}”：角色或单位不符。")


def _units_asked(session: Session, case: Case) -> list[str]:
    """The units that have been asked to answer a step of a case."""
    return list(session.exec(select(Wait.unit).where(Wait.case == case.number).distinct().order_by(Wait.unit)))

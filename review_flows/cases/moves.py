"""The people's moves in a case, apart from answering: withdraw, suspend, resume, return, name the reviewers.

Each is asked for by a person with a one-time code and a reason, is one transaction with its events, and keeps all that
was done: a step returned to gets a new round; what was done after it stays, shown stale where the draft has changed.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlmodel import Session

from review_flows.cases.advance import close_waits, end_case, office_day, open_step, shown_now
from review_flows.cases.case import OPEN_STEP_STATES, Case, Wait
from review_flows.cases.standing import find_case, latest_records, open_waits, plan_of, unit_ids
from review_flows.errors import ProcedureError, SignOffError
from review_flows.law.catalogs import Catalogs
from review_flows.law.workdays import Period
from review_flows.people.person import Person, find
from review_flows.records.audit import Actor, record

# Who may make a move, besides the administrator: the sender's side, or the reviewer's.
_SENDERS = ("handler", "unit_head")
_REVIEWERS = ("legal_reviewer", "review_head", "meeting_secretary", "competition_reviewer")


def withdraw(
    session: Session, catalogs: Catalogs, case_number: str, person: Person, *, reason: str, now: datetime
) -> Case:
    """撤回 by the sender, as long as the review has not been answered; the case ends as withdrawn."""
    case = _movable(session, case_number, reason)
    _check_may(case, person, _SENDERS, units=unit_ids(catalogs, case.drafting_units), move="撤回")
    review = latest_records(session, case.number).get("legality_review")
    if review and review.state == "done":
        raise ProcedureError(
            case.number, "legality_review", "审核意见已经作出，不能撤回；如不再推进，请由集体讨论或审核机构处理。"
        )
    record(session, "case.withdrawal_asked", actor=_actor(person), at=now, case=case.number, reason=reason)
    end_case(session, case, "withdrawn", now=now, reason=reason)
    return case


def suspend(session: Session, case_number: str, person: Person, *, reason: str, now: datetime) -> Case:
    """中止: the periods of the open steps stand still from today; answers are not taken until it is resumed."""
    case = _movable(session, case_number, reason)
    if case.state == "suspended":
        raise ProcedureError(case.number, "", "已经中止，不必重复。")
    _check_may(case, person, (*_REVIEWERS, *_SENDERS), move="中止")
    for row in latest_records(session, case.number).values():
        if row.state in OPEN_STEP_STATES:
            row.suspended_on = office_day(now)
    case.state = "suspended"
    record(session, "case.suspended", actor=_actor(person), at=now, case=case.number, reason=reason)
    return case


def resume(
    session: Session, catalogs: Catalogs, case_number: str, person: Person, *, reason: str, now: datetime
) -> Case:
    """恢复: the open steps go on; their last days move by as many working (calendar) days as they stood still."""
    case = _movable(session, case_number, reason)
    if case.state != "suspended":
        raise ProcedureError(case.number, "", "没有中止，无须恢复。")
    _check_may(case, person, (*_REVIEWERS, *_SENDERS), move="恢复")
    case.state = "open"
    moved = {}
    for row in latest_records(session, case.number).values():
        if row.suspended_on is None:
            continue
        if row.due_on is not None and row.due_rule:
            before, row.due_on = (
                row.due_on,
                _moved(catalogs, row.due_rule, row.due_on, row.suspended_on, office_day(now)),
            )
            moved[row.step] = [before.isoformat(), row.due_on.isoformat()]
        row.suspended_on = None
    record(
        session, "case.resumed", actor=_actor(person), at=now, case=case.number, reason=reason,
        payload={"due_moved": moved} if moved else None,
    )  # fmt: skip
    return case


def _moved(catalogs: Catalogs, rule: str, due_on: date, stopped_on: date, today: date) -> date:
    """A last day moved by the days that did not count, in the unit of its rule."""
    version = catalogs.rule(rule).version_on(today)
    unit = version.unit if version and version.unit else "calendar_day"
    days = [stopped_on + timedelta(days=n) for n in range((today - stopped_on).days)]
    lost = sum(catalogs.calendar.is_working_day(day) for day in days) if unit == "working_day" else len(days)
    if lost == 0:
        return due_on
    return Period(rule, "max", lost, unit).ends(due_on, catalogs.calendar).on


def give_back(
    session: Session, catalogs: Catalogs, case_number: str, person: Person, *, to: str, reason: str, now: datetime
) -> Case:
    """退回 to an earlier step, which gets a new round; what was done is kept, open asks of later steps close."""
    case = _movable(session, case_number, reason)
    _check_may(case, person, _REVIEWERS, move="退回")
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
    record(session, "case.returned", actor=_actor(person), at=now, case=case.number, step=to, reason=reason)
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
    case = find_case(session, case_number)
    _check_may(case, person, ("review_head", *_SENDERS, "meeting_secretary"), move="指定签批人")
    waiting = [wait for wait in open_waits(session, case.number) if wait.step == step]
    if not waiting:
        raise ProcedureError(case.number, step, "该环节现在没有待办，不能指定签批人。")
    pattern = waiting[0]
    named = [find(session, reviewer) for reviewer in dict.fromkeys(reviewers)]
    for reviewer in named:
        if pattern.role not in reviewer.roles:
            raise SignOffError(f"{reviewer.name}没有“{catalogs.label(pattern.role)}”的角色，不能指定其签批。")
    close_waits(session, case.number, outcome="superseded", now=now, steps=[step])
    opened = []
    for reviewer in named:
        wait = Wait(
            case=case.number, step=step, round=pattern.round, assignee=reviewer.id, role=pattern.role,
            unit=pattern.unit, opened_at=now, shown=shown_now(session, catalogs, case),
        )  # fmt: skip
        session.add(wait)
        session.flush()
        opened.append(wait)
    record(
        session, "reviewers.named", actor=_actor(person), at=now, case=case.number, step=step, round=pattern.round,
        payload={"reviewers": [reviewer.id for reviewer in named]},
    )  # fmt: skip
    return opened


def _movable(session: Session, case_number: str, reason: str) -> Case:
    case = find_case(session, case_number)
    if not reason.strip():
        raise ProcedureError(case.number, "", "请写明理由（--reason）。")
    if case.is_ended:
        raise ProcedureError(case.number, "", "已经结束，不能再变动。")
    return case


def _check_may(
    case: Case, person: Person, roles: Sequence[str], *, move: str, units: Sequence[str] | None = None
) -> None:
    may = "administrator" in person.roles or any(role in person.roles for role in roles)
    of_unit = units is None or "administrator" in person.roles or any(person.acts_for(unit) for unit in units)
    if not may or not of_unit:
        raise SignOffError(f"{person.name}不能对 {case.number} 办理“{move}”：角色或单位不符。")


def _actor(person: Person) -> Actor:
    return Actor(person.id, person.roles[0] if person.roles else None, person.unit)

"""What has become due in a case: step records and the asks (Wait) that go with them. No Prefect; re-entrant.

`open_due` asks the procedure what may start now, writes the step and its asks in one transaction with their events, and
does nothing where all that is due has been opened already. The flows open one Prefect run for each Wait they find.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from review_flows.cases.arrivals import record_arrivals
from review_flows.cases.case import ENDED_CASE_STATES, OPEN_STEP_STATES, Case, StepRecord, Wait
from review_flows.cases.forms import current_documents
from review_flows.cases.standing import (
    draft_identity,
    draft_of,
    find_case,
    latest_records,
    matter_of,
    open_waits,
    plan_of,
    progress_of,
    unit_ids,
)
from review_flows.law.catalogs import Catalogs
from review_flows.law.procedure import Ground, Plan, PlannedStep, blocks_of, next_steps, responsible
from review_flows.law.workdays import WORKING_DAY, Period
from review_flows.records.audit import SYSTEM, Actor, record
from review_flows.records.database import CHINA

REVIEW_BEGINS = "package_complete_on"  # the date that the reviewer's time counts from


def office_day(now: datetime) -> date:
    """The day of the office's calendar (+08:00) that an instant falls on."""
    return now.astimezone(CHINA).date()


def cases_to_advance(session: Session) -> list[str]:
    """The numbers of all cases that may have something due, oldest first."""
    query = select(Case.number).where(col(Case.state) == "open").order_by(col(Case.opened_at))
    return list(session.exec(query))


def open_due(session: Session, catalogs: Catalogs, case_number: str, *, now: datetime) -> list[Wait]:
    """Open what has become due, and return the asks opened; ends the case where nothing is left to do."""
    case = find_case(session, case_number)
    if case.state != "open":
        return []
    if case.catalogs != catalogs.sha256:
        _apply_changed_rules(session, catalogs, case, now)
    today = office_day(now)
    record_arrivals(session, catalogs, case, today=today, now=now, actor=SYSTEM)
    plan = plan_of(session, catalogs, case, today)
    _end_needless_steps(session, case, plan, now)
    _record_not_applicable(session, catalogs, case, plan, now)
    ready = next_steps(catalogs, matter_of(session, case), progress_of(session, catalogs, case), today).ready
    records = latest_records(session, case.number)
    opened: list[Wait] = []
    for step in ready:
        if step not in records or records[step].state not in OPEN_STEP_STATES:
            opened += open_step(session, catalogs, case, plan.step(step), now=now)
    if not ready and not open_waits(session, case.number):
        _complete_if_done(session, case, plan, now)
    return opened


def open_step(
    session: Session, catalogs: Catalogs, case: Case, planned: PlannedStep, *, now: datetime, reason: str | None = None
) -> list[Wait]:
    """Start the next round of a step, judged by the rules of this day, and ask whoever answers it."""
    today = office_day(now)
    before = latest_records(session, case.number).get(planned.step)
    row = StepRecord(
        case=case.number,
        step=planned.step,
        round=before.round + 1 if before and not _never_started(before) else 1,
        state="waiting",
        started_on=today,
        reason=reason,
        catalogs=catalogs.sha256,
        draft_sha256=draft_identity(session, catalogs, case),
    )
    if before and _never_started(before):
        session.delete(before)  # the fact that freed from it has changed; the events keep both
        session.flush()
    set_periods(catalogs, row, _from_its_start(session, catalogs, case, planned, today))
    session.add(row)
    record(
        session, "step.started", actor=SYSTEM, at=now, case=case.number, step=row.step, round=row.round,
        rules=row.rules, reason=reason, payload=_dates_payload(row) | {"catalogs": catalogs.sha256},
    )  # fmt: skip
    return [_ask(session, catalogs, case, row, now)]


def _from_its_start(session: Session, catalogs: Catalogs, case: Case, planned: PlannedStep, today: date) -> PlannedStep:
    """The step as planned, where its time counts from a complete package: one that earlier steps completed is
    complete when they are, not when the first of them began."""
    if REVIEW_BEGINS not in catalogs.chains[case.kind].steps[planned.step].records:
        return planned
    known = case.dates.get(REVIEW_BEGINS)
    if known is None or date.fromisoformat(known) >= today:
        return planned
    case.dates = case.dates | {REVIEW_BEGINS: today.isoformat()}
    return plan_of(session, catalogs, case, today).step(planned.step)


def _never_started(row: StepRecord) -> bool:
    """Whether a record only says that the step was not asked for; one that had begun keeps its round."""
    return row.state == "not_applicable" and row.started_on is None


@dataclass(frozen=True)
class StoodStill:
    """How long a step stood still (中止)."""

    working_days: int
    calendar_days: int

    def moved(self, catalogs: Catalogs, rule: str | None, day: date | None) -> date | None:
        """The end of a period, moved; only the reviewer's time stands still, not what counts from an outside event."""
        found = catalogs.rules.get(rule or "")
        if day is None or found is None or found.counted_from != REVIEW_BEGINS:
            return day
        version = found.version_on(day) or found.versions[-1]
        lost = self.working_days if version.unit == WORKING_DAY else self.calendar_days
        if not lost or version.unit is None:
            return day
        return Period(found.id, version.kind, lost, version.unit).ends(day, catalogs.calendar).on


def set_periods(catalogs: Catalogs, row: StepRecord, planned: PlannedStep) -> None:
    """Give a step its periods and grounds, as planned, moved by the days that it stood still."""
    row.earliest_end_on, row.due_on, row.provisional = planned.earliest_end_on, planned.due_on, planned.provisional
    row.earliest_rule = next(
        (p.rule for p in planned.periods if p.ends_on == planned.earliest_end_on and p.kind == "min"), None
    )
    row.due_rule = next((p.rule for p in planned.periods if p.ends_on == planned.due_on and p.kind == "max"), None)
    stood_still = StoodStill(row.suspended_working_days or 0, row.suspended_calendar_days or 0)
    row.earliest_end_on = stood_still.moved(catalogs, row.earliest_rule, row.earliest_end_on)
    row.due_on = stood_still.moved(catalogs, row.due_rule, row.due_on)
    row.rules = list(dict.fromkeys([*(g.rule for g in planned.because), *(p.rule for p in planned.periods)]))
    row.because = [ground_json(ground) for ground in planned.because]


def set_dates(session: Session, catalogs: Catalogs, case: Case, told: Mapping[str, date], today: date) -> None:
    """Note days that have come to be known: the periods of the open steps that count from them begin to run."""
    case.dates = case.dates | {name: day.isoformat() for name, day in told.items()}
    for step, row in latest_records(session, case.number).items():
        if row.state in OPEN_STEP_STATES and set(told) & set(catalogs.chains[case.kind].steps[step].records):
            row.state = "running"
            set_periods(catalogs, row, plan_of(session, catalogs, case, row.started_on or today).step(step))


def ground_json(ground: Ground) -> dict[str, str | None]:
    """A ground as CONTRACT's `because` shows it."""
    return {
        "rule": ground.rule,
        "citation": ground.citation,
        "confidence": ground.confidence,
        "text": ground.text,
        "fact": ground.fact,
    }


def _dates_payload(row: StepRecord) -> dict[str, str]:
    found = {"earliest_end_on": row.earliest_end_on, "due_on": row.due_on}
    return {name: day.isoformat() for name, day in found.items() if day}


def _ask(session: Session, catalogs: Catalogs, case: Case, row: StepRecord, now: datetime) -> Wait:
    answerer = responsible(catalogs, matter_of(session, case), row.step, office_day(now))
    (unit,) = unit_ids(catalogs, [answerer.unit or case.issuing_organ])
    wait = Wait(
        case=case.number,
        step=row.step,
        round=row.round,
        assignee=f"{answerer.role}@{unit}",
        role=answerer.role,
        unit=unit,
        opened_at=now,
        shown=shown_now(session, catalogs, case),
    )
    session.add(wait)
    session.flush()
    record(
        session, "wait.opened", actor=SYSTEM, at=now, case=case.number, step=row.step, round=row.round,
        subject=("wait", str(wait.id)), documents=wait.shown, payload={"assignee": wait.assignee},
    )  # fmt: skip
    return wait


def shown_now(session: Session, catalogs: Catalogs, case: Case) -> list[str]:
    """The hashes of what a form opened now shows: every current paper."""
    return [paper.sha256 for paper in current_documents(session, case.number) if paper.sha256]


def ask_again(session: Session, wait: Wait, *, outcome: str, reason: str | None, now: datetime) -> Wait:
    """Close an ask as refused or lost and insert the next attempt, which says why; one transaction."""
    wait.closed_at, wait.outcome = now, outcome
    following = Wait(
        case=wait.case, step=wait.step, round=wait.round, assignee=wait.assignee, attempt=wait.attempt + 1,
        role=wait.role, unit=wait.unit, opened_at=now, previous_id=wait.id, reason_above=reason, shown=list(wait.shown),
        run_id=wait.run_id if outcome == "refused" else None,
    )  # fmt: skip
    session.add(following)
    session.flush()
    return following


def show_again(
    session: Session, catalogs: Catalogs, case: Case, steps: Collection[str] | None, *, actor: Actor, now: datetime
) -> None:
    """An open form shows what was there when it was opened: whoever holds one out of date gets a new one."""
    for wait in open_waits(session, case.number):
        if steps is None or wait.step in steps:
            following = ask_again(session, wait, outcome="superseded", reason=None, now=now)
            following.shown = shown_now(session, catalogs, case)
            record(
                session, "wait.superseded", actor=actor, at=now, case=case.number, step=wait.step, round=wait.round,
                subject=("wait", str(wait.id)),
            )  # fmt: skip


def lose_wait(session: Session, wait_id: int, reason: str, now: datetime) -> int:
    """Close an ask whose run was lost, and insert the next attempt; returns its id. Nothing in the record is lost."""
    wait = session.get_one(Wait, wait_id)
    following = ask_again(session, wait, outcome="lost", reason=wait.reason_above, now=now)
    record(
        session, "run.lost", actor=SYSTEM, at=now, case=wait.case, step=wait.step, round=wait.round,
        subject=("wait", str(wait_id)), reason=reason, payload={"next": following.id},
    )  # fmt: skip
    assert following.id is not None
    return following.id


def close_waits(
    session: Session, case: str, *, outcome: str, now: datetime, steps: Sequence[str] | None = None
) -> None:
    """Close the open asks of a case (of some steps only): they need no answer any more."""
    for wait in open_waits(session, case):
        if steps is None or wait.step in steps:
            wait.closed_at, wait.outcome = now, outcome
            record(
                session, f"wait.{outcome}", actor=SYSTEM, at=now, case=case, step=wait.step, round=wait.round,
                subject=("wait", str(wait.id)),
            )  # fmt: skip


def _end_needless_steps(session: Session, case: Case, plan: Plan, now: datetime) -> None:
    """A step in hand that the facts no longer ask for ends with its ground; what was said in it is kept."""
    for row in latest_records(session, case.number).values():
        planned = plan.step(row.step)
        if row.state not in OPEN_STEP_STATES or planned.required is not False or plan.excluded:
            continue
        close_waits(session, case.number, outcome="superseded", now=now, steps=[row.step])
        row.state, row.reason = "not_applicable", _ground_text(planned)
        record(
            session, "step.not_applicable", actor=SYSTEM, at=now, case=case.number, step=row.step, round=row.round,
            rules=[planned.because[0].rule], reason=row.reason,
        )  # fmt: skip


def _ground_text(planned: PlannedStep) -> str:
    ground = planned.because[0]
    return f"{ground.text}（{ground.citation}）" if ground.citation else ground.text


def _record_not_applicable(session: Session, catalogs: Catalogs, case: Case, plan: Plan, now: datetime) -> None:
    """Each step that the law does not ask for is a record with its ground, not an absence."""
    records = latest_records(session, case.number)
    for planned in plan.steps:
        if planned.required is not False or planned.step in records:
            continue
        row = StepRecord(case=case.number, step=planned.step, round=1, state="not_applicable", catalogs=catalogs.sha256)
        row.reason = _ground_text(planned)
        set_periods(catalogs, row, planned)
        session.add(row)
        record(
            session, "step.not_applicable", actor=SYSTEM, at=now, case=case.number, step=planned.step,
            rules=[planned.because[0].rule], reason=row.reason,
        )  # fmt: skip
    session.flush()


def _apply_changed_rules(session: Session, catalogs: Catalogs, case: Case, now: datetime) -> None:
    """The law data changed: open steps are computed again, old and new dates recorded (`rules.changed`)."""
    plan = plan_of(session, catalogs, case, office_day(now))
    for row in latest_records(session, case.number).values():
        if row.state not in OPEN_STEP_STATES:
            continue
        before = _dates_payload(row)
        set_periods(catalogs, row, plan.step(row.step))
        row.catalogs = catalogs.sha256
        record(
            session, "rules.changed", actor=SYSTEM, at=now, case=case.number, step=row.step, round=row.round,
            rules=row.rules, payload={"before": before, "after": _dates_payload(row), "catalogs": catalogs.sha256},
        )  # fmt: skip
    case.catalogs = catalogs.sha256


def _complete_if_done(session: Session, case: Case, plan: Plan, now: datetime) -> None:
    records = latest_records(session, case.number)
    settled = {step for step, row in records.items() if row.state in ("done", "not_applicable")}
    if all(planned.required is False or planned.step in settled for planned in plan.steps):
        end_case(session, case, "completed", now=now)


def end_case(session: Session, case: Case, state: str, *, now: datetime, reason: str | None = None) -> None:
    """End a case (completed, rejected, withdrawn): its open asks close with it."""
    assert state in ENDED_CASE_STATES
    case.state, case.ended_at = state, now
    close_waits(session, case.number, outcome="superseded", now=now)
    record(session, f"case.{state}", actor=SYSTEM, at=now, case=case.number, reason=reason)


def new_draft_arrived(session: Session, catalogs: Catalogs, case: Case, now: datetime) -> None:
    """A new version of the draft: what was done on the old one stays, and is shown stale."""
    identity, today = draft_identity(session, catalogs, case), office_day(now)
    case.dates = case.dates | {"package_complete_on": today.isoformat()}
    for row in session.exec(select(StepRecord).where(StepRecord.case == case.number)):
        if (
            row.state == "done"
            and row.draft_sha256 not in (None, identity)
            and not row.is_stale
            and row.step != "drafting"
        ):
            row.is_stale = True
            record(
                session, "step.became_stale", actor=SYSTEM, at=now, case=case.number, step=row.step, round=row.round,
                documents=[sha] if (sha := _sha_of_draft(session, catalogs, case)) else [],
            )  # fmt: skip
    session.flush()
    _put_back_what_rests_on_the_old_draft(session, catalogs, case, now)


def _put_back_what_rests_on_the_old_draft(session: Session, catalogs: Catalogs, case: Case, now: datetime) -> None:
    """A meeting or an approval in hand waits again for the review of the new version; then it has its next round."""
    matter, progress = matter_of(session, case), progress_of(session, catalogs, case)
    chain = catalogs.chains[case.kind]
    for row in latest_records(session, case.number).values():
        gated = any(chain.steps[gate.of].this_draft for gate in chain.steps[row.step].gates)
        if row.state not in OPEN_STEP_STATES or not gated:
            continue
        if blocks := blocks_of(catalogs, matter, progress, row.step, office_day(now)):
            close_waits(session, case.number, outcome="superseded", now=now, steps=[row.step])
            row.state, row.reason = "returned", blocks[0].reason
            record(
                session, "step.returned", actor=SYSTEM, at=now, case=case.number, step=row.step, round=row.round,
                reason=row.reason,
            )  # fmt: skip


def _sha_of_draft(session: Session, catalogs: Catalogs, case: Case) -> str | None:
    draft = draft_of(session, catalogs, case)
    return draft.sha256 if draft else None

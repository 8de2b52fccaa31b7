"""What was done before a case came (送审前完成): told in `history`, proved by a paper, recorded once as a step.

A step is recorded as soon as its proof is there, at intake or with a later paper. Where the minimum that the rules of
its own day set was cut short, it waits for the reason (the fact `shorter_period_reason`), which then stays a finding.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from review_flows.cases.case import Case, CaseFinding, StepRecord
from review_flows.cases.standing import citation_of, draft_identity, latest_records, matter_of, told_history
from review_flows.errors import IntakeError
from review_flows.law.catalogs import Catalogs
from review_flows.law.procedure import HistoryEntry, done_on_arrival, plan
from review_flows.records.audit import Actor, record

REASON = "shorter_period_reason"
CUT_SHORT = "period.cut_short"


@dataclass(frozen=True)
class Shortfall:
    """A step done before sending that ended before its minimum; `earliest` is the day on which it might have ended."""

    entry: HistoryEntry
    rule: str
    citation: str
    earliest: date


def keep_history(session: Session, catalogs: Catalogs, case: Case, told: Iterable[HistoryEntry], file: str) -> bool:
    """Note what a submission tells of steps done before it; returns whether any of it is new."""
    before = case.history
    chain, records = catalogs.chains[case.kind], latest_records(session, case.number)
    for entry in told:
        label = catalogs.label(entry.step, case.kind, section="steps")
        row = records.get(entry.step)
        if row and (row.before_sending or row.started_on is None):
            continue
        if row:
            raise IntakeError(file, f"{label}已在系统中办理，不能再报送审前完成，请删去 history 中的这一条。")
        if entry.step == case.asks_for or entry.step in chain.following(case.asks_for):
            asked = catalogs.label(case.asks_for, case.kind, section="steps")
            raise IntakeError(file, f"{label}不在{asked}之前，不能算送审前完成，请删去 history 中的这一条。")
        case.history = [other for other in case.history if other["step"] != entry.step] + [_plain(entry)]
    return case.history != before


def _plain(entry: HistoryEntry) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in vars(entry).items()}


def unexplained(session: Session, catalogs: Catalogs, case: Case) -> list[Shortfall]:
    """Where a minimum was cut short before sending and nobody has said why, in the order told."""
    return [] if _reason(case) else _shortfalls(session, catalogs, case)


def _shortfalls(session: Session, catalogs: Catalogs, case: Case) -> list[Shortfall]:
    matter, records = replace(matter_of(session, case), dates={}), latest_records(session, case.number)
    found: list[Shortfall] = []
    for entry in told_history(case).values():
        if entry.started_on is None or entry.step in records:
            continue
        planned = plan(catalogs, matter, entry.started_on).step(entry.step)
        if planned.earliest_end_on and entry.ended_on < planned.earliest_end_on:
            rule = next(p.rule for p in planned.periods if p.kind == "min" and p.ends_on == planned.earliest_end_on)
            citation = citation_of(catalogs, rule, entry.started_on)
            found.append(Shortfall(entry, rule, citation, planned.earliest_end_on))
    return found


def question(catalogs: Catalogs, case: Case, short: Shortfall) -> str:
    """What the sender is asked where a minimum was cut short."""
    label = catalogs.label(short.entry.step, case.kind, section="steps")
    return (
        f"{REASON}：{label}至 {short.entry.ended_on} 止，短于法定最短期限（应至 {short.earliest}），"
        "请写明缩短的理由，或者重新办理"
    )


def _reason(case: Case) -> str:
    return str(case.facts.get(REASON) or "").strip()


def record_arrivals(
    session: Session, catalogs: Catalogs, case: Case, *, today: date, now: datetime, actor: Actor
) -> None:
    """Record each step that was done before sending and is proved, with what was told of it; re-entrant."""
    records = latest_records(session, case.number)
    short = {found.entry.step: found for found in _shortfalls(session, catalogs, case)}
    told = told_history(case)
    for step, role in done_on_arrival(catalogs, matter_of(session, case), today).items():
        if step in records or (step in short and not _reason(case)):
            continue
        _record(session, catalogs, case, step, role, told.get(step), now, actor)
        if step in short:
            _note_cut_short(session, case, short[step], now, actor)
    session.flush()


def _record(
    session: Session, catalogs: Catalogs, case: Case, step: str, role: str | None, told: HistoryEntry | None,
    now: datetime, actor: Actor,
) -> None:  # fmt: skip
    session.add(
        StepRecord(
            case=case.number,
            step=step,
            round=1,
            state="done",
            before_sending=True,
            catalogs=case.catalogs,
            started_on=told.started_on if told else None,
            done_on=told.ended_on if told else case.received_on,
            reason=role,
            draft_sha256=draft_identity(session, catalogs, case),
            conclusion=catalogs.chains[case.kind].steps[step].passes[0],
        )
    )
    payload = {"evidence": role or ""} | ({"channel": told.channel} if told and told.channel else {})
    record(
        session, "step.done_before_sending", actor=actor, at=now, case=case.number, step=step, payload=payload,
        happened_on=told.ended_on if told else None,
    )  # fmt: skip
    _take_dates(catalogs, case, step, told)


def _take_dates(catalogs: Catalogs, case: Case, step: str, told: HistoryEntry | None) -> None:
    """The dates that the step records: the first is its beginning, `period_ends` its end."""
    chain_step = catalogs.chains[case.kind].steps[step]
    if told is None or told.started_on is None or not chain_step.records:
        return
    found = {chain_step.records[0]: told.started_on}
    if chain_step.period_ends:
        found[chain_step.period_ends] = told.ended_on
    case.dates = case.dates | {name: day.isoformat() for name, day in found.items()}


def _note_cut_short(session: Session, case: Case, short: Shortfall, now: datetime, actor: Actor) -> None:
    reason, step = _reason(case), short.entry.step
    session.add(
        CaseFinding(
            case=case.number, kind=CUT_SHORT, step=step, round=1, rule=short.rule, reason=reason, found_at=now
        )  # fmt: skip
    )
    dates = {"earliest_end_on": short.earliest.isoformat(), "ended_on": short.entry.ended_on.isoformat()}
    record(
        session, CUT_SHORT, actor=actor, at=now, case=case.number, step=step, rules=[short.rule], reason=reason,
        payload=dates,
    )  # fmt: skip

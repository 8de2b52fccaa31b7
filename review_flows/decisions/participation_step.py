"""The step of a case that hears the public: which it is, who acts in it, which periods bind it.

Relies on chains.yaml (who answers the step) and on the rules that count from the day of the notice or of the hearing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from sqlmodel import Session

from review_flows.cases.case import OPEN_STEP_STATES, Case, StepRecord
from review_flows.cases.standing import latest_records, matter_of, unit_ids
from review_flows.errors import ProcedureError, SignOffError
from review_flows.law.catalogs import Catalogs
from review_flows.law.matter import PlannedPeriod
from review_flows.law.planning import plan
from review_flows.law.procedure import responsible
from review_flows.people.person import Person
from review_flows.people.standing import standing
from review_flows.records.audit import Actor

STEPS = ("public_participation", "public_comment")
PUBLISHED, CLOSED, HEARING_ON = "comment_published_on", "comment_closed_on", "hearing_on"
# Decisions: the public is heard; what is published for it; how a hearing is held. Documents: all that comments ask for.
HEARD, PUBLISHES, PUBLIC, ASKED = "MD-06", "MD-08", "MD-11", "ND-33"
# What says of a document what these say of a decision; of hearings nothing does.
_OF_DOCUMENTS: Mapping[str, tuple[str, ...]] = {HEARD: (ASKED,), PUBLISHES: (ASKED,), PUBLIC: ()}


def step_of(catalogs: Catalogs, case: Case) -> str:
    """The step of a case that hears the public; ProcedureError for a kind that has none."""
    for step in STEPS:
        if step in catalogs.chain(case.kind).steps:
            return step
    raise ProcedureError(case.number, "", f"“{catalogs.label(case.kind, section='kinds')}”没有公众参与的环节。")


def open_row(session: Session, catalogs: Catalogs, case: Case) -> StepRecord:
    """The round of the step that is in hand; ProcedureError where it has not begun, or is over."""
    step = step_of(catalogs, case)
    row = latest_records(session, case.number).get(step)
    if row is None or row.state not in OPEN_STEP_STATES:
        state = catalogs.label(row.state if row else "not_started", section="step_states")
        name = catalogs.label(step, case.kind)
        raise ProcedureError(
            case.number, step, f"“{name}”现在是“{state}”，没有在办；请在该环节开始之后、办结之前办理。"
        )
    return row


def undertaker(session: Session, catalogs: Catalogs, case: Case, person: Person, today: date) -> Actor:
    """The actor that a person is when acting for a unit that undertakes the case; SignOffError where they may not.

    Those who may answer the step may also do what belongs to it; of several drafting units each may.
    """
    asked = responsible(catalogs, matter_of(session, case), step_of(catalogs, case), today)
    leads = unit_ids(catalogs, [asked.unit] if asked.unit else [case.issuing_organ])
    units = dict.fromkeys((*leads, *unit_ids(catalogs, case.drafting_units)))
    refusal: SignOffError | None = None
    for unit in units:
        for role in dict.fromkeys((asked.role, *asked.also, "unit_head")):
            try:
                return standing(session, person.id, role=role, unit=unit, on=today)
            except SignOffError as error:
                refusal = refusal or error
    assert refusal is not None
    raise refusal


def shortest_comment_period(
    session: Session, catalogs: Catalogs, case: Case, published_on: date, today: date
) -> PlannedPeriod | None:
    """The minimum that binds a notice published on a day (MD-07, ND-06, ND-07), the longest where several do."""
    periods = _periods(session, catalogs, case, {PUBLISHED: published_on}, today)
    found = [period for period in periods if period.kind == "min" and period.counted_from == PUBLISHED]
    return max(found, key=lambda period: period.ends_on or date.min, default=None)


def latest_delivery(
    session: Session, catalogs: Catalogs, case: Case, hearing_on: date, today: date
) -> PlannedPeriod | None:
    """The period before a hearing in which materials must have come (MD-10); `ends_on` is the last day for them."""
    periods = _periods(session, catalogs, case, {HEARING_ON: hearing_on}, today)
    found = [period for period in periods if period.counted_from == HEARING_ON and period.direction == "backward"]
    return min(found, key=lambda period: period.ends_on or date.max, default=None)


def _periods(
    session: Session, catalogs: Catalogs, case: Case, dates: Mapping[str, date], today: date
) -> Iterator[PlannedPeriod]:
    matter = matter_of(session, case)
    row = latest_records(session, case.number).get(step_of(catalogs, case))
    on = (row.started_on if row else None) or today
    planned = plan(catalogs, replace(matter, dates=dict(matter.dates) | dict(dates)), on)
    yield from planned.step(step_of(catalogs, case)).periods


def grounds(step: str, rule: str) -> tuple[str, ...]:
    """The rule of a decision, or what says the same of a document: none where nothing does."""
    return (rule,) if step == "public_participation" else _OF_DOCUMENTS[rule]


def cite(step: str, rule: str) -> str:
    """The ground in brackets, to stand at the end of a sentence; empty where there is none."""
    return "".join(f"（{ground}）" for ground in grounds(step, rule))

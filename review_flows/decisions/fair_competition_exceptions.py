"""Measures that stand by an exception of the fair-competition review (条例第十二条): which, on what ground, until when.

An exception lives as long as its last review says so: a later review that passed without it, or did not pass, ends it;
a confirmation carries it on. Reads only; the list is for those who clean up (停止执行 or 再次审查 at the end).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlmodel import Session, col, select
from typing_extensions import TypedDict

from review_flows.cases.case import Case, SignOff, StepRecord
from review_flows.cases.standing import unit_name
from review_flows.decisions.fair_competition_answer import CompetitionAnswer, read_answer
from review_flows.decisions.fair_competition_checks import STEP
from review_flows.law.catalogs import Catalogs
from review_flows.law.competition import Standard

State = Literal["ended", "running", "conditional"]


class GroundJson(TypedDict):
    """The ground of an exception (条例第十二条)."""

    article: str
    text: str


class ItemJson(TypedDict):
    """A standard that the measure does not keep, by its article and its rule."""

    article: str
    rule: str


class ExceptionJson(TypedDict):
    """An exception as `decisions exceptions --json` prints it."""

    case: str
    title: str
    organ: str
    units: list[str]
    case_state: str
    approved_on: str | None
    ground: GroundJson
    items: list[ItemJson]
    ends_on: str | None
    end_condition: str
    reason: str
    state: State


class ExceptionsJson(TypedDict):
    """What `decisions exceptions --json` prints."""

    on: str
    exceptions: list[ExceptionJson]


NOT_STANDING = ("rejected", "withdrawn")  # cases whose measure never came, or not yet and never will


@dataclass(frozen=True)
class StandingException:
    """An exception that a measure stands by. `ends_on` null: it ends by `end_condition`, which people must judge."""

    case: Case
    approved_on: date | None
    ground: Standard
    items: tuple[Standard, ...]
    ends_on: date | None
    end_condition: str
    reason: str

    def state_on(self, day: date) -> State:
        """Whether it has ended by its day, still runs, or ends by a condition."""
        if self.ends_on is None:
            return "conditional"
        return "ended" if self.ends_on < day else "running"

    def to_json(self, catalogs: Catalogs, day: date) -> ExceptionJson:
        """The exception as it is printed."""
        return {
            "case": self.case.number,
            "title": self.case.title,
            "organ": unit_name(catalogs, self.case.issuing_organ),
            "units": [unit_name(catalogs, unit) for unit in self.case.drafting_units],
            "case_state": self.case.state,
            "approved_on": self.approved_on.isoformat() if self.approved_on else None,
            "ground": {"article": self.ground.article, "text": self.ground.text},
            "items": [{"article": item.article, "rule": item.rule} for item in self.items],
            "ends_on": self.ends_on.isoformat() if self.ends_on else None,
            "end_condition": self.end_condition,
            "reason": self.reason,
            "state": self.state_on(day),
        }


def exceptions(session: Session, catalogs: Catalogs, *, limit: int | None = None) -> list[StandingException]:
    """The exceptions that measures stand by: those with a day of end first, the nearest first; then by case."""
    rounds, answers = _rounds(session), _answers(session, catalogs)
    reviewed = select(StepRecord.case).where(StepRecord.step == STEP, StepRecord.conclusion == "approved")
    query = select(Case).where(col(Case.number).in_(reviewed), col(Case.state).not_in(NOT_STANDING))
    found = [
        exception
        for case in session.exec(query.order_by(Case.number))
        if (exception := _standing(catalogs, case, rounds[case.number], answers)) is not None
    ]
    return sorted(found, key=lambda one: (one.ends_on or date.max, one.case.number))[:limit]


def _rounds(session: Session) -> dict[str, list[StepRecord]]:
    """The ended rounds of the review by case, the latest first."""
    query = select(StepRecord).where(StepRecord.step == STEP, StepRecord.state == "done")
    found: dict[str, list[StepRecord]] = {}
    for row in session.exec(query.order_by(StepRecord.case, col(StepRecord.round).desc())):
        found.setdefault(row.case, []).append(row)
    return found


def _answers(session: Session, catalogs: Catalogs) -> dict[tuple[str, int], CompetitionAnswer]:
    """What was told in each round, where the form was used; of several sign-offs the last."""
    query = select(SignOff).where(SignOff.step == STEP).order_by(col(SignOff.id))
    told = ((signed, read_answer(catalogs, signed.answer)) for signed in session.exec(query))
    return {(signed.case, signed.round): answer for signed, answer in told if answer.is_told}


def _standing(
    catalogs: Catalogs,
    case: Case,
    rounds: Iterable[StepRecord],
    answers: Mapping[tuple[str, int], CompetitionAnswer],
) -> StandingException | None:
    for row in rounds:
        answer = answers.get((case.number, row.round))
        if row.conclusion != "approved" or answer is None:
            return None
        if not answer.confirms:
            return _exception(catalogs, case, row, answer) if answer.exception else None
    return None


def _exception(catalogs: Catalogs, case: Case, row: StepRecord, answer: CompetitionAnswer) -> StandingException:
    standards = catalogs.competition
    excepted = set(answer.with_answer("excepted"))
    return StandingException(
        case=case,
        approved_on=row.done_on,
        ground=next(ground for ground in standards.exceptions if ground.id == answer.exception),
        items=tuple(item for item in standards.items if item.id in excepted),
        ends_on=date.fromisoformat(answer.say("end_date")) if answer.say("end_date") else None,
        end_condition=answer.say("end_condition"),
        reason=answer.say("exception_reason"),
    )


def of_state(found: Iterable[StandingException], state: str, day: date) -> Iterator[StandingException]:
    """Those in one state on a day."""
    return (one for one in found if one.state_on(day) == state)

"""The shapes that the procedure works on: a matter, the plan for it, where it stands, what may come next.

All frozen, none of them knows a row of the database. `Plan.to_json()` is the JSON of the command `plan`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NotRequired

from typing_extensions import TypedDict

from review_flows.law.facts import Value

LEGALITY_REVIEW = "legality_review"


class GroundJson(TypedDict):
    """Why a step is required or not; `fact` names the fact that decided."""

    rule: str
    citation: str
    confidence: str
    text: str
    fact: str | None
    kind: str
    unverified: bool
    remark: str | None
    exception: str | None
    replaced_by: str | None


PeriodJson = TypedDict(
    "PeriodJson",
    {
        "rule": str,
        "kind": str,
        "number": int | None,
        "unit": str,
        "counted_from": str | None,
        "from": str | None,
        "date": str | None,
        "provisional": bool,
        "direction": str,
        "bounds": NotRequired[str | None],
    },
)


class PlannedStepJson(TypedDict):
    """One step of `plan`; `required` null: an unanswered fact decides."""

    step: str
    required: bool | None
    because: list[GroundJson]
    periods: list[PeriodJson]
    earliest_end_on: str | None
    due_on: str | None
    remind_on: str | None
    provisional: bool
    examples: list[PeriodJson]
    set_aside: list[GroundJson]
    proved_by: str | None


class MaterialJson(TypedDict):
    """One paper that a rule asks for."""

    role: str
    required: bool | None
    present: bool
    rule: str
    needed_for: str
    proved_by: str | None


class PlanJson(TypedDict):
    """The JSON of `plan`."""

    kind: str
    on: str
    catalogs: str
    steps: list[PlannedStepJson]
    materials: list[MaterialJson]
    lacking: list[str]
    questions: list[str]
    bounds: list[PeriodJson]


@dataclass(frozen=True)
class HistoryEntry:
    """A step that was done before the matter was sent; `evidence` is the role of the material that proves it."""

    step: str
    ended_on: date
    evidence: str
    started_on: date | None = None
    channel: str | None = None


@dataclass(frozen=True)
class Matter:
    """A matter as the procedure sees it; `facts` holds `level` too, `present` the roles of the papers there."""

    kind: str
    facts: Mapping[str, Value]
    present: frozenset[str] = frozenset()
    history: Mapping[str, HistoryEntry] = field(default_factory=dict)
    asks_for: str = LEGALITY_REVIEW
    dates: Mapping[str, date] = field(default_factory=dict)  # recorded dates by the names of `counted_from`
    organ: str | None = None  # id or name in organs.yaml; only `responsible()` needs it
    drafting_units: tuple[str, ...] = ()  # ids or names, the lead unit first


@dataclass(frozen=True)
class Ground:
    """Why a step is required or not: a rule with its citation, and the fact that decided (null: none did)."""

    rule: str
    citation: str
    confidence: str
    text: str
    fact: str | None = None
    kind: str = "must"
    unverified: bool = False  # shown as 待核
    remark: str | None = None
    exception: str | None = None
    replaced_by: str | None = None  # the local rule that stands in its place

    def to_json(self) -> GroundJson:
        """The ground as `plan` and `case why` show it."""
        return {
            "rule": self.rule,
            "citation": self.citation,
            "confidence": self.confidence,
            "text": self.text,
            "fact": self.fact,
            "kind": self.kind,
            "unverified": self.unverified,
            "remark": self.remark,
            "exception": self.exception,
            "replaced_by": self.replaced_by,
        }


@dataclass(frozen=True)
class PlannedPeriod:
    """A period that binds: counted from `counted_on` it ends on `ends_on` (both null while its base is not known)."""

    rule: str
    kind: str
    number: int | None
    unit: str
    counted_from: str | None
    counted_on: date | None
    ends_on: date | None
    provisional: bool
    citation: str
    bounds: str | None = None
    direction: str = "forward"

    def to_json(self) -> PeriodJson:
        """The period as `plan` shows it."""
        return {
            "rule": self.rule,
            "kind": self.kind,
            "number": self.number,
            "unit": self.unit,
            "counted_from": self.counted_from,
            "from": _iso(self.counted_on),
            "date": _iso(self.ends_on),
            "provisional": self.provisional,
            "direction": self.direction,
        }


@dataclass(frozen=True)
class PlannedStep:
    """One step of the chain. `required` null: an unanswered fact decides. The dates are null where nothing binds."""

    step: str
    required: bool | None
    because: tuple[Ground, ...]
    periods: tuple[PlannedPeriod, ...] = ()
    earliest_end_on: date | None = None
    due_on: date | None = None
    remind_on: date | None = None  # the day of a reminder (local_default), never "late"
    provisional: bool = False
    examples: tuple[PlannedPeriod, ...] = ()  # other places' periods: shown, never binding
    set_aside: tuple[Ground, ...] = ()  # rules in force that an exempting fact sets aside (ND-11 in an emergency)
    proved_by: str | None = None  # done before sending: the role of the paper that proves it

    def to_json(self) -> PlannedStepJson:
        """The step as `plan` shows it."""
        return {
            "step": self.step,
            "required": self.required,
            "because": [ground.to_json() for ground in self.because],
            "periods": [period.to_json() for period in self.periods],
            "earliest_end_on": _iso(self.earliest_end_on),
            "due_on": _iso(self.due_on),
            "remind_on": _iso(self.remind_on),
            "provisional": self.provisional,
            "examples": [period.to_json() for period in self.examples],
            "set_aside": [ground.to_json() for ground in self.set_aside],
            "proved_by": self.proved_by,
        }


@dataclass(frozen=True)
class Material:
    """A paper that a rule asks for; `step` is the step of that rule, `is_result` whether that step itself makes it.

    `needed_for` is the step that cannot begin without it. `proved_by`: the material that proves the step done before
    sending, so that its result is not asked for again.
    """

    role: str
    required: bool | None
    present: bool
    rule: str
    needed_for: str
    step: str
    is_result: bool = False
    proved_by: str | None = None

    @property
    def is_lacking(self) -> bool:
        """Whether it is required and not there."""
        return self.required is True and not self.present

    def to_json(self) -> MaterialJson:
        """The paper as `plan` shows it."""
        return {
            "role": self.role,
            "required": self.required,
            "present": self.present,
            "rule": self.rule,
            "needed_for": self.needed_for,
            "proved_by": self.proved_by,
        }


@dataclass(frozen=True)
class Plan:
    """All that the law asks of a matter on a day."""

    kind: str
    on: date
    catalogs: str
    steps: tuple[PlannedStep, ...]
    materials: tuple[Material, ...]
    questions: tuple[str, ...]
    bounds: tuple[PlannedPeriod, ...] = ()  # periods that bound a date of the matter, not a step (ND-22)
    excluded: tuple[Ground, ...] = ()  # the exclude rules that bind: not a matter of this kind

    @property
    def lacking(self) -> tuple[str, ...]:
        """The roles of all required papers that are not there, also of those that a later step will make."""
        return tuple(material.role for material in self.materials if material.is_lacking)

    def step(self, step: str) -> PlannedStep:
        """One step by its id; KeyError where the chain has none."""
        for planned in self.steps:
            if planned.step == step:
                return planned
        raise KeyError(step)

    def to_json(self) -> PlanJson:
        """The JSON of `plan`."""
        return {
            "kind": self.kind,
            "on": self.on.isoformat(),
            "catalogs": self.catalogs,
            "steps": [step.to_json() for step in self.steps],
            "materials": [material.to_json() for material in self.materials],
            "lacking": list(self.lacking),
            "questions": list(self.questions),
            "bounds": [{**period.to_json(), "bounds": period.bounds} for period in self.bounds],
        }


@dataclass(frozen=True)
class StepState:
    """How far a step of a running case is; `draft_sha256` is the version that it was done on.

    `state`: not_started | waiting | running | done | not_applicable | returned. A returned step waits for its sender:
    it may start again with a new version of the draft, or once its next round is recorded as not_started (a supplement
    came). `stale`: to be done again whatever it was (the case was returned to it, or what it rested on has changed).
    `pending`: done and passed, but what comes after must wait, for the amended text that it asked for (amended_text),
    or until the amended text has passed the gates of this step again (reviewed_again).
    """

    step: str
    round: int = 1
    state: str = "not_started"
    conclusion: str | None = None
    draft_sha256: str | None = None
    started_on: date | None = None
    ended_on: date | None = None
    stale: bool = False
    pending: str | None = None


@dataclass(frozen=True)
class Progress:
    """Where a running case stands: the latest round of each step, and what the gates look at."""

    steps: Mapping[str, StepState] = field(default_factory=dict)
    draft_sha256: str | None = None
    must_items_open: int = 0  # must_change items of the latest opinion neither adopted nor answered with reasons
    risk_stated: bool = False  # the legal risk stands in the papers (MD-17)

    def of(self, step: str) -> StepState:
        """The state of a step; not started where nothing is recorded."""
        return self.steps.get(step) or StepState(step)


@dataclass(frozen=True)
class Block:
    """Why a step cannot start now: one Chinese sentence, the rule it rests on, the papers that lack."""

    step: str
    reason: str
    rule: str
    lacking: tuple[str, ...] = ()
    citation: str = ""


@dataclass(frozen=True)
class NextSteps:
    """The steps that may start now, side by side, and those that cannot with the reason."""

    ready: tuple[str, ...]
    blocked: tuple[Block, ...]


@dataclass(frozen=True)
class Responsible:
    """Who answers a step: a role (others in `also` may too), the unit's name (null: not known), and the rule."""

    role: str
    unit: str | None
    rule: str
    also: tuple[str, ...] = ()
    jointly_with: str | None = None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None

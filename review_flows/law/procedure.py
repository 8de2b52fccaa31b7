"""What the law asks of a case, and what may be done next: `plan()`, `next_steps()`, `lacking_for()`.

In: the law data (`Catalogs`), a `Matter` (its facts, the papers that are there, what was done before it came) and a day. Out:
every step of its chain with the grounds on which it is required or not, its periods, the papers it needs; and, given the
`Progress` of a running case, the steps that may start now and what blocks the others. Pure: no clock, no database.
Relies on catalogs/rules/, chains.yaml, facts.yaml, roles.yaml and calendar/.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from review_flows.law.catalogs import Catalogs

# What a person may answer: true or false, a word of a list, a day, an amount, a text; null says that there is none.
Value = bool | str | int | float | date | None


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
    """A matter as the procedure sees it. `facts` holds `level` too; `present` are the roles of the papers that are there."""

    kind: str
    facts: Mapping[str, Value]
    present: frozenset[str] = frozenset()
    history: Mapping[str, HistoryEntry] = field(default_factory=dict)
    asks_for: str = "legality_review"
    dates: Mapping[str, date] = field(default_factory=dict)  # recorded dates by the names of `counted_from`
    organ: str | None = None  # id in organs.yaml; only `responsible()` needs it
    drafting_units: tuple[str, ...] = ()  # ids or names, the lead unit first


@dataclass(frozen=True)
class Ground:
    """Why a step is required or not: a rule with its citation on the day, and the fact that decided (null: none did)."""

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


@dataclass(frozen=True)
class PlannedPeriod:
    """A period that binds the step: counted from `counted_on`, it ends on `ends_on` (null where its base is not known yet)."""

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


@dataclass(frozen=True)
class Material:
    """A paper that a rule asks for. `proved_by`: the material that proves its step instead (送审前完成)."""

    role: str
    required: bool | None
    present: bool
    rule: str
    needed_for: str
    proved_by: str | None = None


@dataclass(frozen=True)
class Plan:
    """All that the law asks of a matter on a day."""

    kind: str
    on: date
    catalogs: str
    steps: tuple[PlannedStep, ...]
    materials: tuple[Material, ...]
    lacking: tuple[str, ...]
    questions: tuple[str, ...]
    bounds: tuple[PlannedPeriod, ...] = ()  # periods that bound a date of the matter, not a step (ND-22)
    excluded: tuple[Ground, ...] = ()  # the exclude rules that bind: not a matter of this kind

    def step(self, step: str) -> PlannedStep:
        """One step by its id; KeyError where the chain has none."""
        raise NotImplementedError

    def to_json(self) -> dict[str, Any]:
        """The JSON of `plan`."""
        raise NotImplementedError


@dataclass(frozen=True)
class StepState:
    """How far a step of a running case is; `draft_sha256` is the version that it was done on.

    `state`: not_started | waiting | running | done | not_applicable | returned. `stale`: done, but must be done again.
    """

    step: str
    round: int = 1
    state: str = "not_started"
    conclusion: str | None = None
    draft_sha256: str | None = None
    started_on: date | None = None
    ended_on: date | None = None
    stale: bool = False


@dataclass(frozen=True)
class Progress:
    """Where a running case stands: the latest round of each step, and what the gates look at."""

    steps: Mapping[str, StepState] = field(default_factory=dict)
    draft_sha256: str | None = None
    must_items_open: int = 0  # must_change items of the latest opinion neither adopted nor answered with reasons
    risk_stated: bool = False  # the legal risk stands in the papers (MD-17)


@dataclass(frozen=True)
class Block:
    """Why a step cannot start now: one Chinese sentence, the rule it rests on, the papers that lack."""

    step: str
    reason: str
    rule: str
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True)
class NextSteps:
    """The steps that may start now, side by side, and those that cannot with the reason."""

    ready: tuple[str, ...]
    blocked: tuple[Block, ...]


@dataclass(frozen=True)
class Responsible:
    """Who answers a step: a role, the unit of it (null: not known), and the rule that says so."""

    role: str
    unit: str | None
    rule: str
    jointly_with: str | None = None


def plan(catalogs: Catalogs, matter: Matter, on: date) -> Plan:
    """What the law in force on a day asks of a matter: steps, periods, papers, questions."""
    raise NotImplementedError


def next_steps(catalogs: Catalogs, matter: Matter, progress: Progress, on: date) -> NextSteps:
    """The steps that may start on a day, and what blocks the others."""
    raise NotImplementedError


def lacking_for(catalogs: Catalogs, matter: Matter, step: str, on: date) -> tuple[Material, ...]:
    """All papers that the package of a step lacks, at once (一次性告知)."""
    raise NotImplementedError


def done_on_arrival(catalogs: Catalogs, matter: Matter, on: date) -> Mapping[str, str | None]:
    """The required steps before the one asked for that count as done (送审前完成), each with the role that proves it."""
    raise NotImplementedError


def responsible(catalogs: Catalogs, matter: Matter, step: str, on: date) -> Responsible:
    """Who answers a step on a day: by rule and level (ND-13, ND-14, TW-02, FC-02, FC-03)."""
    raise NotImplementedError

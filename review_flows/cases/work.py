"""What a line of business adds to a step: fields of its form, checks of the answer, what is recorded with it.

The case room knows no line of business; `flows/steps.py` holds the one table (kind, step) → StepWork and hands it in.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from sqlmodel import Session

from review_flows.cases.case import Case, SignOff, StepRecord, Wait
from review_flows.law.catalogs import Catalogs
from review_flows.records.audit import Actor
from review_flows.records.home import Home

if TYPE_CHECKING:
    from review_flows.cases.forms import Answer


@dataclass(frozen=True)
class Asked:
    """One ask as a line of business sees it, inside the caller's transaction; `given` once it is answered."""

    session: Session
    catalogs: Catalogs
    case: Case
    wait: Wait
    given: "Answer | None" = None


class StepWork(Protocol):
    """What a line of business does at one step. `told` holds its own fields of the answer, as plain values."""

    def fields(self, asked: Asked) -> dict[str, Any]:
        """Further fields of the form: name → (type, pydantic Field); every one optional for a script."""
        ...

    def above(self, asked: Asked) -> list[str]:
        """Markdown lines for the top of the form: what a person must know to answer."""
        ...

    def check(self, asked: Asked, conclusion: str, told: Mapping[str, Any], now: datetime) -> None:
        """Raises SignOffError where the answer may not count."""
        ...

    def record(self, asked: Asked, conclusion: str, told: Mapping[str, Any], actor: Actor, now: datetime) -> None:
        """Write the facts that the answer tells, with their events; same transaction as the sign-off."""
        ...


@dataclass(frozen=True)
class Ended:
    """One round of a step that has ended, and how it was signed: what a paper of it is made from."""

    session: Session
    home: Home
    catalogs: Catalogs
    case: Case
    row: StepRecord
    signed: tuple[SignOff, ...]


@dataclass(frozen=True)
class WorkPaper:
    """A paper of a line of business for one round of its step; `make` needs no open transaction."""

    role: str
    name: str
    make: Callable[[], bytes]


@runtime_checkable
class PaperMaker(Protocol):
    """A StepWork whose answers become papers of the case."""

    def makes(self, asked: Asked, conclusion: str, told: Mapping[str, Any]) -> Collection[str]:
        """The roles of the result papers that this answer is enough to make: they need not be sent."""
        ...

    def papers(self, ended: Ended) -> Iterable[WorkPaper]:
        """The papers of an ended round; none where its answers told nothing of the line of business."""
        ...


@runtime_checkable
class Enforcing(Protocol):
    """A StepWork that holds answers to rules of the law: rule id → what it makes of the rule, in words for people.

    docs/rules.md says so of each rule; a test finds every rule named here in the code or the catalogs of the room.
    """

    enforces: Mapping[str, str]


@runtime_checkable
class KnowsHaste(Protocol):
    """A StepWork that knows why a period was cut short although the answer itself does not say so."""

    def reason_for_haste(self, asked: Asked) -> str:
        """The reason that was recorded before the answer; empty where none was."""
        ...


@runtime_checkable
class GoesOn(Protocol):
    """A StepWork whose answers say more of what follows than the conclusion of the step does."""

    def go_on(self, asked: Asked, row: StepRecord, actor: Actor, now: datetime) -> bool:
        """Do what follows once the step has ended; False where it goes on as its conclusion says."""
        ...


@dataclass(frozen=True)
class Arrived:
    """A case that has come in, or more about one: inside the transaction that registers it."""

    session: Session
    catalogs: Catalogs
    case: Case
    told: Mapping[str, Any]  # the facts that this package tells
    actor: Actor
    now: datetime


class Arrival(Protocol):
    """What a line of business does with the facts of a package when it is registered."""

    def take(self, arrived: Arrived) -> None:
        """Write what follows, with its events; raises where the facts cannot be (the package goes to quarantine)."""
        ...


Arrivals = Mapping[str, Arrival]  # kind → arrival
NO_ARRIVALS: Arrivals = {}
Works = Mapping[tuple[str, str], StepWork]  # (kind, step) → work
NO_WORKS: Works = {}

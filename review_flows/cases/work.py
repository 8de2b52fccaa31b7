"""What a line of business adds to a step: fields of its form, checks of the answer, what is recorded with it.

The case room knows no line of business; `flows/steps.py` holds the one table (kind, step) → StepWork and hands it in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlmodel import Session

from review_flows.cases.case import Case, Wait
from review_flows.law.catalogs import Catalogs
from review_flows.records.audit import Actor


@dataclass(frozen=True)
class Asked:
    """One ask as a line of business sees it, inside the caller's transaction."""

    session: Session
    catalogs: Catalogs
    case: Case
    wait: Wait


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


Works = Mapping[tuple[str, str], StepWork]  # (kind, step) → work
NO_WORKS: Works = {}

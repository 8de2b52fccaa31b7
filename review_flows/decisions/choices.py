"""What the forms of this room share: choices whose words stand in terms.yaml, days told as text, noted findings."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field
from sqlmodel import Session

from review_flows.cases.advance import office_day
from review_flows.cases.case import Case, CaseFinding
from review_flows.cases.forms import MAX_TEXT
from review_flows.cases.work import Asked
from review_flows.errors import SignOffError
from review_flows.law.catalogs import Catalogs
from review_flows.records.audit import Actor, record

UNTOLD = "未填"  # what a choice shows until somebody chooses


def labels(catalogs: Catalogs, section: str) -> tuple[str, ...]:
    """The words of a section of terms.yaml, in its order."""
    return tuple(term.label for term in catalogs.terms[section].values())


def choice(catalogs: Catalogs, section: str, title: str, hint: str = "") -> Any:
    """A field with one of a section's labels, or untold; what the labels are is known only when it is asked."""
    return (Literal[(UNTOLD, *labels(catalogs, section))], Field(UNTOLD, title=title, description=hint))


def words(title: str, hint: str = "") -> Any:
    """A field for a person's own words, empty where there is nothing to say."""
    return (str, Field("", title=title, description=hint, max_length=MAX_TEXT))


def key_of(catalogs: Catalogs, section: str, label: object) -> str:
    """The key of a label; empty where it was left untold."""
    return next((key for key, term in catalogs.terms[section].items() if term.label == label), "")


def said(told: Any, name: str) -> str:
    """A person's words of a field, without the white space around them."""
    return str(told.get(name) or "").strip()


def day_in(text: str, name: str) -> date:
    """The day that a text tells; SignOffError where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SignOffError(f"“{name}”不是日期：{text}，应写成 2026-11-23 的样子。") from error


def told_day(asked: Asked, name: str) -> date | None:
    """A recorded day of the case: as the answer tells it, else as it stands."""
    if asked.given and name in asked.given.dates:
        return asked.given.dates[name]
    recorded = asked.case.dates.get(name)
    return date.fromisoformat(recorded) if recorded else None


def day_told(answer: Any, name: str) -> date | None:
    """A day that a kept answer told; None where it told none."""
    text = str((answer.get("dates") or {}).get(name) or "")
    return date.fromisoformat(text) if text else None


def reason_given(asked: Asked) -> str:
    """The reason of the answer; empty where it gives none."""
    return asked.given.reason.strip() if asked.given else ""


def binds(catalogs: Catalogs, case: Case, rule: str, now: datetime) -> bool:
    """Whether a rule binds a case on a day."""
    readings = catalogs.readings(case.kind, dict(case.facts) | {"level": case.level}, office_day(now))
    return any(reading.rule.id == rule and reading.binds for reading in readings)


def note(
    session: Session, case: Case, kind: str, *, step: str, rule: str, reason: str, actor: Actor, now: datetime,
    round: int | None = None,
) -> None:  # fmt: skip
    """A finding with its event; never removed."""
    session.add(
        CaseFinding(case=case.number, kind=kind, step=step, round=round, rule=rule, reason=reason, found_at=now)
    )
    record(
        session, "finding.noted", actor=actor, at=now, case=case.number, step=step, round=round, rules=[rule],
        reason=reason, payload={"kind": kind},
    )  # fmt: skip

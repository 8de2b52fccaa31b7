"""Conflicts of interest (利害关系、回避): who has a hand in a case, and so must not review it.

A declaration is made by the person or about them, and stays until it is withdrawn with a reason. That a drafter never
reviews their own draft needs no declaration where the draft came in under their name: intake declares it for them
(`kind: drafter`).
"""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, Session, SQLModel, col, select

from review_flows.errors import NotFound, ReviewFlowsError
from review_flows.people import person as persons
from review_flows.records import audit
from review_flows.records.audit import Actor
from review_flows.records.database import Instant


class InterestKind(StrEnum):
    """What ties a person to a case."""

    DRAFTER = "drafter"
    PARTY = "party"
    RELATIVE = "relative"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The Chinese name of the tie."""
        return _LABELS[self]


_LABELS = {
    InterestKind.DRAFTER: "参与起草或承办",
    InterestKind.PARTY: "当事人或其代理人",
    InterestKind.RELATIVE: "近亲属为当事人",
    InterestKind.OTHER: "其他利害关系",
}


class Interest(SQLModel, table=True):
    """A person's tie to a case."""

    __tablename__ = "interests"

    id: int | None = Field(default=None, primary_key=True)
    person: str = Field(foreign_key="people.id", max_length=64, index=True)
    case: str = Field(max_length=100, index=True)
    kind: str = Field(max_length=20)
    reason: str
    declared_by: str = Field(max_length=64)
    declared_at: datetime = Field(sa_type=Instant)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)


def declare(
    session: Session, person: str, case: str, *, kind: str, reason: str, actor: Actor, at: datetime
) -> Interest:
    """The tie of the person to the case, which from now on keeps them from reviewing it; declared twice it is one."""
    owner = persons.find(session, person)
    if kind not in set(InterestKind):
        choices = "、".join(f"{known.value} {known.label}" for known in InterestKind)
        raise ReviewFlowsError(f"没有利害关系“{kind}”；可用的是 {choices}。")
    for known in interests(session, person=owner.id, case=case):
        if known.kind == kind:
            return known
    made = Interest(person=owner.id, case=case, kind=kind, reason=reason, declared_by=actor.person, declared_at=at)
    session.add(made)
    session.flush()
    audit.record(
        session,
        "interest.declared",
        actor=actor,
        at=at,
        case=case,
        subject=("person", owner.id),
        reason=reason,
        payload={"kind": kind, "interest": made.id},
    )
    return made


def withdraw(session: Session, number: int, *, actor: Actor, at: datetime, reason: str) -> Interest:
    """The tie, which was declared in error and counts no more."""
    found = session.get(Interest, number)
    if found is None or found.withdrawn_at is not None:
        raise NotFound("有效的利害关系申报", str(number))
    found.withdrawn_at = at
    session.add(found)
    session.flush()
    audit.record(
        session,
        "interest.withdrawn",
        actor=actor,
        at=at,
        case=found.case,
        subject=("person", found.person),
        reason=reason,
        payload={"interest": found.id},
    )
    return found


def interests(
    session: Session, *, person: str | None = None, case: str | None = None, limit: int | None = None
) -> list[Interest]:
    """Ties that hold, oldest first."""
    wanted = select(Interest).where(col(Interest.withdrawn_at).is_(None)).order_by(col(Interest.id)).limit(limit)
    if person is not None:
        wanted = wanted.where(col(Interest.person) == person)
    if case is not None:
        wanted = wanted.where(col(Interest.case) == case)
    return list(session.exec(wanted))

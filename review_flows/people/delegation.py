"""Substitution for a time (代理): one person signs in a role on behalf of another, and the trail names both.

Whoever made it, it holds for the days written in it and for one role. It moves no task: whether a person may act is
asked when they act, so what waits already is covered too. A substitute cannot pass it on.
"""

from datetime import date, datetime

from sqlmodel import Field, Session, SQLModel, col, select

from review_flows.errors import NotFound, ReviewFlowsError
from review_flows.people import person as persons
from review_flows.people.person import Person, Role
from review_flows.records import audit
from review_flows.records.audit import Actor
from review_flows.records.database import Instant


class Delegation(SQLModel, table=True):
    """`substitute` acts for `principal` in one role, from the first to the last day; both days count."""

    __tablename__ = "delegations"

    id: int | None = Field(default=None, primary_key=True)
    principal: str = Field(foreign_key="people.id", max_length=64, index=True)
    substitute: str = Field(foreign_key="people.id", max_length=64, index=True)
    role: str = Field(max_length=50)
    starts_on: date
    ends_on: date
    reason: str
    made_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


def delegate(
    session: Session,
    principal: str,
    substitute: str,
    *,
    role: str,
    starts_on: date,
    ends_on: date,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Delegation:
    """The delegation just made; it cannot begin in the past, since nothing can be dated back."""
    _check_delegation(session, principal, substitute, role)
    if starts_on < at.date() or ends_on < starts_on:
        raise ReviewFlowsError("代理的起止日期不对：不能早于今天，止日不能早于起日。")
    if not reason.strip():
        raise ReviewFlowsError("请写明代理的事由（--reason）。")
    made = Delegation(
        principal=principal,
        substitute=substitute,
        role=role,
        starts_on=starts_on,
        ends_on=ends_on,
        reason=reason.strip(),
        made_at=at,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        "delegation.made",
        actor=actor,
        at=at,
        subject=("delegation", str(made.id)),
        reason=made.reason,
        payload={
            "principal": principal,
            "substitute": substitute,
            "role": role,
            "starts_on": starts_on,
            "ends_on": ends_on,
        },
    )
    return made


def _check_delegation(session: Session, principal: str, substitute: str, role: str) -> None:
    giver, taker = persons.find(session, principal), persons.find(session, substitute)
    if giver.id == taker.id:
        raise ReviewFlowsError("不能代理自己。")
    if role not in giver.roles:
        known = Role(role).label if role in set(Role) else role
        raise ReviewFlowsError(f"{giver.name} 没有“{known}”这一角色，无从委托他人代理。")
    if not giver.active or not taker.active:
        raise ReviewFlowsError("委托人和代理人都须在岗。")


def end_delegation(session: Session, number: int, *, actor: Actor, at: datetime, reason: str) -> Delegation:
    """The delegation, which holds no longer from this instant."""
    found = session.get(Delegation, number)
    if found is None or found.ended_at is not None:
        raise NotFound("有效的代理", str(number))
    found.ended_at = at
    session.add(found)
    session.flush()
    audit.record(session, "delegation.ended", actor=actor, at=at, subject=("delegation", str(number)), reason=reason)
    return found


def delegations(
    session: Session, *, person: str | None = None, on: date | None = None, limit: int | None = None
) -> list[Delegation]:
    """Delegations that have not been ended, oldest first; of one person on either side, in force on one day."""
    wanted = select(Delegation).where(col(Delegation.ended_at).is_(None)).order_by(col(Delegation.id)).limit(limit)
    if person is not None:
        wanted = wanted.where((col(Delegation.principal) == person) | (col(Delegation.substitute) == person))
    if on is not None:
        wanted = wanted.where(col(Delegation.starts_on) <= on, col(Delegation.ends_on) >= on)
    return list(session.exec(wanted))


def principals_of(session: Session, substitute: str, *, role: str, on: date) -> list[Person]:
    """The people in office on whose behalf `substitute` may act in the role that day, earliest delegation first."""
    named = (
        made.principal for made in delegations(session, person=substitute, on=on) if _covers(made, substitute, role)
    )
    found = (persons.find(session, principal) for principal in named)
    return [principal for principal in found if principal.active and role in principal.roles]


def _covers(made: Delegation, substitute: str, role: str) -> bool:
    return made.substitute == substitute and made.role == role

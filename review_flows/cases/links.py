"""Cases that have to do with one another: a new decision adjusts an old one, and both show it.

A link is one row, seen from both ends. It is made once and never undone; what has become of it is the state of the two
cases.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, or_, select

from review_flows.cases.case import Case
from review_flows.errors import ProcedureError
from review_flows.records.audit import Actor, record
from review_flows.records.database import Instant

ADJUSTS = "adjusts"


class CaseLink(SQLModel, table=True):
    """`case` stands in `relation` to `other`: it adjusts it."""

    __tablename__ = "case_links"
    __table_args__ = (UniqueConstraint("case", "other", "relation"),)

    id: int | None = Field(default=None, primary_key=True)
    case: str = Field(foreign_key="cases.number", index=True)
    other: str = Field(foreign_key="cases.number", index=True)
    relation: str
    reason: str
    made_at: datetime = Field(sa_type=Instant)


def link(
    session: Session, case: Case, other: Case, relation: str, *, reason: str, actor: Actor, now: datetime
) -> CaseLink:
    """Link two cases, with an event in the trail of each; ProcedureError where they are linked already."""
    if case.number == other.number:
        raise ProcedureError(case.number, "", "事项不能与自身关联。")
    if any(row.other == other.number and row.relation == relation for row in _rows(session, case.number)):
        raise ProcedureError(case.number, "", f"与 {other.number} 已经关联，不必重复。")
    made = CaseLink(case=case.number, other=other.number, relation=relation, reason=reason, made_at=now)
    session.add(made)
    for number, far in ((case.number, other.number), (other.number, case.number)):
        record(
            session, "case.linked", actor=actor, at=now, case=number, subject=("case", far), reason=reason,
            payload={"relation": relation, "from": case.number, "to": other.number},
        )  # fmt: skip
    session.flush()
    return made


def links_of(session: Session, case: str) -> Iterator[tuple[CaseLink, bool]]:
    """The links of a case, oldest first, each with whether it is seen from its own end."""
    return ((row, row.case == case) for row in _rows(session, case))


def adjusted_by(session: Session, case: str) -> Case | None:
    """The newest case that adjusts this one."""
    rows = [row for row, is_own in links_of(session, case) if not is_own and row.relation == ADJUSTS]
    return session.get(Case, rows[-1].case) if rows else None


def _rows(session: Session, case: str) -> list[CaseLink]:
    query = select(CaseLink).where(or_(col(CaseLink.case) == case, col(CaseLink.other) == case))
    return list(session.exec(query.order_by(col(CaseLink.id))))

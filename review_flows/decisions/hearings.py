"""Hearings (听证会) as they stand in the record: the hearing, who registered, what was said, what still lacks.

How they come there: `hearing_acts` (announced, materials delivered, recorded, confirmed) and `hearing_people`
(registered, drawn, published). Papers: `hearing_papers`.
"""

from datetime import date, datetime

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from review_flows.cases.case import CaseFinding
from review_flows.cases.standing import find_case, latest_records
from review_flows.errors import NotFound, ProcedureError
from review_flows.records.audit import Actor, record
from review_flows.records.database import Instant

FACT = "hearing"
PARTS = ("presentation", "statement", "question", "answer", "debate")
ALL, LOT = "all", "lot"  # how participants were chosen, besides by name with a reason
SIGNED, REFUSED = "signed", "refused"


class Hearing(SQLModel, table=True):
    """One hearing of a case. `seats`: category → how many; `replaced_by`: the number of the one it was put off to."""

    __tablename__ = "hearings"
    __table_args__ = (UniqueConstraint("case", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    case: str = Field(foreign_key="cases.number", index=True)
    step: str
    round: int
    number: int
    held_on: date
    at: str = ""
    place: str
    seats: dict[str, int] = Field(sa_type=JSON)
    selection: str
    register_how: str
    register_until: date
    contact: str
    replaces_reason: str = ""
    replaced_by: int | None = None
    cancelled_reason: str | None = None
    announced_on: date
    latest_delivery_on: date | None = None
    delivery_rule: str | None = None
    candidates: dict[str, list[int]] = Field(default_factory=dict, sa_type=JSON)  # category → who is drawn from
    lots: dict[str, int] = Field(default_factory=dict, sa_type=JSON)  # category → how many are drawn
    seed_sha256: str | None = None
    seed: str | None = None
    list_published_on: date | None = None
    host: str = ""
    recorder: str = ""
    presenter: str = ""
    closed_reason: str = ""  # why it was not held in public; empty where it was
    recorded_at: datetime | None = Field(default=None, sa_type=Instant)


class HearingParticipant(SQLModel, table=True):
    """One who registered. `selected_by`: all, lot, or the reason for taking them by name."""

    __tablename__ = "hearing_participants"
    __table_args__ = (UniqueConstraint("hearing", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    hearing: int = Field(foreign_key="hearings.id", index=True)
    number: int
    name: str
    unit: str = ""
    category: str
    phone: str = ""
    selected_by: str | None = None
    delivered_on: date | None = None
    attended: bool | None = None
    confirmed: str | None = None  # signed | refused
    note: str = ""
    confirmed_on: date | None = None

    @property
    def is_selected(self) -> bool:
        """Whether they take part."""
        return self.selected_by is not None


class HearingStatement(SQLModel, table=True):
    """What was said, in order."""

    __tablename__ = "hearing_statements"
    __table_args__ = (UniqueConstraint("hearing", "ordinal"),)

    id: int | None = Field(default=None, primary_key=True)
    hearing: int = Field(foreign_key="hearings.id", index=True)
    ordinal: int
    part: str
    speaker: str
    words: str


def lacks(session: Session, hearing: Hearing) -> list[str]:
    """What a hearing still lacks before the step may end; empty where it is complete."""
    if hearing.recorded_at is None:
        if hearing.list_published_on is None:
            return ["参加人名单没有公布", "听证会没有举行"]
        return [f"听证会（{hearing.held_on.isoformat()}）的记录没有登记"]
    waiting = [p.name for p in participants_of(session, hearing) if p.attended and p.confirmed is None]
    return [f"{'、'.join(waiting[:10])}没有确认听证记录"] if waiting else []


def hearings_of(session: Session, case: str) -> list[Hearing]:
    """The hearings of a case in the order they were announced."""
    return list(session.exec(select(Hearing).where(Hearing.case == case).order_by(col(Hearing.number))))


def current(session: Session, case: str) -> Hearing | None:
    """The hearing that stands: the newest that was not cancelled."""
    return next((hearing for hearing in reversed(hearings_of(session, case)) if not hearing.cancelled_reason), None)


def find_hearing(session: Session, case: str) -> Hearing:
    """The hearing that stands; NotFound where none was announced."""
    find_case(session, case)
    found = current(session, case)
    if found is None:
        raise NotFound(f"{case} 的", "听证会")
    return found


def participants_of(session: Session, hearing: Hearing) -> list[HearingParticipant]:
    """All who registered, in order."""
    query = select(HearingParticipant).where(HearingParticipant.hearing == hearing.id)
    return list(session.exec(query.order_by(col(HearingParticipant.number))))


def statements_of(session: Session, hearing: Hearing) -> list[HearingStatement]:
    """What was said, in order."""
    query = select(HearingStatement).where(HearingStatement.hearing == hearing.id)
    return list(session.exec(query.order_by(col(HearingStatement.ordinal))))


def participant(session: Session, hearing: Hearing, number: int) -> HearingParticipant:
    found = next((p for p in participants_of(session, hearing) if p.number == number), None)
    if found is None:
        raise NotFound("听证报名人", str(number))
    return found


def note_finding(session: Session, hearing: Hearing, kind: str, rule: str | None, reason: str, at: datetime) -> None:
    session.add(
        CaseFinding(
            case=hearing.case, kind=kind, step=hearing.step, round=hearing.round, rule=rule, reason=reason, found_at=at
        )
    )


def note_event(session: Session, event: str, hearing: Hearing, actor: Actor, at: datetime, **details: object) -> None:
    record(
        session, event, actor=actor, at=at, case=hearing.case, step=hearing.step, round=hearing.round,
        subject=("hearing", str(hearing.number)), **details,  # type: ignore[arg-type]
    )  # fmt: skip


def open_hearing(session: Session, case: str) -> Hearing:
    """The hearing that stands and may still be worked on; ProcedureError where its step is over."""
    hearing = find_hearing(session, case)
    row = latest_records(session, case).get(hearing.step)
    if row is None or row.state == "done":
        raise ProcedureError(case, hearing.step, "公众参与环节已经办结，听证会的记录不能再改。")
    return hearing

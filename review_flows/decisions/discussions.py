"""The record of a discussion: kept as it was told, corrected by further entries, signed by host and recorder.

Nothing here is ever changed: the tables are append-only. A record counts as signed only when its host and its recorder
have each confirmed it as it stands, with a code of their own; a correction made later asks them again.
"""

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, Session, SQLModel, col, select

from review_flows.cases.advance import office_day
from review_flows.cases.case import Case
from review_flows.cases.standing import find_case
from review_flows.decisions.meeting import Meeting, bare_name, find_meeting, secretary
from review_flows.errors import NotFound, ReviewFlowsError, SignOffError
from review_flows.law.catalogs import Catalogs
from review_flows.people.person import Person
from review_flows.records.audit import Actor, record
from review_flows.records.canonical import canonical, plain
from review_flows.records.database import Instant

SIGNERS = {"host": "主持人", "recorder": "记录人"}
STEP = "collective_discussion"


class Discussion(SQLModel, table=True):
    """One discussion of one case as it was recorded. `result` is empty where only the plain conclusion was told.

    `told`: who, where, every statement in order, in keys. `on_paper`: nothing was told, the record came as a paper.
    """

    __tablename__ = "discussions"
    __table_args__ = {"info": {"guard": "append_only"}}

    id: int | None = Field(default=None, primary_key=True)
    wait: int = Field(foreign_key="waits.id", unique=True)
    case: str = Field(foreign_key="cases.number", index=True)
    round: int
    meeting: int | None = Field(default=None, foreign_key="meetings.id", index=True)
    item: int | None = Field(default=None, foreign_key="agenda_items.id")
    result: str | None = None
    conclusion: str
    reason: str = ""
    held_on: date
    draft_sha256: str | None = None
    told: dict[str, Any] = Field(sa_type=JSON)
    on_paper: bool = False
    sha256: str = ""  # of all of the above
    recorded_by: str
    recorded_at: datetime = Field(sa_type=Instant)

    def identity(self) -> str:
        """The hash of what the record says."""
        names = ("case", "round", "result", "conclusion", "reason", "held_on", "draft_sha256", "told")
        return sha256(canonical(plain({name: getattr(self, name) for name in names}))).hexdigest()


class DiscussionCorrection(SQLModel, table=True):
    """补正: a further entry to a record, which stays as it was."""

    __tablename__ = "discussion_corrections"
    __table_args__ = {"info": {"guard": "append_only"}}

    id: int | None = Field(default=None, primary_key=True)
    discussion: int = Field(foreign_key="discussions.id", index=True)
    text: str
    reason: str
    person: str
    person_name: str
    written_at: datetime = Field(sa_type=Instant)


class DiscussionConfirmation(SQLModel, table=True):
    """The host or the recorder confirmed a record; `sha256` is that of the record with its corrections at that time."""

    __tablename__ = "discussion_confirmations"
    __table_args__ = {"info": {"guard": "append_only"}}

    id: int | None = Field(default=None, primary_key=True)
    discussion: int = Field(foreign_key="discussions.id", index=True)
    signs_as: str  # host | recorder
    person: str
    person_name: str
    sha256: str
    confirmed_at: datetime = Field(sa_type=Instant)


# --- reading ---------------------------------------------------------------------------------------------------------


def discussion_of(session: Session, case: str, round: int) -> Discussion | None:
    """The discussion of a round; where several recorded one, the last."""
    query = select(Discussion).where(Discussion.case == case, Discussion.round == round)
    return session.exec(query.order_by(col(Discussion.id).desc())).first()


def discussions_of(session: Session, meeting: Meeting) -> list[Discussion]:
    """What was discussed at a meeting, in the order in which it was recorded."""
    query = select(Discussion).where(Discussion.meeting == meeting.id).order_by(col(Discussion.id))
    return list(session.exec(query))


def corrections_of(session: Session, discussion: Discussion) -> list[DiscussionCorrection]:
    """The corrections of a record, oldest first."""
    query = select(DiscussionCorrection).where(DiscussionCorrection.discussion == discussion.id)
    return list(session.exec(query.order_by(col(DiscussionCorrection.id))))


def record_sha256(session: Session, discussion: Discussion) -> str:
    """The hash of a record with all its corrections: what a signature stands under."""
    corrections = [[one.text, one.reason] for one in corrections_of(session, discussion)]
    if not corrections:
        return discussion.sha256
    return sha256(canonical(plain({"record": discussion.sha256, "corrections": corrections}))).hexdigest()


def signatures_of(session: Session, discussion: Discussion) -> Mapping[str, DiscussionConfirmation]:
    """host and recorder → their confirmation of the record as it stands; one before a correction counts no longer."""
    query = select(DiscussionConfirmation).where(
        DiscussionConfirmation.discussion == discussion.id,
        DiscussionConfirmation.sha256 == record_sha256(session, discussion),
    )
    return {one.signs_as: one for one in session.exec(query.order_by(col(DiscussionConfirmation.id).desc()))}


def unsigned(session: Session, *, meeting: Meeting | None = None, limit: int = 500) -> list[Discussion]:
    """The records that host and recorder have not both confirmed, oldest first; of one meeting, or all."""
    query = select(Discussion).where(col(Discussion.on_paper).is_(False)).order_by(col(Discussion.id))
    if meeting is not None:
        query = query.where(Discussion.meeting == meeting.id)
    found = [one for one in session.exec(query) if set(signatures_of(session, one)) != set(SIGNERS)]
    return found[:limit]


def newest(session: Session, case: str) -> Discussion:
    """The latest recorded discussion of a case; NotFound where there is none."""
    query = select(Discussion).where(Discussion.case == case).order_by(col(Discussion.id).desc())
    found = session.exec(query).first()
    if found is None:
        raise NotFound("集体讨论记录，案号", case)
    return found


# --- correcting and confirming ---------------------------------------------------------------------------------------


def correct(
    session: Session, catalogs: Catalogs, case_number: str, person: Person, *, text: str, reason: str, now: datetime
) -> DiscussionCorrection:
    """A correction of the newest record of a case: a further entry; nothing that stands there is taken away."""
    case = find_case(session, case_number)
    found = newest(session, case.number)
    actor = secretary(session, _organ(session, catalogs, case, found), person, office_day(now))
    if found.on_paper:
        raise ReviewFlowsError(f"{case.number} 的讨论记录是纸质送来的，补正请以 submit --case 另送材料。")
    if not text.strip() or not reason.strip():
        raise ReviewFlowsError("补正须写明内容（--text）和理由（--reason）；原记录不删改。")
    written = DiscussionCorrection(
        discussion=found.id or 0, text=text.strip(), reason=reason.strip(), person=person.id, person_name=person.name,
        written_at=now,
    )  # fmt: skip
    session.add(written)
    session.flush()
    _event(session, "discussion.corrected", found, actor, now, reason=reason, payload={"text": written.text})
    return written


def confirm_meeting(
    session: Session, catalogs: Catalogs, name: str, person: Person, *, signs_as: str | None, now: datetime
) -> list[DiscussionConfirmation]:
    """Confirm all records of a meeting that the person has still to confirm."""
    meeting = find_meeting(session, name)
    records = [one for one in discussions_of(session, meeting) if not one.on_paper]
    if not records:
        raise ReviewFlowsError(f"{meeting.name}还没有讨论记录可以确认。")
    made = [confirm(session, catalogs, one, person, signs_as=signs_as, now=now) for one in records]
    return [one for one in made if one is not None]


def confirm(
    session: Session, catalogs: Catalogs, found: Discussion, person: Person, *, signs_as: str | None, now: datetime
) -> DiscussionConfirmation | None:
    """Confirm one record as its host or its recorder; None where the person has confirmed it as it stands before.

    Who the host and the recorder are stands in the record; people made for trying out may stand in for either.
    """
    case = find_case(session, found.case)
    role = _signing_role(session, catalogs, case, found, person, signs_as)
    there = signatures_of(session, found)
    if role in there and there[role].person == person.id:
        return None
    if any(one.person == person.id for one in there.values()):
        raise SignOffError(f"{person.name}已经以另一身份确认了这份记录：主持人和记录人须各自确认。")
    made = DiscussionConfirmation(
        discussion=found.id or 0, signs_as=role, person=person.id, person_name=person.name,
        sha256=record_sha256(session, found), confirmed_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    actor = Actor(person.id, person.roles[0] if person.roles else None, person.unit)
    _event(session, "discussion.confirmed", found, actor, now, payload={"signs_as": role, "sha256": made.sha256})
    return made


def _signing_role(
    session: Session, catalogs: Catalogs, case: Case, found: Discussion, person: Person, signs_as: str | None
) -> str:
    if found.on_paper:
        raise SignOffError(f"{case.number} 的讨论记录是纸质送来的，签名在纸质件上。")
    names = {role: bare_name(found.told.get(role) or "") for role in SIGNERS}
    mine = [role for role, name in names.items() if name and (name == person.name or person.is_test)]
    wanted = [role for role in mine if signs_as in (None, role)]
    if len(wanted) == 1 and person.acts_for(_organ(session, catalogs, case, found)):
        return wanted[0]
    if len(wanted) > 1:
        raise SignOffError("请写明以主持人还是记录人的身份确认（--sign-as host 或 recorder）。")
    known = "、".join(f"{SIGNERS[role]}{name or '（未载明）'}" for role, name in names.items())
    raise SignOffError(f"{case.number} 的讨论记录由{known}确认，{person.name}不能确认。")


def _organ(session: Session, catalogs: Catalogs, case: Case, found: Discussion) -> str:
    """The organ whose meeting it was."""
    meeting = session.get(Meeting, found.meeting) if found.meeting else None
    return meeting.organ if meeting else catalogs.organs.get(case.issuing_organ).id


def _event(
    session: Session, event: str, found: Discussion, actor: Actor, now: datetime, *, payload: Mapping[str, Any],
    reason: str | None = None,
) -> None:  # fmt: skip
    record(
        session, event, actor=actor, at=now, case=found.case, step=STEP, round=found.round,
        subject=("discussion", str(found.id)), payload=payload, reason=reason,
    )  # fmt: skip

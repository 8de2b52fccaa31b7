"""Meetings that decide (常务会议, 办公会议, 负责人集体讨论 …): called, changed, held, cancelled; their agenda as rows.

In: what the secretary says, with the person who says it. Out: rows and events in one transaction. Which kinds of
meeting an organ may decide in is data (`Rule.meetings`); what may come before a meeting stands in `agenda.py`, what was
said there in `discussion.py`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from review_flows.cases.advance import office_day
from review_flows.errors import NotFound, ReviewFlowsError
from review_flows.law.catalogs import Catalogs
from review_flows.law.organs import Organ
from review_flows.people.person import Person
from review_flows.people.standing import standing
from review_flows.records.audit import Actor, record
from review_flows.records.database import Instant

SECRETARY = "meeting_secretary"
CHANGEABLE = ("held_on", "time", "place", "host", "recorder", "due")
_REASON = re.compile(r"^[^（(]+[（(].+[）)]$")  # 李四（因公出差）


class Meeting(SQLModel, table=True):
    """One meeting of an organ. `number` counts per organ, kind and year; `name` is what papers call it."""

    __tablename__ = "meetings"
    __table_args__ = (UniqueConstraint("organ", "kind", "year", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    organ: str = Field(index=True)
    kind: str
    year: int = Field(index=True)
    number: int | None = None
    name: str
    held_on: date = Field(index=True)
    time: str = ""
    place: str = ""
    host: str = ""
    recorder: str = ""
    due: int | None = None  # 应到: the members who ought to come
    state: str = "called"  # called | held | cancelled
    attendees: list[str] = Field(default_factory=list, sa_type=JSON)
    absentees: list[str] = Field(default_factory=list, sa_type=JSON)
    observers: list[str] = Field(default_factory=list, sa_type=JSON)
    called_at: datetime = Field(sa_type=Instant)

    @property
    def label(self) -> str:
        """How it stands in a list of choices."""
        return f"{self.name}（{self.held_on.isoformat()}）"


class AgendaItem(SQLModel, table=True):
    """A case on the agenda of a meeting, with the version of its draft that was put there; kept when taken off."""

    __tablename__ = "agenda_items"

    id: int | None = Field(default=None, primary_key=True)
    meeting: int = Field(foreign_key="meetings.id", index=True)
    ordinal: int
    case: str = Field(foreign_key="cases.number", index=True)
    presenter: str = ""
    state: str = "on"  # on | discussed | taken_off
    reason: str | None = None
    draft_sha256: str | None = None
    put_at: datetime = Field(sa_type=Instant)


# --- finding ---------------------------------------------------------------------------------------------------------


def find_meeting(session: Session, name: str) -> Meeting:
    """A meeting by its id, or by its name where only one bears it; NotFound where there is none."""
    wanted = name.strip()
    if wanted.isdecimal() and (found := session.get(Meeting, int(wanted))):
        return found
    named = list(session.exec(select(Meeting).where(Meeting.name == wanted).order_by(col(Meeting.id))))
    if len(named) > 1:
        raise ReviewFlowsError(
            f"叫“{wanted}”的会议有 {len(named)} 次，请用编号：{'、'.join(f'{m.id}（{m.held_on}）' for m in named)}。"
        )
    if not named:
        raise NotFound("会议", wanted)
    return named[0]


def meetings(session: Session, *, organ: str | None = None, year: int | None = None, limit: int = 200) -> list[Meeting]:
    """The meetings, the latest first."""
    query = select(Meeting).order_by(col(Meeting.held_on).desc(), col(Meeting.id).desc()).limit(limit)
    if organ is not None:
        query = query.where(Meeting.organ == organ)
    if year is not None:
        query = query.where(Meeting.year == year)
    return list(session.exec(query))


def items_of(session: Session, meeting: Meeting, *states: str) -> list[AgendaItem]:
    """The items of a meeting in their order (only those in these states)."""
    query = select(AgendaItem).where(AgendaItem.meeting == meeting.id)
    if states:
        query = query.where(col(AgendaItem.state).in_(states))
    return list(session.exec(query.order_by(col(AgendaItem.ordinal), col(AgendaItem.id))))


def awaiting(session: Session, case: str) -> list[tuple[Meeting, AgendaItem]]:
    """The meetings on whose agenda a case stands undiscussed, the earliest first."""
    query = (
        select(Meeting, AgendaItem)
        .where(AgendaItem.meeting == Meeting.id, AgendaItem.case == case, AgendaItem.state == "on")
        .where(Meeting.state != "cancelled")
        .order_by(col(Meeting.held_on), col(AgendaItem.id))
    )
    return list(session.exec(query))


# --- who may, and which kinds ----------------------------------------------------------------------------------------


def secretary(session: Session, organ: str, person: Person, today: date) -> Actor:
    """The person as the organ's meeting secretary, or their substitute; SignOffError where they are neither."""
    return standing(session, person.id, role=SECRETARY, unit=organ, on=today)


def kinds_for(catalogs: Catalogs, level: str, on: date) -> tuple[str, ...]:
    """The kinds of meeting that the rules in force give an organ of a level, in the order of the rules."""
    rules = (catalogs.rules[rule] for rule in catalogs.meetings.decided_in)
    named = (kind for rule in rules if rule.version_on(on) for kind in rule.meetings.get(level, ()))
    return tuple(dict.fromkeys(named))


# --- the acts --------------------------------------------------------------------------------------------------------


def call(
    session: Session, catalogs: Catalogs, person: Person, *, organ: str, kind: str, number: int | None, held_on: date,
    now: datetime, time: str = "", place: str = "", host: str = "", recorder: str = "", due: int | None = None,
) -> Meeting:  # fmt: skip
    """A meeting called; refused where the organ decides in no such kind of meeting, or the number was given before."""
    found = catalogs.organs.get(organ)
    actor = secretary(session, found.id, person, office_day(now))
    known = kinds_for(catalogs, found.level, held_on)
    if kind not in known:
        raise ReviewFlowsError(f"{found.name}的会议种类没有“{kind}”；按现行规则可以是：{'、'.join(known)}。")
    _check_number(session, found, kind, number, held_on.year)
    _check_people(host, recorder, due)
    meeting = Meeting(
        organ=found.id, kind=kind, year=held_on.year, number=number, name=_name(found, kind, number, held_on),
        held_on=held_on, time=time, place=place, host=host, recorder=recorder, due=due, called_at=now,
    )  # fmt: skip
    session.add(meeting)
    session.flush()
    _event(session, "meeting.called", meeting, actor, now, {"name": meeting.name, "held_on": held_on.isoformat()})
    return meeting


def _name(organ: Organ, kind: str, number: int | None, held_on: date) -> str:
    """婺城区人民政府第12次常务会议; one without a number is known by its day."""
    if number is None:
        return f"{organ.name}{held_on.year}年{held_on.month}月{held_on.day}日{kind}"
    return f"{organ.name}第{number}次{kind}"


def _check_number(session: Session, organ: Organ, kind: str, number: int | None, year: int) -> None:
    query = select(Meeting).where(Meeting.organ == organ.id, Meeting.kind == kind, Meeting.year == year)
    if number is not None and any(one.number == number for one in session.exec(query)):
        raise ReviewFlowsError(f"{organ.name}{year}年已有第{number}次{kind}，请核对次数。")


def _check_people(host: str, recorder: str, due: int | None) -> None:
    if host and host == recorder:
        raise ReviewFlowsError("主持人和记录人须是两个人：记录由双方各自确认。")
    if due is not None and due < 1:
        raise ReviewFlowsError("应到人数至少为 1。")


def change(
    session: Session, catalogs: Catalogs, name: str, person: Person, *, changes: Mapping[str, Any], reason: str,
    now: datetime,
) -> Meeting:  # fmt: skip
    """The arrangements of a meeting that was not held yet, changed with a reason; before and after are in the trail."""
    meeting, actor = _open_meeting(session, name, person, now)
    if not reason.strip() or not changes:
        raise ReviewFlowsError("变更会议安排须写明改什么、为什么（--reason）。")
    before = {key: _plain(getattr(meeting, key)) for key in changes}
    for key, value in changes.items():
        assert key in CHANGEABLE, key
        setattr(meeting, key, value)
    _check_people(meeting.host, meeting.recorder, meeting.due)
    if meeting.held_on.year != meeting.year:
        raise ReviewFlowsError("改期跨了年度：请取消这次会议，另行召集，按新的年度编次。")
    organ = catalogs.organs.get(meeting.organ)
    meeting.name = _name(organ, meeting.kind, meeting.number, meeting.held_on)
    after = {key: _plain(value) for key, value in changes.items()}
    _event(session, "meeting.changed", meeting, actor, now, {"before": before, "after": after}, reason=reason)
    return meeting


def cancel(session: Session, name: str, person: Person, *, reason: str, now: datetime) -> Meeting:
    """A meeting that will not be held: its items come off, and may be put on another."""
    meeting, actor = _open_meeting(session, name, person, now)
    if not reason.strip():
        raise ReviewFlowsError("取消会议须写明理由（--reason）。")
    for item in items_of(session, meeting, "on"):
        remove(session, meeting, item, actor, reason=f"会议取消：{reason}", now=now)
    meeting.state = "cancelled"
    _event(session, "meeting.cancelled", meeting, actor, now, reason=reason)
    return meeting


def hold(
    session: Session, name: str, person: Person, *, attendees: Sequence[str], absentees: Sequence[str],
    observers: Sequence[str], now: datetime, due: int | None = None,
) -> Meeting:  # fmt: skip
    """Who came to a meeting, who did not and why, who sat in; once, on its day or later."""
    meeting, actor = _open_meeting(session, name, person, now)
    if meeting.held_on > office_day(now):
        raise ReviewFlowsError(f"{meeting.name}定于 {meeting.held_on.isoformat()}，还没有召开，不能登记到会情况。")
    meeting.due = due if due is not None else meeting.due or len(attendees) + len(absentees)
    for fault in attendance_faults(attendees, absentees, meeting.due):
        raise ReviewFlowsError(fault)
    meeting.attendees, meeting.absentees = list(attendees), list(absentees)
    meeting.observers, meeting.state = list(observers), "held"
    told = {"due": meeting.due, "present": len(attendees), "absent": len(absentees), "observers": len(observers)}
    _event(session, "meeting.held", meeting, actor, now, told)
    return meeting


def attendance_faults(attendees: Sequence[str], absentees: Sequence[str], due: int | None) -> Iterable[str]:
    """What contradicts itself in an attendance, or leaves out why a member did not come."""
    if not attendees:
        yield "请写明出席人员（--attendee，每人一个）。"
    names = [bare_name(name) for name in (*attendees, *absentees)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        yield f"出席、缺席人员有重复：{'、'.join(twice)}。"
    if missing := [name for name in absentees if not _REASON.match(name)]:
        yield f"缺席人员须写明原因，如“李四（因公出差）”：{'、'.join(missing)}。"
    if due is not None and due != len(attendees) + len(absentees):
        yield f"应到{due}人，与出席{len(attendees)}人、缺席{len(absentees)}人不符，请核对。"


def bare_name(text: str) -> str:
    """A person's name without post or reason.

    >>> bare_name("李四（因公出差）")
    '李四'
    """
    return re.split(r"[（(]", text, maxsplit=1)[0].strip()


def remove(
    session: Session, meeting: Meeting, item: AgendaItem, actor: Actor, *, reason: str, now: datetime
) -> None:  # fmt: skip
    """An item comes off the agenda; the row stays, with the reason."""
    item.state, item.reason = "taken_off", reason
    record(
        session, "agenda.taken_off", actor=actor, at=now, case=item.case, step="collective_discussion",
        subject=("meeting", str(meeting.id)), reason=reason,
    )  # fmt: skip


def _open_meeting(session: Session, name: str, person: Person, now: datetime) -> tuple[Meeting, Actor]:
    meeting = find_meeting(session, name)
    actor = secretary(session, meeting.organ, person, office_day(now))
    if meeting.state != "called":
        word = "已经召开并登记了到会情况" if meeting.state == "held" else "已经取消"
        raise ReviewFlowsError(f"{meeting.name}{word}，不能再变动；讨论记录有误的，用 meetings correct 补正。")
    return meeting, actor


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _event(
    session: Session, event: str, meeting: Meeting, actor: Actor, now: datetime,
    payload: Mapping[str, Any] | None = None, reason: str | None = None,
) -> None:  # fmt: skip
    happened_on = meeting.held_on if meeting.held_on < office_day(now) else None
    record(
        session, event, actor=actor, at=now, subject=("meeting", str(meeting.id)), payload=payload, reason=reason,
        happened_on=happened_on,
    )  # fmt: skip

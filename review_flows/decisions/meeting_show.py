"""A meeting as others see it: the JSON of `meetings show`, `list`, `agenda`, `ready` (docs/formats.md). Reads only."""

from datetime import datetime
from typing import Any

from sqlmodel import Session
from typing_extensions import TypedDict

from review_flows.cases.case import Case
from review_flows.cases.standing import unit_name
from review_flows.decisions.agenda import Lack, Standing, candidates, standings
from review_flows.decisions.discussions import (
    SIGNERS,
    Discussion,
    corrections_of,
    discussions_of,
    record_sha256,
    signatures_of,
    unsigned,
)
from review_flows.decisions.meeting import Meeting, find_meeting, items_of, meetings
from review_flows.law.catalogs import Catalogs
from review_flows.records.database import CHINA


class MeetingHeadJson(TypedDict):
    """A meeting as `meetings list` shows it; `meeting` is the number by which commands know it."""

    meeting: int
    name: str
    organ: str
    kind: str
    number: int | None
    held_on: str
    time: str
    place: str
    host: str
    recorder: str
    state: str
    items: int
    unsigned: int


class LackJson(TypedDict):
    """One thing that keeps a case from being discussed, with the rule that asks for it."""

    reason: str
    rule: str
    citation: str


class ReadyJson(TypedDict):
    """A case that has its discussion before it: ready, or with everything that lacks."""

    case: str
    kind: str
    title: str
    ready: bool
    lacks: list[LackJson]


class AgendaItemJson(ReadyJson):
    """A case on an agenda; `draft_sha256` is the version that was put there."""

    ordinal: int
    presenter: str
    state: str
    draft_sha256: str | None


class TakenOffJson(TypedDict):
    """A case that came off the agenda undiscussed, and why."""

    case: str
    reason: str | None
    put_at: str


class CorrectionJson(TypedDict):
    """A further entry to a record."""

    text: str
    reason: str
    person: str
    written_at: str


class ConfirmationJson(TypedDict):
    """Who confirmed a record, and when."""

    person: str
    name: str
    confirmed_at: str


class RecordJson(TypedDict):
    """The record of one discussion; `signed` only when host and recorder have both confirmed it as it stands."""

    case: str
    round: int
    held_on: str
    conclusion: str
    result: str | None
    reason: str
    draft_sha256: str | None
    on_paper: bool
    told: dict[str, Any]
    sha256: str
    recorded_by: str
    recorded_at: str
    corrections: list[CorrectionJson]
    confirmed: dict[str, ConfirmationJson]
    signed: bool


class MeetingJson(MeetingHeadJson):
    """A meeting as `meetings show` shows it."""

    due: int | None
    attendees: list[str]
    absentees: list[str]
    observers: list[str]
    agenda: list[AgendaItemJson]
    taken_off: list[TakenOffJson]
    records: list[RecordJson]


def head(session: Session, catalogs: Catalogs, meeting: Meeting) -> MeetingHeadJson:
    """A meeting as `meetings list` shows it."""
    return {
        "meeting": meeting.id or 0,
        "name": meeting.name,
        "organ": unit_name(catalogs, meeting.organ),
        "kind": meeting.kind,
        "number": meeting.number,
        "held_on": meeting.held_on.isoformat(),
        "time": meeting.time,
        "place": meeting.place,
        "host": meeting.host,
        "recorder": meeting.recorder,
        "state": meeting.state,
        "items": len(items_of(session, meeting, "on", "discussed")),
        "unsigned": len(unsigned(session, meeting=meeting)),
    }


def list_meetings(
    session: Session, catalogs: Catalogs, *, organ: str | None, year: int | None, limit: int
) -> list[MeetingHeadJson]:
    """The meetings, the latest first."""
    found = meetings(session, organ=organ, year=year, limit=limit)
    return [head(session, catalogs, meeting) for meeting in found]


def agenda(session: Session, catalogs: Catalogs, meeting: Meeting, now: datetime) -> list[AgendaItemJson]:
    """The items of a meeting in order, with what stands against each now."""
    return [_item(one) for one in standings(session, catalogs, meeting, now)]


def _item(one: Standing) -> AgendaItemJson:
    return {
        "ordinal": one.item.ordinal,
        "case": one.case.number,
        "kind": one.case.kind,
        "title": one.case.title,
        "presenter": one.item.presenter,
        "state": one.item.state,
        "draft_sha256": one.item.draft_sha256,
        "ready": not one.lacks,
        "lacks": lacks_json(one.lacks),
    }


def lacks_json(lacks: tuple[Lack, ...]) -> list[LackJson]:
    """What lacks, each with its rule and citation."""
    return [{"reason": lack.reason, "rule": lack.rule, "citation": lack.citation} for lack in lacks]


def show(session: Session, catalogs: Catalogs, name: str, now: datetime) -> MeetingJson:
    """The JSON of `meetings show`: head, attendance, agenda, what was taken off, and the records."""
    meeting = find_meeting(session, name)
    return {
        **head(session, catalogs, meeting),
        "due": meeting.due,
        "attendees": meeting.attendees,
        "absentees": meeting.absentees,
        "observers": meeting.observers,
        "agenda": agenda(session, catalogs, meeting, now),
        "taken_off": [
            {"case": item.case, "reason": item.reason, "put_at": _instant(item.put_at)}
            for item in items_of(session, meeting, "taken_off")
        ],
        "records": [record_json(session, kept) for kept in discussions_of(session, meeting)],
    }


def record_json(session: Session, kept: Discussion) -> RecordJson:
    """One record with its corrections and confirmations; `signed` only when host and recorder have both confirmed."""
    signed = signatures_of(session, kept)
    return {
        "case": kept.case,
        "round": kept.round,
        "held_on": kept.held_on.isoformat(),
        "conclusion": kept.conclusion,
        "result": kept.result,
        "reason": kept.reason,
        "draft_sha256": kept.draft_sha256,
        "on_paper": kept.on_paper,
        "told": kept.told,
        "sha256": record_sha256(session, kept),
        "recorded_by": kept.recorded_by,
        "recorded_at": _instant(kept.recorded_at),
        "corrections": [
            {"text": one.text, "reason": one.reason, "person": one.person, "written_at": _instant(one.written_at)}
            for one in corrections_of(session, kept)
        ],
        "confirmed": {
            role: {"person": one.person, "name": one.person_name, "confirmed_at": _instant(one.confirmed_at)}
            for role, one in signed.items()
        },
        "signed": kept.on_paper or set(signed) == set(SIGNERS),
    }


def unsigned_records(session: Session, *, limit: int) -> list[RecordJson]:
    """The records that host and recorder have not both confirmed, oldest first: an inspector's list."""
    return [record_json(session, kept) for kept in unsigned(session, limit=limit)]


def ready_cases(session: Session, catalogs: Catalogs, organ: str, *, now: datetime, limit: int) -> list[ReadyJson]:
    """The cases of an organ that have their discussion before them, ready or not, with what lacks."""
    found = candidates(session, catalogs, organ, now=now, limit=limit)
    return [_candidate(case, lacks) for case, lacks in found]


def _candidate(case: Case, lacks: tuple[Lack, ...]) -> ReadyJson:
    return {
        "case": case.number,
        "kind": case.kind,
        "title": case.title,
        "ready": not lacks,
        "lacks": lacks_json(lacks),
    }


def _instant(at: datetime) -> str:
    return at.astimezone(CHINA).isoformat(timespec="seconds")

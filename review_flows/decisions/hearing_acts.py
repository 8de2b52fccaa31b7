"""What is done for a hearing: announced, its materials delivered, its course written down, its record confirmed.

Materials are delivered at least as long before as the law asks (713 art. 16: MD-10, counted back from the day); later
only with a reason, which stays a finding. It is held in public, and each participant signs the record or refuses with a
note (art. 17: MD-11). A hearing that is put off is announced anew with a reason.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlmodel import Session

from review_flows.cases.advance import office_day, set_dates
from review_flows.cases.case import Case
from review_flows.cases.standing import find_case
from review_flows.decisions.hearings import (
    FACT,
    REFUSED,
    SIGNED,
    Hearing,
    HearingParticipant,
    HearingStatement,
    current,
    hearings_of,
    note_event,
    note_finding,
    participant,
    participants_of,
)
from review_flows.decisions.participation import published_papers
from review_flows.decisions.participation_step import HEARING_ON, PUBLIC, cite, grounds, latest_delivery, open_row
from review_flows.errors import NotFound, ReviewFlowsError
from review_flows.law.catalogs import Catalogs
from review_flows.records.audit import Actor, record

LATE, CLOSED, CANCELLED = "hearing.materials_late", "hearing.closed", "hearing.cancelled"


@dataclass(frozen=True)
class HearingDraft:
    """What is announced."""

    held_on: date
    at: str
    place: str
    seats: Mapping[str, int]
    selection: str
    register_how: str
    register_until: date
    contact: str
    reason: str = ""  # why an earlier one is put off


@dataclass(frozen=True)
class Spoken:
    """One thing said."""

    part: str
    speaker: str
    words: str


@dataclass(frozen=True)
class Course:
    """How a hearing went. `absent`: the numbers of participants who did not come."""

    host: str
    recorder: str
    presenter: str
    statements: tuple[Spoken, ...]
    absent: frozenset[int] = frozenset()
    closed_reason: str = ""


# --- announcing -----------------------------------------------------------------------------------------------------


def announce(
    session: Session, catalogs: Catalogs, case_number: str, draft: HearingDraft, *, actor: Actor, at: datetime
) -> Hearing:
    """A hearing as announced; the fact that there is one is told, so that the rules on hearings bind."""
    case, today = find_case(session, case_number), office_day(at)
    row = open_row(session, catalogs, case)
    before = current(session, case.number)
    check_draft(session, catalogs, case, draft, before, today)
    _tell_fact(session, catalogs, case, True, actor, at)
    period = latest_delivery(session, catalogs, case, draft.held_on, today)
    number = len(hearings_of(session, case.number)) + 1
    made = Hearing(
        case=case.number, step=row.step, round=row.round, number=number, held_on=draft.held_on, at=draft.at,
        place=draft.place, seats=dict(draft.seats), selection=draft.selection, register_how=draft.register_how,
        register_until=draft.register_until, contact=draft.contact, replaces_reason=draft.reason if before else "",
        announced_on=today, latest_delivery_on=period.ends_on if period else None,
        delivery_rule=period.rule if period else None,
    )  # fmt: skip
    session.add(made)
    if before:
        before.replaced_by = number
    set_dates(session, catalogs, case, {HEARING_ON: draft.held_on}, today)
    session.flush()
    note_event(
        session, "hearing.announced", made, actor, at, reason=draft.reason or None,
        payload={"held_on": draft.held_on.isoformat(), "place": draft.place, "seats": dict(draft.seats),
                 "put_off": before.held_on.isoformat() if before else None},
    )  # fmt: skip
    return made


def check_draft(
    session: Session, catalogs: Catalogs, case: Case, draft: HearingDraft, before: Hearing | None, today: date
) -> None:
    """Raises where a hearing may not be announced so."""
    row = open_row(session, catalogs, case)
    published_papers(session, catalogs, case)
    texts = {
        "地点": draft.place,
        "遴选办法": draft.selection,
        "报名办法": draft.register_how,
        "联系方式": draft.contact,
    }
    if lacking := [name for name, text in texts.items() if not text.strip()]:
        raise ReviewFlowsError(f"听证公告没有写明{'、'.join(lacking)}，不能出具{cite(row.step, PUBLIC)}。")
    if not draft.seats or any(count < 1 for count in draft.seats.values()):
        raise ReviewFlowsError("请写明各类听证参加人的名额，如 --seats 利害关系人=6。")
    if draft.held_on <= today:
        raise ReviewFlowsError("听证会应当提前公告：举行日期须晚于今天。")
    if not today <= draft.register_until < draft.held_on:
        raise ReviewFlowsError("报名截止日应当在今天（含）以后、听证会之前，请核对。")
    if before and before.recorded_at is None and not draft.reason.strip():
        raise ReviewFlowsError(
            f"{case.number} 已公告于 {before.held_on.isoformat()} 举行听证会，改期须写明理由（--reason）。"
        )


def cancel(
    session: Session, catalogs: Catalogs, hearing: Hearing, *, reason: str, actor: Actor, at: datetime
) -> Hearing:
    """A hearing that will not be held after all: with a reason, before it is held; it stays a finding."""
    if hearing.recorded_at:
        raise ReviewFlowsError("听证会已经举行并登记记录，不能取消。")
    if not reason.strip():
        raise ReviewFlowsError("取消已经公告的听证会，须写明理由（--reason），并向社会公告。")
    hearing.cancelled_reason = reason.strip()
    note_finding(session, hearing, CANCELLED, None, hearing.cancelled_reason, at)
    note_event(session, "hearing.cancelled", hearing, actor, at, reason=reason)
    _tell_fact(session, catalogs, find_case(session, hearing.case), False, actor, at)
    return hearing


def _tell_fact(session: Session, catalogs: Catalogs, case: Case, is_held: bool, actor: Actor, at: datetime) -> None:
    """Announcing or cancelling a hearing answers the fact 举行听证会, where the kind of case knows it."""
    if case.kind not in catalogs.facts[FACT].asked_of or case.facts.get(FACT) is is_held:
        return
    before = {FACT: case.facts.get(FACT)}
    case.facts = case.facts | {FACT: is_held}
    after = {FACT: is_held}
    record(
        session, "facts.changed", actor=actor, at=at, case=case.number, payload={"before": before, "after": after}
    )  # fmt: skip


# --- before, on and after the day -----------------------------------------------------------------------------------


def deliver(
    session: Session, hearing: Hearing, *, on: date, reason: str = "", numbers: Collection[int] = (), actor: Actor,
    at: datetime,
) -> int:  # fmt: skip
    """Materials delivered to participants (all by default) on a day; later than the law allows only with a reason."""
    people = [p for p in participants_of(session, hearing) if p.is_selected]
    if hearing.list_published_on is None:
        raise ReviewFlowsError("听证参加人名单还没有公布，不能登记送达。")
    if missing := sorted(set(numbers) - {p.number for p in people}):
        raise NotFound("听证参加人", "、".join(map(str, missing)))
    if on > office_day(at):
        raise ReviewFlowsError("送达之后再登记，送达日不能晚于今天。")
    is_late = hearing.latest_delivery_on is not None and on > hearing.latest_delivery_on
    if is_late and not reason.strip():
        assert hearing.latest_delivery_on is not None
        raise ReviewFlowsError(
            f"听证会材料最迟应于 {hearing.latest_delivery_on.isoformat()} 送达（{hearing.delivery_rule}），"
            f"{on.isoformat()} 送达太迟：请改期举行，或者用 --reason 写明理由（作为发现项留存）。"
        )
    served = [p for p in people if not numbers or p.number in numbers]
    for person in served:
        person.delivered_on = on
    if is_late:
        note_finding(session, hearing, LATE, hearing.delivery_rule, reason, at)
    note_event(
        session, "hearing.materials_delivered", hearing, actor, at, reason=reason or None,
        rules=[hearing.delivery_rule] if hearing.delivery_rule else (),
        payload={"delivered_on": on.isoformat(), "participants": [p.number for p in served], "late": is_late},
        happened_on=on if on < office_day(at) else None,
    )  # fmt: skip
    return len(served)


def write_record(session: Session, hearing: Hearing, course: Course, *, actor: Actor, at: datetime) -> Hearing:
    """What was said at the hearing and who was there; once, to be confirmed by each participant."""
    people = [p for p in participants_of(session, hearing) if p.is_selected]
    _check_course(hearing, course, people, office_day(at))
    hearing.host, hearing.recorder, hearing.presenter = course.host, course.recorder, course.presenter
    hearing.closed_reason, hearing.recorded_at = course.closed_reason.strip(), at
    for person in people:
        person.attended = person.number not in course.absent
    assert hearing.id is not None
    session.add_all(
        HearingStatement(hearing=hearing.id, ordinal=ordinal, **vars(said))
        for ordinal, said in enumerate(course.statements, 1)
    )
    if hearing.closed_reason:
        rule = next(iter(grounds(hearing.step, PUBLIC)), None)
        note_finding(session, hearing, CLOSED, rule, hearing.closed_reason, at)
    words = "\n".join(f"{said.part} {said.speaker} {said.words}" for said in course.statements)
    note_event(
        session, "hearing.recorded", hearing, actor, at, rules=grounds(hearing.step, PUBLIC),
        reason=hearing.closed_reason or None,
        payload={"statements": len(course.statements), "words_sha256": sha256(words.encode()).hexdigest(),
                 "absent": sorted(course.absent), "public": not hearing.closed_reason},
    )  # fmt: skip
    return hearing


def _check_course(hearing: Hearing, course: Course, people: Sequence[HearingParticipant], today: date) -> None:
    if hearing.recorded_at:
        raise ReviewFlowsError("听证记录已经登记；参加人要求补正的，在确认时写入说明。")
    if hearing.list_published_on is None:
        raise ReviewFlowsError(f"听证参加人名单没有在会前公布，不能登记听证记录{cite(hearing.step, PUBLIC)}。")
    if today < hearing.held_on:
        raise ReviewFlowsError(f"听证会定于 {hearing.held_on.isoformat()}，还没有举行。")
    if unserved := [p.name for p in people if p.delivered_on is None]:
        raise ReviewFlowsError(f"没有登记向{'、'.join(unserved[:10])}送达听证会材料{cite(hearing.step, PUBLIC)}。")
    if missing := sorted(course.absent - {p.number for p in people}):
        raise NotFound("听证参加人", "、".join(map(str, missing)))
    if course.absent >= {p.number for p in people}:
        raise ReviewFlowsError("听证参加人都没有到会，不成其为听证会；请改期举行。")
    if not all(text.strip() for text in (course.host, course.recorder, course.presenter)):
        raise ReviewFlowsError("听证记录须写明主持人、记录人和承办单位陈述人。")
    parts = [said.part for said in course.statements]
    if "presentation" not in parts or "statement" not in parts:
        raise ReviewFlowsError("听证记录须有承办单位的陈述和听证参加人的意见（先陈述，后发表意见、询问、辩论）。")
    if parts.index("presentation") > parts.index("statement"):
        raise ReviewFlowsError("听证会先由承办单位陈述，再由参加人发表意见；记录的次序不符，请核对。")


def confirm(
    session: Session, hearing: Hearing, number: int, *, refused: bool = False, note: str = "", on: date | None = None,
    actor: Actor, at: datetime,
) -> HearingParticipant:  # fmt: skip
    """A participant's confirmation of the record: signed, or refused with a note of why."""
    if hearing.recorded_at is None:
        raise ReviewFlowsError("还没有登记听证记录，不能确认。")
    person = participant(session, hearing, number)
    if not person.attended:
        raise ReviewFlowsError(f"{person.name}没有到会，不必确认听证记录。")
    if person.confirmed == SIGNED:
        raise ReviewFlowsError(f"{person.name}已经签字确认。")
    if refused and not note.strip():
        raise ReviewFlowsError(f"{person.name}拒绝签字的，须记明情况（--note）。")
    day = on or office_day(at)
    if not hearing.held_on <= day <= office_day(at):
        raise ReviewFlowsError("确认日应当在听证会当日或者以后，且不晚于今天。")
    person.confirmed, person.note, person.confirmed_on = REFUSED if refused else SIGNED, note.strip(), day
    note_event(
        session, "hearing.confirmed", hearing, actor, at, reason=person.note or None,
        rules=grounds(hearing.step, PUBLIC),
        payload={"participant": number, "confirmed": person.confirmed},
    )  # fmt: skip
    return person

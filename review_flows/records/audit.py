"""The audit trail: `record()` a fact with its event, read `entries()`, `erase()` personal data, `verify()` the whole.

`record()` is the only way in. It runs in the transaction of the fact it describes (a session of `database.writing`,
which holds the write lock), so that neither exists without the other. There is no update and no delete: a mistake is
corrected by a further entry. Events are dotted and past: `case.opened`, `sign_off.given`.
"""

import secrets
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, or_, select, update
from sqlmodel import Session, col

from review_flows.errors import NotFound
from review_flows.records.canonical import canonical, plain
from review_flows.records.database import CHINA, instant_text, is_writing
from review_flows.records.trail import (
    NO_LEAF,
    SYSTEM,
    Actor,
    AuditEntry,
    AuditPayload,
    Entry,
    Subject,
    entry_from,
    leaf_of,
    payload_hash,
    searchable,
)
from review_flows.records.verification import Verification, verify

__all__ = ["SYSTEM", "Actor", "Entry", "Subject", "Verification", "entries", "erase", "record", "verify"]

# Writers read the clock before they wait for the lock, so small steps back are no fault of the clock.
_ORDINARY_LAG = timedelta(seconds=30)
_SALT_BYTES = 16
_ENTRIES = AuditEntry.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it
_PAYLOADS = AuditPayload.__table__  # type: ignore[attr-defined]
# Written out, since compiling and binding these three took half the time of an append.
_HEAD = "SELECT seq, leaf, at FROM audit_entries ORDER BY seq DESC LIMIT 1"
_ENTRY_COLUMNS = tuple(_ENTRIES.columns.keys())
_INSERTS = {
    dialect: tuple(
        f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join([mark] * len(names))})"  # noqa: S608
        for table, names in ((_ENTRIES, _ENTRY_COLUMNS), (_PAYLOADS, ("seq", "salt", "content")))
    )
    for dialect, mark in (("sqlite", "?"), ("postgresql", "%s"))
}


def record(
    session: Session,
    event: str,
    *,
    actor: Actor,
    at: datetime,
    case: str | None = None,
    step: str | None = None,
    round: int | None = None,
    subject: Subject | tuple[str, str] | None = None,
    documents: Iterable[str] = (),
    rules: Iterable[str] = (),
    reason: str | None = None,
    payload: Mapping[str, Any] | None = None,
    happened_on: date | None = None,
) -> Entry:
    """The entry just appended; the session must come from `database.writing`.

    `reason` (free text) and `payload` go to the erasable side table; all else stays for ever and holds ids only.
    `happened_on` marks what is recorded later than it happened (补录). `at` never goes back: where the clock did, the
    entry keeps the time of the one before it, and `clock.went_back` says what the clock showed.
    """
    if not is_writing(session):
        raise RuntimeError("record() needs a session of database.writing()")
    about = Subject(*subject) if isinstance(subject, tuple) else subject
    said = plain({"reason": reason or None, **(payload or {})})
    facts = {
        "event": event,
        "actor": vars(actor),
        "case": case,
        "step": step,
        "round": round,
        "subject": vars(about) if about else None,
        "documents": list(documents) or None,
        "rules": list(rules) or None,
        "happened_on": happened_on,
    }
    return _append(session, facts, said, at)


def _append(session: Session, facts: Mapping[str, Any], said: Mapping[str, Any], at: datetime) -> Entry:
    head = session.connection().exec_driver_sql(_HEAD).one_or_none()
    if head is None:
        return _insert(session, plain({**facts, "seq": 1, "prev": NO_LEAF, "at": at}), said)
    last = datetime.fromisoformat(head.at)
    if last - at > _ORDINARY_LAG and not _is_said(session, head.at):
        _append(session, _CLOCK_WENT_BACK, {"shown": instant_text(at)}, last)
        return _append(session, facts, said, at)
    return _insert(session, plain({**facts, "seq": head.seq + 1, "prev": head.leaf, "at": max(at, last)}), said)


_CLOCK_WENT_BACK: dict[str, Any] = {"event": "clock.went_back", "actor": vars(SYSTEM)}


def _is_said(session: Session, standing_at: str) -> bool:
    """Whether it was said that the clock went back from this instant, at which time has stood still since."""
    said = select(_ENTRIES.c.at).where(_ENTRIES.c.event == "clock.went_back").order_by(_ENTRIES.c.seq.desc()).limit(1)
    return session.connection().execute(said).scalar_one_or_none() == standing_at


def _insert(session: Session, body: dict[str, Any], said: Mapping[str, Any]) -> Entry:
    salt, content = secrets.token_hex(_SALT_BYTES), canonical(said)
    if said:
        body["payload_sha256"] = payload_hash(salt, content)
    written = canonical(body)
    leaf = leaf_of(written)
    connection = session.connection()
    insert_entry, insert_payload = _INSERTS[connection.dialect.name]
    values = {"leaf": leaf, "body": written.decode(), **searchable(body)}
    connection.exec_driver_sql(insert_entry, tuple(values[name] for name in _ENTRY_COLUMNS))
    if said:
        connection.exec_driver_sql(insert_payload, (body["seq"], salt, content.decode()))
    return entry_from(leaf, written.decode(), content.decode() if said else None)


def entries(
    session: Session,
    *,
    case: str | None = None,
    person: str | None = None,
    step: str | None = None,
    event: str | None = None,
    since: date | datetime | None = None,
    until: date | datetime | None = None,
    text: str | None = None,
    subject: tuple[str, str] | None = None,
    after: int = 0,
    order: Literal["oldest", "newest"] = "oldest",
    limit: int | None = None,
) -> list[Entry]:
    """The entries that fit every condition given.

    `person` finds what someone did and what was done on their behalf; `event` may end in `.*`; a date in `since` and
    `until` means the whole day; `text` is looked for in bodies and payloads; `after` is the seq of the last entry seen.
    """
    wanted = select(_ENTRIES.c.leaf, _ENTRIES.c.body, _PAYLOADS.c.content).outerjoin(
        _PAYLOADS, _PAYLOADS.c.seq == _ENTRIES.c.seq
    )
    wanted = wanted.where(*_who_and_what(case, person, step, event, subject), *_when(since, until, after))
    if text:
        wanted = wanted.where(or_(_contains(_ENTRIES.c.body, text), _contains(_PAYLOADS.c.content, text)))
    wanted = wanted.order_by(_ENTRIES.c.seq.desc() if order == "newest" else _ENTRIES.c.seq).limit(limit)
    return [entry_from(*row) for row in session.connection().execute(wanted)]


def _who_and_what(
    case: str | None, person: str | None, step: str | None, event: str | None, subject: tuple[str, str] | None
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if case:
        conditions.append(col(AuditEntry.case_number) == case)
    if person:
        conditions.append(or_(col(AuditEntry.person) == person, col(AuditEntry.on_behalf_of) == person))
    if step:
        conditions.append(col(AuditEntry.step) == step)
    if event:
        family = event.removesuffix("*")
        conditions.append(
            col(AuditEntry.event) == event
            if family == event
            else col(AuditEntry.event).startswith(family, autoescape=True)
        )
    if subject:
        conditions += [col(AuditEntry.subject_kind) == subject[0], col(AuditEntry.subject_id) == subject[1]]
    return conditions


def _when(since: date | datetime | None, until: date | datetime | None, after: int) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if since:
        conditions.append(col(AuditEntry.at) >= instant_text(_start(since)))
    if until:
        is_instant = isinstance(until, datetime)
        end = _start(until) if is_instant else _start(until) + timedelta(days=1)
        conditions.append(
            col(AuditEntry.at) <= instant_text(end) if is_instant else col(AuditEntry.at) < instant_text(end)
        )
    if after:
        conditions.append(col(AuditEntry.seq) > after)
    return conditions


def _start(when: date | datetime) -> datetime:
    return when if isinstance(when, datetime) else datetime.combine(when, time.min, CHINA)


def _contains(column: Any, words: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column.contains(words, autoescape=True)
    return found


def erase(session: Session, seq: int, *, actor: Actor, at: datetime, ground: str) -> Entry:
    """The entry that says who erased the payload of entry `seq`, when and on what ground; the payload is gone."""
    stored = session.connection().execute(select(_PAYLOADS.c.content).where(_PAYLOADS.c.seq == seq)).one_or_none()
    if stored is None or stored.content is None:
        raise NotFound("可清除的附注，审计记录第", f"{seq} 条")
    said = record(session, "payload.erased", actor=actor, at=at, subject=("audit_entry", str(seq)), reason=ground)
    session.connection().execute(update(_PAYLOADS).where(_PAYLOADS.c.seq == seq).values(salt=None, content=None))
    return said

"""What is stored of the audit trail, and how it is read: the two tables, who acted, and one entry as a value.

The body is the record; the other columns of `audit_entries` repeat parts of it so that it can be searched, and the
verifier holds them against the body. Free text and personal data stand in `audit_payloads`, under a salted hash in
the body, so that they can be erased without breaking any proof. The format is described for strangers in
docs/audit-format.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any, NotRequired, cast

import orjson
from sqlalchemy import CHAR, Index, Text, text
from sqlmodel import Field, SQLModel
from typing_extensions import TypedDict

NO_LEAF = "0" * 64  # `prev` of the first entry
LEAF_PREFIX = b"\x00"  # RFC 9162: a leaf can never be taken for an inner node


# Few act for another; without an index of its own, "by or on behalf of a person" would read every entry.
_ONLY_WHERE_THERE_IS_ONE: Any = {
    f"{dialect}_where": text("on_behalf_of IS NOT NULL") for dialect in ("sqlite", "postgresql")
}


class AuditEntry(SQLModel, table=True):
    """One entry: its canonical body, the hash of it, and the searchable copies of parts of the body."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_case", "case_number", "seq"),
        Index("ix_audit_entries_person", "person", "seq"),
        Index("ix_audit_entries_on_behalf_of", "on_behalf_of", "seq", **_ONLY_WHERE_THERE_IS_ONE),
        Index("ix_audit_entries_event", "event", "seq"),
        Index("ix_audit_entries_subject", "subject_id", "seq"),
        Index("ix_audit_entries_at", "at"),
        {"info": {"guard": "audit_chain"}},
    )

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    leaf: str = Field(sa_type=CHAR(64))
    body: str = Field(sa_type=Text)
    at: str = Field(max_length=32)
    event: str = Field(max_length=100)
    person: str = Field(max_length=100)
    on_behalf_of: str | None = Field(default=None, max_length=100)
    case_number: str | None = Field(default=None, max_length=100)
    step: str | None = Field(default=None, max_length=100)
    subject_kind: str | None = Field(default=None, max_length=100)
    subject_id: str | None = Field(default=None, max_length=200)


class AuditPayload(SQLModel, table=True):
    """Free text and personal data of an entry; both columns NULL once they are erased."""

    __tablename__ = "audit_payloads"
    __table_args__ = {"info": {"guard": "audit_payload"}}

    seq: int = Field(primary_key=True, foreign_key="audit_entries.seq", sa_column_kwargs={"autoincrement": False})
    salt: str | None = Field(default=None, max_length=32)
    content: str | None = Field(default=None, sa_type=Text)


@dataclass(frozen=True)
class Actor:
    """Who did it: person id, in which role and for which unit; `on_behalf_of` names the person substituted."""

    person: str
    role: str | None = None
    unit: str | None = None
    on_behalf_of: str | None = None


SYSTEM = Actor("system")


@dataclass(frozen=True)
class Subject:
    """What an entry is about, beside its case: a person, a document, another entry …"""

    kind: str
    id: str


class ActorJson(TypedDict):
    """Who acted."""

    person: str
    role: NotRequired[str]
    unit: NotRequired[str]
    on_behalf_of: NotRequired[str]


class SubjectJson(TypedDict):
    """What an entry speaks of beside a case."""

    kind: str
    id: str


class EntryJson(TypedDict):
    """One entry of the trail; keys without value are left out."""

    seq: int
    at: str
    event: str
    actor: ActorJson
    case: NotRequired[str]
    step: NotRequired[str]
    round: NotRequired[int]
    subject: NotRequired[SubjectJson]
    documents: NotRequired[list[str]]
    rules: NotRequired[list[str]]
    happened_on: NotRequired[str]
    reason: NotRequired[str]
    payload: NotRequired[dict[str, Any]]
    erased: NotRequired[bool]
    leaf: str


@dataclass(frozen=True)
class Entry:
    """One entry of the trail as people read it."""

    seq: int
    at: datetime
    event: str
    actor: Actor
    leaf: str
    case: str | None = None
    step: str | None = None
    round: int | None = None
    subject: Subject | None = None
    documents: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    happened_on: date | None = None
    reason: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    erased: bool = False

    def to_json(self) -> EntryJson:
        """The entry as `audit query --json` and `case timeline --json` print it; keys without value are left out."""
        found = {
            "seq": self.seq,
            "at": self.at.isoformat(),
            "event": self.event,
            "actor": {key: value for key, value in vars(self.actor).items() if value is not None},
            "case": self.case,
            "step": self.step,
            "round": self.round,
            "subject": vars(self.subject) if self.subject else None,
            "documents": list(self.documents) or None,
            "rules": list(self.rules) or None,
            "happened_on": self.happened_on.isoformat() if self.happened_on else None,
            "reason": self.reason,
            "payload": dict(self.payload) or None,
            "erased": self.erased or None,
            "leaf": self.leaf,
        }
        return cast(EntryJson, {key: value for key, value in found.items() if value is not None})


def leaf_of(body: bytes) -> str:
    """The leaf hash of a body, as hex."""
    return sha256(LEAF_PREFIX + body).hexdigest()


def payload_hash(salt: str, content: bytes) -> str:
    """What stands in the body for a payload: sha256 of the salt's bytes and the content."""
    return sha256(bytes.fromhex(salt) + content).hexdigest()


def searchable(body: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of an entry that repeat parts of its body."""
    actor, subject = body["actor"], body.get("subject", {})
    return {
        "seq": body["seq"],
        "at": body["at"],
        "event": body["event"],
        "person": actor["person"],
        "on_behalf_of": actor.get("on_behalf_of"),
        "case_number": body.get("case"),
        "step": body.get("step"),
        "subject_kind": subject.get("kind"),
        "subject_id": subject.get("id"),
    }


def entry_from(leaf: str, body: str, content: str | None) -> Entry:
    """The entry that a stored body and its payload tell of."""
    told: dict[str, Any] = orjson.loads(body)
    payload: dict[str, Any] = orjson.loads(content) if content is not None else {}
    happened_on = told.get("happened_on")
    return Entry(
        seq=told["seq"],
        at=datetime.fromisoformat(told["at"]),
        event=told["event"],
        actor=Actor(**told["actor"]),
        leaf=leaf,
        case=told.get("case"),
        step=told.get("step"),
        round=told.get("round"),
        subject=Subject(**told["subject"]) if "subject" in told else None,
        documents=tuple(told.get("documents", ())),
        rules=tuple(told.get("rules", ())),
        happened_on=date.fromisoformat(happened_on) if happened_on else None,
        reason=payload.pop("reason", None),
        payload=payload,
        erased="payload_sha256" in told and content is None,
    )

"""The rows of a case: what it is, what was done, who is waited for, who signed what.

One row class per stored thing. Rows change only inside `records.database.writing`, together with the audit event that
says so; nothing here is ever deleted. A step's history is its rounds: a new round is a new row, the old one stays.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from review_flows.records.database import Instant

OPEN_STEP_STATES = ("waiting", "running")
# Days that may be told before they come: an announced end, a hearing that is called, the day of effect.
FUTURE_DATES = ("effective_on", "comment_closed_on", "hearing_on")
# The copy that is signed or published must be the text that was reviewed (`copy` of a step in chains.yaml).
COPY_DIFFERS = "{copy}.differs"
ENDED_CASE_STATES = ("completed", "rejected", "withdrawn")


class Case(SQLModel, table=True):
    """One matter on its way (事项). `number` is gap-free per year and kind: 2026-ND-0001."""

    __tablename__ = "cases"

    number: str = Field(primary_key=True)
    kind: str = Field(index=True)
    title: str
    issuing_organ: str = Field(index=True)
    level: str
    drafting_units: list[str] = Field(sa_column=Column(JSON, nullable=False))
    contact: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    state: str = Field(index=True)
    facts: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    dates: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    asks_for: str
    # Steps said to be done before sending: {step, started_on, ended_on, channel, evidence}.
    history: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    opened_at: datetime = Field(sa_column=Column(Instant, nullable=False, index=True))
    received_on: date
    supplementary_record: bool = False  # 补录: received earlier than registered; stays for ever
    package_complete_on: date | None = None
    catalogs: str  # sha256 of the law data the open steps were last computed with
    ended_at: datetime | None = Field(default=None, sa_column=Column(Instant))

    @property
    def is_ended(self) -> bool:
        """Whether nothing more can happen to it."""
        return self.state in ENDED_CASE_STATES

    @property
    def is_secret(self) -> bool:
        """涉密: only steps and numbers are kept, no file and no text."""
        return self.facts.get("state_secret") is True


class CaseCounter(SQLModel, table=True):
    """The last number given per year and kind; read and raised in the transaction that opens the case."""

    __tablename__ = "case_counters"

    year: int = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    last: int


class CaseDocument(SQLModel, table=True):
    """A paper of a case: a role, a version of that role, and the hash of its bytes (None: on paper only, 涉密)."""

    __tablename__ = "case_documents"
    __table_args__ = (UniqueConstraint("case", "role", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    case: str = Field(foreign_key="cases.number", index=True)
    role: str
    version: int
    sha256: str | None = Field(default=None, index=True)
    name: str
    step: str | None = None  # the step whose result it is offered or made as
    round: int | None = None
    made_by_system: bool = False
    received_at: datetime = Field(sa_column=Column(Instant, nullable=False))


class StepRecord(SQLModel, table=True):
    """One round of one step. `rules` are the ids in force on the day it started."""

    __tablename__ = "case_steps"
    __table_args__ = (UniqueConstraint("case", "step", "round"),)

    id: int | None = Field(default=None, primary_key=True)
    case: str = Field(foreign_key="cases.number", index=True)
    step: str
    round: int
    state: str
    started_on: date | None = None
    done_on: date | None = None
    earliest_end_on: date | None = None
    due_on: date | None = None
    due_rule: str | None = None
    earliest_rule: str | None = None
    provisional: bool = False
    conclusion: str | None = None
    reason: str | None = None
    rules: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    because: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    catalogs: str = ""
    draft_sha256: str | None = None
    before_sending: bool = False  # 送审前完成
    is_stale: bool = False  # the draft has changed since; kept and shown
    pending: str | None = None  # amended_text | reviewed_again: passed, but what comes after must wait (law.matter)
    suspended_on: date | None = None
    suspended_working_days: int = 0
    suspended_calendar_days: int = 0


class Wait(SQLModel, table=True):
    """One ask of one assignee: the row that makes a Prefect run necessary. `wait-<id>` is its key there.

    `assignee` is a person id, or `role@unit` where anybody with that role in that unit may answer. `attempt` grows only
    by inserting the next row once the former is closed. `shown` lists the hashes of the papers the form showed.
    """

    __tablename__ = "waits"
    __table_args__ = (UniqueConstraint("case", "step", "round", "assignee", "attempt"),)

    id: int | None = Field(default=None, primary_key=True)
    case: str = Field(foreign_key="cases.number", index=True)
    step: str
    round: int
    assignee: str
    attempt: int = 1
    role: str
    unit: str
    opened_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    closed_at: datetime | None = Field(default=None, sa_column=Column(Instant, index=True))
    outcome: str | None = None  # answered | refused | lost | withdrawn | superseded
    previous_id: int | None = None
    reason_above: str | None = None  # why it is asked again; stands at the top of the form
    shown: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    run_id: str | None = Field(default=None, index=True)

    @property
    def key(self) -> str:
        """The idempotency key of its run and the key of its input (lower case, digits and dashes only)."""
        return f"wait-{self.id}"


class SignOff(SQLModel, table=True):
    """A sign-off (签批): this person, in this role, gave this answer on exactly what was shown."""

    __tablename__ = "sign_offs"
    __table_args__ = {"info": {"guard": "append_only"}}

    id: int | None = Field(default=None, primary_key=True)
    wait: int = Field(foreign_key="waits.id", unique=True)
    case: str = Field(foreign_key="cases.number", index=True)
    step: str
    round: int
    person: str = Field(index=True)
    person_name: str
    role: str
    unit: str
    on_behalf_of: str | None = None
    conclusion: str
    reason: str = ""
    answer: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    shown: list[str] = Field(sa_column=Column(JSON, nullable=False))
    proof: str  # code | gateway
    signed_at: datetime = Field(sa_column=Column(Instant, nullable=False))


class OpinionItem(SQLModel, table=True):
    """One item of an opinion (意见条目) and what became of it. nature: must_change | should_change | note."""

    __tablename__ = "opinion_items"
    __table_args__ = (UniqueConstraint("case", "step", "round", "ordinal"),)

    id: int | None = Field(default=None, primary_key=True)
    case: str = Field(foreign_key="cases.number", index=True)
    step: str
    round: int
    ordinal: int
    sign_off: int = Field(foreign_key="sign_offs.id")
    article: str
    problem: str
    basis: str
    suggestion: str
    nature: str
    concerns: str = ""  # the check of catalogs/checks.yaml that it falls under; empty: not said
    response: str | None = None  # adopted | partly_adopted | declined
    response_reason: str | None = None
    responded_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    responded_by: str | None = None


class CaseFinding(SQLModel, table=True):
    """Something that is lawful with a reason, or worth an inspector's look; never removed."""

    __tablename__ = "case_findings"
    __table_args__ = {"info": {"guard": "append_only"}}

    id: int | None = Field(default=None, primary_key=True)
    case: str = Field(foreign_key="cases.number", index=True)
    kind: str
    step: str | None = None
    round: int | None = None
    rule: str | None = None
    reason: str = ""
    found_at: datetime = Field(sa_column=Column(Instant, nullable=False))


class Submission(SQLModel, table=True):
    """A folder that was taken or refused, known by the hash of its files; the same folder is never taken twice."""

    __tablename__ = "submissions"

    folder_sha256: str = Field(primary_key=True)
    folder: str
    case: str | None = Field(default=None, foreign_key="cases.number")
    quarantined: bool = False
    reason: str | None = None
    received_at: datetime = Field(sa_column=Column(Instant, nullable=False))


class OpinionNumber(SQLModel, table=True):
    """The number of an opinion (婺司审〔2026〕1号): gap-free per reviewing organ and year, given once per round."""

    __tablename__ = "opinion_numbers"
    __table_args__ = (UniqueConstraint("organ", "year", "serial"), UniqueConstraint("case", "step", "round"))

    id: int | None = Field(default=None, primary_key=True)
    case: str = Field(foreign_key="cases.number", index=True)
    step: str
    round: int
    organ: str
    year: int
    serial: int

"""The shapes of what `decisions archive`, `execution list`, `change list`, `post-evaluation barred`, `responsibility`
print; docs/schemas/ is made from them.
"""

from typing_extensions import TypedDict


class PieceJson(TypedDict):
    """One piece of the archive; `pages` null: they cannot be known; `sha256` null: it is there on paper only."""

    number: int
    title: str
    document_number: str | None
    maker: str
    on: str | None
    pages: int | None
    sha256: str | None
    retention: str


class RoleJson(TypedDict):
    """A paper by its role."""

    role: str
    label: str


class ArchiveJson(TypedDict):
    """The archive of a case: what is there, what ought to be, what comes later."""

    case: str
    pieces: list[PieceJson]
    lacking: list[RoleJson]
    later: list[RoleJson]
    retention_source: str
    retention_verified: bool


class ReportJson(TypedDict):
    """One report of an executing unit; `light` null: nothing is due while the execution stands still."""

    case: str
    title: str
    standing: str
    task: int
    unit: str
    measures: str
    due_on: str
    reported_on: str | None
    is_late: bool
    light: str | None
    summary: str | None
    problems: str | None
    paper: str | None


class ReportsJson(TypedDict):
    """The reports as they stand on a day."""

    on: str
    reports: list[ReportJson]


class ChangeJson(TypedDict):
    """One change of a decision, or a proposal of one."""

    number: int
    kind: str
    label: str
    state: str
    state_label: str
    situation: str | None
    reason: str
    authority: str | None
    decided_on: str | None
    person: str
    meeting: str | None
    meeting_on: str | None
    result: str | None
    result_reason: str | None
    paper: str | None
    other_case: str | None
    origin: str | None


class ChangesJson(TypedDict):
    """The changes of a decision and how it stands now."""

    case: str
    standing: str
    changes: list[ChangeJson]


class BarredJson(TypedDict):
    """Somebody who may not evaluate a decision, and why."""

    name: str
    why: str


class SaidJson(TypedDict):
    """One thing that somebody said or did; `seq` is the number of its audit entry."""

    stage: str
    round: int
    on: str
    who: str
    person: str | None
    unit: str
    role: str
    on_behalf_of: str | None
    act: str
    words: str
    stance: str | None
    dissent: bool
    version: int | None
    draft_sha256: str | None
    proof: str | None
    seq: int
    mismatch: bool


class RelatedJson(TypedDict):
    """Another case that adjusts this one, or that this one adjusts."""

    label: str
    case: str
    title: str


class TrailJson(TypedDict):
    """The entries of the trail that speak of the case, and whether the trail holds."""

    events: int
    first: int
    last: int
    ok: bool
    reason: str | None


class ResponsibilityJson(TypedDict):
    """Who said and did what in a decision."""

    case: str
    title: str
    organ: str
    drafting_units: list[str]
    standing: str
    lines: list[SaidJson]
    dissent: list[str]
    links: list[RelatedJson]
    audit: TrailJson

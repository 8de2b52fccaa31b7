"""The shapes of what `case show`, `list` and `why` print; docs/schemas/ is made from them."""

from typing import Any

from typing_extensions import TypedDict

from review_flows.law.matter import GroundJson


class WaitingJson(TypedDict):
    """One ask that nobody has answered yet; `reason_above`: why it is asked again."""

    step: str
    round: int
    role: str
    unit: str
    assignee: str
    attempt: int
    wait: int | None
    since: str
    due_on: str | None
    earliest_end_on: str | None
    rule: str | None
    is_overdue: bool
    reason_above: str | None
    run: str | None


class HeadJson(TypedDict):
    """A case as `case list` shows it."""

    case: str
    kind: str
    title: str
    state: str
    drafting_unit: str
    opened_at: str
    waiting_for: list[WaitingJson]


class SignOffJson(TypedDict):
    """One sign-off: who, in which role, on exactly which papers."""

    person: str
    name: str
    role: str
    unit: str
    on_behalf_of: str | None
    conclusion: str
    reason: str
    proof: str
    signed_at: str
    shown: list[str]


class RoundJson(TypedDict):
    """One round of one step."""

    step: str
    state: str
    round: int
    started_on: str | None
    done_on: str | None
    due_on: str | None
    earliest_end_on: str | None
    provisional: bool
    conclusion: str | None
    reason: str | None
    rules: list[str]
    catalogs: str
    draft_sha256: str | None
    before_sending: bool
    stale: bool
    pending: str | None
    signed_by: str | None
    sign_offs: list[SignOffJson]


class StepJson(RoundJson):
    """The latest round of a step, with the earlier ones beside it."""

    earlier_rounds: list[RoundJson]


class BlockJson(TypedDict):
    """A step that cannot start yet, and why."""

    step: str
    reason: str
    rule: str
    lacking: list[str]


class CaseFindingJson(TypedDict):
    """Something that is lawful with a reason, or worth an inspector's look."""

    kind: str
    step: str | None
    round: int | None
    rule: str | None
    reason: str
    found_at: str


class OpinionItemJson(TypedDict):
    """One item of an opinion and what became of it."""

    step: str
    round: int
    ordinal: int
    article: str
    problem: str
    basis: str
    suggestion: str
    nature: str
    response: str | None
    response_reason: str | None


class DocumentJson(TypedDict):
    """One paper of a case; `sha256` null: it is there on paper only."""

    role: str
    version: int
    sha256: str | None
    name: str
    step: str | None
    round: int | None
    made_by_system: bool
    received_at: str


class LinkJson(TypedDict):
    """Another case that this one has to do with, named from its own end; direction: to | from."""

    relation: str
    label: str
    direction: str
    case: str
    title: str
    state: str
    reason: str


class CaseJson(HeadJson):
    """The JSON of `case show`."""

    issuing_organ: str
    drafting_units: list[str]
    level: str
    received_on: str
    supplementary_record: bool
    package_complete_on: str | None
    facts: dict[str, Any]
    dates: dict[str, str]
    catalogs: str
    lacking: list[str]
    questions: list[str]
    blocked: list[BlockJson]
    steps: list[StepJson]
    findings: list[CaseFindingJson]
    links: list[LinkJson]
    opinion_items: list[OpinionItemJson]
    documents: list[DocumentJson]


class WhyStepJson(TypedDict):
    """What was decided for one step, when, on which grounds."""

    step: str
    required: bool | None
    state: str
    decided_on: str | None
    catalogs: str
    because: list[GroundJson]


class WhyJson(TypedDict):
    """The JSON of `case why`."""

    case: str
    kind: str
    on: str
    steps: list[WhyStepJson]

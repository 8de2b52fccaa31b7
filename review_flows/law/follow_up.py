"""What follows a decision, as data: channels of publication, what is explained, what is archived and for how long.

Relies on catalogs/follow_up.yaml, whose head explains every key. Pure.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from review_flows.law.strict import NO_ROWS, NO_TEXTS, Section

CONFIDENCES = ("text", "excerpt", "memory", "local")


@dataclass(frozen=True)
class Channel:
    """A way of publishing: what its reference is, and whether the regulation names it."""

    id: str
    reference: str
    named: bool


@dataclass(frozen=True)
class Archived:
    """A paper that belongs in the archive: expected where `step` was done (and `fact` holds, where one is named)."""

    role: str
    step: str
    retention: str
    fact: str | None = None
    later: bool = False  # comes after the archiving
    optional: bool = False  # archived where it is there


@dataclass(frozen=True)
class FollowUp:
    """All of follow_up.yaml. `explained_where`: fact → confidence; `others`: the retention of what is not listed."""

    channels: tuple[Channel, ...]
    explained_where: Mapping[str, str]
    draft_marks: tuple[str, ...]
    soon_calendar_days: int
    party_bodies: Mapping[str, str]  # organ → the party body of the same level
    retention_source: str
    retention_confidence: str
    others: str
    archive: tuple[Archived, ...]

    def retention_of(self, role: str) -> str:
        """How long a paper of a role is kept (a key of retention_periods)."""
        return next((paper.retention for paper in self.archive if paper.role == role), self.others)

    def reference_of(self, channel: str) -> str:
        """What the reference of a channel is: an issue number, an address."""
        return next(known.reference for known in self.channels if known.id == channel)


@dataclass(frozen=True)
class Known:
    """The words that follow_up.yaml may use."""

    channels: Collection[str]
    retention: Collection[str]
    facts: Collection[str]
    roles: Collection[str]
    organs: Collection[str]
    steps: Collection[str]


def read_follow_up(root: Section, known: Known) -> FollowUp:
    """The data of follow_up.yaml."""
    keeping = root.need("retention", Section.section, Section.empty())
    explained = [_explained(row, known) for row in root.need("explained_where", Section.rows, NO_ROWS)]
    found = FollowUp(
        channels=tuple(_channel(row, known) for row in root.need("channels", Section.rows, NO_ROWS)),
        explained_where=dict(explained),
        draft_marks=root.need("draft_marks", Section.texts, NO_TEXTS),
        soon_calendar_days=root.need("soon_calendar_days", Section.whole, 0),
        party_bodies=_party_bodies(root.need("party_bodies", Section.section, Section.empty()), known),
        retention_source=keeping.need("source", Section.text, ""),
        retention_confidence=keeping.need("confidence", lambda s, k: s.word(k, CONFIDENCES, "可信程度"), ""),
        others=keeping.need("others", lambda s, k: s.word(k, known.retention, "保管期限"), ""),
        archive=tuple(_archived(row, known) for row in root.need("archive", Section.rows, NO_ROWS)),
    )
    keeping.close()
    _check_complete(root, found, known)
    return found


def _explained(row: Section, known: Known) -> tuple[str, str]:
    fact = row.need("fact", lambda s, k: s.word(k, known.facts, "事实"), "")
    confidence = row.need("confidence", lambda s, k: s.word(k, CONFIDENCES, "可信程度"), "")
    row.close()
    return fact, confidence


def _party_bodies(section: Section, known: Known) -> dict[str, str]:
    for organ in section.raw:
        section.is_known(organ, organ, known.organs, "制定主体")
    return {organ: section.need(organ, Section.text, "") for organ in section.raw}


def _channel(row: Section, known: Known) -> Channel:
    found = Channel(
        row.need("id", lambda s, k: s.word(k, known.channels, "公布渠道"), ""),
        row.need("reference", Section.text, ""),
        row.need("named", Section.flag, False),
    )
    row.close()
    return found


def _archived(row: Section, known: Known) -> Archived:
    found = Archived(
        role=row.need("role", lambda s, k: s.word(k, known.roles, "材料角色"), ""),
        step=row.need("step", lambda s, k: s.word(k, known.steps, "环节"), ""),
        retention=row.need("retention", lambda s, k: s.word(k, known.retention, "保管期限"), ""),
        fact=row.maybe("fact", lambda s, k: s.word(k, known.facts, "事实"), None),
        later=row.maybe("later", Section.flag, False),
        optional=row.maybe("optional", Section.flag, False),
    )
    row.close()
    return found


def _check_complete(root: Section, found: FollowUp, known: Known) -> None:
    """Every channel that terms.yaml names has its row, and no role stands twice."""
    listed = [channel.id for channel in found.channels]
    if sorted(listed) != sorted(known.channels):
        root.fault("channels", "须与 terms.yaml 的 publication_channels 一一对应")
    roles = [paper.role for paper in found.archive]
    if len(set(roles)) < len(roles):
        root.fault("archive", "材料角色重复")

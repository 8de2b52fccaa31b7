"""One rule of procedure: dated values, conditions on facts, and how it reads for given answers on a given day.

A fact may be unanswered; then a rule that hangs on it neither binds nor does not (None). Relies on catalogs/rules/ and
catalogs/facts.yaml.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from review_flows.law.facts import LEVEL, Answers, Condition
from review_flows.law.workdays import Period

# Rules of these kinds ask for the steps that they name; all others only say something about them.
ASKING_KINDS = ("must", "block")
EXCLUDING_KIND = "exclude"
PERIOD_KINDS = ("min", "max", "at", "local_default")
RULE_KINDS = (*ASKING_KINDS, "may", EXCLUDING_KIND, *PERIOD_KINDS)

# From the highest layer down; what the district sets itself stands at its layer. Another place's rule is an example.
LAYER_RANKS: Mapping[str, int] = {"national": 0, "province": 1, "city": 2, "district": 3, "local": 3}
OTHER_PLACE = "other_place"
LAYERS = (*LAYER_RANKS, OTHER_PLACE)

CONFIDENCES = ("text", "excerpt", "memory", "text_superseded")
UNDATED = "undated"  # the date on which it came into force is not known: it binds, shown 待核


@dataclass(frozen=True)
class Version:
    """What a rule says from a day on (null: from an unknown day, so always)."""

    since: date | None
    kind: str
    number: int | None
    unit: str | None
    citation: str


@dataclass(frozen=True)
class Extension:
    """A longer period that somebody may grant, or the cap of an agreed one; `needs` says on what condition."""

    number: int
    unit: str
    needs: str | None = None


@dataclass(frozen=True)
class Rule:
    """One rule of catalogs/rules/. `versions` from the oldest; `until` is its last day in force.

    `applies_to` and `topic` say in a word what it is about; no step follows from them.
    """

    id: str
    requirement: str
    applies_to: str
    topic: str
    layer: str
    kinds: tuple[str, ...]
    steps: tuple[str, ...]
    versions: tuple[Version, ...]
    confidence: str
    last_checked: date
    until: date | None = None
    when: tuple[Condition, ...] = ()
    unless: tuple[tuple[Condition, ...], ...] = ()  # one group that holds entirely sets the rule aside
    materials: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    counted_from: str | None = None
    direction: str = "forward"
    bounds: str | None = None
    lawful_from: str | None = None
    exception: str | None = None
    remark: str | None = None
    machine_check: str | None = None
    replaces: str | None = None
    extension: Extension | None = None
    agreed_cap: Extension | None = None
    not_counted: tuple[str, ...] = ()
    yearly_by: str | None = None
    meetings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    title: str | None = None
    note: str | None = None  # for those who keep the data; shown nowhere
    recorded: str | None = None  # why nothing follows from it by machine
    file: str = ""

    @property
    def is_unverified(self) -> bool:
        """Whether it is shown as 待核: its text was not read, or the day it came into force is not known."""
        return self.confidence != "text" or self.versions[0].since is None

    @property
    def is_example(self) -> bool:
        """Whether it is another place's rule, which binds nobody here."""
        return self.layer == OTHER_PLACE

    def version_on(self, on: date) -> Version | None:
        """What it says on a day; null where it is not in force."""
        if self.until is not None and on > self.until:
            return None
        in_force = [version for version in self.versions if version.since is None or version.since <= on]
        return in_force[-1] if in_force else None

    def period(self, version: Version) -> Period | None:
        """The period that it sets, where it sets one with a length."""
        if version.kind not in PERIOD_KINDS or version.unit is None:
            return None
        period = Period(
            self.id,
            version.kind,
            version.number,
            version.unit,
            self.direction,
            self.counted_from,
            self.bounds,
            self.lawful_from,
        )
        return period if period.is_dated else None

    def read(self, answers: Answers, on: date) -> "Reading | None":
        """How it reads for these answers on a day; null where it is not in force."""
        version = self.version_on(on)
        if version is None or (self.is_example and version.kind != "local_default"):
            return None
        return _read(self, version, answers)


@dataclass(frozen=True)
class Reading:
    """A rule in force held against the answers: it binds, it does not, or an unanswered fact decides (None).

    `facts`: the facts that decided; for None the unanswered ones.
    """

    rule: Rule
    version: Version
    binds: bool | None
    facts: tuple[str, ...] = ()
    is_set_aside: bool = False  # a fact of `unless` exempts from it

    @property
    def fact(self) -> str | None:
        """The one fact to name; the level only where nothing else decided."""
        telling = [fact for fact in self.facts if fact != LEVEL] or [*self.facts]
        if not telling:
            return None
        # The last condition is the narrowest: of a complex penalty (ME-12), that it is complex.
        return telling[-1] if self.binds else telling[0]

    @property
    def asks(self) -> bool:
        """Whether it is of a kind that asks for steps."""
        return self.version.kind in ASKING_KINDS

    @property
    def period(self) -> Period | None:
        """The period that it sets."""
        return self.rule.period(self.version)


def _read(rule: Rule, version: Version, answers: Answers) -> Reading:
    for group in rule.unless:
        if all(condition.holds(answers) for condition in group):
            return Reading(rule, version, False, tuple(condition.fact for condition in group), is_set_aside=True)
    held = {condition.fact: condition.holds(answers) for condition in rule.when}
    failed = tuple(fact for fact, holds in held.items() if holds is False)
    if failed:
        return Reading(rule, version, False, failed)
    unanswered = _unanswered(rule, held, answers)
    return Reading(rule, version, None, unanswered) if unanswered else Reading(rule, version, True, tuple(held))


def _unanswered(rule: Rule, held: Mapping[str, bool | None], answers: Answers) -> tuple[str, ...]:
    exempting = [
        condition.fact
        for group in rule.unless
        if not any(condition.holds(answers) is False for condition in group)
        for condition in group
        if condition.holds(answers) is None
    ]
    return tuple(dict.fromkeys([*(fact for fact, holds in held.items() if holds is None), *exempting]))


def loosens(lower: Rule, higher: Rule) -> str | None:
    """Why a lower rule would loosen a higher one that it replaces or stands beside; null where it does not."""
    for version in lower.versions:
        older = higher.version_on(version.since or higher.versions[-1].since or date.max)
        if older is None:
            continue
        if version.kind != older.kind:
            return f"{lower.id} 是 {version.kind}，{higher.id} 是 {older.kind}，种类须一致"
        if version.number is None or older.number is None:
            continue
        if version.unit != older.unit:
            return f"{lower.id} 与 {higher.id} 的期限单位不同，无法比较"
        if version.kind == "min" and version.number < older.number:
            return f"下限 {version.number} 低于 {higher.id} 的 {older.number}，放宽了上位规定"
        if version.kind == "max" and version.number > older.number:
            return f"上限 {version.number} 高于 {higher.id} 的 {older.number}，放宽了上位规定"
    return None


def narrows(lower: Rule, higher: Rule) -> str | None:
    """Why a rule that replaces a higher one would bind fewer matters than it; null where it does not."""
    if not set(lower.kinds) >= set(higher.kinds) or not set(lower.steps) >= set(higher.steps):
        return f"适用的事项或环节少于 {higher.id}"
    wider = {condition.fact: set(condition.values) for condition in higher.when}
    for condition in lower.when:
        if condition.fact not in wider or not set(condition.values) >= wider[condition.fact]:
            return f"when 的 {condition.fact} 使适用范围小于 {higher.id}"
    if not set(lower.unless) <= set(higher.unless):
        return f"unless 的例外多于 {higher.id}"
    missing = (set(higher.materials) - set(lower.materials)) | (set(higher.results) - set(lower.results))
    return f"少了 {higher.id} 要求的材料 {'、'.join(sorted(missing))}" if missing else None

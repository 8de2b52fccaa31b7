"""Reads catalogs/rules/*.yaml strictly into rules, and holds lower layers against higher ones."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from review_flows.law.facts import Condition, Fact, read_condition
from review_flows.law.rules import (
    CONFIDENCES,
    LAYER_RANKS,
    LAYERS,
    OTHER_PLACE,
    PERIOD_KINDS,
    RULE_KINDS,
    UNDATED,
    Extension,
    Rule,
    Version,
    loosens,
    narrows,
)
from review_flows.law.strict import NO_ROWS, NO_TEXTS, Fault, Section, day
from review_flows.law.workdays import BY_DAY, UNITS

_ID = re.compile(r"[A-Z]{2,4}(-[A-Z]{2,4})?-[A-Z]?\d+(\.\d+)?")
_DAY_OF_YEAR = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
DIRECTIONS = ("forward", "backward")
LAWFUL_FROM = ("day_after",)


@dataclass(frozen=True)
class Known:
    """The words that a rule may use."""

    kinds: Collection[str]
    steps_of: Mapping[str, Collection[str]]  # kind → its steps
    facts: Mapping[str, Fact]
    roles: Collection[str]
    dates: Collection[str]
    levels: Collection[str]


def natural_order(rule: str) -> tuple[str, str, tuple[int, ...]]:
    """The place of a rule id among others: ND-2 before ND-11, ND-15 before ND-15.1, FC-9 before FC-S8."""
    family, _, rest = rule.rpartition("-")
    letters = re.match(r"[A-Z]*", rest)
    return family, letters.group() if letters else "", tuple(int(part) for part in re.findall(r"\d+", rest))


def read_rules(root: Section, known: Known, file: str) -> dict[str, Rule]:
    """The rules of one file, by id."""
    return {name: _read_rule(name, section, known, file) for name, section in root.sections()}


def _read_rule(name: str, section: Section, known: Known, file: str) -> Rule:
    if not _ID.fullmatch(name):
        section.fault("", "规则编号应如 ND-11、ND-15.1、FC-S8")
    kinds = section.need("kinds", lambda s, k: s.words(k, known.kinds, "事项种类"), NO_TEXTS)
    steps = {step for kind in kinds for step in known.steps_of[kind]}
    rule = Rule(
        id=name,
        file=file,
        requirement=section.need("requirement", Section.text, ""),
        title=section.maybe("title", Section.text, None),
        applies_to=section.maybe("applies_to", Section.text, ""),
        topic=section.maybe("topic", Section.text, ""),
        layer=section.need("layer", lambda s, k: s.word(k, LAYERS, "层级"), OTHER_PLACE),
        kinds=kinds,
        steps=section.need("steps", lambda s, k: s.words(k, steps, "环节"), NO_TEXTS),
        versions=_read_versions(section),
        confidence=section.need("confidence", lambda s, k: s.word(k, CONFIDENCES, "可信程度"), ""),
        last_checked=section.need("last_checked", Section.day, date.min),
        until=section.maybe("in_force_until", Section.day, None),
        when=_read_when(section, known),
        unless=_read_unless(section, known),
        materials=section.maybe("materials", lambda s, k: s.words(k, known.roles, "材料角色"), NO_TEXTS),
        results=section.maybe("results", lambda s, k: s.words(k, known.roles, "材料角色"), NO_TEXTS),
        counted_from=section.maybe("counted_from", lambda s, k: s.word(k, known.dates, "起算日期"), None),
        direction=section.maybe("direction", lambda s, k: s.word(k, DIRECTIONS, "方向"), "forward"),
        bounds=section.maybe("bounds", lambda s, k: s.word(k, known.dates, "登记日期"), None),
        lawful_from=section.maybe("lawful_from", lambda s, k: s.word(k, LAWFUL_FROM, "值"), None),
        exception=section.maybe("exception", Section.text, None),
        remark=section.maybe("remark", Section.text, None),
        machine_check=section.maybe("machine_check", Section.text, None),
        replaces=section.maybe("replaces", Section.text, None),
        extension=section.maybe("extension", _read_extension, None),
        agreed_cap=section.maybe("agreed_cap", _read_extension, None),
        not_counted=section.maybe("not_counted", Section.texts, NO_TEXTS),
        yearly_by=section.maybe("yearly_by", _read_day_of_year, None),
        meetings=section.maybe("meetings", lambda s, k: _read_meetings(s.section(k), known), {}),
        only=section.maybe("only", Section.texts, NO_TEXTS),
        note=section.maybe("note", Section.text, None),
        recorded=section.maybe("recorded", Section.text, None),
    )
    _check_period(rule, section)
    section.close()
    return rule


def _read_versions(section: Section) -> tuple[Version, ...]:
    """The dated values, each with the citation of the same date, from the oldest."""
    values = section.need("values", Section.section, Section.empty())
    citations = section.need("citations", Section.section, Section.empty())
    versions = [_read_version(since, value, citations) for since, value in values.sections()]
    if not versions:
        section.fault("values", "至少要有一个带日期的值")
        return (Version(None, "", None, None, ""),)
    if len(versions) > 1 and any(version.since is None for version in versions):
        section.fault("values", f"有 {UNDATED} 时不能再有其他日期（日期重叠）")
    until = section.maybe("in_force_until", Section.day, None)
    if until and any(version.since and version.since > until for version in versions):
        section.fault("in_force_until", "早于施行日期")
    citations.close()
    return tuple(sorted(versions, key=lambda version: version.since or date.min))


def _read_version(since: str, section: Section, citations: Section) -> Version:
    starts = day(since)
    if starts is None and since != UNDATED:
        section.fault("", f"必须是施行日期（2019-09-01）或 {UNDATED}")
    if not citations.has(since):
        citations.fault(since, "缺少同一日期的依据")
    version = Version(
        since=starts,
        kind=section.need("kind", lambda s, k: s.word(k, RULE_KINDS, "规则种类"), ""),
        number=section.maybe("number", Section.whole, None),
        unit=section.maybe("unit", _read_unit, None),
        citation=citations.maybe(since, Section.text, ""),
    )
    section.close()
    return version


def _read_unit(section: Section, key: str) -> str:
    text = section.text(key)
    if text.startswith(BY_DAY):
        if not _is_day_of_year(text.removeprefix(BY_DAY)):
            section.fault(key, "应写作 by_月-日，如 by_01-31")
        return text
    return text if section.is_known(key, text, UNITS, "单位") else ""


def _is_day_of_year(text: str) -> bool:
    return bool(_DAY_OF_YEAR.fullmatch(text)) and day(f"2023-{text}") is not None


def _read_day_of_year(section: Section, key: str) -> str:
    text = section.text(key)
    if not _is_day_of_year(text):
        section.fault(key, "应写作 月-日，如 03-31")
    return text


def _read_when(section: Section, known: Known) -> tuple[Condition, ...]:
    if not section.has("when"):
        return ()
    inner = section.section("when")
    return tuple(read_condition(inner, fact, known.facts) for fact in inner.raw)


def _read_unless(section: Section, known: Known) -> tuple[tuple[Condition, ...], ...]:
    rows = section.maybe("unless", Section.rows, NO_ROWS)
    return tuple(tuple(read_condition(row, fact, known.facts) for fact in row.raw) for row in rows)


def _read_extension(section: Section, key: str) -> Extension:
    inner = section.section(key)
    found = Extension(
        number=inner.need("number", Section.whole, 0),
        unit=inner.need("unit", _read_unit, ""),
        needs=inner.maybe("needs", Section.text, None),
    )
    inner.close()
    return found


def _read_meetings(section: Section, known: Known) -> dict[str, tuple[str, ...]]:
    return {
        level: section.need(level, Section.texts, NO_TEXTS)
        for level in section.raw
        if section.is_known(level, level, known.levels, "层级")
    }


def _check_period(rule: Rule, section: Section) -> None:
    for version in rule.versions:
        is_period = version.kind in PERIOD_KINDS
        if version.number is not None and (version.unit is None or not is_period):
            section.fault("values", "有 number 的必须写 unit，而且是期限类的规则")
        if version.kind in ("min", "max") and version.unit is None:
            section.fault("values", f"{version.kind} 必须写 unit")
    if rule.direction == "backward" and rule.counted_from is None:
        section.fault("direction", "倒推的期限必须写 counted_from")


def check_layers(rules: Mapping[str, Rule]) -> list[tuple[Rule, Fault]]:
    """Every lower rule that loosens a higher one: the one that it replaces, or one of the same period beside it."""
    faults = []
    for rule in rules.values():
        if rule.replaces is not None:
            reason = _wrong_replacement(rule, rules)
            if reason:
                faults.append((rule, Fault(f"{rule.id}.replaces", reason)))
        else:
            faults += [
                (rule, Fault(rule.id, reason)) for other in rules.values() if (reason := _undercuts(rule, other))
            ]
    return faults


def _wrong_replacement(rule: Rule, rules: Mapping[str, Rule]) -> str | None:
    replaced = rules.get(rule.replaces or "")
    if replaced is None:
        return f"没有规则 {rule.replaces}"
    if not _is_lower(rule, replaced):
        return f"{rule.layer} 层的规则不能取代 {replaced.layer} 层的 {replaced.id}"
    return loosens(rule, replaced) or narrows(rule, replaced)


def _is_lower(rule: Rule, other: Rule) -> bool:
    ranks = LAYER_RANKS
    return rule.layer in ranks and other.layer in ranks and ranks[rule.layer] > ranks[other.layer]


def _undercuts(rule: Rule, other: Rule) -> str | None:
    """Why a lower minimum or maximum beside a higher one of the same period would be void and mislead."""
    if not _is_lower(rule, other) or _starts_elsewhere(rule, other) or rule.bounds != other.bounds:
        return None
    if not set(rule.kinds) & set(other.kinds) or not set(rule.steps) & set(other.steps):
        return None
    comparable = {(version.kind, version.unit) for version in rule.versions if version.number is not None}
    if not any((version.kind, version.unit) in comparable for version in other.versions):
        return None
    if _exclude_each_other(rule.when, other.when):
        return None
    return loosens(rule, other)


def _starts_elsewhere(one: Rule, two: Rule) -> bool:
    """Whether both say what they count from, and differ."""
    return bool(one.counted_from and two.counted_from and one.counted_from != two.counted_from)


def _exclude_each_other(one: tuple[Condition, ...], two: tuple[Condition, ...]) -> bool:
    values = {condition.fact: set(condition.values) for condition in one}
    return any(
        condition.fact in values
        and "*" not in values[condition.fact]
        and "*" not in condition.values
        and not values[condition.fact] & set(condition.values)
        for condition in two
    )

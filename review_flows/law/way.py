"""The way of a kind of case in words: each step with when it is asked for, who answers, how long, on what ground.

For the flow charts that a government publishes (规范性文件制定流程图, 合同审核流程图 …). In: the law data and a day.
Out: the steps with the rules in force that day, whatever the facts of a single case.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from review_flows.law.catalogs import Catalogs
from review_flows.law.chains import Answerer, ChainStep
from review_flows.law.facts import ANY, LEVEL, Condition
from review_flows.law.numerals import NUMERAL, read_numeral
from review_flows.law.rules import ASKING_KINDS, LAYER_RANKS, Rule, Version

JOIN = "、"
STOP = "；"
SAYS = "："
MAX_RANK = max(LAYER_RANKS.values())
_NUMBER = re.compile(NUMERAL)
MAX_SOURCES = 4  # so many statutes fit into a box; the rest is counted


@dataclass(frozen=True)
class WayStep:
    """One step in words. `condition` is empty where every case has the step."""

    step: str
    label: str
    after: tuple[str, ...]
    is_optional: bool
    condition: str
    who: str
    periods: str
    basis: str


def way(catalogs: Catalogs, kind: str, on: date) -> tuple[WayStep, ...]:
    """The steps of a kind in order, with the law in force on a day."""
    chain = catalogs.chain(kind)
    in_force = [
        (rule, version)
        for rule in catalogs.rules_of[kind]
        if not rule.is_example and (version := rule.version_on(on)) is not None
    ]
    return tuple(_step(catalogs, kind, step, in_force) for step in chain.steps.values())


Rules = list[tuple[Rule, Version]]


def _step(catalogs: Catalogs, kind: str, step: ChainStep, in_force: Rules) -> WayStep:
    naming = [(rule, version) for rule, version in in_force if step.id in rule.steps]
    asking = [(rule, version) for rule, version in naming if version.kind in ASKING_KINDS]
    return WayStep(
        step=step.id,
        label=catalogs.label(step.id, kind, section="steps"),
        after=step.after,
        is_optional=not step.is_always,
        condition="" if step.is_always else _condition(catalogs, [rule for rule, _ in asking]),
        who=STOP.join(_who(catalogs, kind, step, {rule.id for rule, _ in in_force})),
        periods=STOP.join(_periods(catalogs, naming)),
        basis=_basis(asking or naming) or catalogs.own_flow.citation,
    )


def _condition(catalogs: Catalogs, rules: list[Rule]) -> str:
    """When the step is asked for: the conditions of its rules, and the exception that they share."""
    if not rules:
        return catalogs.own_flow.may
    conditions = [_when(catalogs, rule) for rule in rules]
    shortest = [] if "" in conditions else _without_narrower(list(dict.fromkeys(conditions)))
    exempting = set.intersection(*({fact for group in rule.unless for fact in _facts(group)} for rule in rules))
    exceptions = [f"{catalogs.facts[fact].label}的除外" for fact in catalogs.facts if fact in exempting]
    return STOP.join([*shortest, *exceptions])


def _facts(group: Iterable[Condition]) -> list[str]:
    return [condition.fact for condition in group]


def _without_narrower(conditions: list[str]) -> list[str]:
    """Conditions that no other one contains: a rule for one level says nothing where another speaks of all levels."""
    return [one for one in conditions if not any(other != one and other in one for other in conditions)]


def _when(catalogs: Catalogs, rule: Rule) -> str:
    ordered = sorted(rule.when, key=lambda condition: condition.fact == LEVEL)
    return JOIN.join(_condition_words(catalogs, condition) for condition in ordered)


def _condition_words(catalogs: Catalogs, condition: Condition) -> str:
    fact = catalogs.facts[condition.fact]
    if condition.values == (True,):
        return fact.label
    if ANY in condition.values:
        return fact.given or f"有{fact.label}"
    words = JOIN.join(fact.values.get(str(value), str(value)) for value in condition.values)
    return words if condition.fact == LEVEL else f"{fact.label}为{words}"


def _who(catalogs: Catalogs, kind: str, step: ChainStep, in_force: set[str]) -> Iterator[str]:
    """Who answers: the branches that a rule in force opens, then everybody else."""
    *branches, others = [answerer for answerer in step.by if answerer.rule is None or answerer.rule in in_force]
    rest = _answerer(catalogs, kind, others)
    apart = [answerer for answerer in branches if _answerer(catalogs, kind, answerer) != rest]
    for answerer in apart:
        levels = _levels(catalogs, catalogs.rules[answerer.rule or ""])
        yield f"{levels}{SAYS if levels else ''}{_answerer(catalogs, kind, answerer)}"
    yield f"其他{SAYS}{rest}" if apart else rest


def _answerer(catalogs: Catalogs, kind: str, answerer: Answerer) -> str:
    unit = catalogs.label(answerer.unit, kind, section="places")
    jointly = f"会同{catalogs.label(answerer.jointly_with, kind, section='places')}" if answerer.jointly_with else ""
    return f"{unit}{jointly}（{catalogs.label(answerer.role, section='people')}）"


def _levels(catalogs: Catalogs, rule: Rule) -> str:
    return JOIN.join(_condition_words(catalogs, condition) for condition in rule.when if condition.fact == LEVEL)


def _periods(catalogs: Catalogs, naming: Rules) -> Iterator[str]:
    for rule, version in naming:
        period = rule.period(version)
        if period is None or rule.bounds or period.number is None:
            continue
        words = catalogs.label(version.kind, section="rule_kinds")
        length = f"{period.number}{catalogs.label(period.unit, section='units')}"
        since = f"，自{catalogs.label(period.counted_from)}" if period.counted_from else ""
        back = "倒推" if period.is_backward else "起"
        mark = "，待核" if rule.is_unverified else ""
        condition = f"{_when(catalogs, rule)}的" if rule.when else ""
        yield f"{condition}{words}{length}（{rule.id}{since}{back if since else ''}{mark}）"


def _basis(rules: Rules) -> str:
    """The statutes with their places, each once: the highest layer first, and there the one most relied on."""
    places: dict[str, list[str]] = {}
    ranks: dict[str, int] = {}
    for rule, version in rules:
        for part in version.citation.split(STOP):
            source, _, place = part.strip().partition(" ")
            places.setdefault(source, []).append(place)
            ranks[source] = min(LAYER_RANKS[rule.layer], ranks.get(source, MAX_RANK))
    ordered = sorted(places, key=lambda source: (ranks[source], -len(places[source])))
    shown = [f"{source}{_places(places[source])}" for source in ordered]
    more = f"等{len(shown)}件" if len(shown) > MAX_SOURCES else ""
    return STOP.join(shown[:MAX_SOURCES]) + more


def _places(named: Iterable[str]) -> str:
    """The provisions of one statute, each once, in the order in which they stand there."""
    return JOIN.join(sorted(filter(None, dict.fromkeys(named)), key=_place))


def _place(text: str) -> int:
    """Where a provision stands in its statute: its first number, in figures or in Chinese.

    >>> [_place("第27、29条"), _place("(五)"), _place("题名")]
    [27, 5, 0]
    """
    found = _NUMBER.search(text)
    if found is None:
        return 0
    return read_numeral(found[0]) or 0

"""Facts: the questions whose answers decide which steps apply, and the answers as the rules see them.

Relies on catalogs/facts.yaml. A fact left out is unanswered, which is not the answer “none” (null).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from review_flows.law import strict
from review_flows.law.strict import Fault, Raw, Section, near

# What a person may answer: true or false, a word of a list or a text or an amount, a day; null says that there is none.
Value = bool | str | date | None

ANY: Final = "*"  # in a condition: any answer but null
LEVEL: Final = "level"  # answered by the register of organs, never by the sender
TYPES = ("yes_no", "choice", "day", "amount", "text", LEVEL)
_AMOUNT = re.compile(r"(0|[1-9]\d{0,14})(\.\d{1,2})?")


class Unanswered:
    """The absence of an answer."""

    def __repr__(self) -> str:
        return "unanswered"


UNANSWERED: Final = Unanswered()


class WrongAnswer(ValueError):
    """An answer that a fact cannot have; the reason is in Chinese."""


@dataclass(frozen=True)
class Fact:
    """A question whose answer decides which steps apply; `unanswered` is what silence counts as, if anything."""

    id: str
    type: str  # yes_no | choice | day | amount | text | level
    label: str
    question: str
    values: Mapping[str, str] = field(default_factory=dict)  # words of a choice → Chinese
    asked_of: tuple[str, ...] = ()
    unanswered: Value | Unanswered = UNANSWERED
    implies: Mapping[str, Value] = field(default_factory=dict)  # facts that hold too where the answer is true
    given: str | None = None  # what it means that there is an answer other than null

    def answer(self, raw: Raw | bool | int | float | date) -> Value:
        """The answer that a raw value gives; WrongAnswer where the fact cannot have it."""
        if raw is None:
            return None
        if self.type == "yes_no":
            return _yes_no(raw)
        if self.type == "day":
            return _day(raw)
        if isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise WrongAnswer("必须是一个值")
        return self._word(str(raw).strip())

    def _word(self, text: str) -> str:
        if self.type == "amount":
            return _amount(text)
        if self.values and text not in self.values:
            raise WrongAnswer(f"只能是 {'、'.join(self.values)}{near(text, self.values)}")
        if not text:
            raise WrongAnswer("不能为空；没有就写 null")
        return text


def _yes_no(raw: object) -> bool:
    found = raw if isinstance(raw, bool) else strict.flag(raw) if isinstance(raw, str) else None
    if found is None:
        raise WrongAnswer("只能写 true 或 false")
    return found


def _day(raw: object) -> date:
    found = raw if isinstance(raw, date) else strict.day(raw) if isinstance(raw, str) else None
    if found is None:
        raise WrongAnswer("必须是实有的日期，写作 2026-11-23；没有就写 null")
    return found


def _amount(text: str) -> str:
    if not _AMOUNT.fullmatch(text) or not text.isascii():
        raise WrongAnswer("必须是以元为单位的金额，如 1250000 或 980.50")
    return text


@dataclass(frozen=True)
class Answers:
    """The answers of a matter as the rules see them: what is given, what follows from it, what silence counts as."""

    facts: Mapping[str, Fact]
    given: Mapping[str, Value]

    def of(self, fact: str) -> Value | Unanswered:
        """The answer to a fact."""
        for name, value in self.given.items():
            if value is True and fact in (implied := self.facts[name].implies):
                return implied[fact]
        return self.given[fact] if fact in self.given else self.facts[fact].unanswered


@dataclass(frozen=True)
class Condition:
    """Holds where the fact has one of the values; None while it is unanswered."""

    fact: str
    values: tuple[Value, ...]

    def holds(self, answers: Answers) -> bool | None:
        """Whether the condition is met."""
        answer = answers.of(self.fact)
        if isinstance(answer, Unanswered):
            return None
        return answer is not None if ANY in self.values else answer in self.values


def read_answers(
    facts: Mapping[str, Fact], raw: Mapping[str, Raw | bool | int | float | date]
) -> tuple[dict[str, Value], list[Fault]]:
    """The answers in `facts:` of a submission, and everything wrong with them."""
    given: dict[str, Value] = {}
    faults: list[Fault] = []
    for name, value in raw.items():
        if name not in facts or facts[name].type == LEVEL:
            known = [fact for fact in facts if facts[fact].type != LEVEL]
            faults.append(Fault(f"facts.{name}", f"没有这一项事实{near(name, known)}"))
            continue
        try:
            given[name] = facts[name].answer(value)
        except WrongAnswer as error:
            faults.append(Fault(f"facts.{name}", str(error)))
    return given, faults


def read_facts(root: Section) -> dict[str, Fact]:
    """The facts of facts.yaml."""
    sections = dict(root.sections())
    facts = {name: _read_fact(name, section) for name, section in sections.items()}
    for name, section in sections.items():
        if section.has("implies"):
            facts[name] = replace(facts[name], implies=_read_implied(section.section("implies"), facts))
        section.close()
    return facts


def _read_fact(name: str, section: Section) -> Fact:
    fact = Fact(
        id=name,
        type=section.need("type", lambda s, k: s.word(k, TYPES, "类型"), "text"),
        label=section.need("label", Section.text, ""),
        question=section.need("question", Section.text, ""),
        values=section.maybe("values", _read_labels, {}),
        asked_of=section.need("asked_of", Section.texts, ()),
        given=section.maybe("given", Section.text, None),
    )
    if (fact.type in ("choice", LEVEL)) != bool(fact.values):
        section.fault("values", "choice 和 level 要列出可选的值，其他类型不列")
    if section.has("unanswered"):
        return replace(fact, unanswered=read_value(section, "unanswered", fact))
    return fact


def _read_labels(section: Section, key: str) -> dict[str, str]:
    inner = section.section(key)
    return {word: inner.need(word, Section.text, "") for word in inner.raw}


def _read_implied(section: Section, facts: Mapping[str, Fact]) -> dict[str, Value]:
    implied: dict[str, Value] = {}
    for name in section.raw:
        section.asked.add(name)
        if section.is_known(name, name, facts, "事实"):
            implied[name] = read_value(section, name, facts[name])
    return implied


def read_value(section: Section, key: str, fact: Fact) -> Value:
    """The value of a fact that stands at a key of the law data."""
    try:
        return fact.answer(section.raw.get(key))
    except WrongAnswer as error:
        section.fault(key, str(error))
        return None


def read_condition(section: Section, key: str, facts: Mapping[str, Fact]) -> Condition:
    """`fact: [values]` or `fact: value`, as `when` and `unless` write it; the key is the fact."""
    section.asked.add(key)
    if not section.is_known(key, key, facts, "事实"):
        return Condition(key, ())
    raw = section.raw.get(key)
    values: list[Value] = []
    for item in raw if isinstance(raw, list) else [raw]:
        try:
            values.append(ANY if item == ANY else facts[key].answer(item))
        except WrongAnswer as error:
            section.fault(key, str(error))
    if not values:
        section.fault(key, "至少要有一个值")
    return Condition(key, tuple(values))

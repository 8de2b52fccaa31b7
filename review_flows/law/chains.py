"""Chains: the steps of each kind of case in order, who answers them, what they conclude, what gates them.

Relies on catalogs/chains.yaml, whose head explains every key.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from review_flows.law.strict import NO_ROWS, NO_TEXTS, Section

ALWAYS: Final = "always"
MODES = (ALWAYS, "when_asked")
NEEDS = ("risk_stated",)  # what an exception of a gate may ask for besides its fact


@dataclass(frozen=True)
class Answerer:
    """Who answers a step where `rule` binds (null: otherwise)."""

    role: str
    unit: str
    also: tuple[str, ...] = ()
    rule: str | None = None
    jointly_with: str | None = None


@dataclass(frozen=True)
class GateException:
    """A conclusion that passes although it would not, where a fact is true, a rule binds and `needs` is there."""

    conclusion: str
    fact: str
    rule: str
    needs: str


@dataclass(frozen=True)
class Gate:
    """What must be so before a step: step `of` concluded in one of `passes`, or `answered`, or by the exception."""

    of: str
    passes: tuple[str, ...]
    answered: tuple[str, ...] = ()
    exception: GateException | None = None
    rules: tuple[str, ...] = ()
    always: bool = False


@dataclass(frozen=True)
class ChainStep:
    """One step of a chain."""

    id: str
    mode: str
    after: tuple[str, ...]
    by: tuple[Answerer, ...]
    conclusions: tuple[str, ...]
    passes: tuple[str, ...]
    proved_by: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    period_ends: str | None = None  # null: the day on which the step is done
    stops: bool = False  # what comes after cannot begin unless it passed
    this_draft: bool = False  # good only for the version that it looked at
    this_draft_by: tuple[str, ...] = ()  # … where one of these rules binds
    copy: str | None = None  # the role of the copy made at this step, which must say what was reviewed
    framed: bool = False  # the copy may stand in the frame of its issue: masthead, number, imprint
    gates: tuple[Gate, ...] = ()

    @property
    def is_always(self) -> bool:
        """Whether the district's own flow has it also where no rule asks for it."""
        return self.mode == ALWAYS


@dataclass(frozen=True)
class Chain:
    """The chain of one kind: `code` stands in case numbers, `draft` is the role of the text under review."""

    kind: str
    code: str
    draft: str
    steps: Mapping[str, ChainStep]

    def before(self, step: str) -> frozenset[str]:
        """All steps that come before one, nearest or not."""
        found: set[str] = set()
        waiting = list(self.steps[step].after)
        while waiting:
            if (earlier := waiting.pop()) not in found:
                found.add(earlier)
                waiting.extend(self.steps[earlier].after)
        return frozenset(found)

    def walked_from(self, step: str) -> str:
        """The step with which a case that asks for one begins: what is good for one draft only is done here, always."""
        earlier = self.before(step)
        return next((other for other in self.steps if other in earlier and self.steps[other].this_draft), step)

    def following(self, step: str) -> Iterator[str]:
        """The steps that rest on one, in chain order."""
        return (other for other in self.steps if step in self.before(other))


@dataclass(frozen=True)
class Known:
    """The words that a chain may use."""

    conclusions: Collection[str]
    people: Collection[str]
    places: Collection[str]
    dates: Collection[str]
    roles: Collection[str]
    facts: Collection[str]
    rules: Collection[str]
    steps: Collection[str]


def read_chains(root: Section, known: Known) -> dict[str, Chain]:
    """The chains of chains.yaml, by kind."""
    return {kind: _read_chain(kind, section, known) for kind, section in root.sections()}


def _read_chain(kind: str, section: Section, known: Known) -> Chain:
    steps: dict[str, ChainStep] = {}
    code = section.need("code", Section.text, "")
    draft = section.need("draft", lambda s, k: s.word(k, known.roles, "材料角色"), "")
    inner = section.need("steps", Section.section, Section.empty())
    for name, step in inner.sections():
        inner.is_known(name, name, known.steps, "环节")
        steps[name] = _read_step(name, step, steps, known)
        step.close()
    section.close()
    return Chain(kind, code, draft, steps)


def _read_step(name: str, section: Section, earlier: Mapping[str, ChainStep], known: Known) -> ChainStep:
    conclusions = section.need("conclusions", lambda s, k: s.words(k, known.conclusions, "结论"), NO_TEXTS)
    return ChainStep(
        id=name,
        mode=section.need("mode", lambda s, k: s.word(k, MODES, "方式"), ALWAYS),
        after=section.need("after", lambda s, k: s.words(k, earlier, "在前的环节"), NO_TEXTS),
        by=tuple(_read_answerer(row, known) for row in section.need("by", Section.rows, NO_ROWS)),
        conclusions=conclusions,
        passes=section.need("passes", lambda s, k: s.words(k, conclusions, "本环节的结论"), NO_TEXTS),
        proved_by=section.maybe("proved_by", lambda s, k: s.words(k, known.roles, "材料角色"), NO_TEXTS),
        records=section.maybe("records", lambda s, k: s.words(k, known.dates, "登记日期"), NO_TEXTS),
        period_ends=section.maybe("period_ends", lambda s, k: s.word(k, known.dates, "登记日期"), None),
        stops=section.maybe("stops", Section.flag, False),
        this_draft=section.maybe("this_draft", Section.flag, False),
        this_draft_by=section.maybe("this_draft_by", lambda s, k: s.words(k, known.rules, "规则"), NO_TEXTS),
        framed=section.maybe("framed", Section.flag, False),
        copy=section.maybe("copy", lambda s, k: s.word(k, known.roles, "材料角色"), None),
        gates=tuple(_read_gate(row, earlier, known) for row in section.maybe("gates", Section.rows, NO_ROWS)),
    )


def _read_answerer(section: Section, known: Known) -> Answerer:
    found = Answerer(
        role=section.need("role", lambda s, k: s.word(k, known.people, "人员角色"), ""),
        unit=section.need("unit", lambda s, k: s.word(k, known.places, "单位"), ""),
        also=section.maybe("also", lambda s, k: s.words(k, known.people, "人员角色"), NO_TEXTS),
        rule=section.maybe("rule", lambda s, k: s.word(k, known.rules, "规则"), None),
        jointly_with=section.maybe("jointly_with", lambda s, k: s.word(k, known.places, "单位"), None),
    )
    section.close()
    return found


def _read_gate(section: Section, earlier: Mapping[str, ChainStep], known: Known) -> Gate:
    of = section.need("of", lambda s, k: s.word(k, earlier, "在前的环节"), "")
    concluded = earlier[of].conclusions if of else ()
    exception = None
    if section.has("exception"):
        exception = _read_exception(section.section("exception"), concluded, known)
    gate = Gate(
        of=of,
        passes=section.need("passes", lambda s, k: s.words(k, concluded, "该环节的结论"), NO_TEXTS),
        answered=section.maybe("answered", lambda s, k: s.words(k, concluded, "该环节的结论"), NO_TEXTS),
        exception=exception,
        rules=section.maybe("rules", lambda s, k: s.words(k, known.rules, "规则"), NO_TEXTS),
        always=section.maybe("always", Section.flag, False),
    )
    if not gate.rules and not gate.always:
        section.fault("rules", "没有写 always 的，至少要有一条规则")
    section.close()
    return gate


def _read_exception(section: Section, concluded: Collection[str], known: Known) -> GateException:
    found = GateException(
        conclusion=section.need("conclusion", lambda s, k: s.word(k, concluded, "该环节的结论"), ""),
        fact=section.need("fact", lambda s, k: s.word(k, known.facts, "事实"), ""),
        rule=section.need("rule", lambda s, k: s.word(k, known.rules, "规则"), ""),
        needs=section.need("needs", lambda s, k: s.word(k, NEEDS, "条件"), ""),
    )
    section.close()
    return found

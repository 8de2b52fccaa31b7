"""How a yearly catalogue of decisions comes about: what it names, who does each act, who may propose, what is due soon.

Relies on catalogs/decisions/lifecycle.yaml.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from review_flows.law.strict import NO_TEXTS, Section

ACTS = ("propose", "revise", "study", "reply", "consent", "publish", "adjust", "roll", "link")


@dataclass(frozen=True)
class Doers:
    """Who does an act: these roles of the organ whose catalogue it is, with `units` also of the units concerned."""

    roles: tuple[str, ...]
    units: bool


@dataclass(frozen=True)
class Initiator:
    """A kind of proposer (713 art. 10) and what the law asks of a proposal of theirs."""

    id: str
    label: str
    rule: str
    argued: bool  # the proposer argues problem, grounds, plan, necessity, feasibility: a paper
    numbered: bool  # the proposal has a number that is kept
    answered: bool  # the proposer is told what became of it


@dataclass(frozen=True)
class Lifecycle:
    """The whole file."""

    soon_calendar_days: int
    procedures: Mapping[str, tuple[str, ...]]  # step that a catalogue names → the rules to cite, the first that binds
    acts: Mapping[str, Doers]
    initiators: Mapping[str, Initiator]


def read_lifecycle(root: Section, roles: Collection[str], rules: Collection[str], steps: Collection[str]) -> Lifecycle:
    """The lifecycle of decisions/lifecycle.yaml; its faults stay in the section. `steps`: those of a decision."""
    acts = root.need("acts", Section.section, Section.empty())
    doers = {act: _read_doers(acts, act, roles) for act in ACTS}
    acts.close()
    procedures = root.need("procedures", Section.section, Section.empty())
    for step in procedures.raw:
        procedures.is_known(step, step, steps, "环节")
    cited = {step: procedures.need(step, lambda s, k: s.words(k, rules, "规则"), NO_TEXTS) for step in procedures.raw}
    initiators = root.need("initiators", Section.section, Section.empty())
    return Lifecycle(
        soon_calendar_days=root.need("soon_calendar_days", Section.whole, 0),
        procedures=cited,
        acts=doers,
        initiators={name: _read_initiator(name, section, rules) for name, section in initiators.sections()},
    )


def _read_doers(acts: Section, act: str, roles: Collection[str]) -> Doers:
    section = acts.need(act, Section.section, Section.empty())
    doers = Doers(
        roles=section.need("roles", lambda s, k: s.words(k, roles, "角色"), NO_TEXTS),
        units=section.need("units", Section.flag, False),
    )
    section.close()
    return doers


def _read_initiator(name: str, section: Section, rules: Collection[str]) -> Initiator:
    found = Initiator(
        id=name,
        label=section.need("label", Section.text, ""),
        rule=section.need("rule", lambda s, k: s.word(k, rules, "规则"), ""),
        argued=section.need("argued", Section.flag, False),
        numbered=section.need("numbered", Section.flag, False),
        answered=section.need("answered", Section.flag, False),
    )
    section.close()
    return found

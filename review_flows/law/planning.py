"""What the law asks of a matter on a day: which steps, on what grounds, with which periods and papers.

Pure. Rules that ask (must, block) make a step required; all others only speak of it. A fact that nobody answered leaves
the step open (None) where its answer would decide.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from review_flows.law.catalogs import Catalogs
from review_flows.law.chains import Chain, ChainStep
from review_flows.law.facts import LEVEL
from review_flows.law.matter import Ground, Material, Matter, Plan, PlannedPeriod, PlannedStep
from review_flows.law.rules import EXCLUDING_KIND, Reading
from review_flows.law.workdays import Period

CHAIN = "CHAIN"  # the rule of a step that only the district's own flow has; its words stand in chains.yaml


def plan(catalogs: Catalogs, matter: Matter, on: date) -> Plan:
    """What the law in force on a day asks of a matter: steps, periods, papers, questions."""
    chain = catalogs.chain(matter.kind)
    readings = catalogs.readings(matter.kind, matter.facts, on)
    if excluding := [reading for reading in readings if reading.version.kind == EXCLUDING_KIND and reading.binds]:
        return _excluded(catalogs, chain, excluding, on)
    view = _View(catalogs, matter, on, chain, readings, _replacements(readings))
    steps = tuple(_plan_step(view, step) for step in chain.steps.values())
    papers = tuple(_papers(view, {step.step: step.required for step in steps}))
    return Plan(
        kind=matter.kind,
        on=on,
        catalogs=catalogs.sha256,
        steps=steps,
        materials=tuple(paper.material for paper in papers),
        questions=_questions(view, steps, papers),
        bounds=tuple(_planned(view, reading) for reading in readings if reading.binds and reading.rule.bounds),
    )


@dataclass(frozen=True)
class _View:
    """Everything one plan is made from."""

    catalogs: Catalogs
    matter: Matter
    on: date
    chain: Chain
    readings: tuple[Reading, ...]
    replaced: Mapping[str, str]  # a rule that binds → the local rule that binds in its place

    def naming(self, step: str) -> tuple[Reading, ...]:
        """The rules that name a step."""
        return tuple(reading for reading in self.readings if step in reading.rule.steps)

    def ground(self, reading: Reading) -> Ground:
        """A reading as a ground."""
        return replace(_ground(self.catalogs, reading), replaced_by=self.replaced.get(reading.rule.id))


def _replacements(readings: Iterable[Reading]) -> dict[str, str]:
    return {reading.rule.replaces: reading.rule.id for reading in readings if reading.rule.replaces and reading.binds}


def _excluded(catalogs: Catalogs, chain: Chain, excluding: list[Reading], on: date) -> Plan:
    grounds = tuple(_ground(catalogs, reading) for reading in excluding)
    steps = tuple(PlannedStep(step, False, grounds) for step in chain.steps)
    return Plan(chain.kind, on, catalogs.sha256, steps, (), (), excluded=grounds)


def _ground(catalogs: Catalogs, reading: Reading) -> Ground:
    rule = reading.rule
    return Ground(
        rule=rule.id,
        citation=reading.version.citation,
        confidence=rule.confidence,
        text=catalogs.text_of(rule, reading.version),
        fact=reading.fact,
        kind=reading.version.kind,
        unverified=rule.is_unverified,
        remark=rule.remark,
        exception=rule.exception,
    )


def _plan_step(view: _View, step: ChainStep) -> PlannedStep:
    naming = view.naming(step.id)
    asking = [reading for reading in naming if reading.asks]
    if any(reading.binds for reading in asking):
        return _required(view, step.id, naming, [])
    if step.is_always:
        return _required(view, step.id, naming, [_own_flow(view.catalogs, asked=True)])
    if unanswered := [reading for reading in asking if reading.binds is None]:
        return PlannedStep(step.id, None, tuple(map(view.ground, unanswered)))
    return PlannedStep(step.id, False, tuple(_grounds_against(view, asking, naming)))


def _required(view: _View, step: str, naming: tuple[Reading, ...], own: list[Ground]) -> PlannedStep:
    """A required step: first the rules that ask for it, then those that say something about it."""
    telling = [reading for reading in naming if reading.binds and _tells(reading)]
    binding = sorted((reading for reading in telling if not reading.rule.is_example), key=lambda r: not r.asks)
    periods = [_planned(view, reading) for reading in binding if _sets_period(view, reading)]
    examples = [_planned(view, reading) for reading in telling if reading.rule.is_example and reading.period]
    planned = PlannedStep(
        step,
        True,
        (*own, *map(view.ground, binding)),
        tuple(periods),
        examples=tuple(examples),
        set_aside=tuple(view.ground(reading) for reading in naming if reading.is_set_aside),
        proved_by=_proof(view.matter, step),
    )
    return _dated(planned)


def _tells(reading: Reading) -> bool:
    """Whether a rule that binds says something: a limit that the district has not set yet says nothing."""
    return not (reading.version.kind in ("min", "max") and reading.period is None)


def _sets_period(view: _View, reading: Reading) -> bool:
    return reading.period is not None and not reading.rule.bounds and reading.rule.id not in view.replaced


def _grounds_against(view: _View, asking: list[Reading], naming: Iterable[Reading]) -> Iterator[Ground]:
    """Why a step is not required: the rules that would ask for it or that a fact set aside, else those that may."""
    # A rule for another level would not ask for it whatever the other facts were.
    near = [reading for reading in asking if LEVEL not in reading.facts] or asking
    others = [reading for reading in naming if reading.version.kind == "may" and reading.binds]
    if near or others:
        yield from map(view.ground, [*near, *others])
    else:
        yield _own_flow(view.catalogs, asked=False)


def _own_flow(catalogs: Catalogs, *, asked: bool) -> Ground:
    words = catalogs.own_flow
    text = words.asked if asked else words.not_asked
    return Ground(CHAIN, words.citation, "local", text, unverified=True)


def _planned(view: _View, reading: Reading) -> PlannedPeriod:
    period = reading.period
    assert period is not None, f"{reading.rule.id} sets no period"
    base = _base(view, period)
    due = period.ends(base, view.catalogs.calendar) if base else None
    return PlannedPeriod(
        rule=period.rule,
        kind=period.kind,
        number=period.number,
        unit=period.unit,
        counted_from=period.counted_from,
        counted_on=base,
        ends_on=due.on if due else None,
        provisional=due.provisional if due else False,
        citation=reading.version.citation,
        bounds=period.bounds,
        direction=period.direction,
    )


def _base(view: _View, period: Period) -> date | None:
    """The day that a period counts from: recorded, answered, or the day of the plan (unless it counts backward)."""
    name = period.counted_from or ""
    known = view.matter.dates.get(name) or _answered_day(view, name)
    return known or (None if period.is_backward else view.on)


def _answered_day(view: _View, name: str) -> date | None:
    """The day that a fact gives, also where it was stored as text."""
    if name not in view.catalogs.facts or (raw := view.matter.facts.get(name)) is None:
        return None
    answer = view.catalogs.facts[name].answer(raw)
    return answer if isinstance(answer, date) else None


def _dated(step: PlannedStep) -> PlannedStep:
    """The step with its dates: the last minimum, the first maximum, the first reminder."""
    earliest = max(_ends(step.periods, "min"), default=None)
    due = min(_ends(step.periods, "max"), default=None)
    remind = min(_ends((*step.periods, *step.examples), "local_default"), default=None)
    return replace(
        step,
        earliest_end_on=earliest[0] if earliest else None,
        due_on=due[0] if due else None,
        remind_on=remind[0] if remind else None,
        provisional=any(found[1] for found in (earliest, due) if found),
    )


def _ends(periods: Iterable[PlannedPeriod], kind: str) -> list[tuple[date, bool]]:
    """Where the periods of a kind end, and whether that is an estimate; what counts back bounds another act."""
    return [
        (period.ends_on, period.provisional)
        for period in periods
        if period.kind == kind and period.ends_on and period.direction == "forward"
    ]


@dataclass(frozen=True)
class _Paper:
    """A paper and the facts that decide whether it is required."""

    material: Material
    facts: tuple[str, ...] = ()


def _papers(view: _View, required: Mapping[str, bool | None]) -> Iterator[_Paper]:
    """Every paper once, by the strongest rule that asks for it, in the order of the steps that need it."""
    found: dict[str, _Paper] = {}
    for step in view.chain.steps:
        for reading in view.naming(step):
            if required[step] is not False and reading.binds is not False:
                for paper in _papers_of(view, step, reading, required):
                    found[paper.material.role] = _stronger(found.get(paper.material.role), paper)
    order = list(view.chain.steps)
    yield from sorted(found.values(), key=lambda paper: order.index(paper.material.needed_for))


def _stronger(one: _Paper | None, two: _Paper) -> _Paper:
    strength = (False, None, True)
    weaker = one is None or strength.index(one.material.required) < strength.index(two.material.required)
    return two if one is None or weaker else one


def _papers_of(view: _View, step: str, reading: Reading, required: Mapping[str, bool | None]) -> Iterator[_Paper]:
    needed = None if reading.binds is None or required[step] is None else True
    facts = reading.facts if reading.binds is None else ()
    for role in reading.rule.materials:
        yield _Paper(Material(role, needed, role in view.matter.present, reading.rule.id, step, step), facts)
    proof = _proof(view.matter, step)
    for role in reading.rule.results:
        material = Material(
            role=role,
            required=False if proof not in (None, role) else needed,
            present=role in view.matter.present,
            rule=reading.rule.id,
            needed_for=_needed_for(view, step, required),
            step=step,
            is_result=True,
            proved_by=proof,
        )
        yield _Paper(material, facts)
    # A step said to be done before sending is proved by a paper, which must then be there.
    entry = view.matter.history.get(step)
    if entry and reading.asks and not proof:
        needed_for = _needed_for(view, step, required)
        yield _Paper(Material(entry.evidence, needed, False, reading.rule.id, needed_for, step), facts)


def _proof(matter: Matter, step: str) -> str | None:
    """The paper there that proves a step done before sending."""
    entry = matter.history.get(step)
    return entry.evidence if entry and entry.evidence in matter.present else None


def _needed_for(view: _View, step: str, required: Mapping[str, bool | None]) -> str:
    """The step that cannot begin without a result: the one asked for, or the next after it, or none but itself."""
    if step in view.chain.before(view.matter.asks_for):
        return view.matter.asks_for
    return next((later for later in view.chain.following(step) if required[later] is not False), step)


def _questions(view: _View, steps: Iterable[PlannedStep], papers: Iterable[_Paper]) -> tuple[str, ...]:
    """The facts whose answers decide what is still open, in the order of facts.yaml."""
    open_steps = {step.step for step in steps if step.required is None}
    asked = {fact for paper in papers if paper.material.required is None for fact in paper.facts}
    for reading in view.readings:
        if reading.binds is None and reading.asks and open_steps & set(reading.rule.steps):
            asked.update(reading.facts)
    return tuple(fact for fact in view.catalogs.facts if fact in asked)

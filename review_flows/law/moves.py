"""What may be done next in a running case, what blocks the rest, and who answers each step.

Pure. The order and the gates are data (chains.yaml): a gate looks at the conclusion of an earlier step and, where that
step is good for one version of the draft only, at exactly the version that is before us now.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from review_flows.law.catalogs import Catalogs
from review_flows.law.chains import Answerer, Chain, Gate, GateException
from review_flows.law.facts import Answers
from review_flows.law.matter import (
    Block,
    Material,
    Matter,
    NextSteps,
    Plan,
    PlannedStep,
    Progress,
    Responsible,
    StepState,
)
from review_flows.law.organs import Organ
from review_flows.law.planning import CHAIN, plan
from review_flows.law.rules import Reading

_IN_HAND = ("waiting", "running")


def next_steps(catalogs: Catalogs, matter: Matter, progress: Progress, on: date) -> NextSteps:
    """The steps that may start on a day, side by side, and what blocks the others."""
    view = _View(catalogs, matter, progress, plan(catalogs, matter, on), on)
    ready: list[str] = []
    blocked: list[Block] = []
    for step in view.plan.steps:
        if step.required is False and not view.plan.excluded or view.is_over(step.step) or view.is_in_hand(step.step):
            continue
        block = next(view.blocks(step), None)
        if block:
            blocked.append(block)
        else:
            ready.append(step.step)
    return NextSteps(tuple(ready), tuple(blocked))


def blocks_of(catalogs: Catalogs, matter: Matter, progress: Progress, step: str, on: date) -> tuple[Block, ...]:
    """What stands against a step that somebody has before them: the case may have moved since it started."""
    view = _View(catalogs, matter, progress, plan(catalogs, matter, on), on)
    return tuple(view.blocks(view.plan.step(step)))


def unready_for(catalogs: Catalogs, matter: Matter, progress: Progress, step: str, on: date) -> tuple[Block, ...]:
    """Everything that stands against a step, however long before it, each with its own rule: steps, gates, facts.

    The papers that lack for it are those of `lacking_for`.
    """
    view = _View(catalogs, matter, progress, plan(catalogs, matter, on), on)
    found = {block.reason: block for block in view.everything_before(view.plan.step(step))}
    return tuple(found.values())


def lacking_for(catalogs: Catalogs, matter: Matter, step: str, on: date) -> tuple[Material, ...]:
    """All papers that the package of a step lacks, at once (一次性告知): its own, and the results before it."""
    return _lacking(catalogs.chain(matter.kind), plan(catalogs, matter, on), step)


def _lacking(chain: Chain, planned: Plan, step: str) -> tuple[Material, ...]:
    earlier = chain.before(step)
    return tuple(
        material
        for material in planned.materials
        if material.is_lacking
        and (material.step in earlier if material.is_result else step in (material.step, material.needed_for))
    )


def done_on_arrival(catalogs: Catalogs, matter: Matter, on: date) -> Mapping[str, str | None]:
    """The required steps that count as done when the matter arrives (送审前完成), each with the role that proves it.

    They stand in `history`, or their result is in the package. A step before the one asked for that leaves no paper of
    its own counts as done too (null).
    """
    return _arrived(catalogs.chain(matter.kind), matter, plan(catalogs, matter, on))


def _arrived(chain: Chain, matter: Matter, planned: Plan) -> dict[str, str | None]:
    later = {matter.asks_for, *chain.following(matter.asks_for)}
    earlier = chain.before(matter.asks_for)
    done: dict[str, str | None] = {}
    for step in planned.steps:
        if step.required is not True or step.step in later or chain.steps[step.step].this_draft:
            continue
        papers = [material for material in planned.materials if material.is_result and material.step == step.step]
        if step.proved_by:
            done[step.step] = step.proved_by
        elif papers:
            if all(paper.present for paper in papers if paper.required is not False):
                done[step.step] = papers[0].role
        elif step.step in earlier and step.step not in matter.history:
            proofs = chain.steps[step.step].proved_by
            if set(proofs) <= matter.present:
                done[step.step] = next(iter(proofs), None)
    return done


def responsible(catalogs: Catalogs, matter: Matter, step: str, on: date) -> Responsible:
    """Who answers a step on a day: by rule and level (ND-13, ND-14, TW-02, FC-02, FC-03)."""
    binding = _binding(catalogs.readings(matter.kind, matter.facts, on))
    answerers = catalogs.chain(matter.kind).steps[step].by
    found = next(answerer for answerer in answerers if answerer.rule is None or answerer.rule in binding)
    return _resolve(catalogs, matter, found)


def _resolve(catalogs: Catalogs, matter: Matter, answerer: Answerer) -> Responsible:
    return Responsible(
        role=answerer.role,
        unit=_unit(catalogs, matter, answerer.unit),
        rule=answerer.rule or CHAIN,
        also=answerer.also,
        jointly_with=_unit(catalogs, matter, answerer.jointly_with) if answerer.jointly_with else None,
    )


def _unit(catalogs: Catalogs, matter: Matter, place: str) -> str | None:
    """The name of the unit at a place of chains.yaml; null where the matter does not name its organ or drafter."""
    organs = catalogs.organs
    if place in organs.duties:
        return organs.bearer(place).name
    if place == "drafting":
        lead = next(iter(matter.drafting_units), None)
        known = organs.find(lead) if lead else None
        return known.name if known else lead
    organ: Organ | None = organs.find(matter.organ) if matter.organ else None
    if organ is None:
        return None
    return organs.reviewer_of(organ).name if place == "reviewing" else organ.name


def _binding(readings: tuple[Reading, ...]) -> dict[str, Reading]:
    return {reading.rule.id: reading for reading in readings if reading.binds}


@dataclass(frozen=True)
class _View:
    """One case on one day."""

    catalogs: Catalogs
    matter: Matter
    progress: Progress
    plan: Plan
    on: date

    @property
    def chain(self) -> Chain:
        return self.catalogs.chain(self.matter.kind)

    def label(self, step: str) -> str:
        return self.catalogs.label(step, self.matter.kind, section="steps")

    def is_over(self, step: str) -> bool:
        """Whether a step is done and need not be done again."""
        state = self.progress.of(step)
        if state.state != "done" or state.stale:
            return state.state == "not_started" and step in self._arrived
        return not self._is_reopened(state)

    def is_in_hand(self, step: str) -> bool:
        """Whether somebody has it before them, or its period runs."""
        return self.progress.of(step).state in _IN_HAND

    @cached_property
    def _arrived(self) -> Mapping[str, str | None]:
        return _arrived(self.chain, self.matter, self.plan)

    @cached_property
    def _binding(self) -> Mapping[str, Reading]:
        return _binding(self.catalogs.readings(self.matter.kind, self.matter.facts, self.on))

    def _is_for_one_draft(self, step: str) -> bool:
        """Whether what a step concludes is good only for the version of the draft that it looked at."""
        found = self.chain.steps[step]
        return found.this_draft or any(rule in self._binding for rule in found.this_draft_by)

    def _is_of_another_draft(self, state: StepState) -> bool:
        return self._is_for_one_draft(state.step) and state.draft_sha256 != self.progress.draft_sha256

    def _is_reopened(self, state: StepState) -> bool:
        """Whether a new version of the draft asks for another round: of what did not pass, or is good for one only."""
        step = self.chain.steps[state.step]
        is_pending = self._is_for_one_draft(state.step) or state.conclusion not in (*step.passes, None)
        if not is_pending or state.draft_sha256 == self.progress.draft_sha256:
            return False
        return not self._is_decided(state.step)

    def _is_decided(self, step: str) -> bool:
        """Whether a step after this one has decided the matter: then a new version is its consequence.

        Not where its amended text must pass what came before once more (pending: reviewed_again).
        """
        deciding = (self.chain.steps[later] for later in self.chain.following(step) if self.chain.steps[later].stops)
        found = ((later, self.progress.of(later.id)) for later in deciding)
        return any(
            state.state == "done" and state.conclusion in (*later.passes, None) and state.pending != "reviewed_again"
            for later, state in found
        )

    def blocks(self, step: PlannedStep) -> Iterator[Block]:
        """Why a step cannot start, the nearest reason first."""
        if self.plan.excluded:
            ground = self.plan.excluded[0]
            yield Block(step.step, f"不适用本程序：{ground.text}。", ground.rule, citation=ground.citation)
        elif step.required is None:
            asked = "、".join(self.catalogs.facts[fact].label for fact in self._facts(step))
            yield self._by_ground(step, f"是否需要{self.label(step.step)}待定：请先回答{asked}。")
        else:
            yield from self._returned(step)
            yield from self._before_sending(step)
            yield from self._unfinished(step)
            yield from self._gates(step)
            yield from self._papers(step)

    def everything_before(self, step: PlannedStep) -> Iterator[Block]:
        """What stands against a step and against those before it, in chain order, then its gates; not the papers."""
        if self.plan.excluded or step.required is None:
            yield from self.blocks(step)
            return
        yield from self._returned(step)
        shut = list(self._shut_gates(step))
        named = {of for of, _ in shut}
        for earlier in self.plan.steps:
            if earlier.step not in self.chain.before(step.step) or earlier.required is False:
                continue
            if earlier.required is None:
                yield from self.blocks(earlier)
            elif not self.is_over(earlier.step) and earlier.step not in named:
                yield self._by_ground(earlier, f"{self.label(earlier.step)}尚未办结。")
        yield from (block for _, block in shut)

    def _facts(self, step: PlannedStep) -> list[str]:
        return list(dict.fromkeys(ground.fact for ground in step.because if ground.fact))

    def _by_ground(self, step: PlannedStep, reason: str, lacking: tuple[str, ...] = ()) -> Block:
        ground = step.because[0]
        return Block(step.step, reason, ground.rule, lacking, ground.citation)

    def _returned(self, step: PlannedStep) -> Iterator[Block]:
        """A step that was returned waits for its sender: for a new version, or until a supplement is recorded."""
        state = self.progress.of(step.step)
        if state.state == "returned" and state.draft_sha256 == self.progress.draft_sha256:
            yield self._by_ground(step, f"{self.label(step.step)}已经退回，请补正后再次送审。")

    def _before_sending(self, step: PlannedStep) -> Iterator[Block]:
        """A step before the one asked for is not walked here, unless the matter was returned to it: its proof lacks."""
        state = self.progress.of(step.step)
        is_earlier = step.step in self.chain.before(self.matter.asks_for)
        if is_earlier and state.state == "not_started" and not state.stale:
            roles = tuple(
                material.role for material in self.plan.materials if material.step == step.step and material.is_lacking
            )
            asked = self.label(self.matter.asks_for)
            reason = f"{self.label(step.step)}应当在送{asked}之前完成，请补交能够证明的材料。"
            yield self._by_ground(step, reason, roles)

    def _unfinished(self, step: PlannedStep) -> Iterator[Block]:
        for earlier in self._predecessors(step.step):
            state = self.progress.of(earlier)
            if not self.is_over(earlier):
                yield self._by_ground(step, f"{self.label(earlier)}尚未办结，不能开始{self.label(step.step)}。")
            elif self.chain.steps[earlier].stops and state.conclusion not in (*self.chain.steps[earlier].passes, None):
                conclusion = self.catalogs.label(str(state.conclusion), earlier, section="conclusions")
                yield self._by_ground(
                    step, f"{self.label(earlier)}没有通过（{conclusion}），不能开始{self.label(step.step)}。"
                )
            elif state.pending:
                yield from self._pending(step, state)

    def _pending(self, step: PlannedStep, state: StepState) -> Iterator[Block]:
        """What still holds up the steps after one that passed on condition of an amended text."""
        name = self.label(state.step)
        if state.pending == "reviewed_again":
            for _, block in self._shut_gates(self.plan.step(state.step)):
                yield replace(block, step=step.step, reason=f"{name}后的修改稿有实质性修改，须重新审核。{block.reason}")
        elif state.draft_sha256 == self.progress.draft_sha256:
            yield self._by_ground(step, f"{name}原则通过，修改后的文稿还没有送来，不能开始{self.label(step.step)}。")
        else:
            yield self._by_ground(step, f"{name}原则通过，修改后的文稿尚待核对，不能开始{self.label(step.step)}。")

    def _predecessors(self, step: str) -> Iterator[str]:
        """The nearest steps before one that the case has, in chain order."""
        found: set[str] = set()
        waiting = list(self.chain.steps[step].after)
        while waiting:
            earlier = waiting.pop()
            if self.plan.step(earlier).required is False:
                waiting.extend(self.chain.steps[earlier].after)
            else:
                found.add(earlier)
        return (earlier for earlier in self.chain.steps if earlier in found)

    def _gates(self, step: PlannedStep) -> Iterator[Block]:
        return (block for _, block in self._shut_gates(step))

    def _shut_gates(self, step: PlannedStep) -> Iterator[tuple[str, Block]]:
        """The gates of a step that are shut: the step each looks at, and what it says."""
        binding = self._binding
        for gate in self.chain.steps[step.step].gates:
            rules = [binding[rule] for rule in gate.rules if rule in binding]
            if not (rules or gate.always) or self.plan.step(gate.of).required is False:
                continue
            if reason := self._shut(gate, binding):
                words = f"不能开始{self.label(step.step)}：{reason}"
                yield gate.of, _gate_block(step.step, words, rules, self.catalogs)

    def _shut(self, gate: Gate, binding: Mapping[str, Reading]) -> str | None:
        """Why a gate is shut; null where it is open."""
        state, name = self.progress.of(gate.of), self.label(gate.of)
        if state.state != "done" and self.is_over(gate.of):
            # Done before sending: the paper itself says that it passed; a person accepts it with the package.
            return None if not self.chain.steps[gate.of].this_draft else f"{name}尚未办结。"
        if state.state != "done" or state.stale:
            return f"{name}尚未办结。"
        if self._is_of_another_draft(state):
            return f"{name}意见针对的不是现在这一稿，草案修改后应当再次送审。"
        return self._shut_by_conclusion(gate, state, binding)

    def _shut_by_conclusion(self, gate: Gate, state: StepState, binding: Mapping[str, Reading]) -> str | None:
        name = self.label(gate.of)
        if state.conclusion in gate.passes:
            return None
        if state.conclusion in gate.answered:
            open_items = self.progress.must_items_open
            return f"{name}意见中还有 {open_items} 项应当修改的，既未采纳也未说明理由。" if open_items else None
        if gate.exception and self._is_possible(gate.exception, state, binding):
            return None if getattr(self.progress, gate.exception.needs) else "探索性改革事项须先在材料中明示法律风险。"
        conclusion = "没有结论"
        if state.conclusion:
            conclusion = self.catalogs.label(state.conclusion, gate.of, section="conclusions")
        return f"{name}的结论是“{conclusion}”。"

    def _is_possible(self, exception: GateException, state: StepState, binding: Mapping[str, Reading]) -> bool:
        answers = Answers(self.catalogs.facts, self.matter.facts)
        return (
            state.conclusion == exception.conclusion
            and exception.rule in binding
            and answers.of(exception.fact) is True
        )

    def _papers(self, step: PlannedStep) -> Iterator[Block]:
        if lacking := _lacking(self.chain, self.plan, step.step):
            names = "、".join(self.catalogs.label(material.role, section="roles") for material in lacking)
            rule = lacking[0].rule
            yield Block(
                step.step,
                f"不能开始{self.label(step.step)}：还缺{names}。",
                rule,
                tuple(material.role for material in lacking),
                self._citation(rule),
            )

    def _citation(self, rule: str) -> str:
        version = self.catalogs.rules[rule].version_on(self.on) if rule in self.catalogs.rules else None
        return version.citation if version else ""


def _gate_block(step: str, reason: str, rules: list[Reading], catalogs: Catalogs) -> Block:
    if rules:
        return Block(step, reason, rules[0].rule.id, citation=rules[0].version.citation)
    return Block(step, reason, CHAIN, citation=catalogs.own_flow.citation)

"""What a catalogue item must be: the faults of drafts, all at once, and the procedures that their facts require.

Pure but for the titles and numbers that are there already. Facts decide procedures as `plan` would (MD-35); a matter
to which another procedure applies is refused with the ground (MD-02, MD-34).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from review_flows.decisions.catalog import KIND, OFF, DecisionItem
from review_flows.law.catalogs import Catalogs
from review_flows.law.facts import Value
from review_flows.law.matter import Matter
from review_flows.law.planning import plan

MAX_TITLE = 200
LEAD_UNIT = "MD-04"
DEPARTMENT = "department"  # the proposer where none is told
SECRET = "state_secret"  # noqa: S105  # the name of a fact


@dataclass(frozen=True)
class ItemDraft:
    """An item as proposed. `facts` decide which procedures apply; `initiator`: {kind, name, reference}."""

    title: str
    units: tuple[str, ...]
    basis: str
    planned_on: date
    facts: Mapping[str, Value] = field(default_factory=dict)
    initiator: Mapping[str, str] = field(default_factory=dict)
    number: int | None = None


@dataclass(frozen=True)
class ItemFault:
    """One thing wrong with a draft: the key of the part that is, and why, in Chinese."""

    key: str
    reason: str


def settled(catalogs: Catalogs, draft: ItemDraft) -> ItemDraft:
    """The draft as it is kept: names of the register, and the lead unit where no proposer was named."""
    units = tuple(found.name if (found := catalogs.organs.find(unit)) else unit for unit in draft.units)
    return replace(
        draft, title=draft.title.strip(), units=units, basis=draft.basis.strip(),
        initiator=_named(catalogs, draft.initiator, units),
    )  # fmt: skip


def _named(catalogs: Catalogs, told: Mapping[str, str], units: Sequence[str]) -> dict[str, str]:
    """The proposer; a unit that argues its own proposal is the lead unit unless another one is named."""
    found = {name: str(value).strip() for name, value in told.items() if str(value or "").strip()}
    if not units:
        return found
    kind = catalogs.lifecycle.initiators.get(found.get("kind", DEPARTMENT))
    otherwise = {"kind": DEPARTMENT, "name": units[0] if kind and kind.argued else ""}
    initiator = {name: found.get(name) or otherwise.get(name, "") for name in ("kind", "name", "reference")}
    return {name: value for name, value in initiator.items() if value}


def faults_of(
    catalogs: Catalogs, organ: str, draft: ItemDraft, on: date, there: Sequence[DecisionItem] = ()
) -> list[ItemFault]:
    """Everything wrong with a settled draft for the catalogue of an organ; `there`: the items it would stand beside."""
    return [
        *_words(catalogs, draft),
        *_initiator(catalogs, draft),
        *_facts(catalogs, organ, draft, on),
        *_beside(draft, there),
    ]


def _words(catalogs: Catalogs, draft: ItemDraft) -> Iterator[ItemFault]:
    if not draft.title:
        yield ItemFault("title", "没有事项名称")
    if len(draft.title) > MAX_TITLE or "\n" in draft.title:
        yield ItemFault("title", f"事项名称只能是一行，不超过 {MAX_TITLE} 个字")
    if not draft.units:
        yield ItemFault("units", f"没有承办单位；有几个的，牵头单位写在最前（{LEAD_UNIT}）")
    if len(set(draft.units)) < len(draft.units):
        yield ItemFault("units", "承办单位有重复")
    for unit in draft.units:
        if catalogs.organs.find(unit) is None:
            yield ItemFault("units", f"承办单位“{unit}”不在制定主体清单中")
    if not draft.basis:
        yield ItemFault("basis", "没有依据")


def _initiator(catalogs: Catalogs, draft: ItemDraft) -> Iterator[ItemFault]:
    kind = draft.initiator.get("kind")
    found = catalogs.lifecycle.initiators.get(kind or "")
    if draft.initiator and found is None:
        known = "、".join(each.label for each in catalogs.lifecycle.initiators.values())
        yield ItemFault("initiator_kind", f"没有提出人种类“{kind or ''}”，可用的是 {known}")
    elif found and found.numbered and not draft.initiator.get("reference"):
        yield ItemFault("reference", f"{found.label}须写明编号")
    elif found and found.answered and not draft.initiator.get("name"):
        yield ItemFault("initiator", f"{found.label}须写明提出人，以便答复")


def _facts(catalogs: Catalogs, organ: str, draft: ItemDraft, on: date) -> Iterator[ItemFault]:
    if unknown := [name for name in draft.facts if name not in item_facts(catalogs)]:
        known = "、".join(item_facts(catalogs))
        yield ItemFault(unknown[0], f"目录事项没有这一项情况 {unknown[0]}，可用的是 {known}")
        return
    if draft.facts.get(SECRET) is True:
        yield ItemFault(SECRET, "涉密事项不列入目录，按保密规定另行办理")
    for ground in plan(catalogs, _matter(catalogs, organ, draft.facts), on).excluded:
        yield ItemFault("excluded_matter", f"不适用重大行政决策程序：{ground.text}（{ground.citation}，{ground.rule}）")


def item_facts(catalogs: Catalogs) -> list[str]:
    """The facts that an item may have: questions about the matter, not about its case."""
    return [
        fact.id
        for fact in catalogs.facts.values()
        if KIND in fact.asked_of and fact.type in ("yes_no", "choice") and fact.id != "outside_catalog"
    ]


def _beside(draft: ItemDraft, there: Sequence[DecisionItem]) -> Iterator[ItemFault]:
    if any(item.title == draft.title and item.state not in OFF for item in there):
        yield ItemFault("title", f"目录里已有同名事项《{draft.title}》")
    if draft.number is not None and any(item.number == draft.number for item in there):
        yield ItemFault("number", f"序号 {draft.number} 已被使用")


def repeated(drafts: Sequence[ItemDraft]) -> list[tuple[int, ItemFault]]:
    """Titles and numbers that stand twice among the drafts themselves, with the place of the second one."""
    faults: list[tuple[int, ItemFault]] = []
    titles: dict[str, int] = {}
    numbers: dict[int, int] = {}
    for at, draft in enumerate(drafts):
        if titles.setdefault(draft.title, at) != at and draft.title:
            faults.append((at, ItemFault("title", f"与第 {titles[draft.title] + 1} 项同名")))
        if draft.number is not None and numbers.setdefault(draft.number, at) != at:
            faults.append((at, ItemFault("number", f"序号 {draft.number} 用了不止一次")))
    return faults


def _matter(catalogs: Catalogs, organ: str, facts: Mapping[str, Value]) -> Matter:
    return Matter(KIND, dict(facts) | {"level": catalogs.organs.get(organ).level}, organ=organ)


def required_procedures(catalogs: Catalogs, organ: str, facts: Mapping[str, Value], on: date) -> list[dict[str, Any]]:
    """The steps that a catalogue names and why each applies; `required` is null where a fact must still be answered."""
    planned = plan(catalogs, _matter(catalogs, organ, facts), on)
    named = []
    for step, cited in catalogs.lifecycle.procedures.items():
        found = planned.step(step)
        if found.required is False:
            continue
        by_rule = {ground.rule: ground for ground in found.because}
        ground = next((by_rule[rule] for rule in cited if rule in by_rule), found.because[0])
        named.append(
            {
                "step": step,
                "required": found.required,
                "rule": ground.rule,
                "citation": ground.citation,
                "confidence": ground.confidence,
                "fact": ground.fact,
            }
        )
    return named


def open_questions(catalogs: Catalogs, procedures: Sequence[Mapping[str, Any]]) -> list[str]:
    """What must be answered before it is known which procedures apply, in words."""
    facts = [entry["fact"] for entry in procedures if entry["required"] is None and entry["fact"]]
    return [f"{catalogs.facts[fact].label}（{fact}）" for fact in dict.fromkeys(facts)]

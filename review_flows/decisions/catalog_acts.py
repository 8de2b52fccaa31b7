"""From proposal to publication: items proposed, revised, studied, answered, consented to, made public.

No state is skipped (lifecycle: proposed → studied → consented → published); the consent of the party committee of the
same level comes before publication (MD-03). A study settles which procedures apply (MD-35) and keeps the proposer's
argument where the law asks for one (713 art. 10).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlmodel import col, select

from review_flows.decisions.catalog import (
    OFF,
    DecisionCatalog,
    DecisionItem,
    DecisionMove,
    catalog_of,
    find_catalog,
    item_of,
    items_of,
    text_of,
)
from review_flows.decisions.catalog_checks import (
    ItemDraft,
    ItemFault,
    faults_of,
    open_questions,
    repeated,
    required_procedures,
    settled,
)
from review_flows.decisions.catalog_hand import (
    Hand,
    Paper,
    ask_initiators_again,
    check_day,
    note_event,
    note_items,
    note_move,
)
from review_flows.errors import ReviewFlowsError
from review_flows.records.audit import Actor

CONSENT_RULE, START_RULE, NAMES_PROCEDURES = "MD-03", "MD-04", "MD-35"
UNDATED = ("proposed", "carried")  # acts whose day is only that of their recording
CHANGEABLE = ("title", "units", "basis", "planned_on", "facts")
_FEW = 8  # so many numbers are named in one sentence


class CatalogFaults(ReviewFlowsError):
    """Drafts that cannot stand in a catalogue; `faults`: (place of the draft, fault)."""

    def __init__(self, faults: Sequence[tuple[int, ItemFault]], drafts: Sequence[ItemDraft]) -> None:
        self.faults = tuple(faults)
        told = [f"第{at + 1}项《{drafts[at].title}》：{fault.reason}" for at, fault in faults]
        super().__init__(f"不能列入目录，有 {len(told)} 处要改：{'；'.join(told)}。")


# --- proposals -------------------------------------------------------------------------------------------------------


def propose(hand: Hand, year: int, organ: str, drafts: Sequence[ItemDraft]) -> list[DecisionItem]:
    """Items proposed for a catalogue, which is made where there is none; all, or CatalogFaults with every fault."""
    organ_id = hand.catalogs.organs.get(organ).id
    drafts = [settled(hand.catalogs, draft) for draft in drafts]
    actor = hand.actor("propose", organ_id, _unit_ids(hand, drafts))
    there = find_catalog(hand.session, organ_id, year)
    if there is not None and there.published_on is not None:
        raise ReviewFlowsError(
            f"{year}年目录已于 {there.published_on} 公布，增加事项请用 decisions adjust --add，写明理由和批准文件。"
        )
    check_drafts(hand, organ_id, drafts, items_of(hand.session, there) if there else [])
    catalog = there or make(hand, year, organ_id, actor)
    return [insert(hand, catalog, draft, actor) for draft in drafts]


def check_drafts(hand: Hand, organ: str, drafts: Sequence[ItemDraft], there: Sequence[DecisionItem]) -> None:
    """Raises CatalogFaults with everything wrong with settled drafts, each and together."""
    faults = [
        (at, fault)
        for at, draft in enumerate(drafts)
        for fault in faults_of(hand.catalogs, organ, draft, hand.today, there)
    ]
    if faults := sorted([*faults, *repeated(drafts)], key=lambda found: found[0]):
        raise CatalogFaults(faults, drafts)


def _unit_ids(hand: Hand, drafts: Sequence[ItemDraft]) -> list[str]:
    """The units that all the drafts share: only they may propose all of them."""
    shared: set[str] | None = None
    for draft in drafts:
        units = {organ.id for unit in draft.units if (organ := hand.catalogs.organs.find(unit))}
        shared = units if shared is None else shared & units
    return sorted(shared or ())


def make(hand: Hand, year: int, organ: str, actor: Actor) -> DecisionCatalog:
    """An empty catalogue of an organ (its id) and year."""
    made = DecisionCatalog(year=year, organ=organ, made_at=hand.now)
    hand.session.add(made)
    hand.session.flush()
    note_event(hand, "decision_catalog.made", made, actor)
    return made


def insert(
    hand: Hand, catalog: DecisionCatalog, draft: ItemDraft, actor: Actor, *, act: str = "proposed",
    carried: DecisionItem | None = None, **told: Any,
) -> DecisionItem:  # fmt: skip
    """A checked draft as the next item; `told`: what its first move says beside the act."""
    numbers = [item.number for item in items_of(hand.session, catalog)]
    item = DecisionItem(
        catalog=catalog.id or 0,
        number=draft.number or max(numbers, default=0) + 1,
        title=draft.title,
        units=list(draft.units),
        basis=draft.basis,
        planned_on=draft.planned_on,
        facts=dict(draft.facts),
        procedures=required_procedures(hand.catalogs, catalog.organ, draft.facts, hand.today),
        initiator=dict(draft.initiator),
        state="published" if act == "added" else "proposed",
    )
    if carried is not None:
        item.carried_year, item.carried_number = catalog.year - 1, carried.number
    hand.session.add(item)
    hand.session.flush()
    note_move(hand, item, act, actor, after=text_of(item) if act == "added" else None, **told)
    note_event(
        hand, "decision_item.added", catalog, actor, item,
        {"act": act, "title": item.title, "procedures": [entry["step"] for entry in item.procedures]},
    )  # fmt: skip
    return item


def revise(
    hand: Hand, year: int, organ: str, number: int, changes: Mapping[str, Any], reason: str = ""
) -> DecisionItem:
    """An item changed before its publication; what was studied or consented to was another text: proposed again."""
    catalog = catalog_of(hand.session, hand.catalogs, year, organ)
    actor = hand.actor("revise", catalog.organ)
    item = item_of(hand.session, catalog, number)
    if item.state in ("published", "removed"):
        raise ReviewFlowsError(f"第 {number} 项已经公布，改动请用 decisions adjust，写明理由和批准文件。")
    before = text_of(item)
    change(hand, catalog, item, changes)
    item.state = "proposed"
    note_move(hand, item, "revised", actor, reason=reason, before=before, after=text_of(item))
    note_event(hand, "decision_item.revised", catalog, actor, item, {"before": before, "after": text_of(item)}, reason)
    return item


def change(hand: Hand, catalog: DecisionCatalog, item: DecisionItem, changes: Mapping[str, Any]) -> None:
    """Put changes into an item; its procedures follow from its facts and the rules of today."""
    if unknown := [name for name in changes if name not in CHANGEABLE]:
        raise ReviewFlowsError(f"目录事项没有可改动的“{unknown[0]}”。")
    if not changes:
        raise ReviewFlowsError("没有写明要改什么：可改名称、承办单位、依据、计划完成时间和情况（--fact）。")
    now = text_of(item) | {name: value for name, value in changes.items() if name != "facts"}
    facts = dict(item.facts) | dict(changes.get("facts") or {})
    draft = settled(
        hand.catalogs,
        ItemDraft(
            now["title"],
            tuple(now["units"]),
            now["basis"],
            changes.get("planned_on", item.planned_on),
            facts,
            item.initiator,
        ),  # fmt: skip
    )
    others = [other for other in items_of(hand.session, catalog) if other.id != item.id]
    if faults := faults_of(hand.catalogs, catalog.organ, draft, hand.today, others):
        raise CatalogFaults([(0, fault) for fault in faults], [draft])
    item.title, item.units, item.basis, item.planned_on = draft.title, list(draft.units), draft.basis, draft.planned_on
    item.facts = facts
    item.procedures = required_procedures(hand.catalogs, catalog.organ, facts, hand.today)


# --- study, answer, consent, publication -----------------------------------------------------------------------------


def study(
    hand: Hand, year: int, organ: str, numbers: Sequence[int], *, accepted: bool, on: date, reason: str,
    paper: Paper | None = None,
) -> list[DecisionItem]:  # fmt: skip
    """Proposals studied (研究论证, 713 art. 10): to be listed, or not, with the reason; refused with a fact open."""
    catalog = catalog_of(hand.session, hand.catalogs, year, organ)
    actor = hand.actor("study", catalog.organ)
    check_day(hand, on, "研究论证日期")
    if not reason.strip():
        raise ReviewFlowsError(f"研究论证须写明结论的理由（--reason，{START_RULE}）。")
    items = _chosen(hand, catalog, numbers, "proposed")
    _check_order(hand, items, on, "研究论证日期")
    for item in items:
        item.procedures = required_procedures(hand.catalogs, catalog.organ, item.facts, hand.today)
        if accepted:
            _check_studied(hand, item, paper)
        item.state = "studied" if accepted else "declined"
        note_move(hand, item, item.state, actor, on=on, reason=reason, paper=paper)
    note_items(hand, "decision_items.studied", catalog, actor, items, reason, {"accepted": accepted}, paper)
    return items


def _check_studied(hand: Hand, item: DecisionItem, paper: Paper | None) -> None:
    if questions := open_questions(hand.catalogs, item.procedures):
        raise ReviewFlowsError(
            f"第 {item.number} 项应履行哪些程序还不能确定（{hand.cite(NAMES_PROCEDURES)}）："
            f"请先用 decisions revise 回答 {'、'.join(questions)}。"
        )
    kind = hand.catalogs.lifecycle.initiators[item.initiator["kind"]]
    if kind.argued and paper is None:
        cited = hand.cite(kind.rule)
        raise ReviewFlowsError(
            f"第 {item.number} 项由{kind.label}提出，须附论证材料（拟解决的主要问题、理由和依据、初步方案及其必要性、"
            f"可行性，{cited}）：请用 --paper 写明文件。"
        )


def reply(
    hand: Hand, year: int, organ: str, number: int, *, on: date, text: str, paper: Paper | None = None
) -> DecisionItem:
    """The proposer is told what became of the proposal, after its study."""
    catalog = catalog_of(hand.session, hand.catalogs, year, organ)
    item = item_of(hand.session, catalog, number)
    units = [found.id for unit in item.units if (found := hand.catalogs.organs.find(unit))]
    actor = hand.actor("reply", catalog.organ, units)
    check_day(hand, on, "答复日期")
    if item.state == "proposed":
        raise ReviewFlowsError(f"第 {number} 项还没有研究论证，不能答复提出人。")
    if not text.strip():
        raise ReviewFlowsError("请写明答复的内容（--text）。")
    note_move(hand, item, "replied", actor, on=on, reason=text, paper=paper)
    note_event(
        hand, "decision_item.replied", catalog, actor, item, {"on": on.isoformat(), "to": item.initiator}, text, paper
    )  # fmt: skip
    return item


def consent(hand: Hand, year: int, organ: str, *, on: date, paper: Paper) -> DecisionCatalog:
    """The party committee of the same level has consented to the items studied: the day, and the paper (MD-03)."""
    catalog = catalog_of(hand.session, hand.catalogs, year, organ)
    actor = hand.actor("consent", catalog.organ)
    check_day(hand, on, "同意日期")
    items = _all_in(hand, catalog, "studied", "党委同意")
    _check_order(hand, items, on, "同意日期")
    catalog.consented_on, catalog.consent_paper = on, paper.to_row()
    for item in items:
        item.state = "consented"
        note_move(hand, item, "consented", actor, on=on, paper=paper)
    note_items(hand, "decision_catalog.consented", catalog, actor, items, "", {"on": on.isoformat()}, paper)
    return catalog


def publish(hand: Hand, year: int, organ: str, *, on: date, channel: str) -> DecisionCatalog:
    """The catalogue is made public, after the consent to every item in it (MD-03)."""
    catalog = catalog_of(hand.session, hand.catalogs, year, organ)
    actor = hand.actor("publish", catalog.organ)
    if catalog.published_on is not None:
        raise ReviewFlowsError(f"{year}年目录已于 {catalog.published_on} 公布，改动请用 decisions adjust。")
    check_day(hand, on, "公布日期")
    if not channel.strip():
        raise ReviewFlowsError("请写明公布的渠道（--channel），如区政府网站。")
    items = _all_in(hand, catalog, "consented", "公布")
    _check_order(hand, items, on, "公布日期")
    catalog.published_on, catalog.channel = on, channel.strip()
    for item in items:
        item.state = "published"
        note_move(hand, item, "published", actor, on=on, channel=channel.strip())
    note_items(
        hand, "decision_catalog.published", catalog, actor, items, "", {"on": on.isoformat(), "channel": channel}
    )  # fmt: skip
    ask_initiators_again(hand, catalog, actor)
    return catalog


def _chosen(hand: Hand, catalog: DecisionCatalog, numbers: Sequence[int], state: str) -> list[DecisionItem]:
    """The items with these numbers (none given: all in the state); refused where one of them is in another state."""
    if not numbers:
        found = [item for item in items_of(hand.session, catalog) if item.state == state]
        if not found:
            raise ReviewFlowsError(f"目录里没有“{hand.state(state)}”的事项。")
        return found
    items = [item_of(hand.session, catalog, number) for number in dict.fromkeys(numbers)]
    for item in items:
        if item.state != state:
            raise ReviewFlowsError(
                f"第 {item.number} 项现在是“{hand.state(item.state)}”，不是“{hand.state(state)}”，不能办理这一步。"
            )
    return items


def _all_in(hand: Hand, catalog: DecisionCatalog, state: str, step: str) -> list[DecisionItem]:
    """The items in a state, where every other one has gone past it or was declined: no state is skipped."""
    order = ("proposed", "studied", "consented", "published")
    items = items_of(hand.session, catalog)
    behind = [item for item in items if item.state not in OFF and order.index(item.state) < order.index(state)]
    if behind:
        named = "、".join(f"第 {item.number} 项（{hand.state(item.state)}）" for item in behind[:_FEW])
        more = f"等 {len(behind)} 项" if len(behind) > _FEW else ""
        needs = "研究论证" if state == "studied" else "同级党委同意"
        cited = hand.cite(START_RULE if state == "studied" else CONSENT_RULE)
        raise ReviewFlowsError(f"不能登记{step}：{named}{more}还没有{needs}（{cited}）。")
    found = [item for item in items if item.state == state]
    if not found:
        raise ReviewFlowsError(f"不能登记{step}：目录里没有“{hand.state(state)}”的事项。")
    return found


def _check_order(hand: Hand, items: Sequence[DecisionItem], on: date, name: str) -> None:
    """What comes later was not done earlier; the day on which a proposal was written down says nothing."""
    for item in items:
        query = select(DecisionMove).where(
            DecisionMove.item == item.id, col(DecisionMove.act).not_in(UNDATED), DecisionMove.done_on > on
        )
        if later := hand.session.exec(query.limit(1)).first():
            act = hand.catalogs.label(later.act, section="decision_acts")
            raise ReviewFlowsError(
                f"{name}（{on.isoformat()}）早于第 {item.number} 项“{act}”之日（{later.done_on}），请核对。"
            )

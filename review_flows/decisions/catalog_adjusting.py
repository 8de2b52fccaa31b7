"""After publication: an item changed, removed or added with approval, both texts kept; what is left rolled over.

An adjustment needs the reason, the day, who approved it and the paper that says so (MD-03).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from review_flows.decisions.catalog import (
    OFF,
    DecisionCatalog,
    DecisionItem,
    cases_of_items,
    catalog_of,
    find_catalog,
    is_given_up,
    item_of,
    items_of,
    text_of,
)
from review_flows.decisions.catalog_acts import CONSENT_RULE, change, check_drafts, insert, make
from review_flows.decisions.catalog_checks import ItemDraft, open_questions, required_procedures, settled
from review_flows.decisions.catalog_hand import (
    Hand,
    Paper,
    ask_initiators_again,
    check_day,
    note_event,
    note_items,
    note_move,
)
from review_flows.decisions.catalog_progress import effective_state
from review_flows.errors import ReviewFlowsError
from review_flows.records.audit import Actor


@dataclass(frozen=True)
class Approval:
    """What an adjustment rests on: why, since when, who approved it, the paper that says so."""

    reason: str
    on: date
    approved_by: str
    paper: Paper


def adjust(
    hand: Hand, year: int, organ: str, number: int, changes: Mapping[str, Any], approval: Approval
) -> DecisionItem:
    """An item of a published catalogue changed, both texts kept."""
    catalog, actor = _adjustable(hand, year, organ, approval)
    item = _listed(hand, catalog, number)
    before = text_of(item)
    change(hand, catalog, item, changes)
    if text_of(item) == before:
        raise ReviewFlowsError(f"第 {number} 项与调整前相同，没有可登记的调整。")
    if questions := open_questions(hand.catalogs, item.procedures):
        raise ReviewFlowsError(f"第 {number} 项应履行哪些程序还不能确定：请用 --fact 回答 {'、'.join(questions)}。")
    _record_adjustment(hand, catalog, item, "changed", actor, approval, before, text_of(item))
    return item


def remove(hand: Hand, year: int, organ: str, number: int, approval: Approval) -> DecisionItem:
    """An item taken out of a published catalogue; refused while a case carries it out."""
    catalog, actor = _adjustable(hand, year, organ, approval)
    item = _listed(hand, catalog, number)
    case = cases_of_items(hand.session).get(item.id or 0)
    if case is not None and not is_given_up(case):
        raise ReviewFlowsError(
            f"第 {number} 项正由 {case.number} 办理（{hand.catalogs.label(case.state)}），不能移出目录；请先撤回该案。"
        )
    before = text_of(item)
    item.state = "removed"
    _record_adjustment(hand, catalog, item, "removed", actor, approval, before, None)
    return item


def add_to_published(hand: Hand, year: int, organ: str, draft: ItemDraft, approval: Approval) -> DecisionItem:
    """An item added to a published catalogue."""
    catalog, actor = _adjustable(hand, year, organ, approval)
    draft = settled(hand.catalogs, draft)
    check_drafts(hand, catalog.organ, [draft], items_of(hand.session, catalog))
    procedures = required_procedures(hand.catalogs, catalog.organ, draft.facts, hand.today)
    if questions := open_questions(hand.catalogs, procedures):
        raise ReviewFlowsError(f"应履行哪些程序还不能确定：请用 --fact 回答 {'、'.join(questions)}。")
    item = insert(hand, catalog, draft, actor, act="added", **_approval_told(approval))
    _adjustment_event(hand, catalog, item, "added", actor, approval, None, text_of(item))
    return item


def _adjustable(hand: Hand, year: int, organ: str, approval: Approval) -> tuple[DecisionCatalog, Actor]:
    catalog = catalog_of(hand.session, hand.catalogs, year, organ)
    actor = hand.actor("adjust", catalog.organ)
    if catalog.published_on is None:
        raise ReviewFlowsError(f"{year}年目录还没有公布，改动请用 decisions revise，增加请用 decisions add。")
    check_day(hand, approval.on, "调整日期")
    if approval.on < catalog.published_on:
        raise ReviewFlowsError(f"调整日期（{approval.on}）早于目录公布之日（{catalog.published_on}），请核对。")
    for name, text in (("理由（--reason）", approval.reason), ("批准机关（--approved-by）", approval.approved_by)):
        if not text.strip():
            cited = hand.cite(CONSENT_RULE)
            raise ReviewFlowsError(f"调整目录须写明{name}（{cited}）。")
    return catalog, actor


def _listed(hand: Hand, catalog: DecisionCatalog, number: int) -> DecisionItem:
    item = item_of(hand.session, catalog, number)
    if item.state != "published":
        raise ReviewFlowsError(f"第 {number} 项是“{hand.state(item.state)}”，不在公布的目录里，不能调整。")
    return item


def _approval_told(approval: Approval) -> dict[str, Any]:
    return {
        "on": approval.on, "reason": approval.reason, "approved_by": approval.approved_by, "paper": approval.paper,
    }  # fmt: skip


def _record_adjustment(
    hand: Hand, catalog: DecisionCatalog, item: DecisionItem, act: str, actor: Actor, approval: Approval,
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None,
) -> None:  # fmt: skip
    note_move(hand, item, act, actor, before=before, after=after, **_approval_told(approval))
    _adjustment_event(hand, catalog, item, act, actor, approval, before, after)


def _adjustment_event(
    hand: Hand, catalog: DecisionCatalog, item: DecisionItem, act: str, actor: Actor, approval: Approval,
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None,
) -> None:  # fmt: skip
    payload = {"act": act, "on": approval.on.isoformat(), "approved_by": approval.approved_by}
    told = payload | {"before": dict(before) if before else None, "after": dict(after) if after else None}
    note_event(hand, "decision_item.adjusted", catalog, actor, item, told, approval.reason, approval.paper)
    ask_initiators_again(hand, catalog, actor)


def roll(hand: Hand, year: int, organ: str) -> list[DecisionItem]:
    """What is not finished, carried into the next year's catalogue as proposals; nothing is carried twice."""
    old = catalog_of(hand.session, hand.catalogs, year, organ)
    actor = hand.actor("roll", old.organ)
    new = find_catalog(hand.session, old.organ, year + 1)
    carried_before = {item.carried_number for item in items_of(hand.session, new)} if new else set()
    cases = cases_of_items(hand.session)
    left = [
        item
        for item in items_of(hand.session, old)
        if effective_state(item, cases.get(item.id or 0)) not in ("finished", *OFF)
        and item.number not in carried_before
    ]
    if left and new is not None and new.published_on is not None:
        raise ReviewFlowsError(f"{year + 1}年目录已经公布，结转的事项请用 decisions adjust --add 增加。")
    drafts = [_carried_draft(item, year + 1) for item in left]
    check_drafts(hand, old.organ, drafts, items_of(hand.session, new) if new else [])
    new = new or make(hand, year + 1, old.organ, actor)
    carried = [
        insert(hand, new, draft, actor, act="carried", carried=item, reason=f"{year}年第 {item.number} 项未完成，结转")
        for item, draft in zip(left, drafts, strict=True)
    ]
    note_items(hand, "decision_catalog.rolled", new, actor, carried, "", {"from": year})
    return carried


def _carried_draft(item: DecisionItem, year: int) -> ItemDraft:
    """An item as it stands in the next year's list: due within that year, unless its plan reaches further."""
    end_of_year = date(year + 1, 1, 1) - timedelta(days=1)
    return ItemDraft(
        item.title, tuple(item.units), item.basis, max(item.planned_on, end_of_year), item.facts, item.initiator
    )

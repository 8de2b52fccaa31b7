"""Which item of the catalogue a case carries out, or why it stands outside: a person says so, or the package does."""

from collections.abc import Mapping
from typing import Any

from review_flows.cases.case import Case
from review_flows.cases.standing import find_case
from review_flows.decisions.catalog import (
    KIND,
    DecisionCatalog,
    DecisionItem,
    DecisionLink,
    cases_of_items,
    catalog_of,
    is_given_up,
    item_of,
    label_of,
    link_of,
)
from review_flows.decisions.catalog_acts import CONSENT_RULE
from review_flows.decisions.catalog_hand import Hand
from review_flows.errors import NotFound, ReviewFlowsError
from review_flows.records.audit import Actor, record


def link(hand: Hand, case_number: str, year: int, number: int) -> DecisionLink:
    """A person says which item of the catalogue of its organ a case carries out."""
    case = _decision(hand, case_number)
    actor = hand.actor("link", case.issuing_organ)
    catalog = catalog_of(hand.session, hand.catalogs, year, case.issuing_organ)
    return link_item(hand, case, catalog, item_of(hand.session, catalog, number), actor)


def link_outside(hand: Hand, case_number: str, outside: str, reason: str) -> DecisionLink:
    """A person says why a case stands outside of the catalogue."""
    case = _decision(hand, case_number)
    return record_outside(hand, case, outside, reason, hand.actor("link", case.issuing_organ))


def _decision(hand: Hand, number: str) -> Case:
    case = find_case(hand.session, number)
    if case.kind != KIND:
        raise ReviewFlowsError(f"{number} 是{hand.catalogs.label(case.kind)}，决策目录只对应重大行政决策。")
    return case


def link_item(hand: Hand, case: Case, catalog: DecisionCatalog, item: DecisionItem, actor: Actor) -> DecisionLink:
    """A case linked to an item; ReviewFlowsError where the item is not published or another case carries it out."""
    check_free(hand, case, catalog, item)
    before = link_of(hand.session, case.number)
    if before is not None and before.item == item.id:
        return before
    made = DecisionLink(case=case.number, item=item.id, person=actor.person, linked_at=hand.now)
    return _record_link(hand, case, made, actor, {"item": item.number, "year": catalog.year, "title": item.title})


def check_free(hand: Hand, case: Case, catalog: DecisionCatalog, item: DecisionItem) -> None:
    """Raises ReviewFlowsError where an item cannot be carried out by this case."""
    if item.state != "published":
        raise ReviewFlowsError(
            f"{label_of(catalog, item)}是“{hand.state(item.state)}”，不在公布的目录里，不能据以启动。"
        )
    other = cases_of_items(hand.session).get(item.id or 0)
    if other is not None and other.number != case.number and not is_given_up(other):
        raise ReviewFlowsError(f"{label_of(catalog, item)}已由 {other.number} 办理，一项只能对应一件。")


def record_outside(hand: Hand, case: Case, outside: str, reason: str, actor: Actor) -> DecisionLink:
    """A case recorded as outside of the catalogue, with the kind of reason and the reason itself."""
    known = hand.catalogs.facts["outside_catalog"].values
    if outside not in known:
        raise NotFound("目录外启动的情形", f"{outside}（可用的是 {'、'.join(known)}）")
    if not reason.strip():
        raise ReviewFlowsError("目录外启动决策程序的，须写明理由。")
    made = DecisionLink(
        case=case.number, outside=outside, reason=reason.strip(), person=actor.person, linked_at=hand.now
    )
    return _record_link(hand, case, made, actor, {"outside": outside}, reason)


def _record_link(
    hand: Hand, case: Case, made: DecisionLink, actor: Actor, payload: Mapping[str, Any], reason: str = ""
) -> DecisionLink:
    hand.session.add(made)
    hand.session.flush()
    event = "decision_case.linked" if made.item else "decision_case.outside"
    record(
        hand.session, event, actor=actor, at=hand.now, case=case.number, step="initiation", reason=reason or None,
        rules=[CONSENT_RULE], payload=payload,
    )  # fmt: skip
    return made

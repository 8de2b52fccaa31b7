"""A catalogue file with its whole history: brought in once, and written back the same.

What a file tells was not done here: every move is marked `brought_in` and the act of bringing it in is that of a
person with the office. A history that skips a state, or a published item that leaves out a procedure which its facts
require (MD-35), is refused.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from hashlib import sha256

from sqlmodel import Session

from review_flows.decisions.catalog import (
    ADJUSTED,
    DecisionCatalog,
    DecisionItem,
    DecisionMove,
    find_catalog,
    items_of,
    moves_of,
)
from review_flows.decisions.catalog_acts import CONSENT_RULE, NAMES_PROCEDURES, UNDATED, make, propose
from review_flows.decisions.catalog_checks import ItemDraft, required_procedures
from review_flows.decisions.catalog_files import FiledCatalog, FiledItem, FiledMove
from review_flows.decisions.catalog_hand import Hand, note_event
from review_flows.errors import ReviewFlowsError
from review_flows.law.catalogs import Catalogs
from review_flows.records.audit import Actor

_ANY = ("proposed", "studied", "declined", "consented", "published", "removed")
# act → the states it may follow (None: nothing before it), and the state it leads to (empty: the same).
TRANSITIONS: Mapping[str, tuple[tuple[str | None, ...], str]] = {
    "proposed": ((None,), "proposed"),
    "carried": ((None,), "proposed"),
    "revised": (("proposed", "studied", "declined", "consented"), "proposed"),
    "studied": (("proposed",), "studied"),
    "declined": (("proposed",), "declined"),
    "consented": (("studied",), "consented"),
    "published": (("consented",), "published"),
    "added": ((None,), "published"),
    "changed": (("published",), "published"),
    "removed": (("published",), "removed"),
    "replied": (_ANY[1:], ""),
}
_SHA256 = re.compile(r"[0-9a-f]{64}")


def bring_in(hand: Hand, found: FiledCatalog, text: str) -> list[DecisionItem]:
    """The items of a file, now in the records; once only, from then on the records are the truth."""
    organ = hand.catalogs.organs.get(found.organ)
    there = find_catalog(hand.session, organ.id, found.year)
    if there is not None and items_of(hand.session, there):
        raise ReviewFlowsError(
            f"{organ.name}{found.year}年目录已经在库，不能再次导入；以后以数据库为准，请用 decisions 各命令办理。"
        )
    if found.is_start:
        return _start(hand, found, organ.id)
    actor = hand.actor("publish", organ.id)
    if faults := list(_faults(hand, found)):
        raise ReviewFlowsError(f"目录文件有 {len(faults)} 处与办理经过不符，没有导入：{'；'.join(faults)}。")
    catalog = there or make(hand, found.year, organ.id, actor)
    catalog.consented_on, catalog.published_on, catalog.channel = found.consented_on, found.published_on, found.channel
    catalog.consent_paper = dict(found.consent_paper) if found.consent_paper else None
    items = [_insert(hand, catalog, item, actor) for item in found.items]
    payload = {"items": len(items), "file_sha256": sha256(text.encode()).hexdigest()}
    note_event(hand, "decision_catalog.brought_in", catalog, actor, None, payload)
    return items


def _start(hand: Hand, found: FiledCatalog, organ: str) -> list[DecisionItem]:
    if any(item.state != "proposed" for item in found.items) or found.consented_on:
        raise ReviewFlowsError(
            "目录文件写了状态或同意日期，却没有写办理经过（history）和公布日期；起始清单只写事项，公布的目录请写全。"
        )
    return propose(hand, found.year, organ, [item.draft for item in found.items])


# --- what a history must be ------------------------------------------------------------------------------------------


def _faults(hand: Hand, found: FiledCatalog) -> Iterator[str]:
    published = any(item.state in ("published", "removed") for item in found.items)
    if published and (found.published_on is None or found.consented_on is None or found.consent_paper is None):
        yield f"有公布的事项，须写明党委同意的日期和文件、公布日期（{hand.cite(CONSENT_RULE)}）"
    if found.published_on and not found.channel:
        yield "没有写公布的渠道（channel）"
    if found.published_on and found.consented_on and found.published_on < found.consented_on:
        yield "公布早于党委同意"
    for at, item in enumerate(found.items, 1):
        yield from (f"items[{at}]：{fault}" for fault in _item_faults(hand, found, item))


def _item_faults(hand: Hand, found: FiledCatalog, item: FiledItem) -> Iterator[str]:
    if item.draft.number is None:
        yield "没有序号"
    yield from _sequence_faults(hand, item)
    for move in item.history:
        yield from _move_faults(hand, move)
    if item.procedures and item.state in ("consented", "published"):
        day = found.consented_on or hand.today
        required = required_procedures(hand.catalogs, hand.catalogs.organs.get(found.organ).id, item.draft.facts, day)
        named = {entry["step"] for entry in item.procedures}
        for entry in required:
            if entry["required"] and entry["step"] not in named:
                step = hand.catalogs.label(entry["step"], "major_decision", section="steps")
                yield f"漏列应当履行的程序：{step}（{entry['citation']}；{hand.cite(NAMES_PROCEDURES)}）"


def _sequence_faults(hand: Hand, item: FiledItem) -> Iterator[str]:
    """No state is skipped, no act done before the one that it follows."""
    state: str | None = None
    last = date.min
    for move in item.history:
        follows, leads = TRANSITIONS[move.act]
        act = hand.catalogs.label(move.act, section="decision_acts")
        if state not in follows:
            before = hand.state(state) if state else "没有提出建议"
            yield f"“{act}”之前的状态是“{before}”，跳过了应有的步骤"
            return
        if move.on < last and move.act not in ("replied", *UNDATED):
            yield f"“{act}”（{move.on}）早于前一步（{last}）"
        state, last = leads or state, last if move.act in UNDATED else max(last, move.on)
    if state != item.state:
        yield f"状态写的是“{hand.state(item.state)}”，按经过应是“{hand.state(state) if state else '没有经过'}”"


def _move_faults(hand: Hand, move: FiledMove) -> Iterator[str]:
    act = hand.catalogs.label(move.act, section="decision_acts")
    if move.on > hand.today:
        yield f"“{act}”（{move.on}）晚于今天"
    if move.paper and not _SHA256.fullmatch(move.paper["sha256"]):
        yield f"“{act}”的文件哈希不是 sha256"
    if move.act in ADJUSTED and not (move.reason and move.approved_by and move.paper):
        yield f"“{act}”须写明理由、批准机关和批准文件"
    if move.act == "consented" and not move.paper:
        yield f"“{act}”须写明文件"


def _insert(hand: Hand, catalog: DecisionCatalog, filed: FiledItem, actor: Actor) -> DecisionItem:
    draft = filed.draft
    day = catalog.consented_on or hand.today
    item = DecisionItem(
        catalog=catalog.id or 0,
        number=draft.number or 0,
        title=draft.title,
        units=list(draft.units),
        basis=draft.basis,
        planned_on=draft.planned_on,
        facts=dict(draft.facts),
        procedures=[dict(entry) for entry in filed.procedures]
        or required_procedures(hand.catalogs, catalog.organ, draft.facts, day),
        initiator=dict(draft.initiator),
        state=filed.state,
        carried_year=filed.carried[0] if filed.carried else None,
        carried_number=filed.carried[1] if filed.carried else None,
    )
    hand.session.add(item)
    hand.session.flush()
    for move in filed.history:
        hand.session.add(_row(hand, item, move, actor))
    hand.session.flush()
    return item


def _row(hand: Hand, item: DecisionItem, move: FiledMove, actor: Actor) -> DecisionMove:
    return DecisionMove(
        item=item.id or 0, act=move.act, done_on=move.on, reason=move.reason, approved_by=move.approved_by,
        paper=dict(move.paper) if move.paper else None, channel=move.channel,
        before=dict(move.before) if move.before else None, after=dict(move.after) if move.after else None,
        brought_in=True, person=actor.person, recorded_at=hand.now,
    )  # fmt: skip


# --- written back ----------------------------------------------------------------------------------------------------


def filed(session: Session, catalogs: Catalogs, catalog: DecisionCatalog) -> FiledCatalog:
    """The catalogue as its file tells it."""
    moves = moves_of(session, catalog)
    return FiledCatalog(
        year=catalog.year,
        organ=catalogs.organs.get(catalog.organ).name,
        items=tuple(_filed_item(item, moves.get(item.id or 0, ())) for item in items_of(session, catalog)),
        consented_on=catalog.consented_on,
        consent_paper=catalog.consent_paper,
        published_on=catalog.published_on,
        channel=catalog.channel,
    )


def _filed_item(item: DecisionItem, moves: Sequence[DecisionMove]) -> FiledItem:
    return FiledItem(
        draft=ItemDraft(
            item.title, tuple(item.units), item.basis, item.planned_on, item.facts, item.initiator, item.number
        ),
        state=item.state,
        procedures=tuple(item.procedures),
        history=tuple(_filed_move(move) for move in moves),
        carried=(item.carried_year, item.carried_number) if item.carried_year and item.carried_number else None,
    )


def _filed_move(move: DecisionMove) -> FiledMove:
    return FiledMove(
        act=move.act, on=move.done_on, reason=move.reason, approved_by=move.approved_by, paper=move.paper,
        channel=move.channel, before=move.before, after=move.after,
    )  # fmt: skip

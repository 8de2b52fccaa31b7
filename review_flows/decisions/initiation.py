"""决策启动 against the catalogue: the item that a case carries out, or the recorded reason why it stands outside.

Two ways in: the answer of the initiation step, or the facts of a package (`catalog_item`, or `outside_catalog` with
`outside_catalog_reason`) where the matter was initiated before it was sent. Where its organ has published a catalogue
for the year, a decision is initiated only with one of the two (MD-03); a package that tells neither is registered and
counts as untold until a person links it (`decisions link`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from review_flows.cases.case import Case
from review_flows.cases.forms import MAX_TEXT
from review_flows.cases.work import Arrived, Asked
from review_flows.decisions.catalog import (
    DecisionCatalog,
    DecisionItem,
    DecisionLink,
    cases_of_items,
    find_catalog,
    is_given_up,
    items_of,
    label_of,
    link_of,
    read_reference,
)
from review_flows.decisions.catalog_acts import CONSENT_RULE, NAMES_PROCEDURES
from review_flows.decisions.catalog_files import procedures_text
from review_flows.decisions.catalog_hand import Hand
from review_flows.decisions.catalog_links import link_item, record_outside
from review_flows.errors import IntakeError, NotFound, ReviewFlowsError, SignOffError
from review_flows.records.audit import Actor

ITEM, OUTSIDE, REASON = "catalog_item", "outside_catalog", "outside_catalog_reason"
UNTOLD = "未选"  # what a choice shows until somebody chooses
YEARS = 2  # catalogues whose items a case may carry out: of its year and the one before, until that is rolled over


class Initiation:
    """The StepWork of the initiation of a decision."""

    enforces: Mapping[str, str] = {
        CONSENT_RULE: "年度目录——公布前须登记党委同意；已公布的，启动决策须对应目录事项，或者写明目录外的情形和理由",
        NAMES_PROCEDURES: "年度目录——每项载明应履行的程序和依据；还有情况未答复的，不能通过研究论证",
    }

    def fields(self, asked: Asked) -> dict[str, Any]:
        """The free items of the organ's catalogues, and the reasons for standing outside."""
        items = tuple(label for label, _, _ in _free(asked))
        kinds = tuple(asked.catalogs.facts[OUTSIDE].values.values())
        return {
            ITEM: (Literal[(UNTOLD, *items)], Field(UNTOLD, title="对应的目录事项")),
            OUTSIDE: (Literal[(UNTOLD, *kinds)], Field(UNTOLD, title="没有列入目录的，属于哪种情形")),
            REASON: (str, Field("", title="目录外启动的理由", description="没有列入目录的必填", max_length=MAX_TEXT)),
        }

    def above(self, asked: Asked) -> list[str]:
        """What the catalogue says of this matter: how it stands, and an item of the same name."""
        lines = ["**决策目录**", ""]
        if told := _told_already(asked):
            return [*lines, told, ""]
        if not _published(asked):
            return [*lines, "本机关没有公布本年度决策事项目录，不必对照。", ""]
        lines += [f"请选择对应的目录事项；没有列入目录的，选择情形并写明理由（{CONSENT_RULE}）。", ""]
        same = [(label, item) for label, _, item in _free(asked) if item.title == asked.case.title]
        for label, item in same:
            lines += [f"与本事项同名：{label}，应履行{procedures_text(asked.catalogs, item)}。", ""]
        return lines

    def check(self, asked: Asked, conclusion: str, told: Mapping[str, Any], now: datetime) -> None:
        """Raises SignOffError where a published catalogue is passed over without a word, or the words contradict."""
        item, outside, reason = _answer(asked, told)
        if item and (outside or reason):
            raise SignOffError("已经选择目录事项的，不再填写目录外启动的情形和理由，请核对。")
        if bool(outside) != bool(reason):
            raise SignOffError("目录外启动的，情形和理由都要写明。")
        if item or outside or _told_already(asked) or not _published(asked):
            return
        raise SignOffError(
            f"本机关已经公布年度决策事项目录：请选择对应的目录事项；没有列入目录的，选择情形并写明理由（{CONSENT_RULE}）。"
        )

    def record(self, asked: Asked, conclusion: str, told: Mapping[str, Any], actor: Actor, now: datetime) -> None:
        """The link, or the reason for standing outside."""
        item, outside, reason = _answer(asked, told)
        hand = Hand(asked.session, asked.catalogs, None, now)
        if item:
            _, catalog, found = next(entry for entry in _free(asked) if entry[0] == item)
            link_item(hand, asked.case, catalog, found, actor)
        elif outside:
            kinds = {label: key for key, label in asked.catalogs.facts[OUTSIDE].values.items()}
            record_outside(hand, asked.case, kinds[outside], reason, actor)


def _answer(asked: Asked, told: Mapping[str, Any]) -> tuple[str, str, str]:
    """Item, kind of reason, reason, empty where untold; the reason may stand in the form's own field too."""
    item, outside = ("" if (value := str(told.get(name) or "")) == UNTOLD else value for name in (ITEM, OUTSIDE))
    reason = str(told.get(REASON) or "").strip()
    if outside and not reason and asked.given is not None:
        reason = asked.given.reason.strip()
    return item, outside, reason


def _year(case: Case) -> int:
    return int(case.number.partition("-")[0])


def _published(asked: Asked) -> bool:
    """Whether the organ has published a catalogue for the year of the case."""
    found = find_catalog(asked.session, asked.case.issuing_organ, _year(asked.case))
    return found is not None and found.published_on is not None


def _free(asked: Asked) -> list[tuple[str, DecisionCatalog, DecisionItem]]:
    """The published items that no other case carries out, the newest year first, by their labels."""
    cases = cases_of_items(asked.session)
    found = []
    for year in range(_year(asked.case), _year(asked.case) - YEARS, -1):
        catalog = find_catalog(asked.session, asked.case.issuing_organ, year)
        for item in items_of(asked.session, catalog) if catalog else ():
            other = cases.get(item.id or 0)
            if item.state == "published" and (other is None or other.number == asked.case.number or is_given_up(other)):
                assert catalog is not None
                found.append((label_of(catalog, item), catalog, item))
    return found


def _told_already(asked: Asked) -> str:
    """What was told before of the case and the catalogue, in words; empty where nothing was."""
    link = link_of(asked.session, asked.case.number)
    if link is None:
        return ""
    if link.item is None:
        kind = asked.catalogs.facts[OUTSIDE].values[link.outside or ""]
        return f"已登记为目录外启动：{kind}。{link.reason}"
    return f"已对应{_label(asked, link)}。"


def _label(asked: Asked, link: DecisionLink) -> str:
    item = asked.session.get_one(DecisionItem, link.item)
    return label_of(asked.session.get_one(DecisionCatalog, item.catalog), item)


class CatalogArrival:
    """What a package tells of the catalogue: linked, outside with the reason, or refused; silence is let through."""

    def take(self, arrived: Arrived) -> None:
        """Link the case, or record why it stands outside; IntakeError where what is told cannot be."""
        item, outside = arrived.told.get(ITEM), arrived.told.get(OUTSIDE)
        reason = str(arrived.told.get(REASON) or "").strip()
        if item and (outside or reason):
            raise IntakeError(arrived.case.title, f"写了 {ITEM} 的，不再写 {OUTSIDE} 和 {REASON}，请核对 facts。")
        if bool(outside) != bool(reason):
            raise IntakeError(arrived.case.title, f"目录外启动的，{OUTSIDE}（情形）和 {REASON}（理由）都要写明。")
        hand = Hand(arrived.session, arrived.catalogs, None, arrived.now)
        try:
            if item:
                self._link(hand, arrived, str(item))
            elif outside:
                record_outside(hand, arrived.case, str(outside), reason, arrived.actor)
        except ReviewFlowsError as error:
            raise IntakeError(arrived.case.title, f"{ITEM}：{error}") from error

    def _link(self, hand: Hand, arrived: Arrived, text: str) -> None:
        year, number = read_reference(text, arrived.case.received_on.year)
        catalog = find_catalog(arrived.session, arrived.case.issuing_organ, year)
        found = {item.number: item for item in items_of(arrived.session, catalog)} if catalog else {}
        if catalog is None or number not in found:
            raise NotFound(f"{year}年目录事项", str(number))
        link_item(hand, arrived.case, catalog, found[number], arrived.actor)

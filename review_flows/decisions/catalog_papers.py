"""Papers of the yearly catalogue: published form (公布稿), note on its adjustments (调整说明), urging letter (督促函).

GB/T 9704 by `papers.layout`, wording in papers.yaml (decision_catalog). Nothing is told that the record does not hold:
an unpublished catalogue is called a draft at its head, an adjusted one says so and lists what was adjusted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from review_flows.decisions.catalog import DecisionCatalog, DecisionItem, DecisionMove
from review_flows.decisions.catalog_files import UNITS
from review_flows.decisions.catalog_progress import Standing
from review_flows.law.catalogs import Catalogs
from review_flows.law.organs import Organ
from review_flows.papers.layout import render
from review_flows.papers.lines import full_date
from review_flows.papers.paper import (
    Attachment,
    Block,
    Column,
    Form,
    Grid,
    OfficialDocument,
    Signature,
    Text,
)
from review_flows.papers.wording import Wording

PAPER = "decision_catalog"
_SMALL = 10.5
NOT_PUBLIC = "not_public"


@dataclass(frozen=True)
class Book:
    """What a paper of a catalogue is made from."""

    catalogs: Catalogs
    wording: Wording
    catalog: DecisionCatalog
    standings: Sequence[Standing]
    adjustments: Sequence[tuple[DecisionItem, DecisionMove]]
    demo_mark: str = ""

    @property
    def organ(self) -> str:
        return self.catalogs.organs.get(self.catalog.organ).name

    @property
    def listed(self) -> list[DecisionItem]:
        """The items that stand in the catalogue now."""
        states = ("published",) if self.catalog.published_on else ("proposed", "studied", "consented")
        return [each.item for each in self.standings if each.item.state in states]

    def say(self, sentence: str, /, **values: object) -> str:
        """One of the sentences of papers.yaml."""
        return self.wording.say(PAPER, sentence, **values)


def published_form(book: Book) -> bytes:
    """The published form: every item with its procedures; what was adjusted since stands in an annex."""
    shown = [item for item in book.listed if item.facts.get(NOT_PUBLIC) is not True]
    hidden = len(book.listed) - len(shown)
    opening = book.say(
        "opening" if book.catalog.published_on else "opening_draft",
        organ=book.organ, year=book.catalog.year, count=len(shown),
    )  # fmt: skip
    more = book.say("not_public", count=hidden) if hidden else ""
    published_on = book.catalog.published_on
    return render(
        OfficialDocument(
            title=book.say("title", organ=book.organ, year=book.catalog.year),
            subtitle=_subtitle(book),
            blocks=(Text(opening + more), _items(book, shown)),
            attachments=(book.say("adjustments_title"),) if book.adjustments else (),
            signature=Signature((book.organ,), published_on) if published_on else None,
            after=_annex(book),
            landscape=True,
            demo_mark=book.demo_mark,
        )
    )


def _subtitle(book: Book) -> str:
    if book.catalog.published_on is None:
        return book.say("draft")
    if not book.adjustments:
        return ""
    last = max(move.done_on for _, move in book.adjustments)
    return book.say(
        "adjusted", published_on=full_date(book.catalog.published_on), count=len(book.adjustments),
        last_on=full_date(last),
    )  # fmt: skip


def _items(book: Book, items: Sequence[DecisionItem]) -> Grid:
    columns = (
        Column(book.say("column_number"), 6, "center"),
        Column(book.say("column_title"), 29, "left"),
        Column(book.say("column_units"), 21, "left"),
        Column(book.say("column_basis"), 24, "left"),
        Column(book.say("column_procedures"), 27, "left"),
        Column(book.say("column_planned"), 14, "center"),
    )
    rows = tuple(
        (
            str(item.number),
            item.title,
            UNITS.join(item.units),
            item.basis,
            _procedures(book.catalogs, item),
            item.planned_on.isoformat(),
        )
        for item in items
    )
    return Grid(columns, rows, _SMALL)


def _procedures(catalogs: Catalogs, item: DecisionItem) -> str:
    return UNITS.join(
        catalogs.label(entry["step"], "major_decision", section="steps") + ("" if entry["required"] else "（待定）")
        for entry in item.procedures
    )


def _annex(book: Book) -> tuple[Block, ...]:
    if not book.adjustments:
        return ()
    return (Attachment(book.say("adjustments_label"), book.say("adjustments_title")), _adjustments(book))


def adjustment_note(book: Book) -> bytes:
    """The note on all adjustments since publication: the text before and after, why, by whose approval."""
    acts = [move.act for _, move in book.adjustments]
    published_on = book.catalog.published_on
    opening = book.say(
        "note_opening", organ=book.organ, year=book.catalog.year, count=len(acts),
        published_on=full_date(published_on) if published_on else book.say("nothing"), added=acts.count("added"),
        changed=acts.count("changed"), removed=acts.count("removed"), left=len(book.listed),
    )  # fmt: skip
    last = max((move.done_on for _, move in book.adjustments), default=None)
    return render(
        OfficialDocument(
            title=book.say("note_title", organ=book.organ, year=book.catalog.year),
            blocks=(Text(opening), _adjustments(book)),
            signature=Signature((book.organ,), last) if last else None,
            landscape=True,
            demo_mark=book.demo_mark,
        )
    )


def _adjustments(book: Book) -> Grid:
    columns = (
        Column(book.say("column_number"), 6, "center"),
        Column(book.say("column_act"), 9, "center"),
        Column(book.say("column_before"), 30, "left"),
        Column(book.say("column_after"), 30, "left"),
        Column(book.say("column_reason"), 22, "left"),
        Column(book.say("column_approval"), 22, "left"),
    )
    return Grid(columns, tuple(_adjustment(book, item, move) for item, move in book.adjustments), _SMALL)


def _adjustment(book: Book, item: DecisionItem, move: DecisionMove) -> tuple[str, ...]:
    before, after = move.before or {}, move.after or {}
    changed = [
        name for name in ("title", "units", "basis", "planned_on", "facts") if before.get(name) != after.get(name)
    ]
    shown = changed if before and after else ["title", "units", "basis", "planned_on"]
    paper = (move.paper or {}).get("name", book.say("nothing"))
    return (
        str(item.number),
        book.catalogs.label(move.act, section="decision_acts").rpartition("：")[2],
        _told(book, before, shown),
        _told(book, after, shown),
        move.reason,
        book.say("approval", on=full_date(move.done_on), approved_by=move.approved_by, paper=paper),
    )


def _told(book: Book, text: Mapping[str, Any], names: Sequence[str]) -> str:
    """The parts of an item's text that an adjustment touches, one a line."""
    if not text:
        return book.say("nothing")
    return "\n".join(book.say("part", name=_part(book, name), text=_words(book, text[name])) for name in names)


def _part(book: Book, name: str) -> str:
    return book.say("part_procedures") if name == "facts" else book.say(f"part_{name}")


def _words(book: Book, value: Any) -> str:
    if isinstance(value, Mapping):
        return UNITS.join(
            f"{book.catalogs.label(name, section='facts')}：{_answer(book, v)}" for name, v in value.items()
        )
    return UNITS.join(value) if isinstance(value, list) else str(value)


def _answer(book: Book, value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return book.catalogs.label(str(value), section="fact_values")


def urging_letter(
    catalogs: Catalogs, wording: Wording, year: int, missing: Sequence[tuple[Organ, int | None]], *, today: date,
    by: date, demo_mark: str = "",
) -> bytes:  # fmt: skip
    """The letter to the organs that have not published their catalogue, with the list of them."""

    def say(sentence: str, /, **values: object) -> str:
        return wording.say(PAPER, sentence, **values)

    office = catalogs.organs.bearer("office").name
    preparing = sum(count is not None for _, count in missing)
    opening = say("urge_opening", today=full_date(today), count=len(missing), year=year)
    opening += say("urge_preparing", preparing=preparing) if preparing else ""
    levels = catalogs.facts["level"].values
    rows = tuple(
        (
            str(at),
            organ.name,
            levels[organ.level],
            say("not_begun") if count is None else say("preparing", count=count),
        )
        for at, (organ, count) in enumerate(missing, 1)
    )
    columns = (
        Column(say("column_number"), 9, "center"),
        Column(say("column_unit"), 40, "left"),
        Column(say("column_level"), 22, "center"),
        Column(say("column_progress"), 22, "center"),
    )
    return render(
        OfficialDocument(
            title=say("urge_title", year=year),
            form=Form.LETTER,
            masthead=office,
            addressee=say("urge_addressee"),
            blocks=(Text(opening), Text(say("urge_asked", by=full_date(by)))),
            attachments=(say("urge_attachment"),),
            signature=Signature((office,), today),
            after=(Attachment(say("adjustments_label"), say("urge_attachment")), Grid(columns, rows)),
            demo_mark=demo_mark,
        )
    )

"""卷内文件目录: what a dossier holds: piece by piece with number, responsible party, date, pages, hash and retention.

In: `IndexContent`, frozen values. Out: the bytes of 目录.docx. What exists only on paper is listed and said to; pages
that cannot be known are marked, and the folios behind them are left open.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from review_flows.papers.layout import render
from review_flows.papers.lines import full_date
from review_flows.papers.paper import Column, FormTable, Grid, OfficialDocument, Slot, Text
from review_flows.papers.wording import Wording

PAPER = "index"
_SHORT_SHA256 = 12


@dataclass(frozen=True)
class IndexLine:
    """One paper of the dossier; `pages` None where unknown, `sha256` empty for one on paper only."""

    name: str
    maker: str
    dated_on: date | None
    sha256: str = ""
    pages: int | None = None
    number: str = ""
    retention: str = ""
    note: str = ""


@dataclass(frozen=True)
class IndexContent:
    """All that the index says, in the order of the dossier. `retention_source`: where the periods come from."""

    case: str
    title: str
    organ: str
    kept_on: date
    lines: tuple[IndexLine, ...]
    checkpoint: str = ""
    is_demo: bool = False
    retention_source: str = ""
    retention_verified: bool = False


def index_paper(content: IndexContent, wording: Wording) -> bytes:
    """The index as .docx."""
    return render(index_document(content, wording))


def index_document(content: IndexContent, wording: Wording) -> OfficialDocument:
    """The index as blocks, for the page and for tests."""

    def say(name: str, /, **values: object) -> str:
        return wording.say(PAPER, name, **values)

    pairs = (("case", content.case), ("organ", content.organ), ("matter", content.title))
    rows = [(Slot(say(name), label=True), Slot(text, align="left")) for name, text in pairs]
    rows.append((Slot(say("kept_on"), label=True), Slot(full_date(content.kept_on), align="left")))
    electronic = sum(bool(line.sha256) for line in content.lines)
    return OfficialDocument(
        title=say("title"),
        blocks=(
            FormTable((1, 5), tuple(rows)),
            Text("", indent=False),
            _grid(content.lines, wording),
            Text(say("total", count=len(content.lines), electronic=electronic), indent=False),
        ),
        demo_mark=wording.say("common", "demo") if content.is_demo else "",
        small_print=tuple(_small_print(content, wording)),
        landscape=True,
        made_on=content.kept_on,
    )


def _small_print(content: IndexContent, wording: Wording) -> Iterator[str]:
    yield wording.say(PAPER, "pages_note")
    if content.retention_source:
        unverified = "" if content.retention_verified else wording.say("common", "unverified")
        yield wording.say(PAPER, "retention_note", source=content.retention_source, unverified=unverified)
    yield wording.say(PAPER, "reading")
    stored = wording.say("common", "stored", checkpoint=content.checkpoint)
    yield stored if content.checkpoint else wording.say("common", "not_stored")


def _grid(lines: tuple[IndexLine, ...], wording: Wording) -> Grid:
    columns = (
        Column(wording.say(PAPER, "column_number"), 0.8, "center"),
        Column(wording.say(PAPER, "column_file"), 4, "left"),
        Column(wording.say(PAPER, "column_document_number"), 2.9, "left"),
        Column(wording.say(PAPER, "column_maker"), 2.4, "left"),
        Column(wording.say(PAPER, "column_date"), 2.8, "center"),
        Column(wording.say(PAPER, "column_pages"), 1, "center"),
        Column(wording.say(PAPER, "column_folios"), 1.3, "center"),
        Column(wording.say(PAPER, "column_sha256"), 2.9, "center"),
        Column(wording.say(PAPER, "column_retention"), 1.2, "center"),
        Column(wording.say(PAPER, "column_note"), 0.9, "left"),
    )
    rows = tuple(
        (
            str(at),
            line.name,
            line.number,
            line.maker,
            full_date(line.dated_on) if line.dated_on else "",
            wording.say(PAPER, "pages_unknown")
            if line.pages is None
            else wording.say(PAPER, "pages", pages=line.pages),
            folios,
            line.sha256[:_SHORT_SHA256] or wording.say(PAPER, "on_paper"),
            line.retention,
            line.note,
        )
        for at, (line, folios) in enumerate(zip(lines, _folios(lines, wording), strict=True), 1)
    )
    return Grid(columns, rows, size_pt=10.5)


def _folios(lines: tuple[IndexLine, ...], wording: Wording) -> Iterator[str]:
    """First and last folio of each paper, as long as the pages of all before it are known."""
    last: int | None = 0
    for line in lines:
        if last is None or line.pages is None:
            last = None
            yield ""
            continue
        first, last = last + 1, last + line.pages
        yield str(first) if first == last else wording.say(PAPER, "folios", first=first, last=last)

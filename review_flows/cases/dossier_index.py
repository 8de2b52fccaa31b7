"""卷内目录: the list of what a dossier holds, with responsible party, date, pages or number, and a short hash.

In: `IndexContent`, frozen values. Out: the bytes of 目录.docx. What exists only on paper is listed and said to.
"""

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
    """One paper of the dossier; `pages` or `number` where known, `sha256` empty for one on paper only."""

    name: str
    maker: str
    dated_on: date | None
    sha256: str = ""
    pages: int | None = None
    number: str = ""
    note: str = ""


@dataclass(frozen=True)
class IndexContent:
    """All that the index says, in the order of the dossier."""

    case: str
    title: str
    organ: str
    kept_on: date
    lines: tuple[IndexLine, ...]
    checkpoint: str = ""
    is_demo: bool = False


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
    stored = wording.say("common", "stored", checkpoint=content.checkpoint)
    return OfficialDocument(
        title=say("title"),
        blocks=(
            FormTable((1, 5), tuple(rows)),
            Text("", indent=False),
            _grid(content.lines, wording),
            Text(say("total", count=len(content.lines), electronic=electronic), indent=False),
        ),
        demo_mark=wording.say("common", "demo") if content.is_demo else "",
        small_print=(say("reading"), stored if content.checkpoint else wording.say("common", "not_stored")),
        made_on=content.kept_on,
    )


def _grid(lines: tuple[IndexLine, ...], wording: Wording) -> Grid:
    columns = (
        Column(wording.say(PAPER, "column_number"), 1, "center"),
        Column(wording.say(PAPER, "column_file"), 4.2, "left"),
        Column(wording.say(PAPER, "column_maker"), 2.6, "left"),
        Column(wording.say(PAPER, "column_date"), 2.4, "center"),
        Column(wording.say(PAPER, "column_pages"), 2.2, "center"),
        Column(wording.say(PAPER, "column_sha256"), 2.6, "center"),
        Column(wording.say(PAPER, "column_note"), 1.6, "left"),
    )
    rows = tuple(
        (
            str(at),
            line.name,
            line.maker,
            full_date(line.dated_on) if line.dated_on else "",
            _pages(line, wording),
            line.sha256[:_SHORT_SHA256] or wording.say(PAPER, "on_paper"),
            line.note,
        )
        for at, line in enumerate(lines, 1)
    )
    return Grid(columns, rows, size_pt=10.5)


def _pages(line: IndexLine, wording: Wording) -> str:
    """The document number where there is one, else the pages where they are known."""
    if line.number:
        return line.number
    return wording.say(PAPER, "pages", pages=line.pages) if line.pages is not None else ""

"""归档移交清单: what is handed over to the archive, how many pieces, what lacks, who hands over and receives.

In: `TransferContent`, frozen values. Out: the bytes of a .docx. The pieces stand in the 卷内文件目录, which the list
names by its hash.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from review_flows.cases.dossier_index import IndexContent
from review_flows.papers.layout import render
from review_flows.papers.lines import full_date
from review_flows.papers.paper import Block, Column, FormTable, Grid, Heading, OfficialDocument, Slot, Text
from review_flows.papers.wording import Wording

PAPER = "transfer"
SIGNING_ROOM_PT = 40.0
_SMALL = 10.5


@dataclass(frozen=True)
class TransferContent:
    """All that the list says."""

    index: IndexContent
    index_sha256: str
    archive_number: str
    retention: str
    handed_from: str
    handed_to: str
    handed_on: date | None
    handed_by: str
    lacking: tuple[str, ...] = ()
    lacking_reason: str = ""
    later: tuple[str, ...] = ()


def transfer_paper(content: TransferContent, wording: Wording) -> bytes:
    """The list as .docx."""
    return render(transfer_document(content, wording))


def transfer_document(content: TransferContent, wording: Wording) -> OfficialDocument:
    """The list as blocks, for the page and for tests."""
    index = content.index
    stored = wording.say("common", "stored", checkpoint=index.checkpoint)
    return OfficialDocument(
        title=wording.say(PAPER, "title"),
        blocks=tuple(_blocks(content, wording)),
        demo_mark=wording.say("common", "demo") if index.is_demo else "",
        small_print=(
            wording.say(PAPER, "index_sha256", sha256=content.index_sha256),
            wording.say(
                PAPER, "retention_note", source=index.retention_source,
                unverified="" if index.retention_verified else wording.say("common", "unverified"),
            ),
            stored if index.checkpoint else wording.say("common", "not_stored"),
        ),
        made_on=index.kept_on,
    )  # fmt: skip


def _blocks(content: TransferContent, wording: Wording) -> Iterable[Block]:
    def say(name: str, /, **values: object) -> str:
        return wording.say(PAPER, name, **values)

    yield _head(content, wording)
    yield Text(_counts(content, wording))
    yield Heading(1, say("complete"))
    if content.lacking:
        yield Text(say("is_lacking", names="、".join(content.lacking), reason=content.lacking_reason))
    else:
        yield Text(say("is_complete"))
    if content.later:
        yield Text(say("later", names="、".join(content.later)))
    yield _grid(content, wording)
    yield Heading(1, say("hashes"))
    yield Text(say("hashes_text"))
    yield Heading(1, say("signatures"))
    handed = (Slot(say("handed_by"), label=True), Slot(content.handed_by, align="left"))
    rows = (handed, *((Slot(say(name), label=True), Slot("")) for name in ("received_by", "archivist")))
    yield FormTable((1, 3), rows, row_height_pt=SIGNING_ROOM_PT)


def _head(content: TransferContent, wording: Wording) -> FormTable:
    index, none = content.index, wording.say("common", "none")
    pairs = (
        ("case", index.case),
        ("matter", index.title),
        ("from", content.handed_from or index.organ),
        ("to", content.handed_to or none),
        ("archive_number", content.archive_number or none),
        ("retention", content.retention),
        ("handed_on", full_date(content.handed_on) if content.handed_on else none),
    )
    rows = tuple((Slot(wording.say(PAPER, name), label=True), Slot(text, align="left")) for name, text in pairs)
    return FormTable((1, 3), rows)


def _counts(content: TransferContent, wording: Wording) -> str:
    lines = content.index.lines
    electronic = sum(bool(line.sha256) for line in lines)
    open_pages = sum(line.pages is None for line in lines)
    return wording.say(
        PAPER, "counts", count=len(lines), electronic=electronic, paper=len(lines) - electronic,
        pages=sum(line.pages or 0 for line in lines),
        unknown=wording.say(PAPER, "counts_unknown", count=open_pages) if open_pages else "",
    )  # fmt: skip


def _grid(content: TransferContent, wording: Wording) -> Grid:
    columns = (
        Column(wording.say(PAPER, "column_number"), 0.8, "center"),
        Column(wording.say(PAPER, "column_title"), 5, "left"),
        Column(wording.say(PAPER, "column_pages"), 1, "center"),
        Column(wording.say(PAPER, "column_retention"), 1.2, "center"),
    )
    unknown = wording.say("index", "pages_unknown")
    rows = tuple(
        (str(at), line.name, unknown if line.pages is None else str(line.pages), line.retention)
        for at, line in enumerate(content.index.lines, 1)
    )
    return Grid(columns, rows, size_pt=_SMALL)

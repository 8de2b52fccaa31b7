"""Official papers as GB/T 9704—2012 (党政机关公文格式) wants them.

In: an `OfficialDocument` (`paper`), that says nothing of millimetres. Out: the bytes of a .docx, equal for equal
documents. Every measure is a constant of `measures` with its clause. The paper knows no business: its words come from
the caller.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from review_flows.papers import edges
from review_flows.papers.lines import blank, grid_line, level_label, runs_of, small, title
from review_flows.papers.measures import (
    FONT_BODY,
    FONT_LEVEL_1,
    FONTS,
    INDENT_CHARS,
    LEVEL_FONTS,
    LINE_PT,
    SIZE_3,
    STYLES,
    page,
)
from review_flows.papers.paper import (
    Article,
    Attachment,
    Block,
    Chapter,
    Content,
    FormTable,
    Grid,
    Heading,
    NewPage,
    OfficialDocument,
    Slot,
    Text,
)
from review_flows.word import packing
from review_flows.word.building import Align, Cell, NewDocument, Paragraph, Row, Run, Table
from review_flows.word.building import Block as WordBlock


def render(document: OfficialDocument) -> bytes:
    """The .docx of this paper."""
    return packing.write(lay_out(document))


def lay_out(document: OfficialDocument) -> NewDocument:
    """The paper with every measure in its place."""
    body, after = (_body(blocks, document.landscape) for blocks in (document.blocks, document.after))
    end = edges.end(document)
    blocks = [*edges.head(document), *_kept(list(body), end), *end, *after, *edges.foot(document)]
    signed_on = document.signature.dated_on if document.signature else None
    return NewDocument(
        page=page(document.landscape),
        blocks=tuple(blocks),
        styles=STYLES,
        fonts=FONTS,
        headers=edges.headers(document),
        footers=edges.footers(document),
        title=document.title.replace("\n", ""),
        author=document.masthead,
        made_on=document.made_on or signed_on,
    )


def _kept(body: list[WordBlock], end: list[Paragraph]) -> list[WordBlock]:
    """The body with its last paragraph tied to what follows: a page with a signature has text on it (7.3.5.5)."""
    if end and body and isinstance(body[-1], Paragraph):
        return [*body[:-1], replace(body[-1], keep_with_next=True)]
    return body


def _body(blocks: Iterable[Block], landscape: bool) -> Iterator[WordBlock]:
    """The blocks in order; headings are counted from the first one on."""
    width_mm = page(landscape).text_width_mm
    numbers = [0, 0, 0, 0]
    starts_page = False
    for block in blocks:
        if isinstance(block, NewPage):
            starts_page = True
            continue
        for made in _block(block, numbers, width_mm):
            if starts_page and isinstance(made, Paragraph):
                made, starts_page = replace(made, starts_page=True), False
            yield made


def _block(block: Block, numbers: list[int], width_mm: float) -> Iterable[WordBlock]:
    if isinstance(block, Heading):
        return [_heading(block, numbers)]
    if isinstance(block, Text):
        return [_text(block)]
    if isinstance(block, Chapter):
        return [grid_line(runs_of(block.text, FONT_LEVEL_1), "center", style="Heading1", keep_with_next=True)]
    if isinstance(block, Article):
        label = Run(f"{block.label}\u3000", FONT_LEVEL_1, SIZE_3)
        return [grid_line((label, *runs_of(block.content)), first_chars=INDENT_CHARS)]
    if isinstance(block, Attachment):
        return _attachment(block)
    if isinstance(block, Grid):
        return [_grid(block, width_mm)]
    if isinstance(block, FormTable):
        return [_form(block, width_mm)]
    raise TypeError(type(block).__name__)


def _text(block: Text) -> Paragraph:
    indent = INDENT_CHARS if block.indent else 0.0
    if block.small:
        return small(block.content, block.align, indent)
    return grid_line(runs_of(block.content), block.align, first_chars=indent)


def _heading(heading: Heading, numbers: list[int]) -> Paragraph:
    """The heading with the next number of its level; deeper levels begin anew."""
    label = ""
    if heading.numbered:
        numbers[heading.level - 1] += 1
        numbers[heading.level :] = [0] * (4 - heading.level)
        label = level_label(heading.level, numbers[heading.level - 1])
    runs = (*runs_of(label + heading.text, LEVEL_FONTS[heading.level]), *runs_of(heading.then))
    follows = not heading.then
    return grid_line(runs, first_chars=INDENT_CHARS, style=f"Heading{heading.level}", keep_with_next=follows)


def _attachment(block: Attachment) -> list[Paragraph]:
    """附件 in 黑体 at the top left of a new page, the title centred on the third line (7.3.7)."""
    label = grid_line(runs_of(block.label, FONT_LEVEL_1), "left", starts_page=True, keep_with_next=True)
    return [label, *blank(), *title(block.title), *blank()]


# ---- tables

_TALL = 240  # characters of a cell above which its row may run over a page end


def _widths(shares: Iterable[float], width_mm: float) -> tuple[float, ...]:
    given = tuple(shares)
    return tuple(share / sum(given) * width_mm for share in given)


def _cell_paragraphs(content: Content, font: str, size_pt: float, align: Align) -> tuple[Paragraph, ...]:
    """One paragraph for each line of a text; spans stand in one paragraph."""
    lines: list[Content] = list(content.split("\n")) if isinstance(content, str) else [content]
    return tuple(
        Paragraph(runs_of(line, font, size_pt), align=align, char_pt=size_pt, line_pt=round(size_pt * 1.4, 1))
        for line in lines
    )


def plain(content: Content) -> str:
    """The characters of a content without their looks."""
    return content if isinstance(content, str) else "".join(span.text for span in content)


def _grid(grid: Grid, width_mm: float) -> Table:
    heading = Row(
        tuple(Cell(_cell_paragraphs(column.heading, FONT_LEVEL_1, grid.size_pt, "center")) for column in grid.columns),
        header=True,
        height_pt=LINE_PT,
    )
    rows = [
        Row(
            tuple(
                Cell(_cell_paragraphs(content, FONT_BODY, grid.size_pt, column.align))
                for column, content in zip(grid.columns, row, strict=True)
            ),
            splits=any(len(plain(content)) > _TALL for content in row),
            height_pt=LINE_PT,
        )
        for row in grid.rows
    ]
    return Table(_widths((column.share for column in grid.columns), width_mm), (heading, *rows))


def _form(form: FormTable, width_mm: float) -> Table:
    rows = tuple(
        Row(tuple(_slot(slot, form.size_pt) for slot in row), splits=True, height_pt=form.row_height_pt)
        for row in form.rows
    )
    return Table(_widths(form.shares, width_mm), rows)


def _slot(slot: Slot, size_pt: float) -> Cell:
    if slot.below:
        return Cell((Paragraph(),), span=slot.span, merge="continue")
    font = FONT_LEVEL_1 if slot.label else FONT_BODY
    paragraphs = _cell_paragraphs(slot.content, font, size_pt, "center" if slot.label else slot.align)
    return Cell(paragraphs, span=slot.span)

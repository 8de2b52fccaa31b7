"""Writing tracked changes: the marks that Word puts on content, paragraph marks, rows, cells and properties.

Every mark has an id of its own, an author and an instant. Text under `w:del` is `w:delText`; under `w:moveFrom` it
stays `w:t`. Hyperlinks may not stand inside a mark, so the mark goes inside them; simple fields neither, so they are
spelled out. A content control within a paragraph may: it comes and goes with what it holds.
"""

from collections.abc import Iterable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Literal

from lxml import etree

from review_flows.word import oxml
from review_flows.word.controls import cells_bare
from review_flows.word.oxml import AUTHOR, DATE, ID, PPR, RPR, w

State = Literal["keep", "ins", "del", "from", "to"]
_TAGS = {"ins": oxml.INS, "del": oxml.DEL, "from": oxml.MOVE_FROM, "to": oxml.MOVE_TO}
_MARK_INSIDE = frozenset({oxml.HYPERLINK, oxml.DIR, oxml.BDO, oxml.SMART_TAG, oxml.CUSTOM_XML})
_LEFT_ALONE = oxml.MARKERS | {oxml.PPR, oxml.SMART_TAG_PR, oxml.CUSTOM_XML_PR}
_NOT_TRACKED: dict[str, frozenset[str]] = {  # what stays out of the record of former properties, by its tag
    oxml.PPR_CHANGE: frozenset({RPR, oxml.SECT_PR, oxml.PPR_CHANGE}),
    oxml.RPR_CHANGE: frozenset({*oxml.CONTENT_MARKS, oxml.RPR_CHANGE}),
    oxml.SECT_CHANGE: frozenset({oxml.HEADER_REFERENCE, oxml.FOOTER_REFERENCE, oxml.SECT_CHANGE}),
    oxml.TR_PR_CHANGE: frozenset({oxml.INS, oxml.DEL, oxml.TR_PR_CHANGE}),
    oxml.TC_PR_CHANGE: frozenset({oxml.CELL_INS, oxml.CELL_DEL, oxml.CELL_MERGE, oxml.TC_PR_CHANGE}),
    oxml.TBL_PR_CHANGE: frozenset({oxml.TBL_PR_CHANGE}),
    oxml.TBL_PR_EX_CHANGE: frozenset({oxml.TBL_PR_EX_CHANGE}),
}


class Stamp:
    """Who changes and when, and the ids: one sequence for the whole package, so that no part repeats one."""

    def __init__(self, author: str, at: datetime, first_id: int = 1) -> None:
        self.author = author
        self.date = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._next = first_id
        self.inserted = self.deleted = self.moved = self.formatted = 0

    def next_id(self) -> str:
        self._next += 1
        return str(self._next - 1)

    def element(self, tag: str) -> etree._Element:
        """An empty mark of this tag. `w:tblGridChange` alone has an id and nothing else."""
        if tag == oxml.TBL_GRID_CHANGE:
            return etree.Element(tag, {ID: self.next_id()})
        return etree.Element(tag, {ID: self.next_id(), AUTHOR: self.author, DATE: self.date})

    def content(self, state: State) -> etree._Element:
        """An empty mark for content in this state, counted."""
        self._count(state)
        return self.element(_TAGS[state])

    def _count(self, state: State) -> None:
        if state == "ins":
            self.inserted += 1
        elif state == "del":
            self.deleted += 1

    # ---- properties

    def changed(self, properties: etree._Element, former: etree._Element | None, change: str) -> None:
        """Record, last among `properties`, what they were: `change` holds the former ones but for what it may not."""
        mark = self.element(change)
        record = etree.SubElement(mark, properties.tag)
        skipped = _NOT_TRACKED[change]
        record.extend([deepcopy(child) for child in (former if former is not None else ()) if child.tag not in skipped])
        properties.append(mark)
        self.formatted += 1

    def paragraph_mark(self, paragraph: etree._Element, state: State) -> None:
        """Mark the paragraph's end: first in `w:pPr/w:rPr`, where Word and every schema expect it.

        Word reads a deleted or moved end as: this paragraph runs on into the next one. An inserted end, when
        rejected, too.
        """
        mark_properties(paragraph).insert(0, self.element(_TAGS[state]))

    # ---- content

    def inline(self, nodes: Iterable[etree._Element], state: State) -> list[etree._Element]:
        """The children of a paragraph, hyperlink or control, each under a mark; neighbours share one."""
        out: list[etree._Element] = []
        open_mark: etree._Element | None = None
        for node in [runs for given in nodes for runs in spelled_out(given)]:
            if node.tag in _LEFT_ALONE or node.tag in _MARK_INSIDE:
                open_mark = None
                out.append(self._inside(node, state))
                continue
            if open_mark is None:
                open_mark = self.content(state)
                out.append(open_mark)
            open_mark.append(self.ready(node, state))
        return out

    def _inside(self, node: etree._Element, state: State) -> etree._Element:
        if node.tag in _MARK_INSIDE:
            properties = [child for child in node if child.tag in _LEFT_ALONE and child.tag not in oxml.MARKERS]
            node[:] = [*properties, *self.inline([child for child in node if child not in properties], state)]
        return node

    def ready(self, node: etree._Element, state: State) -> etree._Element:
        """A run or equation as it must be under a mark of this state, with what its text boxes hold marked, too."""
        for box in [b for b in node.iter(oxml.TEXT_BOX) if next(b.iterancestors(oxml.TEXT_BOX), None) is None]:
            self.story(box, state)
        if state == "del":
            for text in node.iter(oxml.T, oxml.INSTR_TEXT):
                text.tag = oxml.DEL_TEXT if text.tag == oxml.T else oxml.DEL_INSTR_TEXT
        return node

    def whole_paragraph(self, paragraph: etree._Element, state: State) -> None:
        """Mark all that a paragraph holds, but not its end."""
        properties = paragraph.find(PPR)
        content = self.inline([child for child in paragraph if child is not properties], state)
        paragraph[:] = [*([properties] if properties is not None else []), *content]

    def story(self, container: etree._Element, state: State, *, last_mark: bool = False) -> None:
        """Mark all that a cell, box, note or header holds; the last paragraph's end only where the whole row is."""
        last = container[-1] if len(container) else None
        for block in list(container):
            if block.tag == oxml.P:
                self.whole_paragraph(block, state)
                if last_mark or block is not last:
                    self.paragraph_mark(block, state)
            elif block.tag == oxml.TBL:
                self.whole_table(block, state)
            elif block.tag in (oxml.SDT, oxml.CUSTOM_XML):
                holder = block.find(oxml.SDT_CONTENT) if block.tag == oxml.SDT else block
                if holder is not None:
                    self.story(holder, state, last_mark=last_mark or block is not last)

    def whole_table(self, table: etree._Element, state: State) -> None:
        cells_bare(table)
        for row in table.findall(oxml.TR):
            self.whole_row(row, state)

    def whole_row(self, row: etree._Element, state: State) -> None:
        """Word marks a row in `w:trPr` (`w:ins`, `w:del`) and, besides, all that its cells hold."""
        row_properties(row).append(self.element(_TAGS[state]))
        for cell in oxml.inside(row, oxml.TC):
            self.story(cell, state, last_mark=True)

    def renumber(self, element: etree._Element) -> None:
        """New ids for every mark in a copy of marked content; the two ends of a range keep together.

        The moves in it get names of their own: Word finds where a paragraph went by the name.
        """
        ranges: dict[str, str] = {}
        for mark in element.iter(*oxml.REVISIONS):
            former = mark.get(ID, "")
            if mark.tag in oxml.RANGE_MARKS:
                ranges.setdefault(former, self.next_id())
                mark.set(ID, ranges[former])
                if mark.get(oxml.NAME):
                    mark.set(oxml.NAME, f"{mark.get(oxml.NAME)}copy")
            else:
                mark.set(ID, self.next_id())


def mark_properties(paragraph: etree._Element) -> etree._Element:
    """The run properties of the paragraph's end, `w:pPr/w:rPr`; they stand before `w:sectPr` and `w:pPrChange`."""
    properties = oxml.first_child(paragraph, PPR)
    mark = properties.find(RPR)
    if mark is None:
        mark = properties.makeelement(RPR)
        at = next((i for i, c in enumerate(properties) if c.tag in (oxml.SECT_PR, oxml.PPR_CHANGE)), len(properties))
        properties.insert(at, mark)
    return mark


def unmarked(properties: etree._Element) -> etree._Element:
    """A copy of a paragraph's properties without what this redline has already written into them."""
    copy = deepcopy(properties)
    for holder in [copy, *copy.findall(RPR)]:
        for mark in [child for child in holder if child.tag in oxml.REVISIONS]:
            holder.remove(mark)
    return copy


def row_properties(row: etree._Element) -> etree._Element:
    """`w:trPr` of a row: after `w:tblPrEx`, before the cells."""
    properties = row.find(oxml.TR_PR)
    if properties is None:
        properties = row.makeelement(oxml.TR_PR)
        row.insert(1 if len(row) and row[0].tag == oxml.TBL_PR_EX else 0, properties)
    return properties


def spelled_out(node: etree._Element) -> list[etree._Element]:
    """A simple field (`w:fldSimple`, which no mark may hold) as the runs that mean the same; all else as it is."""
    if node.tag != oxml.FLD_SIMPLE:
        return [] if node.tag == oxml.PROOF_ERR else [node]
    runs = [child for child in node if child.tag == oxml.R]
    looks = runs[0].find(RPR) if runs else None
    instruction = etree.Element(oxml.INSTR_TEXT, {oxml.XML_SPACE: "preserve"})
    instruction.text = node.get(oxml.INSTR, "")
    head = [run(looks, [_field_mark("begin")]), run(looks, [instruction]), run(looks, [_field_mark("separate")])]
    return [*head, *node, run(looks, [_field_mark("end")])]


def _field_mark(kind: str) -> etree._Element:
    return etree.Element(oxml.FLD_CHAR, {oxml.FLD_CHAR_TYPE: kind})


def run(properties: etree._Element | None, content: Iterable[etree._Element]) -> etree._Element:
    """A run with a copy of these properties."""
    element = etree.Element(oxml.R)
    if properties is not None:
        element.append(deepcopy(properties))
    element.extend(content)
    return element


def text(characters: str, *, deleted: bool) -> etree._Element:
    """Characters as Word keeps them: blanks at the ends are kept only under xml:space="preserve"."""
    element = etree.Element(oxml.DEL_TEXT if deleted else oxml.T)
    element.text = characters
    if characters[:1].isspace() or characters[-1:].isspace():
        element.set(oxml.XML_SPACE, "preserve")
    return element


def move_range(stamp: Stamp, name: str, *, source: bool) -> tuple[etree._Element, etree._Element]:
    """The two ends of a move's source or destination: Word pairs the two by `w:name`, the ends of each by `w:id`."""
    start = stamp.element(oxml.MOVE_FROM_START if source else oxml.MOVE_TO_START)
    start.set(w("name"), name)
    end = etree.Element(oxml.MOVE_FROM_END if source else oxml.MOVE_TO_END, {ID: start.get(ID, "")})
    return start, end

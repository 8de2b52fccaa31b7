"""Tables of a redline: rows paired by their text, cells by their columns, each pair of cells woven as a story.

Word tracks rows (`w:trPr/w:ins`, `w:del`), cells (`w:tcPr/w:cellIns`, `w:cellDel`) and the properties of table, row and
cell. It has no moved rows, so a row elsewhere is struck and added.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING

from lxml import etree

from review_flows.text.alignment import likeness
from review_flows.text.diff import pair_blocks
from review_flows.word import oxml
from review_flows.word.revisions import row_properties
from review_flows.word.sameness import View, look, same_xml

if TYPE_CHECKING:
    from review_flows.papers.redline_story import Weaver

Columns = list[
    tuple[int | None, int | None]
]  # places of a column in the old and in the new row, None where it is absent

COLUMN_ALIKE = 0.3  # likeness from which two columns are one
_ROWS_LOOKED_AT = 40  # rows by whose text columns are paired
_WRAPPERS = (oxml.SDT, oxml.CUSTOM_XML)


def merge_tables(weaver: Weaver, old: etree._Element, new: etree._Element, old_view: View, new_view: View) -> None:
    """Mark in `new` what became of `old`."""
    for table in (old, new):
        if _unwrap(table):
            weaver.note(f"“{oxml.plain_text(table)[:12]}”所在表格", "包住整行或整格的内容控件未保留，行、格照常比较")
    _Table(weaver, old, new, old_view, new_view).weave()


def _unwrap(table: etree._Element) -> bool:
    """Take rows and cells out of content controls, which cannot be told as changed; whether there were any."""
    found = False
    for parent in [table, *table.findall(oxml.TR), *(r for r in oxml.inside(table, oxml.TR))]:
        for wrapper in [child for child in parent if child.tag in _WRAPPERS]:
            inner = wrapper.find(oxml.SDT_CONTENT) if wrapper.tag == oxml.SDT else wrapper
            at = parent.index(wrapper)
            content = [c for c in (inner if inner is not None else ()) if c.tag != oxml.CUSTOM_XML_PR]
            parent[at : at + 1] = content
            found = True
    return found


class _Table:
    def __init__(
        self, weaver: Weaver, old: etree._Element, new: etree._Element, old_view: View, new_view: View
    ) -> None:
        self.weaver, self.stamp, self.views = weaver, weaver.stamp, (old_view, new_view)
        self.old, self.new = old, new
        self.old_rows, self.new_rows = list(oxml.inside(old, oxml.TR)), list(oxml.inside(new, oxml.TR))
        self._cursor: etree._Element | None = None

    def weave(self) -> None:
        pairs = list(self._pairs())
        columns = _columns([(self.old_rows[i], self.new_rows[j]) for i, j in pairs if i is not None and j is not None])
        self._properties()
        self._grid(columns)
        for i, j in pairs:
            if i is None and j is not None:
                self._add_row(self.new_rows[j])
            elif j is None and i is not None:
                self._strike_row(self.old_rows[i])
            elif i is not None and j is not None:
                self._row(self.old_rows[i], self.new_rows[j], columns)

    def _pairs(self) -> Iterator[tuple[int | None, int | None]]:
        """Places of rows on both sides, in the order of the redline."""
        texts = [[oxml.plain_text(row) for row in rows] for rows in (self.old_rows, self.new_rows)]
        fates = pair_blocks(*texts)
        waiting = sorted(pair.old[0] for pair in fates if pair.fate == "moved")
        for pair in fates:
            olds = () if pair.fate == "moved" else pair.old
            while waiting and olds and waiting[0] < olds[0]:
                yield waiting.pop(0), None
            both = bool(olds) and bool(pair.new)
            if both:
                yield olds[0], pair.new[0]
            for i in olds[both:]:
                yield i, None
            for j in pair.new[both:]:
                yield None, j
        for i in waiting:
            yield i, None

    # ---- properties

    def _properties(self) -> None:
        old, new = self.old.find(oxml.TBL_PR), self.new.find(oxml.TBL_PR)
        if new is not None and look(old) != look(new):
            self.stamp.changed(new, old, oxml.TBL_PR_CHANGE)

    def _grid(self, columns: Columns | None) -> None:
        """Struck columns stay in the grid while they are shown; what it was is kept in `w:tblGridChange`."""
        old, new = self.old.find(oxml.TBL_GRID), self.new.find(oxml.TBL_GRID)
        if old is None or new is None or look(old) == look(new):
            return
        former = deepcopy(old)
        if columns is not None and len(columns) >= len(new):
            widths = [_width(new, j) if j is not None else _width(old, i or 0) for i, j in columns]
            new[:] = [width for width in widths if width is not None]
        change = self.stamp.element(oxml.TBL_GRID_CHANGE)
        change.append(former)
        new.append(change)

    # ---- rows

    def _place(self, row: etree._Element) -> None:
        row.tail = None
        if self._cursor is not None:
            self._cursor.addnext(row)
        else:
            first = next((child for child in self.new if child.tag == oxml.TR), None)
            self.new.append(row) if first is None else first.addprevious(row)
        self._cursor = row

    def _add_row(self, row: etree._Element) -> None:
        self.weaver.visit_added([row])
        self.stamp.whole_row(row, "ins")
        self._cursor = row

    def _strike_row(self, row: etree._Element) -> None:
        self._place(row)
        self.weaver.adopt(row, *self.views)
        self.stamp.whole_row(row, "del")

    def _row(self, old: etree._Element, new: etree._Element, columns: Columns | None) -> None:
        if same_xml(old, new):
            self._cursor = new
            return
        cells = _cells(list(oxml.inside(old, oxml.TC)), list(oxml.inside(new, oxml.TC)), columns)
        if all(i is None or j is None for i, j in cells):
            self._strike_row(old)
            self._add_row(new)
            return
        self._row_properties(old, new)
        self._cells(old, new, cells)
        self._cursor = new

    def _row_properties(self, old: etree._Element, new: etree._Element) -> None:
        if look(old.find(oxml.TBL_PR_EX)) != look(new.find(oxml.TBL_PR_EX)):
            exceptions = oxml.first_child(new, oxml.TBL_PR_EX)
            self.stamp.changed(exceptions, old.find(oxml.TBL_PR_EX), oxml.TBL_PR_EX_CHANGE)
        if look(old.find(oxml.TR_PR)) != look(new.find(oxml.TR_PR)):
            self.stamp.changed(row_properties(new), old.find(oxml.TR_PR), oxml.TR_PR_CHANGE)

    # ---- cells

    def _cells(self, old: etree._Element, new: etree._Element, pairs: Columns) -> None:
        old_cells, new_cells = list(oxml.inside(old, oxml.TC)), list(oxml.inside(new, oxml.TC))
        before: etree._Element | None = None
        for i, j in pairs:
            if j is None and i is not None:
                before = self._strike_cell(old_cells[i], new, before)
            elif i is None and j is not None:
                before = new_cells[j]
                self.weaver.visit_added([before])
                self.stamp.whole_cell(before, "ins")
            elif i is not None and j is not None:
                before = new_cells[j]
                self._cell(old_cells[i], before)

    def _strike_cell(self, cell: etree._Element, row: etree._Element, before: etree._Element | None) -> etree._Element:
        cell.tail = None
        if before is not None:
            before.addnext(cell)
        else:
            first = next(child for child in row if child.tag == oxml.TC)
            first.addprevious(cell)
        self.weaver.adopt(cell, *self.views)
        self.stamp.whole_cell(cell, "del")
        return cell

    def _cell(self, old: etree._Element, new: etree._Element) -> None:
        if same_xml(old, new):
            return
        if look(old.find(oxml.TC_PR)) != look(new.find(oxml.TC_PR)):
            self.stamp.changed(oxml.first_child(new, oxml.TC_PR), old.find(oxml.TC_PR), oxml.TC_PR_CHANGE)
        self.weaver.story(old, new, *self.views)


def _width(grid: etree._Element, at: int) -> etree._Element | None:
    columns = grid.findall(oxml.GRID_COL)
    return deepcopy(columns[at]) if at < len(columns) else None


def _texts(row: etree._Element) -> list[str]:
    return [oxml.plain_text(cell) for cell in oxml.inside(row, oxml.TC)]


def _columns(rows: Sequence[tuple[etree._Element, etree._Element]]) -> Columns | None:
    """How the columns of a regular table pair; None where rows differ in how many cells they have, or none do."""
    texts = [(_texts(old), _texts(new)) for old, new in rows[:_ROWS_LOOKED_AT]]
    sizes = {(len(old), len(new)) for old, new in texts}
    if len(sizes) != 1:
        return None
    old_columns = ["\n".join(cells) for cells in zip(*(old for old, _ in texts), strict=True)]
    new_columns = ["\n".join(cells) for cells in zip(*(new for _, new in texts), strict=True)]
    return _aligned(old_columns, new_columns)


def _cells(old: Sequence[etree._Element], new: Sequence[etree._Element], columns: Columns | None) -> Columns:
    """How the cells of two rows pair: as the columns of the table, or by their own text."""
    if columns is not None and _fits(columns, len(old), len(new)):
        return columns
    return _aligned([oxml.plain_text(c) for c in old], [oxml.plain_text(c) for c in new])


def _fits(columns: Columns, old: int, new: int) -> bool:
    return sum(i is not None for i, _ in columns) == old and sum(j is not None for _, j in columns) == new


def _aligned(old: Sequence[str], new: Sequence[str]) -> Columns:
    """Pairs in order with the greatest sum of likeness; rows of one length pair place by place."""
    if len(old) == len(new):
        return [(k, k) for k in range(len(old))]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    scores = [[_score(a, b) for b in new] for a in old]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            paired = scores[i][j] + best[i + 1][j + 1] if scores[i][j] else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    return list(_walk(best, scores, len(old), len(new)))


def _walk(
    best: list[list[float]], scores: list[list[float]], old: int, new: int
) -> Iterator[tuple[int | None, int | None]]:
    i = j = 0
    while i < old or j < new:
        if i < old and j < new and scores[i][j] and best[i][j] == scores[i][j] + best[i + 1][j + 1]:
            yield i, j
            i, j = i + 1, j + 1
        elif i < old and (j == new or best[i][j] == best[i + 1][j]):
            yield i, None
            i += 1
        else:
            yield None, j
            j += 1


def _score(old: str, new: str) -> float:
    if old == new:
        return 1.0 if old.strip() else COLUMN_ALIKE
    alike = likeness(old, new)
    return alike if alike >= COLUMN_ALIKE else 0.0

"""Tables of a redline: rows paired by their text, cells by their place, each pair of cells woven as a story.

Word tracks rows (`w:trPr/w:ins`, `w:del`) and the properties of table, row and cell. It has no moved rows, so a row
elsewhere is struck and added. It also tracks single cells (`w:tcPr/w:cellIns`, `w:cellDel`), but LibreOffice leaves
such cells standing when it resolves them, so rows with another number of cells are struck and added whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import TYPE_CHECKING

from lxml import etree

from review_flows.text.alignment import pair_rows
from review_flows.word import oxml
from review_flows.word.controls import cells_bare
from review_flows.word.revisions import row_properties
from review_flows.word.sameness import View, look, same_xml

if TYPE_CHECKING:
    from review_flows.papers.redline_story import Weaver


def merge_tables(weaver: Weaver, old: etree._Element, new: etree._Element, old_view: View, new_view: View) -> None:
    """Mark in `new` what became of `old`."""
    for table in (old, new):
        if cells_bare(table):
            weaver.note(_where(table), "包住整行或整格的内容控件未保留，行、格照常比较")
    _Table(weaver, old, new, old_view, new_view).weave()


class _Table:
    def __init__(
        self, weaver: Weaver, old: etree._Element, new: etree._Element, old_view: View, new_view: View
    ) -> None:
        self.weaver, self.stamp, self.views = weaver, weaver.stamp, (old_view, new_view)
        self.old, self.new = old, new
        self.old_rows, self.new_rows = list(oxml.inside(old, oxml.TR)), list(oxml.inside(new, oxml.TR))
        self._cursor: etree._Element | None = None

    def weave(self) -> None:
        self._properties()
        self._grid()
        for i, j in self._pairs():
            if i is not None and j is not None:
                self._row(self.old_rows[i], self.new_rows[j])
            elif i is not None:
                self._strike_row(self.old_rows[i])
            elif j is not None:
                self._add_row(self.new_rows[j])

    def _pairs(self) -> Iterator[tuple[int | None, int | None]]:
        """Places of rows on both sides, in the order of the redline."""
        if self._columns_differ():
            self._note("列数有变，各行整行删除、整行新增，不逐格标记")
            yield from ((i, None) for i in range(len(self.old_rows)))
            yield from ((None, j) for j in range(len(self.new_rows)))
            return
        fates = pair_rows(*([oxml.plain_text(row) for row in rows] for rows in (self.old_rows, self.new_rows)))
        moved = sorted(pair.old[0] for pair in fates if pair.fate == "moved")
        for pair in fates:
            olds = () if pair.fate == "moved" else pair.old
            while moved and olds and moved[0] < olds[0]:
                yield moved.pop(0), None
            both = bool(olds) and bool(pair.new)
            if both:
                yield olds[0], pair.new[0]
            yield from ((i, None) for i in olds[both:])
            yield from ((None, j) for j in pair.new[both:])
        yield from ((i, None) for i in moved)

    def _columns_differ(self) -> bool:
        """Whether a column came or went: both tables are regular and have another number of columns."""
        sizes = [{len(_cells(row)) for row in rows} for rows in (self.old_rows, self.new_rows)]
        return len(sizes[0]) == len(sizes[1]) == 1 and sizes[0] != sizes[1]

    def _note(self, what: str) -> None:
        self.weaver.note(_where(self.new), what)

    # ---- properties

    def _properties(self) -> None:
        old, new = self.old.find(oxml.TBL_PR), self.new.find(oxml.TBL_PR)
        if new is not None and look(old) != look(new):
            self.stamp.changed(new, old, oxml.TBL_PR_CHANGE)

    def _grid(self) -> None:
        """Column widths have a record of their own, `w:tblGridChange`."""
        old, new = self.old.find(oxml.TBL_GRID), self.new.find(oxml.TBL_GRID)
        if old is None or new is None or look(old) == look(new):
            return
        change = self.stamp.element(oxml.TBL_GRID_CHANGE)
        change.append(deepcopy(old))
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

    def _row(self, old: etree._Element, new: etree._Element) -> None:
        """Two rows that are one. With another number of cells the row is struck and added, as all programs resolve."""
        self._cursor = new
        if same_xml(old, new):
            return
        old_cells, new_cells = _cells(old), _cells(new)
        if len(old_cells) != len(new_cells):
            self._note("有的行单元格数有变，该行整行删除、整行新增")
            self._cursor = new.getprevious()
            self._strike_row(old)
            self._add_row(new)
            return
        self._row_properties(old, new)
        for old_cell, new_cell in zip(old_cells, new_cells, strict=True):
            self._cell(old_cell, new_cell)

    def _row_properties(self, old: etree._Element, new: etree._Element) -> None:
        if look(old.find(oxml.TBL_PR_EX)) != look(new.find(oxml.TBL_PR_EX)):
            exceptions = oxml.first_child(new, oxml.TBL_PR_EX)
            self.stamp.changed(exceptions, old.find(oxml.TBL_PR_EX), oxml.TBL_PR_EX_CHANGE)
        if look(old.find(oxml.TR_PR)) != look(new.find(oxml.TR_PR)):
            self.stamp.changed(row_properties(new), old.find(oxml.TR_PR), oxml.TR_PR_CHANGE)

    # ---- cells

    def _cell(self, old: etree._Element, new: etree._Element) -> None:
        if same_xml(old, new):
            return
        if look(old.find(oxml.TC_PR)) != look(new.find(oxml.TC_PR)):
            self.stamp.changed(oxml.first_child(new, oxml.TC_PR), old.find(oxml.TC_PR), oxml.TC_PR_CHANGE)
        self.weaver.story(old, new, *self.views)


def _where(table: etree._Element) -> str:
    return f"“{oxml.plain_text(table)[:12]}”所在表格"


def _cells(row: etree._Element) -> list[etree._Element]:
    return list(oxml.inside(row, oxml.TC))

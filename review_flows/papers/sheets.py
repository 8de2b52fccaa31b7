"""Tables in and out as .xlsx: columns known by Chinese headings, values of known types, every fault with its cell.

In: the bytes of a workbook and the fields it should have. Out: rows of values and *all* faults at once; or the other
way round, rows to bytes, equal for equal rows. Written tables hold text and numbers only: never a formula, link or
macro, whatever the values look like.
"""

import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Literal
from zipfile import ZipFile

from review_flows.errors import DraftError
from review_flows.papers.workbooks import LIMITS, Limits, rows_of
from review_flows.word.building import clean
from review_flows.word.packing import packed

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

Value = str | int | Decimal | date | bool | None
Type = Literal["text", "whole", "amount", "day", "yes_no"]

YES, NO = "是", "否"
HEADING_WITHIN = 10  # rows: titles and notes may stand above the headings
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_FORMATS: Mapping[Type, str] = {"day": "yyyy-mm-dd", "amount": "#,##0.00", "whole": "0", "text": "@", "yes_no": "@"}
_CUT = "……（超长，未全部列出）"
_FIXED_TIME = b"1980-01-01T00:00:00Z"


@dataclass(frozen=True)
class Field:
    """A column: its key in rows, its heading, what its cells hold. `choices`: key → label shown in cells."""

    key: str
    heading: str
    type: Type = "text"
    required: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    width: float = 14  # characters


@dataclass(frozen=True)
class CellFault:
    """One thing wrong with a table: the cell (B3) or empty for the whole, its heading, why, in Chinese."""

    place: str
    heading: str
    reason: str
    row: int = 0  # of the sheet; 0 for the whole

    def __str__(self) -> str:
        where = f"{self.place}（{self.heading}）" if self.place else f"“{self.heading}”列"
        return f"{where}：{self.reason}"


@dataclass(frozen=True)
class Table:
    """What a workbook held: rows by field key with their numbers in the sheet; all faults; headings nobody knows.

    `faulty`: the rows with faults, by number, with the cells that could be read, so that a caller can tell all it finds
    at once. `letters`: field key → column.
    """

    rows: tuple[Mapping[str, Value], ...] = ()
    numbers: tuple[int, ...] = ()
    faults: tuple[CellFault, ...] = ()
    ignored: tuple[str, ...] = ()
    faulty: tuple[tuple[int, Mapping[str, Value]], ...] = ()
    letters: Mapping[str, str] = field(default_factory=dict)

    @property
    def numbered(self) -> tuple[tuple[int, Mapping[str, Value]], ...]:
        """The rows with their numbers."""
        return tuple(zip(self.numbers, self.rows, strict=True))

    def place(self, key: str, number: int) -> str:
        """The cell of a field in a row, such as B3; the row where the sheet has no such column."""
        return f"{self.letters[key]}{number}" if key in self.letters else f"第{number}行"


class _Bad(Exception):
    """A cell that does not hold what its column asks for; the reason is Chinese."""


# ---- reading


def read_table(data: bytes, name: str, fields: Sequence[Field], limits: Limits = LIMITS) -> Table:
    """The table of the first visible sheet; a row with a fault is left out and told.

    Raises DraftError for a file that is no safe workbook, or where the headings are not found.
    """
    return table_of(list(rows_of(data, name, limits)), name, fields)


@dataclass(frozen=True)
class TextCell:
    """A cell of a table that is no workbook (.csv): always text, whatever it looks like."""

    value: str | None
    data_type: str = "s"


def table_of(lines: list[tuple[int, tuple[Any, ...]]], name: str, fields: Sequence[Field]) -> Table:
    """The table in numbered lines of cells; DraftError where the headings are not found."""
    start, columns = _headings(lines, name, fields)
    heading_row = lines[start][1]
    missing = [f for f in fields if f.required and f.key not in columns]
    faults = [CellFault("", each.heading, "表中没有这一列") for each in missing]
    faults += _repeated(heading_row, fields)
    rows, numbers, faulty = [], [], []
    for number, cells in lines[start + 1 :]:
        row, wrong = _row(number, cells, fields, columns)
        faults += wrong
        if row is not None and wrong:
            faulty.append((number, row))
        elif row is not None:
            rows.append(row)
            numbers.append(number)
    known = {_squeezed(each.heading) for each in fields}
    texts = [str(cell.value).strip() for cell in heading_row if cell.value is not None]
    ignored = tuple(text for text in texts if _squeezed(text) not in known)
    letters = {key: _letters(at) for key, at in columns.items()}
    return Table(tuple(rows), tuple(numbers), tuple(faults), ignored, tuple(faulty), letters)


def _headings(
    lines: list[tuple[int, tuple[Any, ...]]], name: str, fields: Sequence[Field]
) -> tuple[int, dict[str, int]]:
    """The index of the line with most of the headings, and the column of each field found there."""
    best, found = -1, dict[str, int]()
    for index, (number, cells) in enumerate(lines):
        if number > HEADING_WITHIN:
            break
        texts = {_squeezed(cell.value): at for at, cell in reversed(list(enumerate(cells))) if cell.value is not None}
        columns = {each.key: texts[_squeezed(each.heading)] for each in fields if _squeezed(each.heading) in texts}
        if len(columns) > len(found):
            best, found = index, columns
    if best < 0:
        wanted = "、".join(each.heading for each in fields)
        raise DraftError(name, f"前 {HEADING_WITHIN} 行里找不到表头（{wanted}）；请用下载的模板填写。")
    return best, found


def _squeezed(heading: object) -> str:
    """A heading without spaces and line breaks, which people add for looks."""
    return re.sub(r"\s", "", str(heading))


def _repeated(cells: tuple[Any, ...], fields: Sequence[Field]) -> list[CellFault]:
    texts = [_squeezed(cell.value) for cell in cells if cell.value is not None]
    return [
        CellFault("", each.heading, "这一列出现了不止一次")
        for each in fields
        if texts.count(_squeezed(each.heading)) > 1
    ]


def _row(
    number: int, cells: tuple[Any, ...], fields: Sequence[Field], columns: Mapping[str, int]
) -> tuple[dict[str, Value] | None, list[CellFault]]:
    """The values of a line and its faults; None for one with nothing in the known columns."""
    row: dict[str, Value] = {}
    faults = []
    for each in fields:
        at = columns.get(each.key)
        cell = cells[at] if at is not None and at < len(cells) else None
        try:
            row[each.key] = _value(cell, each)
        except _Bad as bad:
            faults.append(CellFault(f"{_letters(at or 0)}{number}", each.heading, str(bad), number))
    if not faults and all(value is None for value in row.values()):
        return None, []
    return row, [*faults, *_absent(number, row, fields, columns)]


def _absent(
    number: int, row: Mapping[str, Value], fields: Sequence[Field], columns: Mapping[str, int]
) -> list[CellFault]:
    return [
        CellFault(f"{_letters(columns[each.key])}{number}", each.heading, "必须填写", number)
        for each in fields
        if each.required and each.key in columns and each.key in row and row[each.key] is None
    ]


def _letters(column: int) -> str:
    """A, B … Z, AA for a column from 0.

    >>> [_letters(at) for at in (0, 25, 26, 701)]
    ['A', 'Z', 'AA', 'ZZ']
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _value(cell: Any, wanted: Field) -> Value:
    """What a cell holds as its column's type; raises _Bad."""
    if cell is None or cell.value is None:
        return None
    if cell.data_type == "f":
        raise _Bad("是公式；请粘贴为数值")
    if cell.data_type == "e":
        raise _Bad(f"是错误值 {cell.value}；请改正")
    given = cell.value.strip() if isinstance(cell.value, str) else cell.value
    if given == "":
        return None
    if wanted.choices:
        return _choice(given, wanted.choices)
    return _READERS[wanted.type](given)


def _choice(given: object, choices: Mapping[str, str]) -> str:
    text = _text(given)
    for key, label in choices.items():
        if text in (label, key):
            return key
    raise _Bad(f"“{_short(text)}”不在可选范围内（{'、'.join(choices.values())}）")


def _text(given: object) -> str:
    """Text; a number that Excel made of a code (330702, 330702.0) is written as it was typed."""
    if isinstance(given, bool):
        return YES if given else NO
    if isinstance(given, float) and given.is_integer():
        return str(int(given))
    if isinstance(given, datetime):
        return given.date().isoformat() if given.time() == datetime.min.time() else given.isoformat(" ", "minutes")
    return clean(str(given))


def _amount(given: object) -> Decimal:
    """An amount in the unit of its column; separators and 元 are read over."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return _finite(Decimal(repr(given)))
    try:
        return _finite(Decimal(re.sub(r"[,，\s]|元$", "", str(given))))
    except InvalidOperation:
        raise _Bad(f"“{_short(given)}”不是数字") from None


def _finite(number: Decimal) -> Decimal:
    if not number.is_finite():
        raise _Bad("不是数字")
    return number


def _whole(given: object) -> int:
    number = _amount(given)
    if number != number.to_integral_value():
        raise _Bad(f"“{_short(given)}”不是整数")
    return int(number)


_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?|(\d{4})(\d{2})(\d{2})", re.ASCII)


def _day(given: object) -> date:
    if isinstance(given, datetime):
        return given.date()
    if isinstance(given, date):
        return given
    found = _DAY.fullmatch(_text(given))
    try:
        if found:
            year, month, day = (int(part) for part in found.groups() if part is not None)
            return date(year, month, day)
    except ValueError:
        pass
    raise _Bad(f"“{_short(given)}”不是日期；请写作 2026-11-23")


def _yes_no(given: object) -> bool:
    text = _text(given)
    if text in (YES, NO):
        return text == YES
    raise _Bad(f"“{_short(text)}”只能填“{YES}”或“{NO}”")


def _short(given: object) -> str:
    text = str(given)
    return text if len(text) <= 20 else f"{text[:20]}…"


_READERS: Mapping[Type, Callable[[object], Value]] = {
    "text": _text,
    "whole": _whole,
    "amount": _amount,
    "day": _day,
    "yes_no": _yes_no,
}


# ---- writing


def write_table(
    fields: Sequence[Field], rows: Iterable[Mapping[str, Value]], *, title: str, demo_mark: str = ""
) -> bytes:
    """A workbook of one sheet: headings frozen and repeated in print, A4 across, the mark at the head of each page."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = re.sub(r"[\[\]:*?/\\]", " ", clean(title))[:31] or "Sheet1"
    for at, each in enumerate(fields, 1):
        _write(sheet.cell(1, at), each.heading, "text")
    for line, row in enumerate(rows, 2):
        for at, each in enumerate(fields, 1):
            _write(sheet.cell(line, at), _shown(row.get(each.key), each), each.type)
    _dress(sheet, fields, demo_mark)
    buffer = io.BytesIO()
    book.save(buffer)
    return _undated(buffer.getvalue())


def _shown(value: Value, wanted: Field) -> Value:
    if isinstance(value, bool):
        return YES if value else NO
    return wanted.choices.get(value, value) if isinstance(value, str) else value


def _write(cell: Any, value: Value, kind: Type) -> None:
    """A value that stays what it is: text that begins like a formula is marked as text for this and other programs."""
    cell.number_format = _FORMATS[kind]
    if not isinstance(value, str):
        cell.value = value
        return
    text = clean(value)
    if len(text) > LIMITS.text_length:
        text = text[: LIMITS.text_length - len(_CUT)] + _CUT
    cell.value = text
    cell.data_type = "s"
    cell.number_format = _FORMATS["text"]
    cell.quotePrefix = text.startswith(_FORMULA_STARTS)


def _dress(sheet: "Worksheet", fields: Sequence[Field], demo_mark: str) -> None:
    from openpyxl.styles import Alignment, Border, Font, Side
    from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
    from openpyxl.worksheet.properties import PageSetupProperties

    line = Side(style="thin")
    border = Border(left=line, right=line, top=line, bottom=line)
    dressed: dict[tuple[bool, bytes], Any] = {}  # openpyxl hashes every look anew: 1 s for 8,000 cells
    every: Iterable[tuple[Any, ...]] = sheet.iter_rows()
    for cells in every:
        for cell in cells:
            look = (cell.row == 1, cell._style.tobytes())
            if look not in dressed:
                cell.font = Font(name="宋体", size=11, bold=cell.row == 1)
                horizontal = "center" if cell.row == 1 else None
                cell.alignment = Alignment(vertical="center", wrap_text=True, horizontal=horizontal)
                cell.border = border
                dressed[look] = cell._style
            cell._style = copy(dressed[look])
    for at, each in enumerate(fields):
        sheet.column_dimensions[_letters(at)].width = each.width
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    if demo_mark:
        sheet.HeaderFooter.oddHeader = HeaderFooterItem(center=_HeaderFooterPart(demo_mark.replace("&", "&&")))


def _undated(data: bytes) -> bytes:
    """The same workbook without the moment at which it was written."""
    with ZipFile(io.BytesIO(data)) as archive:
        parts = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    core = "docProps/core.xml"
    parts[core] = re.sub(rb"\d{4}-\d\d-\d\dT[\d:.]+Z", _FIXED_TIME, parts[core])
    return packed(parts)

"""An .xlsx opened as if it came from an enemy: refused before anything of it is parsed, or opened read-only.

In: bytes and a name. Out: the first visible sheet's rows as cells, or a DraftError with one Chinese sentence. Nothing
is written to disk, no link followed, no formula computed, no entity expanded; a file costs no more than `Limits` says.
"""

import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from review_flows.errors import DraftError
from review_flows.word.foreign import OLE_MAGIC, ZIP_MAGIC

RESAVE = "请用 Excel 或 WPS 另存为 .xlsx 后再送"


@dataclass(frozen=True)
class Limits:
    """What one workbook may cost. A ledger of ten years of a district stays far below."""

    file_bytes: int = 10 * 1024 * 1024
    members: int = 500
    part_bytes: int = 40 * 1024 * 1024
    unpacked_bytes: int = 100 * 1024 * 1024
    ratio: int = 200  # unpacked : packed, of a part above `ratio_from`
    ratio_from: int = 2 * 1024 * 1024
    rows: int = 20_000
    columns: int = 200
    text_length: int = 32_767  # Excel's own limit of a cell


LIMITS = Limits()

# What zipfile and openpyxl raise on a file that is broken or lies.
_BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, KeyError, IndexError, TypeError, AttributeError,
    OverflowError, RuntimeError, NotImplementedError, SyntaxError,
)  # fmt: skip


def check_workbook(data: bytes, name: str, limits: Limits = LIMITS) -> None:
    """Raises DraftError where the bytes may not be opened as a workbook."""
    if len(data) > limits.file_bytes:
        raise DraftError(name, f"超过 {limits.file_bytes // 1024 // 1024} MB；请拆分后再送。")
    if data.startswith(OLE_MAGIC):
        raise DraftError(name, f"是旧格式的表格，或者设有打开密码；去掉密码，{RESAVE}。")
    if not data.startswith(ZIP_MAGIC):
        raise DraftError(name, f"不是 .xlsx 工作簿；{RESAVE}。")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_members(archive, name, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise _damaged(name) from error


def _check_members(archive: zipfile.ZipFile, name: str, limits: Limits) -> None:
    entries = archive.infolist()
    names = [entry.filename.lower() for entry in entries]
    if "xl/workbook.xml" not in names:
        raise DraftError(name, f"不是 .xlsx 工作簿；{RESAVE}。")
    if len(entries) > limits.members or len(set(names)) < len(names):
        raise DraftError(name, f"里面的部件过多或者重名，疑似恶意文件；{RESAVE}。")
    if any(part.endswith("vbaproject.bin") for part in names):
        raise DraftError(name, "带有宏；请另存为不带宏的 .xlsx 后再送。")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise DraftError(name, "设有打开密码；请去掉密码，另存后再送。")
    if sum(entry.file_size for entry in entries) > limits.unpacked_bytes:
        raise DraftError(name, "解压后过大，疑似压缩炸弹；请只保留需要的表，另存后再送。")
    for entry in entries:
        _check_member(archive, entry, name, limits)


def _check_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, limits: Limits) -> None:
    swollen = entry.file_size > limits.ratio * max(1, entry.compress_size) and entry.file_size > limits.ratio_from
    if swollen or entry.file_size > limits.part_bytes:
        raise DraftError(name, "解压后过大，疑似压缩炸弹；请只保留需要的表，另存后再送。")
    if entry.filename.lower().endswith((".xml", ".rels")):
        plain = archive.read(entry).replace(b"\0", b"")  # UTF-16 spells the same letters with zeros between
        if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
            raise DraftError(name, f"含有 DTD 或实体声明，工作簿里不应有，疑似恶意文件；{RESAVE}。")


def rows_of(data: bytes, name: str, limits: Limits = LIMITS) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The rows of the first visible sheet with their numbers from 1, as openpyxl's read-only cells; DraftError."""
    check_workbook(data, name, limits)
    from openpyxl import load_workbook  # 0.2 s; nobody else needs it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of parts that openpyxl leaves out: validations, drawings
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
            sheet = next((each for each in book.worksheets if each.sheet_state == "visible"), None)
            if sheet is None:
                raise DraftError(name, "没有可见的工作表；请取消隐藏后再送。")
            yield from _rows(sheet, name, limits)
    except _BROKEN as error:
        raise _damaged(name) from error


def _rows(sheet: Any, name: str, limits: Limits) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Rows of openpyxl's read-only sheet up to the limit; the size that the file claims for itself is not believed."""
    sheet.reset_dimensions()
    blank: tuple[Any, ...] | None = None
    for number, row in enumerate(sheet.iter_rows(min_row=1, max_col=limits.columns), 1):
        if row is blank:  # rows that a sheet skips are one and the same tuple, a million times where it says so
            continue
        if all(cell.value is None for cell in row):
            blank = row
        elif number > limits.rows:
            raise DraftError(name, f"超过 {limits.rows} 行；请拆分后再送。")
        else:
            yield number, row


def _damaged(name: str) -> DraftError:
    return DraftError(name, f"不完整或已损坏；{RESAVE}。")

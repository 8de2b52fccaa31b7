"""A file → a `Draft`: .docx through the Word room, .txt in whatever encoding it was saved.

What a file is shows in its first bytes, never in its name. Lines that a PDF broke are joined again. What had to be
guessed stands in `Draft.notes`.
"""

import hashlib
import re
from collections.abc import Sequence

from review_flows.errors import DraftError
from review_flows.text.draft import Draft
from review_flows.text.frame import Line
from review_flows.text.structure import build
from review_flows.word import foreign

_NEVER_IN_TEXT = (*range(9), *range(14, 27), *range(28, 32))
_MOST_BYTES = 64 * 1024 * 1024
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_ODD = re.compile(r"[\x00-\x08\x0e-\x1b\x1f\x7f\u200b-\u200f\u2060\ufeff\ufffe\uffff]")
_BREAKS = re.compile(r"\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_PAGE_NUMBER = re.compile(
    r"[-—－–\s]{0,4}\d{1,4}[-—－–\s]{0,4}|第\s?\d{1,4}\s?页(?:\s?[，,/]?\s?共\s?\d{1,4}\s?页)?|\d{1,4}\s?/\s?\d{1,4}"
)
_ENDS = "。；：！？!?;:”’》）)"
_WIDEST_PAGE = 60  # characters a line; a line of a PDF holds 25–50
_WRAPPED = 0.2  # share of lines that end in the middle of a sentence at the right margin


def read(data: bytes, name: str) -> Draft:
    """The draft in these bytes; raises DraftError with what the sender should do when they cannot be read."""
    sha256 = hashlib.sha256(data).hexdigest()
    notes: list[str] = []
    if data.startswith(foreign.ZIP_MAGIC) or name.lower().endswith((".docx", ".dotx")):
        lines = _word(data, name, notes)
    else:
        lines = _plain(data, name, notes)
    draft = build(joined(lines, notes), sha256=sha256, name=name, notes=notes)
    if not draft.blocks:
        raise DraftError(name, "里面没有文字；如果内容是图片或扫描件，请送可编辑的原稿。")
    return draft


def _word(data: bytes, name: str, notes: list[str]) -> list[Line]:
    from review_flows.word.package import open_package  # lxml costs 50 ms; plain texts and the command line do without
    from review_flows.word.reading import word_lines

    package = open_package(data, name)
    notes.extend(package.notes)
    return [
        Line(
            _ODD.sub("", f"{line.number}{line.text.lstrip()}"),
            line.where,
            line.style,
            line.centred,
            bool(line.cells),
            line.is_note,
            line.look,
        )
        for line in word_lines(package)
    ]


def _plain(data: bytes, name: str, notes: list[str]) -> list[Line]:
    if len(data) > _MOST_BYTES:
        raise DraftError(name, f"文件超过 {_MOST_BYTES // 1024 // 1024} MB；请拆分后再送。")
    suffix = name.lower().rpartition(".")[2] if "." in name else ""
    if suffix != "txt" or _is_known_format(data):
        raise DraftError(name, f"{foreign.reason_by_magic(data) or f'只能读 .docx 和 .txt 文件；{foreign.CONVERT}'}。")
    text = decode(data, name, notes)
    return [Line(_ODD.sub("", line), f"第{at}行") for at, line in enumerate(_BREAKS.split(text), 1)]


def _is_known_format(data: bytes) -> bool:
    starts = (
        foreign.OLE_MAGIC,
        b"%PDF",
        b"{\\rtf",
        b"Rar!",
        b"7z\xbc\xaf",
        b"\x1f\x8b",
        b"\xff\xd8\xff",
        b"\x89PNG",
        foreign.EMPTY_ZIP_MAGIC,
    )
    return not data or data.startswith(starts)


def decode(data: bytes, name: str, notes: list[str]) -> str:
    """The text of a file in UTF-8, UTF-16 or GB18030; a file that mixes encodings is read line by line, with a note."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data[len(bom) :].decode(encoding, errors="replace")
    if (guess := _bare_utf16(data)) is not None:
        return data.decode(guess, errors="replace")
    if sum(data.count(bytes([c])) for c in _NEVER_IN_TEXT) > len(data) // 100:
        raise DraftError(name, f"不是文本文件（含大量不可见字节）；{foreign.CONVERT}。")
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return _mixed(data, notes)


def _bare_utf16(data: bytes) -> str | None:
    """UTF-16 without its mark: line ends show as a zero byte beside 0A; GB18030 and UTF-8 texts have no zero bytes."""
    sample = data[:4096]
    if sample.count(0) < 4:
        return None
    little, big = sample.count(b"\n\x00"), sample.count(b"\x00\n")
    if not little and not big:
        return None
    return "utf-16-le" if little >= big else "utf-16-be"


def _mixed(data: bytes, notes: list[str]) -> str:
    lines, bad = [], 0
    for number, line in enumerate(data.split(b"\n"), 1):
        for encoding in ("utf-8", "gb18030"):
            try:
                lines.append(line.decode(encoding))
                break
            except UnicodeDecodeError:
                continue
        else:
            bad = bad or number
            lines.append(line.decode("utf-8", errors="replace"))
    broken = f"，第{bad}行起有不能辨认的字" if bad else ""
    notes.append(f"文件混用了几种编码，已逐行辨认{broken}；请与原件核对。")
    return "\n".join(lines)


# --- lines that a PDF broke ---


def joined(lines: Sequence[Line], notes: list[str]) -> list[Line]:
    """The lines as they are, or, where they were broken at the right margin of a page, joined to paragraphs again."""
    kept = [line for line in lines if line.text.strip()]
    margin = _margin(kept)
    if margin is None:
        return list(lines)
    notes.append("文字像是从 PDF 复制的，断开的行已合并；段落以原件为准。")
    out: list[Line] = []
    open_line = False
    for line in kept:
        text = line.text.strip()
        if line.is_row or _PAGE_NUMBER.fullmatch(text):
            if line.is_row:
                out.append(line)
                open_line = False
            continue
        if open_line:
            out[-1] = Line(_glued(out[-1].text, text), out[-1].where, out[-1].style, out[-1].centred)
        else:
            out.append(line)
        open_line = _is_cut(text, margin)
    return out


def _margin(lines: Sequence[Line]) -> float | None:
    """The width that lines were broken at; None for a text whose lines are whole paragraphs."""
    widths = sorted(_width(line.text.strip()) for line in lines if not line.is_row)
    if len(widths) < 12:
        return None
    margin = widths[int(len(widths) * 0.97) - 1]
    if not 12 <= margin <= _WIDEST_PAGE or widths[-1] > 2 * _WIDEST_PAGE:
        return None
    cut = sum(_is_cut(line.text.strip(), margin) for line in lines if not line.is_row)
    return margin if cut >= _WRAPPED * len(widths) else None


def _is_cut(text: str, margin: float) -> bool:
    return _width(text) >= 0.8 * margin and not text.endswith(tuple(_ENDS))


def _width(text: str) -> float:
    return sum(0.5 if c < "\u2e80" else 1.0 for c in text)


def _glued(before: str, after: str) -> str:
    between = (
        " " if before[-1:].isascii() and after[:1].isascii() and before[-1:].isalnum() and after[:1].isalnum() else ""
    )
    return f"{before}{between}{after}"

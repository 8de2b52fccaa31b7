"""Plain text → an official paper: the same layout for a sample draft, a form letter or a signed copy.

In: text in the few marks below. Out: an `OfficialDocument`, or a DraftError that names the line.

    # 题名                       ## 第一章　总则 (a chapter)
    ## 小标题 (numbered 一、)     ### 小标题 (numbered （一）)
    第一条　条文                 further lines: paragraphs; （一）… items; 一、… kept as written
    | 甲 | 乙 |                  a table, the first line its heading
    @to 主送机关                 @number 文号                @masthead 发文机关标志
    @signed 署名 2026-11-20      @attachment 附件1 标题      @note 附注
"""

import re
from dataclasses import dataclass, field, replace
from datetime import date

from review_flows.errors import DraftError
from review_flows.papers.paper import (
    Article,
    Attachment,
    Block,
    Chapter,
    Column,
    Form,
    Grid,
    Heading,
    OfficialDocument,
    Signature,
    Text,
)

_ARTICLE = re.compile(r"(第[一二三四五六七八九十百零]+条)[\u3000 ]+(.+)", re.DOTALL)
_CHAPTER = re.compile(r"第[一二三四五六七八九十百]+[章节]")
_SIGNED = re.compile(r"(\S+)\s+(\d{4}-\d{2}-\d{2})")
_TABLE_SIZE = 10.5


@dataclass
class _Reading:
    """What was read so far; table rows wait until their table ends."""

    name: str
    title: str = ""
    blocks: list[Block] = field(default_factory=list)
    rows: list[tuple[str, ...]] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)

    def close_table(self) -> None:
        if not self.rows:
            return
        heading, *rows = self.rows
        columns = tuple(
            Column(name, max(len(row[at]) for row in self.rows) ** 0.5 + 1) for at, name in enumerate(heading)
        )
        self.blocks.append(Grid(columns, tuple(rows), _TABLE_SIZE))
        self.rows = []


def compose(text: str, name: str, *, demo_mark: str = "") -> OfficialDocument:
    """The paper that the text describes; `name` stands in errors. Raises DraftError."""
    reading = _Reading(name)
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            _take(reading, line.strip(), number)
    reading.close_table()
    if not reading.title:
        raise DraftError(name, "没有题名：第一行应为“# 题名”")
    return _finished(reading, demo_mark)


def _take(reading: _Reading, line: str, number: int) -> None:
    if line.startswith("|"):
        _take_row(reading, line, number)
        return
    reading.close_table()
    if line.startswith("@"):
        _take_mark(reading, line, number)
    elif line.startswith("# "):
        reading.title = line[2:].strip()
    else:
        reading.blocks.append(_block(line))


def _take_row(reading: _Reading, line: str, number: int) -> None:
    row = tuple(cell.strip() for cell in line.strip("|").split("|"))
    if reading.rows and len(row) != len(reading.rows[0]):
        raise DraftError(reading.name, f"第 {number} 行的列数与表头不同")
    reading.rows.append(row)


def _take_mark(reading: _Reading, line: str, number: int) -> None:
    mark, _, rest = line[1:].partition(" ")
    if mark == "attachment":
        label, _, title = rest.partition(" ")
        reading.blocks.append(Attachment(label, title))
    elif mark in ("to", "number", "masthead", "signed", "note"):
        reading.marks[mark] = rest.strip()
    else:
        raise DraftError(reading.name, f"第 {number} 行的标记“@{mark}”不认识")


def _block(line: str) -> Block:
    marks = re.match(r"(#{2,5}) (.+)", line)
    if marks:
        level, text = len(marks[1]) - 1, marks[2]
        return Chapter(text) if _CHAPTER.match(text) else Heading(level, text)
    article = _ARTICLE.fullmatch(line)
    return Article(article[1], article[2]) if article else Text(line)


def _finished(reading: _Reading, demo_mark: str) -> OfficialDocument:
    marks = reading.marks
    document = OfficialDocument(
        title=reading.title,
        blocks=tuple(reading.blocks),
        form=Form.LETTER if "masthead" in marks else Form.PLAIN,
        masthead=marks.get("masthead", ""),
        document_number=marks.get("number", ""),
        addressee=marks.get("to", ""),
        note=marks.get("note", ""),
        demo_mark=demo_mark,
    )
    return replace(document, signature=_signature(reading)) if "signed" in marks else document


def _signature(reading: _Reading) -> Signature:
    """Several organs are divided by 、 and stand above one another."""
    found = _SIGNED.fullmatch(reading.marks["signed"])
    if found is None:
        raise DraftError(reading.name, "@signed 应写“署名 年-月-日”")
    return Signature(tuple(found[1].split("、")), date.fromisoformat(found[2]))

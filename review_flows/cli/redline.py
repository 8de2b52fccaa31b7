"""`redline OLD NEW`: two files compared, as tracked changes, as 修改对照表, as a page and as JSON.

Each form is made only when it is asked for; tracked changes need Word files, so texts (.txt) are set as Word files
first.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from review_flows.cli.output import say
from review_flows.errors import DraftError, ReviewFlowsError
from review_flows.word.foreign import ZIP_MAGIC

if TYPE_CHECKING:
    from review_flows.papers.redline import Redline
    from review_flows.text.diff import Comparison, ComparisonJson

CHINA = timezone(timedelta(hours=8))
_AUTHOR = "法审比对"

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(help="比对两份文件（.docx 或 .txt）。不指定输出时，JSON 输出到屏幕。")
def redline(
    old: Annotated[Path, typer.Argument(metavar="原稿", help="原来的文件", show_default=False)],
    new: Annotated[Path, typer.Argument(metavar="新稿", help="修改后的文件", show_default=False)],
    docx: Annotated[Path | None, typer.Option(metavar="文件", help="修订痕迹（.docx）", show_default=False)] = None,
    html: Annotated[Path | None, typer.Option(metavar="文件", help="网页（单个文件）", show_default=False)] = None,
    table: Annotated[Path | None, typer.Option(metavar="文件", help="修改对照表（.docx）", show_default=False)] = None,
    json: Annotated[Path | None, typer.Option(metavar="文件", help="JSON", show_default=False)] = None,
    author: Annotated[str, typer.Option(metavar="姓名", help="修订痕迹的作者")] = _AUTHOR,
    title: Annotated[str, typer.Option(metavar="标题", help="对照表的标题", show_default="新稿的标题")] = "",
    unchanged: Annotated[bool, typer.Option("--unchanged", help="对照表也列出未修改的条文")] = False,
) -> None:
    wanted = _Wanted(docx, html, table, json, author, title, unchanged)
    with _short_life():
        _answer(_File(old.name, _bytes(old)), _File(new.name, _bytes(new)), wanted)


@contextmanager
def _short_life() -> Iterator[None]:
    """Without looking for cycles in trees of XML: it costs a tenth of the time and finds nothing before we end."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@dataclass(frozen=True)
class _Wanted:
    docx: Path | None
    html: Path | None
    table: Path | None
    json: Path | None
    author: str
    title: str
    unchanged: bool

    @property
    def only_docx(self) -> bool:
        return bool(self.docx) and not (self.html or self.table or self.json)

    @property
    def only_screen(self) -> bool:
        return not (self.docx or self.html or self.table or self.json)


@dataclass(frozen=True)
class _File:
    name: str
    data: bytes

    @property
    def is_text(self) -> bool:
        return self.name.lower().endswith(".txt") and not self.data.startswith(ZIP_MAGIC)


def _answer(old: _File, new: _File, wanted: _Wanted) -> None:
    marked = _redline(old, new, wanted.author) if wanted.docx or wanted.json or wanted.only_screen else None
    if wanted.docx and marked:
        _save(wanted.docx, marked.docx)
    if wanted.only_docx and marked:
        print(_told(marked))
        return
    compared = _compare(old, new)
    _save_papers(compared, wanted, wanted.title or compared.title or Path(new.name).stem)
    if wanted.json or wanted.only_screen:
        text = dumps(_as_json(compared, marked), ensure_ascii=False, indent=1) + "\n"
        _save(wanted.json, text.encode()) if wanted.json else print(text, end="")
    else:
        from review_flows.papers.comparison import summary

        print(summary(compared))
    for finding in compared.findings:
        say(finding.message)


def _save_papers(compared: "Comparison", wanted: _Wanted, title: str) -> None:
    if wanted.table:
        from review_flows.papers.comparison import comparison_table

        _save(wanted.table, comparison_table(compared, title=title, unchanged=wanted.unchanged))
    if wanted.html:
        from review_flows.papers.comparison import comparison_html

        _save(wanted.html, comparison_html(compared, title=title).encode())


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DraftError(path.name, "打不开这个文件，请检查路径和权限。") from error


def _save(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise ReviewFlowsError(f"写不了“{path}”：请检查文件夹是否存在、有无权限、磁盘是否已满。") from error


def _redline(old: _File, new: _File, author: str) -> "Redline":
    from review_flows.papers.redline import redline as compare_files

    at = datetime.now(CHINA)
    return compare_files(_as_word(old), _as_word(new), author=author, at=at, old_name=old.name, new_name=new.name)


def _as_word(file: _File) -> bytes:
    """A Word file as it is; a text as a Word file with a paragraph for each line."""
    if not file.is_text:
        return file.data
    from review_flows.papers.measures import FONT_BODY, FONTS, SIZE_3, STYLES, page
    from review_flows.text.reading import decode
    from review_flows.word.building import NewDocument, Paragraph, Run
    from review_flows.word.packing import write

    lines = decode(file.data, file.name, []).splitlines()
    blocks = tuple(Paragraph((Run(line, FONT_BODY, SIZE_3),) if line else ()) for line in lines)
    return write(NewDocument(page=page(), blocks=blocks, styles=STYLES, fonts=FONTS))


def _compare(old: _File, new: _File) -> "Comparison":
    from review_flows.text.diff import compare
    from review_flows.text.reading import read

    return compare(read(old.data, old.name), read(new.data, new.name))


def _as_json(compared: "Comparison", marked: "Redline | None") -> "ComparisonJson":
    answer = compared.to_json()
    if marked:
        answer["fallbacks"] = [{"where": fallback.where, "reason": fallback.reason} for fallback in marked.fallbacks]
    return answer


def _told(marked: "Redline") -> str:
    stats = marked.stats
    lines = [f"插入{stats.inserted}处，删除{stats.deleted}处，移动{stats.moved}处，格式{stats.formatted}处。"]
    lines += [f"{fallback.where}：{fallback.reason}" for fallback in marked.fallbacks]
    return "\n".join(lines)

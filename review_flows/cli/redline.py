"""`redline OLD NEW`: two files compared, as tracked changes, as 修改对照表, as a page and as JSON.

Each form is made only when it is asked for; tracked changes need Word files, so texts (.txt) are set as Word files
first.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from review_flows.cli.output import print_json, say
from review_flows.errors import DraftError

if TYPE_CHECKING:
    from review_flows.papers.redline import Redline
    from review_flows.text.diff import Comparison

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
    with _short_life():
        _write(old, new, docx=docx, html=html, table=table, json=json, author=author, title=title, unchanged=unchanged)


@contextmanager
def _short_life() -> Iterator[None]:
    """Without looking for cycles in trees of XML: it costs a tenth of the time and finds nothing before we end."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _write(
    old: Path,
    new: Path,
    *,
    docx: Path | None,
    html: Path | None,
    table: Path | None,
    json: Path | None,
    author: str,
    title: str,
    unchanged: bool,
) -> None:
    before, after = _bytes(old), _bytes(new)
    marked = _redline(before, after, old.name, new.name, author) if docx or not (html or table) else None
    if docx and marked:
        docx.write_bytes(marked.docx)
    if docx and not (html or table or json):
        print(_told(marked))
        return
    compared = _compare(before, after, old.name, new.name)
    heading = title or compared.title or new.stem
    if table:
        from review_flows.papers.comparison import comparison_table

        table.write_bytes(comparison_table(compared, title=heading, unchanged=unchanged))
    if html:
        from review_flows.papers.comparison import comparison_html

        html.write_text(comparison_html(compared, title=heading), "utf-8")
    if json or not (docx or html or table):
        print_json(_answer(compared, marked), json)
    else:
        from review_flows.papers.comparison import summary

        print(summary(compared))
    for finding in compared.findings:
        say(finding.message)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DraftError(path.name, "打不开这个文件，请检查路径和权限。") from error


def _is_text(data: bytes, name: str) -> bool:
    return name.lower().endswith(".txt") and not data.startswith(b"PK\x03\x04")


def _redline(before: bytes, after: bytes, old_name: str, new_name: str, author: str) -> "Redline":
    from review_flows.papers.redline import redline as compare_files

    files = [_as_word(data, name) for data, name in ((before, old_name), (after, new_name))]
    return compare_files(
        files[0], files[1], author=author, at=datetime.now(CHINA), old_name=old_name, new_name=new_name
    )


def _as_word(data: bytes, name: str) -> bytes:
    """A Word file as it is; a text as a Word file with a paragraph for each line."""
    if not _is_text(data, name):
        return data
    from review_flows.papers.measures import FONT_BODY, FONTS, SIZE_3, STYLES, page
    from review_flows.text.reading import decode
    from review_flows.word.building import NewDocument, Paragraph, Run
    from review_flows.word.packing import write

    lines = decode(data, name, []).splitlines()
    blocks = tuple(Paragraph((Run(line, FONT_BODY, SIZE_3),) if line else ()) for line in lines)
    return write(NewDocument(page=page(), blocks=blocks, styles=STYLES, fonts=FONTS))


def _compare(before: bytes, after: bytes, old_name: str, new_name: str) -> "Comparison":
    from review_flows.text.diff import compare
    from review_flows.text.reading import read

    return compare(read(before, old_name), read(after, new_name))


def _answer(compared: "Comparison", marked: "Redline | None") -> dict[str, Any]:
    answer = compared.to_json()
    if marked:
        answer["fallbacks"] = [{"where": fallback.where, "reason": fallback.reason} for fallback in marked.fallbacks]
    return answer


def _told(marked: "Redline | None") -> str:
    if marked is None:
        return ""
    stats = marked.stats
    lines = [f"插入{stats.inserted}处，删除{stats.deleted}处，移动{stats.moved}处，格式{stats.formatted}处。"]
    lines += [f"{fallback.where}：{fallback.reason}" for fallback in marked.fallbacks]
    return "\n".join(lines)

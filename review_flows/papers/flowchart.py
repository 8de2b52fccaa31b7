"""Flow charts on one A4 page: boxes in rows from top to bottom, side by side what may run side by side.

In: a `Flowchart`, which says nothing of millimetres. Out: an SVG of our own layout (`svg`), a PNG of it (`png`), a Word
page that holds the picture and, behind it, the same in words (`docx`). All measures are constants in millimetres.
"""

import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from xml.sax.saxutils import escape

from review_flows.papers.layout import render
from review_flows.papers.paper import Column, Grid, OfficialDocument, Text

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
MARGIN = 14.0
TITLE_SIZE, HEAD_SIZE, TEXT_SIZE, FOOT_SIZE = 6.2, 4.2, 3.0, 2.6  # a Chinese character is as wide as it is high
LINE = 1.45  # line pitch, of the size
PADDING = 2.2
GAP = 5.4  # between rows, where the arrows are
SIDE_GAP = 4.0  # between boxes of a row
ARROW = 1.4
BLEED = 1.0  # kept of the margin where it is cut off, so that no line at the edge is halved
MIN_SCALE_PERCENT = 50  # smaller is not legible on A4; no way is that long
FONTS = "仿宋, FangSong, 'Noto Serif CJK SC', 'Source Han Serif SC', serif"
HEAD_FONTS = "黑体, SimHei, 'Noto Sans CJK SC', 'Source Han Sans SC', sans-serif"
PNG_DOTS_PER_MM = 12  # about 300 to the inch
WORD_MARGIN = 18.0
WORDS_SIZE_PT = 9.0
CLOSING = "，。；、）：)"  # marks that never open a line
OPENING = "（《〔("  # marks that never end one


@dataclass(frozen=True)
class Box:
    """One step: its head, and lines of label and text. `after` names the boxes whose arrows lead here."""

    id: str
    head: str
    lines: tuple[tuple[str, str], ...]
    after: tuple[str, ...] = ()
    dashed: bool = False


@dataclass(frozen=True)
class Flowchart:
    """A chart: title, boxes in order, small print at the foot."""

    title: str
    boxes: tuple[Box, ...]
    foot: tuple[str, ...] = ()
    step_word: str = "环节"  # heads the column of the boxes' heads where the chart is given in words
    made_on: date | None = None

    @cached_property
    def rows(self) -> tuple[tuple[Box, ...], ...]:
        """The boxes by row: each below the last of those that it comes after."""
        depth: dict[str, int] = {}
        for box in self.boxes:
            depth[box.id] = 1 + max((depth[earlier] for earlier in box.after), default=-1)
        return tuple(
            tuple(box for box in self.boxes if depth[box.id] == level) for level in range(max(depth.values()) + 1)
        )


@dataclass(frozen=True)
class _Placed:
    """A box in its place, its text broken into lines."""

    box: Box
    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


def svg(chart: Flowchart) -> str:
    """The chart as SVG, one A4 page."""
    top = MARGIN + TITLE_SIZE * 2
    room = PAGE_HEIGHT - MARGIN - top - len(chart.foot) * FOOT_SIZE * LINE - 2
    placed, scale = _fitted(chart, room)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {_frame(0, PAGE_WIDTH, PAGE_HEIGHT)} role="img">',
        f"<title>{escape(chart.title)}</title>",
        f'<rect width="{PAGE_WIDTH:g}" height="{PAGE_HEIGHT:g}" fill="#fff"/>',
        _text(PAGE_WIDTH / 2, MARGIN + TITLE_SIZE, TITLE_SIZE, chart.title, HEAD_FONTS, anchor="middle"),
        f'<g transform="translate({MARGIN:.2f} {top:.2f}) scale({scale:.4f})">',
        *_arrows(placed),
        *(shape for one in placed.values() for shape in _box(one)),
        "</g>",
        *_foot(chart),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def png(picture: str, *, trimmed: bool = False) -> bytes:
    """The SVG as a PNG for print; trimmed: without the margins of the page, for a page that has its own."""
    import resvg_py  # a compiled renderer that only this needs

    width = PAGE_WIDTH
    if trimmed:
        edge = MARGIN - BLEED
        width, height = PAGE_WIDTH - 2 * edge, PAGE_HEIGHT - 2 * edge
        whole, inner = _frame(0, PAGE_WIDTH, PAGE_HEIGHT), _frame(edge, width, height)
        picture = picture.replace(whole, inner, 1)
    dots = round(width * PNG_DOTS_PER_MM)
    return bytes(resvg_py.svg_to_bytes(svg_string=picture, width=dots, dpi=96, background="#ffffff"))


def docx(chart: Flowchart, picture: str) -> bytes:
    """A Word document: the picture on a page of its own, and behind it the same in words, one row to a step."""
    from docx import Document
    from docx.shared import Mm

    document = Document(io.BytesIO(render(_in_words(chart))))
    page, section = document.paragraphs[0].insert_paragraph_before(), document.sections[0]
    # A chart is no official document: narrower margins than those of GB/T 9704 keep its text legible.
    section.top_margin = section.bottom_margin = section.left_margin = section.right_margin = Mm(WORD_MARGIN)
    section.footer_distance = Mm(WORD_MARGIN / 2)
    page.paragraph_format.line_spacing = 1.0  # lines of the exact pitch of the body would cut the picture off
    page.paragraph_format.space_after = Mm(0)
    room = Mm(PAGE_HEIGHT - 2 * WORD_MARGIN - 6)
    page.add_run().add_picture(io.BytesIO(png(picture, trimmed=True)), height=room)
    document.paragraphs[1].paragraph_format.page_break_before = True
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _in_words(chart: Flowchart) -> OfficialDocument:
    labels = tuple(dict.fromkeys(label for box in chart.boxes for label, _ in box.lines))
    columns = (Column(chart.step_word, 2, "left"), *(Column(label, 3, "left") for label in labels))
    rows = tuple((box.head, *(dict(box.lines).get(label, "") for label in labels)) for box in chart.boxes)
    return OfficialDocument(
        title=chart.title,
        blocks=(
            Grid(columns, rows, size_pt=WORDS_SIZE_PT),
            *(Text(line, indent=False, small=True) for line in chart.foot),
        ),
        made_on=chart.made_on,
    )


def _frame(left: float, width: float, height: float) -> str:
    return f'width="{width:g}mm" height="{height:g}mm" viewBox="{left:g} {left:g} {width:g} {height:g}"'


def _fitted(chart: Flowchart, room: float) -> tuple[dict[str, _Placed], float]:
    """Every box in its place, and the scale at which they are drawn: the largest that keeps them on one page.

    A long way is drawn smaller as a whole, but always over the full width: wider boxes have fewer lines.
    """
    for percent in range(100, MIN_SCALE_PERCENT - 1, -1):
        placed, bottom = _place(chart, (PAGE_WIDTH - 2 * MARGIN) * 100 / percent)
        if bottom * percent / 100 <= room:
            break
    return placed, min(percent / 100, room / bottom)


def _place(chart: Flowchart, over: float) -> tuple[dict[str, _Placed], float]:
    """Every box in its place by its id, over so many millimetres of width, and how far down they reach."""
    placed: dict[str, _Placed] = {}
    y = 0.0
    for row in chart.rows:
        width = (over - SIDE_GAP * (len(row) - 1)) / len(row)
        texts = [tuple(_broken(box, width - 2 * PADDING)) for box in row]
        height = max(_height(lines) for lines in texts)
        for index, (box, lines) in enumerate(zip(row, texts, strict=True)):
            placed[box.id] = _Placed(box, index * (width + SIDE_GAP), y, width, height, lines)
        y += height + GAP
    return placed, y - GAP


def _height(lines: tuple[str, ...]) -> float:
    return 2 * PADDING + HEAD_SIZE * LINE + len(lines) * TEXT_SIZE * LINE


def _broken(box: Box, width: float) -> Iterator[str]:
    """The lines of a box, none wider than it; what runs on is indented by the width of its label."""
    for label, text in box.lines:
        if text:
            yield from _wrapped(f"{label}：{text}", width / TEXT_SIZE)


def _wrapped(text: str, room: float) -> Iterator[str]:
    line, used = "", 0.0
    for character in text:
        wide = _width(character)
        # A closing mark hangs over the edge rather than open a line.
        if used + wide > room and character not in CLOSING:
            kept = _without_torn(line, character)
            yield kept
            line = "　　　" + line[len(kept) :]
            used = sum(map(_width, line))
        line, used = line + character, used + wide
    yield line


def _without_torn(line: str, following: str) -> str:
    """A line without what may not stand at its end: an opening mark, or half of a number or name of letters.

    >>> _without_torn("不少于7日（", "M"), _without_torn("第2", "2"), _without_torn("第2", "条")
    ('不少于7日', '第', '第2')
    """
    kept = line
    if following.isascii() and following.isalnum():
        kept = re.sub(r"[0-9A-Za-z-]+$", "", kept)
    kept = kept.rstrip(OPENING)
    return kept if kept.strip("　") else line


def _width(character: str) -> float:
    return 1.0 if unicodedata.east_asian_width(character) in "WFA" else 0.56


def _box(placed: _Placed) -> Iterator[str]:
    dashes = ' stroke-dasharray="1.6 1"' if placed.box.dashed else ""
    yield (
        f'<rect x="{placed.x:.2f}" y="{placed.y:.2f}" width="{placed.width:.2f}" height="{placed.height:.2f}" '
        f'rx="1.2" fill="#fff" stroke="#222" stroke-width="0.35"{dashes}/>'
    )
    y = placed.y + PADDING + HEAD_SIZE
    yield _text(placed.middle, y, HEAD_SIZE, placed.box.head, HEAD_FONTS, anchor="middle")
    y += HEAD_SIZE * (LINE - 1)
    for line in placed.lines:
        y += TEXT_SIZE * LINE
        yield _text(placed.x + PADDING, y - TEXT_SIZE * (LINE - 1) / 2, TEXT_SIZE, line, FONTS)


def _text(x: float, y: float, size: float, text: str, fonts: str, *, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size:g}" font-family="{fonts}" text-anchor="{anchor}" '
        f'xml:space="preserve">{escape(text)}</text>'
    )


def _arrows(placed: dict[str, _Placed]) -> Iterator[str]:
    """One line from each box to each that comes after it, turning in the middle of the gap above the later one."""
    for later in placed.values():
        x, tip = later.middle, later.y
        for box in (placed[earlier] for earlier in later.box.after):
            way = f"M{box.middle:.2f} {box.y + box.height:.2f}V{tip - GAP / 2:.2f}H{x:.2f}V{tip - ARROW:.2f}"
            yield f'<path d="{way}" fill="none" stroke="#222" stroke-width="0.35"/>'
        if later.box.after:
            head = f"M{x - ARROW / 2:.2f} {tip - ARROW * 1.5:.2f}h{ARROW:.2f}L{x:.2f} {tip:.2f}z"
            yield f'<path d="{head}" fill="#222"/>'


def _foot(chart: Flowchart) -> Iterator[str]:
    pitch = FOOT_SIZE * LINE
    top = PAGE_HEIGHT - MARGIN - FOOT_SIZE / 2 - pitch * (len(chart.foot) - 1)
    for index, line in enumerate(chart.foot):
        yield _text(MARGIN, top + index * pitch, FOOT_SIZE, line, FONTS)

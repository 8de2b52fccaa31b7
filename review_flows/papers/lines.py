"""Lines of text on the page's grid: runs in the right font, titles broken as the standard likes, numbers, dates."""

import math
from dataclasses import replace
from datetime import date

from review_flows.law.numerals import write_numeral
from review_flows.papers.measures import FONT_BODY, FONT_TITLE, GREY, LINE_PT, SIZE_2, SIZE_3, SIZE_5, TITLE_LINE_CHARS
from review_flows.papers.paper import Content, Span
from review_flows.word.building import Align, Paragraph, Run


def width_in_chars(text: str) -> float:
    """How many Chinese characters wide the text is; digits and Latin letters take half of one.

    >>> width_in_chars("2026年1月5日")
    6.0
    """
    return sum(0.5 if ord(character) < 0x2E80 and character not in "“”‘’—…·〔〕" else 1.0 for character in text)


def full_date(day: date) -> str:
    """年月日 in Arabic digits without leading zeros (7.3.5.4).

    >>> full_date(date(2026, 1, 5))
    '2026年1月5日'
    """
    return f"{day.year}年{day.month}月{day.day}日"


def runs_of(content: Content, font: str = FONT_BODY, size_pt: float = SIZE_3) -> tuple[Run, ...]:
    spans = (Span(content),) if isinstance(content, str) else content
    return tuple(
        Run(span.text, font, size_pt, bold=span.bold, underline=span.underline, strike=span.strike, colour=span.colour)
        for span in spans
        if span.text
    )


def grid_line(runs: tuple[Run, ...], align: Align = "both", **more: object) -> Paragraph:
    """A paragraph on the page's line grid."""
    return replace(Paragraph(runs, align=align, line_pt=LINE_PT), **more)  # type: ignore[arg-type]


def blank(lines: int = 1) -> list[Paragraph]:
    return [grid_line(()) for _ in range(lines)]


def small(content: Content, align: Align = "both", first_chars: float = 0) -> Paragraph:
    runs = tuple(replace(run, colour=run.colour or GREY) for run in runs_of(content, FONT_BODY, SIZE_5))
    return Paragraph(runs, align=align, char_pt=SIZE_5, first_chars=first_chars, line_pt=SIZE_5 * 1.5)


def title(text: str) -> list[Paragraph]:
    """The title in size 2, centred, broken into lines of a trapezoid (7.3.1)."""
    run = Run("\n".join(title_lines(text)), FONT_TITLE, SIZE_2)
    return [Paragraph((run,), style="Title", align="center", char_pt=SIZE_2, line_pt=LINE_PT, keep_with_next=True)]


def title_lines(text: str) -> list[str]:
    """The lines of a title: about equal, none wider than the page, no word torn that the words below know.

    What the caller broke stays.
    """
    if "\n" in text:
        return text.split("\n")
    count = math.ceil(width_in_chars(text) / TITLE_LINE_CHARS)
    lines, rest = [], text
    for left in range(count, 1, -1):
        at = _break_near(rest, round(len(rest) / left))
        lines.append(rest[:at])
        rest = rest[at:]
    return [*lines, *title_lines(rest)] if width_in_chars(rest) > TITLE_LINE_CHARS else [*lines, rest]


_BREAK_BEFORE = ("《", "“", "（", "〈")
_BREAK_AFTER = ("》", "”", "）", "、", "的", "〉")
# Nouns that end the name of a paper: a line may end after one, or begin with one together with its qualifier.
_PAPER_NOUNS = ("办法", "规定", "方案", "细则", "合同", "决定", "条例", "通知", "意见", "协议", "书", "表", "报告")
_WITHIN_A_NAME = 6
_QUALIFIERS = ("管理", "实施", "暂行", "若干", "行动", "运营", "评估", "审核", "审查")


def _break_near(text: str, wanted: int) -> int:
    """The index of the cheapest allowed break near the wanted one, or that one where none is near."""
    fitting = [at for at in range(2, len(text) - 1) if width_in_chars(text[:at]) <= TITLE_LINE_CHARS]
    near = [at for at in fitting if abs(at - wanted) <= TITLE_LINE_CHARS // 3]
    costs = {at: cost + abs(at - wanted) for at in near if (cost := _break_cost(text, at)) is not None}
    return min(costs, key=lambda at: costs[at]) if costs else min(wanted, fitting[-1])


def _break_cost(text: str, at: int) -> int | None:
    """What ending a line before this character costs, in characters of unevenness; None where it tears something."""
    head, tail = text[:at], text[at:]
    if tail.startswith(_BREAK_AFTER) or head.endswith(_BREAK_BEFORE):
        return None
    if tail.startswith(_BREAK_BEFORE) or head.endswith(_BREAK_AFTER):
        return 0
    begins_with_noun = any(tail.startswith(word + noun) for word in _QUALIFIERS for noun in _PAPER_NOUNS)
    return _WITHIN_A_NAME if begins_with_noun or head.endswith(_PAPER_NOUNS) else None


def level_label(level: int, number: int) -> str:
    """The number of a heading as 7.3.3 has it.

    >>> [level_label(level, 12) for level in (1, 2, 3, 4)]
    ['十二、', '（十二）', '12.', '（12）']
    """
    return (f"{write_numeral(number)}、", f"（{write_numeral(number)}）", f"{number}.", f"（{number}）")[level - 1]

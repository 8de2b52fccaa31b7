"""Lines of text on the page's grid: runs in the right font, titles broken as the standard likes, numbers, dates."""

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
    """The lines of a title: each longer than the one above by as little as may be, no book title or word torn.

    Breaks are allowed before 《, after 》 and the words that begin a phrase; what the caller broke stays.
    """
    if "\n" in text:
        return text.split("\n")
    count = -(-int(width_in_chars(text) + 0.5) // TITLE_LINE_CHARS)
    if count < 2:
        return [text]
    return _broken(text, count)


_BREAK_BEFORE = "《“（的及和与"
_BREAK_AFTER = "》”）、的"


def _broken(text: str, count: int) -> list[str]:
    """The text in `count` lines, each break at the allowed place nearest to an equal share."""
    lines, rest = [], text
    for left in range(count, 1, -1):
        at = _break_near(rest, round(len(rest) / left))
        lines.append(rest[:at])
        rest = rest[at:]
    return [*lines, rest]


def _break_near(text: str, wanted: int) -> int:
    """The index of the best break: within a quarter line of the wanted one where that tears nothing."""
    places = [
        at
        for at in range(2, len(text) - 1)
        if (text[at] in _BREAK_BEFORE and text[at] not in "的及和与") or text[at - 1] in _BREAK_AFTER
    ]
    near = [at for at in places if abs(at - wanted) <= TITLE_LINE_CHARS // 3]
    return min(near, key=lambda at: abs(at - wanted)) if near else wanted


def level_label(level: int, number: int) -> str:
    """The number of a heading as 7.3.3 has it.

    >>> [level_label(level, 12) for level in (1, 2, 3, 4)]
    ['十二、', '（十二）', '12.', '（12）']
    """
    return (f"{write_numeral(number)}、", f"（{write_numeral(number)}）", f"{number}.", f"（{number}）")[level - 1]

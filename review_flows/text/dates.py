"""Dates as official papers write them (2026年5月9日, 二〇二六年五月九日, 2026-05-09) → dates; pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from review_flows.law.numerals import read_numeral

_CHINESE = (
    r"(?:(?:19|20|１９|２０)[\d]{2}|[一二][九〇○零ＯO0○][〇○零ＯO0○一二三四五六七八九]{2})\s{0,2}年"
    r"\s{0,2}(?:\d{1,2}|[元正一二三四五六七八九十]{1,3})\s{0,2}月"
    r"\s{0,2}(?:\d{1,2}|[一二三四五六七八九十廿]{1,3})\s{0,2}日"
)
DATE = rf"(?:{_CHINESE}|(?:19|20)\d\d[-/.]\d{{1,2}}[-/.]\d{{1,2}})"
_DATE = re.compile(DATE)
_PARTS = re.compile(r"[年月日\-/.]")
_ZEROS = str.maketrans("○ＯO", "〇〇〇")


@dataclass(frozen=True, slots=True)
class DateInText:
    """A date and where it stands; `on` is None for a date that no calendar has (2026年2月30日)."""

    on: date | None
    start: int
    end: int
    text: str


def find_dates(text: str) -> Iterator[DateInText]:
    """Every whole date in the text, in order.

    >>> [d.on.isoformat() for d in find_dates("自二〇二六年五月一日起施行，有效期至2031年12月31日")]
    ['2026-05-01', '2031-12-31']
    """
    for match in _DATE.finditer(text):
        yield DateInText(read_date(match[0]), match.start(), match.end(), match[0])


def read_date(text: str) -> date | None:
    """The date that a text names, whole and alone; None for anything else."""
    compact = "".join(text.split())
    if not _DATE.fullmatch(compact):
        return None
    numbers = [
        read_numeral(part.translate(_ZEROS))
        for part in _PARTS.split(compact.replace("元月", "1月").replace("正月", "1月"))
        if part
    ]
    if len(numbers) != 3 or None in numbers:
        return None
    year, month, day = (number or 0 for number in numbers)
    try:
        return date(year, month, day)
    except ValueError:
        return None

"""Document numbers (发文字号): 婺政发〔2026〕19号, 国务院令第783号; found, read, printed, and what is wrong with
their form.

The form is that of GB/T 9704-2012 7.2.5: abbreviation of the organ, year in four Arabic digits between 〔 〕, serial
number in Arabic digits without 第 and without leading zeros, 号. Orders (令) count without a year and with 第. Pure;
every expression is bounded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from review_flows.law.numerals import read_numeral

Fault = Literal["bracket", "year", "not_arabic", "di", "leading_zero", "no_hao", "no_bracket"]

_OPEN, _CLOSE = "〔﹝\\[［（(【〖{「", "〕﹞\\]］）)】〗}」"
_AGENCY = r"[\u4e00-\u9fffA-Za-z]{1,20}"
_YEAR = r"\d{2,4}|[〇零○一二三四五六七八九]{2,4}"
_SERIAL = r"\d{1,5}|[〇零○一二三四五六七八九十百千]{1,8}"
_NUMBER = re.compile(
    rf"(?P<agency>{_AGENCY})\s?(?P<open>[{_OPEN}])\s?(?P<year>{_YEAR})(?P<nian>\s?年)?\s?(?P<close>[{_CLOSE}])"
    rf"\s?(?P<di>第)?\s?(?P<number>{_SERIAL})\s?(?P<hao>号)"
)
_ALONE = re.compile(
    rf"(?P<agency>{_AGENCY})\s{{0,3}}(?P<open>[{_OPEN}])?\s{{0,2}}(?P<year>{_YEAR})(?P<nian>\s?年)?\s{{0,2}}(?P<close>[{_CLOSE}])?"
    rf"\s{{0,2}}(?P<dash>[-—－])?(?P<di>第)?\s{{0,2}}(?P<number>{_SERIAL})\s{{0,2}}(?P<hao>号)?"
)
_ORDER = re.compile(
    r"(?P<agency>[\u4e00-\u9fff]{1,25}令)\s?(?P<bracket>[（(])?\s?(?:[〔\[（(]?\d{4}[〕\]）)]?\s?年?\s?)?第?\s?"
    r"(?P<number>\d{1,4}|[〇零○一二三四五六七八九十百千]{1,8})\s?号(?(bracket)\s?[)）])"
)
# Behind a title, in round brackets, stands its number, well written or not.
_BEHIND_TITLE = re.compile(r"(?<=》)\s?[（(](?P<inside>[^（）()《》]{5,40})[）)]")
# What stands before the organ's abbreviation in running text and is no part of it; the last one found cuts.
_BEFORE = re.compile(
    "根据|按照|依据|依照|参照|遵照|执行|印发|转发|批转|贯彻|落实|发布|公布|下发|关于|文件|修订|修改|废止|以及|以|和|与|及|或|的|即|为|见|由|在|是|原|至|日|号"
)
_RIGHT_BRACKETS = ("〔﹝", "〕﹞")


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """One number and where it stands; `year` is None for orders (令). `faults` name what departs from the form."""

    agency: str
    year: int | None
    number: int
    text: str
    start: int
    end: int
    faults: tuple[Fault, ...] = ()

    def __str__(self) -> str:
        return (
            f"{self.agency}第{self.number}号" if self.year is None else f"{self.agency}〔{self.year}〕{self.number}号"
        )


def find_document_numbers(text: str) -> Iterator[DocumentNumber]:
    """Every document number in running text, in order.

    >>> [(str(n), n.faults) for n in find_document_numbers("国办发〔2018〕115号、婺政发[2026]019号和国务院令第713号")]
    [('国办发〔2018〕115号', ()), ('婺政发〔2026〕19号', ('bracket', 'leading_zero')), ('国务院令第713号', ())]
    >>> [(str(n), n.faults) for n in find_document_numbers("依照《停车办法》（婺政发2026年3号）")]
    [('婺政发〔2026〕3号', ('no_bracket',))]
    """
    read = [_read(match) for match in _NUMBER.finditer(text)]
    read += [_read_order(match) for match in _ORDER.finditer(text)] if "令" in text else []
    found = [number for number in read if number]
    found += [
        number
        for number in _behind_titles(text)
        if not any(one.start < number.end and number.start < one.end for one in found)
    ]
    yield from sorted(found, key=lambda n: n.start)


def _behind_titles(text: str) -> Iterator[DocumentNumber]:
    """Numbers in brackets behind a title whose form is too far off to be told from other words elsewhere."""
    for match in _BEHIND_TITLE.finditer(text) if "》" in text else ():
        number = read_document_number(match["inside"])
        if number is not None and number.year is not None:
            start = match.start("inside")
            yield replace(number, start=start + number.start, end=start + number.end)


def read_document_number(text: str) -> DocumentNumber | None:
    """The number that a line consists of, also one of bad form (婺政发2026年19号, 〔19〕); None for another line."""
    text = text.strip()
    if len(text) > 45:
        return None
    if (order := _ORDER.fullmatch(text)) is not None:
        return _read_order(order, whole=True)
    match = _ALONE.fullmatch(text)
    if match is None or not (match["hao"] or (match["open"] and match["close"])):
        return None
    if not match["open"] and not match["close"] and not (match["year"].isdecimal() and len(match["year"]) == 4):
        return None
    return _read(match, whole=True)


def _read(match: re.Match[str], *, whole: bool = False) -> DocumentNumber | None:
    agency, start = _own(match["agency"], match.start(), whole=whole)
    year, number = read_numeral(match["year"]), read_numeral(match["number"])
    if not agency or year is None or number is None:
        return None
    full_year = year if len(match["year"]) == 4 else 2000 + year
    return DocumentNumber(
        agency,
        full_year,
        number,
        match.string[start : match.end()],
        start,
        match.end(),
        tuple(_faults(match)),
    )


def _faults(match: re.Match[str]) -> Iterator[Fault]:
    opened, closed = match["open"] or "", match["close"] or ""
    if not opened and not closed:
        yield "no_bracket"
    elif not opened or not closed or opened not in _RIGHT_BRACKETS[0] or closed not in _RIGHT_BRACKETS[1]:
        yield "bracket"
    if len(match["year"]) != 4 or (match["nian"] and opened):
        yield "year"
    if not (match["year"].isdecimal() and match["number"].isdecimal()):
        yield "not_arabic"
    if match["di"]:
        yield "di"
    if match["number"].startswith("0"):
        yield "leading_zero"
    if not match["hao"]:
        yield "no_hao"


def _read_order(match: re.Match[str], *, whole: bool = False) -> DocumentNumber | None:
    number = read_numeral(match["number"])
    agency, start = _own(match["agency"], match.start(), whole=whole)
    if number is None or len(agency) < 2:
        return None
    return DocumentNumber(agency, None, number, match.string[start : match.end()], start, match.end())


def _own(agency: str, start: int, *, whole: bool) -> tuple[str, int]:
    """The organ's abbreviation without the words that lead up to it."""
    cut = 0 if whole else max((m.end() for m in _BEFORE.finditer(agency[:-1])), default=0)
    return agency[cut:], start + cut

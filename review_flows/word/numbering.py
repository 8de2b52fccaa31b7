"""Automatic numbers: what Word prints before a paragraph that has no number in its text.

Word keeps them in word/numbering.xml: a paragraph (w:numPr, its own or by its style) names a list (w:num) and a
level; the list names an abstract list (w:abstractNum) whose levels (w:lvl) say start, format (w:numFmt) and text
(w:lvlText 第%1条), which a list may change (w:lvlOverride). Lists of one abstract list count on together; a list with
w:startOverride begins anew where it is first used. A level counts anew when a higher one has counted, unless
w:lvlRestart says otherwise.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from lxml import etree

from review_flows.word import oxml
from review_flows.word.oxml import w

_LEVELS = 9
_PLACEHOLDER = re.compile(r"%([1-9])")
_DIGITS = "〇一二三四五六七八九"
_LEGAL = "零壹贰叁肆伍陆柒捌玖"
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_ROMAN = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"))
_ROMAN_ONES = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
_AFTER = {"tab": "　", "space": " ", "nothing": ""}
_MOST = 32_767  # Word's own bound for a number


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list. `restart` is the level after which it counts anew: None the next higher one, 0 never."""

    start: int = 1
    format: str = "decimal"
    text: str = ""
    after: str = "　"
    restart: int | None = None
    all_decimal: bool = False


@dataclass(frozen=True, slots=True)
class NumberedList:
    """A w:num: the abstract list it counts with, its levels, and the levels that it begins anew."""

    abstract: str
    levels: Mapping[int, Level]
    begins: Mapping[int, int]


class Numbering:
    """The lists of one document, and how far each has counted; ask `number` once for each paragraph, in order."""

    def __init__(self, root: etree._Element | None, styles: Mapping[str, tuple[str, int]] | None = None) -> None:
        self._lists = _lists(root, styles or {}) if root is not None else {}
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[str] = set()

    def number(self, identity: str, level: int) -> str:
        """The number that Word prints before the next paragraph of this list and level, with what follows it."""
        found = self._lists.get(identity)
        if found is None or not 0 <= level < _LEVELS:
            return ""
        counts = self._counts.setdefault(found.abstract, [None] * _LEVELS)
        if identity not in self._begun:
            self._begun.add(identity)
            for at, start in found.begins.items():
                counts[at] = start - 1
        self._count(counts, found.levels, level)
        return _printed(found.levels, counts, level)

    def _count(self, counts: list[int | None], levels: Mapping[int, Level], level: int) -> None:
        for at in range(level):
            if counts[at] is None:
                counts[at] = levels.get(at, Level()).start
        now = counts[level]
        counts[level] = levels.get(level, Level()).start if now is None else min(now + 1, _MOST)
        for at in range(level + 1, _LEVELS):
            restart = levels.get(at, Level()).restart
            if restart is None or level < restart:
                counts[at] = None


def _printed(levels: Mapping[int, Level], counts: list[int | None], level: int) -> str:
    own = levels.get(level, Level())
    if own.format in ("none", "bullet"):
        text = own.text if own.format == "none" else ""
    else:
        text = own.text

    def value(match: re.Match[str]) -> str:
        at = int(match[1]) - 1
        count = counts[at]
        shape = "decimal" if own.all_decimal else levels.get(at, Level()).format
        return written(shape, 1 if count is None else count)

    text = _PLACEHOLDER.sub(value, text)
    return text + own.after if text else ""


def written(shape: str, number: int) -> str:
    """A number in one of Word's formats (w:numFmt); those unknown come out as decimals.

    >>> [written(s, 12) for s in ("chineseCounting", "lowerRoman", "upperLetter", "decimalZero")]
    ['十二', 'xii', 'L', '12']
    """
    if number < 0:
        return str(number)
    return _FORMATS.get(shape, str)(number)


def _counting(
    number: int, *, thousands: bool, one_before_rank: bool = True, digits: str = _DIGITS, ranks: str = "千百十"
) -> str:
    """Chinese counting; above 99 digit by digit unless `thousands`, as Word's chineseCounting does."""
    if number == 0 or (number > 99 and not thousands) or number > 9999:
        return "".join(digits[int(d)] for d in str(number))
    text, skipped = "", False
    for size, rank in ((1000, ranks[0]), (100, ranks[1]), (10, ranks[2]), (1, "")):
        digit, number = divmod(number, size)
        if not digit:
            skipped = True
            continue
        text += (
            ("零" if skipped and text and thousands else "")
            + ("" if digit == 1 and rank and not one_before_rank else digits[digit])
            + rank
        )
        skipped = False
    return text.removeprefix(digits[1]) if text.startswith(digits[1] + ranks[2]) and digits == _DIGITS else text


def _roman(number: int) -> str:
    text = ""
    for value, letters in (*_ROMAN, *_ROMAN_ONES):
        times, number = divmod(number, value)
        text += letters * times
    return text


def _letters(number: int) -> str:
    """a … z, aa, bb … as Word counts."""
    times, at = divmod(number - 1, 26)
    return chr(ord("a") + at) * min(times + 1, 30) if number else ""


def _circled(number: int) -> str:
    return chr(0x245F + number) if 1 <= number <= 20 else str(number)


def _cycle(signs: str) -> Callable[[int], str]:
    return lambda number: signs[(number - 1) % len(signs)] if number else str(number)


_FORMATS: Mapping[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalZero": lambda n: f"{n:02d}",
    "decimalFullWidth": lambda n: str(n).translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    "chineseCounting": lambda n: _counting(n, thousands=False),
    "taiwaneseCounting": lambda n: _counting(n, thousands=False),
    "chineseCountingThousand": lambda n: _counting(n, thousands=True),
    "taiwaneseCountingThousand": lambda n: _counting(n, thousands=True),
    "japaneseCounting": lambda n: _counting(n, thousands=True, one_before_rank=False).replace("零", ""),
    "koreanCounting": lambda n: _counting(n, thousands=True),
    "ideographDigital": lambda n: "".join(_DIGITS[int(d)] for d in str(n)),
    "japaneseDigitalTenThousand": lambda n: "".join(_DIGITS[int(d)] for d in str(n)),
    "taiwaneseDigital": lambda n: "".join(_DIGITS[int(d)] for d in str(n)),
    "chineseLegalSimplified": lambda n: _counting(n, thousands=True, digits=_LEGAL, ranks="仟佰拾"),
    "ideographTraditional": _cycle(_STEMS),
    "ideographZodiac": _cycle(_BRANCHES),
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "upperRoman": _roman,
    "lowerRoman": lambda n: _roman(n).lower(),
    "upperLetter": lambda n: _letters(n).upper(),
    "lowerLetter": _letters,
}


# --- numbering.xml ---


def _lists(root: etree._Element, styles: Mapping[str, tuple[str, int]]) -> dict[str, NumberedList]:
    abstracts = {e.get(oxml.ABSTRACT_NUM_ID, ""): e for e in root.findall(oxml.ABSTRACT_NUM)}
    nums = {e.get(oxml.NUM_ID, ""): e for e in root.findall(oxml.NUM)}
    lists = {}
    for identity, num in nums.items():
        named = _value(num, oxml.ABSTRACT_NUM_ID)
        levels = _levels(abstracts.get(_followed(named, abstracts, nums, styles)))
        begins: dict[int, int] = {}
        for override in num.findall(w("lvlOverride")):
            at = _whole(override.get(w("ilvl")), 0)
            own = override.find(w("lvl"))
            if own is not None:
                levels[at] = _level(own)
            if (start := override.find(w("startOverride"))) is not None:
                begins[at] = _whole(start.get(oxml.VAL), 1)
                levels[at] = replace(levels.get(at, Level()), start=begins[at])
        lists[identity] = NumberedList(named, levels, begins)
    return lists


def _followed(
    named: str,
    abstracts: Mapping[str, etree._Element],
    nums: Mapping[str, etree._Element],
    styles: Mapping[str, tuple[str, int]],
) -> str:
    """The abstract list that really holds the levels: w:numStyleLink leads through a numbering style to another one."""
    found = abstracts.get(named)
    link = _value(found, w("numStyleLink")) if found is not None else ""
    num = nums.get(styles.get(link, ("", 0))[0]) if link else None
    return _value(num, oxml.ABSTRACT_NUM_ID) if num is not None else named


def _levels(abstract: etree._Element | None) -> dict[int, Level]:
    if abstract is None:
        return {}
    return {_whole(e.get(w("ilvl")), 0): _level(e) for e in abstract.findall(w("lvl"))}


def _level(element: etree._Element) -> Level:
    restart = _value(element, w("lvlRestart"))
    decimal = element.find(w("isLgl"))
    return Level(
        start=_whole(_value(element, w("start")), 1),
        format=_value(element, w("numFmt")) or "decimal",
        text=_value(element, w("lvlText")),
        after=_AFTER.get(_value(element, w("suff")), "　"),
        restart=_whole(restart, 0) if restart else None,
        all_decimal=decimal is not None and decimal.get(oxml.VAL, "1") not in ("0", "false"),
    )


def _value(element: etree._Element | None, tag: str) -> str:
    child = element.find(tag) if element is not None else None
    return child.get(oxml.VAL, "") if child is not None else ""


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 6 else otherwise

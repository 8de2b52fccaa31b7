"""The marks by which a line shows what it is: 第三条, 第一章, （一）, 1., 一、, 附件1; every expression bounded."""

import re
from typing import NamedTuple

from review_flows.law.numerals import NUMERAL, read_numeral

_N = NUMERAL
_ARTICLE = re.compile(
    rf"第\s{{0,2}}({_N}|[一二三四五六七八九十](?:\s[一二三四五六七八九十]){{1,3}})\s{{0,2}}条(?:\s?之\s?([一二三四五六七八九十]{{1,3}})(?![一-鿿]))?"
)
_ARTICLE_INSERTED = re.compile(rf"第\s{{0,2}}({_N})\s{{0,2}}条\s?之\s?([一二三四五六七八九十]{{1,3}})")
_UNIT = re.compile(rf"第\s{{0,2}}({_N})\s{{0,2}}(分编|编|章|节|部分)(?=[\s：:]|[一-鿿《]|$)")
_ITEM = re.compile(r"[（(]\s?([一二三四五六七八九十百]{1,4})\s?[)）]\s?、?")
_OUTLINE = re.compile(r"([一二三四五六七八九十百]{1,4})\s?[、．.]")
_ARABIC = re.compile(r"(\d{1,3})\s?(?:[.．、](?!\d)|(?=\s))")
_DECIMAL = re.compile(r"(\d{1,3}(?:\.\d{1,3}){1,4})(?=[\s、.．]|[一-鿿])")
_ARABIC_BRACKETED = re.compile(r"[（(]\s?(\d{1,3})\s?[)）]|(\d{1,2})\s?[)）]")
_CIRCLED = re.compile(r"[①-⑳]")
_ANNEX = re.compile(rf"附\s{{0,3}}(?:件|录|表)\s{{0,2}}(?:[:：]\s{{0,2}})?({_N})?\s{{0,2}}[:：.、]?|附\s{{0,2}}[:：]")
# Words that show that 第三条 at the head of a line is cited there, not opened.
_CITED_AFTER = re.compile(
    r"\s?(?:第|至|到|、|和|与|及|或|的|所|中|规定|之|修改|改为|删去|增加|合并|关于|以外|移至|作为|，|。|；|：|:|》|”|\)|）|—|-|～|~)"
)


class Mark(NamedTuple):
    """A label at the head of a line: its class, the label as written, its number(s), where the words after it begin."""

    kind: str
    label: str
    number: int
    sub: int
    content: int


def article_mark(text: str) -> Mark | None:
    """第三条 at the head of a line that may open an article; whether it does depends on the numbers before it, too."""
    match = _ARTICLE_INSERTED.match(text) or _ARTICLE.match(text)
    if match is None:
        return None
    number = read_numeral("".join(match[1].split()))
    sub = read_numeral(match[2]) if match[2] else 0
    if number is None or sub is None:
        return None
    content = _after_blanks(text, match.end(), "：:、")
    return Mark("article", match[0], number, sub, content)


def is_cited(text: str, mark: Mark) -> bool:
    """Whether the words after 第三条 make it a citation (第三条第一款…, 第三条规定…) rather than a heading."""
    return _CITED_AFTER.match(text, len(mark.label)) is not None


def unit_mark(text: str) -> Mark | None:
    """第一章 and the like; a heading is short and is no sentence."""
    match = _UNIT.match(text)
    if match is None or len(text) > 60 or text.rstrip().endswith(("。", "；", "：", ":")):
        return None
    number = read_numeral(match[1])
    return None if number is None else Mark(match[2], match[0], number, 0, _after_blanks(text, match.end()))


def list_mark(text: str) -> Mark | None:
    """（一）, 一、, 1., 1.1, （1）, ① at the head of a line; `kind` tells the classes apart."""
    for kind, expression in _LISTS:
        match = expression.match(text)
        if match:
            digits = next((g for g in match.groups() if g), match[0]) if match.groups() else match[0]
            number = ord(digits) - 0x245F if kind == "circled" else read_numeral(digits.split(".")[-1])
            return None if number is None else Mark(kind, match[0].strip(), number, 0, _after_blanks(text, match.end()))
    return None


_LISTS = (
    ("chinese_bracketed", _ITEM),
    ("chinese", _OUTLINE),
    ("decimal", _DECIMAL),
    ("arabic", _ARABIC),
    ("arabic_bracketed", _ARABIC_BRACKETED),
    ("circled", _CIRCLED),
)


def annex_mark(text: str) -> Mark | None:
    """附件, 附件1, 附件：… at the head of a line; `content` is where a title on the same line begins."""
    match = _ANNEX.match(text)
    if match is None or len(text) > 80:
        return None
    number = read_numeral(match[1]) if match[1] else 0
    return Mark("annex", match[0].strip(" 　:：.、"), number or 0, 0, _after_blanks(text, match.end()))


def _after_blanks(text: str, at: int, stops: str = "") -> int:
    if text[at : at + 1] in stops:
        at += 1
    while at < len(text) and text[at].isspace():
        at += 1
    return at

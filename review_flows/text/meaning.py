"""What in a change is substantive: from the two wordings and their pieces to (type, old words, new words).

A lawyer looks for a few kinds of words: who must (应当, 可以, 不得), not (未, 不再), numbers, sums of money, periods,
dates, who acts, how far it reaches (等, 以上, 及其, 或者), and which provision is meant. Each is found in the whole
old and the whole new wording, so that a mark that touches 应 alone still finds 应当; it counts as changed where a
mark touches it. Within one marked place the old and new words of one type are paired in order, equal ones cancel.

The words are those of legislative Chinese (立法技术规范), not of any statute: no catalog is needed.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal, NotRequired, cast, get_args

from typing_extensions import TypedDict

from review_flows.text.pieces import Piece

Type = Literal["reference", "date", "amount", "period", "number", "scope", "deontic", "negation", "subject"]
TYPES: tuple[Type, ...] = get_args(Type)

_N = "[〇零一二三四五六七八九十百千万亿两0-9０-９]"
_D = r"[0-9０-９]{1,20}(?:[,，][0-9０-９]{3}){0,6}(?:[.．][0-9０-９]{1,20})?"
_QUANTITY = rf"(?:{_D}{_N}{{0,2}}|{_N}{{1,12}})"
_ARTICLE = rf"第\s?[（(]?{_N}{{1,8}}[）)]?\s?(?:条(?:之{_N}{{1,4}})?|款|项|目)"
_HAN = "[\u4e00-\u9fff]"
# What may not stand inside the name of an actor: words that open or close its phrase, and words that govern it. These
# are passed over as a whole, so that no half of them begins a name.
_OPENING = (
    "遵守|协助|配合|支持|引导|报告|告知|通知|委托|保障|责令|要求|根据|接受|服从|指导|聘请|提请|报请|移送|发现|成为|担任|属于|依法|依照|按照"
    "|设立|代行|行使|履行|提交|有关|相关|请求|听取|发挥|查阅|复制|加盖|侵占|公布|举办|报(?=国务院|当地|所在地|[省市县区]|[本上同]级|上一级)"
)
_BREAKS = (
    "[的由向对与和或应将被按并及为以使可不等是未须必其该至于得后前但给]|经(?![济营贸])|(?<!国)有(?!限责?任?公司)"
    f"|(?<!所)在|当(?!地)|从(?!业)|依(?!托单位)|各(?!级)|{_OPENING}"
)
_ACTOR = (
    "人民政府|主管部门|监督管理部门|管理部门|行政部门|执法部门|部门|行政机关|司法机关|机关|法院|检察院"
    "|委员会|机构|办公室|办事处|事务所|研究所|厅|局|单位|组织(?=[，、。；：的应不可或和]|$)|协会|企业|公司|学校|医院|银行"
    "|申请人|当事人|利害关系人|负责人(?!民)|法定代表人|经营者|消费者|生产者|所有人|使用人|权利人|承包人|发包人|出租人|承租人|公民|法人|个人(?!信息)|人员"
)
# Longest first where one begins like another; the order of the types decides who gets a place that two could claim.
_WORDS: tuple[tuple[Type | Literal[""], str], ...] = (
    (
        "reference",
        rf"《(?:[^《》\n]|《[^《》\n]{{0,200}}》){{0,400}}》(?:{_ARTICLE}){{0,4}}|(?:{_ARTICLE}){{1,4}}|前(?:[一二三四五六七八九十两]{{0,3}})[条款项]|本[条款项]",
    ),
    (
        "date",
        rf"(?:{_D}|[〇零一二三四五六七八九]{{4}})年{_N}{{1,3}}月(?:{_N}{{1,3}}日)?|{_N}{{1,3}}月{_N}{{1,3}}日|[12]\d{{3}}年(?!度?以[上下内])",
    ),
    ("amount", rf"{_QUANTITY}(?:余|多)?(?:万|亿)?(?:元|美元|欧元|港元|角)(?:人民币)?"),
    ("period", rf"{_QUANTITY}个?(?:工作日|自然日|日|天|小时|分钟|周(?!岁)|星期|月|年度?|季度)(?![一-鿿]?[级届])"),
    (
        "number",
        rf"百分之{_N}{{1,12}}(?:点{_N}{{1,12}})?|千分之{_N}{{1,12}}|{_N}{{1,12}}分之{_N}{{1,12}}|{_D}\s?[%％‰]|{_QUANTITY}(?:倍|周岁|岁|人|名|户|家|次|件|份|平方米|公里|米|公顷|亩|吨|公斤|千克|个百分点|级|类|届|种|处|辆|台|套|项)|{_D}",
    ),
    (
        "scope",
        "不得?(?:超过|少于|多于|低于|高于|短于|长于|迟于|早于)|不足|以上|以下|以内|以外|之内|之外|超过|低于|高于|至少|最多|最高|最低"
        "|及其|或者|并且|全部|部分(?!门)|所有(?![权人者制的])|任何|一切|其他|包括|除外|仅限?|一般|原则上|(?<![高中初同优均平对])等(?![级待同于额效价候分次])",
    ),
    (
        "deontic",
        "不得|不应当?|不可以|不准|严禁|禁止|应当|必须|方可|可以|有权|无权|不予|免予|准予|允许|鼓励|(?<![相对反供适顺响呼])应(?![急用对付诉答变届声有允聘邀])|(?<![无必所急])须",
    ),
    (
        "negation",
        "未经|未按|未依|未(?![来成])|不再|不含|不属于|不符合|不适用|不需要?|没有|无需|无须|无正当|非(?=公有|经|营利|因|本|国有)|不(?![仅断同动良利便幸可服当善])",
    ),
    ("", _OPENING),
    ("subject", rf"(?:{_HAN}级以上)?(?:(?!{_BREAKS}){_HAN}){{0,14}}(?:{_ACTOR})"),
)
_FINDER = re.compile("|".join(f"(?P<{kind}>{words})" if kind else f"(?:{words})" for kind, words in _WORDS))
_BAN = "不得"
_NEVER_SET_OFF = ("deontic", "negation")
_LED_BY = 3  # unmarked characters before a wholly marked name: a verb, no part of it
_NAME = re.compile(rf"(?:(?!{_BREAKS})(?:{_HAN})|[和及与]){{1,8}}")
_STOPS = "。；\n"  # no telling word reaches over these
_FULL_WIDTH = str.maketrans("０１２３４５６７８９，．％（）", "0123456789,.%()")


class SubstanceJson(TypedDict):
    """One thing that a change does to the law; `renumbered`: a reference that only follows its article's new number."""

    type: Type
    old: str | None
    new: str | None
    renumbered: NotRequired[bool]


@dataclass(frozen=True, slots=True)
class Substance:
    """One thing that the change does to the law: words of the old and of the new text; None where they are missing."""

    type: Type
    old: str | None
    new: str | None
    renumbered: bool = False  # a reference that only follows the new number of the article that it means

    def to_json(self) -> SubstanceJson:
        out: SubstanceJson = {"type": self.type, "old": self.old, "new": self.new}
        if self.renumbered:
            out["renumbered"] = True
        return out


@dataclass(frozen=True, slots=True)
class _Word:
    type: Type
    text: str
    hunk: int = 0
    beside: bool = False  # not in the mark itself, only at its edge


def substance(pieces: Sequence[Piece], follows: Callable[[str, str], bool] | None = None) -> tuple[Substance, ...]:
    """What is substantive in a change, in the order of the text; within one marked place in the order of `TYPES`.

    `follows(old, new)` says whether a new reference is the old one under its new number.

    >>> from review_flows.text.pieces import diff_text
    >>> [(s.type, s.old, s.new) for s in substance(diff_text("应当在十日内缴纳五千元", "可以在十五日内缴纳五千元"))]
    [('period', '十日', '十五日'), ('deontic', '应当', '可以')]
    """
    gone, come = _touched(pieces, "delete"), _touched(pieces, "insert")
    gone, come = _with_bans(gone, come), _with_bans(come, gone)
    gone, come = _without_neighbours(gone, come), _without_neighbours(come, gone)
    found: list[Substance] = []
    for hunk in sorted({w.hunk for w in (*gone, *come)}):
        for kind in TYPES:
            old = [w.text for w in gone if w.hunk == hunk and w.type == kind]
            new = [w.text for w in come if w.hunk == hunk and w.type == kind]
            for a, b in _paired(old, new):
                follow = bool(kind == "reference" and follows and a and b and follows(a, b))
                found.append(Substance(kind, a, b, follow))
    return tuple(dict.fromkeys(_without_shifts(found)))


def _with_bans(ours: Sequence[_Word], theirs: Sequence[_Word]) -> list[_Word]:
    """Our words, and the ban in a limit (不得超过) by itself where theirs has no such limit: it may have gone alone."""
    kept = {word.hunk for word in theirs if word.type == "scope" and word.text.startswith(_BAN[0])}
    bans = (w for w in ours if w.type == "scope" and w.text.startswith(_BAN) and w.hunk not in kept)
    return [*ours, *(replace(word, type="deontic", text=_BAN) for word in bans)]


def _without_neighbours(ours: Sequence[_Word], theirs: Sequence[_Word]) -> list[_Word]:
    """Our words less those that only stand beside a mark, unless theirs has them in a longer word (应当 → 不应当)."""
    return [
        word
        for word in ours
        if not word.beside
        or any(word.text in w.text for w in theirs if (w.hunk, w.type) == (word.hunk, word.type) and not w.beside)
    ]


def _without_shifts(found: Sequence[Substance]) -> list[Substance]:
    """Without what was taken out in one place of the change and put in again in another; duties are never set off."""
    may = [s for s in found if s.type not in _NEVER_SET_OFF]
    taken = Counter((s.type, s.old) for s in may if s.new is None)
    added = Counter((s.type, s.new) for s in may if s.old is None)
    left = {"old": taken & added, "new": taken & added}
    out = []
    for s in found:
        side = "old" if s.new is None else "new" if s.old is None else None
        if side and left[side][s.type, s.old or s.new] > 0:
            left[side][s.type, s.old or s.new] -= 1
        else:
            out.append(s)
    return out


def _touched(pieces: Sequence[Piece], kind: Literal["delete", "insert"]) -> list[_Word]:
    """The telling words of one side that a mark touches, each with the number of the marked place."""
    text, marks = _side(pieces, kind)
    starts = [mark.start for mark in marks]
    out = []
    for match in _words_near(text, marks):
        at = max(0, bisect_left(starts, match.start()) - 1)
        word = _Word(cast(Type, match.lastgroup), match.group())
        for mark in marks[at : at + 3]:
            if mark.touches(match.start(), match.end()):
                out.append(replace(word, text=_whole_name(word, match.start(), mark, text), hunk=mark.hunk))
                break
            if word.type == "deontic" and mark.start == mark.end and mark.start in match.span():
                out.append(replace(word, hunk=mark.hunk, beside=True))
                break
    return out


def _words_near(text: str, marks: Sequence[_Mark]) -> Iterator[re.Match[str]]:
    """The telling words of the sentences that have a mark in them or at their edge."""
    done = 0
    for mark in marks:
        start = max(done, max(text.rfind(stop, 0, mark.start) for stop in _STOPS) + 1)
        end = min((at for stop in _STOPS if (at := text.find(stop, mark.end)) >= 0), default=len(text))
        if start < end:
            yield from (match for match in _FINDER.finditer(text, start, end) if match.lastgroup)
        done = max(done, end)


def _whole_name(word: _Word, start: int, mark: _Mark, text: str) -> str:
    """The name of an actor as it was marked.

    住房和城乡建设局 as a whole, although 和 begins a phrase elsewhere; of 保障当事人 no more than 当事人.
    """
    if word.type != "subject":
        return word.text
    before = text[mark.start : start]
    if before and _NAME.fullmatch(before):
        return before.lstrip("和及与由") + word.text
    unmarked = mark.start - start
    if 0 < unmarked <= _LED_BY and start + len(word.text) <= mark.end:
        return word.text[unmarked:]
    return word.text


@dataclass(frozen=True, slots=True)
class _Mark:
    """A marked stretch of one side; an empty one where only the other side has words."""

    start: int
    end: int
    hunk: int

    def touches(self, start: int, end: int) -> bool:
        """Is a word changed by this mark: does it reach into the mark, or was something put into the word?"""
        return self.start < end and start < self.end


def _side(pieces: Sequence[Piece], kind: Literal["delete", "insert"]) -> tuple[str, list[_Mark]]:
    """The whole old or new wording, and what is marked in it."""
    parts: list[str] = []
    marks: dict[int, _Mark] = {}
    at = hunk = 0
    for piece in pieces:
        length = len(piece.text) if piece.kind in ("equal", kind) else 0
        if piece.kind == "equal":
            hunk += 1
        elif length or hunk not in marks:
            marks[hunk] = _Mark(at, at + length, hunk)
        parts.append(piece.text[:length])
        at += length
    return "".join(parts), sorted(marks.values(), key=lambda mark: mark.start)


def _paired(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str | None, str | None]]:
    """Old and new words in order; those that stand on both sides cancel."""
    plain_old, plain_new = [_plain(t) for t in old], [_plain(t) for t in new]
    matcher = SequenceMatcher(None, plain_old, plain_new, autojunk=False)
    for tag, i, i_end, j, j_end in matcher.get_opcodes():
        if tag == "equal":
            continue
        for k in range(max(i_end - i, j_end - j)):
            a = old[i + k] if i + k < i_end else None
            b = new[j + k] if j + k < j_end else None
            yield a, b


def _plain(text: str) -> str:
    return re.sub(r"\s", "", text).translate(_FULL_WIDTH)

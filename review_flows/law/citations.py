"""Citations of provisions: found in running text, read, printed; pure, every expression bounded.

The form is 《全称》第X条第X款第（X）项第X目, in all the ways people write it: lists (第三、五项; 第三条、第五条),
ranges (第八条至第十一条), inserted articles (第三条之一), Arabic numerals, names without 《》, 本办法第X条,
同法第X条, 前款, 本条第二款. What a name stands for (short names, statutes) is looked up elsewhere: `text/citing`
knows the draft, `statutes` the catalog.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from review_flows.law.numerals import NUMERAL, read_numeral, write_numeral

Unit = Literal["chapter", "section", "article", "paragraph", "item", "subitem"]
Kind = Literal["named", "own", "same", "relative", "bare"]

LONGEST_TITLE = 200
_UNITS: Mapping[str, Unit] = {
    "章": "chapter",
    "节": "section",
    "条": "article",
    "款": "paragraph",
    "项": "item",
    "目": "subitem",
}
_ORDER: tuple[Unit, ...] = ("chapter", "section", "article", "paragraph", "item", "subitem")
_NUMBERED = rf"[（(]?\s?{NUMERAL}\s?[)）]?"
_AND = r"(?:、|，|,|和|及|以及|与|或者?|至|到|—|－|-|~|～)"
_PART = (
    rf"(?P<numbers>{_NUMBERED}(?:\s?(?:{_AND}\s?第?\s?|(?=[（(])){_NUMBERED}){{0,12}})\s?"
    r"(?P<unit>条(?![件线约路例])|款(?!项)|项(?!目)|目(?![标录前光]|的(?!规定|要求))|章(?![程鱼])|节(?![能约日点目假水电支]))"
    r"(?:\s?之\s?(?P<sub>[一二三四五六七八九十]{1,3})(?![一-鿿]{0,2}分))?"
)
_COMPONENT = re.compile(rf"第\s?{_PART}")
_BRACKETED_ITEM = re.compile(rf"(?=[（(]){_PART}")  # 第二条（一）至（三）项
_COMPONENT_LEFT_SHORT = re.compile(rf"第?\s?{_PART}")  # 第十七条和十八条
_NUMBER = re.compile(rf"(?P<to>至|到|—|－|-|~|～)?\s?第?\s?[（(]?\s?(?P<n>{NUMERAL})\s?[)）]?")
_SEPARATOR = re.compile(
    r"\s?(?:(?P<to>至|到|—|－|~|～)|、|和|及其?|以及|与|或者?|，(?=第)|,(?=第))\s?(?=第|[一二三四五六七八九十百千]{1,7}条)"
)
_RELATIVE = re.compile(
    r"(?P<word>(?:本条前[两二三四]款|本条例?|本款|本项|前[两二三四五六七八九几各]?[款项条]|上[一二两]?[款项条]|前述[款项条]|本章|本节))(?=(?P<after>.?))",
    re.S,
)
_OWN_NOUN = (
    r"(?:实施|暂行|管理|若干|试行|操作|补充|补贴|奖励)?"
    r"(?:法|条例|办法|规定|细则|规则|决定|解释|意见|通知|公告|通告|合同|协议书?|章程|方案|标准|准则|规程|规范|制度|指南|指引|措施|纲要|"
    r"决议|通则|批复|文件|政策|公约|清单|裁量基准|须知|文本)"
)
_OWN = re.compile(rf"(?P<own>(?<!基)本{_OWN_NOUN})(?:（[^（）]{{1,20}}）)?\s?的?中?\s?$")
_SAME = re.compile(
    r"(?P<same>(?:(?<![合共相不])同|该|此|上述|前述)(?:法|条例|办法|规定|细则|规则|决定|解释|通知|意见|准则|通则|章程))\s?的?中?\s?$"
)
_BARE = re.compile(
    r"(?P<name>[一-鿿（）()“”〈〉0-9]{0,40}?(?:法|法典|条例|规定|办法|细则|规则|决定|解释|通则|准则|章程|规程|公约|议定书|协定|宪法|"
    r"\d{1,4}号(?:令|文件?)|令第\s?\d{1,4}\s?号))"
    r"(?P<gap>\s?的?中?\s?)$"
)
# Words that lead up to a name without 《》 and are no part of it; the last one found cuts.
_LEAD = re.compile(
    "依照|根据|违反|按照|依据|适用|符合|参照|遵照|遵守|执行|属于|触犯|援引|引用|构成|具有|存在|实施了|修改|修订|废止|制定|"
    "以及|或者|并且|除了?|关于|对于|由于|按|依|和|与|及|或|、|，|的|对|由|于|有|在|是|为|将|把|经|即|如|现行|原|新|旧|我国|国家"
)
_ASIDE = re.compile(r"[（(][^（()）]{1,30}[)）]\s?$")  # 环境影响评价法（自2003年9月1日起施行）第三十一条
_YEAR = re.compile(r"^(?:19|20)\d\d年(?:版|修订|修正|公布)?的?")
_GAP_AFTER_TITLE = re.compile(r"\s?(?:的|中的?|之)?\s?$")
_PARENTHESES = re.compile(r"\s?[（(]([^（()）\n]{0,60}(?:[（(][^（()）\n]{0,30}[)）][^（()）\n]{0,30})?)[)）]")
_SHORT = re.compile(
    r"以下(?:均|一律)?(?:简称|称)为?\s?[：:]?\s?[《“\"「〈『]?(?P<short>[^》”\"」〉』）)，,；。\s]{1,40})"
)
_SHORT_OF_MANY = re.compile(r"以下(?:统|合|一并|并)称")
_EDITION = re.compile(
    r"(?:(?:19|20)\d\d\s?年?)?\s?(?:第[一二三四五六七八九十]次)?(?:修订|修正|修改|试行|暂行|公布|发布|版|文本|修订版|修正版){1,2}"
)
_DOCUMENT = re.compile(r"号|\d{4}")
_GENERIC = frozenset(
    ("法", "条例", "办法", "规定", "细则", "规则", "决定", "解释", "通知", "意见", "准则", "方案", "通则", "章程")
    + ("规程", "标准", "纲要", "指南", "指引", "措施", "公约", "合同", "文件")
)


@dataclass(frozen=True, slots=True, order=True)
class ArticleNumber:
    """The number of an article: 第三条之一 is (3, 1); `sub` is 0 for an article without 之."""

    number: int
    sub: int = 0

    def __str__(self) -> str:
        inserted = f"之{write_numeral(self.sub)}" if self.sub else ""
        return f"第{write_numeral(self.number)}条{inserted}"


@dataclass(frozen=True, slots=True)
class Provision:
    """What of a text is cited; parts that are not named are None. `to` is the end of a range (第八条至第十一条)."""

    article: ArticleNumber | None = None
    paragraph: int | None = None
    item: int | None = None
    subitem: int | None = None
    chapter: int | None = None
    section: int | None = None
    to: "Provision | None" = None

    def __str__(self) -> str:
        return _printed(self, "chapter") + (
            f"至{_printed(self.to, _first_difference(self, self.to))}" if self.to else ""
        )


@dataclass(frozen=True, slots=True)
class Citation:
    """One citation in a text. `name` is the title without 《》 as written (also 本办法, 同法), empty where none is
    written.

    kind: named (《…》, or a name without 《》), own (本办法第三条), same (同法第三条), relative (前款, 本条第二款;
    `name` is that word), bare (第三条 without owner). `short` is the short name that this citation defines
    (以下简称《条例》), `number` the document number beside it, `quoted` whether 《》 are written.
    """

    kind: Kind
    name: str
    provisions: tuple[Provision, ...]
    start: int
    end: int
    text: str
    short: str = ""
    number: str = ""
    edition: str = ""
    quoted: bool = True


def find_citations(text: str, known: Container[str] = frozenset()) -> list[Citation]:
    """Every citation in the text, in order; `known` are names that also count without 《》.

    >>> [(c.name, *map(str, c.provisions)) for c in find_citations("《处罚法》第三条第（一）、（三）项，本办法第五条")]
    [('处罚法', '第三条第（一）项', '第三条第（三）项'), ('本办法', '第五条')]
    """
    titles = list(_titles(text))
    groups = list(_groups(text, titles))
    found = _with_owners(text, titles, groups, known)
    found += _relatives(text, found)
    return sorted(found, key=lambda citation: citation.start)


# --- titles in 《》 ---


@dataclass(frozen=True, slots=True)
class _Title:
    """A 《title》 and the brackets behind it; `end` is behind those brackets, `closed` behind 》."""

    name: str
    start: int
    closed: int
    end: int
    short: str
    number: str
    edition: str


def _titles(text: str) -> Iterator[_Title]:
    at = text.find("《")
    while at >= 0:
        closed = _closing(text, at)
        if closed is None:
            at = text.find("《", at + 1)
            continue
        end = closed
        notes: list[str] = []
        while len(notes) < 3 and (match := _PARENTHESES.match(text, end)) and _belongs(match[1]):
            notes.append(match[1])
            end = match.end()
        inside = "，".join(notes)
        short = "" if _SHORT_OF_MANY.search(inside) else (m["short"] if (m := _SHORT.search(inside)) else "")
        edition = next((n for n in notes if _EDITION.fullmatch(n.strip())), "")
        number = next((n for n in notes if "号" in n and not n.startswith("以下")), "")
        yield _Title(text[at + 1 : closed - 1].strip(), at, closed, end, short, number.split("，以下")[0], edition)
        at = text.find("《", end)


def _belongs(inside: str) -> bool:
    """Whether brackets behind a title speak of it: short name, document number, edition, year."""
    return bool("以下" in inside or _DOCUMENT.search(inside) or _EDITION.fullmatch(inside.strip()) or len(inside) <= 12)


def _closing(text: str, at: int) -> int | None:
    """The place behind the 》 that closes the 《 at `at`, over titles nested in it; None where none closes it."""
    depth = 0
    for place in range(at, min(len(text), at + LONGEST_TITLE)):
        c = text[place]
        if c == "《":
            depth += 1
            if depth > 4:
                return None
        elif c == "》":
            depth -= 1
            if not depth:
                return place + 1
        elif c in "\n。":
            return None
    return None


# --- groups of provisions ---


@dataclass(frozen=True, slots=True)
class _Group:
    provisions: tuple[Provision, ...]
    start: int
    end: int


def _groups(text: str, titles: Iterable[_Title]) -> Iterator[_Group]:
    """Runs of 第…条第…款… that hang together, outside of titles."""
    spans = [(t.start, t.closed) for t in titles]
    at = 0
    while (match := _COMPONENT.search(text, at)) is not None:
        at = match.end()
        while spans and spans[0][1] <= match.start():
            spans.pop(0)
        if spans and spans[0][0] <= match.start() < spans[0][1]:
            at = spans[0][1]
            continue
        group = _group(text, match)
        if group is not None:
            yield group
            at = max(at, group.end)


def _group(text: str, first: re.Match[str]) -> _Group | None:
    provisions: list[Provision] = []
    match: re.Match[str] | None = first
    end = first.start()
    joined, is_range = False, False
    while match is not None and len(provisions) < 200:
        if not _take(provisions, match, joined=joined, is_range=is_range):
            break
        end = match.end()
        following = _SEPARATOR.match(text, end)
        joined, is_range = following is not None, bool(following and following["to"])
        if following:
            match = _COMPONENT_LEFT_SHORT.match(text, following.end())
        else:
            at = _past_blank(text, end)
            match = _COMPONENT.match(text, at) or _BRACKETED_ITEM.match(text, at)
    return _Group(tuple(provisions), first.start(), end) if provisions else None


def _past_blank(text: str, at: int) -> int:
    return at + 1 if text[at : at + 1] == " " else at


def _take(provisions: list[Provision], match: re.Match[str], *, joined: bool, is_range: bool) -> bool:
    """Add the provisions of one component (第三、五项); False where it cannot follow what stands there."""
    unit = _UNITS[match["unit"]]
    numbers = _numbers(match["numbers"])
    if not numbers or (provisions and not joined and not _is_below(provisions[-1], unit)):
        return False
    sub = read_numeral(match["sub"]) if match["sub"] else 0
    before = provisions[-1] if provisions else Provision()
    above = before.to or before
    if provisions and not joined:
        provisions.pop()
        start_of_range = before if before.to else None
    else:
        start_of_range = None
    for at, (number, to) in enumerate(numbers):
        own_sub = sub if at == len(numbers) - 1 else 0
        provision = _at(above, unit, number, own_sub or 0)
        if (to and at) or (is_range and not at and provisions):
            provisions[-1] = replace(provisions[-1], to=provision)
        elif start_of_range is not None:
            provisions.append(replace(start_of_range, to=provision))
            start_of_range = None
        else:
            provisions.append(provision)
    return True


def _numbers(text: str) -> list[tuple[int, bool]]:
    """The numbers of a list, each with whether it ends a range."""
    numbers = []
    for match in _NUMBER.finditer(text):
        number = read_numeral(match["n"])
        if number is None:
            return []
        numbers.append((number, match["to"] is not None))
    return numbers


def _is_below(provision: Provision, unit: Unit) -> bool:
    lowest = max(_ORDER.index(u) for u in _ORDER if getattr(provision.to or provision, u) is not None)
    return _ORDER.index(unit) > lowest


def _at(above: Provision, unit: Unit, number: int, sub: int) -> Provision:
    """The provision `number` of this unit within what stands above it."""
    kept = {u: getattr(above, u) for u in _ORDER[: _ORDER.index(unit)]}
    if unit == "article":
        kept = {}  # articles count through: 第二章第五条 is 第五条
        return Provision(article=ArticleNumber(number, sub))
    return Provision(**{**kept, unit: number})


# --- whose provisions they are ---


def _with_owners(text: str, titles: list[_Title], groups: list[_Group], known: Container[str]) -> list[Citation]:
    found: list[Citation] = []
    taken: dict[int, _Group] = {}
    owners = {title.end: title for title in titles} | {title.closed: title for title in titles}
    for group in groups:
        gap = _GAP_AFTER_TITLE.search(text, max(0, group.start - 4), group.start)
        owner = owners.get(gap.start()) if gap else None
        if owner is not None:
            taken[owner.start] = group
        else:
            found.append(_ownerless(text, group, known))
    for title in titles:
        found.append(_named(text, title, taken.get(title.start)))
    return found


def _named(text: str, title: _Title, group: _Group | None) -> Citation:
    end = group.end if group else title.closed
    return Citation(
        kind="named",
        name=title.name,
        provisions=group.provisions if group else (),
        start=title.start,
        end=end,
        text=text[title.start : end],
        short=title.short,
        number=title.number,
        edition=title.edition,
    )


def _ownerless(text: str, group: _Group, known: Container[str]) -> Citation:
    before = text[max(0, group.start - 45) : group.start]
    kind, name, length = _owner_before(before, known)
    start = group.start - length
    return Citation(kind, name, group.provisions, start, group.end, text[start : group.end], quoted=False)


def _owner_before(before: str, known: Container[str]) -> tuple[Kind, str, int]:
    """What the words before a group of provisions name: (kind, name, how many characters they take)."""
    if name := _known_name(before, known, 3):  # 合同法 is no 同法, 基本法 no 本法
        return "named", name, len(name)
    if (own := _OWN.search(before)) is not None:
        return "own", own["own"], len(before) - own.start()
    if (same := _SAME.search(before)) is not None:
        return "same", same["same"], len(before) - same.start()
    relative = re.search(
        r"(?:本条|本款|前[两二三四几]?[款条项]|上[一二]?[款条])\s?(?:规定的?|所列的?|中的?|的)?\s?$", before
    )
    if relative is not None:
        word = re.match(r"本条|本款|前[两二三四几]?[款条项]|上[一二]?[款条]", relative[0])
        return "relative", word[0] if word else "", len(relative[0])
    aside = _ASIDE.search(before)
    words = before[: aside.start()] if aside else before
    bare = _BARE.search(words)
    name = _bare_name(bare["name"], known) if bare else ""
    if bare and name:
        return "named", name, len(name) + len(bare["gap"]) + len(before) - len(words)
    return "bare", "", 0


def _known_name(words: str, known: Container[str], least: int) -> str:
    """The longest known name of `least` characters and more that ends these words."""
    return next((words[start:] for start in range(len(words) - least + 1) if words[start:] in known), "")


def _bare_name(words: str, known: Container[str]) -> str:
    """The name of a text at the end of these words: the longest known one, else what follows the last leading word."""
    if name := _known_name(words, known, 2):
        return name
    cut = max((m.end() for m in _LEAD.finditer(words[:-1])), default=0)
    name = _YEAR.sub("", words[cut:].lstrip("（）()“”〈〉"))
    return "" if len(name) < 2 and name != "法" else name


# --- 前款, 本条 and the like without provisions behind them ---


def _relatives(text: str, found: Iterable[Citation]) -> list[Citation]:
    covered = sorted((c.start, c.end) for c in found)
    relatives = []
    for match in _RELATIVE.finditer(text):
        word, after = match["word"], match["after"]
        if word == "本条例" or after in "件线约目" and after:
            continue
        while covered and covered[0][1] <= match.start():
            covered.pop(0)
        if covered and covered[0][0] <= match.start():
            continue
        relatives.append(Citation("relative", word, (), match.start(), match.start() + len(word), word, quoted=False))
    return relatives


def is_generic(name: str) -> bool:
    """Whether a name is only a kind of text (条例, 办法): it means something only where a short name was defined."""
    return name in _GENERIC


# --- printing ---


def print_citation(name: str, provisions: Iterable[Provision] = ()) -> str:
    """A citation in the form that statutes use; reading it again gives the same provisions.

    >>> print_citation("行政处罚法", [Provision(ArticleNumber(30), 1, 2), Provision(ArticleNumber(30), 1, 4)])
    '《行政处罚法》第三十条第一款第（二）项、第（四）项'
    """
    text, before = f"《{name}》" if name else "", None
    for provision in provisions:
        first: Unit = _first_difference(before.to or before, provision) if before else "chapter"
        text += ("、" if before else "") + _printed(provision, first)
        if provision.to:
            text += f"至{_printed(provision.to, _first_difference(provision, provision.to))}"
        before = provision
    return text


def read_provisions(text: str) -> tuple[Provision, ...] | None:
    """The provisions that a text consists of (第三十条第一款第（二）项、第（四）项); None for anything else."""
    match = _COMPONENT.match(text)
    group = _group(text, match) if match else None
    return group.provisions if group and group.end == len(text) else None


def _first_difference(before: Provision, provision: Provision) -> Unit:
    """The highest unit that must be printed again behind `before`."""
    for at, unit in enumerate(_ORDER):
        if getattr(before, unit) != getattr(provision, unit):
            named = [u for u in _ORDER[at:] if getattr(provision, u) is not None]
            is_next = bool(named) and named[0] == unit and unit != "article"
            shared = any(getattr(before, u) is not None for u in _ORDER[:at])
            return unit if is_next and shared else "chapter"
    return "chapter"


def _printed(provision: Provision, first: Unit) -> str:
    words: dict[Unit, str] = {}
    if provision.chapter is not None:
        words["chapter"] = f"第{write_numeral(provision.chapter)}章"
    if provision.section is not None:
        words["section"] = f"第{write_numeral(provision.section)}节"
    if provision.article is not None:
        words["article"] = str(provision.article)
    if provision.paragraph is not None:
        words["paragraph"] = f"第{write_numeral(provision.paragraph)}款"
    if provision.item is not None:
        words["item"] = f"第（{write_numeral(provision.item)}）项"
    if provision.subitem is not None:
        words["subitem"] = f"第{provision.subitem}目"
    return "".join(words.get(unit, "") for unit in _ORDER[_ORDER.index(first) :])

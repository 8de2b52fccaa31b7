"""What a draft cites: every citation with what its name stands for, whether it is in force, and whether it points
somewhere.

In: a `Draft` and the catalog of statutes. Out: `Cited` values in order. Short names (以下简称《条例》) hold from
where they are defined; 同法 is the text cited last; 本办法第三条 and a bare 第三条 are looked up in the draft itself.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from typing_extensions import TypedDict

from review_flows.law.citations import (
    ArticleNumber,
    Citation,
    find_citations,
    is_generic,
)
from review_flows.law.statutes import Problem, Statute, Statutes, check, plain
from review_flows.text.cross_references import CrossReferences
from review_flows.text.draft import Block, Draft
from review_flows.text.findings import Place

NOT_LISTED = "目录未收录"
_DEFINED = re.compile(
    r"[（(][^（）()\n]{0,20}以下(?:均|一律)?(?:简称|称)为?\s?[：:]?\s?[《“\"「]?(?P<short>[^》”\"」）)，,；。\s]{1,40})"
)
_FORMER = re.compile(
    r"(?:原|旧|已废止的?|已失效的?|修订前的?|修改前的?|废止前的?|曾经?施行的?|年(?:公布|发布|施行)的原?)\s?[《“]?$"
)
_AT_THAT_TIME = re.compile(
    r"\s?(?:施行期间|实施期间|有效期间|施行时|施行以?前|废止以?前|废止以?后|已经?废止|已经?失效)"
)
_REPEALING = re.compile(
    r"(?:同时|即行|自行|一并|予以|均|已被?|自[^。；，]{2,30}起)\s?(?:被)?(?:废止|失效|作废|停止(?:执行|施行))|^废止|废止(?:的|了|《)|被废止"
)
_SENTENCE_END = re.compile("[。；\n]")
_REACH = 300  # characters of a sentence that are looked at around a citation
_QUOTES = re.compile(r"“[^”\n]{0,600}”")
_ONES = ("前款", "前条", "前项", "上款", "上条", "上一款", "上一条")


class CitedPlaceJson(TypedDict):
    """Where a citation stands."""

    article: str | None
    paragraph: int | None
    start: int
    end: int


class CitedJson(TypedDict):
    """One citation as `screen` tells it; `problem` null: nothing was found wrong with it."""

    text: str
    statute: str | None
    article: int | None
    article_label: str | None
    status: str | None
    problem: str | None
    place: CitedPlaceJson


@dataclass(frozen=True, slots=True)
class Cited:
    """One citation of a draft. `name` is the full title that it stands for, `article` one cited article (or None).

    `status` is that of the statute on the day of judging, 目录未收录 for a text that the catalog does not have, None
    for citations within the draft itself. `fault` says why a reference within the draft points nowhere, `doubt` why
    it may mean another article.
    """

    citation: Citation
    block: Block
    place: Place
    name: str
    article: ArticleNumber | None
    statute: Statute | None
    status: str | None
    problems: tuple[Problem, ...] = ()
    fault: str = ""
    doubt: str = ""
    is_former: bool = False

    def to_json(self) -> CitedJson:
        """As `screen --json` prints it."""
        sentences = [problem.sentence for problem in self.problems] + [
            text for text in (self.fault, self.doubt) if text
        ]
        return {
            "text": self.citation.text,
            "statute": self.statute.name if self.statute else self.name or None,
            "article": self.article.number if self.article else None,
            "article_label": str(self.article) if self.article else None,
            "status": self.status,
            "problem": "".join(sentences) or None,
            "place": {
                "article": self.place.article,
                "paragraph": self.place.paragraph,
                "start": self.place.start,
                "end": self.place.end,
            },
        }


@dataclass
class _Scope:
    """What names stand for at a point of the draft."""

    short_names: dict[str, str] = field(default_factory=dict)
    last: str = ""

    def full(self, name: str) -> str:
        return self.short_names.get(plain(name), name)


def cited_in(draft: Draft, statutes: Statutes, *, on: date) -> list[Cited]:
    """Every citation of the draft, one entry for each cited article, judged on the day `on`."""
    reader = _Reader(draft, statutes, on)
    return [
        cited
        for block in draft.blocks
        if block.kind not in ("contents", "chapter", "title")
        for cited in reader.block(block)
    ]


def cited_in_text(text: str, statutes: Statutes, *, on: date) -> list[Cited]:
    """The citations of a text that stands alone (a clause), judged on the day `on`; it has no articles of its own."""
    block = Block(1, "body", text)
    draft = Draft("", "", "", "", "", "", (block,))
    return _Reader(draft, statutes, on).block(block)


def citations_in(text: str, statutes: Statutes, known: Container[str] | None = None) -> list[Citation]:
    """Every citation of a text, laws named without 《》 and without a provision (依照合同法的规定) included.

    `known` are further names that count without 《》; those of the catalog always do.
    """
    found = find_citations(text, _Known(statutes, _Scope()) if known is None else known)
    if "法" in text or "条例" in text:
        taken = sorted((c.end, c.start) for c in found)
        for start, end in statutes.names_in(text):
            at = bisect_right(taken, (start, len(text)))
            if not (at < len(taken) and taken[at][1] < end) and not _inside_title(text, start):
                found.append(Citation("named", text[start:end], (), start, end, text[start:end], quoted=False))
    return sorted(found, key=lambda c: c.start)


class _Reader:
    def __init__(self, draft: Draft, statutes: Statutes, on: date) -> None:
        self._draft, self._statutes, self._on = draft, statutes, on
        self._written_on = min(draft.signed_on or on, on)
        self._scope = _Scope()
        self._cross_references = CrossReferences(draft)
        self._known = _Known(statutes, self._scope)
        self._own_titles = {
            plain(title) for title in (draft.title, draft.main_title, *(p.title for p in draft.parts)) if title
        }

    def block(self, block: Block) -> list[Cited]:
        """The citations of one block; the scope moves on."""
        text = block.body
        found = citations_in(text, self._statutes, self._known) if _may_cite(text) else []
        quoted = [m.span() for m in _QUOTES.finditer(text)] if "“" in text else []
        owners = [c.start for c in found if c.kind in ("named", "same")]
        out = [cited for c in found for cited in self._one(block, text, c, owners, quoted)]
        self._define(text)
        return out

    def _one(
        self, block: Block, text: str, citation: Citation, owners: Sequence[int], quoted: Sequence[tuple[int, int]]
    ) -> Iterator[Cited]:
        place = self._draft.place(block, block.content + citation.start, block.content + citation.end)
        if citation.kind in ("named", "same"):
            yield from self._named(block, place, text, citation)
        elif any(a < citation.start < b for a, b in quoted) or (
            citation.kind == "bare" and _has_owner_before(text, citation, owners)
        ):
            return
        else:
            fault = self._cross_references.fault(block, citation)
            doubt = "" if fault else self._cross_references.doubt(block, citation)
            for article in _articles(citation) or [None]:
                yield Cited(citation, block, place, "", article, None, None, fault=fault, doubt=doubt)

    # ---- other texts

    def _named(self, block: Block, place: Place, text: str, citation: Citation) -> Iterator[Cited]:
        name = self._scope.last if citation.kind == "same" else self._scope.full(citation.name)
        if citation.short and name:
            self._scope.short_names[plain(citation.short)] = name
        if not name or plain(name) in self._own_titles:
            return
        self._scope.last = name
        statute = self._statutes.named(name)
        is_former = self._is_former(text, citation)
        for article in _articles(citation) or [None]:
            problems = self._problems(name, article, citation) if not is_former else ()
            status = statute.status_on(self._on) if statute else NOT_LISTED
            yield Cited(citation, block, place, name, article, statute, status, problems, is_former=is_former)

    def _problems(self, name: str, article: ArticleNumber | None, citation: Citation) -> tuple[Problem, ...]:
        if not citation.quoted and name not in self._statutes:
            return ()
        if is_generic(plain(name)):
            return ()
        return tuple(check(self._statutes, name, article, on=self._on, written_on=self._written_on))

    def _is_former(self, text: str, citation: Citation) -> bool:
        """Whether the text speaks of a law of the past, or is itself repealing what it names."""
        if _FORMER.search(text, max(0, citation.start - 14), citation.start) or _AT_THAT_TIME.match(text, citation.end):
            return True
        start, end = max(0, citation.start - _REACH), citation.end + _REACH
        head = max(text.rfind(c, start, citation.start) for c in "。；") + 1 or start
        tail = _SENTENCE_END.search(text, citation.end, end)
        return bool(_REPEALING.search(text[head : tail.start() if tail else end]))

    def _define(self, text: str) -> None:
        """Short names that stand behind a name without 《》: 行政处罚法（以下简称处罚法）."""
        if "以下" not in text:
            return
        for match in _DEFINED.finditer(text):
            short = plain(match["short"])
            if short in self._scope.short_names:
                continue
            before = text[max(0, match.start() - 40) : match.start()]
            name = next((before[i:] for i in range(len(before) - 1) if before[i:] in self._statutes), None)
            if name:
                self._scope.short_names[short] = name


class _Known:
    """Names that count without 《》: those of the catalog, and short names that the draft has defined so far."""

    def __init__(self, statutes: Statutes, scope: _Scope) -> None:
        self._statutes, self._scope = statutes, scope

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name in self._scope.short_names or self._statutes.has_literally(name))


def _articles(citation: Citation) -> list[ArticleNumber | None]:
    found: list[ArticleNumber | None] = []
    for provision in citation.provisions:
        found += [p.article for p in (provision, provision.to) if p is not None]
    return list(dict.fromkeys(found))


def _may_cite(text: str) -> bool:
    return any(c in text for c in ("《", "条", "款", "项", "目", "章", "法"))


def _inside_title(text: str, at: int) -> bool:
    return text.rfind("《", max(0, at - 200), at) > text.rfind("》", max(0, at - 200), at)


def _has_owner_before(text: str, citation: Citation, owners: Sequence[int]) -> bool:
    """Whether another text is named shortly before in the sentence: a bare 第三条 then may be its third article."""
    at = bisect_left(owners, citation.start) - 1
    if at < 0 or citation.start - owners[at] > _REACH:
        return False
    return not _SENTENCE_END.search(text, owners[at], citation.start)

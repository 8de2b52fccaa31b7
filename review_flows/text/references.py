"""References inside an amended text: do they still point to the article that they meant?

In: the two drafts and which article became which. Out: whether a changed reference merely follows the renumbering, and
references that were forgotten: they stand in the new text as they stood in the old, while the article they mean has got
another number or is gone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from typing_extensions import TypedDict

from review_flows.law.citations import ArticleNumber, Citation, find_citations, read_provisions
from review_flows.law.numerals import NUMERAL
from review_flows.text.draft import Article
from review_flows.text.pieces import diff_text

_ARTICLE = re.compile(rf"第\s?{NUMERAL}\s?条(?:之[一二三四五六七八九十]{{1,3}})?")
_TREATIES = ("条约", "公约", "协定", "议定书")  # cited without 《》; their articles are not ours
_AROUND = 1  # character on either side that must be unmarked, too, before a reference counts as untouched

Key = tuple[int, ArticleNumber]  # part of the draft, number: an annex counts its articles anew


class ForgottenJson(TypedDict):
    """A forgotten reference as a finding of `redline`."""

    kind: str
    article: str
    text: str
    old_target: str
    should_be: list[str]
    message: str


@dataclass(frozen=True, slots=True)
class ForgottenReference:
    """A reference in the new text that still has the old number of what it means.

    `should_be` is empty when that is gone.
    """

    article: str
    text: str
    old_target: str
    should_be: tuple[str, ...]

    @property
    def message(self) -> str:
        """The finding as one sentence."""
        if not self.should_be:
            return f"{self.article}仍引用“{self.text}”，但原{self.old_target}已被删去，请核对该引用。"
        new = "、".join(self.should_be)
        return f"{self.article}仍引用“{self.text}”，但原{self.old_target}现为{new}，疑为条文序号调整后漏改。"

    def to_json(self) -> ForgottenJson:
        return {
            "kind": "reference.forgotten",
            "article": self.article,
            "text": self.text,
            "old_target": self.old_target,
            "should_be": list(self.should_be),
            "message": self.message,
        }


class Renumbering:
    """Old number → new numbers of every article."""

    def __init__(self, old: Sequence[Article], new: Sequence[Article], links: Iterable[tuple[int, int]]) -> None:
        self._old, self._new = old, new
        self._links = tuple(links)
        self._became: dict[Key, list[ArticleNumber]] = {(a.part, a.number): [] for a in old}
        for i, j in self._links:
            self._became[old[i].part, old[i].number].append(new[j].number)

    def follows(self, part: int, old: str, new: str) -> bool:
        """Is the reference `new` the reference `old`, only under the new number of the article it means?"""
        before, after = _targets(find_citations(old)), _targets(find_citations(new))
        return (
            bool(before)
            and len(before) == len(after)
            and before != after
            and all(b in self._became.get((part, a), ()) for a, b in zip(before, after, strict=True))
            and _without_numbers(old) == _without_numbers(new)
        )

    def forgotten(self) -> Iterator[ForgottenReference]:
        """References that the new text took over although what they mean is now elsewhere.

        In the order of the new text.
        """
        sources: dict[int, list[int]] = defaultdict(list)
        for i, j in self._links:
            sources[j].append(i)
        for j in sorted(sources):
            yield from self._forgotten_in(self._new[j], [self._old[i] for i in sources[j]])

    def _forgotten_in(self, article: Article, sources: Sequence[Article]) -> Iterator[ForgottenReference]:
        """A citation is right when an old one has become it; else what is untouched in it still means what it meant."""
        part, before = sources[0].part, "\n".join(source.text for source in sources)
        pool = list(_citations(before))
        if not pool:
            return
        kept: list[tuple[int, int]] | None = None
        for citation in _citations(article.text):
            was = next((old for old in pool if self._became_all(part, old.targets, citation.targets)), None)
            if was is not None:
                pool.remove(was)
                continue
            kept = _kept(before, article.text) if kept is None else kept
            for target, (start, end) in zip(citation.targets, citation.places, strict=True):
                became = self._new_numbers(part, target)
                around = max(0, start - _AROUND), min(len(article.text), end + _AROUND)
                untouched = any(first <= around[0] and around[1] <= last for first, last in kept)
                if untouched and (part, target) in self._became and target not in became:
                    yield ForgottenReference(article.label, citation.text, str(target), tuple(map(str, became)))

    def _became_all(self, part: int, old: Sequence[ArticleNumber], new: Sequence[ArticleNumber]) -> bool:
        return len(old) == len(new) and all(b in self._new_numbers(part, a) for a, b in zip(old, new, strict=True))

    def _new_numbers(self, part: int, number: ArticleNumber) -> list[ArticleNumber]:
        return self._became.get((part, number), [])


@dataclass(frozen=True, slots=True)
class _Own:
    """A citation of articles of the text itself (本办法第三条、第五条): each article, and where it stands.

    A place begins with 本办法 where that is written before the number.
    """

    text: str
    targets: tuple[ArticleNumber, ...]
    places: tuple[tuple[int, int], ...]


def _citations(text: str) -> Iterator[_Own]:
    for citation in find_citations(text) if "条" in text else ():
        treaty = citation.kind == "bare" and text[: citation.start].endswith(_TREATIES)
        if citation.kind not in ("own", "bare") or treaty:
            continue
        targets, places = [], []
        for match in _ARTICLE.finditer(text, citation.start, citation.end):
            provisions = read_provisions(match.group())
            if provisions and provisions[0].article:
                first = match.start() - citation.start <= len(citation.name)
                targets.append(provisions[0].article)
                places.append((citation.start if first else match.start(), match.end()))
        if targets:
            yield _Own(citation.text, tuple(targets), tuple(places))


def _kept(old: str, new: str) -> list[tuple[int, int]]:
    """The stretches of the new text that no mark touches."""
    spans, at = [], 0
    for piece in diff_text(old, new):
        if piece.kind == "equal":
            spans.append((at, at + len(piece.text)))
        at += len(piece.text) if piece.kind != "delete" else 0
    return spans


def _targets(citations: Iterable[Citation]) -> list[ArticleNumber]:
    """The articles cited; of a range its two ends."""
    out: list[ArticleNumber] = []
    for citation in citations:
        for provision in citation.provisions:
            ends = (provision, provision.to) if provision.to else (provision,)
            out += [p.article for p in ends if p.article and (not out or out[-1] != p.article)]
    return out


def _without_numbers(text: str) -> list[tuple[int | None, ...]]:
    return [(p.paragraph, p.item, p.subitem) for c in find_citations(text) for p in c.provisions]

"""References of a draft to itself (本办法第三条, 前款, 本条第二款): whether they point somewhere, and to the right
place.

In: a `Draft` and a citation of the kinds own, bare or relative. Out: a Chinese sentence that says why the reference
points nowhere (`fault`), or why it may mean another article (`doubt`); empty where nothing speaks against it.
"""

import re
from collections.abc import Mapping
from functools import cached_property

from review_flows.law.citations import ArticleNumber, Citation, Provision
from review_flows.law.numerals import write_numeral
from review_flows.text.draft import Article, Block, Draft, Paragraph

_FORMER_PARAGRAPH = ("前款", "上款", "上一款")
_FORMER_PARAGRAPHS: Mapping[str, int] = {"前两款": 2, "前二款": 2, "前三款": 3}
_FORMER_ARTICLE = ("前条", "上条", "上一条")
# What the cited article is said to hold: 第七条规定的补贴标准.
_MATTER = re.compile(
    r"\s?(?:所)?(?:规定|列明|明确|所列|列出|确定)的(?P<matter>[一-鿿]{3,8}?)"
    r"(?=[，。；、的（]|$|进行|办理|实施|执行|应当|可以|不得|和|或者|与|之一|申请)"
)
_CITES = re.compile(r"第[〇零一二三四五六七八九十百千\d]{1,8}条")
_NEIGHBOURS = 2  # articles; one that was moved by an insertion stands no farther from its old number


class CrossReferences:
    """The articles, chapters and items that references within one draft can point to."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    @cached_property
    def _articles(self) -> Mapping[tuple[int, ArticleNumber], Article]:
        return {(article.part, article.number): article for article in reversed(self._draft.articles)}

    @cached_property
    def _last(self) -> Mapping[int, Article]:
        return {article.part: article for article in self._draft.articles}

    @cached_property
    def _chapters(self) -> frozenset[tuple[int, int]]:
        return frozenset((c.part, c.number) for c in self._draft.chapters if c.unit == "章")

    # ---- nowhere

    def fault(self, block: Block, citation: Citation) -> str:
        """Why the reference points nowhere."""
        here = self._draft.article_of(block)
        if here is None or block.kind in ("table", "note"):
            return ""
        if citation.kind == "relative":
            paragraph = _paragraph_of(here, block)
            return "" if _means_the_lead(block, paragraph) else _relative_fault(here, paragraph, citation)
        ends = (end for p in citation.provisions if _says_where(p) for end in (p, p.to) if end is not None)
        return next((fault for end in ends if (fault := self._provision_fault(here, end))), "")

    def _provision_fault(self, here: Article, provision: Provision) -> str:
        if provision.chapter is not None:
            has_chapters = any(part == here.part for part, _ in self._chapters)
            missing = has_chapters and (here.part, provision.chapter) not in self._chapters
            return f"本文没有第{write_numeral(provision.chapter)}章。" if missing else ""
        if provision.article is None:
            return _within(here, provision)
        target = self._articles.get((here.part, provision.article))
        if target is None:
            return f"本文没有{provision.article}（最后一条是{self._last[here.part].label}）。"
        return _within(target, provision)

    # ---- the wrong place

    def doubt(self, block: Block, citation: Citation) -> str:
        """Why the reference may mean another article: what it is said to hold stands in its neighbour instead."""
        here = self._draft.article_of(block)
        match = _MATTER.match(block.body, citation.end) if here and len(citation.provisions) == 1 else None
        number = citation.provisions[0].article if match else None
        target = self._articles.get((here.part, number)) if here and number else None
        if here is None or match is None or target is None:
            return ""
        matter = match["matter"]
        if matter[-2:] in target.text:
            return ""
        near = self._neighbour_with(matter, target, here)
        return f"{target.label}没有写到“{matter}”，{near.label}写到，请核对条号。" if near else ""

    def _neighbour_with(self, matter: str, target: Article, here: Article) -> Article | None:
        for away in (1, -1, _NEIGHBOURS, -_NEIGHBOURS):
            near = self._articles.get((target.part, ArticleNumber(target.number.number + away)))
            if near is not None and near is not here and matter in near.text:
                return near
        return None


def _says_where(provision: Provision) -> bool:
    """第二项 alone belongs to whatever the sentence before spoke of."""
    return not (provision.article is None and provision.paragraph is None and provision.chapter is None)


def _paragraph_of(article: Article, block: Block) -> Paragraph:
    return next(
        (p for p in article.paragraphs if any(b.number == block.number for b in p.blocks)), article.paragraphs[0]
    )


def _means_the_lead(block: Block, paragraph: Paragraph) -> bool:
    """In a list behind 违反本条例第十九条规定 …： 本条第二款 means the article that the lead-in cites."""
    return block.kind in ("item", "subitem") and _CITES.search(paragraph.blocks[0].body) is not None


def _relative_fault(here: Article, paragraph: Paragraph, citation: Citation) -> str:
    word = citation.name
    if word in _FORMER_ARTICLE:
        return f"{word}没有所指：这里是第一条。" if here.number == ArticleNumber(1) else ""
    if word == "本条":
        return next((fault for p in citation.provisions if (fault := _within(here, p))), "")
    if (wanted := _FORMER_PARAGRAPHS.get(word)) and paragraph.number <= wanted:
        return f"{word}没有所指：前面只有{paragraph.number - 1}款。"
    if word not in _FORMER_PARAGRAPH:
        return ""
    if paragraph.number == 1:
        return "" if citation.provisions else f"{word}没有所指：这里是{here.label}的第一款。"
    former = here.paragraphs[paragraph.number - 2]
    return next((fault for p in citation.provisions if (fault := _item_fault(here, former, p))), "")


def _within(article: Article, provision: Provision) -> str:
    """Why the article has no such paragraph or item; items without 款 may stand in any paragraph."""
    if provision.paragraph is not None:
        if provision.paragraph > len(article.paragraphs):
            return f"{article.label}只有{len(article.paragraphs)}款，没有第{write_numeral(provision.paragraph)}款。"
        return _item_fault(article, article.paragraphs[provision.paragraph - 1], provision)
    if provision.item is not None and all(_item_fault(article, p, provision) for p in article.paragraphs):
        return f"{article.label}没有第（{write_numeral(provision.item)}）项。"
    return ""


def _item_fault(article: Article, paragraph: Paragraph, provision: Provision) -> str:
    if provision.item is None or any(item.number == provision.item for item in paragraph.items):
        return ""
    return f"{article.label}第{write_numeral(paragraph.number)}款没有第（{write_numeral(provision.item)}）项。"

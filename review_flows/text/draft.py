"""A draft as lawyers see it: parts, chapters, articles (条), paragraphs (款), items (项), subitems (目) and the frame
around.

Everything here is a frozen value made by `structure.build`; `reading.read` makes one from a file. A `Block` is one
paragraph of the file (a Word paragraph or table row, a line of a text file); an `Article` groups blocks. Places are
given as lawyers cite them: article, paragraph within the article, characters within that paragraph.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

from review_flows.law.citations import ArticleNumber
from review_flows.text.findings import Place

BlockKind = Literal[
    "mark",  # 份号、密级、紧急程度、发文机关标志
    "document_number",
    "title",
    "caption",  # 题注
    "addressee",
    "contents",  # 目录
    "chapter",  # 编、分编、章、节
    "article",
    "paragraph",  # a further paragraph of an article
    "item",  # （一）
    "subitem",  # 1.
    "outline",  # 一、（一）1.（1） of a text without articles; `level` says which
    "body",  # a paragraph outside articles
    "table",  # one row; cells divided by tabs
    "signature",
    "date",
    "annex",  # the heading 附件1
    "imprint",  # 版记：抄送、印发
    "note",  # footnote, endnote
]


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph of the file. `text` has the number that Word shows; `label` is that number (第三条, （一）), or
    empty.

    `number` counts from 1 through the draft (¶12); `content` is where the words after the label begin; `where` tells a
    person where in the file to look; `look` is how Word sets it, comparable and no more; `level` is 1–4 in chapters
    (编 分编 章 节) and outlines (一、 （一） 1. （1）).
    """

    number: int
    kind: BlockKind
    text: str
    label: str = ""
    content: int = 0
    where: str = ""
    style: str = ""
    level: int = 0
    look: str = ""

    @property
    def body(self) -> str:
        """The text without its label."""
        return self.text[self.content :]


@dataclass(frozen=True, slots=True)
class Subitem:
    """目: 1. 2. 3. within an item; `text` is without the label."""

    label: str
    number: int
    text: str
    block: int


@dataclass(frozen=True, slots=True)
class Item:
    """项: （一）（二）; `text` is without the label and without the subitems."""

    label: str
    number: int
    text: str
    block: int
    subitems: tuple[Subitem, ...] = ()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """款: an unnumbered paragraph of an article with its items; `number` counts from 1.

    `text` is what places are counted in: the words after the article's label, then items, subitems and table rows with
    their labels, each on a line of its own. `starts` are the places where its `blocks` begin in it.
    """

    number: int
    text: str
    items: tuple[Item, ...]
    blocks: tuple[Block, ...]
    starts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """条. `label` is 第三条 in Chinese numerals whatever the text writes, `written` what it writes (第3条, 第 三 条).

    `part` is the place of its part in `Draft.parts`; `chapter` the label of the chapter it stands in, or None.
    """

    label: str
    number: ArticleNumber
    written: str
    paragraphs: tuple[Paragraph, ...]
    chapter: str | None
    part: int
    block: int

    @property
    def text(self) -> str:
        """All paragraphs, without the article's label."""
        return "\n".join(paragraph.text for paragraph in self.paragraphs)


@dataclass(frozen=True, slots=True)
class Chapter:
    """编, 分编, 章 or 节: its label (第二章), unit, number, title, the part it stands in and its block."""

    label: str
    unit: str
    number: int
    title: str
    part: int
    block: int


@dataclass(frozen=True, slots=True)
class Annex:
    """An annex (附件) in the file: its label, title and its blocks, first and last."""

    label: str
    title: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Part:
    """A run of blocks with articles or an outline of its own: the notice, the text that it issues, an annex."""

    kind: Literal["cover", "main", "annex"]
    title: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Signature:
    """署名和成文日期: issuers as written, the date, their blocks; the date is None where it cannot be one."""

    issuers: tuple[str, ...]
    signed_on: date | None
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence of the frame (施行, 有效期, 解释, 废止): its place, and what it says as far as that is read.

    `on` is the date it names; `words` what it names instead (自印发之日, 两年, the interpreting organ, the repealed
    title).
    """

    place: Place
    text: str
    on: date | None = None
    words: str = ""


@dataclass(frozen=True)
class Draft:
    """One document, read once. `title` is that of the whole paper, `main_title` that of the text with the rules in it.

    `signature` is that of the paper; further ones (of annexes, of a text that repeats them) stand in `signatures`.
    """

    sha256: str
    name: str
    title: str
    main_title: str
    document_number: str
    addressee: str
    blocks: tuple[Block, ...]
    parts: tuple[Part, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    articles: tuple[Article, ...] = ()
    annexes: tuple[Annex, ...] = ()
    signatures: tuple[Signature, ...] = ()
    printed_on: date | None = None
    effective: tuple[Clause, ...] = ()
    validity: tuple[Clause, ...] = ()
    interpretation: tuple[Clause, ...] = ()
    repeal: tuple[Clause, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def signature(self) -> Signature | None:
        """The first signature with a date, that of the paper itself."""
        return self.signatures[0] if self.signatures else None

    @property
    def signed_on(self) -> date | None:
        """成文日期."""
        return self.signature.signed_on if self.signature else None

    @cached_property
    def text(self) -> str:
        """All blocks, one a line, as a reader sees them."""
        return "\n".join(block.text for block in self.blocks)

    @cached_property
    def _in_articles(self) -> dict[int, tuple[Article, Paragraph, int]]:
        """Block number → its article, paragraph and the place in the paragraph's text where the block begins."""
        return {
            block.number: (article, paragraph, start)
            for article in self.articles
            for paragraph in article.paragraphs
            for block, start in zip(paragraph.blocks, paragraph.starts, strict=True)
        }

    def article_of(self, block: Block) -> Article | None:
        """The article that a block belongs to."""
        found = self._in_articles.get(block.number)
        return found[0] if found else None

    def place(self, block: Block, start: int, end: int) -> Place:
        """The place of characters `start`–`end` of a block's text, as lawyers cite it."""
        words = block.text[start:end]
        found = self._in_articles.get(block.number)
        if found is None:
            return Place(None, block.number, start, end, words)
        article, paragraph, begins = found
        cut = block.content if block.kind == "article" else 0
        offset = begins - cut
        return Place(article.label, paragraph.number, max(0, start + offset), max(0, end + offset), words)

    def place_in(self, article: Article, paragraph: Paragraph, start: int, end: int) -> Place:
        """The place of characters of a paragraph's text."""
        return Place(article.label, paragraph.number, start, end, paragraph.text[start:end])

    def block_at(self, paragraph: Paragraph, offset: int) -> Block:
        """The block in which a character of the paragraph's text stands."""
        return paragraph.blocks[bisect_right(paragraph.starts, offset) - 1]

    def article(self, label: str, part: int | None = None) -> Article | None:
        """The first article of this label, in one part or anywhere."""
        return next((a for a in self.articles if a.label == label and part in (None, a.part)), None)

    def units(self) -> Iterator[tuple[Article | None, Paragraph]]:
        """Every paragraph, in order: those of articles, and each other block as a paragraph of its own."""
        seen: set[int] = set()
        for block in self.blocks:
            found = self._in_articles.get(block.number)
            if found is None:
                yield None, Paragraph(block.number, block.text, (), (block,), (0,))
            elif id(found[1]) not in seen:
                seen.add(id(found[1]))
                yield found[0], found[1]

"""Lines of a file → the `Draft`: chapters, articles, paragraphs, items and the parts that they stand in.

The second of two passes: `frame` has named what surrounds the rules; this one walks what is left and opens chapters,
articles, paragraphs, items. Linear in the length of the text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from review_flows.law.citations import ArticleNumber
from review_flows.text import clauses
from review_flows.text.draft import (
    Annex,
    Article,
    Block,
    BlockKind,
    Chapter,
    Draft,
    Item,
    Paragraph,
    Part,
    Subitem,
)
from review_flows.text.frame import Frame, Line, compact
from review_flows.text.marks import Mark, annex_mark, article_mark, is_cited, list_mark, unit_mark

_RUN_ON = re.compile(
    r"(?<=[。；])[ 　]{1,8}(?=第[〇零一二三四五六七八九十百千\d]{1,10}[条章节][ 　])"
    r"|(?<=[^。；，：])[ 　]{2,8}(?=第[〇零一二三四五六七八九十百千\d]{1,10}条[ 　])"
)
_HEADING_RUN_ON = re.compile(
    r"(第[〇零一二三四五六七八九十百\d]{1,6}[章节]\s{1,4}[^\s。]{1,20}(?:\s[^\s。]{1,8})?)\s{1,8}(第[〇零一二三四五六七八九十百千\d]{1,10}条\s.*)",
    re.S,
)


def build(lines: Sequence[Line], *, sha256: str, name: str, notes: Sequence[str] = ()) -> Draft:
    """The draft that these lines make; blank lines are left out, nothing else is lost."""
    kept = [piece for line in lines if line.text.strip() for piece in _pieces(line)]
    frame = Frame(kept)
    frame.find()
    walk = _Walk(kept, frame)
    walk.all()
    draft = Draft(
        sha256=sha256,
        name=name,
        title=frame.title,
        main_title=_main_title(walk.parts, frame.title),
        document_number=frame.document_number,
        addressee=frame.addressee,
        blocks=tuple(walk.blocks),
        parts=tuple(walk.parts),
        chapters=tuple(walk.chapters),
        articles=tuple(walk.articles),
        annexes=tuple(_annexes(walk)),
        signatures=tuple(frame.signatures),
        printed_on=frame.printed_on,
        notes=tuple(notes),
    )
    return replace(draft, **clauses.find(draft))


def _main_title(parts: Sequence[Part], title: str) -> str:
    return next((part.title for part in parts if part.kind == "main" and part.title), title)


def _annexes(walk: "_Walk") -> Iterator[Annex]:
    for part in walk.parts:
        heading = walk.blocks[part.first - 1]
        if heading.kind == "annex":
            yield Annex(heading.label, part.title, part.first, part.last)


def _pieces(line: Line) -> Iterator[Line]:
    """A line, cut before every article that runs on in it (第一章　总则　　第一条　…; …。　第四条　…)."""
    if line.is_row or "条" not in line.text:
        yield line
        return
    for piece in _RUN_ON.split(line.text):
        heading = _HEADING_RUN_ON.match(piece)
        for text in heading.groups() if heading else (piece,):
            yield replace(line, text=text)


@dataclass
class _Open:
    """An article while its blocks come in: paragraphs, each a list of blocks."""

    mark: Mark
    chapter: str | None
    part: int
    block: int
    paragraphs: list[list[Block]] = field(default_factory=list)


_OUTLINE_LEVELS = {"chinese": 1, "chinese_bracketed": 2, "arabic": 3, "decimal": 3, "arabic_bracketed": 4, "circled": 4}
_UNIT_LEVELS = {"编": 1, "部分": 1, "分编": 2, "章": 3, "节": 4}


class _Walk:
    """The second pass: blocks in order, articles opened and closed."""

    def __init__(self, lines: Sequence[Line], frame: Frame) -> None:
        self.lines, self.frame = lines, frame
        self.blocks: list[Block] = []
        self.parts: list[Part] = []
        self.chapters: list[Chapter] = []
        self.articles: list[Article] = []
        self._open: _Open | None = None
        self._chapter: str | None = None
        self._last: ArticleNumber | None = None
        self._list_kinds: list[str] = []
        self._starts: list[tuple[int, str]] = []

    def all(self) -> None:
        for at, line in enumerate(self.lines):
            if at in self.frame.parts:
                self._start_part(at, self.frame.parts[at])
            self._one(at, line)
        self._close()
        self._finish_parts()

    def _one(self, at: int, line: Line) -> None:
        text = line.text.strip()
        kind = self.frame.kinds.get(at)
        if kind in ("table", "note") and not (kind == "note" and self._open):
            self._add(self._block(line, text, kind))
        elif kind is not None:
            self._close()
            mark = annex_mark(text) if kind == "annex" else None
            self._add(self._block(line, text, kind, mark))
        else:
            self._rule(line, text)

    def _rule(self, line: Line, text: str) -> None:
        if (unit := unit_mark(text)) is not None:
            self._unit(line, text, unit)
            return
        mark = article_mark(text)
        if mark is not None and self._opens(text, mark):
            self._article(line, text, mark)
            return
        listed = list_mark(text)
        if self._open is None:
            level = _OUTLINE_LEVELS[listed.kind] if listed else 0
            self._add(self._block(line, text, "outline" if listed else "body", listed, level))
        elif listed is None:
            self._list_kinds = []
            self._add(self._block(line, text, "paragraph"))
        else:
            self._add(self._block(line, text, self._item_kind(listed), listed))

    def _item_kind(self, mark: Mark) -> BlockKind:
        """The first class of marks in a paragraph counts its items; others stand below it."""
        if not self._list_kinds:
            self._list_kinds = [mark.kind]
        return "item" if mark.kind == self._list_kinds[0] else "subitem"

    # ---- parts and chapters

    def _start_part(self, at: int, title: str) -> None:
        self._close()
        self._starts.append((len(self.blocks) + 1, title))
        self._chapter, self._last = None, None

    def _finish_parts(self) -> None:
        if not self._starts:
            return
        ends = [first - 1 for first, _ in self._starts[1:]] + [len(self.blocks)]
        main = self._main_part()
        for index, ((first, title), last) in enumerate(zip(self._starts, ends, strict=True)):
            kind = "main" if index == main else "annex" if index > main else "cover"
            self.parts.append(Part(kind, title or (self.frame.title if index == 0 else ""), first, last))  # type: ignore[arg-type]

    def _main_part(self) -> int:
        """The first part with articles; without articles the second part of a covering notice, or the only one."""
        with_articles = {article.part for article in self.articles}
        if with_articles:
            return min(with_articles)
        later = [i for i, (first, _) in enumerate(self._starts) if i and self.blocks[first - 1].kind != "annex"]
        outlined = (
            any(b.kind == "outline" and b.level == 1 for b in self.blocks[: self._starts[later[0]][0] - 1])
            if later
            else True
        )
        return later[0] if later and not outlined else 0

    def _unit(self, line: Line, text: str, mark: Mark) -> None:
        self._close()
        label = "".join(mark.label.split())
        block = self._block(line, text, "chapter", mark, _UNIT_LEVELS[mark.kind])
        self._add(block)
        self.chapters.append(Chapter(label, mark.kind, mark.number, compact(block.body), self._part, block.number))
        self._chapter = label

    @property
    def _part(self) -> int:
        return len(self._starts) - 1

    # ---- articles

    def _opens(self, text: str, mark: Mark) -> bool:
        """Whether 第三条 opens an article: set off by a blank or next in the count, and not cited (第三条第一款…)."""
        follows = self._follows(ArticleNumber(mark.number, mark.sub))
        set_off = mark.content > len(mark.label) or len(text) == len(mark.label)
        if is_cited(text, mark):
            behind = text[len(mark.label) :]
            return follows and (set_off or behind.startswith(("：", ":")) or behind[:1] == "、" and behind[1:2] != "第")
        return set_off or follows

    def _follows(self, number: ArticleNumber) -> bool:
        if self._last is None or number.number == 1:
            return number == ArticleNumber(1)
        if number.sub:
            return number.number == self._last.number and number.sub == self._last.sub + 1
        return number.number == self._last.number + 1

    def _article(self, line: Line, text: str, mark: Mark) -> None:
        self._close()
        if mark.number == 1 and not mark.sub and self._last is not None:
            self._restart()
        self._last = ArticleNumber(mark.number, mark.sub)
        block = self._block(line, text, "article", mark)
        self._open = _Open(mark, self._chapter, self._part, block.number)
        self._list_kinds = []
        self._add(block)

    def _restart(self) -> None:
        """Articles count from 第一条 again: a further text begins, at its title where there is one."""
        first = len(self.blocks) + 1
        lowest = self._starts[-1][0] + 1
        while (
            first > lowest
            and self.blocks[first - 2].kind in ("chapter", "title")
            and self.blocks[first - 2].number > self._articles_end()
        ):
            first -= 1
        title = next((b.text for b in self.blocks[first - 1 :]), "")
        self._starts.append((first, compact(title)))
        self._last = None
        self.chapters = [replace(c, part=self._part) if c.block >= first else c for c in self.chapters]

    def _articles_end(self) -> int:
        return self.articles[-1].paragraphs[-1].blocks[-1].number if self.articles else 0

    def _block(self, line: Line, text: str, kind: BlockKind, mark: Mark | None = None, level: int = 0) -> Block:
        label, content = (mark.label, mark.content) if mark else ("", 0)
        return Block(len(self.blocks) + 1, kind, text, label, content, line.where, line.style, level, line.look)

    def _add(self, block: Block) -> None:
        self.blocks.append(block)
        if self._open is None:
            return
        paragraphs = self._open.paragraphs
        if block.kind == "paragraph" and self._is_alone(paragraphs):
            paragraphs[-1].append(block)  # the article's label stood alone on its line
        elif block.kind in ("article", "paragraph") or not paragraphs:
            paragraphs.append([block])
        else:
            paragraphs[-1].append(block)

    @staticmethod
    def _is_alone(paragraphs: Sequence[Sequence[Block]]) -> bool:
        return len(paragraphs) == 1 and len(paragraphs[0]) == 1 and not paragraphs[0][0].body

    def _close(self) -> None:
        if self._open is None:
            return
        opened, self._open = self._open, None
        number = ArticleNumber(opened.mark.number, opened.mark.sub)
        paragraphs = tuple(_paragraph(n, blocks) for n, blocks in enumerate(opened.paragraphs, 1))
        written = opened.mark.label
        self.articles.append(
            Article(str(number), number, written, paragraphs, opened.chapter, opened.part, opened.block)
        )


def _paragraph(number: int, blocks: Sequence[Block]) -> Paragraph:
    texts = [block.body if block.kind == "article" else block.text for block in blocks]
    starts, at = [], 0
    for text in texts:
        starts.append(at)
        at += len(text) + 1
    return Paragraph(number, "\n".join(texts), tuple(_items(blocks)), tuple(blocks), tuple(starts))


def _items(blocks: Sequence[Block]) -> Iterator[Item]:
    item: Block | None = None
    below: list[Subitem] = []
    for block in blocks:
        if block.kind == "item":
            if item is not None:
                yield _item(item, below)
            item, below = block, []
        elif block.kind == "subitem" and item is not None:
            below.append(Subitem(block.label, _number(block), block.body, block.number))
    if item is not None:
        yield _item(item, below)


def _item(block: Block, below: Sequence[Subitem]) -> Item:
    return Item(block.label, _number(block), block.body, block.number, tuple(below))


def _number(block: Block) -> int:
    mark = list_mark(block.text)
    return mark.number if mark else 0

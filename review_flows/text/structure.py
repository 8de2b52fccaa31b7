"""Lines of a file → the `Draft`: what each line is, which part and article it belongs to, and the frame around them.

Two passes. The first names what the frame is made of (number, title, addressee, signatures, annexes, imprint,
contents); the second walks what is left and opens chapters, articles, paragraphs, items. A line is judged by its form
and by what stands around it, never by the subject of the text. Linear in the length of the text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from review_flows.law.citations import ArticleNumber
from review_flows.law.document_numbers import read_document_number
from review_flows.text import clauses
from review_flows.text.dates import DATE, read_date
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
    Signature,
    Subitem,
)
from review_flows.text.marks import Mark, annex_mark, article_mark, is_cited, list_mark, unit_mark

_HEAD = 25  # lines: the frame of a paper stands within these
_ISSUERS = 6  # organs that sign together
_LONGEST_ORGAN = 40
_LONGEST_TITLE_LINE = 60
_SENTENCE_END = "。；：！？:;，,、"
_ORGAN = re.compile(
    r"(?:政府|局|府|室|厅|委|委员会|院|部|办|办公室|会|会议|处|中心|总队|支队|大队|公司|党组|站|所|馆|署|银行|集团|组|小组|"
    r"指挥部|专班|科|股|学校|大学|街道|乡|镇|总社|协会|庭|人大|政协|机关|管委会|联合会)(?:（(?:代章|盖章|印章|章|公章)）|\(盖章\))?$"
)
_TITLE_END = re.compile(
    r"(?:通知|通告|公告|办法|规定|意见|细则|方案|决定|决议|条例|规则|批复|函|合同|协议|协议书|合同书|报告|纪要|措施|标准|规范|规程|计划|"
    r"规划|指南|指引|制度|章程|清单|名单|图|表|书|目录|法|解释|说明|答复|命令|令|办法（试行）|（[^（）]{1,12}）|\([^()]{1,12}\))$"
)
_ISSUER_MARK = re.compile(r"^[\u4e00-\u9fff\s]{4,40}文\s{0,4}件$")
_HEAD_MARK = re.compile(
    r"^(?:特\s?急|加\s?急|平\s?急|急\s?件|机\s?密|秘\s?密|绝\s?密)(?:★.{0,12})?$|^\d{6,7}$|^签发人[：:]"
)
_ADDRESSEE = re.compile(r"^(?:各|[\u4e00-\u9fff]{2,30}(?:[、，,]|：$|:$))")
_IMPRINT = re.compile(r"^(?:抄\s?送|抄\s?报|主\s?送|分\s?送|印\s?发)\s?[：:]|(?:印发|编印|印制)$")
_CONTENTS = re.compile(r"^目\s{0,6}[录次]$")
_CAPTION = re.compile(r"通过|修订|修正|公布|发布|施行|批准|令第|起实施")
_ISSUED = re.compile(
    r"(?:印发|发布|公布|批转|转发)(?:《(?P<quoted>(?:[^《》]|《[^《》]{1,80}》){2,120})》"
    r"|(?P<plain>[^《》]{4,100}?)的(?:通知|公告|通告|决定)$)"
)
_PERSON = re.compile(
    r"^(?:代理?|副)?(?:总理|主席|部长|省长|市长|州长|区长|县长|镇长|主任|局长|厅长|署长|行长|会长)\s{1,6}[一-鿿·\s]{2,12}$"
)
_RELEASE = re.compile(r"^[（(][^（()）]{2,30}(?:公开|发布|印发|删减|刊登)[^（()）]{0,20}[)）]$")
_ORDER_NUMBER = re.compile(r"[（(]?\s?第\s?[\d〇零一二三四五六七八九十百]{1,8}\s?号\s?[)）]?")
_RUN_ON = re.compile(
    r"(?<=[。；])[ 　]{1,8}(?=第[〇零一二三四五六七八九十百千\d]{1,10}[条章节][ 　])"
    r"|(?<=[^。；，：])[ 　]{2,8}(?=第[〇零一二三四五六七八九十百千\d]{1,10}条[ 　])"
)
_HEADING_RUN_ON = re.compile(
    r"(第[〇零一二三四五六七八九十百\d]{1,6}[章节]\s{1,4}[^\s。]{1,20}(?:\s[^\s。]{1,8})?)\s{1,8}(第[〇零一二三四五六七八九十百千\d]{1,10}条\s.*)",
    re.S,
)
_BLANKS = re.compile(r"\s+")
_DATE_LINE = re.compile(rf"(?P<organ>[^\d〇○零]{{0,{_LONGEST_ORGAN}}}?)\s{{0,20}}(?P<date>{DATE})")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file before it is understood; `is_row`, `is_note` and `look` come from Word."""

    text: str
    where: str
    style: str = ""
    centred: bool = False
    is_row: bool = False
    is_note: bool = False
    look: str = ""


def build(lines: Sequence[Line], *, sha256: str, name: str, notes: Sequence[str] = ()) -> Draft:
    """The draft that these lines make; blank lines are left out, nothing else is lost."""
    kept = [piece for line in lines if line.text.strip() for piece in _pieces(line)]
    frame = _Frame(kept)
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
    if line.is_row or "条" not in line.text or not _RUN_ON.search(line.text):
        yield line
        return
    for piece in _RUN_ON.split(line.text):
        heading = _HEADING_RUN_ON.match(piece)
        yield from (replace(line, text=text) for text in (heading.groups() if heading else (piece,)))


def compact(text: str) -> str:
    """The text without blanks: titles are compared so."""
    return _BLANKS.sub("", text)


class _Frame:
    """What surrounds the rules: kinds of lines by index, and what they say."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.texts = [line.text.strip() for line in lines]
        self.kinds: dict[int, BlockKind] = {}
        self.title = self.document_number = self.addressee = ""
        self.signatures: list[Signature] = []
        self.printed_on: date | None = None
        self.parts: dict[int, str] = {0: ""}  # index of the first line of a part → its title

    def find(self) -> None:
        self._rows_and_notes()
        self._contents()
        self._head()
        for at, text in enumerate(self.texts):
            self._tail(at, text)
        self._part_starts()

    def _rows_and_notes(self) -> None:
        for at, line in enumerate(self.lines):
            if line.is_note:
                self.kinds[at] = "note"
            elif line.is_row:
                self.kinds[at] = "table"

    # ---- head

    def _head(self) -> None:
        first_article = self._first_of_text()
        at = 0
        while at < min(first_article, _HEAD):
            text = self.texts[at]
            if at in self.kinds:
                pass
            elif (number := read_document_number(text.split("　　")[0])) is not None:
                self.kinds[at] = "document_number"
                self.document_number = self.document_number or number.text
            elif self._is_order(at):
                self._take_order(at)
            elif _ISSUER_MARK.match(text) or _HEAD_MARK.match(text):
                self.kinds[at] = "mark"
            elif not self.title:
                at = self._take_title(at, first_article)
                continue
            elif self._is_caption(at, text):
                self.kinds[at] = "caption"
            elif self._is_addressee(text):
                self.kinds[at] = "addressee"
                self.addressee = text.rstrip("：: ")
                return
            elif len(text) > _LONGEST_TITLE_LINE or text.endswith("。"):
                return
            at += 1

    def _is_order(self, at: int) -> bool:
        """××令 with its number on the next line."""
        following = self.texts[at + 1] if at + 1 < len(self.texts) else ""
        return len(self.texts[at]) < 30 and self.texts[at].endswith("令") and bool(_ORDER_NUMBER.fullmatch(following))

    def _take_order(self, at: int) -> None:
        self.kinds[at] = "mark"
        self.kinds[at + 1] = "document_number"
        number = compact(self.texts[at] + self.texts[at + 1].strip("（()） "))
        self.document_number = self.document_number or number

    def _first_of_text(self) -> int:
        """The first line that opens an article, a chapter or an outline: the head ends before it."""
        for at, text in enumerate(self.texts[: _HEAD + 1]):
            mark = article_mark(text)
            if at not in self.kinds and (
                (mark and not is_cited(text, mark)) or unit_mark(text) or _is_first_outline(text)
            ):
                return at
        return len(self.texts)

    def _take_title(self, at: int, stop: int) -> int:
        """Lines of the title from `at` on; where they end."""
        end = at + 1
        if len(self.texts[at]) > 2 * _LONGEST_TITLE_LINE or self.texts[at].endswith(("。", "；")):
            self.title = ""
            return end
        while end < min(stop, at + 4) and self._goes_on(at, end):
            end += 1
        for index in range(at, end):
            self.kinds[index] = "title"
        self.title = "".join(compact(text) for text in self.texts[at:end]).lstrip("-—－·")
        return end

    def _goes_on(self, first: int, at: int) -> bool:
        """Whether the title goes on in line `at`: the former line did not end it, and this one can belong to it."""
        before, text = self.texts[at - 1], self.texts[at]
        opened = "".join(self.texts[first:at])
        if opened.count("《") > opened.count("》"):
            return len(text) <= _LONGEST_TITLE_LINE
        if _TITLE_END.search(compact(before)) or at in self.kinds or len(text) > _LONGEST_TITLE_LINE:
            return False
        plain = not text.endswith(tuple(_SENTENCE_END)) and read_document_number(text) is None
        return plain and not self._is_caption(at, text) and read_date(text) is None and _ORGAN.search(text) is None

    def _is_caption(self, at: int, text: str) -> bool:
        if text.startswith(("（", "(", "【")) and len(text) < 200:
            return bool(_CAPTION.search(text) or read_date(text.strip("（）()【】")))
        after_title = at and self.kinds.get(at - 1) in ("title", "caption", "document_number")
        return bool(
            after_title
            and len(text) < 120
            and not text.endswith(("。", "："))
            and _CAPTION.search(text)
            and re.search(r"\d{4}|[〇○零一二]{2}", text)
        )

    def _is_addressee(self, text: str) -> bool:
        return text.endswith(("：", ":")) and len(text) < 400 and "。" not in text and bool(_ADDRESSEE.match(text))

    # ---- contents

    def _contents(self) -> None:
        for at, line in enumerate(self.lines):
            if line.style.lower().startswith("toc ") and len(line.style) == 5 and line.style[4].isdigit():
                self.kinds[at] = "contents"
        for at, text in enumerate(self.texts):
            if _CONTENTS.match(text):
                self._take_contents(at)

    def _take_contents(self, at: int) -> None:
        first = next((i for i in range(at + 1, min(at + 4, len(self.texts)))), None)
        mark = unit_mark(self.texts[first]) if first is not None else None
        if mark is None or first is None:
            return
        key = compact(mark.label)
        for end in range(first + 1, min(first + 400, len(self.texts))):
            again = unit_mark(self.texts[end])
            if again is not None and compact(again.label) == key:
                self.kinds.update(dict.fromkeys(range(at, end), "contents"))
                return

    # ---- tail: signatures, imprint

    def _tail(self, at: int, text: str) -> None:
        if at in self.kinds:
            return
        if _IMPRINT.search(text) and len(text) < 300 and not text.endswith("。"):
            self._take_imprint(at, text)
            return
        match = _DATE_LINE.fullmatch(text) if len(text) < 90 else None
        if match is None or not (at or len(self.texts) == 1):
            return
        organ = match["organ"].strip(" 　（(")
        if organ and not _ORGAN.search(organ):
            return
        self._take_signature(at, organ, match["date"])

    def _take_imprint(self, at: int, text: str) -> None:
        found = re.search(DATE, text)
        if text.startswith(("主送", "主 送")) and at < _HEAD:
            return
        if not found and not re.match(r"抄|分|印|主", text):
            return
        self.kinds[at] = "imprint"
        if found and self.printed_on is None:
            self.printed_on = read_date(found[0])

    def _take_signature(self, at: int, organ: str, written: str) -> None:
        issuers = [organ] if organ else []
        first = at
        while first > 0 and len(issuers) < _ISSUERS and self._is_issuer(first - 1):
            first -= 1
            issuers.append(_BLANKS.sub("", self.texts[first]))
        if not issuers and self.kinds.get(at - 1) in ("title", "caption", "document_number"):
            self.kinds[at] = "caption"
            return
        self.kinds.update(dict.fromkeys(range(first, at), "signature"))
        self.kinds[at] = "date"
        self.signatures.append(Signature(tuple(reversed(issuers)), read_date(written), first + 1, at + 1))

    def _is_issuer(self, at: int) -> bool:
        text = self.texts[at]
        if at in self.kinds or len(text) > _LONGEST_ORGAN or text.endswith(tuple(_SENTENCE_END)):
            return False
        return (
            bool(_ORGAN.search(compact(text)) or _PERSON.match(text))
            and article_mark(text) is None
            and list_mark(text) is None
            and annex_mark(text) is None
        )

    # ---- parts

    def _part_starts(self) -> None:
        match = _ISSUED.search(self.title)
        issued = compact(match["quoted"] or match["plain"]) if match else ""
        date_lines = [at for at, kind in self.kinds.items() if kind == "date"]
        last_date = max(date_lines, default=-1)
        for at, text in enumerate(self.texts):
            if at and at not in self.kinds:
                if _RELEASE.match(text):
                    self.kinds[at] = "mark"
                elif issued and compact(text).strip("《》") == issued:
                    self._open_part(at)
                elif (mark := annex_mark(text)) is not None and self._heads_annex(at, mark, last_date):
                    self.kinds[at] = "annex"
                    self._open_part(at)
        if self.signatures:
            self._after_signature(self.signatures[0].last)

    def _heads_annex(self, at: int, mark: Mark, last_date: int) -> bool:
        """A heading stands alone, or has its title beside it behind the signature; a list of annexes comes before."""
        text = self.texts[at]
        if text.endswith(("。", "；")):
            return False
        rest = text[mark.content :]
        if not rest:
            return True
        return (
            at > last_date
            and not self._lists_annexes(at)
            and ("：" in text[: mark.content] or ":" in text[: mark.content] or mark.number > 0)
        )

    def _lists_annexes(self, at: int) -> bool:
        """附件：1.… 2.…: the next line goes on counting."""
        rest = self.texts[at][annex_mark(self.texts[at]).content :]  # type: ignore[union-attr]
        return rest.startswith(("1", "１", "一、"))

    def _after_signature(self, at: int) -> None:
        """What follows the first signature is a text of its own, unless only the imprint is left."""
        while at < len(self.texts) and self.kinds.get(at) in ("imprint", "note", "signature", "date", "mark"):
            at += 1
        has_text = any(article_mark(t) or unit_mark(t) or list_mark(t) for t in self.texts[at : at + 400])
        is_known = any(at <= start <= at + 3 for start in self.parts)
        if has_text and not is_known and self.kinds.get(at) != "annex":
            self._open_part(at)

    def _open_part(self, at: int) -> None:
        start = at + 1 if self.kinds.get(at) == "annex" else at
        title: list[str] = []
        while start < len(self.texts) and len(title) < 4 and self._can_title(start, title):
            title.append(self.texts[start])
            self.kinds[start] = "title"
            start += 1
        mark = annex_mark(self.texts[at]) if self.kinds.get(at) == "annex" else None
        beside = self.texts[at][mark.content :] if mark else ""
        self.parts[at] = compact(beside) or "".join(compact(t) for t in title)

    def _can_title(self, at: int, taken: Sequence[str]) -> bool:
        text = self.texts[at]
        if at in self.kinds or len(text) > _LONGEST_TITLE_LINE or text.endswith(tuple(_SENTENCE_END)):
            return False
        if article_mark(text) or unit_mark(text) or list_mark(text) or annex_mark(text) or self._is_caption(at, text):
            return False
        return not taken or not _TITLE_END.search(compact(taken[-1]))


def _is_first_outline(text: str) -> bool:
    mark = list_mark(text)
    return mark is not None and mark.kind == "chinese" and mark.number == 1


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

    def __init__(self, lines: Sequence[Line], frame: _Frame) -> None:
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

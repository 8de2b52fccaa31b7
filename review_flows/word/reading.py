"""A Word package → its paragraphs and table rows as a reader sees them: automatic numbers printed, revisions accepted.

In: a `Package`. Out: `WordLine`s in reading order; text boxes follow the paragraph they are anchored in, notes come
last. What the reader does not see on paper (deleted text, field codes, hidden text) is left out. Knows no law.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from review_flows.word import oxml
from review_flows.word.accepted import accept_all
from review_flows.word.numbering import Numbering
from review_flows.word.oxml import w
from review_flows.word.package import Package
from review_flows.word.sameness import look

_VANISH, _JC, _P_STYLE, _OUTLINE = w("vanish"), w("jc"), w("pStyle"), w("outlineLvl")
_SOFT_HYPHEN, _SYMBOL, _POSITION_TAB = w("softHyphen"), w("sym"), w("ptab")
_SKIPPED = frozenset(
    {oxml.PPR, oxml.RPR, oxml.SDT_PR, oxml.SDT_END_PR, oxml.CUSTOM_XML_PR, oxml.SMART_TAG_PR, oxml.FALLBACK}
)
_HOLDS_BLOCKS = frozenset({oxml.CUSTOM_XML, oxml.ALTERNATE, oxml.CHOICE, *oxml.CONTENT_MARKS})
_DEEPEST_TABLE = 8
_NOT_LOOKS = frozenset({oxml.RPR, oxml.SECT_PR})  # of the paragraph mark and of the page
_FALSE = ("0", "false", "off")


@dataclass(frozen=True, slots=True)
class WordLine:
    """One paragraph or table row. `number` is the automatic number with what follows it; `cells` are a row's texts.

    `where` is how a person finds it: 第12段, 表2第3行, 脚注1. `look` is how it is set (direct
    formatting of paragraph and runs): equal for equal looks, and of no other meaning.
    """

    text: str
    number: str = ""
    style: str = ""
    centred: bool = False
    where: str = ""
    cells: tuple[str, ...] = ()
    is_note: bool = False
    look: str = ""


@dataclass(frozen=True, slots=True)
class _Style:
    """What a paragraph style gives: its name, list and level, alignment."""

    name: str = ""
    numbering: tuple[str, int] | None = None
    centred: bool | None = None
    hidden: bool = False


def word_lines(package: Package) -> list[WordLine]:
    """Every paragraph and table row of the main text, then the notes."""
    return list(_Reader(package).lines())


class _Reader:
    def __init__(self, package: Package) -> None:
        self._package = package
        main = package.main
        self._styles = _styles(self._related("styles"))
        by_style = {identity: style.numbering for identity, style in self._styles.items() if style.numbering}
        self._numbering = Numbering(self._related("numbering"), by_style)
        self._hidden_styles = frozenset(identity for identity, style in self._styles.items() if style.hidden)
        self._looks: dict[bytes, str] = {}
        self._default = next((s for s in self._styles.values() if s.name == "Normal"), _Style())
        self._root = package.xml(main)
        accept_all(self._root)
        self._paragraphs = self._tables = 0

    def _related(self, kind: str) -> etree._Element | None:
        names = self._package.related(self._package.main, kind)
        return self._package.xml(names[0]) if names else None

    def lines(self) -> Iterator[WordLine]:
        body = self._root.find(oxml.BODY)
        if body is not None:
            yield from self._blocks(body, "", 0)
        for kind, tag, name in (("footnotes", oxml.FOOTNOTE, "脚注"), ("endnotes", oxml.ENDNOTE, "尾注")):
            yield from self._notes(kind, tag, name)

    # ---- blocks

    def _blocks(self, parent: etree._Element, where: str, depth: int) -> Iterator[WordLine]:
        for node in parent:
            if node.tag == oxml.P:
                yield from self._paragraph(node, where, depth)
            elif node.tag == oxml.TBL:
                yield from self._table(node, depth)
            elif node.tag == oxml.SDT:
                content = node.find(oxml.SDT_CONTENT)
                yield from self._blocks(content, where, depth) if content is not None else ()
            elif node.tag in _HOLDS_BLOCKS:
                yield from self._blocks(node, where, depth)

    def _paragraph(self, node: etree._Element, where: str, depth: int) -> Iterator[WordLine]:
        self._paragraphs += 1
        place = where or f"第{self._paragraphs}段"
        properties = node.find(oxml.PPR)
        style = self._style(properties)
        pieces: list[str] = []
        boxes: list[etree._Element] = []
        _gather(node, pieces, boxes, self._hidden_styles)
        text = "".join(pieces)
        number = self._number(properties, style) if text.strip() or not boxes else ""
        centred = _alignment(properties)
        shown = self._look_of(node, properties)
        lines = text.split("\n")
        for at, line in enumerate(lines):
            yield WordLine(
                line,
                number if at == 0 else "",
                style.name,
                bool(style.centred if centred is None else centred),
                place,
                look=shown,
            )
        if depth < _DEEPEST_TABLE:
            for box in boxes:
                yield from self._blocks(box, f"{place}文本框", depth + 1)

    def _look_of(self, paragraph: etree._Element, properties: etree._Element | None) -> str:
        """The looks of a paragraph and of its runs, each with the length of its text.

        The length of the first is left out: it is that of the number, which changes without anybody touching its look.
        """
        shown: list[str] = []
        lengths: list[int] = []
        for run in oxml.inside(paragraph, oxml.R):
            length = sum(len(t.text or "") for t in run.iterfind(oxml.T))
            if not length:
                continue
            as_set = self._look(run.find(oxml.RPR))
            if shown and shown[-1] == as_set:
                lengths[-1] += length
            else:
                shown.append(as_set)
                lengths.append(length)
        runs = (f"|{one}:{length if at else ''}" for at, (one, length) in enumerate(zip(shown, lengths, strict=True)))
        return self._look(properties) + "".join(runs)

    def _look(self, properties: etree._Element | None) -> str:
        """The look of properties; most of a document's are alike, and are looked up by their XML."""
        if properties is None:
            return ""
        key = etree.tostring(properties, with_tail=False)
        if key not in self._looks:
            self._looks[key] = look(properties, _NOT_LOOKS)
        return self._looks[key]

    def _style(self, properties: etree._Element | None) -> _Style:
        named = properties.find(_P_STYLE) if properties is not None else None
        return self._styles.get(named.get(oxml.VAL, ""), self._default) if named is not None else self._default

    def _number(self, properties: etree._Element | None, style: _Style) -> str:
        numbering = _own_numbering(properties, style.numbering)
        return self._numbering.number(*numbering) if numbering and numbering[0] != "0" else ""

    # ---- tables

    def _table(self, table: etree._Element, depth: int) -> Iterator[WordLine]:
        """Rows of several filled cells as one line each; the text of a row's only filled cell as plain paragraphs."""
        if depth >= _DEEPEST_TABLE:
            return
        self._tables += 1
        number = self._tables
        for at, row in enumerate(oxml.inside(table, oxml.TR), 1):
            where = f"表{number}第{at}行"
            cells = [list(self._blocks(cell, where, depth + 1)) for cell in oxml.inside(row, oxml.TC)]
            filled = [cell for cell in cells if any(line.text.strip() or line.number for line in cell)]
            if len(filled) == 1:
                yield from filled[0]
            elif filled:
                texts = tuple(
                    " ".join(f"{line.number}{line.text}".strip() for line in cell if line.text.strip() or line.number)
                    for cell in cells
                )
                shown = "\t".join(line.look for cell in cells for line in cell)
                yield WordLine("\t".join(texts), where=where, cells=texts, look=shown)

    # ---- notes

    def _notes(self, kind: str, tag: str, name: str) -> Iterator[WordLine]:
        root = self._related(kind)
        if root is None:
            return
        accept_all(root)
        for note in root.findall(tag):
            if note.get(oxml.TYPE) is None:
                text = " ".join(line.text.strip() for line in self._blocks(note, name, 1) if line.text.strip())
                if text:
                    yield WordLine(text, where=f"{name}{note.get(oxml.ID, '')}", is_note=True)


def _own_numbering(properties: etree._Element | None, of_style: tuple[str, int] | None) -> tuple[str, int] | None:
    """List and level of a paragraph: its own w:numPr, each half completed by the style's."""
    own = properties.find(oxml.NUM_PR) if properties is not None else None
    if own is None:
        return of_style
    identity, level = own.find(oxml.NUM_ID), own.find(w("ilvl"))
    of_style = of_style or ("0", 0)
    at = _small(level) if level is not None else of_style[1]
    return (identity.get(oxml.VAL, "0") if identity is not None else of_style[0], at)


def _small(element: etree._Element) -> int:
    value = element.get(oxml.VAL, "0")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 4 else 0


def _alignment(properties: etree._Element | None) -> bool | None:
    found = properties.find(_JC) if properties is not None else None
    return None if found is None else found.get(oxml.VAL) == "center"


def _styles(root: etree._Element | None) -> dict[str, _Style]:
    """Every style with what it inherits (w:basedOn); chains that loop end where they began."""
    if root is None:
        return {}
    elements = {e.get(oxml.STYLE_ID, ""): e for e in root.findall(oxml.STYLE)}
    return {identity: _resolved(identity, elements) for identity in elements}


def _resolved(identity: str, elements: Mapping[str, etree._Element]) -> _Style:
    name, numbering, centred, hidden = "", None, None, False
    seen: set[str] = set()
    while identity in elements and identity not in seen:
        seen.add(identity)
        element = elements[identity]
        properties = element.find(oxml.PPR)
        name = name or _named(element, oxml.STYLE_NAME)
        centred = _alignment(properties) if centred is None else centred
        numbering = numbering or _own_numbering(properties, None)
        hidden = hidden or _is_on(element.find(f"{oxml.RPR}/{_VANISH}"))
        identity = _named(element, w("basedOn"))
    return _Style(name, numbering, centred, hidden)


def _named(element: etree._Element, tag: str) -> str:
    child = element.find(tag)
    return child.get(oxml.VAL, "") if child is not None else ""


def _is_on(element: etree._Element | None) -> bool:
    return element is not None and element.get(oxml.VAL, "1") not in _FALSE


# --- the text of a paragraph ---


def _gather(parent: etree._Element, pieces: list[str], boxes: list[etree._Element], hidden: frozenset[str]) -> None:
    """Append the words under a paragraph that a reader sees, and the text boxes anchored in it."""
    codes = _FieldCodes()
    for node in _visible(parent, hidden):
        tag = node.tag
        if tag == oxml.FLD_CHAR:
            codes.meet(node.get(oxml.FLD_CHAR_TYPE, ""))
        elif codes.inside:
            continue
        elif tag == oxml.T:
            pieces.append((node.text or "").replace("\n", " "))
        elif tag in (oxml.TAB, _POSITION_TAB):
            pieces.append("\t")
        elif tag in (oxml.BR, oxml.CR):
            pieces.append("\n")
        elif tag == oxml.NO_BREAK_HYPHEN:
            pieces.append("-")
        elif tag == oxml.TEXT_BOX:
            boxes.append(node)


class _FieldCodes:
    """Whether the stream stands in a field's code (between w:fldChar begin and separate), which nobody sees."""

    def __init__(self) -> None:
        self._open: list[bool] = []

    @property
    def inside(self) -> bool:
        return any(self._open)

    def meet(self, kind: str) -> None:
        if kind == "begin":
            self._open.append(True)
        elif kind == "separate" and self._open:
            self._open[-1] = False
        elif kind == "end" and self._open:
            self._open.pop()


def _visible(parent: etree._Element, hidden: frozenset[str]) -> Iterator[etree._Element]:
    """Inline nodes in order; text boxes are given, not entered; of two alternatives the first one."""
    waiting: list[Iterator[etree._Element]] = [iter(parent)]
    while waiting:
        node = next(waiting[-1], None)
        if node is None:
            waiting.pop()
        elif node.tag in _SKIPPED or not isinstance(node.tag, str) or _is_hidden(node, hidden):
            continue
        else:
            yield node
            if node.tag not in (oxml.T, oxml.TEXT_BOX, oxml.P, oxml.TBL):
                waiting.append(iter(node))


def _is_hidden(node: etree._Element, hidden: frozenset[str]) -> bool:
    """Whether a run is hidden text, by itself or by its character style."""
    properties = node.find(oxml.RPR) if node.tag == oxml.R else None
    if properties is None:
        return False
    named = properties.find(w("rStyle"))
    own = properties.find(_VANISH)
    return _is_on(own) if own is not None else named is not None and named.get(oxml.VAL, "") in hidden

"""A paragraph as a stream: its text, one character for each thing that is no text, and what each stretch looks like.

A picture, a field, a note reference, an equation is one unit to a comparison. It stands in the stream as a character of
Unicode's last private plane; two things that a reader cannot tell apart get the same character.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from review_flows.word import oxml
from review_flows.word.sameness import View, fingerprint, look

PARAGRAPH_MARK = "\U0010fffd"  # stands between two paragraphs that are compared as one stream
_FIRST, _LAST = 0x100000, 0x10FFF0
_TEXT_LIKE = {oxml.TAB: "\t", oxml.CR: "\n", oxml.NO_BREAK_HYPHEN: "\u2011"}
_NOTES = {oxml.FOOTNOTE_REFERENCE: "footnotes", oxml.ENDNOTE_REFERENCE: "endnotes"}
_UNWRAPPED = frozenset({oxml.SMART_TAG, oxml.CUSTOM_XML})
_CONTAINERS = frozenset({oxml.HYPERLINK, oxml.DIR, oxml.BDO, oxml.SDT})
_SKIPPED = frozenset({oxml.PPR, oxml.RPR, oxml.PROOF_ERR, oxml.LAST_PAGE_BREAK, oxml.SMART_TAG_PR, oxml.CUSTOM_XML_PR})
_LAYOUT_FIELDS = ("PAGE", "NUMPAGES", "SECTIONPAGES")


class Placeholders:
    """One character for each distinct thing, the same on both sides of a comparison."""

    def __init__(self) -> None:
        self._chars: dict[str, str] = {}

    def char(self, key: str) -> str:
        """The character of this fingerprint. When the plane is full further ones share the last; their keys differ."""
        if key not in self._chars:
            self._chars[key] = chr(min(_FIRST + len(self._chars), _LAST))
        return self._chars[key]


@dataclass(slots=True, eq=False)
class Span:
    """A stretch of text of one look, or one thing that is no text.

    `path`: the hyperlinks, content controls and the like that it stands in, outermost first. `nodes`: what a
    placeholder stands for, within a run (`in_run`) or beside runs; empty for text. `note`: part kind and id of a note
    referred to. `before`: things without width (a bookmark's start, a comment's anchor) that stand in front of it.
    """

    text: str
    path: tuple[etree._Element, ...]
    rpr: etree._Element | None
    look: str
    key: str = ""
    nodes: tuple[etree._Element, ...] = ()
    in_run: bool = True
    note: tuple[str, str] | None = None
    boxes: bool = False
    before: list[etree._Element] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Inline:
    """A paragraph read as a stream."""

    paragraph: etree._Element
    spans: list[Span] = field(default_factory=list)
    after: list[etree._Element] = field(default_factory=list)  # markers behind the last span

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


def read_inline(paragraph: etree._Element, view: View, placeholders: Placeholders) -> Inline:
    """The stream of a paragraph; spans of one look are joined across the runs that editing broke them into."""
    reader = _Reader(Inline(paragraph), view, placeholders)
    reader.children(paragraph, ())
    return reader.out


class _Reader:
    def __init__(self, out: Inline, view: View, placeholders: Placeholders) -> None:
        self.out, self.view, self.placeholders = out, view, placeholders

    def children(self, parent: etree._Element, path: tuple[etree._Element, ...]) -> None:
        nodes = list(parent)
        at = 0
        while at < len(nodes):
            if nodes[at].tag == oxml.R:
                end = field_end(nodes, at)
                if end > at:
                    self.thing(tuple(nodes[at : end + 1]), path)
                    at = end
                else:
                    self.run(nodes[at], path)
            else:
                self.beside_runs(nodes[at], path)
            at += 1

    def beside_runs(self, node: etree._Element, path: tuple[etree._Element, ...]) -> None:
        if node.tag in _SKIPPED or not isinstance(node.tag, str):
            return
        if node.tag in oxml.MARKERS:
            self.out.after.append(node)
        elif node.tag in _UNWRAPPED:
            self.children(node, path)
        elif node.tag in _CONTAINERS:
            content = node.find(oxml.SDT_CONTENT) if node.tag == oxml.SDT else node
            if content is not None:
                self.children(content, (*path, node))
        else:
            self.thing((node,), path)

    def thing(self, nodes: tuple[etree._Element, ...], path: tuple[etree._Element, ...]) -> None:
        """A field from its first to its last run, an equation, a whole simple field."""
        key = field_key(nodes) or "".join(fingerprint(node, self.view) for node in nodes)
        self.add(Span(self.placeholders.char(key), path, None, "", key, nodes, in_run=False))

    def run(self, run: etree._Element, path: tuple[etree._Element, ...]) -> None:
        rpr = run.find(oxml.RPR)
        shape = look(rpr)
        for node in run:
            if node.tag == oxml.T:
                self.text(node.text or "", path, rpr, shape)
            elif node.tag == oxml.COMMENT_REFERENCE:
                self.out.after.append(run)
            elif node.tag not in _SKIPPED and isinstance(node.tag, str):
                self.add(self.in_run(node, path, rpr, shape))

    def text(self, text: str, path: tuple[etree._Element, ...], rpr: etree._Element | None, shape: str) -> None:
        last = self.out.spans[-1] if self.out.spans else None
        joins = last is not None and not last.nodes and not self.out.after
        if last is not None and joins and last.look == shape and last.path == path:
            last.text += text
        elif text:
            self.add(Span(text, path, rpr, shape))

    def in_run(
        self, node: etree._Element, path: tuple[etree._Element, ...], rpr: etree._Element | None, shape: str
    ) -> Span:
        boxes = next(node.iter(oxml.TEXT_BOX), None) is not None
        key = fingerprint(node, self.view, boxes=False)
        char = _TEXT_LIKE.get(node.tag) or self.placeholders.char(key)
        if node.tag == oxml.BR and node.get(oxml.TYPE) in (None, "textWrapping"):
            char = "\n"
        note = (_NOTES[node.tag], node.get(oxml.ID, "")) if node.tag in _NOTES else None
        return Span(char, path, rpr, shape, key, (node,), note=note, boxes=boxes)

    def add(self, span: Span) -> None:
        span.before, self.out.after = self.out.after, []
        self.out.spans.append(span)


def field_end(nodes: list[etree._Element], start: int) -> int:
    """The place of the run that ends the field begun in the run at `start`; `start` itself when none does among these.

    A complex field is a row of runs: `w:fldChar` begin, `w:instrText`, `w:fldChar` separate, the result, `w:fldChar`
    end; fields nest. A table of contents begins in one paragraph and ends in another: then its runs are compared one
    by one.
    """
    depth = 0
    for at in range(start, len(nodes)):
        for mark in nodes[at].iter(oxml.FLD_CHAR):
            kind = mark.get(oxml.FLD_CHAR_TYPE)
            depth += 1 if kind == "begin" else -1 if kind == "end" else 0
        if depth <= 0:
            return at if depth == 0 and at > start else start
    return start


def field_key(nodes: Sequence[etree._Element]) -> str:
    """The fingerprint of a page-number field, whose result is layout and no text; empty for everything else."""
    instructions = []
    for node in nodes:
        if node.tag == oxml.FLD_SIMPLE:
            instructions.append(node.get(oxml.INSTR, ""))
        instructions.extend(e.text or "" for e in node.iter(oxml.INSTR_TEXT))
    words = "".join(instructions).split()
    if not words or words[0].upper() not in _LAYOUT_FIELDS:
        return ""
    first = next((run for node in nodes for run in node.iter(oxml.R)), None)
    return " ".join(words) + look(first.find(oxml.RPR) if first is not None else None)


def container_key(path: tuple[etree._Element, ...], view: View) -> tuple[str, ...]:
    """What the containers of a span are without their content: a link by its target, a control by its properties."""
    return tuple(_container_key(container, view) for container in path)


def _container_key(container: etree._Element, view: View) -> str:
    head = container.makeelement(container.tag, dict(oxml.items(container)))
    properties = container.find(oxml.SDT_PR)
    return fingerprint(head, view) + (fingerprint(properties, view) if properties is not None else "")

"""Changed paragraphs: two streams of characters and things → one paragraph, or several, with marks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml import etree

from review_flows.papers.redline_ends import Ending
from review_flows.text.pieces import diff_text
from review_flows.word import oxml
from review_flows.word.inline import PARAGRAPH_MARK, Inline, Span, container_key, read_inline
from review_flows.word.revisions import State, run, text
from review_flows.word.sameness import View

if TYPE_CHECKING:
    from review_flows.papers.redline_story import Weaver


@dataclass(slots=True, eq=False)
class Bit:
    """A stretch of the redline in one state: the span it is cut from and, where it is kept, the one it was before.

    `markers` stand in front of it in its own text, `lost` in front of the one it was before.
    """

    state: State
    span: Span
    text: str
    former: Span | None = None
    markers: list[etree._Element] = field(default_factory=list)
    lost: list[etree._Element] = field(default_factory=list)
    path: tuple[etree._Element, ...] = ()

    @property
    def restyled(self) -> bool:
        return self.former is not None and self.former.look != self.span.look


def merge_paragraphs(
    weaver: Weaver,
    olds: Sequence[etree._Element],
    news: Sequence[etree._Element],
    views: tuple[View, View],
    *,
    after_mark: bool = False,
) -> list[Ending]:
    """One stream of the old paragraphs against one of the new; the marked paragraphs stand where the new ones stood.

    Where several became one, the ends between them are struck; where one became several, those are added; where several
    were divided anew, either, and an end may stay. `after_mark`: the paragraph before them is struck or added.
    """
    old_view, new_view = views
    old_streams = [read_inline(p, old_view, weaver.placeholders) for p in olds]
    new_streams = [read_inline(p, new_view, weaver.placeholders) for p in news]
    bits = _compare(old_streams, new_streams, views, after_mark=after_mark)
    weaver.visit_kept(bits, old_view, new_view)
    last = Ending(news[-1], "keep", olds[-1].find(oxml.PPR), news[-1].find(oxml.PPR))
    if len(olds) == len(news) == 1 and all(bit.state == "keep" and not bit.restyled for bit in bits):
        return [last]
    closing = [*new_streams[-1].after, *weaver.carried(old_streams[-1].after)]
    return _rebuild(_Writer(weaver, old_view, new_view), bits, list(olds), list(news), new_streams, last, closing)


def merge_moved(
    weaver: Weaver, old: etree._Element, new: etree._Element, views: tuple[View, View], name: str
) -> tuple[Ending, Ending]:
    """A moved paragraph, perhaps edited: where it was, what stayed is moved and the rest struck; where it is, the like.

    Nothing is marked twice in one place, so that rejecting gives the old text there and nothing here, and accepting the
    reverse.
    """
    old_view, new_view = views
    old_stream = read_inline(old, old_view, weaver.placeholders)
    new_stream = read_inline(new, new_view, weaver.placeholders)
    source: list[Bit] = []
    target: list[Bit] = []
    from_old, from_new = _Reader(old_stream.spans), _Reader(new_stream.spans)
    for piece in diff_text(old_stream.text, new_stream.text):
        stays = piece.kind == "equal"
        if piece.kind != "insert":
            source += [Bit("from" if stays else "del", s, t) for s, t, _ in from_old.take(len(piece.text))]
        if piece.kind != "delete":
            target += [Bit("to" if stays else "ins", s, t, None, m) for s, t, m in from_new.take(len(piece.text))]
    writer = _Writer(weaver, old_view, new_view)
    ends = []
    for paragraph, bits, state in ((old, source, "from"), (new, target, "to")):
        start, end = weaver.move_range(name, source=state == "from")
        after = new_stream.after if state == "to" else weaver.carried(old_stream.after)
        _fill(paragraph, [start, *writer.children(bits), *after, end])
        properties = paragraph.find(oxml.PPR)
        ending = Ending(paragraph, state, properties, properties, range_end=end)  # type: ignore[arg-type]
        ending.added_head = bool(bits) and bits[0].state == "ins"
        if bits and bits[-1].state == "del":
            ending.state = "del"  # LibreOffice leaves an empty paragraph where a struck tail has a moved end
        ends.append(ending)
    return ends[0], ends[1]


class _Reader:
    """Takes a stream of spans off piece by piece; a piece never spans two spans."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans, self._at, self._offset = spans, 0, 0

    def take(self, count: int) -> Iterator[tuple[Span, str, list[etree._Element]]]:
        """The next `count` characters as (span, characters, markers in front)."""
        while count > 0:
            span = self._spans[self._at]
            part = span.text[self._offset : self._offset + count]
            yield span, part, span.before if self._offset == 0 else []
            count -= len(part)
            self._offset += len(part)
            if self._offset == len(span.text):
                self._at, self._offset = self._at + 1, 0

    def reach(self) -> int:
        """How many characters are left of the present span."""
        return len(self._spans[self._at].text) - self._offset


def _stream(inlines: Sequence[Inline]) -> list[Span]:
    """The spans of neighbouring paragraphs, with a mark between two."""
    spans = list(inlines[0].spans)
    for inline in inlines[1:]:
        spans += [Span(PARAGRAPH_MARK, (), None, "", key="mark"), *inline.spans]
    return spans


def _compare(
    olds: Sequence[Inline], news: Sequence[Inline], views: tuple[View, View], *, after_mark: bool
) -> list[Bit]:
    """The bits of the redline in order. What has one text but is another thing, or in another link, is replaced."""
    old_spans, new_spans = _stream(olds), _stream(news)
    from_old, from_new = _Reader(old_spans), _Reader(new_spans)
    bits: list[Bit] = []
    struck: list[Bit] = []
    added: list[Bit] = []
    texts = ("".join(s.text for s in spans) for spans in (old_spans, new_spans))
    for piece in diff_text(*texts, after_mark=after_mark):
        if piece.kind == "delete":
            struck += [Bit("del", s, t, None, m) for s, t, m in from_old.take(len(piece.text))]
        elif piece.kind == "insert":
            added += [Bit("ins", s, t, None, m) for s, t, m in from_new.take(len(piece.text))]
        else:
            left = len(piece.text)
            while left:
                count = min(left, from_old.reach(), from_new.reach())
                left -= count
                (old, part, old_markers), (new, _, markers) = *from_old.take(count), *from_new.take(count)
                if _alike(old, new, *views):
                    bits += [*struck, *added, Bit("keep", new, part, old, markers, old_markers)]
                    struck, added = [], []
                else:
                    struck.append(Bit("del", old, part, None, old_markers))
                    added.append(Bit("ins", new, part, None, markers))
    return [*bits, *struck, *added]


def _alike(old: Span, new: Span, old_view: View, new_view: View) -> bool:
    if old.key != new.key or bool(old.nodes) != bool(new.nodes):
        return False
    if not old.path and not new.path:
        return True
    return len(old.path) == len(new.path) and container_key(old.path, old_view) == container_key(new.path, new_view)


def _rebuild(
    writer: _Writer,
    bits: Sequence[Bit],
    olds: list[etree._Element],
    news: list[etree._Element],
    new_streams: Sequence[Inline],
    last: Ending,
    closing: Sequence[etree._Element],
) -> list[Ending]:
    """Cut the bits at paragraph marks and fill the paragraphs: an added mark closes a new one, a struck one an old."""
    writer.settle_paths(bits)
    ends: list[Ending] = []
    waiting: list[Bit] = []
    place = 0
    for bit in bits:
        if bit.text != PARAGRAPH_MARK or bit.span.key != "mark":
            waiting.append(bit)
            continue
        if bit.state == "ins":
            host, after = news[place], new_streams[place].after
            place += 1
            ends.append(Ending(host, "ins", None, host.find(oxml.PPR)))
        elif bit.state == "keep":
            host, after = news[place], new_streams[place].after
            place += 1
            ends.append(Ending(host, "keep", olds.pop(0).find(oxml.PPR), host.find(oxml.PPR)))
            ends[-1].added_tail = bool(waiting) and waiting[-1].state == "ins"
        else:
            host, after = writer.old_host(olds.pop(0), before=news[place]), []
            ends.append(Ending(host, "del", host.find(oxml.PPR), None))
        ends[-1].added_head = waiting[0].state == "ins" if waiting else bit.state == "ins"
        _fill(host, [*writer.children(waiting), *after])
        waiting = []
    if waiting:
        last.added_head, last.added_tail = waiting[0].state == "ins", waiting[-1].state == "ins"
    _fill(last.paragraph, [*writer.children(waiting), *closing])
    return [*ends, last]


def _fill(paragraph: etree._Element, content: Sequence[etree._Element]) -> None:
    """Give a paragraph this content in place of what it has; its properties stay."""
    properties = paragraph.find(oxml.PPR)
    paragraph[:] = [*([properties] if properties is not None else []), *content]


class _Writer:
    """Bits → the children of a paragraph: links and controls outside, marks inside them, runs inside those."""

    def __init__(self, weaver: Weaver, old_view: View, new_view: View) -> None:
        self.weaver, self.stamp = weaver, weaver.stamp
        self.old_view, self.new_view = old_view, new_view
        self._paired: dict[etree._Element, etree._Element] = {}
        self._shells: set[etree._Element] = set()

    def settle_paths(self, bits: Sequence[Bit]) -> None:
        """Struck text goes into the new text's link or control where that is the one it stood in."""
        for bit in bits:
            if bit.former is not None:
                for theirs, ours in zip(bit.former.path, bit.span.path, strict=True):
                    self._paired.setdefault(theirs, ours)
        for bit in bits:
            bit.path = tuple(self._paired.get(c, c) for c in bit.span.path)

    def old_host(self, paragraph: etree._Element, *, before: etree._Element) -> etree._Element:
        """An old paragraph made to stand in front of a new one, still to be filled."""
        host = before.makeelement(oxml.P)
        properties = paragraph.find(oxml.PPR)
        if properties is not None:
            host.append(self.weaver.copy_of(properties, self.old_view, self.new_view))
        before.addprevious(host)
        return host

    def children(self, bits: Sequence[Bit], depth: int = 0) -> list[etree._Element]:
        out: list[etree._Element] = []
        at = 0
        while at < len(bits):
            container = _container(bits[at], depth)
            stop = at
            while stop < len(bits) and _container(bits[stop], depth) is container:
                stop += 1
            if container is None:
                out += _Runs(self).write(bits[at:stop])
            else:
                out.append(self._shell(container, bits[at], self.children(bits[at:stop], depth + 1)))
            at = stop
        return out

    def _shell(self, container: etree._Element, bit: Bit, content: list[etree._Element]) -> etree._Element:
        """A link or control around this content; a second one of the same control gets no id of its own."""
        shell = container.makeelement(container.tag, dict(oxml.items(container)))
        holder = shell
        if container.tag == oxml.SDT:
            for child in container:
                if child.tag in (oxml.SDT_PR, oxml.SDT_END_PR):
                    shell.append(deepcopy(child))
            holder = etree.SubElement(shell, oxml.SDT_CONTENT)
            properties = shell.find(oxml.SDT_PR)
            for number in properties.findall(oxml.ID) if properties is not None else []:
                if container in self._shells or bit.state in ("del", "from"):
                    properties.remove(number)  # type: ignore[union-attr]
        self._shells.add(container)
        if bit.state in ("del", "from") and container not in self._paired.values():
            self.weaver.adopt(shell, self.old_view, self.new_view)
        holder.extend(content)
        return shell


def _container(bit: Bit, depth: int) -> etree._Element | None:
    path = bit.path or bit.span.path
    return path[depth] if depth < len(path) else None


class _Runs:
    """Writes bits that stand in one container: neighbours of one state share a mark, those of one look a run."""

    def __init__(self, writer: _Writer) -> None:
        self.writer, self.weaver, self.stamp = writer, writer.weaver, writer.stamp
        self.out: list[etree._Element] = []
        self.mark: etree._Element | None = None
        self.last: Bit | None = None
        self.run: etree._Element | None = None

    def write(self, bits: Sequence[Bit]) -> list[etree._Element]:
        for bit in bits:
            self._markers(bit)
            if bit.span.nodes and not bit.span.in_run:
                self._things(bit)
            else:
                self._in_run(bit)
                self.last = bit
        return self.out

    def _markers(self, bit: Bit) -> None:
        theirs = bit.state in ("del", "from")
        ours = self.weaver.carried(bit.markers) if theirs else list(bit.markers)
        for marker in [*ours, *self.weaver.carried(bit.lost)]:
            self._close()
            self.out.append(marker)

    def _close(self) -> None:
        self.mark = self.run = self.last = None

    def _things(self, bit: Bit) -> None:
        nodes = list(bit.span.nodes)
        self._close()
        if bit.state == "keep":
            self.out += nodes
            return
        if bit.state in ("del", "from"):
            nodes = [self.weaver.copy_of(n, self.writer.old_view, self.writer.new_view) for n in nodes]
        else:
            self.weaver.visit_added(nodes)
        self.out += self.stamp.inline(nodes, bit.state)

    def _in_run(self, bit: Bit) -> None:
        if not self._continues(bit):
            self.run = self._new_run(bit)
        assert self.run is not None
        if bit.span.nodes:
            self._thing_in_run(bit, self.run)
        else:
            self._characters(bit, self.run)

    def _continues(self, bit: Bit) -> bool:
        last = self.last
        if last is None or self.run is None or last.state != bit.state or last.span.look != bit.span.look:
            return False
        if last.span.boxes or bit.span.boxes:  # a text box has a run of its own, as Word writes it
            return False
        return (last.former.look if last.former else None) == (bit.former.look if bit.former else None)

    def _new_run(self, bit: Bit) -> etree._Element:
        element = run(bit.span.rpr, [])
        if bit.restyled:
            assert bit.former is not None
            self.stamp.changed(oxml.first_child(element, oxml.RPR), bit.former.rpr, oxml.RPR_CHANGE)
        if bit.state == "keep":
            self.mark = None
            self.out.append(element)
        else:
            if self.mark is None or self.last is None or self.last.state != bit.state:
                self.mark = self.stamp.content(bit.state)
                self.out.append(self.mark)
            self.mark.append(element)
        return element

    def _characters(self, bit: Bit, element: etree._Element) -> None:
        tag = oxml.DEL_TEXT if bit.state == "del" else oxml.T
        last = element[-1] if len(element) else None
        if last is not None and last.tag == tag:
            joined = text((last.text or "") + bit.text, deleted=bit.state == "del")
            element.replace(last, joined)
        else:
            element.append(text(bit.text, deleted=bit.state == "del"))

    def _thing_in_run(self, bit: Bit, element: etree._Element) -> None:
        node = bit.span.nodes[0]
        if bit.state in ("del", "from"):
            node = self.weaver.copy_of(node, self.writer.old_view, self.writer.new_view)
        elif bit.state != "keep":
            self.weaver.visit_added([node])
        element.append(node if bit.state == "keep" else self.stamp.ready(node, bit.state))

"""One story of a document (body, cell, note, header, text box): its blocks paired, placed and marked.

The new text's tree is the redline's tree: what did not change is not touched. Struck blocks are put where they stood.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy

from lxml import etree

from review_flows.papers.redline_ends import Ending, PairSections, settle, write_end
from review_flows.papers.redline_notes import Notes
from review_flows.papers.redline_plan import Block, Step, blocks, plan
from review_flows.papers.redline_table import merge_tables
from review_flows.papers.redline_text import Bit, merge_moved, merge_paragraphs
from review_flows.word import oxml
from review_flows.word.assembly import Assembly
from review_flows.word.controls import blocks_in, control_gone, control_inside
from review_flows.word.inline import Placeholders
from review_flows.word.revisions import Stamp, move_range
from review_flows.word.sameness import View, fingerprint, same_xml


class Weaver:
    """One comparison: what all its stories share."""

    def __init__(
        self,
        assembly: Assembly,
        stamp: Stamp,
        old_trees: Mapping[str, etree._Element],
        note: Callable[[str, str], None],
        *,
        moves: bool = True,
    ) -> None:
        self.assembly, self.stamp, self.old_trees, self.note, self.moves = assembly, stamp, old_trees, note, moves
        self.placeholders = Placeholders()
        self.pair_sections: PairSections = lambda old, new: None
        self.notes = Notes(self)
        self._moves = 0
        self._bookmarks: set[str] | None = None
        self._bookmark_ids: dict[str, str] = {}

    # ---- stories

    def story(self, old: etree._Element, new: etree._Element, old_view: View, new_view: View) -> None:
        """Mark in `new` what became of `old`."""
        _Story(self, old, new, old_view, new_view).weave()

    def next_move(self) -> int:
        self._moves += 1
        self.stamp.moved += 1
        return self._moves

    def move_range(self, name: str, *, source: bool) -> tuple[etree._Element, etree._Element]:
        return move_range(self.stamp, name, source=source)

    # ---- things within a story

    def visit_kept(self, bits: Iterable[Bit], old_view: View, new_view: View) -> None:
        """Compare what hangs on things that stay: the notes referred to, what stands in text boxes."""
        for bit in bits:
            if bit.state != "keep" or bit.former is None:
                continue
            if bit.span.note is not None and bit.former.note is not None:
                self.notes.pair(bit.former.note[0], bit.former.note[1], bit.span.note[1])
            if bit.span.boxes:
                self._boxes(bit.former.nodes[0], bit.span.nodes[0], old_view, new_view)

    def _boxes(self, old: etree._Element, new: etree._Element, old_view: View, new_view: View) -> None:
        """A drawn text box is kept twice (`mc:Choice`, for old readers `mc:Fallback`): the second follows the first."""
        ours = _boxes(new)
        for old_box, new_box in zip(_boxes(old), ours, strict=False):
            if fingerprint(old_box, old_view) != fingerprint(new_box, new_view):
                self.story(old_box, new_box, old_view, new_view)
        copies = [box for fallback in new.iter(oxml.FALLBACK) for box in fallback.iter(oxml.TEXT_BOX)]
        if len(copies) != len(ours):
            return
        for box, copy in zip(ours, copies, strict=True):
            copy[:] = [deepcopy(child) for child in box]
            for marker in list(copy.iter(*oxml.MARKERS)):  # a bookmark stands in one place only
                marker.getparent().remove(marker)  # type: ignore[union-attr]
            self.stamp.renumber(copy)

    def visit_added(self, nodes: Iterable[etree._Element]) -> None:
        """Mark the notes that added nodes refer to as added, too."""
        for node in nodes:
            for reference in node.iter(oxml.FOOTNOTE_REFERENCE, oxml.ENDNOTE_REFERENCE):
                self.notes.add(reference)

    # ---- what comes from the old package

    def copy_of(self, element: etree._Element, old_view: View, new_view: View) -> etree._Element:
        return self.adopt(deepcopy(element), old_view, new_view)

    def adopt(self, element: etree._Element, old_view: View, new_view: View) -> etree._Element:
        """An old element made to live in the new part: relationships, notes, bookmarks; comments stay behind."""
        for reference in list(element.iter(oxml.FOOTNOTE_REFERENCE, oxml.ENDNOTE_REFERENCE)):
            self.notes.bring(reference)
        for marker in list(element.iter(*oxml.MARKERS, oxml.COMMENT_REFERENCE)):
            parent = marker.getparent()
            if parent is not None and not self._carries(marker):
                parent.remove(marker)
        return self.assembly.adopt(element, old_view.part, new_view.part)

    def carried(self, markers: Iterable[etree._Element]) -> list[etree._Element]:
        """Copies of those old markers that the redline keeps: bookmarks that the new text does not have."""
        return [copy for copy in map(deepcopy, markers) if self._carries(copy)]

    def _carries(self, marker: etree._Element) -> bool:
        """Whether this old marker stays; its id is then one that no other bookmark has."""
        former = marker.get(oxml.ID, "")
        if marker.tag == oxml.BOOKMARK_START and marker.get(oxml.NAME) not in self._known_bookmarks():
            self._bookmark_ids[former] = self.stamp.next_id()
            self._known_bookmarks().add(marker.get(oxml.NAME, ""))
        elif marker.tag != oxml.BOOKMARK_END or former not in self._bookmark_ids:
            return False
        marker.set(oxml.ID, self._bookmark_ids[former])
        if marker.tag == oxml.BOOKMARK_END:
            del self._bookmark_ids[former]
        return True

    def _known_bookmarks(self) -> set[str]:
        if self._bookmarks is None:
            main = self.assembly.tree(self.assembly.main)
            self._bookmarks = {mark.get(oxml.NAME, "") for mark in main.iter(oxml.BOOKMARK_START)}
        return self._bookmarks


def _boxes(element: etree._Element) -> list[etree._Element]:
    """The outermost text boxes of a drawing, without those of the fallback."""
    return [
        box
        for box in element.iter(oxml.TEXT_BOX)
        if not any(a.tag in (oxml.FALLBACK, oxml.TEXT_BOX) for a in _up_to(box, element))
    ]


def _up_to(element: etree._Element, top: etree._Element) -> list[etree._Element]:
    above = []
    parent = element.getparent()
    while parent is not None and parent is not top:
        above.append(parent)
        parent = parent.getparent()
    return above


class _Story:
    """Weaves one story. `_cursor` is the last block placed."""

    def __init__(
        self, weaver: Weaver, old: etree._Element, new: etree._Element, old_view: View, new_view: View
    ) -> None:
        self.weaver, self.container = weaver, new
        self.old_view, self.new_view = old_view, new_view
        self.old, self.new = blocks(old), blocks(new)
        self._cursor: etree._Element | None = None
        self._after_mark = False
        self._endings: list[Ending] = []
        self._moved: dict[int, tuple[Ending, Ending]] = {}

    def weave(self) -> None:
        steps = plan(self.old, self.new, moves=self.weaver.moves, next_move=self.weaver.next_move)
        self._free_added_blocks(steps)
        for step in steps:
            self._do(step)
            self._after_mark = step.fate != "pair"
        for run, closes in self._runs():
            settle(run, closes=closes)
            for ending in run:
                write_end(ending, self.weaver.stamp, self.weaver.pair_sections)

    def _free_added_blocks(self, steps: Sequence[Step]) -> None:
        """Content controls all of whose blocks are added go inside their paragraph, or go: no mark reaches them."""
        blocks_added = [self.new[step.new[0]].element for step in steps if step.fate == "ins"]
        holders = dict.fromkeys(e.getparent() for e in blocks_added if e.getparent() is not self.container)
        added = set(blocks_added)
        for holder in holders:
            if holder is None or holder.tag != oxml.SDT_CONTENT or not added.issuperset(blocks_in(holder)):
                continue
            if not control_inside(blocks_in(holder)[0]):
                self.weaver.note(f"“{oxml.plain_text(holder)[:12]}”处", "新增的内容控件外框未保留，其内容照常标记")
                control_gone(list(holder), holder)

    def _do(self, step: Step) -> None:
        if step.fate == "pair":
            self._pair(step)
        elif step.fate == "ins":
            self._insert(self.new[step.new[0]])
        elif step.fate == "del":
            self._delete(self.old[step.old[0]])
        else:
            self._move(step)

    # ---- blocks on both sides

    def _pair(self, step: Step) -> None:
        olds, news = [self.old[i] for i in step.old], [self.new[j] for j in step.new]
        if len(olds) == len(news) == 1:
            self._pair_one(olds[0], news[0])
        else:
            self._join(olds, news)
        self._cursor = news[-1].element

    def _pair_one(self, old: Block, new: Block) -> None:
        same = same_xml(old.element, new.element)
        if new.kind == "table" and not same:
            merge_tables(self.weaver, old.element, new.element, self.old_view, self.new_view)
        elif new.kind == "other" and not same:
            self._note_other(new, "按新稿显示，未作标记")
        elif new.kind == "paragraph":
            if same:
                properties = new.element.find(oxml.PPR)
                self._endings.append(Ending(new.element, "keep", properties, properties, same=True))
            else:
                self._join([old], [new])

    def _join(self, olds: Sequence[Block], news: Sequence[Block]) -> None:
        self._endings += merge_paragraphs(
            self.weaver,
            [b.element for b in olds],
            [b.element for b in news],
            (self.old_view, self.new_view),
            after_mark=self._after_mark,
        )
        if next(news[-1].element.iter(*oxml.CONTENT_MARKS), None) is not None:
            control_inside(news[-1].element)

    # ---- blocks on one side

    def _insert(self, block: Block) -> None:
        element = block.element
        self.weaver.visit_added([element])
        if block.kind == "paragraph":
            self.weaver.stamp.whole_paragraph(element, "ins")
            ending = Ending(element, "ins", None, element.find(oxml.PPR), added_head=True, added_tail=True, whole=True)
            self._endings.append(ending)
        elif block.kind == "table":
            self.weaver.stamp.whole_table(element, "ins")
        else:
            self._note_other(block, "新增，未作标记")
        self._cursor = element

    def _delete(self, block: Block) -> None:
        if block.kind == "other":
            self._note_other(block, "已删除，未保留")
            return
        element = self._bring(block)
        if block.kind == "paragraph":
            self.weaver.stamp.whole_paragraph(element, "del")
            self._endings.append(Ending(element, "del", element.find(oxml.PPR), None, whole=True))
        else:
            self.weaver.stamp.whole_table(element, "del")

    def _bring(self, block: Block) -> etree._Element:
        """The old block, put after the last one placed."""
        element = block.element
        if block.depth and element.tag == oxml.P:
            control_inside(element)
        element.tail = None
        self._place(element, block.depth)
        self.weaver.adopt(element, self.old_view, self.new_view)
        return element

    def _place(self, element: etree._Element, depth: int) -> None:
        if self._cursor is None:
            self.container.insert(_first_place(self.container), element)
        else:
            self._anchor(depth).addnext(element)
        self._cursor = element

    def _anchor(self, depth: int) -> etree._Element:
        """After what the next block goes: the last one, or the content control that this closes when it is left."""
        anchor = self._cursor
        assert anchor is not None
        while not depth and anchor.getparent() is not self.container and _is_last_block(anchor):
            parent = anchor.getparent()
            assert parent is not None
            anchor = parent
        return anchor

    def _move(self, step: Step) -> None:
        """Either end of a move; the first one met writes both, the other is placed when its turn comes."""
        key = step.move
        if key not in self._moved:
            old, new = self.old[step.old[0]].element, self.new[step.new[0]].element
            views = (self.old_view, self.new_view)
            self._moved[key] = merge_moved(self.weaver, old, new, views, f"move{key}")
        source, target = self._moved[key]
        if step.fate == "from":
            source.paragraph.tail = None
            self._place(source.paragraph, self.old[step.old[0]].depth)
            self._endings.append(source)
        else:
            self._cursor = target.paragraph
            self._endings.append(target)

    # ---- afterwards

    def _runs(self) -> list[tuple[list[Ending], bool]]:
        """The endings in runs of neighbouring paragraphs, and whether a run closes the story."""
        runs: list[list[Ending]] = []
        last: etree._Element | None = None
        for ending in self._endings:
            if last is None or _next_block(last) is not ending.paragraph:
                runs.append([])
            runs[-1].append(ending)
            last = ending.paragraph
        return [(run, _closes(run[-1].paragraph)) for run in runs]

    def _note_other(self, block: Block, what: str) -> None:
        self.weaver.note(f"“{block.text[:12]}”处", f"兼容性内容（AlternateContent）{what}")


def _first_place(container: etree._Element) -> int:
    return 1 if len(container) and container[0].tag == oxml.TC_PR else 0


def _is_last_block(element: etree._Element) -> bool:
    return _next_block(element) is None


def _next_block(element: etree._Element) -> etree._Element | None:
    """The block that stands next to this one, over what has no width; None at the end of what it stands in."""
    following = element.getnext()
    while following is not None and following.tag not in _BLOCKS:
        following = following.getnext()
    return following


_BLOCKS = frozenset({oxml.P, oxml.TBL, oxml.SDT, oxml.CUSTOM_XML, oxml.ALTERNATE})


def _closes(paragraph: etree._Element) -> bool:
    """Whether no paragraph follows on which this one could run on: it ends its story or stands before a table."""
    following = _next_block(paragraph)
    return following is None or following.tag != oxml.P

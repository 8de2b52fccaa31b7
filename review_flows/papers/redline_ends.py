"""The ends of paragraphs in a redline: which are kept, added or struck, and what their properties were.

To Word a text is one stream, and a paragraph is what stands before a paragraph mark, which carries its properties. A
struck mark makes its paragraph run on into the next one; the later mark's properties hold. So the marks can be paired
and moved like characters, as long as each side's own order stays. This module does so where Word leaves no choice.
"""

from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from review_flows.word import oxml
from review_flows.word.revisions import Stamp, State, mark_properties, unmarked
from review_flows.word.sameness import look

PairSections = Callable[[etree._Element, etree._Element], None]
_OWN_RECORD = frozenset({oxml.RPR, oxml.SECT_PR})  # of a paragraph's properties: tracked elsewhere or not at all


@dataclass(slots=True, eq=False)
class Ending:
    """The end of one paragraph of the redline.

    `new`, `old`: its properties in either text (None: it has none). `added_head`, `added_tail`: its paragraph begins,
    or ends, with an insertion. `whole`: all of it is added or struck. `same`: known not to differ. `range_end`:
    closes the move that the paragraph is.
    """

    paragraph: etree._Element
    state: State
    old: etree._Element | None = None
    new: etree._Element | None = None
    added_head: bool = False
    added_tail: bool = False
    whole: bool = False
    same: bool = False
    range_end: etree._Element | None = None

    @property
    def in_old(self) -> bool:
        return self.state in ("keep", "del", "from")

    @property
    def in_new(self) -> bool:
        return self.state in ("keep", "ins", "to")


def settle(run: list[Ending], *, closes: bool) -> None:
    """Bring the ends of neighbouring paragraphs into a form that Word and LibreOffice resolve exactly.

    `closes`: the last of them closes its cell, note, box, header or the body, or stands before a table.
    """
    if closes and run:
        _keep_the_last(run)
    _part_added_tails(run)


def _keep_the_last(run: list[Ending]) -> None:
    """The last mark of a story stays on both sides: Word cannot strike or add it, nor LibreOffice one before a table.

    A¶ → A¶B¶ is therefore A[¶][B]¶ with the first mark and B added, where the last mark was A's and becomes B's.
    """
    last = len(run) - 1
    if run[last].state == "keep":
        return
    a = next((i for i in range(last, -1, -1) if run[i].in_old), None)
    b = next((i for i in range(last, -1, -1) if run[i].in_new), None)
    if a is None or b is None:
        return
    end = run[last]
    end.old, end.new, end.state = run[a].old, run[b].new, "keep"
    _release(run, min(a, b), of_old=a < b)


def _release(run: list[Ending], at: int, *, of_old: bool) -> None:
    """Take one side's mark away from this end: a kept one stays with the other side only, another one vanishes."""
    ending = run[at]
    if ending.state == "keep":
        ending.state, ending.same = ("ins" if of_old else "del"), False
        return
    following = run[at + 1].paragraph
    content = [child for child in ending.paragraph if child.tag != oxml.PPR]
    start = 1 if len(following) and following[0].tag == oxml.PPR else 0
    following[start:start] = content
    parent = ending.paragraph.getparent()
    if parent is not None:
        parent.remove(ending.paragraph)
    del run[at]


def _part_added_tails(run: list[Ending]) -> None:
    """LibreOffice takes an insertion at the end of a paragraph and one right after it for one, and the end between them
    with it: rejecting glues the next paragraph on. No kept end may stand between two insertions.

    Where added paragraphs follow, the ends shift by one: A[b]¶ [C¶] D¶ is written A[b][¶] [C]¶ D¶, the kept end being
    C's. Where what follows them begins with an insertion, too, the tail gets a paragraph of its own: A{¶} [b¶] [C¶]
    [d]D¶.
    """
    at = 0
    while at < len(run):
        ending, last = run[at], at
        while last + 1 < len(run) and run[last + 1].state == "ins" and run[last + 1].whole:
            last += 1
        if ending.state == "keep" and ending.added_tail and not _has_section(ending.old, ending.new, run[last].new):
            if last + 1 < len(run) and run[last + 1].added_head:
                run.insert(at + 1, _parted(ending))
                last += 1
            elif last > at:
                run[last].state, run[last].old = "keep", ending.old
                ending.state, ending.same = "ins", False
        at = max(last, at + 1)


def _parted(ending: Ending) -> Ending:
    """The added tail of a paragraph as one of its own, whose end is added; that of the paragraph is struck."""
    paragraph = ending.paragraph
    tail = []
    while len(paragraph) and paragraph[-1].tag == oxml.INS:
        tail.append(paragraph[-1])
        paragraph.remove(paragraph[-1])
    added = paragraph.makeelement(oxml.P)
    added.extend(reversed(tail))
    paragraph.addnext(added)
    new, ending.new, ending.state, ending.same = ending.new, None, "del", False
    return Ending(added, "ins", None, new, added_head=True, added_tail=True, whole=True)


def _has_section(*properties: etree._Element | None) -> bool:
    return any(p is not None and p.find(oxml.SECT_PR) is not None for p in properties)


def write_end(ending: Ending, stamp: Stamp, pair_sections: PairSections) -> None:
    """Write an end's state and its former properties into the paragraph."""
    if ending.same and ending.state == "keep":
        return
    if ending.state == "keep":
        _write_kept(ending, stamp, pair_sections)
    else:
        _set_properties(ending.paragraph, ending.new if ending.in_new else ending.old)
        stamp.paragraph_mark(ending.paragraph, ending.state)
        if ending.range_end is not None and ending.paragraph.getnext() is not None:
            ending.paragraph.addnext(ending.range_end)


def _write_kept(ending: Ending, stamp: Stamp, pair_sections: PairSections) -> None:
    old_section, new_section = _section(ending.old), _section(ending.new)
    if (old_section is None) != (new_section is None):
        _write_two(ending, stamp)
        return
    paragraph = ending.paragraph
    _set_properties(paragraph, ending.new)
    if old_section is not None:
        pair_sections(old_section, _section(paragraph.find(oxml.PPR)))  # type: ignore[arg-type]
    if look(ending.old, _OWN_RECORD) != look(ending.new, _OWN_RECORD):
        stamp.changed(oxml.first_child(paragraph, oxml.PPR), ending.old, oxml.PPR_CHANGE)
    old_mark = ending.old.find(oxml.RPR) if ending.old is not None else None
    new_mark = ending.new.find(oxml.RPR) if ending.new is not None else None
    if look(old_mark) != look(new_mark):
        stamp.changed(mark_properties(paragraph), old_mark, oxml.RPR_CHANGE)


def _write_two(ending: Ending, stamp: Stamp) -> None:
    """A section break that comes or goes cannot be a change of properties: the old end is struck, the new one added."""
    paragraph = ending.paragraph
    added = paragraph.makeelement(oxml.P)
    _set_properties(added, ending.new)
    paragraph.addnext(added)
    _set_properties(paragraph, ending.old)
    stamp.paragraph_mark(paragraph, "del")
    stamp.paragraph_mark(added, "ins")


def _section(properties: etree._Element | None) -> etree._Element | None:
    return properties.find(oxml.SECT_PR) if properties is not None else None


def _set_properties(paragraph: etree._Element, properties: etree._Element | None) -> None:
    own = paragraph.find(oxml.PPR)
    if own is properties:
        return
    if own is not None:
        paragraph.remove(own)
    if properties is not None:
        paragraph.insert(0, unmarked(properties))

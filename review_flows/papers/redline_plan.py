"""In which order the blocks of two stories appear in the redline, and what happens to each. No XML is changed here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from lxml import etree

from review_flows.text.alignment import BlockPair, pair_blocks, pair_rows
from review_flows.word import oxml

_TABLE_SIGN = "\ue0f0"  # in front of a table's text, so that it pairs with a table rather than with a paragraph
Fate = Literal["pair", "ins", "del", "from", "to"]


@dataclass(slots=True, eq=False)
class Block:
    """A paragraph, table or other child of a story, seen through content controls (`depth`: how many it stands in)."""

    element: etree._Element
    kind: Literal["paragraph", "table", "other"]
    text: str
    depth: int


@dataclass(frozen=True, slots=True)
class Step:
    """What happens next in the redline: places of blocks in the old and in the new story. `move` numbers a move."""

    fate: Fate
    old: tuple[int, ...] = ()
    new: tuple[int, ...] = ()
    move: int = 0


def blocks(container: etree._Element, depth: int = 0) -> list[Block]:
    """The paragraphs and tables of a story in order, with what text they have."""
    out: list[Block] = []
    for child in container:
        if child.tag == oxml.P:
            out.append(Block(child, "paragraph", oxml.plain_text(child), depth))
        elif child.tag == oxml.TBL:
            out.append(Block(child, "table", _TABLE_SIGN + oxml.plain_text(child), depth))
        elif child.tag == oxml.SDT:
            content = child.find(oxml.SDT_CONTENT)
            out += blocks(content, depth + 1) if content is not None else []
        elif child.tag == oxml.CUSTOM_XML:
            out += blocks(child, depth + 1)
        elif child.tag == oxml.ALTERNATE:
            out.append(Block(child, "other", oxml.plain_text(child), depth))
    return out


def plan(old: Sequence[Block], new: Sequence[Block], *, moves: bool, next_move: Callable[[], int]) -> list[Step]:
    """Every block of both sides in exactly one step (a moved one in two), in the order of the redline."""
    steps: list[Step] = []
    sources: list[Step] = []
    rigid = [[k for k, b in enumerate(side) if b.kind != "paragraph"] for side in (old, new)]
    for pair in pair_blocks([b.text for b in old], [b.text for b in new], *rigid):
        if pair.fate != "moved":
            steps += _steps(pair, old, new)
            continue
        ends = _moved(pair, old, new, next_move if moves else None)
        sources.append(ends[0])
        steps.append(ends[1])
    return _ends_together(_with_sources(steps, sources), old, new)


def _moved(
    pair: BlockPair, old: Sequence[Block], new: Sequence[Block], next_move: Callable[[], int] | None
) -> tuple[Step, Step]:
    """Where it was and where it is. Only a paragraph without a section break can be told as moved."""
    pieces = [old[i] for i in pair.old] + [new[j] for j in pair.new]
    if next_move is None or not all(b.kind == "paragraph" and not _has_section(b) for b in pieces):
        return Step("del", old=pair.old), Step("ins", new=pair.new)
    number = next_move()
    return Step("from", pair.old, pair.new, number), Step("to", pair.old, pair.new, number)


def _has_section(block: Block) -> bool:
    return block.element.find(f"{oxml.PPR}/{oxml.SECT_PR}") is not None


def _steps(pair: BlockPair, old: Sequence[Block], new: Sequence[Block]) -> list[Step]:
    """A pair as steps. A group that reaches over the edge of a content control is taken apart, one by one."""
    kinds = {old[i].kind for i in pair.old} | {new[j].kind for j in pair.new}
    single = len(pair.old) == len(pair.new) == 1
    if pair.old and pair.new and len(kinds) == 1 and (single or _one_parent([new[j] for j in pair.new])):
        return [Step("pair", pair.old, pair.new)]
    if single or not pair.old or not pair.new:
        return [Step("del", old=(i,)) for i in pair.old] + [Step("ins", new=(j,)) for j in pair.new]
    texts = [old[i].text for i in pair.old], [new[j].text for j in pair.new]
    apart = (
        BlockPair(one.fate, tuple(pair.old[i] for i in one.old), tuple(pair.new[j] for j in one.new))
        for one in pair_rows(*texts)
    )
    return [step for one in apart for step in _steps(one, old, new)]


def _one_parent(pieces: Sequence[Block]) -> bool:
    """Whether these stand side by side, so that one can run on into the next: in no content control, or in the same."""
    return len({id(block.element.getparent()) for block in pieces}) == 1


def _with_sources(steps: Sequence[Step], sources: Sequence[Step]) -> list[Step]:
    """The steps with what moved away put back where it stood in the old text."""
    waiting = sorted(sources, key=lambda step: step.old)
    out: list[Step] = []
    for step in steps:
        while waiting and step.fate in ("pair", "del") and step.old and waiting[0].old < step.old:
            out.append(waiting.pop(0))
        out.append(step)
    return out + waiting


def _ends_together(steps: list[Step], old: Sequence[Block], new: Sequence[Block]) -> list[Step]:
    """The last paragraphs of both sides in one run: Word can neither strike nor add the last mark of a story.

    Where a table comes between them, they are paired with each other whatever they say.
    """
    if not old or not new or old[-1].kind != "paragraph" or new[-1].kind != "paragraph":
        return steps
    last_old, last_new = len(old) - 1, len(new) - 1
    mine = [k for k, s in enumerate(steps) if _is_there(s, last_old, last_new)]
    if all(_is_paragraph(s, old, new) for s in steps[mine[0] :]):
        return steps
    gone = {s.move for k, s in enumerate(steps) if k in mine and s.move}
    out = [t for s in steps for t in _without(s, last_old, last_new, gone)]
    return [*out, Step("pair", (last_old,), (last_new,))]


def _is_there(step: Step, old: int, new: int) -> bool:
    return (old in step.old and step.fate != "to") or (new in step.new and step.fate != "from")


def _is_paragraph(step: Step, old: Sequence[Block], new: Sequence[Block]) -> bool:
    return all(old[i].kind == "paragraph" for i in step.old) and all(new[j].kind == "paragraph" for j in step.new)


def _without(step: Step, old: int, new: int, gone: set[int]) -> list[Step]:
    """A step without these two blocks: what was paired with one of them is struck or added by itself."""
    olds, news = tuple(i for i in step.old if i != old), tuple(j for j in step.new if j != new)
    if (olds, news) == (step.old, step.new) and step.move not in gone - {0}:
        return [step]
    if step.fate == "from" or (step.fate != "to" and not news):
        return [Step("del", old=(i,)) for i in olds]
    if step.fate == "to" or not olds:
        return [Step("ins", new=(j,)) for j in news]
    return [replace(step, old=olds, new=news)]

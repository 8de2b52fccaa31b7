"""Which paragraph, and which article, of the old text became which of the new one.

Sequences of texts in, pairs with a fate out; no Word, no catalog. The number at the head of an article is left out of
every likeness: after an insertion all later articles are renumbered, and a number says nothing about what became of a
rule.

The way is the same for both sizes. Likely partners come from equal texts and from an index of rare character triples;
their likeness is the longest common subsequence (RapidFuzz, bit-parallel); the heaviest chain of partners that keeps the
order is the backbone; what is left over stands in small gaps, where every pair is looked at; what then still finds its like
elsewhere has moved; what covers two neighbours has been split or merged.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rapidfuzz.distance import Indel, LCSseq

Fate = Literal["equal", "changed", "inserted", "deleted", "moved", "split", "merged"]

ALIKE = 0.45  # share of common characters from which two paragraphs in the same place are two wordings of one
MOVED_ALIKE = 0.7  # a paragraph elsewhere must be this much alike to have moved
MOVED_LENGTH = 8  # characters; shorter paragraphs ("附　则", table cells) recur by chance
COVERED = 0.6  # share of a neighbour that the one text must contain to have been split into, or merged from, both

_NUMBER = re.compile(r"^\s*第\s?[〇零一二三四五六七八九十百千万两0-9０-９]+\s?条(?:之[一二三四五六七八九十]+)?\s*")
_BLANK = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class BlockPair:
    """What became of some neighbouring blocks: their places in the old and in the new sequence.

    equal, changed, moved: one on each side (a moved one may be edited, too); inserted: none in the old; deleted: none in
    the new; split: one old, several new; merged: several old, one new.
    """

    fate: Fate
    old: tuple[int, ...]
    new: tuple[int, ...]


class Link(NamedTuple):
    """A candidate: place in the old sequence, place in the new one, and what linking them saves a reader."""

    old: int
    new: int
    weight: float


def bare(text: str) -> str:
    """The text without its leading article number and without blanks.

    >>> bare("第三条　本办法 所称")
    '本办法所称'
    """
    return _BLANK.sub("", _NUMBER.sub("", text))


def likeness(a: str, b: str, least: float = 0.0) -> float:
    """2·LCS / total length, 0 when below `least`; 1 means equal."""
    return float(Indel.normalized_similarity(a, b, score_cutoff=least))


def pair_blocks(old: Sequence[str], new: Sequence[str]) -> list[BlockPair]:
    """Every old and every new place in exactly one pair, in the order of the new text.

    A deleted block stands after the block that it followed in the old text; a moved one at its new place.
    """
    keys_old, keys_new = [bare(t) for t in old], [bare(t) for t in new]
    linked = _chain(keys_old, keys_new)
    moved = _moves(keys_old, keys_new, linked)
    groups = _groups(keys_old, keys_new, linked, moved)
    return _in_order(old, new, groups, moved)


# --- the backbone ---


def _chain(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Old place → new place, order kept: the heaviest chain, then the gaps it leaves, filled from inside."""
    backbone = heaviest_chain(_candidates(old, new))
    linked: dict[int, int] = {}
    at_old = at_new = 0
    for i, j in [*backbone, (len(old), len(new))]:
        linked |= _fill(old, new, range(at_old, i), range(at_new, j))
        if i < len(old):
            linked[i] = j
        at_old, at_new = i + 1, j + 1
    return linked


def _candidates(old: Sequence[str], new: Sequence[str]) -> list[Link]:
    """Equal texts that occur once on each side, and for the others their likeliest partners."""
    once_old, once_new = _once(old), _once(new)
    links = [Link(i, once_new[t], 2.0 * len(t) + 1) for t, i in once_old.items() if t in once_new]
    taken_old, taken_new = {x.old for x in links}, {x.new for x in links}
    open_old = [i for i, t in enumerate(old) if i not in taken_old and len(t) > 3]
    open_new = [j for j, t in enumerate(new) if j not in taken_new and len(t) > 3]
    for i, j in _likely(old, new, open_old, open_new):
        s = likeness(old[i], new[j], ALIKE)
        if s:
            links.append(Link(i, j, saved(s, old[i], new[j])))
    return links


def saved(alike: float, a: str, b: str) -> float:
    """What a reader is spared when the pair is shown as one changed text, in characters not marked."""
    return alike * (len(a) + len(b)) * (2 * alike - ALIKE)


def _once(texts: Sequence[str]) -> dict[str, int]:
    count = Counter(texts)
    return {t: i for i, t in enumerate(texts) if t and count[t] == 1}


def _likely(
    old: Sequence[str], new: Sequence[str], open_old: Sequence[int], open_new: Sequence[int], best: int = 5
) -> Iterable[tuple[int, int]]:
    """For each open old text the few open new ones that share most of its rare character triples."""
    where: dict[str, list[int]] = defaultdict(list)
    for j in open_new:
        for gram in grams(new[j]):
            where[gram].append(j)
    for i in open_old:
        votes: dict[int, float] = defaultdict(float)
        for gram in grams(old[i]):
            hits = where.get(gram, ())
            if len(hits) <= 24:
                for j in hits:
                    votes[j] += 1 / len(hits)
        for j in sorted(votes, key=lambda k: (-votes[k], k))[:best]:
            yield i, j


def grams(text: str, n: int = 3) -> set[str]:
    """The character n-tuples of a text (the text itself when it is shorter)."""
    return {text[k : k + n] for k in range(max(1, len(text) - n + 1))}


def heaviest_chain(links: Iterable[Link]) -> list[tuple[int, int]]:
    """The pairs of greatest total weight in which both places rise.

    Kept is a staircase: for rising new places the best weight of a chain that ends there, never one beaten from the left.
    """
    ends: list[int] = []
    best: list[float] = []
    cell: list[int] = []
    chosen: list[tuple[Link, int]] = []
    for link in sorted(links, key=lambda x: (x.old, -x.new)):
        at = bisect_left(ends, link.new)
        weight = link.weight + (best[at - 1] if at else 0.0)
        if at < len(ends) and ends[at] == link.new and best[at] >= weight:
            continue
        chosen.append((link, cell[at - 1] if at else -1))
        stop = at
        while stop < len(ends) and best[stop] <= weight:
            stop += 1
        ends[at:stop], best[at:stop], cell[at:stop] = [link.new], [weight], [len(chosen) - 1]
    out: list[tuple[int, int]] = []
    k = cell[-1] if cell else -1
    while k >= 0:
        link, k = chosen[k]
        out.append((link.old, link.new))
    return out[::-1]


def _fill(old: Sequence[str], new: Sequence[str], rows: range, columns: range) -> dict[int, int]:
    """Pairs inside one gap: equal texts first, from both ends; then the heaviest chain over every pair."""
    if not rows or not columns:
        return {}
    linked = _equal_ends(old, new, rows, columns)
    rows = [i for i in rows if i not in linked]
    taken = set(linked.values())
    columns = [j for j in columns if j not in taken]
    if len(rows) * len(columns) > 4_000:
        return linked | _equal_inside(old, new, rows, columns)
    links = []
    for i in rows:
        for j in columns:
            s = likeness(old[i], new[j], ALIKE)
            if s or not (old[i] or new[j]):
                links.append(Link(i, j, saved(s, old[i], new[j]) + 0.1))
    return linked | dict(heaviest_chain(links))


def _equal_ends(old: Sequence[str], new: Sequence[str], rows: range, columns: range) -> dict[int, int]:
    linked: dict[int, int] = {}
    for i, j in zip(rows, columns, strict=False):
        if old[i] != new[j]:
            break
        linked[i] = j
    taken = set(linked.values())
    for i, j in zip(reversed(rows), reversed(columns), strict=False):
        if old[i] != new[j] or i in linked or j in taken:
            break
        linked[i] = j
    return linked


def _equal_inside(old: Sequence[str], new: Sequence[str], rows: Sequence[int], columns: Sequence[int]) -> dict[int, int]:
    """In a gap too large to try every pair (a table of thousands of like cells): the common sequence of equal texts."""
    codes: dict[str, int] = {}
    a = [codes.setdefault(old[i], len(codes)) for i in rows]
    b = [codes.setdefault(new[j], len(codes)) for j in columns]
    linked = {}
    for op in LCSseq.opcodes(a, b):
        if op.tag == "equal":
            for k in range(op.src_end - op.src_start):
                linked[rows[op.src_start + k]] = columns[op.dest_start + k]
    return linked


# --- moves, splits and merges ---


def _moves(old: Sequence[str], new: Sequence[str], linked: dict[int, int]) -> dict[int, int]:
    """Old place → new place of the blocks that stand out of order, best likeness first."""
    taken = set(linked.values())
    open_old = [i for i, t in enumerate(old) if i not in linked and len(t) >= MOVED_LENGTH]
    open_new = [j for j, t in enumerate(new) if j not in taken and len(t) >= MOVED_LENGTH]
    found = [(likeness(old[i], new[j], MOVED_ALIKE), i, j) for i, j in _likely(old, new, open_old, open_new)]
    moved: dict[int, int] = {}
    for s, i, j in sorted(found, key=lambda x: (-x[0], x[1], x[2])):
        if s and i not in moved and j not in moved.values():
            moved[i] = j
    return moved


def _groups(
    old: Sequence[str], new: Sequence[str], linked: dict[int, int], moved: dict[int, int]
) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """The links, each widened by the unlinked neighbours that it was split into or merged from."""
    free_old = set(range(len(old))) - set(linked) - set(moved)
    free_new = set(range(len(new))) - set(linked.values()) - set(moved.values())
    groups = []
    for i, j in sorted(linked.items()):
        parts = _covered(old[i], j, new, free_new) if old[i] != new[j] else (j,)
        wholes = _covered(new[j], i, old, free_old) if len(parts) == 1 and old[i] != new[j] else (i,)
        free_new -= set(parts)
        free_old -= set(wholes)
        groups.append((wholes, parts))
    return groups


def _covered(whole: str, at: int, texts: Sequence[str], free: set[int]) -> tuple[int, ...]:
    """`at` and those free neighbours on either side whose text `whole` contains beside that of `at`."""
    places = [at]
    common = LCSseq.similarity(whole, texts[at])
    for step in (-1, 1):
        k = at + step
        while k in free and texts[k]:
            wider = sorted([*places, k])
            more = LCSseq.similarity(whole, "".join(texts[p] for p in wider))
            if more - common < max(COVERED * len(texts[k]), 4):
                break
            places, common = wider, more
            k += step
    return tuple(places)


def _in_order(
    old: Sequence[str],
    new: Sequence[str],
    groups: Sequence[tuple[tuple[int, ...], tuple[int, ...]]],
    moved: dict[int, int],
) -> list[BlockPair]:
    """All blocks, in the order of the new text; deleted ones where they stood."""
    out: list[BlockPair] = []
    origin = {j: i for i, j in moved.items()}
    at_old = at_new = 0
    for wholes, parts in [*groups, ((len(old),), (len(new),))]:
        out += [BlockPair("deleted", (i,), ()) for i in range(at_old, wholes[0]) if i not in moved]
        for j in range(at_new, parts[0]):
            out.append(BlockPair("moved", (origin[j],), (j,)) if j in origin else BlockPair("inserted", (), (j,)))
        if wholes[0] < len(old) or parts[0] < len(new):
            out.append(BlockPair(_fate(old, new, wholes, parts), wholes, parts))
        at_old, at_new = wholes[-1] + 1, parts[-1] + 1
    return out


def _fate(old: Sequence[str], new: Sequence[str], wholes: tuple[int, ...], parts: tuple[int, ...]) -> Fate:
    if len(parts) > 1:
        return "split"
    if len(wholes) > 1:
        return "merged"
    return "equal" if old[wholes[0]] == new[parts[0]] else "changed"

"""Which paragraph, and which article, of the old text became which of the new one.

Sequences of texts in, pairs with a fate out; no Word, no catalog. The number at the head of an article is left out of
every likeness: after an insertion all later articles are renumbered, and a number says nothing about what became of a
rule.

The way is the same for both sizes. Likely partners come from equal texts and from an index of rare character triples;
their likeness is the longest common subsequence (RapidFuzz, bit-parallel); the heaviest chain of partners that keeps
the order is the backbone; what is left over stands in small gaps, where every pair is looked at; what then still
finds its like elsewhere has moved; what covers two neighbours has been split or merged.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rapidfuzz.distance import Indel, LCSseq

Fate = Literal["equal", "changed", "inserted", "deleted", "moved", "split", "merged"]

ALIKE = 0.2  # share of common characters from which two paragraphs in the same place are two wordings of one
CHANCE = 0.1  # share of common characters that any two legal sentences have; only what exceeds it is worth anything
CERTAIN = 0.8  # likeness from which a partner is trusted before its neighbourhood has been looked at
MOVED_LENGTH = 8  # characters; shorter paragraphs ("附　则", table cells) recur by chance
TOGETHER = 4  # at most so many neighbours are looked at as parts of one
CELLS = 20_000  # a stretch with more pairs than this is cut at the partners found by their rare triples
EQUAL_CELLS = 400_000_000  # pairs of equal-or-not, a bit each (50 MB); a longer stretch is cut in proportion

_NUMBER = re.compile(r"^\s*第\s?[〇零一二三四五六七八九十百千万两0-9０-９]+\s?条(?:之[一二三四五六七八九十]+)?\s*")
_BLANK = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class BlockPair:
    """What became of some neighbouring blocks: their places in the old and in the new sequence.

    equal, changed, moved: one on each side (a moved one may be edited, too); inserted: none in the old; deleted: none
    in the new; split: one old, several new; merged: several old, one new.
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
    a, b = [bare(t) for t in old], [bare(t) for t in new]
    links = _candidates(a, b)
    backbone = heaviest_chain(links)
    moved = _moves(a, b, links, backbone)
    groups = _stretches(a, b, backbone, moved)
    late = _late_moves(a, b, groups, moved)
    return _in_order(old, new, groups, moved | late)


# --- candidates and backbone ---


def _candidates(old: Sequence[str], new: Sequence[str]) -> list[Link]:
    """Equal texts that occur once on each side, and the likeliest partners of the others; weighed by what they save."""
    once_old, once_new = _once(old), _once(new)
    links = [Link(i, once_new[t], worth(1.0, t, t)) for t, i in once_old.items() if t in once_new]
    taken_old, taken_new = {x.old for x in links}, {x.new for x in links}
    open_old = [i for i, t in enumerate(old) if i not in taken_old and len(t) > 3]
    open_new = [j for j, t in enumerate(new) if j not in taken_new and len(t) > 3]
    for i, j in _likely(old, new, open_old, open_new):
        s = likeness(old[i], new[j], CERTAIN)
        if s:
            links.append(Link(i, j, worth(s, old[i], new[j])))
    return links


def worth(alike: float, a: str, b: str) -> float:
    """The characters (ends of paragraphs too) not marked when the two are shown as one changed text."""
    return (len(a) + len(b)) * max(0.0, alike - CHANCE) / (1 - CHANCE) + 1


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

    Kept is a staircase: for rising new places the best weight of a chain that ends there, never one beaten from the
    left.
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


# --- the stretches between equal blocks ---

_Group = tuple[tuple[int, ...], tuple[int, ...]]


def _stretches(
    old: Sequence[str], new: Sequence[str], backbone: Sequence[tuple[int, int]], moved: dict[int, int]
) -> list[_Group]:
    """What belongs together, in order: the equal blocks of the backbone, and the best of what lies between them."""
    arrived = set(moved.values())
    groups: list[_Group] = []
    pending: list[tuple[int, int]] = []
    at_old = at_new = 0
    for i, j in [*backbone, (len(old), len(new))]:
        end = i == len(old)
        if not end and old[i] != new[j]:
            pending.append((i, j))
            continue
        rows = [k for k in range(at_old, i) if k not in moved]
        columns = [k for k in range(at_new, j) if k not in arrived]
        groups += _stretch(old, new, rows, columns, pending)
        groups += [] if end else [((i,), (j,))]
        at_old, at_new, pending = i + 1, j + 1, []
    return groups


def _stretch(
    old: Sequence[str], new: Sequence[str], rows: list[int], columns: list[int], trusted: Sequence[tuple[int, int]]
) -> list[_Group]:
    if not rows or not columns:
        return []
    if len(rows) * len(columns) <= CELLS:
        return _best_groups(old, new, rows, columns)
    if not trusted:
        return _equal_inside(old, new, rows, columns)
    groups: list[_Group] = []
    for i, j in [*trusted, (len(old), len(new))]:
        groups += _stretch(old, new, [k for k in rows if k < i], [k for k in columns if k < j], ())
        groups += [((i,), (j,))] if i < len(old) else []
        rows, columns = [k for k in rows if k > i], [k for k in columns if k > j]
    return groups


def _best_groups(old: Sequence[str], new: Sequence[str], rows: list[int], columns: list[int]) -> list[_Group]:
    """The pairs, splits and merges of greatest total worth that keep the order, over every pair of the stretch."""
    n, m = len(rows), len(columns)
    best = [[0.0] * (m + 1) for _ in range(n + 1)]
    taken: dict[tuple[int, int], tuple[int, int]] = {}
    for p in range(n - 1, -1, -1):
        row, below = best[p], best[p + 1]
        for q in range(m - 1, -1, -1):
            row[q] = max(below[q], row[q + 1])
            for high, wide, value in _possible(old, new, rows, columns, p, q):
                total = value + best[p + high][q + wide]
                if total > row[q]:
                    row[q] = total
                    taken[p, q] = (high, wide)
    return _walk(rows, columns, best, taken)


def _possible(
    old: Sequence[str], new: Sequence[str], rows: list[int], columns: list[int], p: int, q: int
) -> Iterator[tuple[int, int, float]]:
    """(old blocks, new blocks, worth) of the groups that begin at p and q: a pair, a split, a merger."""
    a, b = old[rows[p]], new[columns[q]]
    alike = 1.0 if a == b else likeness(a, b, ALIKE)
    if not alike:
        return
    yield 1, 1, worth(alike, a, b)
    if alike > 0.9:
        return
    if len(a) > len(b):
        for k, joined in _joined(new, columns, q):
            yield 1, k, worth(likeness(a, joined), a, joined)
    else:
        for k, joined in _joined(old, rows, p):
            yield k, 1, worth(likeness(joined, b), joined, b)


def _joined(texts: Sequence[str], places: Sequence[int], at: int) -> Iterator[tuple[int, str]]:
    """Two, three … neighbours read as one; neighbours in the text, so that a moved block between them ends it."""
    joined = texts[places[at]]
    for k in range(1, TOGETHER):
        if at + k >= len(places) or places[at + k] != places[at] + k or not texts[places[at + k]]:
            return
        joined += texts[places[at + k]]
        yield k + 1, joined


def _walk(
    rows: list[int], columns: list[int], best: list[list[float]], taken: dict[tuple[int, int], tuple[int, int]]
) -> list[_Group]:
    groups: list[_Group] = []
    p = q = 0
    while p < len(rows) and q < len(columns):
        high, wide = taken.get((p, q), (0, 0))
        if high:
            groups.append((tuple(rows[p : p + high]), tuple(columns[q : q + wide])))
            p, q = p + high, q + wide
        elif best[p][q] == best[p + 1][q]:
            p += 1
        else:
            q += 1
    return groups


def _equal_inside(old: Sequence[str], new: Sequence[str], rows: Sequence[int], columns: Sequence[int]) -> list[_Group]:
    """In a stretch too large to try every pair (thousands of like table cells): the common sequence of equal texts."""
    parts = math.isqrt(len(rows) * len(columns) // EQUAL_CELLS) + 1
    if parts > 1:
        cuts = [(len(rows) * k // parts, len(columns) * k // parts) for k in range(parts + 1)]
        return [
            group
            for (i, j), (i_end, j_end) in zip(cuts, cuts[1:], strict=False)
            for group in _equal_inside(old, new, rows[i:i_end], columns[j:j_end])
        ]
    codes: dict[str, int] = {}
    a = [codes.setdefault(old[i], len(codes)) for i in rows]
    b = [codes.setdefault(new[j], len(codes)) for j in columns]
    return [
        ((rows[op.src_start + k],), (columns[op.dest_start + k],))
        for op in LCSseq.opcodes(a, b)
        if op.tag == "equal"
        for k in range(op.src_end - op.src_start)
    ]


# --- moves ---


def _moves(
    old: Sequence[str], new: Sequence[str], links: Sequence[Link], backbone: Sequence[tuple[int, int]]
) -> dict[int, int]:
    """Old place → new place of blocks surely the same, both off the backbone; the worthiest first."""
    held_old, held_new = {i for i, _ in backbone}, {j for _, j in backbone}
    moved: dict[int, int] = {}
    for i, j, _ in sorted(links, key=lambda x: (-x.weight, x.old, x.new)):
        free = i not in held_old and j not in held_new and len(old[i]) >= MOVED_LENGTH
        if free and likeness(old[i], new[j], CERTAIN):
            moved[i] = j
            held_old.add(i)
            held_new.add(j)
    return moved


def _late_moves(
    old: Sequence[str], new: Sequence[str], groups: Sequence[_Group], moved: dict[int, int]
) -> dict[int, int]:
    """Moves among the blocks that no stretch could place."""
    held_old = {i for wholes, _ in groups for i in wholes} | set(moved)
    held_new = {j for _, parts in groups for j in parts} | set(moved.values())
    open_old = [i for i, t in enumerate(old) if i not in held_old and len(t) >= MOVED_LENGTH]
    open_new = [j for j, t in enumerate(new) if j not in held_new and len(t) >= MOVED_LENGTH]
    links = [
        Link(i, j, worth(s, old[i], new[j]))
        for i, j in _likely(old, new, open_old, open_new)
        if (s := likeness(old[i], new[j], CERTAIN))
    ]
    return _moves(old, new, links, ())


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

"""Which paragraph, and which article, of the old text became which of the new one.

Sequences of texts in, pairs with a fate out; no Word, no catalog. The number at the head of an article is left out of
every likeness: after an insertion all later articles are renumbered, and a number says nothing about what became of a
rule.

Equal blocks of the heaviest chain that keeps the order are fixed first, tables with their likeliest counterparts among
them. What lies between is compared as a whole (`flow`): which paragraphs hang together is told by the alignment that
costs a reader least, not by a likeness set beforehand. What then has nearly nothing in common with its neighbourhood
and surely finds its like elsewhere (rare character triples, then the longest common subsequence) has moved.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rapidfuzz.distance import Indel, LCSseq

from review_flows.text.flow import Crossing, Place, crossings, groups, running_on, worthwhile

Fate = Literal["equal", "changed", "inserted", "deleted", "moved", "split", "merged", "divided"]

ALIKE = 0.2  # share of common characters from which two tables, or rows, in the same place are two states of one
CHANCE = 0.1  # share of common characters that any two legal sentences have; only what exceeds it is worth anything
CERTAIN = 0.8  # likeness from which a partner is trusted before its neighbourhood has been looked at
MOVED_LENGTH = 8  # characters; shorter paragraphs ("附　则", table cells) recur by chance
IN_PLACE = 0.1  # share of a block up to which what it has in common with its neighbours does not hold it in its place
ANCHOR = 25  # characters; an equal block that is shorter may stand elsewhere by chance
CELLS = 20_000  # a stretch with more pairs of rigid blocks is cut at the partners found by their rare triples
EQUAL_CELLS = 400_000_000  # pairs of equal-or-not, a bit each (50 MB); a longer stretch is cut in proportion

_NUMBER = re.compile(r"^\s*第\s?[〇零一二三四五六七八九十百千万两0-9０-９]+\s?条(?:之[一二三四五六七八九十]+)?\s*")
_BLANK = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class BlockPair:
    """What became of some neighbouring blocks: their places in the old and in the new sequence.

    equal, changed, moved: one on each side (a moved one may be edited, too); inserted: none in the old; deleted: none
    in the new; split: one old, several new; merged: several old, one new; divided: several old, divided anew.
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


def pair_blocks(
    old: Sequence[str], new: Sequence[str], rigid_old: Collection[int] = (), rigid_new: Collection[int] = ()
) -> list[BlockPair]:
    """Every old and every new place in exactly one pair, in the order of the new text.

    A deleted block stands after the block that it followed in the old text; a moved one at its new place. The rigid
    ones (tables) are paired one to one and with each other only, and no text runs on over them.
    """
    a, b = [bare(t) for t in old], [bare(t) for t in new]
    rigid = frozenset(rigid_old), frozenset(rigid_new)
    fixed = _fixed(a, b, rigid, lambda i, j: bool(_NUMBER.match(old[i])) == bool(_NUMBER.match(new[j])))
    found: dict[Place, Crossing] = {}
    for rows, columns in _gaps(fixed, len(old), len(new)):
        soft = [i for i in rows if i not in rigid[0]], [j for j in columns if j not in rigid[1]]
        found |= crossings(old, new, *soft)
    joined = worthwhile(found, old, new)
    held = rigid[0] | {i for i, _ in fixed}, rigid[1] | {j for _, j in fixed}
    moved = _moves(a, b, joined, *held)
    arrived = set(moved.values())
    together = groups([p for p in joined if p[0] not in moved and p[1] not in arrived], *rigid)
    inside = {i for rows, _ in together for i in rows}, {j for _, columns in together for j in columns}
    moved = {i: j for i, j in moved.items() if i not in inside[0] and j not in inside[1]}
    still = rigid[0] | moved.keys(), rigid[1] | set(moved.values())
    in_order = sorted([*(((i,), (j,)) for i, j in fixed), *together])
    return _in_order(old, new, running_on(in_order, old, new, still), moved)


def pair_rows(old: Sequence[str], new: Sequence[str]) -> list[BlockPair]:
    """The same for what is only paired one to one, such as the rows of a table."""
    return pair_blocks(old, new, range(len(old)), range(len(new)))


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


# --- what holds whatever is around it ---

_Pairs = list[tuple[int, int]]


def _fixed(
    old: Sequence[str],
    new: Sequence[str],
    rigid: tuple[Collection[int], Collection[int]],
    like_numbered: Callable[[int, int], bool],
) -> _Pairs:
    """The equal blocks of the heaviest chain of partners, and between them the likeliest pairs of rigid ones.

    What begins an article on one side only is not held: the paragraph that took its place may keep its number.
    """
    links = [x for x in _candidates(old, new) if (x.old in rigid[0]) == (x.new in rigid[1])]
    chain = heaviest_chain(links)
    equal = [
        (i, j)
        for i, j in chain
        if old[i] == new[j] and (i in rigid[0] or (len(old[i]) >= ANCHOR and like_numbered(i, j)))
    ]
    pairs = list(equal)
    for rows, columns in _gaps(equal, len(old), len(new)):
        stiff = [i for i in rows if i in rigid[0]], [j for j in columns if j in rigid[1]]
        if stiff[0] and stiff[1]:
            pairs += _one_to_one(old, new, *stiff, [(i, j) for i, j in chain if i in stiff[0] and j in stiff[1]])
    return sorted(pairs)


def _gaps(fixed: _Pairs, n_old: int, n_new: int) -> Iterator[tuple[range, range]]:
    """What lies between fixed pairs, on both sides."""
    at_old = at_new = 0
    for i, j in [*fixed, (n_old, n_new)]:
        if i > at_old and j > at_new:
            yield range(at_old, i), range(at_new, j)
        at_old, at_new = i + 1, j + 1


def _one_to_one(old: Sequence[str], new: Sequence[str], rows: list[int], columns: list[int], trusted: _Pairs) -> _Pairs:
    """Pairs of these blocks in order; a stretch too long for every pair to be looked at is cut at trusted partners."""
    if not rows or not columns:
        return []
    if len(rows) * len(columns) <= CELLS:
        return _best_pairs(old, new, rows, columns)
    if not trusted:
        return _equal_inside(old, new, rows, columns)
    pairs: _Pairs = []
    for i, j in [*trusted, (len(old), len(new))]:
        pairs += _one_to_one(old, new, [k for k in rows if k < i], [k for k in columns if k < j], [])
        pairs += [(i, j)] if i < len(old) else []
        rows, columns = [k for k in rows if k > i], [k for k in columns if k > j]
    return pairs


def _best_pairs(old: Sequence[str], new: Sequence[str], rows: list[int], columns: list[int]) -> _Pairs:
    """The pairs of greatest total worth that keep the order, over every pair."""
    likely = (
        Link(i, j, worth(1.0 if old[i] == new[j] else alike, old[i], new[j]))
        for i in rows
        for j in columns
        if old[i] == new[j] or (alike := likeness(old[i], new[j], ALIKE))
    )
    return heaviest_chain(likely)


def _equal_inside(old: Sequence[str], new: Sequence[str], rows: Sequence[int], columns: Sequence[int]) -> _Pairs:
    """In a stretch too large to try every pair (thousands of like table cells): the common sequence of equal texts."""
    parts = math.isqrt(len(rows) * len(columns) // EQUAL_CELLS) + 1
    if parts > 1:
        cuts = [(len(rows) * k // parts, len(columns) * k // parts) for k in range(parts + 1)]
        return [
            pair
            for (i, j), (i_end, j_end) in zip(cuts, cuts[1:], strict=False)
            for pair in _equal_inside(old, new, rows[i:i_end], columns[j:j_end])
        ]
    codes: dict[str, int] = {}
    a = [codes.setdefault(old[i], len(codes)) for i in rows]
    b = [codes.setdefault(new[j], len(codes)) for j in columns]
    return [
        (rows[op.src_start + k], columns[op.dest_start + k])
        for op in LCSseq.opcodes(a, b)
        if op.tag == "equal"
        for k in range(op.src_end - op.src_start)
    ]


# --- moves ---


def _moves(
    old: Sequence[str],
    new: Sequence[str],
    joined: Mapping[Place, Crossing],
    held_old: Collection[int],
    held_new: Collection[int],
) -> dict[int, int]:
    """Old place → new place of blocks surely the same that have nearly nothing in common with what stands there now.

    The worthiest first.
    """
    open_old = _little_kept(old, ((i, c.kept) for (i, _), c in joined.items()), held_old)
    open_new = _little_kept(new, ((j, c.kept) for (_, j), c in joined.items()), held_new)
    links = [
        Link(i, j, worth(alike, old[i], new[j]))
        for i, j in _likely(old, new, open_old, open_new)
        if (alike := likeness(old[i], new[j], CERTAIN))
    ]
    moved: dict[int, int] = {}
    arrived: set[int] = set()
    for i, j, _ in sorted(links, key=lambda x: (-x.weight, x.old, x.new)):
        if i not in moved and j not in arrived:
            moved[i] = j
            arrived.add(j)
    return moved


def _little_kept(texts: Sequence[str], kept: Iterable[tuple[int, int]], held: Collection[int]) -> list[int]:
    total = Counter[int]()
    for place, count in kept:
        total[place] += count
    return [
        place
        for place, text in enumerate(texts)
        if place not in held and len(text) >= MOVED_LENGTH and total[place] <= IN_PLACE * len(text)
    ]


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
    if len(wholes) > 1 and len(parts) > 1:
        return "divided"
    if len(parts) > 1:
        return "split"
    if len(wholes) > 1:
        return "merged"
    return "equal" if old[wholes[0]] == new[parts[0]] else "changed"

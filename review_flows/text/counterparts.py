"""Which article of the old text became which article of the new one.

Texts of articles in (without their numbers), links out; no Word, no catalog. An amended law is renumbered throughout,
half of its sentences begin alike (县级以上人民政府 … 应当), and what matters is who took over a rule, so:

* two articles are as alike as the character pairs and triples that they share, each weighing more the fewer articles of
  either law contain it: 生态环境损害赔偿 says more than 应当依法;
* the assignment is global: the surest links are fixed first, and each later one must be the best that both sides
  still have;
* a weak likeness counts where the neighbours point the same way: between two fixed links that stand side by side it is
  enough to be recognisable, elsewhere it has to be strong;
* an article left over is part of a split or merger when a neighbour's counterpart contains what it says and its first
  counterpart does not, or says it word for word.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from review_flows.text.alignment import likeness

SAME = 0.9  # likeness of characters from which an article in its place is the same one
STRONG = 0.5  # likeness that needs no support from the neighbours
IN_PLACE = 0.17  # enough between two fixed links
ELSEWHERE = 0.4  # needed out of order
PART = 0.4  # share of a left-over article that a neighbour's counterpart alone must account for …
NEAR = 3  # … and at most so far from the first counterpart
PASSAGE = 30  # characters taken over word for word, or …
PASSAGE_PART = 0.15  # … when they make up this share …
NEARBY = 8  # … and stand at most so far away
WHOLE = 15  # characters of an article that went whole, word for word, into another one
SAMPLE = 300  # equal articles of which the wording is counted
RARE = 4  # articles of both laws; words in no more than these are peculiar to a rule
CANDIDATES = 10  # partners looked at for each article
COMMON = 40  # a character tuple in more articles than this finds nobody

_REFERENCE = re.compile(r"第[〇零一二三四五六七八九十百千0-9]+([条款项])")
_BLANK = re.compile(r"\s+")


class Likeness(NamedTuple):
    """How much of what an old and a new article say, taken together, both say: 0 to 1."""

    old: int
    new: int
    both: float


def align(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The links between articles, by place, in the order of the old text.

    An article without one was deleted or inserted.
    """
    equal = _equal(old, new)
    fixed = _reworded(old, new, equal)
    corpus = _Corpus(old, new, equal)
    candidates = corpus.candidates()
    fixed = _assign(fixed, [c for c in candidates if c.both >= STRONG])
    fixed = _assign_in_place(fixed, candidates)
    fixed = _assign(fixed, [c for c in candidates if c.both >= ELSEWHERE])
    links = sorted(fixed.items())
    return sorted({*links, *_shared(fixed, corpus, candidates)})


def _equal(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Equal texts: those that occur once, then the others in order."""
    where: dict[str, list[int]] = defaultdict(list)
    for j, text in enumerate(new):
        where[_plain(text)].append(j)
    count = Counter(map(_plain, old))
    fixed: dict[int, int] = {}
    for i, text in enumerate(old):
        key = _plain(text)
        if count[key] == len(where.get(key, ())):
            fixed[i] = where[key].pop(0)
            count[key] -= 1
    return fixed


def _reworded(old: Sequence[str], new: Sequence[str], fixed: Mapping[int, int]) -> dict[int, int]:
    """`fixed`, and next to fixed ones articles that hardly changed, where both texts have as many in between."""
    out = dict(fixed)
    rising = sorted(fixed.items())
    before = (-1, -1)
    for after in [*rising, (len(old), len(new))]:
        if after[0] - before[0] == after[1] - before[1]:
            for step, start, stop in ((1, before, after), (-1, after, before)):
                for k in range(1, abs(stop[0] - start[0])):
                    i, j = start[0] + step * k, start[1] + step * k
                    if i in out or likeness(_plain(old[i]), _plain(new[j]), SAME) == 0:
                        break
                    out[i] = j
        before = after
    return out


def _plain(text: str) -> str:
    return _BLANK.sub("", text)


class _Words:
    """An article as weighted character tuples."""

    __slots__ = ("mass", "text", "weight")

    def __init__(self, text: str, tuples: Iterable[str], rarity: Mapping[str, float]) -> None:
        self.text = text
        self.weight = {g: rarity[g] for g in tuples}
        self.mass = sum(self.weight.values()) or 1.0

    def shared(self, other: _Words) -> float:
        few, many = sorted((self.weight, other.weight), key=len)
        return sum(w for g, w in few.items() if g in many)

    def stands_only_in(self, other: _Words, first: _Words) -> bool:
        """Does all of it stand in the other article word for word, and not in the first?"""
        return len(self.text) >= WHOLE and self.text in other.text and self.text not in first.text

    def share_only_in(self, whole: _Words, first: _Words) -> float:
        """The share of this article that `whole` says and `first` does not."""
        return sum(w for g, w in self.weight.items() if g in whole.weight and g not in first.weight) / self.mass

    def passage_only_in(self, whole: _Words, first: _Words, spread: Mapping[str, int]) -> int:
        """The length of the longest passage that `whole` has word for word and `first` for less than a half.

        It must have words that hardly any other article has: a penalty clause that stands everywhere proves nothing.
        """
        longest = run = foreign = 0
        rare = False
        for k in range(len(self.text) - 2):
            g = self.text[k : k + 3]
            if g not in whole.weight:
                run, foreign, rare = 0, 0, False
                continue
            run, foreign, rare = run + 1, foreign + (g not in first.weight), rare or spread[g] <= RARE
            if rare and 2 * foreign > run:
                longest = max(longest, run)
        return longest + 2 if longest else 0


class _Corpus:
    """The articles of both texts that have no equal, and how far each character tuple is spread over the two laws.

    An equal article can neither be assigned nor be part of a split; a sample of them is counted, so that the wording
    every article shares is known as such even where few articles changed.
    """

    def __init__(self, old: Sequence[str], new: Sequence[str], fixed: Mapping[int, int]) -> None:
        held = set(fixed.values())
        plain_old = {i: _anonymous(t) for i, t in enumerate(old) if i not in fixed}
        plain_new = {j: _anonymous(t) for j, t in enumerate(new) if j not in held}
        tuples_old = {i: _tuples(t) for i, t in plain_old.items()}
        tuples_new = {j: _tuples(t) for j, t in plain_new.items()}
        self.spread = Counter(g for side in (tuples_old, tuples_new) for t in side.values() for g in t)
        equal = sorted(fixed)
        for i in equal[:: len(equal) // SAMPLE + 1]:
            self.spread.update(dict.fromkeys(_tuples(_anonymous(old[i])), 2))
        half = (len(old) + len(new)) / 2
        rarity = {g: math.log(1 + half / n) for g, n in self.spread.items()}
        self.old = {i: _Words(plain_old[i], t, rarity) for i, t in tuples_old.items()}
        self.new = {j: _Words(plain_new[j], t, rarity) for j, t in tuples_new.items()}

    def candidates(self) -> list[Likeness]:
        """For every open article of either side its likeliest partners, surest first."""
        pairs = _likely(self.old, self.new, self.spread)
        pairs |= {(i, j) for j, i in _likely(self.new, self.old, self.spread)}
        return sorted((self._likeness(i, j) for i, j in pairs), key=lambda c: (-c.both, c.old, c.new))

    def _likeness(self, i: int, j: int) -> Likeness:
        a, b = self.old[i], self.new[j]
        return Likeness(i, j, 2 * a.shared(b) / (a.mass + b.mass))


def _anonymous(text: str) -> str:
    """The text without blanks, and every reference to an article the same whatever its number is."""
    return _REFERENCE.sub(r"第\1", _plain(text))


def _tuples(text: str) -> set[str]:
    return {text[k : k + n] for n in (2, 3) for k in range(len(text) - n + 1)} or {text}


def _likely(
    ours: Mapping[int, _Words], theirs: Mapping[int, _Words], spread: Mapping[str, int]
) -> set[tuple[int, int]]:
    """(one of ours, one of theirs): the few that share most of its rarer tuples."""
    where: dict[str, list[int]] = defaultdict(list)
    for j, words in theirs.items():
        for gram in words.weight:
            if spread[gram] <= COMMON:
                where[gram].append(j)
    pairs = set()
    for i, words in ours.items():
        votes: dict[int, float] = defaultdict(float)
        for gram, weight in words.weight.items():
            for j in where.get(gram, ()):
                votes[j] += weight
        best = sorted(votes, key=lambda j: (-votes[j], j))[:CANDIDATES]
        pairs |= {(i, j) for j in best}
    return pairs


def _assign(fixed: Mapping[int, int], candidates: Sequence[Likeness]) -> dict[int, int]:
    """`fixed` and of the candidates, surest first, those whose both sides are still free."""
    out = dict(fixed)
    held = set(out.values())
    for c in candidates:
        if c.old not in out and c.new not in held:
            out[c.old] = c.new
            held.add(c.new)
    return out


def _assign_in_place(fixed: Mapping[int, int], candidates: Sequence[Likeness]) -> dict[int, int]:
    """`fixed` and weaker links, surest first, as long as they lie between the fixed links around them."""
    out = dict(fixed)
    held = set(out.values())
    places = sorted(out)
    for c in candidates:
        if c.both < IN_PLACE:
            break
        if c.old in out or c.new in held:
            continue
        at = bisect_left(places, c.old)
        before = out[places[at - 1]] if at else -1
        after = out[places[at]] if at < len(places) else math.inf
        if before < c.new < after:
            out[c.old] = c.new
            held.add(c.new)
            places.insert(at, c.old)
    return out


def _shared(fixed: Mapping[int, int], corpus: _Corpus, candidates: Sequence[Likeness]) -> list[tuple[int, int]]:
    """Links of left-over articles to a neighbour's counterpart: more parts of a split, more sources of a merger."""
    back = {j: i for i, j in fixed.items()}
    out = []
    for c in candidates:
        if c.new not in back and c.old in fixed:
            left, whole, first = corpus.new[c.new], corpus.old[c.old], corpus.new[fixed[c.old]]
            apart = abs(fixed[c.old] - c.new)
        elif c.old not in fixed and c.new in back:
            left, whole, first = corpus.old[c.old], corpus.new[c.new], corpus.old[back[c.new]]
            apart = abs(back[c.new] - c.old)
        else:
            continue
        share = left.share_only_in(whole, first)
        if (
            (share >= PART and apart <= NEAR)
            or (apart <= NEARBY and left.stands_only_in(whole, first))
            or (
                share >= PASSAGE_PART
                and apart <= NEARBY
                and left.passage_only_in(whole, first, corpus.spread) >= PASSAGE
            )
        ):
            out.append((c.old, c.new))
    return out

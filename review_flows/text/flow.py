"""Two stretches of paragraphs, each read as one text → which paragraph went on in which.

A sentence that moved from the end of one paragraph to the head of the next, a list that became a sentence: an amended
text does not keep to its paragraphs. So the stretch is compared as a whole (`pieces`, the alignment that costs a reader
least), and a *crossing* is what an old and a new paragraph have in common in it. Crossings that share a paragraph hang
together: two wordings of one, a split, a merger, or several that were divided anew.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise
from os.path import commonprefix

from review_flows.text.pieces import HUNK, SPARED, kept_runs, tokens

END = "\n"  # of a paragraph, a character like any other
LEAST = 2.5  # marked characters; a crossing that spares a reader no more than this joins nothing
PASSAGE = 4  # characters beside a number that two paragraphs have in common by more than chance
TAIL = 2  # characters; a longer end of a sentence is not given up so that what was added behind it joins on
PART = 0.5  # share of a paragraph that makes it part of another one

_NUMBERED = re.compile(r"\s*第\s?[〇零一二三四五六七八九十百千万两0-9０-９]+\s?[条章节编]").match

Place = tuple[int, int]  # of an old and of a new paragraph
Group = tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(slots=True)
class Crossing:
    """What an old and a new paragraph have in common, and what leaving it unmarked spares a reader.

    `kept`: characters; `words`: those that are not of an article number.
    """

    kept: int = 0
    words: int = 0
    spared: float = 0.0


def crossings(
    old: Sequence[str], new: Sequence[str], rows: Sequence[int], columns: Sequence[int]
) -> dict[Place, Crossing]:
    """The crossings of these old and new paragraphs, in the cheapest alignment of all of them."""
    a, row_of = _joined(old, rows)
    b, column_of = _joined(new, columns)
    found: dict[Place, Crossing] = {}
    for i, j, length in kept_runs(a, b):
        touched = []
        for k in range(length):
            place = row_of[i + k], column_of[j + k]
            crossing = found.setdefault(place, Crossing())
            crossing.kept += len(a[i + k]) if a[i + k] != END else 0
            crossing.words += 0 if a[i + k] == END or a[i + k][0] == "第" < a[i + k] else len(a[i + k])
            crossing.spared += SPARED * len(a[i + k])
            if place not in touched:
                touched.append(place)
        at_edge = i == j == 0 or (i + length, j + length) == (len(a), len(b))
        if len(touched) == 1 and not at_edge:  # what runs on, here or into the neighbourhood, would only be shorter
            found[touched[0]].spared -= HUNK
    return found


def _joined(texts: Sequence[str], places: Sequence[int]) -> tuple[list[str], list[int]]:
    """The tokens of these paragraphs in one list, and of each the paragraph it stands in."""
    parts: list[str] = []
    homes: list[int] = []
    for place in places:
        found = [*tokens(texts[place]), END]
        parts += found
        homes += [place] * len(found)
    return parts, homes


def worthwhile(found: Mapping[Place, Crossing], old: Sequence[str], new: Sequence[str]) -> dict[Place, Crossing]:
    """The crossings that join something.

    What is equal, and what spares a reader more than `LEAST`. But where a paragraph has its strongest crossing with
    another one, the number of an article alone, or with two words that begin both, makes no split: an inserted article
    is added whole, and the one after it gets its new number. An article that only got another first paragraph, or lost
    it, keeps its number.
    """
    kept = {(i, j): c for (i, j), c in found.items() if old[i] == new[j] or (c.kept > 1 and c.spared > LEAST)}
    of_old, of_new = _strongest(kept)
    return {
        (i, j): crossing
        for (i, j), crossing in kept.items()
        if crossing.words >= PASSAGE
        or crossing.words == crossing.kept
        or all(
            crossing.words >= min(kept[at].words, PART * len(other))
            or (here < there and not any(map(_NUMBERED, side[here + 1 : there + 1])))
            for at, here, there, side, other in (
                (of_old[i], j, of_old[i][1], new, new[j]),
                (of_new[j], i, of_new[j][0], old, old[i]),
            )
        )
    }


def _strongest(found: Mapping[Place, Crossing]) -> tuple[dict[int, Place], dict[int, Place]]:
    """Of each old and of each new paragraph the crossing with most words."""
    of_old: dict[int, Place] = {}
    of_new: dict[int, Place] = {}
    for place in sorted(found, key=lambda p: found[p].words):
        of_old[place[0]] = of_new[place[1]] = place
    return of_old, of_new


def groups(places: Collection[Place], walls_old: Collection[int] = (), walls_new: Collection[int] = ()) -> list[Group]:
    """What hangs together by crossings, in order: every old and new place between the first and the last of a group.

    No group reaches over a wall, a block that no text can run on over.
    """
    spans: list[tuple[Place, Place]] = []
    for place in sorted(places):
        first, last = spans[-1] if spans else (place, (-1, -1))
        if place[0] > last[0] and place[1] > last[1]:
            spans.append((place, place))
        elif not (_between(walls_old, last[0], place[0]) or _between(walls_new, last[1], place[1])):
            spans[-1] = first, (max(last[0], place[0]), max(last[1], place[1]))
    return [(tuple(range(i, i_end + 1)), tuple(range(j, j_end + 1))) for (i, j), (i_end, j_end) in spans]


def _between(walls: Collection[int], start: int, end: int) -> bool:
    return any(start < wall < end for wall in walls)


def running_on(
    found: Sequence[Group], old: Sequence[str], new: Sequence[str], held: tuple[AbstractSet[int], AbstractSet[int]]
) -> list[Group]:
    """The groups, each with the paragraphs behind it that were only added, or only struck, and end as it ended.

    Where a sentence got another end and paragraphs were added behind it, 甲[乙]。¶[丙。¶] says the same as
    甲[乙。¶丙]。¶, which is one place to look at instead of two. `held`: old and new places that join nothing.
    """
    out: list[Group] = []
    ends: Group = (len(old),), (len(new),)
    for (rows, columns), (next_rows, next_columns) in pairwise([*found, ends]):
        struck, added = range(rows[-1] + 1, next_rows[0]), range(columns[-1] + 1, next_columns[0])
        last_old, last_new = old[rows[-1]], new[columns[-1]]
        free = held[0].isdisjoint([rows[-1], *struck]) and held[1].isdisjoint([columns[-1], *added])
        if free and last_old != last_new and bool(struck) != bool(added):
            kept = _common_end(last_old, last_new)
            beyond = _common_end(last_old, new[added[-1]]) if added else _common_end(last_new, old[struck[-1]])
            if kept <= min(TAIL, beyond) and beyond:
                rows, columns = (*rows, *struck), (*columns, *added)
        out.append((rows, columns))
    return out


def _common_end(a: str, b: str) -> int:
    """How many characters at their ends are the same."""
    return len(commonprefix([a[::-1], b[::-1]]))

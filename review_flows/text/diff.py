"""Two drafts → what became of every article, and every change once.

The pieces of a wording come from `pieces`, paragraphs are paired in `alignment`, articles in `counterparts`; what is
substantive is read in `meaning`, forgotten references in `references`. Here they are put together. Where one of the
drafts has no articles both are compared paragraph by paragraph. `Comparison.to_json` is the JSON of the command
`redline`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Literal, NotRequired

from typing_extensions import TypedDict

from review_flows.text import counterparts
from review_flows.text.alignment import BlockPair, Link, heaviest_chain, pair_blocks
from review_flows.text.draft import Article, Block, Draft
from review_flows.text.meaning import Substance, SubstanceJson, substance
from review_flows.text.pieces import Piece, diff_text
from review_flows.text.references import ForgottenJson, ForgottenReference, Renumbering

__all__ = ["BlockPair", "Change", "Comparison", "Piece", "Side", "compare", "diff_text", "pair_blocks"]

ChangeKind = Literal["merged", "split", "moved", "inserted", "deleted", "reworded", "renumbered", "formatted"]
KINDS: tuple[ChangeKind, ...] = (
    "merged",
    "split",
    "moved",
    "inserted",
    "deleted",
    "reworded",
    "renumbered",
    "formatted",
)
_BLANK = re.compile(r"\s+")


class OneSideJson(TypedDict):
    """One article of one text."""

    article: str
    text: str


class SideJson(OneSideJson):
    """What stands on one side of a change; `articles` where it is several."""

    articles: NotRequired[list[OneSideJson]]


class ChangeJson(TypedDict):
    """What became of an article: the first kind that fits, and the others."""

    kind: ChangeKind
    also: list[ChangeKind]
    old: SideJson | None
    new: SideJson | None
    substantive: list[SubstanceJson]


class LinkJson(TypedDict):
    """Old and new label of an article; null where it was inserted or deleted."""

    old: str | None
    new: str | None


class FallbackJson(TypedDict):
    """What tracked changes could say only more coarsely."""

    where: str
    reason: str


class ComparisonJson(TypedDict):
    """The JSON of `redline`."""

    old: str
    new: str
    alignment: list[LinkJson]
    changes: list[ChangeJson]
    frame: list[ChangeJson]
    findings: list[ForgottenJson]
    fallbacks: list[FallbackJson]
    stats: dict[str, int]


@dataclass(frozen=True, slots=True)
class Side:
    """An article (or paragraph) of one text: label (第三条, ¶12), words without it, how it is set in Word."""

    label: str
    text: str
    set_as: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> OneSideJson:
        return {"article": self.label, "text": self.text}


@dataclass(frozen=True)
class Change:
    """What became of one article, or of several that were split or merged. Without kind: nothing changed.

    `kinds` in the order of `KINDS`; `pieces` lead from the old words to the new (paragraphs divided by line breaks).
    """

    old: tuple[Side, ...]
    new: tuple[Side, ...]
    kinds: tuple[ChangeKind, ...]
    pieces: tuple[Piece, ...] = ()
    substantive: tuple[Substance, ...] = ()

    @property
    def is_change(self) -> bool:
        return bool(self.kinds)

    def to_json(self) -> ChangeJson:
        return {
            "kind": self.kinds[0],
            "also": list(self.kinds[1:]),
            "old": _sides_json(self.old),
            "new": _sides_json(self.new),
            "substantive": [s.to_json() for s in self.substantive],
        }


def _sides_json(sides: Sequence[Side]) -> SideJson | None:
    """None, the one side, or several as one: their labels together, and each for itself in `articles`."""
    if not sides:
        return None
    whole: SideJson = {"article": labels(sides), "text": "\n".join(side.text for side in sides)}
    if len(sides) > 1:
        whole["articles"] = [side.to_json() for side in sides]
    return whole


def labels(sides: Sequence[Side]) -> str:
    """第四十七条、第四十八条."""
    return "、".join(side.label for side in sides)


@dataclass(frozen=True)
class Comparison:
    """Everything between two drafts.

    `items` holds every article of both texts exactly once, unchanged ones too, in the order of the new text; `frame`
    what changed outside the articles (title, preamble, chapter headings, annexes), by paragraph; `findings` forgotten
    references.
    """

    old_sha256: str
    new_sha256: str
    title: str
    items: tuple[Change, ...]
    frame: tuple[Change, ...]
    findings: tuple[ForgottenReference, ...]

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """The changed articles, each once."""
        return tuple(item for item in self.items if item.is_change)

    @property
    def by_articles(self) -> bool:
        """Are the items articles, or paragraphs (of texts without articles)?"""
        return any(not side.label.startswith("¶") for item in self.items for side in (*item.old, *item.new))

    @cached_property
    def stats(self) -> dict[str, int]:
        """How many articles (or paragraphs) changed, by kind; a moved one that was reworded counts in both."""
        count = Counter(kind for item in self.items for kind in item.kinds)
        return {kind: count[kind] for kind in KINDS} | {"unchanged": sum(not item.is_change for item in self.items)}

    def alignment(self) -> Iterator[tuple[str | None, str | None]]:
        """Old and new label of every pair; several for a split or a merger."""
        for item in self.items:
            for old in item.old or (None,):
                for new in item.new or (None,):
                    yield old.label if old else None, new.label if new else None

    def to_json(self) -> ComparisonJson:
        return {
            "old": self.old_sha256,
            "new": self.new_sha256,
            "alignment": [{"old": old, "new": new} for old, new in self.alignment()],
            "changes": [change.to_json() for change in self.changes],
            "frame": [change.to_json() for change in self.frame],
            "findings": [finding.to_json() for finding in self.findings],
            "fallbacks": [],
            "stats": self.stats,
        }


def compare(old: Draft, new: Draft) -> Comparison:
    """The comparison of two drafts, by articles where both have them, else by paragraphs."""
    title = new.main_title or new.title or old.title
    if not (old.articles and new.articles):
        items = _paragraphs(old.blocks, new.blocks)
        return Comparison(old.sha256, new.sha256, title, tuple(items), (), ())
    links = counterparts.align([a.text for a in old.articles], [a.text for a in new.articles])
    renumbering = Renumbering(old.articles, new.articles, links)
    items = _articles(old.articles, new.articles, links, renumbering)
    outside = _paragraphs(_outside(old), _outside(new))
    return Comparison(
        old.sha256,
        new.sha256,
        title,
        tuple(items),
        tuple(item for item in outside if item.is_change),
        tuple(renumbering.forgotten()),
    )


# --- articles ---

_Group = tuple[tuple[int, ...], tuple[int, ...]]


def _articles(
    old: Sequence[Article], new: Sequence[Article], links: Sequence[tuple[int, int]], renumbering: Renumbering
) -> Iterator[Change]:
    sides_old, sides_new = [_side(a) for a in old], [_side(a) for a in new]
    groups = _groups(links, len(old), len(new))
    in_order = _in_order(groups, [len(a.text) for a in old])
    for wholes, parts in groups:
        follows = partial(renumbering.follows, old[wholes[0]].part) if wholes else None
        moved = bool(wholes and parts) and (wholes, parts) not in in_order
        yield _change([sides_old[i] for i in wholes], [sides_new[j] for j in parts], moved=moved, follows=follows)


def _side(article: Article) -> Side:
    styles = tuple(_setting(block) for paragraph in article.paragraphs for block in paragraph.blocks)
    return Side(article.label, article.text, styles)


def _setting(block: Block) -> tuple[str, str]:
    return block.style, block.look


def _groups(links: Iterable[tuple[int, int]], n_old: int, n_new: int) -> list[_Group]:
    """What hangs together by links, in the order of the new text; what was deleted stands where it stood."""
    group_of: dict[tuple[str, int], set[tuple[str, int]]] = {}
    for i, j in links:
        joined = group_of.get(("old", i), {("old", i)}) | group_of.get(("new", j), {("new", j)})
        for member in joined:
            group_of[member] = joined
    ordered: list[_Group] = []
    place_of_old: dict[int, int] = {}
    seen: set[tuple[str, int]] = set()
    for j in range(n_new):
        members = group_of.get(("new", j), {("new", j)})
        if ("new", j) in seen:
            continue
        seen |= members
        wholes = tuple(sorted(k for side, k in members if side == "old"))
        parts = tuple(sorted(k for side, k in members if side == "new"))
        place_of_old |= dict.fromkeys(wholes, len(ordered))
        ordered.append((wholes, parts))
    return _with_deleted(ordered, place_of_old, n_old)


def _with_deleted(ordered: Sequence[_Group], place_of_old: dict[int, int], n_old: int) -> list[_Group]:
    after: dict[int, list[_Group]] = {}
    place = -1
    for i in range(n_old):
        if i in place_of_old:
            place = place_of_old[i]
        else:
            after.setdefault(place, []).append(((i,), ()))
    out = list(after.get(-1, ()))
    for place, group in enumerate(ordered):
        out += [group, *after.get(place, ())]
    return out


def _in_order(groups: Sequence[_Group], lengths: Sequence[int]) -> set[_Group]:
    """The groups that kept their order: the heaviest rising chain; the others moved."""
    both = {(wholes[0], parts[0]): (wholes, parts) for wholes, parts in groups if wholes and parts}
    chain = heaviest_chain(Link(i, j, 1 + sum(lengths[k] for k in group[0])) for (i, j), group in both.items())
    return {both[place] for place in chain}


# --- paragraphs ---


def _paragraphs(old: Sequence[Block], new: Sequence[Block]) -> Iterator[Change]:
    for pair in pair_blocks([b.text for b in old], [b.text for b in new]):
        sides = ([old[i] for i in pair.old], [new[j] for j in pair.new])
        yield _change(
            *([Side(f"¶{b.number}", b.text, (_setting(b),)) for b in side] for side in sides),
            moved=pair.fate == "moved",
            numbered=False,
        )


def _outside(draft: Draft) -> list[Block]:
    """The blocks that belong to no article."""
    return [block for block in draft.blocks if draft.article_of(block) is None]


# --- one change ---


def _change(
    old: Sequence[Side],
    new: Sequence[Side],
    *,
    moved: bool,
    numbered: bool = True,
    follows: Callable[[str, str], bool] | None = None,
) -> Change:
    before, after = ("\n".join(side.text for side in sides) for sides in (old, new))
    kinds = _kinds(old, new, moved=moved, numbered=numbered)
    if not kinds:
        return Change(tuple(old), tuple(new), ())
    pieces = tuple(diff_text(before, after))
    reworded = "reworded" in kinds or len(old) + len(new) > 2
    return Change(tuple(old), tuple(new), kinds, pieces, substance(pieces, follows) if reworded else ())


def _kinds(old: Sequence[Side], new: Sequence[Side], *, moved: bool, numbered: bool) -> tuple[ChangeKind, ...]:
    if not old or not new:
        return ("deleted",) if old else ("inserted",)
    before, after = ("".join(side.text for side in sides) for sides in (old, new))
    words_differ = _BLANK.sub("", before) != _BLANK.sub("", after)
    holds: dict[ChangeKind, bool] = {
        "merged": len(old) > 1,
        "split": len(new) > 1,
        "moved": moved,
        "reworded": words_differ,
        "renumbered": numbered and len(old) == len(new) == 1 and old[0].label != new[0].label,
        "formatted": not words_differ
        and (before != after or [s.set_as for s in old] != [s.set_as for s in new])
        and len(old) == len(new) == 1,
    }
    return tuple(kind for kind in KINDS if holds.get(kind))

"""Patterns of the screening rules: a row of concepts and words with gaps between them, and how they are matched.

A pattern is written as people would say it: `<must> .. <local> .. <set_up> <branch>`.

* `<name>` is a concept of the vocabulary; any other word stands for itself; `a|<b>|c` is one of these;
* a gap stands between two of them: a space for at most 4 characters, `+` for none, `..` for at most 14 (neither may
  cross a comma), `...` for at most 45 within the sentence, `>>` for any distance within the text.

Matching walks the places that `vocabulary.mark` found, from left to right, and keeps for each the nearest place before
it: no backtracking, so the time grows with the number of places only.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from review_flows.text.vocabulary import Marked, Span

_PART = re.compile(r"[^|<>\s]+|<[a-z_]+>")
_PHRASE_END = re.compile("[，；。：？！\n]")
_SENTENCE_END = re.compile("[；。？！\n]")


@dataclass(frozen=True)
class Gap:
    """How far apart two parts may stand, and what may not stand between them."""

    limit: int
    barrier: re.Pattern[str] | None


GAPS = {
    "+": Gap(0, None),
    "": Gap(4, _PHRASE_END),
    "..": Gap(14, _PHRASE_END),
    "...": Gap(45, _SENTENCE_END),
    ">>": Gap(1_000_000, None),
}


@dataclass(frozen=True)
class Pattern:
    """Parts in order (each one or more concepts) and the gap before each part after the first.

    `number` is that of the row in the catalog (Vocabulary.rows); 0 for a pattern that stands alone.
    """

    source: str
    parts: tuple[tuple[str, ...], ...]
    gaps: tuple[Gap, ...]
    number: int = 0

    @property
    def concepts(self) -> frozenset[str]:
        """Every concept that the pattern speaks of."""
        return frozenset(concept for part in self.parts for concept in part)


def literal(word: str) -> str:
    """The name under which a word written in a pattern is looked up."""
    return f"={word}"


def parse(source: str) -> Pattern:
    """A pattern from its text; ValueError with a Chinese reason where it cannot be read.

    >>> [part for part in parse("<must> .. 设立|成立 + 分公司").parts]
    [('must',), ('=设立', '=成立'), ('=分公司',)]
    """
    parts: list[tuple[str, ...]] = []
    gaps: list[Gap] = []
    waiting = ""
    for token in source.split():
        if token in GAPS:
            if waiting or not parts:
                raise ValueError(f"“{source}”中的间隔“{token}”前面没有词")
            waiting = token
            continue
        if parts:
            gaps.append(GAPS[waiting])
        parts.append(_choices(token, source))
        waiting = ""
    if waiting or not parts:
        raise ValueError(f"“{source}”不能以间隔结尾，也不能为空")
    return Pattern(source, tuple(parts), tuple(gaps))


def _choices(token: str, source: str) -> tuple[str, ...]:
    choices = []
    for choice in token.split("|"):
        if not _PART.fullmatch(choice):
            raise ValueError(f"“{source}”中的“{token}”写法不对")
        choices.append(choice[1:-1] if choice.startswith("<") else literal(choice))
    return tuple(choices)


def matches(pattern: Pattern, marked: Marked) -> Iterator[Span]:
    """Places where the pattern stands, from the first word to the last; for every last word the nearest reading."""
    spans = marked.spans
    for part in pattern.parts:  # written out: this loop runs for every row that may match
        for concept in part:
            if concept in spans:
                break
        else:
            return
    # (end of the part, start of the whole), in the order of the ends.
    reached = sorted((end, start) for start, end in _places(pattern.parts[0], marked))
    for part, gap in zip(pattern.parts[1:], pattern.gaps, strict=True):
        reached = _step(reached, _places(part, marked), gap, marked.text)
        if not reached:
            return
    for end, start in reached:
        yield start, end


def possible(patterns: Sequence[Pattern], marked: Marked) -> list[Pattern]:
    """The rows of the catalog whose rarest part stands in the text: the others need no search, and they are most."""
    live = marked.live
    return [pattern for pattern in patterns if pattern.number in live]


def with_compounds(
    marked: Marked, compounds: Mapping[str, tuple[Pattern, ...]], numbers: Mapping[str, frozenset[int]]
) -> Marked:
    """The text with the compounds found as well: concepts that are rows of others (本市 + 企业: a local firm).

    A compound stands from the first word of its row to the last; it may be made of compounds before it.
    """
    for concept, rows in compounds.items():
        found = sorted({span for row in possible(rows, marked) for span in matches(row, marked)})
        if found:
            live = marked.live | numbers.get(concept, frozenset())
            marked = replace(marked, spans={**marked.spans, concept: found}, live=live)
    return marked


def _places(part: tuple[str, ...], marked: Marked) -> list[Span]:
    return [span for concept in part for span in marked.of(concept)]


def _step(reached: list[tuple[int, int]], places: list[Span], gap: Gap, text: str) -> list[tuple[int, int]]:
    ends = [end for end, _ in reached]
    following = []
    for start, end in places:
        at = bisect_right(ends, start) - 1
        if at < 0 or start - ends[at] > gap.limit:
            continue
        # A barrier behind the nearest place lies behind all farther ones too, so one look is enough.
        if gap.barrier and gap.limit and gap.barrier.search(text, ends[at], start):
            continue
        following.append((end, reached[at][1]))
    return sorted(following)

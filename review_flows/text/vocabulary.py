"""The words of the screening rules: concepts, place names and firm names, found in one pass over a text.

In goes `catalogs/screening/concepts.yaml` (lists of words, a few shapes such as amounts and percentages) and a text;
out comes a `Marked` text: for every concept the places where it stands. Words are looked up in a tree of characters,
shapes are regular expressions whose every repetition is bounded, so that no text, however long or hostile, can make the
search slow: the work grows with the length of the text and nothing else.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

Span: TypeAlias = tuple[int, int]
# A character → the node behind it; the empty key → the concepts whose word ends here.
Node: TypeAlias = dict[str, Any]

# Full-width and typed variants that mean the same; one character each, so that places in the text stay true.
_SAME = str.maketrans("０１２３４５６７８９％．,;:()﹝﹞", "0123456789%.，；：（）〔〕")
_SPACES = " \t\u3000\xa0"
_MAX_PHRASES = 400
# The concepts of places by name.
_PLACES = frozenset({"named_place", "own_place", "province", "city"})


@dataclass(frozen=True)
class Names:
    """How place names and firm names are told from other words (`places` and `firms` of concepts.yaml)."""

    suffixes: frozenset[str]
    never_in_a_name: frozenset[str]
    not_places: frozenset[str]
    nevertheless: frozenset[str]
    not_followed_by: frozenset[str]
    organ: re.Pattern[str]
    firm: re.Pattern[str]
    brand: re.Pattern[str]
    branch: re.Pattern[str]
    trades: frozenset[str]
    not_firms: frozenset[str]
    before_a_firm: tuple[str, ...]


@dataclass(frozen=True)
class Vocabulary:
    """Concepts by name: words as a tree of characters, shapes as bounded expressions.

    `rows` has for each concept the numbers of the pattern rows whose rarest part it is (or may be).
    """

    index: Node
    shapes: Mapping[str, re.Pattern[str]]
    hidden_by: Mapping[str, str]
    names: Names
    rows: Mapping[str, frozenset[int]]


@dataclass(frozen=True)
class Marked:
    """A text with the places of every concept that stands in it.

    `offsets` lead back to the text as it was given; `live` has the numbers of the rows that may match.
    """

    text: str
    offsets: tuple[int, ...] | None
    spans: Mapping[str, Sequence[Span]] = field(repr=False)
    live: frozenset[int] = frozenset()

    def of(self, concept: str) -> Sequence[Span]:
        """Where a concept stands, in order; empty when it does not."""
        return self.spans.get(concept, ())

    def original(self, span: Span) -> Span:
        """The same place in the text as it was given."""
        if self.offsets is None:
            return span
        return self.offsets[span[0]], self.offsets[span[1] - 1] + 1


def phrases(pattern: str) -> list[str]:
    """All phrases that a catalog word stands for.

    >>> phrases("本(省|市)(级|)")
    ['本省级', '本省', '本市级', '本市']
    """
    opening = pattern.find("(")
    if opening < 0:
        return [pattern]
    closing = pattern.index(")", opening)
    head, choices, tail = pattern[:opening], pattern[opening + 1 : closing].split("|"), phrases(pattern[closing + 1 :])
    found = [head + choice + rest for choice in choices for rest in tail]
    if len(found) > _MAX_PHRASES:
        raise ValueError(f"“{pattern}”展开后超过 {_MAX_PHRASES} 个词")
    return found


def index_words(words: Mapping[str, Iterable[str]]) -> Node:
    """Words of all concepts as a tree of characters; where a word ends, the empty key holds its concepts.

    >>> index_words({"must": ["应", "应当"]})
    {'应': {'': ('must',), '当': {'': ('must',)}}}
    """
    root: Node = {}
    for concept, listed in words.items():
        for word in listed:
            node = root
            for character in word:
                node = node.setdefault(character, {})
            node[""] = (*node.get("", ()), concept)
    return root


def mark(text: str, vocabulary: Vocabulary, own_places: Iterable[str] = ()) -> Marked:
    """The text with every concept found; `own_places` are the names of the maker's own territory."""
    plain, offsets = _plain(text)
    found: dict[str, list[Span]] = {}
    _find_words(plain, vocabulary.index, found)
    for concept, shape in vocabulary.shapes.items():
        hits = [match.span() for match in shape.finditer(plain)]
        if hits:
            found[concept] = found.get(concept, []) + hits
    _find_places(plain, vocabulary.names, tuple(own_places), found)
    _find_firms(plain, vocabulary.names, found)
    _drop_places_of_names(found)
    _drop_hidden(vocabulary, found)
    spans = {concept: places for concept, places in found.items() if places}
    live = frozenset[int]().union(*(vocabulary.rows[concept] for concept in spans if concept in vocabulary.rows))
    return Marked(plain, offsets, spans, live)


def places_named(title: str, names: Names) -> frozenset[str]:
    """Places named in the name of a maker or a title, with and without their suffix.

    The suffix is dropped only from names of two or more characters: 武侯区 gives 武侯, 某区 stays as it is.
    """
    found = set()
    for start, end in _places(title, names):
        place = title[start:end]
        found.add(place)
        if len(place) > 2:
            found.add(place[:-1])
    return frozenset(found)


def _plain(text: str) -> tuple[str, tuple[int, ...] | None]:
    """The text with like characters made equal and typed spaces taken out, and the way back to the original."""
    same = text.translate(_SAME)
    if not any(space in same for space in _SPACES):
        return same, None
    kept = tuple(i for i, character in enumerate(same) if character not in _SPACES)
    return "".join(same[i] for i in kept), kept


def _find_words(text: str, root: Node, found: dict[str, list[Span]]) -> None:
    length = len(text)
    for start, character in enumerate(text):
        node, end = root.get(character), start + 1
        while node is not None:
            for concept in node.get("", ()):
                found.setdefault(concept, []).append((start, end))
            if end == length:
                break
            node, end = node.get(text[end]), end + 1


def _places(text: str, names: Names) -> list[Span]:
    """Names such as 武侯区, 扬州市, 某县: a suffix and the two, three or one (某) characters before it."""
    found: list[Span] = []
    for end, character in enumerate(text):
        if character in names.suffixes and end and text[end : end + 2] not in names.not_followed_by:
            length = _name_length(text, end, names)
            if length:
                found.append((end - length, end + 1))
    return found


def _name_length(text: str, end: int, names: Names) -> int:
    """How many characters before the suffix at `end` belong to the name; 0 where it is no name."""
    if text[end - 1] in "某XxＸ×":
        return 1
    if end >= 2 and text[end - 2 : end + 1] in names.nevertheless:
        return 2
    if end < 2 or not (_may_name(text[end - 1], names) and _may_name(text[end - 2], names)):
        return 0
    return 0 if any(text[max(0, end + 1 - size) : end + 1] in names.not_places for size in (2, 3, 4)) else 2


def _may_name(character: str, names: Names) -> bool:
    return "\u4e00" <= character <= "\u9fff" and character not in names.never_in_a_name


def _find_places(text: str, names: Names, own: tuple[str, ...], found: dict[str, list[Span]]) -> None:
    own_hits = [match.span() for place in own for match in re.finditer(re.escape(place), text)]
    for concept, hits in (("named_place", _places(text, names)), ("own_place", own_hits)):
        found[concept] = [span for span in hits if not names.organ.match(text, span[1])]


def _find_firms(text: str, names: Names, found: dict[str, list[Span]]) -> None:
    """Firms called by name (某燃气公司, 安和保险经纪有限公司): the shape, less the words that only lead up to it."""
    hits = [match.span() for match in names.brand.finditer(text) if _is_brand(match, names)]
    for match in names.firm.finditer(text):
        start, end = match.span()
        leads = [at + len(word) for word in names.before_a_firm if (at := text.rfind(word, start, end - 2)) >= 0]
        cut = max([start, *leads])
        if end - cut > 2 and text[cut:end] not in names.not_firms:
            hits.append((cut, end))
    if hits:
        whole = [(start, _with_branch(text, end, names)) for start, end in hits]
        found["named_firm"] = found.get("named_firm", []) + whole


def _with_branch(text: str, end: int, names: Names) -> int:
    """Where a firm's name ends with the branch that is written behind it (…股份有限公司宁夏分公司)."""
    branch = names.branch.match(text, end)
    return branch.end() if branch else end


def _drop_places_of_names(found: dict[str, list[Span]]) -> None:
    """Take out places that are part of a firm's name (南昌农商银行): it is named, not told by where it sits."""
    firms, known = found.get("named_firm", []), {start for start, _ in found.get("known_firm", [])}
    if firms or known:
        for concept in _PLACES & found.keys():
            free = [span for span in found[concept] if span[1] not in known]
            found[concept] = _uncovered(free, firms)


def _is_brand(match: re.Match[str], names: Names) -> bool:
    """Whether the words before 公司 are a name (洁城公司) and not a trade (物业公司) or a word of the sentence."""
    name = match["name"]
    return not {name, name[-1]} & names.trades and all(_may_name(one, names) for one in name)


def _drop_hidden(vocabulary: Vocabulary, found: dict[str, list[Span]]) -> None:
    """Take out hits that are part of a longer word that means something else (须 in 无须, 应 in 供应)."""
    for concept, mask in vocabulary.hidden_by.items():
        covers = found.get(mask)
        if covers and concept in found:
            found[concept] = _uncovered(found[concept], covers)


def _uncovered(spans: list[Span], covers: list[Span]) -> list[Span]:
    """The spans that no cover contains; covers are short words, so they are looked up by character."""
    covered_until: dict[int, int] = {}
    for start, end in covers:
        for at in range(start, end):
            covered_until[at] = max(covered_until.get(at, 0), end)
    return [span for span in spans if covered_until.get(span[0], 0) < span[1]]


@lru_cache(maxsize=512)
def own_places(names: Names, *titles: str) -> tuple[str, ...]:
    """The places of a maker and a title, cached because corpora repeat them."""
    return tuple(sorted(frozenset[str]().union(*(places_named(title, names) for title in titles if title))))

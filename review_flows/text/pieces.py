"""Two wordings of one paragraph → the pieces a lawyer would strike, keep and add.

A piece never cuts a token. A token is what a reader takes in as one thing and what loses its meaning when half of it is
marked: an article number (第三十七条 becomes 第六十三条 whole, never digit by digit), a date, an amount, a number
with its unit, a document number, a 《title》, a latin word. Everything else is compared character by character (code
points, with the marks that combine with them).

What stays unmarked is chosen by what a reader pays: one for every marked character, `HUNK` for every new place to look
at. The kernels:

* `_best_runs` finds the cheapest alignment exactly. Only pairs of equal neighbours can be part of it, a few in a
  thousand of all pairs, so that plain Python is fast enough for any paragraph that people write;
* before it, on passages as long as a law, RapidFuzz's Indel opcodes (longest common subsequence, bit-parallel) cut the
  passage at the long runs that both texts surely share; where a text repeats itself so often that pairs abound even
  then, they stand alone;
* Indel keeps a bit for every pair of characters: on passages as long as a book fast-diff-match-patch takes its place,
  in linear memory and bounded time;
* where these two are not installed, `diff-match-patch`, the same in pure Python.

Text in, text out: no Word, no law.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Kind = Literal["equal", "delete", "insert"]

HUNK = 3.5  # what one more marked place costs a reader, in marked characters; just under 4, so that ties mark less
SPARED = 2.0  # per character that stays unmarked: struck once, written once
SHORTEST_ISLAND = 2  # characters; one unmarked character between two marks is confetti
MOST_STARTS = 100_000  # pairs of places where a common run could begin; up to so many nothing is cut beforehand
SOLID = 12  # tokens; in longer passages a common run of this length is never given up
INDEL_CELLS = 400_000_000  # pairs of characters: 50 MB of bits
LONGEST_SECONDS = 1  # for a passage beyond that
REWRITTEN = 0.5  # share of the shorter text below which what both have in common may be chance
_STRONG_MARKS, _WEAK_MARKS = "。；：\n！？", "，、"

_NUMERAL = "〇零一二三四五六七八九十百千万亿两0-9０-９"
_DIGITS = r"[0-9０-９]{1,20}(?:[,，][0-9０-９]{3}){0,6}(?:[.．][0-9０-９]{1,20})?"
_CHINESE = "[〇零一二三四五六七八九十百千万亿两]"
_NUMBER = f"{_CHINESE}{{1,16}}"
_UNIT = (
    "个?工作日|个?自然日|日|天|个?小时|小时|分钟|秒|周岁|岁|周|个?星期|个?月|年度|年|季度|世纪"
    "|万?亿?元(?:人民币)?|万?美元|万?欧元|角|倍|%|％|‰|个百分点"
    "|平方公里|平方米|立方米|公里|千米|厘米|毫米|米|公顷|亩|公斤|千克|毫克|克|吨|升|度|千瓦时|千瓦|兆瓦"
    "|人次|人|名|户|家|件|份|次|届|期|项|条|款|个|种|类|级|等级|位|页|辆|台|套|处|所|层|代|号"
)
_TOKEN = re.compile(
    "|".join(
        (
            r"《(?:[^《》\n]|《[^《》\n]{0,200}》){0,400}》",
            r"[〔\[［（(【][0-9０-９]{4}[〕\]］）)】]\s?第?\s?[0-9０-９]+\s?号",
            r"(?:[0-9０-９]{2,4}|[〇零一二三四五六七八九]{4})\s?年\s?(?:[0-9０-９]{1,2}|[一二三四五六七八九十]{1,3})\s?月"
            r"(?:\s?(?:[0-9０-９]{1,2}|[一二三四五六七八九十]{1,3})\s?日)?",
            r"[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}",
            r"(?:[0-9０-９]{1,2}|[一二三四五六七八九十]{1,3})月(?:[0-9０-９]{1,2}|[一二三四五六七八九十]{1,3})日",
            rf"第\s?[（(]?[{_NUMERAL}]{{1,16}}[）)]?\s?(?:条(?:之{_NUMBER})?|款|项|目|章|节|编|分编|号|次|届|期|批|类|级|部分)?",
            rf"(?:百分之|千分之|万分之){_NUMBER}(?:点{_NUMBER})?|{_NUMBER}分之{_NUMBER}",
            rf"(?:{_DIGITS}{_CHINESE}{{0,3}}|{_NUMBER}(?:点{_NUMBER})?)[余多]?(?:{_UNIT})",
            rf"{_DIGITS}{_CHINESE}{{0,3}}|{_CHINESE}{{2,16}}",
            r"[A-Za-zÀ-ɏＡ-Ｚａ-ｚ][A-Za-zÀ-ɏＡ-Ｚａ-ｚ0-9０-９]*(?:[-_./'’@&+][A-Za-zÀ-ɏ0-9]+)*",
            r"(?s:.)[\u0300-\u036f\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]*",
        )
    )
)


_LIST_NUMBER = re.compile(rf"[（(](?:{_NUMBER}|[0-9０-９]{{1,16}})[）)]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that both wordings have, or that was struck from the old or added in the new."""

    kind: Kind
    text: str


def tokens(text: str) -> list[str]:
    """The tokens of `text`, in order; joined they are `text` again.

    >>> tokens("依照第三十七条处五万元以下罚款")
    ['依', '照', '第三十七条', '处', '五万元', '以', '下', '罚', '款']
    """
    return _TOKEN.findall(text)


def diff_text(old: str, new: str, *, after_mark: bool = False) -> list[Piece]:
    """The pieces that turn `old` into `new`: equal and deleted ones joined are `old`, equal and inserted ones `new`.

    `after_mark`: what stands before them is marked, too, so that no single character is kept at the head.

    >>> [(p.kind, p.text) for p in diff_text("依照第三十七条处罚", "依照第六十三条处罚")]
    [('equal', '依照'), ('delete', '第三十七条'), ('insert', '第六十三条'), ('equal', '处罚')]
    """
    if old == new:
        return [Piece("equal", old)] if old else []
    a, b = tokens(old), tokens(new)
    if after_mark and _common_prefix(a, b) == 1 == len(a[0]):
        a, b = _with_whole_head(a), _with_whole_head(b)
        runs = kept_runs(["", *a], ["\n", *b])  # nothing is alike at the head
        return _pieces(a, b, [(i - 1, j - 1, n) for i, j, n in runs])
    return _pieces(a, b, _without_chance(a, b, kept_runs(a, b)))


def _without_chance(a: list[str], b: list[str], runs: list[_Run]) -> list[_Run]:
    """The runs without two characters here and there where a passage was rewritten: marked, too, they cost as much."""
    kept = sum(len(token) for i, _, n in runs for token in a[i : i + n])
    if kept >= REWRITTEN * min(sum(map(len, a)), sum(map(len, b))):
        return runs
    ends = (0, 0), (len(a), len(b))
    return [
        (i, j, n)
        for i, j, n in runs
        if sum(map(len, a[i : i + n])) > SHORTEST_ISLAND or (i, j) == ends[0] or (i + n, j + n) == ends[1]
    ]


def _with_whole_head(parts: list[str]) -> list[str]:
    """The tokens with a list number at the head, （十一）, as one."""
    head = "".join(parts[:3])
    return [head, *parts[3:]] if _LIST_NUMBER.fullmatch(head) else parts


# --- the alignment: runs (place in old, place in new, length), in tokens ---

_Run = tuple[int, int, int]


def kept_runs(a: list[str], b: list[str]) -> list[_Run]:
    """The runs of tokens that stay unmarked, in order."""
    head = _common_prefix(a, b)
    tail = _common_prefix(a[head:][::-1], b[head:][::-1])
    inner = _inner_runs(a[head : len(a) - tail], b[head : len(b) - tail])
    runs = [(0, 0, head), *((i + head, j + head, n) for i, j, n in inner), (len(a) - tail, len(b) - tail, tail)]
    return _slid(a, b, [run for run in runs if run[2]])


def _common_prefix(a: Sequence[str], b: Sequence[str]) -> int:
    n = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        n += 1
    return n


def _inner_runs(a: list[str], b: list[str]) -> list[_Run]:
    """The runs worth keeping in a passage whose ends differ; long passages are cut first at the runs surely shared."""
    if not a or not b:
        return []
    if _starts(a, b) <= MOST_STARTS:
        return _best_runs(a, b)
    common = _common_runs(*_encode(a, b))
    runs: list[_Run] = []
    i = j = 0
    for at_a, at_b, n in [*(run for run in common if run[2] >= SOLID), (len(a), len(b), 0)]:
        runs += [(x + i, y + j, k) for x, y, k in _between(a[i:at_a], b[j:at_b])]
        if n:
            runs.append((at_a, at_b, n))
        i, j = at_a + n, at_b + n
    return runs


def _between(a: list[str], b: list[str]) -> list[_Run]:
    """The best runs, or where the texts repeat themselves too often for that, those of the common sequence worth it."""
    if _starts(a, b) <= MOST_STARTS:
        return _best_runs(a, b)
    common = _common_runs(*_encode(a, b))
    return [run for run in common if SPARED * sum(map(len, a[run[0] : run[0] + run[2]])) > HUNK]


def _starts(a: list[str], b: list[str]) -> int:
    """At how many pairs of places a common run could begin."""
    count = Counter(zip(b, b[1:], strict=False)) + Counter((token, "") for token in b if len(token) > 1)
    return sum(count[pair] for pair in zip(a, a[1:], strict=False)) + sum(count[token, ""] for token in a)


class _Staircase:
    """Best worth of a chain that ends before a place: places and worths both rise."""

    __slots__ = ("nodes", "places", "worths")

    def __init__(self) -> None:
        self.places: list[int] = [-1]
        self.worths: list[float] = [0.0]
        self.nodes: list[_Node | None] = [None]

    def start(self, x: int, y: int, worth: float) -> _Node:
        """A run of this worth that begins at these places, after the best chain before them."""
        at = bisect_left(self.places, y) - 1
        return _Node(self.worths[at] - HUNK + worth, x, y, self.nodes[at])

    def add(self, place: int, worth: float, node: _Node) -> None:
        at = bisect_left(self.places, place)
        if self.worths[at - 1] >= worth or (
            at < len(self.places) and self.places[at] == place and self.worths[at] >= worth
        ):
            return
        stop = at
        while stop < len(self.places) and self.worths[stop] <= worth:
            stop += 1
        self.places[at:stop] = [place]
        self.worths[at:stop] = [worth]
        self.nodes[at:stop] = [node]


class _Node(NamedTuple):
    """A pair of equal tokens at the end of a chain, and the pair before it in the chain."""

    worth: float
    old: int
    new: int
    previous: _Node | None


def _best_runs(a: list[str], b: list[str]) -> list[_Run]:
    """The common runs whose total worth is greatest: twice their characters, less `HUNK` for each.

    Keeping n characters spares a reader 2n marked ones and costs one more place to look at, so this is the alignment
    that costs a reader least. A run begins with two neighbours equal on both sides, or with an equal long token: a
    run of one character is never worth it. `running` are runs that end just before here, `opened` those of whose
    first two characters only one has been passed.
    """
    pairs, longs = _places(b)
    after = [*b[1:], ""]
    stairs = _Staircase()
    running: dict[int, _Node] = {}
    opened: dict[int, _Node] = {}
    for x, token in enumerate(a):
        worth = SPARED * len(token)
        now = {y + 1: _Node(n.worth + worth, x, y + 1, n) for y, n in running.items() if after[y] == token}
        for y, node in opened.items():
            if y + 1 not in now or now[y + 1].worth < node.worth + worth:
                now[y + 1] = _Node(node.worth + worth, x, y + 1, node)
        opened = {}
        if len(token) > 1:
            for y in longs.get(token, ()):
                start = stairs.start(x, y, worth)
                if y not in now or now[y].worth < start.worth:
                    now[y] = start
        elif x + 1 < len(a):
            opened = {y: stairs.start(x, y, worth) for y in pairs.get((token, a[x + 1]), ())}
        for y, node in now.items():
            stairs.add(y, node.worth, node)
        running = now
    return _as_runs(stairs.nodes[-1])


def _places(b: list[str]) -> tuple[dict[tuple[str, str], list[int]], dict[str, list[int]]]:
    """Where each pair of neighbours stands, and each long token."""
    pairs: dict[tuple[str, str], list[int]] = {}
    longs: dict[str, list[int]] = {}
    for j, pair in enumerate(zip(b, b[1:], strict=False)):
        pairs.setdefault(pair, []).append(j)
    for j, token in enumerate(b):
        if len(token) > 1:
            longs.setdefault(token, []).append(j)
    return pairs, longs


def _as_runs(node: _Node | None) -> list[_Run]:
    runs: list[_Run] = []
    while node is not None:
        if runs and runs[-1][0] == node.old + 1 and runs[-1][1] == node.new + 1:
            runs[-1] = (node.old, node.new, runs[-1][2] + 1)
        else:
            runs.append((node.old, node.new, 1))
        node = node.previous
    return runs[::-1]


def _common_runs(x: str, y: str) -> list[_Run]:
    """A longest common subsequence as runs; of very long passages nearly the longest."""
    try:
        if len(x) * len(y) <= INDEL_CELLS:
            from rapidfuzz.distance import Indel

            opcodes = (op for op in Indel.opcodes(x, y) if op.tag == "equal")
            return [(op.src_start, op.dest_start, op.src_end - op.src_start) for op in opcodes]
        from fast_diff_match_patch import diff
    except ImportError:
        return _common_runs_in_pure_python(x, y)
    found = diff(x, y, timelimit=LONGEST_SECONDS, checklines=False, counts_only=True)
    return _runs_of((_SIGNS[op], length) for op, length in found)


def _common_runs_in_pure_python(x: str, y: str) -> list[_Run]:
    from diff_match_patch import diff_match_patch

    engine = diff_match_patch()
    engine.Diff_Timeout = LONGEST_SECONDS
    return _runs_of((op, len(text)) for op, text in engine.diff_main(x, y, False))


_SIGNS = {"=": 0, "-": -1, "+": 1}


def _runs_of(operations: Iterable[tuple[int, int]]) -> list[_Run]:
    """Runs from steps of (0 equal, -1 delete, 1 insert; length)."""
    runs, i, j = [], 0, 0
    for op, length in operations:
        if op == 0:
            runs.append((i, j, length))
        i += length if op <= 0 else 0
        j += length if op >= 0 else 0
    return runs


def _encode(a: list[str], b: list[str]) -> tuple[str, str]:
    """Each token as one code point: itself when it is one, else one of a private plane that neither text uses."""
    taken = {char for char in (*a, *b) if len(char) == 1 and ord(char) >= 0xF0000}
    free = (chr(n) for n in range(0xF0000, 0x110000) if chr(n) not in taken)
    codes: dict[str, str] = {}

    def code(token: str) -> str:
        if len(token) == 1:
            return token
        if token not in codes:
            codes[token] = next(free)
        return codes[token]

    return "".join(map(code, a)), "".join(map(code, b))


# --- where exactly a passage was put in or taken out ---


def _slid(a: list[str], b: list[str], runs: list[_Run]) -> list[_Run]:
    """The runs with every passage that was only put in, or only taken out, between the marks of a sentence.

    甲、[丙、]乙 and 甲[、丙]、乙 say the same; a reader takes in best what begins behind a mark and ends with one.
    """
    for k in range(len(runs) - 1):
        (i, j, n), (i2, j2, n2) = runs[k], runs[k + 1]
        if i + n == i2:
            side, first, last = b, j + n, j2
        elif j + n == j2:
            side, first, last = a, i + n, i2
        else:
            continue
        least, most = _room(side, first, last, n, n2)
        step = max(range(-least, most + 1), key=lambda d: (_edges(side, first + d, last + d), -abs(d)))
        runs[k] = (i, j, n + step)
        runs[k + 1] = (i2 + step, j2 + step, n2 - step)
    return runs


def _room(side: list[str], first: int, last: int, before: int, after: int) -> tuple[int, int]:
    """By how many tokens the passage can slide to the left and to the right so that runs stay on both sides."""
    least = most = 0
    while least < before - SHORTEST_ISLAND and side[first - 1 - least] == side[last - 1 - least]:
        least += 1
    while most < after - SHORTEST_ISLAND and side[first + most] == side[last + most]:
        most += 1
    return least, most


def _edges(side: list[str], first: int, last: int) -> int:
    """How well a passage is set off: its two edges, each behind a mark (better a strong one) or before one."""
    return sum(_edge(side[at - 1], side[at]) for at in (first, last))


def _edge(before: str, after: str) -> int:
    if before == "\n" or before[-1] in _STRONG_MARKS:
        return 4
    if before[-1] in _WEAK_MARKS:
        return 3
    return 2 if after[0] in _STRONG_MARKS + _WEAK_MARKS else 0


# --- runs → pieces ---


def _pieces(a: list[str], b: list[str], runs: Sequence[_Run]) -> list[Piece]:
    out: list[Piece] = []
    i = j = 0
    for at_a, at_b, n in [*runs, (len(a), len(b), 0)]:
        if i < at_a:
            out.append(Piece("delete", "".join(a[i:at_a])))
        if j < at_b:
            out.append(Piece("insert", "".join(b[j:at_b])))
        if n:
            out.append(Piece("equal", "".join(a[at_a : at_a + n])))
        i, j = at_a + n, at_b + n
    return out

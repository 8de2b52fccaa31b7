"""Two wordings of one paragraph → the pieces a lawyer would strike, keep and add.

A piece never cuts a token. A token is what a reader takes in as one thing and what loses its meaning when half of it is
marked: an article number (第三十七条 becomes 第六十三条 whole, never digit by digit), a date, an amount, a number with its
unit, a document number, a 《title》, a latin word. Everything else is compared character by character (code points, with
the marks that combine with them).

Two kernels do the work, and a third stands in for them:

* where a passage is short enough, an alignment that minimises what a reader pays: one per marked character, `HUNK` for
  every new place to look at, and no unmarked single character between two marks;
* before it, and instead of it on long passages, RapidFuzz's Indel opcodes (bit-parallel longest common subsequence), which
  cut the passage at the runs that both texts certainly share; short runs between changes are then given up by the same cost;
* where RapidFuzz is not installed, `diff-match-patch` in pure Python.

Text in, text out: no Word, no law.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["equal", "delete", "insert"]

HUNK = 4  # what one more marked place costs a reader, in marked characters (redline judges use the same figure)
SHORTEST_ISLAND = 2  # characters; one unmarked character between two marks is confetti
EXACT_CELLS = 4_000  # up to this many token pairs the cost-minimal alignment is computed; beyond, Indel cuts first

_NUMERAL = "〇零一二三四五六七八九十百千万亿两0-9０-９"
_DIGITS = r"[0-9０-９]+(?:[,，][0-9０-９]{3})*(?:[.．][0-9０-９]+)?"
_CHINESE = "[〇零一二三四五六七八九十百千万亿两]"
_UNIT = (
    "个?工作日|个?自然日|日|天|个?小时|小时|分钟|秒|周岁|岁|周|个?星期|个?月|年度|年|季度|世纪"
    "|万?亿?元(?:人民币)?|万?美元|万?欧元|角|倍|%|％|‰|个百分点"
    "|平方公里|平方米|立方米|公里|千米|厘米|毫米|米|公顷|亩|公斤|千克|毫克|克|吨|升|度|千瓦时|千瓦|兆瓦"
    "|人次|人|名|户|家|件|份|次|届|期|项|条|款|个|种|类|级|等级|位|页|辆|台|套|处|所|层|代|号"
)
_TOKEN = re.compile(
    "|".join(
        (
            r"《(?:[^《》\n]|《[^《》\n]*》)*》",
            r"[〔\[［（(【][0-9０-９]{4}[〕\]］）)】]\s?第?\s?[0-9０-９]+\s?号",
            r"(?:[0-9０-９]{2,4}|[〇零一二三四五六七八九]{4})\s?年\s?(?:[0-9０-９]{1,2}|[一二三四五六七八九十]{1,3})\s?月"
            r"(?:\s?(?:[0-9０-９]{1,2}|[一二三四五六七八九十]{1,3})\s?日)?",
            r"[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}",
            r"(?:[0-9０-９]{1,2}|[一二三四五六七八九十]{1,3})月(?:[0-9０-９]{1,2}|[一二三四五六七八九十]{1,3})日",
            rf"第\s?[（(]?[{_NUMERAL}]+[）)]?\s?(?:条(?:之{_CHINESE}+)?|款|项|目|章|节|编|分编|号|次|届|期|批|类|级|部分)?",
            rf"[（(](?:{_CHINESE}+|[0-9０-９]+)[）)]",
            rf"(?:百分之|千分之|万分之){_CHINESE}+(?:点{_CHINESE}+)?|{_CHINESE}+分之{_CHINESE}+",
            rf"(?:{_DIGITS}|{_CHINESE}+(?:点{_CHINESE}+)?){_CHINESE}*[余多]?(?:{_UNIT})",
            rf"{_DIGITS}{_CHINESE}*|{_CHINESE}{{2,}}",
            r"[A-Za-zÀ-ɏＡ-Ｚａ-ｚ][A-Za-zÀ-ɏＡ-Ｚａ-ｚ0-9０-９]*(?:[-_./'’@&+][A-Za-zÀ-ɏ0-9]+)*",
            r"(?s:.)[\u0300-\u036f\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]*",
        )
    )
)


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


def diff_text(old: str, new: str) -> list[Piece]:
    """The pieces that turn `old` into `new`: equal and deleted ones joined are `old`, equal and inserted ones `new`.

    >>> [(p.kind, p.text) for p in diff_text("依照第三十七条处罚", "依照第六十三条处罚")]
    [('equal', '依照'), ('delete', '第三十七条'), ('insert', '第六十三条'), ('equal', '处罚')]
    """
    if old == new:
        return [Piece("equal", old)] if old else []
    return _pieces(_hunks(tokens(old), tokens(new)))


# --- from here on a comparison is a list of hunks: (equal tokens, deleted tokens, inserted tokens), in this order ---

_Hunk = tuple[list[str], list[str], list[str]]


def _pieces(hunks: Sequence[_Hunk]) -> list[Piece]:
    out: list[Piece] = []
    for equal, gone, come in hunks:
        for kind, part in (("equal", equal), ("delete", gone), ("insert", come)):
            if part:
                out.append(Piece(kind, "".join(part)))  # type: ignore[arg-type]
    return out


def _hunks(a: list[str], b: list[str]) -> list[_Hunk]:
    head = _common_prefix(a, b)
    tail = _common_prefix(a[head:][::-1], b[head:][::-1])
    mid_a, mid_b = a[head : len(a) - tail], b[head : len(b) - tail]
    runs = [(0, 0, head)] if head else []
    runs += [(i + head, j + head, n) for i, j, n in _equal_runs(mid_a, mid_b)]
    if tail:
        runs.append((len(a) - tail, len(b) - tail, tail))
    return _without_islands(a, b, runs)


def _common_prefix(a: Sequence[str], b: Sequence[str]) -> int:
    n = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        n += 1
    return n


def _equal_runs(a: list[str], b: list[str]) -> list[tuple[int, int, int]]:
    """Runs (place in a, place in b, length) of a longest common subsequence of tokens."""
    if not a or not b:
        return []
    x, y = _encode(a, b)
    try:
        from rapidfuzz.distance import Indel
    except ImportError:
        return _equal_runs_dmp(x, y)
    return [
        (op.src_start, op.dest_start, op.src_end - op.src_start) for op in Indel.opcodes(x, y) if op.tag == "equal"
    ]


def _equal_runs_dmp(x: str, y: str) -> list[tuple[int, int, int]]:
    from diff_match_patch import diff_match_patch

    engine = diff_match_patch()
    engine.Diff_Timeout = 0.5
    runs, i, j = [], 0, 0
    for op, text in engine.diff_main(x, y, False):
        if op == 0:
            runs.append((i, j, len(text)))
        i += len(text) if op <= 0 else 0
        j += len(text) if op >= 0 else 0
    return runs


def _encode(a: list[str], b: list[str]) -> tuple[str, str]:
    """Each token as one code point: itself when it is one, else one of a private plane that neither text uses."""
    taken = {token for token in (*a, *b) if len(token) == 1 and token >= "\U000f0000"}
    free = (chr(n) for n in range(0xF0000, 0x110000) if chr(n) not in taken)
    codes: dict[str, str] = {}

    def code(token: str) -> str:
        if len(token) == 1:
            return token
        if token not in codes:
            codes[token] = next(free)
        return codes[token]

    return "".join(map(code, a)), "".join(map(code, b))


def _without_islands(a: list[str], b: list[str], runs: list[tuple[int, int, int]]) -> list[_Hunk]:
    """The hunks between `runs`, where a run too short to be worth a reader's look back is marked as changed."""
    out: list[_Hunk] = []
    i = j = 0
    equal: list[str] = []
    gone: list[str] = []
    come: list[str] = []
    for at_a, at_b, n in [*runs, (len(a), len(b), 0)]:
        gone += a[i:at_a]
        come += b[j:at_b]
        text = a[at_a : at_a + n]
        if n:
            inner = (gone or come) and (at_a + n < len(a) or at_b + n < len(b))
            if inner and not _worth_keeping(text):
                gone += text
                come += text
            else:
                if gone or come:
                    out.append((equal, gone, come))
                    equal, gone, come = [], [], []
                equal = equal + text
        i, j = at_a + n, at_b + n
    if equal or gone or come:
        out.append((equal, gone, come))
    return out


def _worth_keeping(run: list[str]) -> bool:
    return sum(map(len, run)) * 2 > HUNK

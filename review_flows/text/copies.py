"""Whether a copy says what the reviewed text says: a signed or published one, held against the one that was reviewed.

Pure. In: two drafts, and the marks of a draft (送审稿, 草案) that fall away when it is issued. A published text may
stand in the frame of its issue: masthead, number, the notice it goes out with before it; organ, date, imprint behind.
Nothing else may be added, dropped or changed, white space apart.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from review_flows.text.draft import Draft

_SPACE = re.compile(r"\s+")
_NUMBERED = re.compile(
    r"第[一二三四五六七八九十百零〇\d]{1,8}[章节条]|[一二三四五六七八九十]{1,3}、|（[一二三四五六七八九十]{1,3}）"
)
_DATE = r"(?:\d{4}|[二〇○零一三四五六七八九]{4})年[\d一二三四五六七八九十]{1,3}月[\d一二三四五六七八九十]{1,3}日"
_BEHIND = re.compile(
    rf"{_DATE}|抄送：.{{1,200}}|.{{2,30}}{_DATE}印发|（此件.{{0,12}}公开.{{0,6}}）"
    r"|[\u4e00-\u9fff]{2,24}(?:人民政府|办公室|局|委员会|办事处)"
)


@dataclass(frozen=True)
class Difference:
    """The first place where a copy departs: the line of each, empty where one has none."""

    reviewed: str
    copy: str


def difference(reviewed: Draft, copy: Draft, marks: Collection[str], *, framed: bool) -> Difference | None:
    """The first difference of a copy from the reviewed text; None where they say the same. `framed`: it is issued."""
    old, new = _lines(reviewed, marks), _lines(copy, marks)
    if not framed:
        return None if old == new else _first(old, new)
    old = _without_frame_behind(old)
    start = _find(old, new)
    if start is None:
        return _first(old, new)
    for line in new[:start]:
        if _NUMBERED.match(line):
            return Difference("", line)
    for line in new[start + len(old) :]:
        if not _BEHIND.fullmatch(line):
            return Difference("", line)
    return None


def _lines(draft: Draft, marks: Collection[str]) -> list[str]:
    """The text line by line without white space; marks of a draft in brackets fall away at the end of a title."""
    mark = re.compile(rf"[（(](?:{'|'.join(map(re.escape, sorted(marks, key=len, reverse=True)))})[)）]$")
    lines = [_SPACE.sub("", block.text) for block in draft.blocks]
    first = next((at for at, line in enumerate(lines) if _NUMBERED.match(line)), len(lines))
    lines = [mark.sub("", line) if at < first else line for at, line in enumerate(lines)]
    return [line for line in lines if line]


def _without_frame_behind(lines: list[str]) -> list[str]:
    """Without organ and date at its end: they are filled in when the text is issued."""
    end = len(lines)
    while end > 1 and _BEHIND.fullmatch(lines[end - 1]):
        end -= 1
    return lines[:end]


def _find(old: Sequence[str], new: Sequence[str]) -> int | None:
    """Where the old lines stand in the new ones without a gap."""
    size = len(old)
    starts = (at for at in range(len(new) - size + 1) if new[at] == old[0])
    return next((at for at in starts if list(new[at : at + size]) == list(old)), None)


def _first(old: Sequence[str], new: Sequence[str]) -> Difference:
    """The first line that departs, counted from where the title stands in both."""
    start = max((at for at, line in enumerate(new) if line == old[0]), default=0)
    for at, line in enumerate(old):
        other = new[start + at] if start + at < len(new) else ""
        if other != line:
            return Difference(line, other)
    return Difference("", new[start + len(old)])

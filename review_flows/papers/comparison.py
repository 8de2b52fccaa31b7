"""修改对照表: a `Comparison` as an official table (.docx, landscape A4) and as one self-contained page for a browser.

Both show every changed article exactly once, under its old and its new number: what was struck is struck through,
what was added is bold and underlined, so that a black-and-white print says the same as the screen. Unchanged articles
are left out unless asked for. Reasons come from the caller, by article.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from html import escape
from typing import Literal

from review_flows.law.citations import read_provisions
from review_flows.papers.comparison_style import CSS
from review_flows.papers.layout import render
from review_flows.papers.measures import SIZE_5
from review_flows.papers.paper import Column, Content, Grid, OfficialDocument, Span, Text
from review_flows.text.diff import Change, Comparison, Side
from review_flows.text.meaning import Substance
from review_flows.text.pieces import Kind, Piece

By = Literal["old", "new"]

KIND_NAMES = {
    "merged": "合并",
    "split": "拆分",
    "moved": "移动位置",
    "inserted": "新增",
    "deleted": "删除",
    "reworded": "文字修改",
    "renumbered": "条序调整",
    "formatted": "格式调整",
}
SUBSTANCE_NAMES = {
    "deontic": "义务或权限",
    "negation": "否定",
    "number": "数量",
    "amount": "金额",
    "period": "期限",
    "date": "日期",
    "subject": "主体",
    "scope": "范围",
    "reference": "引用",
}
UNCHANGED = "未修改"
NOT_THERE = {"inserted": "（新增）", "deleted": "（删除）"}
_STRUCK, _ADDED = "C00000", "1F4E9E"
_SUBSTANCE_SHOWN = 8  # in a cell of the table; the page shows all


def comparison_table(
    comparison: Comparison,
    *,
    title: str,
    reasons: Mapping[str, str] | None = None,
    reasons_by: By = "new",
    unchanged: bool = False,
    demo_mark: str = "",
    made_on: date | None = None,
) -> bytes:
    """The 修改对照表 as a .docx: 序号 | 原条文 | 修改后条文 | 修改类型 | 修改理由及依据.

    `reasons` are those for articles of the new text (第四条, 第4条第二款), with `reasons_by="old"` of the old one: the
    opinion on a draft speaks of the numbers of that draft.
    """
    shown = [item for item in comparison.items if item.is_change or unchanged]
    given = _Reasons(reasons or {}, reasons_by)
    rows = [_row(number, item, given, comparison) for number, item in enumerate([*shown, *comparison.frame], start=1)]
    columns = (
        Column("序号", 5, "center"),
        Column("原条文", 36, "left"),
        Column("修改后条文", 36, "left"),
        Column("修改类型", 13, "left"),
        Column("修改理由及依据", 17, "left"),
    )
    document = OfficialDocument(
        title=_heading(title),
        blocks=(Text(summary(comparison), small=True), Grid(columns, tuple(rows), SIZE_5)),
        landscape=True,
        demo_mark=demo_mark,
        made_on=made_on,
    )
    return render(document)


def _heading(title: str) -> str:
    """《某办法》修改对照表; a title that has the word already stays as it is."""
    if "对照表" in title:
        return title
    return f"{title if title.startswith('《') else f'《{title}》'}修改对照表" if title else "修改对照表"


def summary(comparison: Comparison) -> str:
    """One sentence: how many articles were changed, and how."""
    counted = [f"{name}{comparison.stats[kind]}处" for kind, name in KIND_NAMES.items() if comparison.stats[kind]]
    how = f"，其中{'、'.join(counted)}" if counted else ""
    frame = f"；条文以外修改{len(comparison.frame)}处" if comparison.frame else ""
    unit = "条" if comparison.by_articles else "段"
    return f"共有{len(comparison.changes)}{unit}发生变化{how}{frame}；未修改{comparison.stats['unchanged']}{unit}。"


# --- rows of the table ---


def _row(number: int, item: Change, reasons: "_Reasons", comparison: Comparison) -> tuple[Content, ...]:
    notes = [f.message for f in comparison.findings if f.article in {side.label for side in item.new}]
    return (
        str(number),
        _cell(item, "delete"),
        _cell(item, "insert"),
        _type_cell(item, notes),
        reasons.of(item),
    )


def _cell(item: Change, kind: Kind) -> Content:
    """One side: its number, then its words, those that only this side has marked."""
    sides = item.old if kind == "delete" else item.new
    if not sides:
        return NOT_THERE[item.kinds[0]]
    spans: list[Span] = []
    texts = list(_by_side(item, sides, kind))
    renumbered = {s.label for s in item.old} != {s.label for s in item.new}
    for side, pieces in zip(sides, texts, strict=True):
        spans += [Span("\n")] if spans else []
        spans.append(_label(side, marked=renumbered and item.is_change, kind=kind))
        spans += [_span(piece) for piece in pieces]
    return tuple(spans)


def _label(side: Side, *, marked: bool, kind: Kind) -> Span:
    text = "" if side.label.startswith("¶") else f"{side.label}\u3000"
    if not marked:
        return Span(text, bold=True)
    return Span(text, bold=True, strike=True, colour=_STRUCK) if kind == "delete" else _span(Piece("insert", text))


def _span(piece: Piece) -> Span:
    if piece.kind == "delete":
        return Span(piece.text, strike=True, colour=_STRUCK)
    if piece.kind == "insert":
        return Span(piece.text, bold=True, underline=True, colour=_ADDED)
    return Span(piece.text)


def _by_side(item: Change, sides: Sequence[Side], kind: Kind) -> Iterator[list[Piece]]:
    """The pieces that one side shows, cut where its articles end (several in a split or a merger)."""
    if not item.is_change:
        yield from ([Piece("equal", side.text)] for side in sides)
        return
    shown = iter([piece for piece in item.pieces if piece.kind in ("equal", kind)])
    rest: Piece | None = None
    for side in sides:
        left, out = len(side.text), list[Piece]()
        while left > 0:
            piece = rest or next(shown)
            out.append(Piece(piece.kind, piece.text[:left]))
            rest = Piece(piece.kind, piece.text[left:]) if len(piece.text) > left else None
            left -= len(out[-1].text)
        yield out
        rest = _without_break(rest or next(shown, None))


def _without_break(piece: Piece | None) -> Piece | None:
    """What follows the line break between two articles."""
    return Piece(piece.kind, piece.text[1:]) if piece and len(piece.text) > 1 else None


def kind_names(item: Change) -> str:
    """文字修改、条序调整."""
    return "、".join(KIND_NAMES[kind] for kind in item.kinds) or UNCHANGED


def _type_cell(item: Change, notes: Sequence[str]) -> Content:
    lines = [kind_names(item)]
    told = [substance_words(s) for s in item.substantive if not s.renumbered]
    lines += told[:_SUBSTANCE_SHOWN]
    if len(told) > _SUBSTANCE_SHOWN:
        lines.append(f"等{len(told)}处")
    return "\n".join([*lines, *(f"提示：{note}" for note in notes)])


def substance_words(found: Substance) -> str:
    """期限：十日→十五日; 范围：删去“等”."""
    if found.old and found.new:
        what = f"{found.old}→{found.new}"
    else:
        what = f"删去“{found.old}”" if found.old else f"增加“{found.new}”"
    return f"{SUBSTANCE_NAMES[found.type]}：{what}"


class _Reasons:
    """Reasons by article of one of the two texts; 第4条第二款 counts for 第四条."""

    def __init__(self, given: Mapping[str, str], by: By) -> None:
        self._by = by
        self._of: dict[str, list[str]] = {}
        for place, reason in given.items():
            provisions = read_provisions(place)
            article = provisions[0].article if provisions else None
            self._of.setdefault(str(article) if article else place, []).append(reason)

    def of(self, item: Change) -> str:
        sides = item.new if self._by == "new" else item.old
        return "\n".join(dict.fromkeys(reason for side in sides for reason in self._of.get(side.label, ())))


# --- the page ---


def comparison_html(
    comparison: Comparison,
    *,
    title: str,
    reasons: Mapping[str, str] | None = None,
    reasons_by: By = "new",
    unchanged: bool = True,
) -> str:
    """One HTML file without script and without anything to load: a list of the changes, then each in full.

    On a wide screen old and new stand side by side, on a narrow one as one text with marks.
    """
    shown = [item for item in comparison.items if item.is_change or unchanged]
    given = _Reasons(reasons or {}, reasons_by)
    changes = [*comparison.changes, *comparison.frame]
    numbers = {id(item): number for number, item in enumerate(changes, start=1)}
    body = [
        f"<header><h1>{escape(_heading(title))}</h1><p>{escape(summary(comparison))}</p>{_legend()}</header>",
        _findings(comparison),
        _list_of_changes(changes),
        "<main>",
        *(_section(numbers.get(id(item)), item, given) for item in [*shown, *comparison.frame]),
        "</main>",
    ]
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(_heading(title))}</title><style>{CSS}</style>"
    )
    return (
        f'<!DOCTYPE html>\n<html lang="zh-CN"><head>{head}</head>\n<body id="top">\n'
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def _legend() -> str:
    return '<p class="legend"><del>删去的文字</del><ins>增加的文字</ins></p>'


def _findings(comparison: Comparison) -> str:
    if not comparison.findings:
        return ""
    lines = "".join(f"<li>{escape(finding.message)}</li>" for finding in comparison.findings)
    return f'<section class="findings"><h2>需要核对的引用</h2><ul>{lines}</ul></section>'


def _list_of_changes(changes: Sequence[Change]) -> str:
    lines = "".join(
        f'<li><a href="#c{number}"><b>{escape(_place(item))}</b> <span class="kind {item.kinds[0]}">'
        f"{escape(kind_names(item))}</span>{_hint(item)}</a></li>"
        for number, item in enumerate(changes, start=1)
    )
    return f"<nav><details open><summary>修改目录（{len(changes)}）</summary><ol>{lines}</ol></details></nav>"


def _hint(item: Change) -> str:
    first = next((s for s in item.substantive if not s.renumbered), None)
    return f"<small>{escape(substance_words(first))}</small>" if first else ""


def _place(item: Change) -> str:
    """第三条 → 第四条; one number where both are the same; ¶12 as 第12段."""
    old, new = (_labels(sides) for sides in (item.old, item.new))
    if not old or not new or old == new:
        return new or old
    return f"{old} → {new}"


def _labels(sides: Iterable[Side]) -> str:
    return "、".join(f"第{s.label[1:]}段" if s.label.startswith("¶") else s.label for s in sides)


def _section(number: int | None, item: Change, reasons: _Reasons) -> str:
    place = escape(_place(item))
    if number is None:
        text = escape(item.new[0].text).replace("\n", "<br>")
        return f'<details class="unchanged"><summary>{place} {UNCHANGED}</summary><p>{text}</p></details>'
    reason = reasons.of(item)
    parts = [
        f'<h2><span class="number">{number}</span>{place} <span class="kind {item.kinds[0]}">{escape(kind_names(item))}'
        '</span><a class="up" href="#top">目录</a></h2>',
        _substance_list(item.substantive),
        f'<div class="one">{_marked(item.pieces) or escape(_whole(item))}</div>',
        f'<div class="two"><div>{_one_side(item, "delete")}</div><div>{_one_side(item, "insert")}</div></div>',
        f'<p class="reason"><b>修改理由及依据</b> {escape(reason)}</p>' if reason else "",
    ]
    return f'<section class="change" id="c{number}">{"".join(parts)}</section>'


def _substance_list(found: Sequence[Substance]) -> str:
    told = [s for s in found if not s.renumbered]
    chips = "".join(f'<li class="{s.type}">{escape(substance_words(s))}</li>' for s in told)
    return f'<ul class="substance">{chips}</ul>' if chips else ""


def _whole(item: Change) -> str:
    return "\n".join(side.text for side in (item.new or item.old))


def _one_side(item: Change, kind: Kind) -> str:
    sides = item.old if kind == "delete" else item.new
    if not sides:
        return f'<p class="none">{NOT_THERE[item.kinds[0]]}</p>'
    texts = _by_side(item, sides, kind)
    return "".join(
        f"<p><b>{escape(_labels([side]))}</b>\u3000{_marked(pieces)}</p>"
        for side, pieces in zip(sides, texts, strict=True)
    )


def _marked(pieces: Iterable[Piece]) -> str:
    tag = {"delete": "del", "insert": "ins"}
    out = []
    for piece in pieces:
        text = escape(piece.text)
        out.append(f"<{tag[piece.kind]}>{text}</{tag[piece.kind]}>" if piece.kind in tag else text)
    return "".join(out)

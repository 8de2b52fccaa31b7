"""A part with every revision in it accepted: what its author would see after “接受所有修订”.

Drafts arrive with tracked changes still in them. What is compared is the text that stands when all are accepted; this
module brings a tree there, in place.
"""

from lxml import etree

from review_flows.word.oxml import (
    BOOKMARK_END,
    BOOKMARK_START,
    CELL_DEL,
    CELL_INS,
    CELL_MERGE,
    DEL,
    HYPERLINK,
    INS,
    MATH,
    MATH_PARAGRAPH,
    MOVE_FROM,
    MOVE_TO,
    PPR,
    PROOF_ERR,
    PROPERTY_CHANGES,
    RANGE_MARKS,
    REVISIONS,
    RPR,
    SDT,
    SMART_TAG,
    TBL,
    TC,
    TC_PR,
    TR,
    TR_PR,
    P,
    R,
    w,
)

_COMING, _GOING = (INS, MOVE_TO), (DEL, MOVE_FROM)
_NOTHING_BETWEEN = frozenset({BOOKMARK_START, BOOKMARK_END, PROOF_ERR, w("commentRangeStart"), w("commentRangeEnd")})
_HOLDS_TEXT = frozenset({R, HYPERLINK, SDT, SMART_TAG, MATH, MATH_PARAGRAPH, w("fldSimple")})


def has_revisions(root: etree._Element) -> bool:
    """Whether anything in this part is tracked."""
    return next(root.iter(*REVISIONS), None) is not None


def accept_all(root: etree._Element) -> bool:
    """Accept every revision under `root`, in place; whether there were any.

    Word keeps the former state of properties in `w:*PrChange`, which go; deleted rows and cells go whole; `w:ins` and
    `w:moveTo` give way to what they hold, `w:del` and `w:moveFrom` go with it; a paragraph whose mark was deleted
    (`w:del` in `w:pPr/w:rPr`) runs on into the next one, whose properties hold.
    """
    if not has_revisions(root):
        return False
    for change in list(root.iter(*PROPERTY_CHANGES, *RANGE_MARKS)):
        _remove(change)
    _accept_rows(root)
    joined = _marks_gone(root)
    for mark in list(root.iter(*_COMING, *_GOING)):
        if mark.getparent() is not None:
            _remove(mark) if mark.tag in _GOING else _unwrap(mark)
    for paragraph in joined:
        _join_next(paragraph)
    return True


def _accept_rows(root: etree._Element) -> None:
    for row in list(root.iter(TR)):
        properties = row.find(TR_PR)
        if properties is not None and properties.find(DEL) is not None:
            _remove(row)
            continue
        _drop(properties, INS)
        for cell in row.findall(TC):
            _accept_cell(cell)
    for table in list(root.iter(TBL)):
        if next(table.iter(TR), None) is None:
            _remove(table)


def _accept_cell(cell: etree._Element) -> None:
    properties = cell.find(TC_PR)
    if properties is not None and properties.find(CELL_DEL) is not None:
        _remove(cell)
    else:
        _drop(properties, CELL_INS, CELL_MERGE)


def _drop(parent: etree._Element | None, *tags: str) -> None:
    for child in list(parent if parent is not None else ()):
        if child.tag in tags:
            parent.remove(child)  # type: ignore[union-attr]


def _marks_gone(root: etree._Element) -> list[etree._Element]:
    """The paragraphs whose mark was deleted or moved away; the marks on paragraph marks go."""
    joined = []
    for paragraph in root.iter(P):
        mark = paragraph.find(f"{PPR}/{RPR}")
        if mark is None:
            continue
        if any(child.tag in _GOING for child in mark):
            joined.append(paragraph)
        _drop(mark, *_COMING, *_GOING)
    return joined


def _join_next(paragraph: etree._Element) -> None:
    """Run a paragraph on into the next one; without a next paragraph an emptied one goes, unless its cell needs it."""
    parent = paragraph.getparent()
    if parent is None:
        return
    following = paragraph.getnext()
    while following is not None and following.tag in _NOTHING_BETWEEN:
        following = following.getnext()
    content = [child for child in paragraph if child.tag != PPR]
    if following is not None and following.tag == P:
        at = 1 if len(following) and following[0].tag == PPR else 0
        following[at:at] = content
        _remove(paragraph)
    elif not any(child.tag in _HOLDS_TEXT for child in content) and _may_go(paragraph, parent):
        _remove(paragraph)


def _may_go(paragraph: etree._Element, parent: etree._Element) -> bool:
    others = [child for child in parent if child.tag in (P, TBL) and child is not paragraph]
    before = paragraph.getprevious()
    closes_cell = parent.tag == TC and parent[-1] is paragraph and before is not None and before.tag == TBL
    return bool(others) and not closes_cell


def _unwrap(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        at = parent.index(element)
        parent[at : at + 1] = list(element)


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)

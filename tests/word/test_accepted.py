"""Revisions that a draft brings with it, accepted: the text that stands is the text that is reviewed."""

import pytest
from lxml import etree

from review_flows.word import oxml
from review_flows.word.accepted import accept_all, has_revisions
from tests.word.building import cell, document, p, r, row, table

BY = 'w:id="1" w:author="甲" w:date="2024-01-01T00:00:00Z"'
STRUCK_END = f"<w:rPr><w:del {BY}/></w:rPr>"


def marked(tag: str, text: str) -> str:
    inside = r(text).replace("w:t", "w:delText") if tag == "del" else r(text)
    return f"<w:{tag} {BY}>{inside}</w:{tag}>"


def changed(tag: str, former: str = "") -> str:
    return f"<w:{tag}Change {BY}><w:{tag}>{former}</w:{tag}></w:{tag}Change>"


def struck_row(*cells: str) -> str:
    return row(*cells).replace("<w:tr>", f"<w:tr><w:trPr><w:del {BY}/></w:trPr>")


CASES: list[tuple[str, str, list[str]]] = [
    ("words", p("应当", marked("del", "十日"), marked("ins", "五日"), "内"), ["应当五日内"]),
    ("moved words", p(marked("moveFrom", "甲方"), "乙方", marked("moveTo", "甲方")), ["乙方甲方"]),
    ("an end struck", p("第一条", look=STRUCK_END) + p("　为了规范"), ["第一条　为了规范"]),
    ("two ends struck", p("甲", look=STRUCK_END) + p("乙", look=STRUCK_END) + p("丙"), ["甲乙丙"]),
    ("a whole paragraph", p("前") + p(marked("del", "中"), look=STRUCK_END) + p("后"), ["前", "后"]),
    ("before a table", p("前") + p(marked("del", "中"), look=STRUCK_END) + table(row("格")) + p(), ["前", "格", ""]),
    ("a row", table(row("甲"), struck_row("乙"), row("丙")) + p("后"), ["甲", "丙", "后"]),
    ("all rows", table(struck_row("甲"), struck_row("乙")) + p("后"), ["后"]),
    ("a cell", table(row(cell("甲"), cell("乙", look=f"<w:cellDel {BY}/>"))) + p("后"), ["甲", "后"]),
    ("formatting", p(f"<w:r><w:rPr><w:b/>{changed('rPr')}</w:rPr><w:t>甲</w:t></w:r>", look=changed("pPr")), ["甲"]),
    ("an addition struck again", p("甲", f"<w:ins {BY}>{marked('del', '乙')}</w:ins>", "丙"), ["甲丙"]),
    (
        "the end of a cell after a table",
        table(row(cell(table(row("内")), p(marked("del", "乙"), look=STRUCK_END)))) + p("后"),
        ["内", "", "后"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_what_stands_when_all_is_accepted(body: str, expected: list[str]) -> None:
    root = etree.fromstring(document(body))
    assert has_revisions(root) and accept_all(root)
    assert ["".join(e.itertext()) for e in root.iter(oxml.P)] == expected
    assert not has_revisions(root)


def test_a_text_without_revisions_is_left_alone() -> None:
    root = etree.fromstring(document(p("第一条")))
    before = etree.tostring(root)
    assert not accept_all(root) and etree.tostring(root) == before

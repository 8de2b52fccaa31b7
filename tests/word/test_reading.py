"""What a reader sees of a Word file: numbers printed, revisions accepted, fields shown, hidden text left out."""

import pytest

from review_flows.word.numbering import written
from review_flows.word.package import open_package
from review_flows.word.reading import WordLine, word_lines
from tests.word.papers_of_xml import abstract, docx, level, num, numbered, p

ARTICLES = level(0, "第%1条", "chineseCountingThousand")
ITEMS = level(1, "（%2）", "chineseCounting", rest='<w:suff w:val="nothing"/>')


def lines(body: str, **parts: str) -> list[WordLine]:
    return word_lines(open_package(docx(body, **parts), "草案.docx"))


def texts(body: str, **parts: str) -> list[str]:
    return [f"{line.number}{line.text}" for line in lines(body, **parts)]


def test_numbers_of_articles_and_items_are_printed_as_word_prints_them() -> None:
    body = (
        numbered("总则", 1) + numbered("甲", 1, 1) + numbered("乙", 1, 1) + numbered("罚则", 1) + numbered("丙", 1, 1)
    )
    numbering = abstract(0, ARTICLES, ITEMS) + num(1, 0)
    assert texts(body, numbering=numbering) == ["第一条　总则", "（一）甲", "（二）乙", "第二条　罚则", "（一）丙"]


def test_lists_of_one_abstract_list_count_on_and_an_override_begins_anew() -> None:
    again = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    body = "".join(numbered("甲", identity) for identity in (1, 1, 2, 3, 3))
    numbering = abstract(0, ARTICLES) + num(1, 0) + num(2, 0) + num(3, 0, again)
    assert [t[:3] for t in texts(body, numbering=numbering)] == ["第一条", "第二条", "第三条", "第一条", "第二条"]


def test_a_number_may_come_from_the_style_and_its_parent() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="A"><w:name w:val="条"/>'
        '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="B"><w:name w:val="条文"/><w:basedOn w:val="A"/></w:style>'
    )
    body = p("甲", properties='<w:pStyle w:val="B"/>') + p(
        "乙", properties='<w:pStyle w:val="B"/><w:numPr><w:numId w:val="0"/></w:numPr>'
    )
    assert texts(body, styles=styles, numbering=abstract(0, ARTICLES) + num(1, 0)) == ["第一条　甲", "乙"]


def test_a_level_that_never_restarts_counts_through() -> None:
    through = level(1, "第%2条", rest='<w:lvlRestart w:val="0"/><w:suff w:val="space"/>')
    body = numbered("章", 1) + numbered("甲", 1, 1) + numbered("章", 1) + numbered("乙", 1, 1)
    numbering = abstract(0, level(0, "第%1章", "chineseCounting"), through) + num(1, 0)
    assert texts(body, numbering=numbering) == ["第一章　章", "第1条 甲", "第二章　章", "第2条 乙"]


def test_levels_of_several_numbers_and_unknown_lists() -> None:
    legal = level(1, "%1.%2", rest="<w:isLgl/>")
    body = numbered("甲", 1) + numbered("乙", 1, 1) + numbered("丙", 9)
    assert texts(body, numbering=abstract(0, level(0, "%1、", "chineseCounting"), legal) + num(1, 0)) == [
        "一、　甲",
        "1.1　乙",
        "丙",
    ]


@pytest.mark.parametrize(
    ("shape", "number", "text"),
    [
        ("decimal", 105, "105"),
        ("decimalZero", 7, "07"),
        ("decimalFullWidth", 12, "１２"),
        ("chineseCounting", 10, "十"),
        ("chineseCounting", 21, "二十一"),
        ("chineseCounting", 105, "一〇五"),
        ("chineseCountingThousand", 12, "十二"),
        ("chineseCountingThousand", 105, "一百零五"),
        ("chineseCountingThousand", 110, "一百一十"),
        ("japaneseCounting", 110, "百十"),
        ("ideographDigital", 12, "一二"),
        ("chineseLegalSimplified", 12, "壹拾贰"),
        ("ideographTraditional", 11, "甲"),
        ("ideographZodiac", 2, "丑"),
        ("decimalEnclosedCircleChinese", 3, "③"),
        ("upperRoman", 9, "IX"),
        ("lowerLetter", 27, "aa"),
        ("upperLetter", 3, "C"),
        ("hebrew1", 4, "4"),
    ],
)
def test_the_number_formats_of_word(shape: str, number: int, text: str) -> None:
    assert written(shape, number) == text


def test_text_split_over_runs_is_one_text_and_breaks_are_lines() -> None:
    second = "<w:r><w:t>条</w:t><w:tab/><w:t>甲</w:t><w:br/><w:t>乙</w:t></w:r>"
    runs = f"<w:r><w:t>第三</w:t></w:r><w:proofErr w:type='spellStart'/>{second}"
    assert texts(p(runs=runs)) == ["第三条\t甲", "乙"]


def test_revisions_are_accepted() -> None:
    runs = (
        '<w:del w:id="1" w:author="a"><w:r><w:delText>旧</w:delText></w:r></w:del>'
        '<w:ins w:id="2" w:author="a"><w:r><w:t>新</w:t></w:r></w:ins>'
    )
    assert texts(p("办法", runs=runs)) == ["办法新"]


def test_fields_show_their_result_and_not_their_code() -> None:
    runs = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        "<w:r><w:instrText>REF _1</w:instrText></w:r><w:r><w:t>代码</w:t></w:r>"
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        '<w:r><w:t>第五条</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
        '<w:fldSimple w:instr="PAGE"><w:r><w:t>3</w:t></w:r></w:fldSimple>'
    )
    assert texts(p("见", runs=runs)) == ["见第五条3"]


def test_hidden_text_is_left_out() -> None:
    shown = "<w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>看得见</w:t></w:r>"
    hidden = f"<w:r><w:rPr><w:vanish/></w:rPr><w:t>看不见</w:t></w:r>{shown}"
    assert texts(p(runs=hidden)) == ["看得见"]


def test_rows_are_lines_of_cells_and_a_single_cell_gives_its_paragraphs() -> None:
    row = f"<w:tr><w:tc>{p('项目')}</w:tc><w:tc>{p('金额')}{p('（元）')}</w:tc></w:tr>"
    frame = f"<w:tr><w:tc>{p('第一条　甲')}{p('第二条　乙')}</w:tc></w:tr>"
    found = lines(f"<w:tbl>{row}{frame}</w:tbl>")
    assert [line.text for line in found] == ["项目\t金额 （元）", "第一条　甲", "第二条　乙"]
    assert found[0].cells == ("项目", "金额 （元）")
    assert found[0].where == "表1第1行"


def test_content_controls_and_text_boxes_are_read_where_they_stand() -> None:
    control = f"<w:sdt><w:sdtContent>{p('控件里')}</w:sdtContent></w:sdt>"
    box = f"<w:r><w:pict><w:txbxContent>{p('文本框里')}</w:txbxContent></w:pict></w:r>"
    assert texts(control + p("正文", runs=box)) == ["控件里", "正文", "文本框里"]


def test_notes_come_last() -> None:
    line = f'<w:footnote w:id="1" w:type="separator">{p("线")}</w:footnote>'
    notes = f'{line}<w:footnote w:id="2">{p("见《民法典》")}</w:footnote>'
    found = lines(p("正文"), footnotes=notes)
    assert [(line.text, line.is_note) for line in found] == [("正文", False), ("见《民法典》", True)]


def test_a_style_that_is_based_on_itself_ends() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="A"><w:name w:val="环"/><w:basedOn w:val="A"/>'
        '<w:pPr><w:jc w:val="center"/></w:pPr></w:style>'
    )
    found = lines(p("甲", properties='<w:pStyle w:val="A"/>'), styles=styles)
    assert (found[0].style, found[0].centred) == ("环", True)


def test_tables_nested_beyond_reason_end() -> None:
    body = p("芯")
    for _ in range(40):
        body = f"<w:tbl><w:tr><w:tc>{body}</w:tc></w:tr></w:tbl>"
    assert texts(body + p("后")) == ["后"]

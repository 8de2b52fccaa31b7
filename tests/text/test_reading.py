"""Files → drafts: what they are made of, in whatever shape they come."""

import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_flows.errors import DraftError
from review_flows.text.draft import Draft
from review_flows.text.reading import read
from tests.word.papers_of_xml import abstract, docx, level, num, numbered, p

NOTICE = """婺政发〔2026〕19号

婺城区人民政府关于印发《婺城区停车管理
办法（试行）》的通知

各镇人民政府、街道办事处，区政府各部门：
《婺城区停车管理办法（试行）》已经区政府第8次常务会议审议通过，现印发给你们，请认真贯彻执行。

附件：1.泊位表

婺城区人民政府
2026年3月2日
（此件公开发布）

婺城区停车管理办法（试行）

第一章　总则
第一条　为规范停车，根据《中华人民共和国道路交通安全法》，制定本办法。
第二条　申请人应当提交下列材料：
（一）申请表；
（二）身份证明：
1.居民身份证；
2.护照。
前款规定的材料齐全的，当场受理。
第二章　附则
第三条　本办法由婺城区建设局负责解释。
第三条之一　本办法自2026年5月1日起施行，有效期两年。《婺城区停车规定》（婺政发〔2020〕3号）同时废止。

附件1
泊位表
序号 地点

抄送：区委办公室。
婺城区人民政府办公室　　2026年3月3日印发
"""


def draft(text: str) -> Draft:
    return read(text.encode(), "草案.txt")


def kinds(text: str) -> list[str]:
    return [block.kind for block in draft(text).blocks]


# ---- a whole paper


def test_the_frame_of_a_paper_is_read() -> None:
    paper = draft(NOTICE)
    assert paper.title == "婺城区人民政府关于印发《婺城区停车管理办法（试行）》的通知"
    assert paper.main_title == "婺城区停车管理办法（试行）"
    assert paper.document_number == "婺政发〔2026〕19号"
    assert paper.addressee == "各镇人民政府、街道办事处，区政府各部门"
    assert paper.signature is not None
    assert (paper.signature.issuers, paper.signed_on) == (("婺城区人民政府",), date(2026, 3, 2))
    assert paper.printed_on == date(2026, 3, 3)
    assert [(part.kind, part.title) for part in paper.parts] == [
        ("cover", paper.title),
        ("main", "婺城区停车管理办法（试行）"),
        ("annex", "泊位表"),
    ]
    assert [(annex.label, annex.title) for annex in paper.annexes] == [("附件1", "泊位表")]


def test_articles_paragraphs_items_and_subitems_are_told_apart() -> None:
    paper = draft(NOTICE)
    assert [a.label for a in paper.articles] == ["第一条", "第二条", "第三条", "第三条之一"]
    assert [a.chapter for a in paper.articles] == ["第一章", "第一章", "第二章", "第二章"]
    second = paper.articles[1]
    assert [p.number for p in second.paragraphs] == [1, 2]
    first_paragraph = second.paragraphs[0]
    assert [(i.label, i.number, [s.text for s in i.subitems]) for i in first_paragraph.items] == [
        ("（一）", 1, []),
        ("（二）", 2, ["居民身份证；", "护照。"]),
    ]
    assert first_paragraph.text.split("\n")[:2] == ["申请人应当提交下列材料：", "（一）申请表；"]


def test_the_framing_clauses_are_read() -> None:
    paper = draft(NOTICE)
    assert [(c.place.article, c.on) for c in paper.effective] == [("第三条之一", date(2026, 5, 1))]
    assert [c.words for c in paper.validity] == ["两年"]
    assert [c.words for c in paper.interpretation] == ["婺城区建设局"]
    assert [c.words for c in paper.repeal] == ["婺城区停车规定"]


def test_every_line_of_the_file_is_in_exactly_one_block() -> None:
    paper = draft(NOTICE)
    assert "".join("".join(b.text.split()) for b in paper.blocks) == "".join(NOTICE.split())
    assert [b.number for b in paper.blocks] == list(range(1, len(paper.blocks) + 1))


def test_places_are_counted_in_the_paragraph_and_lead_back_to_the_block() -> None:
    paper = draft(NOTICE)
    block = next(b for b in paper.blocks if b.text.startswith("（二）"))
    place = paper.place(block, 3, 7)
    paragraph = paper.articles[1].paragraphs[0]
    assert (place.article, place.paragraph, place.text) == ("第二条", 1, "身份证明")
    assert paragraph.text[place.start : place.end] == "身份证明"
    assert paper.block_at(paragraph, place.start) is block
    outside = paper.place(paper.blocks[0], 0, 3)
    assert (outside.article, outside.paragraph, outside.text) == (None, 1, "婺政发")


# ---- articles in real-world shapes


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("办法\n第1条 甲\n第2条 乙", ["第一条", "第二条"]),
        ("办法\n第一条甲\n第二条乙", ["第一条", "第二条"]),
        ("办法\n第 一 条　甲\n第 二 条　乙", ["第一条", "第二条"]),
        ("办法\n第一条：甲\n第二条：乙", ["第一条", "第二条"]),
        ("合同\n第一条、甲\n第二条、乙", ["第一条", "第二条"]),
        ("办法\n第一条\n甲\n第二条\n乙", ["第一条", "第二条"]),
        ("办法\n　　第一条　甲\n　　第二条　乙", ["第一条", "第二条"]),
        ("办法\n第一章　总则　　第一条　甲。　第二条　乙", ["第一条", "第二条"]),
        ("办法\n第一条　甲\n第一条第二款规定的，依法处理。\n第二条　乙", ["第一条", "第二条"]),
        ("办法\n第一条　甲\n第三条的规定不适用。\n第二条　乙", ["第一条", "第二条"]),
        ("办法\n第一条　中小企业适用\n第二条　关于收费", ["第一条", "第二条"]),
        ("办法\n第九十九条　甲\n第一百条　乙\n第一百零一条　丙", ["第九十九条", "第一百条", "第一百零一条"]),
        ("修改决定\n一、将第三条修改为：\n“第三条　甲。”\n二、删去第四条。", []),
        ("通知\n一、要求\n（一）第一项\n二、期限", []),
    ],
)
def test_articles_are_opened_by_their_form_and_their_count(text: str, labels: list[str]) -> None:
    assert [a.label for a in draft(text).articles] == labels


def test_a_label_alone_on_its_line_takes_the_next_line_as_its_first_paragraph() -> None:
    article = draft("办法\n第一条\n甲。\n乙。\n第二条　丙。").articles[0]
    assert [p.text.strip() for p in article.paragraphs] == ["甲。", "乙。"]


def test_articles_that_count_anew_are_another_part() -> None:
    paper = draft("合同\n第一部分　通用条款\n第一条　甲\n第二条　乙\n专用条款\n第一条　丙\n第二条　丁")
    assert [(a.label, a.part) for a in paper.articles] == [("第一条", 0), ("第二条", 0), ("第一条", 1), ("第二条", 1)]


def test_the_contents_are_no_chapters() -> None:
    paper = draft("条例\n目　录\n第一章　总则\n第二章　附则\n第一章　总则\n第一条　甲\n第二章　附则\n第二条　乙")
    assert [c.label for c in paper.chapters] == ["第一章", "第二章"]
    assert [b.kind for b in paper.blocks][:4] == ["title", "contents", "contents", "contents"]


def test_a_text_without_articles_has_levels() -> None:
    paper = draft(
        "关于做好防汛工作的通知\n各镇：\n现通知如下。\n一、总体要求\n（一）统一领导。\n1.落实责任。\n（1）到岗到人。"
    )
    assert [(b.kind, b.level, b.label) for b in paper.blocks][3:] == [
        ("outline", 1, "一、"),
        ("outline", 2, "（一）"),
        ("outline", 3, "1."),
        ("outline", 4, "（1）"),
    ]


@pytest.mark.parametrize(
    ("head", "number", "title"),
    [
        ("婺城区人民政府文件\n婺政发〔2026〕1号\n关于防汛的通知\n各镇：", "婺政发〔2026〕1号", "关于防汛的通知"),
        ("000001\n特急\n婺政发[2026]1号　　签发人：张三\n关于防汛的通知\n各镇：", "婺政发[2026]1号", "关于防汛的通知"),
        ("防汛规定\n婺城区人民政府令\n第8号\n第一条　甲", "婺城区人民政府令第8号", "防汛规定"),
        ("关于印发《甲\n办法》的通知\n各镇：", "", "关于印发《甲办法》的通知"),
        ("防汛规定\n（2026年1月1日区政府第3次常务会议通过）\n第一条　甲", "", "防汛规定"),
    ],
)
def test_heads_of_papers(head: str, number: str, title: str) -> None:
    paper = draft(f"{head}\n现将有关事项规定如下。")
    assert (paper.document_number, paper.title) == (number, title)


@pytest.mark.parametrize(
    ("tail", "issuers", "signed_on"),
    [
        ("婺城区建设局\n2026年3月2日", ("婺城区建设局",), date(2026, 3, 2)),
        ("婺城区建设局\n婺城区财政局\n二〇二六年三月二日", ("婺城区建设局", "婺城区财政局"), date(2026, 3, 2)),
        ("婺城区建设局　2026年3月2日", ("婺城区建设局",), date(2026, 3, 2)),
        ("区长　李某某\n2026年3月2日", ("区长李某某",), date(2026, 3, 2)),
        ("婺城区建设局（盖章）\n2026年3月2日", ("婺城区建设局（盖章）",), date(2026, 3, 2)),
        ("婺城区建设局\n2026年2月30日", ("婺城区建设局",), None),
        ("婺城区建设局\n2026年　月　日", ("婺城区建设局",), None),
        ("婺城区建设局\n××××年×月×日", ("婺城区建设局",), None),
    ],
)
def test_signatures(tail: str, issuers: tuple[str, ...], signed_on: date | None) -> None:
    paper = draft(f"关于防汛的通知\n各镇：\n现将有关事项通知如下。\n{tail}")
    assert paper.signature is not None
    assert (paper.signature.issuers, paper.signed_on) == (issuers, signed_on)


# ---- bytes


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
def test_text_files_are_read_in_the_encodings_that_offices_use(encoding: str) -> None:
    data = "停车办法\n第一条　甲。\n第二条　乙。\n".encode(encoding)
    assert [a.label for a in read(data, "草案.txt").articles] == ["第一条", "第二条"]


def test_a_file_of_mixed_encodings_is_read_line_by_line_with_a_note() -> None:
    data = (
        "停车办法\n第一条　甲。\n".encode()
        + "第二条　乙规定。\n".encode("gb18030")
        + "第三条　丙。\n".encode()
        + b"\xff\xfe\xfa\n"
    )
    paper = read(data, "草案.txt")
    assert [a.label for a in paper.articles] == ["第一条", "第二条", "第三条"]
    assert any("混用" in note and "第5行" in note for note in paper.notes)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\x0b"])
def test_every_kind_of_line_end_ends_a_line(end: str) -> None:
    assert len(read(end.join(["停车办法", "第一条　甲。", "第二条　乙。"]).encode(), "草案.txt").articles) == 2


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (b"", "空.txt", "空"),
        (b"   \n\n", "空白.txt", "没有文字"),
        (b"%PDF-1.7 ...", "草案.pdf", "PDF"),
        (b"%PDF-1.7 ...", "草案.txt", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "草案.doc", "另存为 .docx"),
        (b"{\\rtf1 abc}", "草案.rtf", "RTF"),
        ("第一条".encode(), "草案.md", ".docx"),
        (b"PK\x03\x04garbage", "草案.docx", "损坏"),
        (bytes(range(256)) * 40, "草案.txt", "不是文本"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(data: bytes, name: str, says: str) -> None:
    with pytest.raises(DraftError, match=says) as caught:
        read(data, name)
    assert name in str(caught.value)


@given(st.binary(max_size=400))
@settings(max_examples=200)
def test_any_bytes_give_a_draft_or_a_draft_error(data: bytes) -> None:
    try:
        read(data, "草案.txt")
    except DraftError as error:
        assert str(error).endswith("。")


@given(
    st.lists(
        st.sampled_from(
            [
                "第一条",
                "第二条　甲",
                "（一）",
                "附件1",
                "2026年3月2日",
                "某局",
                "目录",
                "第一章 总则",
                "《",
                "”",
                "一、",
                "1.",
            ]
        ),
        max_size=30,
    )
)
@settings(max_examples=200)
def test_any_order_of_lines_keeps_every_line(lines: list[str]) -> None:
    text = "\n".join(lines)
    if text.strip():
        assert "".join("".join(b.text.split()) for b in draft(text).blocks) == "".join(text.split())


# ---- lines that a PDF broke


def test_lines_broken_at_the_margin_are_joined_and_page_numbers_dropped() -> None:
    body = (
        "为加强地下空间开发利用管理，合理开发利用地下空间资源，促进土地节约集约利用，保障权利人合法权益，制定本办法。"
    )
    sentences = [f"第{n}条　{body}" for n in "一二三四五"]
    width = 25
    wrapped = [s[i : i + width] for s in sentences for i in range(0, len(s), width)]
    wrapped.insert(4, "- 3 -")
    paper = draft("地下空间管理办法\n" + "\n".join(wrapped))
    assert [a.text for a in paper.articles] == [body] * 5
    assert any("PDF" in note for note in paper.notes)


def test_a_text_of_whole_paragraphs_is_left_alone() -> None:
    assert draft(NOTICE).notes == ()


# ---- Word


def test_a_word_file_with_automatic_numbers_gives_the_same_articles() -> None:
    levels = (level(0, "第%1条", "chineseCountingThousand"), level(1, "（%2）", "chineseCounting"))
    body = (
        p("停车办法", properties='<w:jc w:val="center"/>')
        + numbered("甲。", 1)
        + numbered("乙：", 1)
        + numbered("丙；", 1, 1)
        + numbered("丁。", 1, 1)
    )
    paper = read(docx(body, numbering=abstract(0, *levels) + num(1, 0)), "草案.docx")
    assert paper.title == "停车办法"
    assert [(a.label, a.text) for a in paper.articles] == [
        ("第一条", "甲。"),
        ("第二条", "乙：\n（一）　丙；\n（二）　丁。"),
    ]


def test_the_name_of_a_word_file_does_not_matter() -> None:
    assert read(docx(p("停车办法")), "草案.txt").title == "停车办法"


def test_rows_of_tables_stay_in_their_article() -> None:
    row = f"<w:tr><w:tc>{p('甲')}</w:tc><w:tc>{p('乙')}</w:tc></w:tr>"
    paper = read(docx(p("办法") + p("第一条　标准如下：") + f"<w:tbl>{row}</w:tbl>" + p("第二条　丙。")), "草案.docx")
    assert paper.articles[0].text == "标准如下：\n甲\t乙"


# ---- size


def test_a_text_of_two_thousand_pages_is_read_in_seconds() -> None:
    article = "为加强管理，根据《中华人民共和国行政处罚法》第三十条的规定，制定本办法。" * 15
    text = "大办法\n" + "\n".join(f"第{n}条　{article}" for n in range(1, 2501))
    assert len(text) > 1_200_000
    started = time.perf_counter()
    assert len(draft(text).articles) == 2500
    assert time.perf_counter() - started < 8


@pytest.mark.parametrize(
    "text",
    [
        "第一条　" * 40_000,
        "（一）甲\n" * 20_000,
        "附件\n" * 20_000,
        "某局\n2026年1月1日\n" * 8_000,
        "自" * 200_000,
        "由" * 200_000,
        "目录\n第一章 总则\n" * 8_000,
        " 　" * 100_000 + "甲",
    ],
    ids=lambda text: text[:6],
)
def test_hostile_text_takes_time_in_proportion_to_its_length(text: str) -> None:
    started = time.perf_counter()
    draft(text)
    assert time.perf_counter() - started < 8


SHARED = Path(__file__).parents[3] / "shared" / "data"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the collected papers are not at hand")
def test_every_collected_paper_is_read_or_refused() -> None:
    files = [
        f
        for folder in ("normative", "contracts", "docx/cn", "docx/suites")
        for f in (SHARED / folder).rglob("*")
        if f.is_file()
    ]
    read_count = 0
    for file in files:
        try:
            read_count += bool(read(file.read_bytes(), file.name).blocks)
        except DraftError as error:
            assert str(error).endswith("。")
    assert read_count > 400

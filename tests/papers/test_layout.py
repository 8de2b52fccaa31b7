"""The page of GB/T 9704: paper, fonts by name, levels, signature, imprint, page numbers, as they stand in the .docx."""

import io
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from review_flows.papers.layout import render
from review_flows.papers.lines import level_label, title_lines, width_in_chars
from review_flows.papers.measures import POINTS_PER_MM, SIZE_2, TEXT_WIDTH_MM
from review_flows.papers.paper import (
    Article,
    Attachment,
    Chapter,
    Column,
    Form,
    Grid,
    Heading,
    Imprint,
    NewPage,
    OfficialDocument,
    Signature,
    Span,
    Text,
)

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
ISSUED = date(2026, 1, 5)


def a_paper(**changes: object) -> OfficialDocument:
    lawful = OfficialDocument(
        title="关于《婺城区停车管理办法（送审稿）》的合法性审核意见书",
        blocks=(Heading(1, "审核依据"), Text("依据有关规定。")),
        form=Form.LETTER,
        masthead="婺城区司法局",
        document_number="婺司审〔2026〕1号",
        addressee="区建设局",
        signature=Signature(("婺城区司法局",), ISSUED),
    )
    return replace(lawful, **changes)


def part(document: OfficialDocument, name: str = "word/document.xml") -> etree._Element:
    with zipfile.ZipFile(io.BytesIO(render(document))) as archive:
        return etree.fromstring(archive.read(name))


def paragraphs(root: etree._Element) -> list[etree._Element]:
    return list(root.iter(f"{W}p"))


def text_of(paragraph: etree._Element) -> str:
    marks = {f"{W}t": lambda e: e.text or "", f"{W}br": lambda e: "\n", f"{W}tab": lambda e: "\t"}
    return "".join(marks[e.tag](e) for e in paragraph.iter(*marks) if e.getparent().tag == f"{W}r")


def found(root: etree._Element, text: str) -> etree._Element:
    return next(p for p in paragraphs(root) if text in text_of(p))


def attribute(element: etree._Element, path: str, name: str) -> str | None:
    inner = element.find("/".join(f"{W}{step}" for step in path.split("/")))
    return None if inner is None else inner.get(f"{W}{name}")


def fonts(paragraph: etree._Element) -> list[tuple[str | None, str | None]]:
    return [(attribute(r, "rPr/rFonts", "eastAsia"), attribute(r, "rPr/sz", "val")) for r in paragraph.iter(f"{W}r")]


def mm(twips: str | None) -> float:
    return round(int(twips or 0) / 1440 * 25.4, 1)


def test_the_page_is_a4_with_the_margins_of_the_standard() -> None:
    section = part(a_paper()).find(f".//{W}sectPr")
    assert section is not None
    assert (mm(attribute(section, "pgSz", "w")), mm(attribute(section, "pgSz", "h"))) == (210.0, 297.0)
    margins = [mm(attribute(section, "pgMar", side)) for side in ("top", "left", "bottom", "right")]
    assert margins == [37.0, 28.0, 35.0, 26.0]


def test_a_page_holds_22_lines_of_28_characters() -> None:
    line = int(attribute(found(part(a_paper()), "依据有关"), "pPr/spacing", "line") or 0)
    styles = part(a_paper(), "word/styles.xml")
    normal = next(s for s in styles.iter(f"{W}style") if s.get(f"{W}styleId") == "Normal")
    spacing = int(attribute(normal, "rPr/spacing", "val") or 0)
    height, width = 225 / 25.4 * 1440, 156 / 25.4 * 1440
    assert int(height / line) == 22
    assert int(width / (16 * 20 + spacing)) == 28


@pytest.mark.parametrize(
    ("text", "font", "size"),
    [
        ("合法性审核意见书", "方正小标宋简体", 22),
        ("一、一级", "黑体", 16),
        ("（一）二级", "楷体_GB2312", 16),
        ("1.三级", "仿宋_GB2312", 16),
        ("（1）四级", "仿宋_GB2312", 16),
        ("正文文字", "仿宋_GB2312", 16),
        ("婺司审〔2026〕1号", "仿宋_GB2312", 16),
        ("第一章", "黑体", 16),
    ],
)
def test_every_element_has_the_font_and_size_of_the_standard(text: str, font: str, size: int) -> None:
    levels = [Heading(level, f"{name}级") for level, name in enumerate("一二三四", 1)]
    paper = a_paper(blocks=(*levels, Text("正文文字"), Chapter("第一章　总则")))
    assert fonts(found(part(paper), text)) == [(font, str(size * 2))]


def test_headings_count_by_level_and_deeper_levels_begin_anew() -> None:
    levels = (1, 2, 2, 3, 4, 3, 1, 2)
    root = part(a_paper(blocks=tuple(Heading(level, "标题") for level in levels)))
    labels = [text_of(p).removesuffix("标题") for p in paragraphs(root) if text_of(p).endswith("标题")]
    assert labels == ["一、", "（一）", "（二）", "1.", "（1）", "2.", "二、", "（一）"]
    assert level_label(1, 21) == "二十一、"


def test_a_heading_may_run_into_its_paragraph() -> None:
    heading = Heading(2, "制定主体。", then="符合规定。")
    run_in = found(part(a_paper(blocks=(heading, Text("另有说明。")))), "制定主体")
    assert [font for font, _ in fonts(run_in)] == ["楷体_GB2312", "仿宋_GB2312"]
    assert run_in.find(f"{W}pPr/{W}keepNext") is None


def test_a_page_with_the_signature_has_words_of_the_body_on_it() -> None:
    root = part(a_paper(attachments=("材料清单",)))
    kept = [p.find(f"{W}pPr/{W}keepNext") is not None for p in paragraphs(root)]
    texts = [text_of(p) for p in paragraphs(root)]
    assert all(kept[texts.index("依据有关规定。") : texts.index("2026年1月5日")])


def test_the_body_is_indented_by_two_characters() -> None:
    assert attribute(found(part(a_paper()), "依据有关"), "pPr/ind", "firstLineChars") == "200"


@pytest.mark.parametrize(
    ("organ", "sealed", "name_right", "date_right"),
    [
        ("婺城区司法局", True, 400, 400),  # both six wide: the middle of both is seven from the edge
        (
            "金华市婺城区住房和城乡建设管理局",
            True,
            None,
            500,
        ),  # sixteen wide: the date gives way, the name fills the edge
        ("金华市婺城区司法局", False, 200, 300),
        ("区司法局", False, 600, 200),  # the date is longer than the name and takes the two characters itself
    ],
)
def test_the_signature_stands_where_the_standard_has_it(
    organ: str, sealed: bool, name_right: int | None, date_right: int
) -> None:
    root = part(a_paper(masthead="", signature=Signature((organ,), ISSUED, sealed=sealed)))
    name, dated = (attribute(found(root, text), "pPr/ind", "rightChars") for text in (organ, "2026年1月5日"))
    assert name == (None if name_right is None else str(name_right))
    assert dated == str(date_right)


@pytest.mark.parametrize(
    "lines",
    [
        ["卷内目录"],
        ["关于《婺城区公共租赁住房租金补贴管理办法", "（送审稿）》的合法性审核意见书"],
        ["关于《婺城区公共租赁住房租金补贴", "管理办法》的公平竞争审查意见"],
        ["关于《婺城区城区停车设施建设三年行动方案", "（2027—2029年）", "（送审稿）》的合法性审查意见书"],
        ["关于启动城区停车设施建设三年", "行动方案重大行政决策程序的决定"],
    ],
)
def test_a_title_breaks_where_no_known_word_is_torn(lines: list[str]) -> None:
    assert title_lines("".join(lines)) == lines


def test_a_title_keeps_the_breaks_it_came_with() -> None:
    assert title_lines("甲\n乙") == ["甲", "乙"]


@given(st.text(alphabet="某区停车的办法管理《》（）a1、", min_size=1, max_size=120))
def test_no_line_of_a_title_is_wider_than_the_page_and_no_character_is_lost(title: str) -> None:
    lines = title_lines(title)
    assert "".join(lines) == title
    assert all(width_in_chars(line) * SIZE_2 <= TEXT_WIDTH_MM * POINTS_PER_MM for line in lines)


def test_several_attachments_are_numbered_without_punctuation_at_their_ends() -> None:
    root = part(a_paper(attachments=("采纳情况反馈表", "材料清单")))
    assert text_of(found(root, "采纳情况")) == "附件：1.采纳情况反馈表"
    assert text_of(found(root, "材料清单")) == "2.材料清单"
    assert text_of(found(part(a_paper(attachments=("材料清单",))), "材料清单")) == "附件：材料清单"


def test_an_attachment_begins_on_a_new_page_with_its_label_at_the_top() -> None:
    label = found(part(a_paper(blocks=(Text("文"), Attachment("附件1", "采纳情况反馈表")))), "附件1")
    assert label.find(f"{W}pPr/{W}pageBreakBefore") is not None
    assert fonts(label) == [("黑体", "32")]


def test_page_numbers_stand_outside_between_rules_of_one_em() -> None:
    document = a_paper()
    relations = part(document, "word/_rels/document.xml.rels")
    targets = {r.get("Id"): r.get("Target") for r in relations}
    rid = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    footers = {
        r.get(f"{W}type"): part(document, f"word/{targets[r.get(rid)]}")
        for r in part(document).iter(f"{W}footerReference")
    }
    odd, even = (paragraphs(footers[place])[0] for place in ("default", "even"))
    assert [text_of(p) for p in (odd, even)] == ["— 1 —", "— 1 —"]
    assert [attribute(p, "pPr/jc", "val") for p in (odd, even)] == ["right", "left"]
    assert (attribute(odd, "pPr/ind", "rightChars"), attribute(even, "pPr/ind", "leftChars")) == ("100", "100")
    assert set(fonts(odd)) == {("宋体", "28")}
    assert text_of(paragraphs(footers["first"])[0]) == ""  # a letter's first page has no number
    assert part(document, "word/settings.xml").find(f"{W}evenAndOddHeaders") is not None


def test_the_imprint_names_copies_and_printing_and_a_letter_only_copies() -> None:
    imprint = Imprint(copies_to=("区政府办公室", "区财政局"), printed_by="婺城区司法局办公室", printed_on=ISSUED)
    whole = [text_of(p) for p in paragraphs(part(a_paper(form=Form.DOCUMENT, imprint=imprint)))]
    assert "抄送：区政府办公室，区财政局。" in whole
    assert "婺城区司法局办公室\t2026年1月5日印发" in whole
    letter = [text_of(p) for p in paragraphs(part(a_paper(imprint=imprint)))]
    assert "抄送：区政府办公室，区财政局。" in letter
    assert not any("印发" in text for text in letter)


def test_a_demonstration_is_marked_on_every_page() -> None:
    document = a_paper(demo_mark="演示")
    with zipfile.ZipFile(io.BytesIO(render(document))) as archive:
        headers = [name for name in archive.namelist() if name.startswith("word/header")]
        assert len(headers) == 3
        assert all("演示" in archive.read(name).decode() for name in headers)


def test_a_table_repeats_its_heading_and_keeps_struck_and_bold_words() -> None:
    grid = Grid((Column("序号"), Column("条文", 3)), (("1", (Span("旧", strike=True), Span("新", bold=True))),))
    table = part(a_paper(blocks=(grid,))).find(f".//{W}tbl")
    assert table is not None
    rows = table.findall(f"{W}tr")
    assert [row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows] == [True, False]
    assert [text_of(p) for p in paragraphs(table)] == ["序号", "条文", "1", "旧新"]
    assert table.find(f".//{W}strike") is not None


def test_equal_papers_have_equal_bytes_and_text_that_xml_cannot_hold_is_shown_as_lost() -> None:
    assert render(a_paper()) == render(a_paper())
    assert text_of(found(part(a_paper(blocks=(Text("坏\x00字\ud800"),))), "坏")) == "坏\ufffd字\ufffd"


def test_what_follows_a_page_break_begins_a_page_and_articles_have_black_labels() -> None:
    root = part(a_paper(blocks=(Text("前"), NewPage(), Article("第一条", "为了规范。"))))
    article = found(root, "第一条")
    assert article.find(f"{W}pPr/{W}pageBreakBefore") is not None
    assert [font for font, _ in fonts(article)] == ["黑体", "仿宋_GB2312"]


def test_a_landscape_page_has_its_binding_edge_at_the_head() -> None:
    section = part(a_paper(form=Form.PLAIN, landscape=True)).find(f".//{W}sectPr")
    assert section is not None
    assert (mm(attribute(section, "pgSz", "w")), attribute(section, "pgSz", "orient")) == (297.0, "landscape")
    assert mm(attribute(section, "pgMar", "top")) == 28.0


def test_word_s_schema_order_of_paragraph_properties_is_kept() -> None:
    order = [
        "pStyle", "keepNext", "keepLines", "pageBreakBefore", "framePr", "widowControl", "pBdr", "shd", "tabs",
        "autoSpaceDE", "autoSpaceDN", "snapToGrid", "spacing", "ind", "jc", "rPr",
    ]  # fmt: skip
    imprint = Imprint(copies_to=("甲",), printed_by="乙", printed_on=ISSUED)
    root = part(a_paper(form=Form.DOCUMENT, imprint=imprint, signer="签发人：王五", small_print=("存证：甲",)))
    for look in root.iter(f"{W}pPr"):
        names = [child.tag.removeprefix(W) for child in look]
        assert names == sorted(names, key=order.index)


def test_libreoffice_opens_a_letter_and_gives_it_pages(tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    source = tmp_path / "letter.docx"
    source.write_bytes(render(a_paper(demo_mark="演示")))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert (tmp_path / "letter.pdf").read_bytes().startswith(b"%PDF")

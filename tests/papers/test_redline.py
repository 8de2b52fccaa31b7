"""The redline of two Word files: accepting gives the new text, rejecting the old one, formatting and all."""

# ruff: noqa: E501 (one case a line)

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from review_flows.errors import DraftError
from review_flows.papers.redline import Redline, redline
from tests.papers.resolving import File, W, faults, resolved
from tests.word.building import cell, docx, p, r, row, story, table

GOLDEN = Path(__file__).parents[1] / "cases" / "redline"
AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
GRID = [row("事项", "期限"), row("行政许可", "二十日"), row("行政检查", "十日"), row("行政处罚", "九十日")]
ARTICLES = [
    "第一条　为了规范公共租赁住房租金补贴管理，保障困难家庭基本住房需求，制定本办法。",
    "第二条　本区行政区域内公共租赁住房租金补贴的申请、审核、发放和监督管理，适用本办法。",
    "第三条　区建设局负责租金补贴的组织实施；区民政局负责收入核定；区财政局负责资金保障。",
    "第四条　申请人应当如实提交申请材料，对材料的真实性负责，不得隐瞒、虚报。",
    "第五条　区建设局应当自受理之日起三十日内完成审核，并将结果告知申请人。",
]
NUMBERING = story(
    "numbering",
    '<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/>'
    '<w:lvlText w:val="第%1条"/></w:lvl></w:abstractNum><w:num w:numId="3"><w:abstractNumId w:val="1"/></w:num>',
)
OTHER_NUMBERING = NUMBERING.replace("第%1条".encode(), "（%1）".encode())
NUMBERED = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="3"/></w:numPr>'


def compare(old: bytes, new: bytes, **how: bool) -> Redline:
    result = redline(old, new, author="法审", at=AT, **how)
    assert resolved(result.docx, "accept") == resolved(new, "accept")
    assert resolved(result.docx, "reject") == resolved(old, "accept")
    assert faults(result.docx) == []
    return result


def marks(result: Redline, tag: str) -> list[str]:
    tree = File(result.docx).tree("word/document.xml")
    return ["".join(e.itertext()) for e in tree.iter(W + tag) if len(e)]


def field(result: str) -> str:
    return "".join(
        f"<w:r>{inside}</w:r>"
        for inside in (
            '<w:fldChar w:fldCharType="begin"/>',
            '<w:instrText xml:space="preserve"> REF a1 \\h </w:instrText>',
            '<w:fldChar w:fldCharType="separate"/>',
            f"<w:t>{result}</w:t>",
            '<w:fldChar w:fldCharType="end"/>',
        )
    )


def picture(key: str) -> str:
    return (
        f'<w:r><w:drawing><wp:inline><wp:docPr id="1" name="图"/><a:graphic><a:graphicData><a:blip r:embed="{key}"/>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )


def box(*paragraphs: str) -> str:
    inside = "".join(paragraphs)
    return (
        f"<w:r><w:pict><v:shape><v:textbox><w:txbxContent>{inside}</w:txbxContent></v:textbox></v:shape></w:pict></w:r>"
    )


def drawn_box(*paragraphs: str) -> str:
    inside = f"<w:txbxContent>{''.join(paragraphs)}</w:txbxContent>"
    return (
        '<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>' + inside + "</wps:txbx></w:drawing>"
        "</mc:Choice><mc:Fallback><w:pict><v:textbox>"
        + inside
        + "</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )


def control(inside: str) -> str:
    return f'<w:sdt><w:sdtPr><w:alias w:val="标题"/></w:sdtPr><w:sdtContent>{inside}</w:sdtContent></w:sdt>'


def link(text: str, anchor: str = "a1") -> str:
    return f'<w:hyperlink w:anchor="{anchor}">{r(text)}</w:hyperlink>'


def section(width: int) -> str:
    return f'<w:sectPr><w:pgSz w:w="{width}" w:h="16838"/></w:sectPr>'


TEXT = [p(t) for t in ARTICLES]
CASES: list[tuple[str, list[str], list[str]]] = [
    ("nothing", TEXT, TEXT),
    ("a word", TEXT, [*TEXT[:3], p(ARTICLES[3].replace("应当", "必须")), TEXT[4]]),
    ("an article more", TEXT, [*TEXT[:2], p("第三条　区人民政府统筹协调相关工作。"), *TEXT[2:]]),
    ("the first gone", TEXT, TEXT[1:]),
    ("the last gone", TEXT, TEXT[:4]),
    ("the last two gone", TEXT, TEXT[:3]),
    ("one appended", TEXT[:4], TEXT),
    ("two appended to an edited end", [*TEXT[:2], p("第三条　附则")], [*TEXT[:2], p("第三条　附则如下"), *TEXT[3:]]),
    ("all replaced", TEXT[:2], [p("甲方应当按约交货。"), p("乙方应当按约付款，逾期支付违约金。")]),
    ("moved", TEXT, [TEXT[0], *TEXT[2:], TEXT[1]]),
    ("moved and edited", TEXT, [TEXT[0], *TEXT[2:4], p(ARTICLES[1].replace("审核", "审查")), TEXT[4]]),
    ("first and last change places", TEXT, [TEXT[4], *TEXT[1:4], TEXT[0]]),
    ("split", TEXT, [*TEXT[:2], p(ARTICLES[2][:21]), p(ARTICLES[2][21:]), *TEXT[3:]]),
    ("merged", [*TEXT[:2], p(ARTICLES[2][:21]), p(ARTICLES[2][21:]), *TEXT[3:]], TEXT),
    ("a split end before an added article", [*TEXT[:2], p(ARTICLES[2])], [*TEXT[:2], p(ARTICLES[2] + "并报告。"), *TEXT[3:]]),
    ("empty paragraphs", [TEXT[0], p(), p(), TEXT[1]], [TEXT[0], p(), TEXT[1], p(), p(), TEXT[2]]),
    ("bold", TEXT, [TEXT[0], p(r(ARTICLES[1], "b")), *TEXT[2:]]),
    ("half in italics, a word less", TEXT, [TEXT[0], p(ARTICLES[1][:9], r(ARTICLES[1][9:20], "i"), ARTICLES[1][22:]), *TEXT[2:]]),
    ("centred", TEXT, [p(ARTICLES[0], look='<w:jc w:val="center"/>'), *TEXT[1:]]),
    ("no longer centred, edited", [p(ARTICLES[0], look='<w:jc w:val="center"/>')], [p(ARTICLES[0] + "此令。")]),
    ("styled end appended", [p("甲", look='<w:jc w:val="left"/>')], [p("甲"), p("乙", look='<w:jc w:val="right"/>')]),
    ("beyond the BMP", [p("\U00020bb7野家\U0002a6d6公司应当依法办理。")], [p("\U00020bb7野家\U0002a6d7公司应当依法及时办理。")]),
    ("tab and break", [p("甲方：", "<w:r><w:tab/><w:t>某局</w:t><w:br/></w:r>")], [p("甲方：", "<w:r><w:tab/><w:t>某委</w:t></w:r>")]),
    ("field", [p("见第", field("五"), "条的规定。")], [p("见第", field("六"), "条有关规定。")]),
    ("simple field gone", [p("见", '<w:fldSimple w:instr=" REF b "><w:r><w:t>三</w:t></w:r></w:fldSimple>', "条")], [p("见条")]),
    ("link", [p("依据", link("行政许可法"), "制定。")], [p("依据", link("行政处罚法"), "制定。")]),
    ("link elsewhere", [p("依据", link("许可法"), "制定。")], [p("依据", link("许可法", "b2"), "制定。")]),
    ("bookmark", [p('<w:bookmarkStart w:id="5" w:name="a"/>', "自公布之日", '<w:bookmarkEnd w:id="5"/>')], [p("自1月1日")]),
    ("equation", [p("按", "<m:oMath><m:r><m:t>a+b</m:t></m:r></m:oMath>", "计算")], [p("按", "<m:oMath><m:r><m:t>a-b</m:t></m:r></m:oMath>")]),
    ("control", [TEXT[0], control(p("起草单位：司法局")), TEXT[1]], [TEXT[0], control(p("起草单位：市司法局")), TEXT[1]]),
    ("control added", TEXT[:2], [TEXT[0], control(p("起草单位：市司法局")), TEXT[1]]),
    ("control of two gone", [TEXT[0], control(p("起草单位") + p("司法局")), TEXT[1]], TEXT[:2]),
    ("inline control", [p("由", control(r("司法局")), "负责")], [p("由", control(r("市司法局")), "负责")]),
    ("text box", [p(box(p("内部资料"))), TEXT[0]], [p(box(p("内部资料，注意保存"), p("不得外传"))), TEXT[0]]),
    ("drawn text box", [p(drawn_box(p("内部资料"))), TEXT[0]], [p(drawn_box(p("内部使用资料"))), TEXT[0]]),
    ("moved in a drawn text box", [p(drawn_box(*TEXT[:3]))], [p(drawn_box(TEXT[2], *TEXT[:2]))]),
    ("text box gone", [p("甲", box(p("内部资料"))), TEXT[0]], [p("甲"), TEXT[0]]),
    ("cell", [table(*GRID), p()], [table(*GRID[:2], row("行政检查（含双随机）", "十日"), GRID[3]), p()]),
    ("row", [table(*GRID), p()], [table(*GRID[:2], row("行政确认", "十五日"), *GRID[2:]), p()]),
    ("row gone", [table(*GRID), p()], [table(*GRID[:1], *GRID[2:]), p()]),
    ("row moved", [table(*GRID), p()], [table(GRID[0], *GRID[2:], GRID[1]), p()]),
    ("column", [table(*GRID), p()], [table(*(x.replace("</w:tr>", cell("备注") + "</w:tr>") for x in GRID)), p()]),
    ("table added", TEXT[:2], [TEXT[0], table(*GRID), TEXT[1]]),
    ("table gone", [TEXT[0], table(*GRID), TEXT[1]], TEXT[:2]),
    ("text before a table", [table(*GRID), p()], [*TEXT[:2], table(*GRID), p()]),
    ("text gone before a table", [*TEXT[:2], table(*GRID), p()], [TEXT[0], table(*GRID), p()]),
    ("table instead of the end", [TEXT[0], p("见附表")], [TEXT[0], p("见附表"), table(*GRID), p("完")]),
    ("end instead of a table", [TEXT[0], p("见附表"), table(*GRID), p("完")], [TEXT[0], p("见附表")]),
    ("cell of two paragraphs", [table(row("甲", "乙")), p()], [table(row("甲", cell("乙", "丙", "丁"))), p()]),
    ("cell merged", [table(row("甲", cell("乙", look='<w:gridSpan w:val="2"/>'))), p()], [table(row("甲", "乙")), p()]),
    ("nested table", [table(row(cell(table(row("甲")), p()))), p()], [table(row(cell(table(row("甲方")), p()))), p()]),
    ("section wider", [*TEXT[:2], section(11906)], [*TEXT[:2], section(16838)]),
    ("section break added", [*TEXT[:3], section(11906)], [TEXT[0], p(ARTICLES[1], look=section(9000)), TEXT[2], section(11906)]),
    ("section break gone", [TEXT[0], p(ARTICLES[1], look=section(9000)), TEXT[2], section(11906)], [*TEXT[:3], section(11906)]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_accepting_gives_the_new_text_and_rejecting_the_old_one(old: list[str], new: list[str]) -> None:
    compare(docx("".join(old)), docx("".join(new)))


def test_equal_files_bear_no_mark() -> None:
    result = compare(docx("".join(TEXT)), docx("".join(TEXT)))
    assert (result.stats.inserted, result.stats.deleted, result.stats.moved, result.stats.formatted) == (0, 0, 0, 0)
    assert result.fallbacks == ()


def test_only_the_changed_words_are_marked() -> None:
    result = compare(docx(p(ARTICLES[3])), docx(p(ARTICLES[3].replace("应当", "必须"))))
    assert (marks(result, "del"), marks(result, "ins")) == (["应当"], ["必须"])


def test_an_article_number_is_marked_whole() -> None:
    result = compare(docx(p(ARTICLES[4])), docx(p(ARTICLES[4].replace("第五条", "第十五条"))))
    assert (marks(result, "del"), marks(result, "ins")) == (["第五条"], ["第十五条"])


def test_a_moved_and_edited_article_is_a_move_with_its_edits() -> None:
    old, new = (
        docx("".join(TEXT)),
        docx("".join([TEXT[0], *TEXT[2:4], p(ARTICLES[1].replace("适用", "依照")), TEXT[4]])),
    )
    result = compare(old, new)
    assert result.stats.moved == 1
    assert marks(result, "moveFrom") and "".join(marks(result, "del")) == "适用"
    assert marks(result, "moveTo") and "".join(marks(result, "ins")) == "依照"


def test_moves_can_be_written_as_strikes_and_additions() -> None:
    result = compare(docx("".join(TEXT)), docx("".join([TEXT[0], *TEXT[2:], TEXT[1]])), moves=False)
    assert result.stats.moved == 0 and marks(result, "moveTo") == []


def test_the_paragraph_that_was_edited_is_all_that_is_rewritten() -> None:
    marked = '<w:p w:rsidR="00AB12CD"><w:proofErr w:type="spellStart"/><w:r><w:t>第一条</w:t></w:r></w:p>'
    result = compare(docx(marked + TEXT[1]), docx(marked + p(ARTICLES[1] + "另有规定的除外。")))
    tree = File(result.docx).tree("word/document.xml")
    assert tree.find(f".//{W}proofErr") is not None and marks(result, "ins") == ["另有规定的除外。"]


def test_runs_broken_by_editing_are_no_change() -> None:
    broken = "".join(f'<w:r w:rsidR="00{i:06d}"><w:t>{c}</w:t></w:r>' for i, c in enumerate(ARTICLES[1]))
    result = compare(docx(p(ARTICLES[1])), docx(p(broken)))
    assert result.stats.inserted == result.stats.deleted == 0


def test_no_kept_end_stands_between_two_insertions() -> None:
    """LibreOffice would swallow the end when it rejects them."""
    old, more = docx(p("甲方付款") + p("乙方交货")), p("附则由双方另行议定")
    shifted = compare(old, docx(p("甲方付款三十日") + more + p("乙方交货")))
    assert written(shifted) == ["甲方付款[三十日][¶]", "[附则由双方另行议定]", "乙方交货"]
    parted = compare(old, docx(p("甲方付款三十日") + more + p("先由乙方交货")))
    assert written(parted) == ["甲方付款{¶}", "[三十日][¶]", "[附则由双方另行议定][¶]", "[先由]乙方交货"]


# ---- golden pairs


@pytest.mark.parametrize("name", sorted(path.name for path in GOLDEN.iterdir()))
def test_golden_redline(name: str) -> None:
    """Each folder holds old.txt, new.txt and redline.txt: a paragraph a line, [added], {struck}, <moved away>, >moved here<."""
    old, new = (
        docx("".join(map(p, (GOLDEN / name / f"{side}.txt").read_text().splitlines()))) for side in ("old", "new")
    )
    shown = "".join(f"{line}\n" for line in written(compare(old, new)))
    if os.environ.get("REVIEW_FLOWS_GOLDEN"):
        (GOLDEN / name / "redline.txt").write_text(shown)
    assert shown == (GOLDEN / name / "redline.txt").read_text()


def written(result: Redline) -> list[str]:
    """The paragraphs of the redline as the golden files spell them; ¶ with the mark of an end that did not stay."""
    signs = {"ins": "[{}]", "del": "{{{}}}", "moveFrom": "<{}>", "moveTo": ">{}<"}
    out = []
    for paragraph in File(result.docx).tree("word/document.xml").iter(W + "p"):
        line = ""
        for child in paragraph:
            text = "".join(child.itertext())
            line += signs.get(child.tag.removeprefix(W), "{}").format(text) if text else ""
        mark = paragraph.find(f"{W}pPr/{W}rPr")
        out.append(line + (signs[mark[0].tag.removeprefix(W)].format("¶") if mark is not None else ""))
    return out


# ---- parts beside the body


def related(header: str, note: str) -> dict[str, tuple[str, bytes]]:
    notes = f'<w:footnote w:type="separator" w:id="0">{p()}</w:footnote><w:footnote w:id="1">{p(note)}</w:footnote>'
    return {
        "rId1": ("header", story("hdr", p(header))),
        "rId2": ("footnotes", story("footnotes", notes)),
    }


HEADED = '<w:sectPr><w:headerReference w:type="default" r:id="rId1"/><w:pgSz w:w="11906" w:h="16838"/></w:sectPr>'
NOTED = '<w:r><w:footnoteReference w:id="1"/></w:r>'


def test_headers_and_notes_are_compared() -> None:
    body = p("本办法", NOTED, "自公布之日起施行。") + HEADED
    old = docx(body, related("某区规章草案", "参见立法法第八十条。"))
    new = docx(body, related("某区规章修订草案", "参见立法法第九十一条。"))
    result = compare(old, new)
    tree = File(result.docx).tree("word/footnotes.xml")
    assert ["".join(e.itertext()) for e in tree.iter(W + "ins")] == ["第九十一条"]


@pytest.mark.parametrize("back", [False, True], ids=["come", "gone"])
def test_headers_and_notes_come_and_go(back: bool) -> None:
    plain = docx(p("本办法自公布之日起施行。") + '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/></w:sectPr>')
    rich = docx(p("本办法", NOTED, "自公布之日起施行。") + HEADED, related("规章草案", "参见立法法。"))
    compare(*((rich, plain) if back else (plain, rich)))


@pytest.mark.parametrize("back", [False, True], ids=["come", "gone"])
def test_pictures_come_and_go_with_their_bytes(back: bool) -> None:
    plain = docx(p("流程图：") + TEXT[0])
    rich = docx(p("流程图：", picture("rId7")) + TEXT[0], {"rId7": ("image", b"\x89PNG red")})
    compare(*((rich, plain) if back else (plain, rich)))


def test_a_picture_replaced_under_the_same_id_is_a_change() -> None:
    body = p("流程图：", picture("rId7"))
    result = compare(docx(body, {"rId7": ("image", b"\x89PNG red")}), docx(body, {"rId7": ("image", b"\x89PNG blue")}))
    assert result.stats.inserted == result.stats.deleted == 1


def test_links_to_other_addresses_are_kept_apart() -> None:
    body = p("依据", f'<w:hyperlink r:id="rId5">{r("行政许可法")}</w:hyperlink>', "制定。")
    old = docx(body, links={"rId5": "http://old.example/"})
    result = compare(old, docx(body, links={"rId5": "http://new.example/"}))
    file = File(result.docx)
    assert len(set(file.targets("word/document.xml").values())) == 2


def test_lists_of_the_old_text_are_brought_along() -> None:
    old = docx(p("申请", look=NUMBERED) + p("受理", look=NUMBERED), {"rId3": ("numbering", NUMBERING)})
    new = docx(p("申请", look=NUMBERED) + p("完"), {"rId3": ("numbering", OTHER_NUMBERING)})
    result = redline(old, new, author="法审", at=AT)
    tree = File(result.docx).tree("word/numbering.xml")
    shapes = [e.get(W + "val") for e in tree.iter(W + "lvlText")]
    assert shapes == ["（%1）", "第%1条"]
    assert faults(result.docx) == []
    used = [e.get(W + "val") for e in File(result.docx).tree("word/document.xml").iter(W + "numId")]
    assert used == ["3", "4", "4"]  # kept as the new text has it, with its former list; the struck one in that list


def test_equal_lists_under_other_ids_are_no_change() -> None:
    renamed = NUMBERING.replace(b'w:numId="3"', b'w:numId="8"').replace(b'AbstractNumId="1"', b'AbstractNumId="5"')
    old = docx(p("申请", look=NUMBERED), {"rId3": ("numbering", NUMBERING)})
    new = docx(p("申请", look=NUMBERED.replace('"3"', '"8"')), {"rId3": ("numbering", renamed)})
    assert redline(old, new, author="法审", at=AT).stats.formatted == 0


STYLES = '<w:style w:type="paragraph" w:styleId="{}"><w:name w:val="{}"/><w:rPr>{}</w:rPr></w:style>'


def test_a_style_is_known_by_its_name_not_its_id() -> None:
    old = docx(
        p("总则", look='<w:pStyle w:val="2"/>'),
        {"rId4": ("styles", story("styles", STYLES.format("2", "heading 1", "")))},
    )
    new = docx(
        p("总则", look='<w:pStyle w:val="Heading1"/>'),
        {"rId4": ("styles", story("styles", STYLES.format("Heading1", "heading 1", "<w:b/>")))},
    )
    result = redline(old, new, author="法审", at=AT)
    assert result.stats.formatted == 0
    assert [f.where for f in result.fallbacks] == ["样式"] and "heading 1" in result.fallbacks[0].reason


def test_a_style_that_only_the_old_text_has_is_brought() -> None:
    sheet = story("styles", STYLES.format("a", "章", "<w:b/>"))
    old = docx(p("总则", look='<w:pStyle w:val="a"/>') + TEXT[0], {"rId4": ("styles", sheet)})
    new = docx(TEXT[0], {"rId4": ("styles", story("styles", STYLES.format("b", "节", "")))})
    tree = File(compare(old, new).docx).tree("word/styles.xml")
    assert [e.get(W + "styleId") for e in tree.iter(W + "style")] == ["b", "a"]


# ---- what comes in, what goes out


def test_revisions_that_a_file_brings_are_accepted_first_and_told() -> None:
    tracked = p(
        "已有",
        '<w:del w:id="1" w:author="甲"><w:r><w:delText>旧</w:delText></w:r></w:del>',
        '<w:ins w:id="2" w:author="甲"><w:r><w:t>新</w:t></w:r></w:ins>',
    )
    result = redline(docx(tracked), docx(p("已有新规定")), author="法审", at=AT)
    assert marks(result, "ins") == ["规定"] and marks(result, "del") == []
    assert [f.where for f in result.fallbacks] == ["原稿"]


def test_every_mark_names_its_author_and_instant() -> None:
    result = compare(docx("".join(TEXT)), docx("".join(TEXT[2:])))
    tree = File(result.docx).tree("word/document.xml")
    assert {(e.get(W + "author"), e.get(W + "date")) for e in tree.iter(W + "del")} == {
        ("法审", "2026-11-24T09:30:00Z")
    }


def test_the_same_files_give_the_same_bytes() -> None:
    old, new = docx("".join(TEXT)), docx("".join([TEXT[0], *TEXT[2:], TEXT[1]]))
    assert compare(old, new).docx == compare(old, new).docx


def test_what_is_coarser_than_one_would_wish_is_told() -> None:
    result = compare(
        docx(table(*GRID) + p()), docx(table(*(x.replace("</w:tr>", cell("备注") + "</w:tr>") for x in GRID)) + p())
    )
    assert any("整行" in f.reason and "事项" in f.where for f in result.fallbacks)


def test_a_template_elsewhere_is_never_pointed_to() -> None:
    settings = '<w:attachedTemplate r:id="rId1"/><w:defaultTabStop w:val="420"/>'
    new = docx(TEXT[0], {"rId9": ("settings", story("settings", settings))})
    tree = File(redline(docx(TEXT[0]), new, author="法审", at=AT).docx).tree("word/settings.xml")
    assert [e.tag.rpartition("}")[2] for e in tree][-2:] == ["trackRevisions", "defaultTabStop"]


def test_a_file_that_cannot_be_opened_is_named() -> None:
    with pytest.raises(DraftError, match="新稿"):
        redline(docx(TEXT[0]), b"%PDF-1.7", author="法审", at=AT)

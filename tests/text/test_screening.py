"""Screening of whole drafts: places, lists, cited bases, kinds of paper, the fair-competition checklist."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from review_flows.errors import CatalogError
from review_flows.text import redflag_catalog
from review_flows.text.draft_flags import windows
from review_flows.text.findings import Finding
from review_flows.text.reading import read
from review_flows.text.screening import Screened, load_rules, screen

CATALOGS = Path(__file__).parents[2] / "catalogs"
RULES = load_rules(CATALOGS)
ON = date(2026, 11, 23)
SHARED = Path(__file__).parents[3] / "shared" / "data"

HEAD = "婺城区扶持产业发展办法\n"


def _screen(body: str, **known: str) -> Screened:
    """A lawful draft of eight articles in which the articles of `body` stand instead of the lawful ones."""
    given = re.split("(?m)^(?=第.条)", body)[1:]
    articles = {number: f"第{number}条　各部门按照职责做好工作。\n" for number in "一二三四五六七"}
    articles |= {article[1]: article for article in given}
    end = "第八条　本办法由婺城区商务局负责解释。\n本办法自2027年1月1日起施行，有效期至2031年12月31日。\n"
    text = HEAD + "".join(articles[number] for number in "一二三四五六七") + end
    return screen(read(text.encode(), "办法.txt"), RULES, on=ON, **known)


def _only(body: str) -> Finding:
    (finding,) = _screen(body).findings
    return finding


def test_a_clean_draft_raises_nothing() -> None:
    assert _screen("第一条　为促进产业发展，制定本办法。\n").findings == ()


def test_a_finding_names_article_paragraph_and_exact_words() -> None:
    body = "第一条　为促进产业发展，制定本办法。\n企业须在婺城区注册成立子公司方可申报。\n"
    screened = _screen(body)
    (finding,) = [one for one in screened.findings if one.rule == "RF07"]
    place = finding.place
    assert (place.article, place.paragraph) == ("第一条", 2)
    assert "企业须在婺城区注册成立子公司方可申报。"[place.start : place.end] == place.text
    assert finding.may_be_fine and finding.write_instead and "公平竞争审查条例" in finding.citation


def test_an_item_is_read_with_its_lead_in_and_its_place_is_in_the_item() -> None:
    body = "第三条　下列企业不得参加政府投资项目投标：\n（一）外地企业；\n（二）本年度有违法记录的企业。\n"
    (place,) = [one.place for one in _screen(body).findings if one.rule == "RF07"]
    assert (place.article, place.text) == ("第三条", "（一）外地企业")


def test_windows_join_items_to_their_lead_in_only() -> None:
    text = "有下列情形之一的：\n（一）甲；\n（二）乙。\n以上从略。"
    assert [window.text for window in windows(text)] == [
        "有下列情形之一的：",
        "有下列情形之一的：（一）甲；",
        "有下列情形之一的：（二）乙。",
        "以上从略。",
    ]


def test_a_cited_basis_makes_the_finding_milder_and_is_said_but_never_hides_it() -> None:
    bare = _only("第三条　未取得备案证的，处五百元罚款。\n")
    cited = _only("第三条　未取得备案证的，依照《浙江省市容条例》处五百元罚款。\n")
    assert (bare.rule, bare.severity, bare.basis_cited) == ("RF03", "high", False)
    assert (cited.rule, cited.severity, cited.basis_cited) == ("RF03", "medium", True)
    assert "核实" in cited.message


def test_a_basis_cited_elsewhere_in_the_article_counts() -> None:
    finding = _only("第三条　依照《浙江省市容条例》加强管理。\n违规倾倒的，处五百元罚款。\n")
    assert finding.basis_cited


@pytest.mark.parametrize(
    ("title", "kind", "doc_type"),
    [
        ("婺城区停车管理办法", None, "行政规范性文件"),
        ("婺城区停车设备采购项目公开招标公告", None, "招标采购文件"),
        ("智慧停车战略合作协议", None, "协议"),
        ("停车设备采购合同", None, "合同"),
        ("政府采购合同管理办法", "normative_document", "行政规范性文件"),
        ("停车设备租赁", "government_contract", "合同"),
        ("智慧停车战略合作协议", "government_contract", "协议"),
    ],
)
def test_the_kind_of_paper_is_told_by_case_and_title(title: str, kind: str | None, doc_type: str) -> None:
    draft = read(f"{title}\n第一条　略。\n第二条　略。\n".encode(), "稿.txt")
    assert screen(draft, RULES, on=ON, kind=kind).context.doc_type == doc_type


def test_local_regulations_may_set_penalties_but_not_a_draft_of_ours() -> None:
    text = "某省市容条例\n第一条　乱倒垃圾的，处二百元罚款。\n第二条　本条例自2027年1月1日起施行。\n".encode()
    draft = read(text, "条例.txt")
    assert "RF03" not in {one.rule for one in screen(draft, RULES, on=ON).findings}
    assert "RF03" in {one.rule for one in screen(draft, RULES, on=ON, kind="normative_document").findings}


def test_the_checklist_names_the_articles_that_touch_each_item() -> None:
    screened = _screen(
        "第三条　享受扶持的企业五年内不得迁出本区，否则退回资金。\n第四条　校服统一由某服饰公司供应。\n"
        "第五条　按企业地方综合贡献的50%给予奖励。\n"
    )
    touched = {answer.item.id: {one.place.article for one in answer.touched_by} for answer in screened.checklist}
    assert len(touched) == 19
    assert touched["9-1"] == {"第三条"}
    assert touched["8-3"] == {"第四条"}
    assert "第五条" in touched["10-2"]
    assert touched["11-3"] == set()


def test_findings_stand_in_the_order_of_the_text() -> None:
    screened = _screen(
        "第三条　违者处五百元罚款。\n第四条　校服统一由某服饰公司供应。\n第五条　依照《中华人民共和国合同法》办理。\n"
    )
    assert [one.place.article for one in screened.findings] == ["第三条", "第四条", "第五条"]


def test_rules_of_the_whole_paper_are_not_raised_twice() -> None:
    body = "第七条　此前有关文件与本办法不一致的，以本办法为准。\n"
    assert [one.rule for one in _screen(body).findings] == ["RF21"]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("    severity: high\n", "    severity: 很高\n", "RF07"),
        ("    name: 地域歧视、强制设点\n", "", "RF07"),
        ("<move_out> ... <given_back>", "<moves_out> ... <given_back>", "move_out_and_give_back"),
        ("<move_out> ... <given_back>", "<move_out> ... ... <given_back>", "move_out_and_give_back"),
        ("    items: [", "    item: [", "item"),
        ("    items: [", "    yields_to: {RF99: 理由}\n    items: [", "RF99"),
        ("    items: [", "    yields_to: {RF07: 理由}\n    items: [", "分不出先后"),
        ("        find:\n", "        settled_by_basis: 也许\n        find:\n", "settled_by_basis.*true"),
    ],
)
def test_a_faulty_rule_is_refused_with_its_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    shutil.copytree(CATALOGS / "screening", tmp_path / "screening")
    file = tmp_path / "screening" / "clauses" / "market.yaml"
    file.write_text(file.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(CatalogError, match=key):
        redflag_catalog.load(tmp_path)


@pytest.mark.parametrize(
    ("compound", "reason"),
    [("must: [本市 企业]", "与概念同名"), ("early: [<outside_firm> 企业]", "outside_firm")],
)
def test_a_compound_is_made_of_concepts_and_of_compounds_before_it(tmp_path: Path, compound: str, reason: str) -> None:
    shutil.copytree(CATALOGS / "screening", tmp_path / "screening")
    file = tmp_path / "screening" / "concepts.yaml"
    head = "compounds:\n"
    file.write_text(file.read_text("utf-8").replace(head, f"{head}  {compound}\n", 1), "utf-8")
    with pytest.raises(CatalogError, match=reason):
        redflag_catalog.load(tmp_path)


def test_a_key_written_twice_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "screening" / "clauses"
    folder.mkdir(parents=True)
    (folder / "a.yaml").write_text("rules:\n  RF01: {}\n  RF01: {}\n", "utf-8")
    with pytest.raises(CatalogError, match="重复"):
        redflag_catalog.load(tmp_path)


@pytest.mark.skipif(not SHARED.exists(), reason="the shared corpus is not here")
def test_real_documents_never_crash_and_seldom_raise_a_flag_where_a_statute_speaks() -> None:
    flags = sentences = 0
    for file in sorted((SHARED / "normative").glob("地方性法规*.txt"))[:40]:
        draft = read(file.read_bytes(), file.name)
        found = screen(draft, RULES, on=ON).findings
        flags += sum(one.rule.startswith("RF") and not one.basis_cited for one in found if one.rule < "RF15")
        sentences += draft.text.count("。")
    assert flags <= 0.010 * sentences, f"{flags} flags in {sentences} sentences"


def test_a_finding_that_gives_way_is_named_with_the_leading_one() -> None:
    draft = read("关于公务接待的通知\n\n各单位：\n公务接待使用外来酒品的，财务部门不得报销。\n".encode(), "a.txt")
    found = [one for one in screen(draft, RULES, on=ON).findings if one.rule in ("RF07", "RF14")]
    assert [one.rule for one in found] == ["RF07"]
    assert "本句还可能涉及" in found[0].message
    assert "RF14" in found[0].message

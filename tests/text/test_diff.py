"""Two drafts compared: every article once, kinds in order, forgotten references, texts without articles."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from review_flows.law.numerals import write_numeral
from review_flows.papers.measures import FONTS, STYLES, page
from review_flows.text.diff import KINDS, Comparison, compare
from review_flows.text.reading import read
from review_flows.word import packing
from review_flows.word.building import NewDocument, Paragraph, Run

BODY = [
    "为了规范公共租赁住房租金补贴管理，保障住房困难家庭的合法权益，制定本办法。",
    "申请人应当在收到通知之日起十日内提交身份证明、收入证明等材料。",
    "区建设局应当自受理之日起二十个工作日内完成审核，并书面告知申请人。",
    "租金补贴按月发放，标准由区人民政府另行公布。",
    "以隐瞒、虚报等方式骗取补贴的，责令退回，处五千元以下罚款。",
    "本办法自2024年1月1日起施行。",
]


def law(articles: list[str], title: str = "婺城区公共租赁住房租金补贴管理办法") -> str:
    numbered = (f"第{write_numeral(number)}条　{text}" for number, text in enumerate(articles, start=1))
    return "\n".join([title, *numbered])


def between(old: str, new: str) -> Comparison:
    return compare(read(old.encode(), "旧.txt"), read(new.encode(), "新.txt"))


def kinds(found: Comparison) -> dict[str, tuple[str, ...]]:
    return {"/".join(s.label for s in (change.new or change.old)): change.kinds for change in found.changes}


def test_equal_texts_have_an_alignment_and_no_change() -> None:
    found = between(law(BODY), law(BODY))
    assert not found.changes
    assert not found.frame
    assert len(found.to_json()["alignment"]) == len(BODY)
    assert found.stats["unchanged"] == len(BODY)


def test_an_insertion_renumbers_what_follows() -> None:
    found = between(law(BODY), law([*BODY[:1], "本办法所称租金补贴，是指政府发放的货币补贴。", *BODY[1:]]))
    assert kinds(found) == {"第二条": ("inserted",)} | {f"第{write_numeral(n)}条": ("renumbered",) for n in range(3, 8)}
    assert (None, "第二条") in set(found.alignment())
    assert ("第六条", "第七条") in set(found.alignment())


def test_a_moved_and_edited_article_is_moved_first() -> None:
    moved = BODY[3].replace("按月", "按季度")
    found = between(law(BODY), law([BODY[0], moved, *BODY[1:3], *BODY[4:]]))
    assert kinds(found)["第二条"] == ("moved", "reworded", "renumbered")


def test_split_and_merger_are_named_with_all_their_articles() -> None:
    joined = [BODY[0], BODY[1] + BODY[2], *BODY[3:]]
    split = between(law(joined), law(BODY))
    assert kinds(split)["第二条/第三条"][0] == "split"
    merged = between(law(BODY), law(joined))
    assert kinds(merged)["第二条"][0] == "merged"
    (change,) = [c for c in merged.to_json()["changes"] if c["kind"] == "merged"]
    assert change["old"]["article"] == "第二条、第三条"
    assert [side["article"] for side in change["old"]["articles"]] == ["第二条", "第三条"]


def test_a_change_tells_what_is_substantive() -> None:
    new = [*BODY[:1], BODY[1].replace("应当", "可以").replace("十日", "十五日").replace("等材料", "材料"), *BODY[2:]]
    (change,) = between(law(BODY), law(new)).changes
    assert change.kinds == ("reworded",)
    assert {(s.type, s.old, s.new) for s in change.substantive} == {
        ("deontic", "应当", "可以"),
        ("period", "十日", "十五日"),
        ("scope", "等", None),
    }


def test_only_blanks_are_formatting() -> None:
    new = [BODY[0].replace("，", "， "), *BODY[1:]]
    assert kinds(between(law(BODY), law(new))) == {"第一条": ("formatted",)}


def test_arabic_numbers_and_inserted_articles_are_named_in_chinese() -> None:
    old = "某办法\n第1条 为了规范管理制定本办法。\n第2条 本办法由区司法局负责解释。"
    new = "某办法\n第1条 为了规范管理制定本办法。\n第1条之一 本区各单位应当遵守。\n第2条 本办法由区司法局负责解释。"
    assert set(between(old, new).alignment()) == {("第一条", "第一条"), (None, "第一条之一"), ("第二条", "第二条")}


def test_what_changed_outside_the_articles_is_told_apart() -> None:
    found = between(law(BODY), law(BODY, title="婺城区公共租赁住房租金补贴管理办法（修订）"))
    assert not found.changes
    assert [change.new[0].label for change in found.frame] == ["¶1"]


def test_a_text_without_articles_is_compared_by_paragraph() -> None:
    old = "关于开展检查的通知\n各单位应当于5月1日前报送材料。\n联系人另行通知。"
    new = "关于开展检查的通知\n各单位应当于6月1日前报送材料。\n联系人另行通知。\n逾期不报的予以通报。"
    found = between(old, new)
    assert list(found.alignment()) == [("¶1", "¶1"), ("¶2", "¶2"), ("¶3", "¶3"), (None, "¶4")]
    assert [change.kinds[0] for change in found.changes] == ["reworded", "inserted"]


# --- forgotten references ---


def test_a_reference_left_behind_by_the_renumbering_is_a_finding() -> None:
    old = law([*BODY[:5], "违反第二条规定的，不予补贴；有本办法第二条、第三条情形的，从重处理。"])
    inserted = "本办法所称租金补贴，是指政府发放的货币补贴。"
    new = law([BODY[0], inserted, *BODY[1:5], "违反第二条规定的，不予补贴；有本办法第三条、第三条情形的，从重处理。"])
    found = between(old, new).findings
    assert [(f.article, f.old_target, f.should_be) for f in found] == [
        ("第七条", "第二条", ("第三条",)),
        ("第七条", "第三条", ("第四条",)),
    ]
    assert "漏改" in found[0].message


def test_references_that_were_adjusted_or_belong_to_another_law_are_no_findings() -> None:
    old = law([*BODY[:5], "违反第二条规定的，依照《行政处罚法》第二条处理，参照刑法第三条执行。"])
    new = law(
        [
            BODY[0],
            "本区实行实名申请。",
            *BODY[1:5],
            "违反第三条规定的，依照《行政处罚法》第二条处理，参照刑法第三条执行。",
        ]
    )
    found = between(old, new)
    assert found.findings == ()
    last = found.changes[-1]
    assert [(s.type, s.renumbered) for s in last.substantive] == [("reference", True)]


def test_a_reference_to_a_deleted_article_is_a_finding() -> None:
    old = law([*BODY[:5], "符合第四条规定的，可以延期。"])
    new = law([*BODY[:3], BODY[4], "符合第四条规定的，可以延期。"])
    (finding,) = between(old, new).findings
    assert (finding.article, finding.old_target, finding.should_be) == ("第五条", "第四条", ())
    assert "删去" in finding.message


# --- laws of the engine ---

ARTICLES = st.lists(
    st.sampled_from([*BODY, "甲方应当付款。", BODY[1] + BODY[2], BODY[1].replace("十日", "三十日")]),
    min_size=1,
    max_size=9,
)


@given(ARTICLES, ARTICLES)
@settings(max_examples=120, deadline=None)
def test_every_article_of_both_texts_is_named_exactly_once(old: list[str], new: list[str]) -> None:
    found = between(law(old), law(new))
    for sides, count in (("old", len(old)), ("new", len(new))):
        named = Counter(side.label for item in found.items for side in getattr(item, sides))
        assert set(named.values()) <= {1}
        assert len(named) == count
    for change in found.changes:
        assert list(change.kinds) == sorted(change.kinds, key=KINDS.index)
        assert "".join(p.text for p in change.pieces if p.kind != "insert") == "\n".join(s.text for s in change.old)
        assert "".join(p.text for p in change.pieces if p.kind != "delete") == "\n".join(s.text for s in change.new)
    unchanged = [item for item in found.items if not item.is_change]
    assert all(item.old[0].label == item.new[0].label and item.old[0].text == item.new[0].text for item in unchanged)


# --- formatting, which only Word files have ---


def word(*articles: tuple[Run, ...]) -> bytes:
    paragraphs = tuple(
        Paragraph((Run(f"第{write_numeral(n)}条　", "黑体", 16), *runs)) for n, runs in enumerate(articles, 1)
    )
    return packing.write(NewDocument(page=page(), blocks=paragraphs, styles=STYLES, fonts=FONTS))


def test_an_article_of_which_only_the_look_changed_is_formatted() -> None:
    plain = [(Run(text, "仿宋_GB2312", 16),) for text in BODY]
    bold = [
        *plain[:2],
        (Run(BODY[2][:6], "仿宋_GB2312", 16), Run(BODY[2][6:], "仿宋_GB2312", 16, bold=True)),
        *plain[3:],
    ]
    found = compare(read(word(*plain), "旧.docx"), read(word(*bold), "新.docx"))
    assert kinds(found) == {"第三条": ("formatted",)}


def test_a_new_number_alone_is_no_formatting() -> None:
    plain = [(Run(text, "仿宋_GB2312", 16),) for text in BODY]
    added = [*plain[:1], *[(Run("区建设局负责组织实施本办法。", "仿宋_GB2312", 16),)] * 1, *plain[1:]]
    found = compare(read(word(*plain), "旧.docx"), read(word(*added), "新.docx"))
    assert set(kinds(found).values()) == {("inserted",), ("renumbered",)}

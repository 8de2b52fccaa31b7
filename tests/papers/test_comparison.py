"""修改对照表 and its page: five columns, every changed article once, struck and underlined, nothing to load."""

import io
import re
import zipfile
from html.parser import HTMLParser
from typing import Literal

import pytest
from lxml import etree

from review_flows.papers.comparison import comparison_html, comparison_table, summary
from review_flows.text.diff import Comparison, compare
from review_flows.text.reading import read

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

OLD = """婺城区公共租赁住房租金补贴管理办法
第一条　为了规范租金补贴管理，保障住房困难家庭的合法权益，制定本办法。
第二条　申请人应当在收到通知之日起十日内提交身份证明等材料。
第三条　区建设局应当自受理之日起二十个工作日内完成审核。区民政局应当协助核对家庭收入情况，并在五日内反馈。
第四条　租金补贴按月发放，标准由区人民政府另行公布。
第五条　违反第二条规定骗取补贴的，处五千元以下罚款。
第六条　本办法自2024年1月1日起施行。"""
NEW = """婺城区公共租赁住房租金补贴管理办法（修订）
第一条　为了规范租金补贴管理，保障住房困难家庭的合法权益，制定本办法。
第二条　本办法所称租金补贴，是指<政府>发放的货币补贴。
第三条　申请人可以在收到通知之日起十五日内提交身份证明材料。
第四条　区建设局应当自受理之日起二十个工作日内完成审核。
第五条　区民政局应当协助核对家庭收入情况，并在五日内反馈。
第六条　违反第二条规定骗取补贴的，处五千元以下罚款。
第七条　本办法自2024年1月1日起施行。"""


@pytest.fixture(scope="module")
def compared() -> Comparison:
    return compare(read(OLD.encode(), "旧.txt"), read(NEW.encode(), "新.txt"))


def document(data: bytes) -> etree._Element:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return etree.fromstring(archive.read("word/document.xml"))


def rows(data: bytes) -> list[list[etree._Element]]:
    return [row.findall(f"{W}tc") for row in document(data).iter(f"{W}tr")]


def text(element: etree._Element) -> str:
    lines = []
    for paragraph in element.iter(f"{W}p"):
        lines.append("".join("\n" if e.tag == f"{W}br" else e.text or "" for e in paragraph.iter(f"{W}t", f"{W}br")))
    return "\n".join(lines)


def looks(cell: etree._Element, mark: str) -> str:
    """The words of a cell that carry a look (w:strike, w:u)."""
    runs = (r for r in cell.iter(f"{W}r") if r.find(f"{W}rPr/{W}{mark}") is not None)
    return "|".join("".join(t.text or "" for t in r.iter(f"{W}t")) for r in runs)


def test_the_table_has_its_five_columns_on_landscape_a4_with_a_repeated_heading(compared: Comparison) -> None:
    data = comparison_table(compared, title="租金补贴管理办法")
    head, *_ = rows(data)
    assert [text(cell) for cell in head] == ["序号", "原条文", "修改后条文", "修改类型", "修改理由及依据"]
    first = next(document(data).iter(f"{W}tr"))
    assert first.find(f"{W}trPr/{W}tblHeader") is not None
    size = next(document(data).iter(f"{W}pgSz"))
    assert size.get(f"{W}orient") == "landscape"
    assert int(size.get(f"{W}w")) > int(size.get(f"{W}h"))
    assert "《租金补贴管理办法》修改对照表" in text(document(data))


def test_every_changed_article_stands_in_the_table_exactly_once_under_both_numbers(compared: Comparison) -> None:
    body = rows(comparison_table(compared, title="办法"))[1:]
    old_labels = [label for row in body for label in re.findall(r"(?:^|\n)(第.{1,3}条)\u3000", text(row[1]))]
    new_labels = [label for row in body for label in re.findall(r"(?:^|\n)(第.{1,3}条)\u3000", text(row[2]))]
    assert sorted(old_labels) == sorted(["第二条", "第三条", "第四条", "第五条", "第六条"])
    assert sorted(new_labels) == sorted(["第二条", "第三条", "第四条", "第五条", "第六条", "第七条"])
    assert [text(row[0]) for row in body] == [str(n) for n in range(1, len(body) + 1)]


def test_what_was_struck_is_struck_and_what_was_added_is_bold_and_underlined(compared: Comparison) -> None:
    (row,) = [row for row in rows(comparison_table(compared, title="办法")) if "十五日" in text(row[2])]
    assert looks(row[1], "strike") == "第二条\u3000|应当|十日|等"
    assert looks(row[2], "u") == "第三条\u3000|可以|十五日"
    assert looks(row[1], "u") == ""
    assert looks(row[2], "strike") == ""
    assert "义务或权限：应当→可以" in text(row[3])
    assert "范围：删去“等”" in text(row[3])


def test_inserted_deleted_and_split_articles_say_so(compared: Comparison) -> None:
    body = rows(comparison_table(compared, title="办法"))[1:]
    by_kind = {text(row[3]).split("\n")[0]: row for row in body}
    assert text(by_kind["新增"][1]) == "（新增）"
    assert text(by_kind["删除"][2]) == "（删除）"
    split = next(row for kind, row in by_kind.items() if kind.startswith("拆分"))
    assert text(split[2]) == (
        "第四条\u3000区建设局应当自受理之日起二十个工作日内完成审核。\n第五条\u3000区民政局应当协助核对家庭收入情况，并在五日内反馈。"
    )
    assert text(split[1]).startswith("第三条\u3000区建设局")


@pytest.mark.parametrize(("by", "words"), [("new", "十五日"), ("old", "二十个工作日")])
def test_reasons_are_found_by_the_numbers_of_the_text_that_they_speak_of(
    by: Literal["old", "new"], words: str, compared: Comparison
) -> None:
    data = comparison_table(compared, title="办法", reasons={"第3条第一款": "上位法已修改。"}, reasons_by=by)
    told = [row for row in rows(data)[1:] if text(row[4])]
    assert [text(row[4]) for row in told] == ["上位法已修改。"]
    assert words in text(told[0][2])


def test_unchanged_articles_are_shown_when_asked_for(compared: Comparison) -> None:
    assert not any(text(row[3]) == "未修改" for row in rows(comparison_table(compared, title="办法")))
    shown = [row for row in rows(comparison_table(compared, title="办法", unchanged=True)) if text(row[3]) == "未修改"]
    assert [text(row[1])[:3] for row in shown] == ["第一条"]


def test_a_forgotten_reference_is_noted_at_its_article(compared: Comparison) -> None:
    (row,) = [row for row in rows(comparison_table(compared, title="办法")) if "骗取补贴" in text(row[2])]
    assert "提示：第六条仍引用“第二条”，但原第二条现为第三条" in text(row[3])


def test_equal_comparisons_make_equal_files(compared: Comparison) -> None:
    assert comparison_table(compared, title="办法") == comparison_table(compared, title="办法")


def test_the_summary_counts_by_kind(compared: Comparison) -> None:
    told = summary(compared)
    assert told.startswith("共有6条发生变化")
    assert "新增1处" in told
    assert "未修改1条" in told


# --- the page ---


class Page(HTMLParser):
    """Tags, identities, links and whatever a browser would load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.identities: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.identities += [given["id"] or ""] if "id" in given else []
        self.links += [given["href"] or ""] if tag == "a" else []
        self.loaded += [tag] if tag in ("script", "link", "img", "iframe", "object") or "src" in given else []
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_loads_nothing_and_every_link_leads_to_a_change(compared: Comparison) -> None:
    page = comparison_html(compared, title="办法")
    parsed = Page(page)
    assert parsed.open == []
    assert parsed.loaded == []
    assert "http" not in page.replace("http-equiv", "")
    assert len(set(parsed.identities)) == len(parsed.identities)
    assert {link.removeprefix("#") for link in parsed.links} == set(parsed.identities)
    changes = len(compared.changes) + len(compared.frame)
    assert {f"c{n}" for n in range(1, changes + 1)} <= set(parsed.identities)
    assert '<meta name="viewport"' in page


def test_the_page_escapes_what_the_texts_say(compared: Comparison) -> None:
    page = comparison_html(compared, title="<b>办法</b>")
    assert "<政府>" not in page
    assert "&lt;政府&gt;" in page
    assert "<b>办法</b>" not in page


def test_the_page_marks_changes_and_names_findings(compared: Comparison) -> None:
    page = comparison_html(compared, title="办法", reasons={"第三条": "上位法已修改。"})
    assert "<del>应当</del><ins>可以</ins>" in page
    assert "需要核对的引用" in page
    assert "上位法已修改。" in page
    assert "第二条 → 第三条" in page

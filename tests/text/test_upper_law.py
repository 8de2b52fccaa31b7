"""上位法比对: nearest provisions, what differs, what was copied, what is stricter."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from review_flows.law.citations import ArticleNumber
from review_flows.law.statutes import load_statutes
from review_flows.text import form_rules
from review_flows.text.citing import cited_in
from review_flows.text.findings import Finding
from review_flows.text.reading import read
from review_flows.text.upper_law import Beside, Provision, compare_with_basis, findings

CATALOGS = Path(__file__).parents[2] / "catalogs"
ABOVE = [
    Provision("物业管理条例", "第三十六条", 1, "物业服务企业可以在十日内将查验记录交业主委员会。"),
    Provision(
        "物业管理条例",
        "第六条",
        1,
        "房屋的所有权人为业主。业主在物业管理活动中，享有按照物业服务合同的约定接受物业服务企业提供的服务的权利。",
    ),
    Provision("物业管理条例", "第六十六条", 1, "违反规定的，由主管部门处五千元以上五万元以下的罚款。"),
]


def likely(_: str) -> Sequence[Provision]:
    return ABOVE


def lookup(title: str, number: ArticleNumber) -> Sequence[Provision]:
    return [p for p in ABOVE if p.title == title and p.article == str(number)]


def compared(article: str) -> tuple[list[Beside], list[Finding]]:
    draft = read(f"物业管理办法\n第一条　{article}\n第二条　其他事项另行规定。".encode(), "草案.txt")
    cited = cited_in(draft, load_statutes(CATALOGS), on=date(2026, 11, 23))
    found = compare_with_basis(draft, likely, lookup, cited)
    return found, findings(draft, found, form_rules.load(CATALOGS))


def test_the_nearest_provision_comes_first_with_its_differences_marked() -> None:
    beside, _ = compared("物业服务企业应当在五日内将查验记录交业主委员会。")
    nearest = beside[0].nearest[0]
    assert (beside[0].article.label, nearest.provision.article) == ("第一条", "第三十六条")
    assert nearest.likeness > 0.8
    assert "".join(p.text for p in nearest.pieces if p.kind != "insert") == ABOVE[0].text
    assert {(d.type, d.upper, d.own, d.weight) for d in nearest.departures} == {
        ("deontic", "可以", "应当", "stricter"),
        ("period", "十日", "五日", "different"),
    }


def test_a_stricter_duty_is_a_candidate() -> None:
    _, found = compared("物业服务企业应当在十日内将查验记录交业主委员会。")
    assert [(f.rule, f.place.article) for f in found] == [("DOC_UPPER", "第一条")]
    assert found[0].message == "与《物业管理条例》第三十六条相比，“可以”改成了“应当”。"


@pytest.mark.parametrize(
    "article",
    [
        "物业服务企业可以在十日内将查验记录交业主委员会。",
        "停车收费的标准由价格主管部门制定。",
    ],
)
def test_what_says_the_same_or_something_else_raises_nothing(article: str) -> None:
    assert compared(article)[1] == []


def test_another_number_than_that_of_the_cited_article_is_told() -> None:
    _, found = compared("违反《物业管理条例》第六十六条规定的，由主管部门处一万元以上五万元以下的罚款。")
    assert [f.rule for f in found] == ["DOC_UPPER"]
    assert "“五千元”改成了“一万元”" in found[0].message


def test_a_cited_article_is_shown_even_where_the_words_differ() -> None:
    beside, found = compared("依照《物业管理条例》第三十六条办理交接。")
    assert [(n.provision.article, n.is_cited) for n in beside[0].nearest] == [("第三十六条", True)]
    assert found == []


def test_a_passage_taken_over_is_copying() -> None:
    _, found = compared(
        "房屋的所有权人为业主。业主在物业管理活动中，享有按照物业服务合同的约定接受物业服务企业提供的服务的权利。"
    )
    assert [f.rule for f in found] == ["RF22"]
    assert "100%" in found[0].message


def test_the_draft_is_not_held_against_itself() -> None:
    text = f"物业管理条例\n第一条　{ABOVE[1].text}\n第二条　甲。"
    draft = read(text.encode(), "草案.txt")
    assert compare_with_basis(draft, likely, lookup) == []

"""Citations: found in running text, read and printed.

`citations_labelled.jsonl`: 302 sentences from statutes, rules, notices, contracts and tender papers, drawn at random
and by kind of form; their 371 citations were read one by one and corrected by hand: name as written, then the
provisions.
"""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_flows.law.citations import (
    ArticleNumber,
    Provision,
    find_citations,
    print_citation,
    read_provisions,
)
from review_flows.law.document_numbers import find_document_numbers
from review_flows.law.statutes import load_statutes
from review_flows.text.citing import citations_in

CATALOGS = Path(__file__).parents[2] / "catalogs"
LABELLED = Path(__file__).with_name("citations_labelled.jsonl")


def found(text: str) -> list[list[str]]:
    return [[c.name, *map(str, c.provisions)] for c in find_citations(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("依照《行政处罚法》第三十条处理", [["行政处罚法", "第三十条"]]),
        ("《刑法》第一百二十条之一第二款", [["刑法", "第一百二十条之一第二款"]]),
        ("《办法》第十二条第（三）、（五）项", [["办法", "第十二条第（三）项", "第十二条第（五）项"]]),
        ("《办法》第三、五条", [["办法", "第三条", "第五条"]]),
        ("《办法》第八条至第十一条", [["办法", "第八条至第十一条"]]),
        ("《办法》第三条、第五条和第七条第一款", [["办法", "第三条", "第五条", "第七条第一款"]]),
        ("《办法》第12条第2款第（1）项第3目", [["办法", "第十二条第二款第（一）项第3目"]]),
        ("《办法》第十二条 第二款", [["办法", "第十二条第二款"]]),
        ("《办法》第三条第一项至第三项、第五项", [["办法", "第三条第（一）项至第（三）项", "第三条第（五）项"]]),
        ("《办法》第二条（一）至（三）项", [["办法", "第二条第（一）项至第（三）项"]]),
        ("《办法》第十七条第二款和十八条第一款", [["办法", "第十七条第二款", "第十八条第一款"]]),
        ("《甲法》《乙条例》第三条", [["甲法"], ["乙条例", "第三条"]]),
        ("《甲法》（以下简称《处罚法》）第三条", [["甲法", "第三条"]]),
        ("《甲条例》（国务院令第713号）第三条", [["甲条例", "第三条"]]),
        ("《甲条例》（2021年修订）的第三条", [["甲条例", "第三条"]]),
        ("《关于修改〈建筑法〉第三条的决定》", [["关于修改〈建筑法〉第三条的决定"]]),
        ("《关于适用《民事诉讼法》的解释》第五条", [["关于适用《民事诉讼法》的解释", "第五条"]]),
        ("违反治安管理处罚法第二十条至第二十五条的", [["治安管理处罚法", "第二十条至第二十五条"]]),
        ("原环境影响评价法（自2003年9月1日起施行）第三十一条", [["环境影响评价法", "第三十一条"]]),
        ("符合本办法第九条规定", [["本办法", "第九条"]]),
        ("本条例（草案）第三条", [["本条例", "第三条"]]),
        ("同法第四条", [["同法", "第四条"]]),
        ("依照前款规定", [["前款"]]),
        ("前款第二项", [["前款", "第（二）项"]]),
        ("本条第二、三款", [["本条", "第二款", "第三款"]]),
        ("有本条前三款情形", [["本条前三款"]]),
        ("除本条例第三章规定外", [["本条例", "第三章"]]),
        ("第三章第二节、第四章", [["", "第三章第二节", "第四章"]]),
        ("依照第十条的规定", [["", "第十条"]]),
        ("《未闭合的标题第三条", [["", "第三条"]]),
        ("一条龙服务、第三条路、第一项目部、第二目标、第三款项目", []),
        ("第三届第五次会议、第一章程", []),
    ],
)
def test_every_form_of_citation(text: str, expected: list[list[str]]) -> None:
    assert found(text) == expected


def test_short_names_and_numbers_beside_a_title_are_kept() -> None:
    citation = find_citations("根据《优化营商环境条例》（国务院令第722号，以下简称《条例》）第三条")[0]
    assert (citation.short, citation.number) == ("条例", "国务院令第722号")


def test_a_place_is_where_the_words_stand() -> None:
    text = "违反本办法第三条第二款规定，依照《民法典》第一千二百六十条处理。"
    assert [text[c.start : c.end] for c in find_citations(text)] == ["本办法第三条第二款", "《民法典》第一千二百六十条"]


# ---- print and read


def _units(article: ArticleNumber | None, paragraph: int | None, item: int | None, subitem: int | None) -> Provision:
    return Provision(article=article, paragraph=paragraph, item=item, subitem=subitem if item else None)


numbers = st.integers(1, 1500)
articles = st.builds(ArticleNumber, numbers, st.integers(0, 19))
small = st.one_of(st.none(), st.integers(1, 40))
provisions = st.builds(_units, articles, small, small, small)


@given(st.lists(provisions, min_size=1, max_size=6))
def test_reading_what_was_printed_gives_the_provisions(given_provisions: list[Provision]) -> None:
    assert read_provisions(print_citation("", given_provisions)) == tuple(given_provisions)


@given(
    st.sampled_from(["行政处罚法", "关于修改〈建筑法〉的决定", "办法（试行）"]),
    st.lists(provisions, min_size=1, max_size=4),
)
def test_a_printed_citation_is_found_again(name: str, given_provisions: list[Provision]) -> None:
    citations = find_citations(f"依照{print_citation(name, given_provisions)}的规定")
    assert [(c.name, c.provisions) for c in citations] == [(name, tuple(given_provisions))]


@given(articles, articles, small, small)
def test_ranges_are_read_as_they_are_printed(
    start: ArticleNumber, end: ArticleNumber, paragraph: int | None, item: int | None
) -> None:
    whole = Provision(article=start, to=Provision(article=end))
    below = Provision(
        article=start, paragraph=paragraph, item=1, to=Provision(article=start, paragraph=paragraph, item=item or 2)
    )
    for provision in (whole, below) if (item or 2) != 1 and start != end else ():
        assert read_provisions(print_citation("", [provision])) == (provision,)


# ---- the labelled sample


def labelled() -> list[dict[str, Any]]:
    return [json.loads(line) for line in LABELLED.read_text("utf-8").splitlines()]


def test_extraction_on_the_labelled_sample_is_above_99_5_percent() -> None:
    statutes = load_statutes(CATALOGS)
    wanted = right = spurious = 0
    wrong = []
    for row in labelled():
        extracted = [[c.name, *map(str, c.provisions)] for c in citations_in(row["text"], statutes)]
        hits = sum(citation in extracted for citation in row["citations"])
        wanted, right = wanted + len(row["citations"]), right + hits
        spurious += sum(citation not in row["citations"] for citation in extracted)
        if extracted != row["citations"]:
            wrong.append(row["text"])
    assert wanted > 300
    assert right / wanted >= 0.995, wrong
    assert spurious / wanted <= 0.005, wrong


def test_document_numbers_of_the_labelled_sample_are_all_found() -> None:
    for row in labelled():
        assert [number.text for number in find_document_numbers(row["text"])] == row["numbers"]


# ---- hostile text


@pytest.mark.parametrize(
    "text",
    [
        "《" * 100_000,
        "》" * 100_000,
        "《》" * 50_000,
        "第" * 200_000,
        "第一、" * 60_000,
        "（" * 200_000,
        "《a》（" * 40_000,
        "《a》（以下简称" * 20_000,
        "第（一）" * 40_000,
        "条例" * 80_000,
        "法第" * 80_000,
        "一" * 200_000 + "条",
        "第一条至" * 30_000,
        "本条第一款第" * 20_000,
    ],
    ids=lambda text: text[:6],
)
def test_hostile_text_takes_time_in_proportion_to_its_length(text: str) -> None:
    started = time.perf_counter()
    find_citations(text)
    list(find_document_numbers(text))
    assert time.perf_counter() - started < 10

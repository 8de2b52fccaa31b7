"""Articles find their counterparts, on made-up laws and on real amended ones."""

import csv
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_flows.text.counterparts import align
from review_flows.text.diff import compare
from review_flows.text.reading import read

SHARED = Path(__file__).parents[3] / "shared" / "data"

PURPOSE = "为了规范行政规范性文件管理，保障公民、法人和其他组织的合法权益，制定本办法。"
SCOPE = "本区行政区域内行政规范性文件的制定、审核、公布、备案和清理，适用本办法。"
COMMENT = "起草单位应当通过政府网站公开征求意见，期限不少于三十日；法律另有规定的除外。"
REVIEW = "审核机构应当自材料齐备之日起十五个工作日内出具书面合法性审核意见。"
FILING = "制定机关应当自公布之日起三十日内将行政规范性文件报上一级行政机关备案。"
PENALTY = "违反本办法规定的，由主管机关责令改正；情节严重的，对直接负责的主管人员依法给予处分。"
FORCE = "本办法自公布之日起施行。"
LAW = [PURPOSE, SCOPE, COMMENT, REVIEW, FILING, PENALTY, FORCE]


def test_a_renumbered_law_keeps_its_links() -> None:
    new = [PURPOSE, "区司法局负责本办法的组织实施。", *LAW[1:]]
    assert align(LAW, new) == [(0, 0), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 7)]


def test_a_reworded_article_between_two_known_ones_is_found_by_its_place() -> None:
    new = [*LAW[:4], "制定机关应当在行政规范性文件公布后及时报送上一级机关备查。", *LAW[5:]]
    assert (4, 4) in align(LAW, new)


def test_an_unrelated_article_in_its_place_is_deleted_and_inserted() -> None:
    new = [*LAW[:4], "区财政部门对住房租金补贴资金实行专户管理。", *LAW[5:]]
    links = align(LAW, new)
    assert 4 not in {i for i, _ in links}
    assert 4 not in {j for _, j in links}


def test_an_article_taken_over_elsewhere_has_moved() -> None:
    assert (4, 0) in align(LAW, [FILING, *LAW[:4], *LAW[5:]])


def test_an_article_divided_in_two_is_linked_to_both() -> None:
    both = [*LAW[:2], COMMENT + REVIEW, *LAW[4:]]
    assert {(2, 2), (2, 3)} <= set(align(both, LAW))
    assert {(2, 2), (3, 2)} <= set(align(LAW, both))


@given(st.lists(st.sampled_from(LAW + ["", "甲", COMMENT + REVIEW]), max_size=10), st.permutations(LAW))
@settings(max_examples=150, deadline=None)
def test_links_are_places_of_both_texts_and_equal_articles_find_each_other(old: list[str], new: list[str]) -> None:
    links = align(old, new)
    assert len(set(links)) == len(links)
    assert all(0 <= i < len(old) and 0 <= j < len(new) for i, j in links)
    for i, text in enumerate(old):
        if text and old.count(text) == 1 and text in new:
            assert (i, new.index(text)) in links


# --- real laws, where they are at hand ---


@pytest.fixture(scope="module")
def scorer() -> ModuleType:
    path = SHARED / "alignment" / "score.py"
    if not path.exists():
        pytest.skip("the amended laws are not beside the repository")
    spec = importlib.util.spec_from_file_location("score", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "law",
    ["公司法_2018_2023", "监察法_2018_2024", "网络安全法_2016_2025", "商标法_2019_2026", "科学技术普及法_2002_2024"],
)
def test_real_amended_laws_are_aligned_as_their_readers_align_them(law: str, scorer: ModuleType) -> None:
    folder = SHARED / "statute_pairs" / law
    old, new = (read((folder / name).read_bytes(), name) for name in ("old.txt", "new.txt"))
    found = set(compare(old, new).alignment())
    truth_file = SHARED / "alignment" / "truth_hand" / f"{law}.tsv"
    rows = csv.DictReader(truth_file.read_text("utf-8").splitlines(), delimiter="\t")
    truth = {(row["old_article"] or None, row["new_article"] or None) for row in rows}
    assert len(truth & found) >= 0.975 * len(truth)
    for side, draft in ((0, old), (1, new)):
        assert {pair[side] for pair in found} - {None} == {article.label for article in draft.articles}


def test_a_short_article_that_went_whole_into_the_next_one_is_part_of_the_merger() -> None:
    scope = "本市行政区域内传统村落的保护、传承和发展，适用本条例。"
    terms = (
        "本条例所称传统村落，是指具有地方特色，拥有较高历史、文学、艺术、科学价值的文化遗产和自然遗产，"
        "列入名录的村落，包括其格局、风貌、街巷、民居、祠堂、古井、古树，以及世代相传的节庆、手艺、曲艺和方言；"
        "尚未列入名录而有保护价值的村落，由市人民政府住房和城乡建设主管部门组织调查后另行公布名单。"
    )
    other = "每年五月的第三周为传统村落保护宣传周。"
    duty = "市、县（区）人民政府应当将保护工作纳入国民经济和社会发展规划，所需经费列入本级财政预算。"
    assert align([scope, terms, duty], [other, scope + terms, duty]) == [(0, 1), (1, 1), (2, 2)]
    assert align([other, scope + terms, duty], [scope, terms, duty]) == [(1, 0), (1, 1), (2, 2)]

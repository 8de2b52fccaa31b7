"""The catalog of statutes: look-ups, and what is wrong with a citation on a day."""

import shutil
import time
from datetime import date
from pathlib import Path

import pytest

from review_flows.errors import CatalogError
from review_flows.law.citations import ArticleNumber
from review_flows.law.statutes import FILE, Statutes, check, load_statutes, plain

CATALOGS = Path(__file__).parents[2] / "catalogs"
TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def statutes() -> Statutes:
    return load_statutes(CATALOGS)


def test_the_catalog_is_whole_and_read_once(statutes: Statutes) -> None:
    assert len(statutes) == 1526
    started = time.perf_counter()
    assert load_statutes(CATALOGS) is statutes
    assert time.perf_counter() - started < 0.05


def test_every_successor_is_a_statute_of_the_catalog_or_named_by_a_later_paper(statutes: Statutes) -> None:
    outside = {row.successor for row in statutes.rows if row.successor and row.successor not in statutes}
    assert outside <= {"信访工作条例（中共中央、国务院）", "生态环境行政处罚办法"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("中华人民共和国行政处罚法", "中华人民共和国行政处罚法"),
        ("行政处罚法", "中华人民共和国行政处罚法"),
        ("《行政处罚法》", "中华人民共和国行政处罚法"),
        ("行政处罚法（2021修订）", "中华人民共和国行政处罚法"),
        ("商标法（2019年修正）", "中华人民共和国商标法"),
        ("中华人民共和国 物业管理条例", "物业管理条例"),
        ("物业管理条例", "物业管理条例"),
        ("浙江省实施〈中华人民共和国水法〉办法", "浙江省实施《中华人民共和国水法》办法"),
        ("固废法", "中华人民共和国固体废物污染环境防治法"),
        ("某某管理办法", None),
    ],
)
def test_a_statute_is_found_however_its_title_is_written(statutes: Statutes, written: str, meant: str | None) -> None:
    found = statutes.named(written)
    assert (found.name if found else None) == meant


def test_titles_are_compared_with_one_kind_of_brackets() -> None:
    assert plain("《关于修改<建筑法>的决定》") == plain("关于修改〈建筑法〉的决定") == "关于修改《建筑法》的决定"


@pytest.mark.parametrize(
    ("name", "article", "on", "kinds"),
    [
        ("中华人民共和国合同法", 52, TODAY, ["repealed"]),
        ("中华人民共和国合同法", 52, date(2020, 12, 31), []),
        ("中华人民共和国合同法", 52, date(2021, 1, 1), ["repealed"]),
        ("大气污染防治法", 99, date(2026, 8, 14), []),
        ("大气污染防治法", 99, date(2026, 8, 15), ["repealed"]),
        ("行政处罚法", 86, TODAY, []),
        ("行政处罚法", 87, TODAY, ["beyond"]),
        ("民法典", 1260, TODAY, []),
        ("民法典", 1261, TODAY, ["beyond"]),
        ("生态环境法典", 3, date(2026, 8, 1), ["not_yet"]),
        ("物业管理法", 3, TODAY, ["wrong_kind"]),
        ("中华人民共和国行政许可条例", 3, TODAY, ["wrong_kind"]),
        ("公平竞争审察条例", 3, TODAY, ["misspelled"]),
        ("中华人民共和国太空法", 3, TODAY, ["unknown"]),
        ("婺城区停车管理办法", 3, TODAY, []),
        ("金华市电梯安全条例", 3, TODAY, []),
    ],
)
def test_what_is_wrong_with_a_citation(statutes: Statutes, name: str, article: int, on: date, kinds: list[str]) -> None:
    problems = check(statutes, name, ArticleNumber(article), on=on, written_on=on)
    assert [problem.kind for problem in problems] == kinds
    assert all(problem.sentence.endswith("。") for problem in problems)


def test_a_repealed_law_names_its_successor(statutes: Statutes) -> None:
    problem = check(statutes, "物权法", None, on=TODAY, written_on=TODAY)[0]
    assert problem.sentence == "《中华人民共和国物权法》自2021年1月1日起废止，相应内容见《中华人民共和国民法典》。"


def test_an_article_cited_before_a_revision_is_to_be_checked_again(statutes: Statutes) -> None:
    problems = check(statutes, "行政处罚法", ArticleNumber(42), on=TODAY, written_on=date(2019, 5, 1))
    assert [problem.kind for problem in problems] == ["amended"]


def test_names_without_marks_are_found_at_their_longest(statutes: Statutes) -> None:
    text = "依照合同法、物权法的规定；劳动合同法和政府采购法实施条例规定；依照各项法律规定。"
    assert [text[a:b] for a, b in statutes.names_in(text)] == ["合同法", "物权法", "劳动合同法", "政府采购法实施条例"]


def test_near_names_are_quick_and_ordered(statutes: Statutes) -> None:
    assert statutes.near("优化营商环镜条例")[0].name == "优化营商环境条例"
    assert statutes.near("x" * 10_000) == []


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("现行有效", "有效", "状态"),
        ("id,name", "name,id", "列应为"),
        ("S0002,", "S0001,", "重复"),
        ("1982-12-04,1982-12-04", "1982-13-04,1982-12-04", "不是日期"),
        (",143,", ",一百四十三,", "不是条数"),
    ],
)
def test_a_faulty_catalog_is_refused_with_its_line(tmp_path: Path, old: str, new: str, reason: str) -> None:
    lines = (CATALOGS / FILE).read_text("utf-8").splitlines()[:5]
    (tmp_path / FILE).write_text("\n".join(lines).replace(old, new, 1) + "\n", "utf-8")
    with pytest.raises(CatalogError, match=reason):
        load_statutes(tmp_path)


def test_a_catalog_that_changed_is_read_again(tmp_path: Path) -> None:
    shutil.copy(CATALOGS / FILE, tmp_path / FILE)
    before = load_statutes(tmp_path)
    lines = (tmp_path / FILE).read_text("utf-8").splitlines()[:11]
    (tmp_path / FILE).write_text("\n".join(lines) + "\n", "utf-8")
    assert (len(before), len(load_statutes(tmp_path))) == (1526, 10)


def test_a_missing_catalog_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="statutes.csv"):
        load_statutes(tmp_path)

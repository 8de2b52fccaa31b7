"""The registered texts and their index: found by words and by likeness, always in step with the files."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from review_flows.errors import DraftError, NotFound
from review_flows.law.citations import ArticleNumber
from review_flows.records.basis_texts import INDEX, BasisTexts, bigrams, opened, register

PARKING = (
    "停车管理条例\n第一条　为规范停车，制定本条例。\n第二条　停车泊位由公安机关划定。\n"
    "任何单位和个人不得擅自设置障碍。\n第三条　违反规定停车的，处二百元罚款。\n"
)
NOISE = "噪声条例\n第一条　为防治噪声，制定本条例。\n第二条　夜间施工应当公告，GB 12523限值以内。\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "停车管理条例.txt").write_text(PARKING, "utf-8")
    (tmp_path / "texts" / "噪声条例.txt").write_bytes(NOISE.encode("gb18030"))
    return tmp_path


def places(home: Path, words: str) -> list[tuple[str, str, int]]:
    with opened(home, home / "none") as texts:
        return [(m.provision.title, m.provision.article, m.provision.paragraph) for m in texts.search(words)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("泊位", [("停车管理条例", "第二条", 1)]),
        ("擅自设置障碍", [("停车管理条例", "第二条", 2)]),
        ("夜间 公告", [("噪声条例", "第二条", 1)]),
        ("gb 12523", [("噪声条例", "第二条", 1)]),
        ("噪", [("噪声条例", "第一条", 1)]),
        ("设置机关", []),
        ("不存在的词", []),
        ("，。", []),
        ('" OR 1', []),
        ("*", []),
        ("", []),
    ],
)
def test_words_are_found_where_they_stand(home: Path, words: str, expected: list[tuple[str, str, int]]) -> None:
    assert places(home, words) == expected


def test_the_nearest_provision_shares_the_rare_words(home: Path) -> None:
    with opened(home, home / "none") as texts:
        found = texts.nearest("道路停车泊位由区公安机关会同建设部门划定")
        assert found[0].provision.text == "停车泊位由公安机关划定。"
        assert [m.provision.title for m in texts.nearest("制定本条例", titles=["噪声条例"])] == ["噪声条例"]


def test_an_article_is_looked_up_by_title_with_or_without_the_country(home: Path) -> None:
    with opened(home, home / "none") as texts:
        for title in ("停车管理条例", "《停车管理条例》", "中华人民共和国停车管理条例"):
            assert [p.paragraph for p in texts.article(title, ArticleNumber(2))] == [1, 2]
        assert texts.article("停车管理条例", ArticleNumber(9)) == []
        assert texts.article("未登记的条例", ArticleNumber(1)) == []


def test_the_index_follows_the_files(home: Path) -> None:
    assert places(home, "泊位")
    file = home / "texts" / "停车管理条例.txt"
    file.write_text(PARKING.replace("泊位", "车位"), "utf-8")
    os.utime(file, (1, time.time() + 5))
    assert (places(home, "泊位"), len(places(home, "车位"))) == ([], 1)
    file.unlink()
    assert places(home, "车位") == []


def test_files_of_the_catalogs_count_as_well(tmp_path: Path) -> None:
    (tmp_path / "catalogs" / "texts").mkdir(parents=True)
    (tmp_path / "catalogs" / "texts" / "停车.txt").write_text(PARKING, "utf-8")
    with opened(tmp_path / "home", tmp_path / "catalogs") as texts:
        assert [(t.title, t.articles, t.fault) for t in texts.texts()] == [("停车管理条例", 3, None)]


def test_what_cannot_be_read_is_listed_with_the_reason_and_read_once(home: Path) -> None:
    (home / "texts" / "坏.docx").write_bytes(b"PK\x03\x04broken")
    (home / "texts" / "通知.txt").write_text("关于防汛的通知\n各镇：\n请做好防汛工作。", "utf-8")
    with opened(home, home / "none") as texts:
        faults = {t.path.name: t.fault for t in texts.texts() if t.fault}
    assert "损坏" in (faults["坏.docx"] or "")
    assert "没有读到条文" in (faults["通知.txt"] or "")
    assert places(home, "防汛工作")[0][1] == "¶3"


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b""])
def test_a_broken_index_is_made_again(home: Path, content: bytes) -> None:
    assert places(home, "泊位")
    (home / INDEX).write_bytes(content)
    assert places(home, "泊位") == [("停车管理条例", "第二条", 1)]


def test_several_programs_may_bring_the_index_up_to_date_at_once(home: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: places(home, "泊位"), range(16)))
    assert found == [[("停车管理条例", "第二条", 1)]] * 16


def test_registering_copies_the_text_under_its_title(home: Path, tmp_path: Path) -> None:
    source = tmp_path / "下载(1).txt"
    source.write_text(PARKING.replace("停车管理条例", "关于《停车》的规定", 1), "utf-8")
    target, draft = register(source, home / "texts")
    assert (target.name, len(draft.articles)) == ("关于《停车》的规定.txt", 3)
    assert target.read_bytes() == source.read_bytes()


def test_what_has_no_articles_is_not_registered(home: Path, tmp_path: Path) -> None:
    source = tmp_path / "通知.txt"
    source.write_text("关于防汛的通知\n各镇：\n请做好防汛工作。", "utf-8")
    with pytest.raises(DraftError, match="第×条"):
        register(source, home / "texts")
    with pytest.raises(NotFound):
        register(tmp_path / "没有.txt", home / "texts")


def test_bigrams_do_not_cross_punctuation() -> None:
    assert bigrams("合法、性审查 ＧＢ/T 9704") == ["合法", "性审", "审查", "gb", "t", "9704"]
    assert bigrams("一") == ["一"]


def test_a_large_collection_answers_at_once(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    for number in range(40):
        lines = [
            f"第{n}条　{number}类事项由{chr(0x4E00 + number * 37 + n)}{chr(0x5000 + n)}部门负责，应当公开。"
            for n in range(1, 101)
        ]
        (tmp_path / "texts" / f"{number}.txt").write_text(f"第{number}号办法\n" + "\n".join(lines), "utf-8")
    with opened(tmp_path, tmp_path / "none") as texts:
        started = time.perf_counter()
        for _ in range(50):
            assert texts.search("部门负责", limit=20)
            assert texts.nearest("该类事项由部门负责并应当公开")
        assert time.perf_counter() - started < 5


def test_closing_twice_is_harmless(home: Path) -> None:
    texts = BasisTexts((home / "texts",), home / INDEX)
    texts.refresh()
    texts.close()
    texts.close()

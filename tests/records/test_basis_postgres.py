"""The index of registered texts on PostgreSQL answers as the one on SQLite does, by way of pg_trgm."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from review_flows.law.citations import ArticleNumber
from review_flows.records.basis_postgres import PostgresTexts
from review_flows.records.basis_texts import BasisTexts, opened
from tests import postgres
from tests.records.test_basis_texts import NOISE, PARKING

pytestmark = pytest.mark.postgres


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "停车管理条例.txt").write_text(PARKING, "utf-8")
    (tmp_path / "texts" / "噪声条例.txt").write_bytes(NOISE.encode("gb18030"))
    return tmp_path


@pytest.fixture
def url(server: postgres.Server) -> str:
    return server.new_database()


def places(texts: BasisTexts | PostgresTexts, words: str) -> list[tuple[str, str, int]]:
    return [(m.provision.title, m.provision.article, m.provision.paragraph) for m in texts.search(words)]


def test_words_are_found_as_on_sqlite_those_of_two_characters_too(folder: Path, url: str) -> None:
    with opened(folder, folder / "none") as here, opened(folder, folder / "none", url) as there:
        assert isinstance(there, PostgresTexts)
        words = ("泊位", "擅自设置障碍", "夜间 公告", "gb 12523", "噪", "设置机关", "，。", "%", "_", '" OR 1', "")
        assert [places(there, word) for word in words] == [places(here, word) for word in words]
        assert places(there, "泊位") == [("停车管理条例", "第二条", 1)]


def test_the_nearest_provision_shares_the_rare_words(folder: Path, url: str) -> None:
    with opened(folder, folder / "none", url) as texts:
        found = texts.nearest("道路停车泊位由区公安机关会同建设部门划定")
        assert found[0].provision.text == "停车泊位由公安机关划定。"
        assert [m.provision.title for m in texts.nearest("制定本条例", titles=["噪声条例"])] == ["噪声条例"]
        assert texts.likely("，。") == []
        assert [p.text for p in texts.article("中华人民共和国噪声条例", ArticleNumber(1))] == [
            "为防治噪声，制定本条例。"
        ]


def test_the_index_follows_the_files_and_leaves_those_of_others_alone(folder: Path, url: str, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "texts").mkdir(parents=True)
    (other / "texts" / "养犬条例.txt").write_text("养犬条例\n第一条　犬只应当登记。\n", "utf-8")
    with opened(other, other / "none", url), opened(folder, folder / "none", url) as texts:
        (folder / "texts" / "噪声条例.txt").unlink()
        (folder / "texts" / "停车管理条例.txt").write_text("停车管理条例\n第一条　另有内容。\n", "utf-8")
        texts.refresh()
        assert places(texts, "噪声") == places(texts, "泊位") == []
        assert places(texts, "另有内容") == [("停车管理条例", "第一条", 1)]
        assert places(texts, "登记") == [("养犬条例", "第一条", 1)]
        assert [one.title for one in texts.texts()] == ["停车管理条例", "养犬条例"]


def test_a_word_of_two_characters_is_looked_up_in_the_index(folder: Path, url: str) -> None:
    many = "\n".join(f"第{number}条　第{number}项内容为甲乙丙丁戊己庚辛。" for number in range(1, 1500))
    (folder / "texts" / "大条例.txt").write_text(f"大条例\n{many}\n", "utf-8")
    with opened(folder, folder / "none", url):
        pass
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        connection.execute(text("SET enable_seqscan = off"))  # a table this small is read through otherwise
        asked = text("EXPLAIN (ANALYZE, FORMAT JSON) SELECT id FROM basis.provisions WHERE spaced LIKE :word")
        (plan,) = connection.execute(asked, {"word": "% 泊位 %"}).scalar_one()
    engine.dispose()
    (scan,) = plan["Plan"]["Plans"]
    assert scan["Index Name"] == "provisions_by_bigrams"
    assert scan["Actual Rows"] == 1  # of 1,500: the index itself tells the provision, it is not sought among all

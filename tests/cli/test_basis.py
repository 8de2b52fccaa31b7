"""`basis` as a person calls it."""

import json
from pathlib import Path

import pytest

from review_flows.cli.main import main

STATUTE = "停车管理条例\n第一条　为规范停车，制定本条例。\n第二条　停车泊位可以由公安机关在十日内划定，并向社会公布。\n"
DRAFT = "停车管理办法\n第一条　为规范停车，制定本办法。\n第二条　停车泊位应当由公安机关在十日内划定，并向社会公布。\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REVIEW_FLOWS_HOME", str(tmp_path / "var"))
    (tmp_path / "条例.txt").write_text(STATUTE, "utf-8")
    (tmp_path / "草案.txt").write_text(DRAFT, "utf-8")
    return tmp_path


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(["basis", *arguments])
    return int(left.value.code or 0)


def test_a_text_is_registered_listed_searched_and_removed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("add", str(here / "条例.txt")) == 0
    assert capsys.readouterr().out == "已登记《停车管理条例》，2条。\n"
    assert run("list", "--json") == 0
    assert [(t["title"], t["articles"]) for t in json.loads(capsys.readouterr().out)] == [("停车管理条例", 2)]
    assert run("search", "泊位", "公布", "--json") == 0
    assert [(p["statute"], p["article"]) for p in json.loads(capsys.readouterr().out)] == [("停车管理条例", "第二条")]
    assert run("search", "没有的词") == 0
    assert capsys.readouterr() == ("", "没有找到。\n")
    assert run("remove", "停车管理条例") == 0
    assert run("remove", "停车管理条例") == 2


def test_a_draft_is_held_against_the_registered_texts(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("add", str(here / "条例.txt")) == 0
    assert run("compare", str(here / "草案.txt"), "--json", str(here / "out.json")) == 0
    answer = json.loads((here / "out.json").read_text("utf-8"))
    second = next(a for a in answer["articles"] if a["article"] == "第二条")
    assert (second["nearest"][0]["statute"], second["nearest"][0]["article"]) == ("停车管理条例", "第二条")
    assert second["nearest"][0]["departures"] == [
        {"type": "deontic", "upper": "可以", "own": "应当", "weight": "stricter"}
    ]
    assert [f["rule"] for f in answer["findings"]] == ["DOC_UPPER"]
    capsys.readouterr()
    assert run("compare", str(here / "草案.txt")) == 0
    out, err = capsys.readouterr()
    assert "[-可以-]{+应当+}" in out
    assert "第二条：与《停车管理条例》第二条相比，“可以”改成了“应当”。" in err


def test_screening_holds_a_draft_against_the_registered_texts_as_well(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def rules() -> list[str]:
        with pytest.raises(SystemExit):
            main(["screen", str(here / "草案.txt"), "--json", "-"])
        return [finding["rule"] for finding in json.loads(capsys.readouterr().out)["findings"]]

    assert "DOC_UPPER" not in rules()
    assert not (here / "var").exists()
    assert run("add", str(here / "条例.txt")) == 0
    capsys.readouterr()
    assert "DOC_UPPER" in rules()


@pytest.mark.parametrize(
    "arguments", [("compare", "没有.txt"), ("add", "没有.txt"), ("compare", "草案.txt", "--on", "昨天")]
)
def test_what_cannot_be_done_is_one_sentence(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(here)
    assert run(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.strip().splitlines()) == 1


def test_comparing_without_any_registered_text_says_what_to_do(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("compare", str(here / "草案.txt")) == 2
    assert "basis add" in capsys.readouterr().err

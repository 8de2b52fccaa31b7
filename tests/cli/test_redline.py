"""`redline` as a person calls it: files out, JSON on the screen, a sentence when a file cannot be read."""

import json
import zipfile
from pathlib import Path

import pytest

from review_flows.cli.main import main

OLD = (
    "某区停车管理办法\n第一条　为了规范停车，制定本办法。\n第二条　车主应当在十日内缴费。\n"
    "第三条　违反第二条的，处五十元罚款。\n"
)
NEW = (
    "某区停车管理办法\n第一条　为了规范停车，制定本办法。\n第二条　区公安机关负责停车管理工作。\n"
    "第三条　车主可以在十五日内缴费。\n第四条　违反第二条的，处五十元罚款。\n"
)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "旧.txt").write_text(OLD, "utf-8")
    (tmp_path / "新.txt").write_bytes(NEW.encode("gb18030"))
    return str(tmp_path / "旧.txt"), str(tmp_path / "新.txt")


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(["redline", *arguments])
    return int(left.value.code or 0)


def test_json_goes_to_the_screen_when_nothing_else_is_asked_for(
    pair: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*pair) == 0
    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert {"old", "new", "alignment", "changes", "findings", "fallbacks", "stats"} <= answer.keys()
    assert answer["alignment"][1:3] == [{"old": None, "new": "第二条"}, {"old": "第二条", "new": "第三条"}]
    (change,) = [c for c in answer["changes"] if c["kind"] == "reworded"]
    assert change["old"] == {"article": "第二条", "text": "车主应当在十日内缴费。"}
    assert {"type": "deontic", "old": "应当", "new": "可以"} in change["substantive"]
    assert "漏改" in err


def test_all_forms_are_written_side_by_side(pair: tuple[str, str], tmp_path: Path) -> None:
    files = {name: tmp_path / f"out.{name}" for name in ("docx", "html", "table", "json")}
    assert run(*pair, *(part for name, file in files.items() for part in (f"--{name}", str(file)))) == 0
    with zipfile.ZipFile(files["docx"]) as archive:
        marked = archive.read("word/document.xml").decode()
    assert "<w:ins " in marked
    assert "<w:del " in marked
    assert files["table"].read_bytes().startswith(b"PK")
    assert files["html"].read_text("utf-8").startswith("<!DOCTYPE html>")
    assert json.loads(files["json"].read_text("utf-8"))["stats"]["inserted"] == 1


def test_only_the_redline_says_how_much_was_marked(
    pair: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*pair, "--docx", str(tmp_path / "r.docx")) == 0
    assert "插入" in capsys.readouterr().out


@pytest.mark.parametrize("data", [None, b"", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600])
def test_what_cannot_be_read_is_one_sentence_and_exit_2(
    data: bytes | None, pair: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "坏.docx"
    if data is not None:
        bad.write_bytes(data)
    assert run(pair[0], str(bad), "--json", str(tmp_path / "r.json")) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "坏.docx" in err


def test_a_place_that_cannot_be_written_is_one_sentence_and_exit_2(
    pair: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*pair, "--table", str(tmp_path / "没有" / "表.docx")) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "表.docx" in err

"""`screen` as people and scripts call it: the JSON of the contract, exit codes, one sentence for a refusal."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from review_flows.cli.main import main

DRAFT = """婺城区校服管理办法
第一条　为规范校服管理，制定本办法。
第二条　全区校服统一由某服饰公司供应。
第三条　依照《中华人民共和国合同法》第五十二条处理争议。
第四条　本办法由婺城区教育局负责解释。
第五条　本办法自2027年1月1日起施行，有效期至2031年12月31日。
"""


def _run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as leaving:
        main(["screen", *map(str, arguments)])
    return int(leaving.value.code or 0)


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    file = tmp_path / "校服管理办法.txt"
    file.write_text(DRAFT, "utf-8")
    return file


def _answer(file: Path) -> dict[str, Any]:
    answer = json.loads(file.read_text("utf-8"))
    assert isinstance(answer, dict)
    return answer


def test_findings_and_citations_in_the_form_of_the_contract(draft: Path, tmp_path: Path) -> None:
    out = tmp_path / "f.json"
    assert _run(draft, "--on", "2026-11-23", "--json", out) == 0
    answer = _answer(out)
    assert len(answer["file"]) == 64
    by_rule = {finding["rule"]: finding for finding in answer["findings"]}
    assert set(by_rule) == {"RF08", "RF23"}
    place = by_rule["RF08"]["place"]
    assert (place["article"], place["paragraph"]) == ("第二条", 1)
    assert "全区校服统一由某服饰公司供应。"[place["start"] : place["end"]] == place["text"]
    keys = {"rule", "severity", "place", "message", "citation", "basis_cited", "may_be_fine", "write_instead"}
    assert set(by_rule["RF08"]) == keys
    (cited,) = answer["citations"]
    assert (cited["article"], cited["status"]) == (52, "已废止")
    assert len(answer["fair_competition"]) == 19
    assert [item["touched_by"] for item in answer["fair_competition"] if item["item"] == "8-3"] == [["第二条"]]


def test_the_page_names_place_basis_doubt_and_mending(draft: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(draft, "--on", "2026-11-23", "--checklist") == 0
    page = capsys.readouterr().out
    for words in ("[重] RF08 第二条", "依据：《公平竞争审查条例》", "可能没有问题：", "建议：", "第八条第三项"):
        assert words in page


@pytest.mark.parametrize(("degree", "code"), [("high", 1), ("low", 1)])
def test_fail_on_a_degree(draft: Path, degree: str, code: int) -> None:
    assert _run(draft, "--fail-on", degree) == code


def test_fail_on_a_degree_that_nothing_reaches(tmp_path: Path) -> None:
    clean = tmp_path / "a.txt"
    clean.write_text(
        DRAFT.replace("某服饰公司供应", "家长自主选择购买").replace("合同法》第五十二条", "民法典》"), "utf-8"
    )
    assert _run(clean, "--fail-on", "low", "--on", "2026-11-23") == 0


def test_clauses_line_by_line_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"id": 7, "text": "校服统一由某服饰公司供应。"},
        {"id": "b", "text": "本办法由婺城区教育局负责解释。", "context": {"doc_type": "行政规范性文件"}},
        {"id": "c", "text": "依照《中华人民共和国合同法》处理。", "context": {"as_of": "2020-01-01", "maker": None}},
        {"id": "d", "text": "乱停车的，处二百元罚款。", "context": {"origin_level": "地方性法规"}},
    ]
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n\n", "utf-8")
    assert _run("--clauses", source, "--json", out) == 0
    assert [json.loads(line) for line in out.read_text("utf-8").splitlines()] == [
        {"id": 7, "labels": ["RF08"]},
        {"id": "b", "labels": []},
        {"id": "c", "labels": []},
        {"id": "d", "labels": []},
    ]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "第 1 行不是 JSON"),
        ("[" * 100_000, "第 1 行不是 JSON"),
        ("[]", "id 和 text"),
        ('{"id": "a"}', "id 和 text"),
        ('{"id": "a", "text": 5}', "id 和 text"),
        ('{"id": "a", "text": "b", "context": 5}', "context"),
        ('{"id": "a", "text": "b", "context": {"maker": 5}}', "context"),
        ('{"id": "a", "text": "b", "context": {"as_of": "昨天"}}', "as_of"),
    ],
)
def test_a_faulty_line_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, reason: str) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(line, "utf-8")
    assert _run("--clauses", source) == 2
    said = capsys.readouterr()
    assert reason in said.err and said.out == "" and said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "二者选一"),
        (("nowhere.txt",), "不存在"),
        (("nowhere.txt", "--clauses", "b"), "二者选一"),
        (("{draft}", "--kind", "poem"), "没有事项种类 poem"),
        (("{draft}", "--on", "2026-02-30"), "2026-02-30"),
        (("{draft}", "--fail-on", "huge"), "huge"),
        (("{draft}", "--json", "/nowhere/at/all.json"), "不能写入"),
        (("{draft}", "--advise"), "REVIEW_FLOWS_ADVISOR_URL"),
        ((".",), "不是一个文件"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    draft: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    reason: str,
) -> None:
    monkeypatch.delenv("REVIEW_FLOWS_ADVISOR_URL", raising=False)
    assert _run(*(argument.replace("{draft}", str(draft)) for argument in arguments)) == 2
    said = capsys.readouterr()
    assert reason in said.err and said.out == "" and "Traceback" not in said.err


def test_an_advisor_that_does_not_answer_leaves_the_findings(
    draft: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVIEW_FLOWS_ADVISOR_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("REVIEW_FLOWS_ADVISOR_MODEL", "none")
    assert _run(draft, "--advise") == 0
    said = capsys.readouterr()
    assert "RF08" in said.out
    assert "连不上模型的地址" in said.err


def test_catalog_check_reads_the_screening_rules_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(Path(__file__).parents[2] / "catalogs", tmp_path / "catalogs")
    file = tmp_path / "catalogs" / "screening" / "clauses" / "market.yaml"
    file.write_text(file.read_text("utf-8").replace("    severity: high", "    severity: huge", 1), "utf-8")
    monkeypatch.setenv("REVIEW_FLOWS_CATALOGS", str(tmp_path / "catalogs"))
    with pytest.raises(SystemExit) as leaving:
        main(["catalog", "check"])
    assert leaving.value.code == 1
    said = capsys.readouterr().err
    assert said.count("RF07") == 1 and "严重程度" in said

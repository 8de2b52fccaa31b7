"""`plan`, `due` and `catalog` as people and scripts call them: answers, exit codes, sentences, what gets imported."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from review_flows.cli.main import main

SUBMISSION = """
kind: normative_document
title: 婺城区公共租赁住房租金补贴管理办法
issuing_organ: 婺城区人民政府
drafting_unit: 婺城区建设局
facts: {affects_rights: true, business_related: true}
materials:
  - {role: review_draft, file: 送审稿.docx}
"""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Calls the command line in an empty folder: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REVIEW_FLOWS_CATALOGS", str(Path(__file__).parents[2] / "catalogs"))

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["review-flows", *arguments])
        code = 0
        try:
            main()
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return call


def test_plan_answers_in_json_and_lacking_papers_are_no_failure(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "submission.yaml").write_text(SUBMISSION, "utf-8")
    code, out, err = run("plan", "submission.yaml", "--on", "2026-11-23", "--json")
    answer = json.loads(out)
    assert (code, err, answer["on"], answer["kind"]) == (0, "", "2026-11-23", "normative_document")
    assert "basis" in answer["lacking"]
    assert run("plan", str(tmp_path), "--on", "2026-11-23", "--json")[1] == out


def test_plan_speaks_to_people_too(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "s.yaml").write_text(SUBMISSION.replace("business_related: true", "generally_binding: true"), "utf-8")
    code, out, _ = run("plan", "s.yaml", "--on", "2026-11-23")
    assert code == 0
    for words in (
        "合法性审核",
        "最迟 2026-12-14",
        "公平竞争审查　待定",
        "国办发〔2018〕115号",
        "（待核）",
        "是否涉及经营者",
    ):
        assert words in out, words


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("plan", "none.yaml"), "没有找到文件“none.yaml”"),
        (("plan", "bad.yaml"), "facts.busines_related：没有这一项事实"),
        (("plan", "case.yaml"), "要写明 kind"),
        (("plan", "binary.yaml"), "不是 UTF-8"),
        (("plan", "s.yaml", "--on", "2026-02-30"), "不是日期"),
        (("plan", "s.yaml", "--to", "x"), "没有选项 --to"),
        (("plan",), "缺少参数"),
        (("due", "ND-12"), "--from"),
        (("due", "ND-120", "--from", "2026-11-23"), "ND-12"),
        (("due", "MD-01", "--from", "2026-11-23"), "没有可以计算的期限"),
        (("due", "ND-23", "--from", "2026-11-23"), "没有可以计算的期限"),
        (("due", "ME-03", "--from", "2026-11-23"), "没有可以计算的期限"),
        (("due", "ND-12", "--from", "23.11.2026"), "不是日期"),
        (("catalog", "show", "ND-120"), "ND-12"),
        (("catalog", "list", "--kind", "decision"), "major_decision"),
        (("catalog", "list", "--on", "heute"), "不是日期"),
    ],
)
def test_what_cannot_be_honoured_is_one_chinese_sentence_and_exit_two(
    run,  # type: ignore[no-untyped-def]
    tmp_path: Path,
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    (tmp_path / "s.yaml").write_text(SUBMISSION, "utf-8")
    (tmp_path / "bad.yaml").write_text(SUBMISSION.replace("business_related", "busines_related"), "utf-8")
    (tmp_path / "case.yaml").write_text("case: 2026-ND-0001\n", "utf-8")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00kind")
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert sentence in err and len(err.strip().splitlines()) == 1 and "Traceback" not in err


@pytest.mark.parametrize(
    ("rule", "start", "expected"),
    [
        ("ND-12", "2026-11-23", ("max", 15, "working_day", "2026-12-14", False)),
        ("ND-22", "2026-11-23", ("min", 30, "calendar_day", "2026-12-24", False)),
        ("MD-10", "2026-10-08", ("min", 7, "calendar_day", "2026-09-30", False)),
        ("ND-26", "2024-10-03", ("max", 2, "year", "2026-10-08", False)),
        ("ME-10", "2026-11-23", ("max", None, "by_01-31", "2027-02-01", True)),
        ("ME-11", "2026-09-30", ("max", 3, "working_day", "2026-10-10", False)),
        ("CT-03", "2026-11-23", ("local_default", 5, "working_day", "2026-11-30", False)),
        ("IN-04", "2016-11-23", ("at", 10, "year", "2026-11-23", False)),
        ("ND-29", "2026-11-23", ("max", 60, "calendar_day", "2027-01-22", True)),
    ],
)
def test_due_answers_one_period_of_one_rule(
    run,  # type: ignore[no-untyped-def]
    rule: str,
    start: str,
    expected: tuple[object, ...],
) -> None:
    code, out, _ = run("due", rule, "--from", start, "--json")
    answer = json.loads(out)
    assert (code, answer["rule"], answer["from"]) == (0, rule, start)
    assert tuple(answer[key] for key in ("kind", "number", "unit", "date", "provisional")) == expected


def test_due_says_so_where_the_rule_was_not_in_force(run) -> None:  # type: ignore[no-untyped-def]
    code, out, err = run("due", "ND-12", "--from", "2017-06-01", "--json")
    assert (code, json.loads(out)["in_force"]) == (0, False)
    assert "没有施行" in err


def test_catalog_check_is_clean_and_says_what_it_read(run) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run("catalog", "check")
    assert code == 0 and "法律数据无误" in out
    code, out, _ = run("catalog", "check", "--json")
    assert (code, json.loads(out)) == (0, {"ok": True, "faults": []})


def test_catalog_check_lists_faults_and_exits_one(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("REVIEW_FLOWS_CATALOGS", str(tmp_path / "empty"))
    code, out, err = run("catalog", "check")
    assert (code, out) == (1, "")
    assert "缺少这个文件" in err
    code, out, _ = run("catalog", "check", "--json")
    assert code == 1 and not json.loads(out)["ok"]


def test_catalog_lists_and_shows(run) -> None:  # type: ignore[no-untyped-def]
    listed = json.loads(run("catalog", "list", "--kind", "enforcement_decision", "--on", "2020-01-01", "--json")[1])
    assert "ME-05" in {rule["id"] for rule in listed} and "ME-01" not in {rule["id"] for rule in listed}
    shown = json.loads(run("catalog", "show", "MD-10", "--json")[1])
    assert (shown["direction"], shown["counted_from"], shown["values"][0]["number"]) == ("backward", "hearing_on", 7)
    assert "合法性审查" in run("catalog", "show", "major_decision")[1]
    assert "ND-24" in run("catalog", "list", "--unverified")[1]


def test_plan_imports_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SUBMISSION, "utf-8")
    code = (
        "import sys; sys.argv = ['review-flows', 'plan', 's.yaml', '--json']\n"
        "from review_flows.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'prefect', 'docx', 'lxml', 'sqlmodel', 'sqlalchemy', 'rich', 'chinese_calendar'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_catalog_chart_draws_the_way_in_three_forms(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run("catalog", "chart", "enforcement_decision", "--out", "charts", "--on", "2026-11-23")
    assert code == 0
    files = sorted(Path(line) for line in out.split())
    assert [file.suffix for file in files] == [".docx", ".png", ".svg"]
    drawn = files[2].read_text("utf-8")
    for words in ("重大执法决定法制审核流程图", "法制审核", "不超过7个工作日", "国办发〔2018〕118号", "2026-11-23"):
        assert words in drawn, words
    assert run("catalog", "chart", "decision")[0] == 2

"""What is learnt from reviewers and from the corpus: counts of keep and drop, gains and losses of a rule change."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from review_flows.text.keeping import Decision, RuleRecord, keep_records

ROOT = Path(__file__).parents[2]


def _corpus() -> ModuleType:
    spec = importlib.util.spec_from_file_location("corpus", ROOT / "benchmarks" / "corpus.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_decisions_are_counted_by_rule_with_the_reasons_for_dropping() -> None:
    decisions = [
        Decision("RF03", "kept"),
        Decision("RF03", "edited"),
        Decision("RF03", "dropped", "引用上位法"),
        Decision("RF07", "dropped", "定义条款"),
        Decision("RF07", "dropped", "定义条款 "),
        Decision("RF07", "dropped", "统计口径"),
        Decision("RF07", "kept"),
    ]
    assert keep_records(decisions) == [
        RuleRecord("RF07", 1, 0, 3, (("定义条款", 2), ("统计口径", 1))),
        RuleRecord("RF03", 1, 1, 1, (("引用上位法", 1),)),
    ]
    assert keep_records([]) == []


def _clause(wanted: list[str], raised: list[str], optional: list[str] | None = None) -> dict[str, object]:
    return {"text": "条款", "wanted": wanted, "optional": optional or [], "raised": raised}


def test_changes_of_clauses_are_told_as_gains_losses_and_false_alarms() -> None:
    before = {
        "a": _clause(["RF03"], []),
        "b": _clause(["RF07"], ["RF07"]),
        "c": _clause([], ["RF01"]),
        "d": _clause([], []),
    }
    after = {
        "a": _clause(["RF03"], ["RF03", "RF12"], optional=["RF12"]),
        "b": _clause(["RF07"], []),
        "c": _clause([], []),
        "d": _clause([], ["RF05"]),
    }
    assert _corpus().clause_changes(before, after) == {
        "gained": ["RF03 a 条款"],
        "lost": ["RF07 b 条款"],
        "new false alarm": ["RF05 d 条款"],
        "false alarm gone": ["RF01 c 条款"],
    }


def test_changes_of_documents_count_equal_findings() -> None:
    changes = _corpus().document_changes({"f": {"findings": ["x", "x", "y"]}}, {"f": {"findings": ["x", "z"]}})
    assert changes == {"new": ["f\tz"], "gone": ["f\tx", "f\ty"]}


def test_the_script_compares_with_the_last_run_and_keeps_the_new_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, last = tmp_path / "data" / "screening", tmp_path / "out" / "last.json"
    folder.mkdir(parents=True)
    (tmp_path / "data" / "normative").mkdir()
    (tmp_path / "data" / "normative" / "a.txt").write_text(
        "某办法\n第一条　违者处五百元罚款。\n第二条　略。\n", "utf-8"
    )
    rows = [
        {"id": "1", "text": "校服统一由某服饰公司供应。", "context": {}, "labels": ["RF08"]},
        {"id": "2", "text": "各部门应当加强宣传。", "context": {"as_of": "2026-01-01"}, "labels": []},
    ]
    (folder / "dev.jsonl").write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    corpus = _corpus()
    arguments = ["--corpus", str(tmp_path / "data"), "--last", str(last)]
    assert corpus.main(arguments) == 0
    assert "precision 100.0%, recall 100.0% over 2 clauses" in capsys.readouterr().out
    assert last.exists()
    assert corpus.main([*arguments, "--look"]) == 0
    assert "clauses, lost: 0" in capsys.readouterr().out
    assert corpus.main(["--corpus", str(tmp_path / "nowhere")]) == 0

"""What the commands really print fits the JSON Schemas in docs/schemas, which are made from the code's own types."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from review_flows.cli.main import main
from review_flows.cli.schemas import SHAPES, schema
from tests.cases.building import a_document

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "schemas"
Run = Callable[..., Any]


@pytest.mark.parametrize("name", SHAPES)
def test_golden_schemas_are_those_of_the_code(name: str) -> None:
    file = FOLDER / f"{name}.json"
    made = json.dumps(schema(name), ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("REVIEW_FLOWS_GOLDEN"):
        file.write_text(made, "utf-8")
    assert file.read_text("utf-8") == made, "run `make golden` and read the difference"


def test_no_schema_is_left_over() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == set(SHAPES)


@pytest.fixture
def answer(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """The JSON that a command prints, on a home in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REVIEW_FLOWS_CATALOGS", str(ROOT / "catalogs"))
    for name in ("REVIEW_FLOWS_HOME", "REVIEW_FLOWS_DATABASE_URL", "REVIEW_FLOWS_CLOCK"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str) -> Any:
        monkeypatch.setattr(sys, "argv", ["review-flows", *arguments])
        with pytest.raises(SystemExit) as leaving:
            main()
        assert leaving.value.code in (0, None)
        return json.loads(capsys.readouterr().out)

    return call


def fits(name: str, told: Any) -> None:
    """Fails where a key is missing, is of another type, or stands in no schema."""
    adapter: TypeAdapter[Any] = TypeAdapter(SHAPES[name])
    assert adapter.dump_python(adapter.validate_python(told, strict=True)) == told


def test_what_the_law_commands_print_fits(answer: Run) -> None:
    a_document().lay(Path("送审"))
    fits("plan", answer("plan", "送审", "--on", "2026-11-23", "--json"))
    fits("due", answer("due", "ND-12", "--from", "2026-11-23", "--json"))


def test_what_the_case_commands_print_fits(answer: Run, capsys: pytest.CaptureFixture[str]) -> None:
    a_document().lay(Path("送审"))
    with pytest.raises(SystemExit):
        main(["submit", "送审"])
    capsys.readouterr()
    [head] = answer("case", "list", "--json")
    fits("case-list", [head])
    shown = answer("case", "show", head["case"], "--json")
    assert {step["state"] for step in shown["steps"]} >= {"done", "not_started"}
    fits("case-show", shown)
    fits("case-why", answer("case", "why", head["case"], "--json"))
    fits("case-timeline", answer("case", "timeline", head["case"], "--json"))
    fits("audit-query", answer("audit", "query", "--json"))
    fits("audit-verify", answer("audit", "verify", "--json"))


def test_what_the_text_commands_print_fits(answer: Run) -> None:
    old = "办法\n第一条　应当在十日内办理。\n第二条　按照第一条办理。\n"
    Path("old.txt").write_text(old, "utf-8")
    Path("new.txt").write_text(
        old.replace("第二条", "第三条").replace("。\n第三条", "。\n第二条　新设。\n第三条"), "utf-8"
    )
    compared = answer("redline", "old.txt", "new.txt")
    assert compared["changes"]
    fits("redline", compared)
    Path("draft.txt").write_text(
        "办法\n第一条　依照《中华人民共和国行政处罚法》第九十九条，只能由某公司承接。\n", "utf-8"
    )
    screened = answer("screen", "draft.txt", "--json", "-")
    assert screened["findings"] and screened["citations"]
    fits("screen", screened)

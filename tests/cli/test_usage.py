"""What a command is told wrong: exit 2, one Chinese sentence on stderr, nothing on stdout, no traceback."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from review_flows.cli.main import COMMANDS, main

ROOT = Path(__file__).parents[2]
NOBODY = ["--as", "nobody", "--code", "000000"]
REASON = ["--reason", "试一试"]
CASE = "2026-ND-0099"


def _commands(name: str, command: Any) -> Iterator[tuple[list[str], Any]]:
    """Every command with its words, the groups too."""
    yield name.split(), command
    for child, below in getattr(command, "commands", {}).items():
        yield from _commands(f"{name} {child}", below)


ALL = [
    found
    for name, (module, attribute, _) in COMMANDS.items()
    for found in _commands(name, get_command(getattr(import_module(f"review_flows.cli.{module}"), attribute)))
]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVIEW_FLOWS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("REVIEW_FLOWS_CATALOGS", str(ROOT / "catalogs"))


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The sentence with which a call is refused."""
    with pytest.raises(SystemExit) as left:
        main(arguments)
    out, err = capsys.readouterr()
    assert (left.value.code, out) == (2, ""), err
    sentence = err.strip()
    assert "\n" not in sentence and re.search(r"[一-鿿]", sentence), sentence
    assert not re.search(r"Error|Traceback|。。|？。", sentence), sentence
    return sentence


@pytest.mark.parametrize("words", [words for words, _ in ALL], ids=" ".join)
def test_an_option_that_there_is_not(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert "--nonsense" in refused(capsys, *words, "--nonsense")


GROUPS = [words for words, command in ALL if getattr(command, "commands", None)]
NEEDY = [words for words, command in ALL if words not in GROUPS and any(p.required for p in command.params)]


@pytest.mark.parametrize("words", GROUPS, ids=" ".join)
def test_a_group_without_a_command(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert "命令" in refused(capsys, *words)
    assert "nonsense" in refused(capsys, *words, "nonsense")


@pytest.mark.parametrize("words", NEEDY, ids=" ".join)
def test_a_command_without_what_it_needs(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert "缺少" in refused(capsys, *words)


@pytest.mark.parametrize(
    "arguments",
    [
        ["case", "show", CASE],
        ["case", "why", CASE, "--json"],
        ["case", "timeline", CASE],
        ["case", "list", "--state", "nonsense"],
        ["case", "withdraw", CASE, *NOBODY, *REASON],
        ["case", "return", CASE, *NOBODY, *REASON, "--to", "drafting"],
        ["sign", CASE, "--step", "legality_review", "--form"],
        ["comments", "list", CASE],
        ["dossier", CASE, "--out", "nowhere.zip"],
        ["due", "ND-99", "--from", "2026-11-23"],
        ["due", "ND-12", "--from", "2026-13-01"],
        ["due", "ND-01", "--from", "2026-11-23"],
        ["plan", "nowhere.yaml"],
        ["submit", "nowhere"],
        ["catalog", "show", "nonsense"],
        ["people", "list", "--role", "nonsense"],
        ["people", "list", "--unit", "nonsense"],
        ["people", "enrol", "nobody"],
        ["people", "code", "nobody"],
        ["people", "add", "wang", "--name", "王", "--unit", "nonsense", "--role", "handler"],
        ["people", "add", "wang", "--name", "王", "--unit", "婺城区司法局", "--role", "nonsense"],
        ["people", "interest", "nobody", "--case", CASE, "--kind", "party", *REASON],
        ["nonsense"],
        ["--nonsense"],
    ],
    ids=" ".join,
)
def test_what_is_not_there(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    refused(capsys, *arguments)

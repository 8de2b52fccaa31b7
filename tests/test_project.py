"""The project checks itself: the lock, the error tree, the command table."""

import ast
import inspect
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from review_flows import errors
from review_flows.cli.main import COMMANDS

ROOT = Path(__file__).resolve().parent.parent


def test_the_lock_names_no_host_and_no_path() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert "prefect==3.8.8" in lock
    assert "://" not in lock
    assert not re.search(r"(^|\s)\.{0,2}/|file:| @ ", lock)


def test_every_locked_package_carries_a_hash() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    packages = re.findall(r"^\S+==\S+.*(?:\n    --hash.*)*", lock, re.MULTILINE)
    assert len(packages) > 50
    assert [entry for entry in packages if "--hash=sha256:" not in entry] == []


def test_every_error_stands_in_the_tree() -> None:
    tree = errors.__doc__ or ""
    for name, found in inspect.getmembers(errors, inspect.isclass):
        if issubclass(found, errors.ReviewFlowsError):
            assert re.search(rf"\b{name}\b", tree), f"{name} is missing in the docstring of errors.py"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_its_module_and_chinese_help(name: str) -> None:
    module, _, help_text = COMMANDS[name]
    assert find_spec(f"review_flows.cli.{module}") is not None
    assert re.search(r"[\u4e00-\u9fff]", help_text)


def test_every_command_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [name for name in COMMANDS if f"review-flows {name}" not in readme] == []


def test_every_event_has_a_chinese_label() -> None:
    terms = (ROOT / "catalogs" / "terms.yaml").read_text("utf-8")
    labelled = set(re.findall(r"^  ([a-z_]+\.[a-z_]+):", terms.partition("\nevents:")[2], re.MULTILINE))
    call = re.compile(
        r'record\(\s*(?:session|self\.session),\s*"([a-z_]+\.[a-z_]+)"|_event\(\s*(?:case,|session,)?\s*"([a-z_]+\.[a-z_]+)"'
    )
    named = {a or b for path in (ROOT / "review_flows").rglob("*.py") for a, b in call.findall(path.read_text("utf-8"))}
    assert len(named) > 30
    assert named - labelled == set()


def _literals(tree: ast.Module) -> Iterator[str]:
    """The strings of a module that are no docstrings."""
    holders = (node for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef))
    docstrings = {id(h.body[0].value) for h in holders if h.body and isinstance(h.body[0], ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            if isinstance(node.value, bytes):
                yield node.value.decode("latin-1")
            elif isinstance(node.value, str):
                yield node.value


def test_one_module_alone_spells_word_tags() -> None:
    tag = re.compile(r"\bw(?:14|15)?:[A-Za-z]|wordprocessingml/2006/main")
    files = {path.relative_to(ROOT).as_posix(): path for path in (ROOT / "review_flows").rglob("*.py")}
    spelling = {
        name for name, path in files.items() if any(map(tag.search, _literals(ast.parse(path.read_text("utf-8")))))
    }
    assert spelling == {"review_flows/word/oxml.py"}

"""docs/rules.md says what the program makes of every rule, and is what the law data and the lines of business give."""

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from review_flows.cases.work import Enforcing
from review_flows.flows.steps import WORKS, enforced
from review_flows.law.rulepage import rules_page, uses
from tests.law.matters import DATA

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "rules.md"
ENFORCED = enforced()
ENFORCING = {type(work): work for work in WORKS.values() if isinstance(work, Enforcing)}


def test_golden_page_of_the_rules_is_that_of_the_data() -> None:
    page = rules_page(DATA, ENFORCED)
    if os.environ.get("REVIEW_FLOWS_GOLDEN"):
        PAGE.write_text(page, "utf-8")
    assert PAGE.read_text("utf-8") == page, "run `make golden` and read the difference"


def test_every_rule_is_enforced_or_shown_or_recorded_with_its_reason() -> None:
    for rule in DATA.rules.values():
        assert list(uses(DATA, rule, ENFORCED)), f"{rule.id}: say in `recorded` why nothing follows from it"


def test_nothing_is_recorded_only_that_asks_for_a_step() -> None:
    for rule in DATA.rules.values():
        if rule.recorded:
            assert not rule.materials and not rule.results and not any(v.kind == "exclude" for v in rule.versions)


def test_a_work_speaks_of_rules_that_there_are_for_its_kind() -> None:
    for (kind, step), work in WORKS.items():
        if isinstance(work, Enforcing):
            of_kind = [rule for rule in work.enforces if kind in DATA.rule(rule).kinds]
            assert of_kind, f"{kind} {step}: none of {list(work.enforces)} is a rule of the kind"


@pytest.mark.parametrize("work", ENFORCING.values(), ids=[work.__name__ for work in ENFORCING])
def test_a_rule_that_a_work_claims_to_enforce_is_used_in_its_room(work: Enforcing) -> None:
    """Claimed is not enough: the id stands in code outside the claim, or in a catalogue that the room relies on."""
    room = ROOT.joinpath(*type(work).__module__.split(".")[:-1])
    used = {rule for path in sorted(room.glob("*.py")) for rule in _rules_used(ast.parse(path.read_text("utf-8")))}
    data = "".join(path.read_text("utf-8") for path in _catalogs())
    for rule in work.enforces:
        assert rule in used or re.search(rf"(?<![\w-]){rule}(?![\w.-])", data), rule


def _catalogs() -> Iterator[Path]:
    """The catalogs apart from the rules themselves, and from what only speaks of them (chains, citations of papers)."""
    found = sorted((ROOT / "catalogs").glob("*.yaml")) + sorted((ROOT / "catalogs" / "screening").glob("*.yaml"))
    return (path for path in found if path.name not in ("chains.yaml", "papers.yaml"))


def _rules_used(module: ast.Module) -> set[str]:
    """The rules that a module uses: by their ids, or by the constants that hold them, outside `enforces`."""
    names = _constants(module)
    used: set[str] = set()
    for statement in module.body:
        if not isinstance(statement, ast.Assign):
            used |= set(_spoken(statement, names))
    return used


def _constants(module: ast.Module) -> dict[str, str]:
    """The constants of a module: A = "FC-04", or A, B = "FC-04", "FC-05"."""
    found: dict[str, str] = {}
    for statement in module.body:
        if isinstance(statement, ast.Assign):
            target, value = statement.targets[0], statement.value
            pairs = (
                zip(target.elts, value.elts, strict=True)
                if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
                else [(target, value)]
            )
            for name, held in pairs:
                if isinstance(name, ast.Name) and isinstance(held, ast.Constant) and isinstance(held.value, str):
                    found[name.id] = held.value
    return found


def _spoken(node: ast.AST, names: dict[str, str]) -> Iterator[str]:
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "enforces":
        return
    if isinstance(node, ast.Name) and node.id in names:
        yield names[node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and not _is_long(node.value):
        yield from (rule for rule in DATA.rules if rule in node.value)
    for child in ast.iter_child_nodes(node):
        yield from _spoken(child, names)


def _is_long(text: str) -> bool:
    """A docstring speaks of rules without using them."""
    return "\n" in text or text.endswith(".")

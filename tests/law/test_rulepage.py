"""docs/rules.md says what the program makes of every rule, and is what the law data gives."""

import os
from pathlib import Path

from review_flows.law.rulepage import rules_page, uses
from tests.law.matters import DATA

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def test_golden_page_of_the_rules_is_that_of_the_data() -> None:
    page = rules_page(DATA)
    if os.environ.get("REVIEW_FLOWS_GOLDEN"):
        PAGE.write_text(page, "utf-8")
    assert PAGE.read_text("utf-8") == page, "run `make golden` and read the difference"


def test_every_rule_is_enforced_or_shown_or_recorded_with_its_reason() -> None:
    for rule in DATA.rules.values():
        assert list(uses(DATA, rule)), f"{rule.id}: say in `recorded` why nothing follows from it"


def test_nothing_is_recorded_only_that_asks_for_a_step() -> None:
    for rule in DATA.rules.values():
        if rule.recorded:
            assert not rule.materials and not rule.results and not any(v.kind == "exclude" for v in rule.versions)

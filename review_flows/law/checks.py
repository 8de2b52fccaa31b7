"""What a review answers point by point (ND-15.1 to ND-15.7, MD-20, CT-01, ME-05); where remarks of screening belong.

Relies on catalogs/checks.yaml. A check is named by its id within its kind of case.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from review_flows.law.rules import Rule
from review_flows.law.strict import NO_ROWS, NO_TEXTS, Section


@dataclass(frozen=True)
class Check:
    """One point that a review answers; `rule` asks for it, remarks of the rules in `flags` fall under it."""

    id: str
    rule: str
    title: str
    text: str
    flags: tuple[str, ...] = ()
    is_otherwise: bool = False  # remarks that no other check claims fall under this one


Checks = Mapping[str, tuple[Check, ...]]


def check_of(checks: tuple[Check, ...], flag: str) -> str:
    """The id of the check under which a remark of this screening rule falls; empty where the kind has no checks."""
    claimed = next((check.id for check in checks if flag in check.flags), "")
    return claimed or next((check.id for check in checks if check.is_otherwise), "")


def read_checks(root: Section, kinds: Mapping[str, object], rules: Mapping[str, Rule]) -> dict[str, tuple[Check, ...]]:
    """The checks of every kind of case, in the order in which they are answered."""
    found = {}
    for kind in kinds:
        found[kind] = tuple(_check(row, rules) for row in root.need(kind, Section.rows, NO_ROWS))
        if len({check.id for check in found[kind]}) != len(found[kind]):
            root.fault(kind, "同一类事项里编号重复")
        if sum(check.is_otherwise for check in found[kind]) != 1:
            root.fault(kind, "恰有一项应标 otherwise")
    return found


def _check(row: Section, rules: Mapping[str, Rule]) -> Check:
    identity, rule, title, text = (row.need(name, Section.text, "") for name in ("id", "rule", "title", "text"))
    if rule not in rules:
        row.fault("rule", f"没有规则 {rule}")
    flags = row.texts("flags") if row.has("flags") else NO_TEXTS
    return Check(identity, rule, title, text, flags, row.flag("otherwise") if row.has("otherwise") else False)

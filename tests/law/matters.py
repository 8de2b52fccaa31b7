"""Builders for the tests of the law: a matter in one line, and what its plan says in words."""

from datetime import date
from pathlib import Path

from review_flows.law import catalogs
from review_flows.law.facts import Value
from review_flows.law.matter import HistoryEntry, Matter, Plan
from review_flows.law.planning import plan

DATA = catalogs.load(Path(__file__).parents[2] / "catalogs")

ND, MD, GC, EN = "normative_document", "major_decision", "government_contract", "enforcement_decision"

# Every fact answered with the answer that adds nothing: a test states only what is not so.
PLAIN: dict[str, dict[str, Value]] = {
    ND: {"affects_rights": True, "business_related": False},
    MD: {"business_related": False, "professional": False, "social_risk": False, "needs_party_report": False},
    GC: {"business_related": False, "counterparty_is_sme": False, "procurement_award_on": None},
    EN: {"enforcement_type": "licence"},
}


def a_matter(
    kind: str,
    level: str = "government",
    *,
    papers: str = "",
    history: tuple[HistoryEntry, ...] = (),
    asks_for: str = "legality_review",
    without: str = "",
    **facts: Value,
) -> Matter:
    """A matter with plain facts, other ones as given, and without the answers named in `without`."""
    answers = PLAIN[kind] | facts | {"level": level}
    return Matter(
        kind=kind,
        facts={fact: value for fact, value in answers.items() if fact not in without.split()},
        present=frozenset(papers.split()),
        history={entry.step: entry for entry in history},
        asks_for=asks_for,
    )


def planned(kind: str, level: str = "government", on: str = "2026-11-23", **more: object) -> Plan:
    """The plan for a matter on a day."""
    return plan(DATA, a_matter(kind, level, **more), date.fromisoformat(on))  # type: ignore[arg-type]


def required(found: Plan) -> set[str]:
    """The steps that are required."""
    return {step.step for step in found.steps if step.required}


def rules(found: Plan, step: str) -> set[str]:
    """The rules in `because` of a step."""
    return {ground.rule for ground in found.step(step).because}


def periods(found: Plan, step: str) -> dict[str, str]:
    """The periods of a step: rule → end, as ISO date."""
    return {period.rule: str(period.ends_on) for period in found.step(step).periods}

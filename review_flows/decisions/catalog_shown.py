"""A catalogue and the figures of a year as others see them: the JSON of `decisions list` and `decisions statistics`."""

from collections import Counter
from datetime import date
from typing import Any

from sqlmodel import Session
from typing_extensions import TypedDict

from review_flows.decisions.catalog import DecisionCatalog, DecisionMove
from review_flows.decisions.catalog_progress import (
    CaseFigures,
    Standing,
    case_figures,
    decision_cases,
    standings,
    unanswered,
    unpublished,
)
from review_flows.law.catalogs import Catalogs
from review_flows.records.database import CHINA


class ProcedureJson(TypedDict):
    """A step that an item must go through; `required` is null while a fact is open."""

    step: str
    required: bool | None
    rule: str
    citation: str
    confidence: str
    fact: str | None


class MoveJson(TypedDict):
    """One act on an item; `brought_in`: told by an imported file."""

    act: str
    on: str
    reason: str | None
    approved_by: str | None
    paper: dict[str, str] | None
    channel: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    brought_in: bool
    person: str
    recorded_at: str


class ItemJson(TypedDict):
    """An item; `state` is that of its case once it is published and one carries it out."""

    number: int
    title: str
    units: list[str]
    lead_unit: str
    basis: str
    planned_on: str
    initiator: dict[str, str]
    unanswered: bool
    facts: dict[str, Any]
    procedures: list[ProcedureJson]
    state: str
    light: str
    case: str | None
    case_state: str | None
    carried_from: dict[str, int] | None
    carried_to: int | None
    adjusted: int
    history: list[MoveJson]


class CatalogJson(TypedDict):
    """What `decisions list --json` prints."""

    year: int
    organ: str
    consented_on: str | None
    consent_paper: dict[str, str] | None
    published_on: str | None
    channel: str | None
    items: list[ItemJson]
    counts: dict[str, int]
    lights: dict[str, int]
    adjustments: int
    cases: CaseFigures
    outside_catalog: list[str]
    unpublished: list[str]


def shown(
    session: Session, catalogs: Catalogs, catalog: DecisionCatalog, today: date, *, only_warnings: bool = False
) -> CatalogJson:
    """The catalogue as of today; `only_warnings`: of its items those that are late or nearly so."""
    found = standings(session, catalogs, catalog, today)
    cases = decision_cases(session, catalog.year)
    own = [each for each in cases if each.case.issuing_organ == catalog.organ]
    return {
        "year": catalog.year,
        "organ": catalogs.organs.get(catalog.organ).name,
        "consented_on": _iso(catalog.consented_on),
        "consent_paper": catalog.consent_paper,
        "published_on": _iso(catalog.published_on),
        "channel": catalog.channel,
        "items": [_item(catalogs, each) for each in found if each.warns or not only_warnings],
        "counts": dict(Counter(each.state for each in found)),
        "lights": dict(Counter(each.light for each in found)),
        "adjustments": sum(_adjusted(each) for each in found),
        "cases": case_figures(own),
        "outside_catalog": [each.case.number for each in own if each.where != "inside"],
        "unpublished": [organ.name for organ, _ in unpublished(session, catalogs, catalog.year)],
    }


def _item(catalogs: Catalogs, standing: Standing) -> ItemJson:
    item = standing.item
    carried = {"year": item.carried_year or 0, "number": item.carried_number} if item.carried_number else None
    return {
        "number": item.number,
        "title": item.title,
        "units": list(item.units),
        "lead_unit": item.units[0] if item.units else "",
        "basis": item.basis,
        "planned_on": item.planned_on.isoformat(),
        "initiator": dict(item.initiator),
        "unanswered": unanswered(catalogs, standing),
        "facts": dict(item.facts),
        "procedures": [ProcedureJson(**entry) for entry in item.procedures],  # type: ignore[typeddict-item]  # a row's JSON
        "state": standing.state,
        "light": standing.light,
        "case": standing.case.number if standing.case else None,
        "case_state": standing.case.state if standing.case else None,
        "carried_from": carried,
        "carried_to": standing.carried_to,
        "adjusted": _adjusted(standing),
        "history": [_move(move) for move in standing.moves],
    }


def _adjusted(standing: Standing) -> int:
    return sum(bool(move.approved_by) for move in standing.moves)


def _move(move: DecisionMove) -> MoveJson:
    return {
        "act": move.act,
        "on": move.done_on.isoformat(),
        "reason": move.reason or None,
        "approved_by": move.approved_by or None,
        "paper": move.paper,
        "channel": move.channel or None,
        "before": move.before,
        "after": move.after,
        "brought_in": move.brought_in,
        "person": move.person,
        "recorded_at": move.recorded_at.astimezone(CHINA).isoformat(timespec="seconds"),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None

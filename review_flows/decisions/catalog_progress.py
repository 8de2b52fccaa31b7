"""How a catalogue stands: progress in red, yellow and green from the real cases, and the figures of a year.

A published item is started when a case carries it out and finished when that case is completed; an item
and what it was carried into share their case. Nothing here is stored.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, select
from typing_extensions import TypedDict

from review_flows.cases.case import Case
from review_flows.decisions.catalog import (
    ADJUSTED,
    KIND,
    OFF,
    DecisionCatalog,
    DecisionItem,
    DecisionMove,
    cases_of_items,
    catalogs_of_year,
    find_catalog,
    is_given_up,
    items_of,
    links,
    moves_of,
)
from review_flows.law.catalogs import Catalogs
from review_flows.law.organs import Organ

DONE = ("finished", *OFF)


@dataclass(frozen=True)
class Standing:
    """An item with how it stands: state (that of its case where it has one), light, case, what it was carried into."""

    item: DecisionItem
    state: str
    light: str
    case: Case | None
    carried_to: int | None  # its number in the next year's catalogue
    moves: tuple[DecisionMove, ...]

    @property
    def warns(self) -> bool:
        """Whether somebody has to look after it: late or nearly so, and not carried into the next year."""
        return self.light != "green" and self.carried_to is None


def effective_state(item: DecisionItem, case: Case | None) -> str:
    """The state of an item, that of a published one by its case."""
    if item.state != "published" or case is None or is_given_up(case):
        return item.state
    return "finished" if case.state == "completed" else "started"


def light(state: str, planned_on: date, today: date, soon_calendar_days: int) -> str:
    """green, yellow or red: an item against its plan; yellow so many calendar days before its day.

    >>> light("started", date(2026, 12, 31), date(2026, 12, 1), 30)
    'yellow'
    """
    if state in DONE:
        return "green"
    if today > planned_on:
        return "red"
    return "yellow" if planned_on - today <= timedelta(days=soon_calendar_days) else "green"


def standings(session: Session, catalogs: Catalogs, catalog: DecisionCatalog, today: date) -> list[Standing]:
    """Every item of a catalogue with how it stands today."""
    following = find_catalog(session, catalog.organ, catalog.year + 1)
    later = {item.carried_number: item for item in items_of(session, following)} if following else {}
    cases, moves = cases_of_items(session), moves_of(session, catalog)
    found = []
    for item in items_of(session, catalog):
        case = cases.get(item.id or 0)
        state = effective_state(item, case)
        colour = light(state, item.planned_on, today, catalogs.lifecycle.soon_calendar_days)
        into = later.get(item.number)
        found.append(
            Standing(item, state, colour, case, into.number if into else None, tuple(moves.get(item.id or 0, ())))
        )
    return found


def unanswered(catalogs: Catalogs, standing: Standing) -> bool:
    """Whether its proposer has still to be told what became of the proposal."""
    kind = catalogs.lifecycle.initiators.get(standing.item.initiator.get("kind", ""))
    acts = {move.act for move in standing.moves}
    return bool(kind and kind.answered and standing.state != "proposed" and "replied" not in acts)


# --- figures ---------------------------------------------------------------------------------------------------------


class CaseFigures(TypedDict):
    """Decision cases against the catalogue: untold ones count as outside until somebody links them."""

    total: int
    inside: int
    outside: int
    untold: int
    reasons: dict[str, int]


class OrganFigures(TypedDict):
    """The figures of one organ."""

    organ: str
    published_on: str | None
    items: dict[str, int]
    carried: int
    lights: dict[str, int]
    adjustments: dict[str, int]
    cases: CaseFigures


class OutsideJson(TypedDict):
    """A case outside of the catalogue; `outside` is null where nobody has told why."""

    case: str
    title: str
    organ: str
    outside: str | None
    reason: str | None


class StatisticsJson(TypedDict):
    """What `decisions statistics --json` prints."""

    year: int
    cases: CaseFigures
    items: dict[str, int]
    adjustments: dict[str, int]
    organs: list[OrganFigures]
    outside: list[OutsideJson]
    unpublished: int


@dataclass(frozen=True)
class CaseStanding:
    """A decision case against the catalogue: inside (an item), outside (kind and reason), or not told yet."""

    case: Case
    item: int | None
    outside: str | None
    reason: str

    @property
    def where(self) -> str:
        if self.item is not None:
            return "inside"
        return "outside" if self.outside else "untold"


def decision_cases(session: Session, year: int) -> list[CaseStanding]:
    """The decision cases opened in a year, in the order of their numbers."""
    query = select(Case).where(Case.kind == KIND, col(Case.number).startswith(f"{year}-")).order_by(Case.number)
    told = links(session)
    found = []
    for case in session.exec(query):
        link = told.get(case.number)
        found.append(
            CaseStanding(case, link.item if link else None, link.outside if link else None, link.reason if link else "")
        )
    return found


def unpublished(session: Session, catalogs: Catalogs, year: int) -> list[tuple[Organ, int | None]]:
    """The organs that have not published a catalogue for the year (督促清单); the number of items in preparation.

    The government's office issues the government's catalogue and has none of its own.
    """
    there = {catalog.organ: catalog for catalog in catalogs_of_year(session, year)}
    office = catalogs.organs.duties["office"]
    found: list[tuple[Organ, int | None]] = []
    for organ in catalogs.organs.by_id.values():
        catalog = there.get(organ.id)
        if organ.id != office and (catalog is None or catalog.published_on is None):
            found.append((organ, len(items_of(session, catalog)) if catalog else None))
    return found


def statistics(session: Session, catalogs: Catalogs, year: int, today: date) -> StatisticsJson:
    """The year in figures: items by state, adjustments, cases inside and outside with reasons; per organ too."""
    cases = decision_cases(session, year)
    by_organ = {catalog.organ: catalog for catalog in catalogs_of_year(session, year)}
    organs = sorted({*by_organ, *(each.case.issuing_organ for each in cases)})
    rows = [_organ_figures(session, catalogs, name, by_organ.get(name), cases, today) for name in organs]
    return {
        "year": year,
        "cases": case_figures(cases),
        "items": dict(sum((Counter(row["items"]) for row in rows), Counter[str]())),
        "adjustments": dict(sum((Counter(row["adjustments"]) for row in rows), Counter[str]())),
        "organs": rows,
        "outside": [_outside(catalogs, each) for each in cases if each.where != "inside"],
        "unpublished": len(unpublished(session, catalogs, year)),
    }


def _organ_figures(
    session: Session, catalogs: Catalogs, organ: str, catalog: DecisionCatalog | None, cases: Iterable[CaseStanding],
    today: date,
) -> OrganFigures:  # fmt: skip
    found = standings(session, catalogs, catalog, today) if catalog else []
    moves = [move for standing in found for move in standing.moves]
    known = catalogs.organs.find(organ)
    return {
        "organ": known.name if known else organ,
        "published_on": catalog.published_on.isoformat() if catalog and catalog.published_on else None,
        "items": dict(Counter(standing.state for standing in found)),
        "carried": sum(standing.item.carried_number is not None for standing in found),
        "lights": dict(Counter(standing.light for standing in found if standing.state not in OFF)),
        "adjustments": dict(Counter(move.act for move in moves if move.act in ADJUSTED)),
        "cases": case_figures([each for each in cases if each.case.issuing_organ == organ]),
    }


def case_figures(cases: Iterable[CaseStanding]) -> CaseFigures:
    """How many inside and outside; the reasons for being outside, by kind."""
    listed = list(cases)
    where = Counter(each.where for each in listed)
    return {
        "total": len(listed),
        "inside": where["inside"],
        "outside": where["outside"],
        "untold": where["untold"],
        "reasons": dict(sorted(Counter(each.outside for each in listed if each.outside).items())),
    }


def _outside(catalogs: Catalogs, each: CaseStanding) -> OutsideJson:
    organ = catalogs.organs.find(each.case.issuing_organ)
    return {
        "case": each.case.number,
        "title": each.case.title,
        "organ": organ.name if organ else each.case.issuing_organ,
        "outside": each.outside,
        "reason": each.reason or None,
    }

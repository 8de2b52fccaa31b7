"""The yearly catalogue of major decisions (重大行政决策目录): its rows, and how to find them.

A catalogue is per organ and year. An item goes from proposal over study (研究论证) and the consent of the party
committee to publication (MD-03), none of them skipped; each move stays as a `DecisionMove` with person, day, reason
and paper. Which case carries an item out, or why a case stands outside of the catalogue, is a `DecisionLink`. Acts are
in `catalog_acts`, faults in `catalog_checks`, progress and figures in `catalog_progress`.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from review_flows.cases.case import Case
from review_flows.errors import NotFound, ReviewFlowsError
from review_flows.law.catalogs import Catalogs
from review_flows.records.database import Instant

KIND = "major_decision"
# What is stored; whether a published item is started or finished follows from its case (catalog_progress).
STATES = ("proposed", "studied", "declined", "consented", "published", "removed")
OFF = ("declined", "removed")  # states of an item that is not, or no longer, in the catalogue
ADJUSTED = ("added", "changed", "removed")  # the acts of an adjustment


class DecisionCatalog(SQLModel, table=True):
    """One organ's catalogue of one year. `consent_paper`: {name, sha256} of the party committee's latest consent."""

    __tablename__ = "decision_catalogs"
    __table_args__ = (UniqueConstraint("year", "organ"),)

    id: int | None = Field(default=None, primary_key=True)
    year: int = Field(index=True)
    organ: str = Field(index=True)
    consented_on: date | None = None
    consent_paper: dict[str, str] | None = Field(default=None, sa_type=JSON)
    published_on: date | None = None
    channel: str | None = None
    made_at: datetime = Field(sa_type=Instant)


class DecisionItem(SQLModel, table=True):
    """One matter of a catalogue.

    `procedures`: the steps that it must go through, each {step, required (null: open), rule, citation, confidence,
    fact}. `initiator`: {kind, name, reference}, the kinds of lifecycle.yaml. `carried_*`: the item of the year before.
    """

    __tablename__ = "decision_items"
    __table_args__ = (UniqueConstraint("catalog", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    catalog: int = Field(foreign_key="decision_catalogs.id", index=True)
    number: int
    title: str
    units: list[str] = Field(sa_type=JSON)
    basis: str
    planned_on: date
    facts: dict[str, Any] = Field(sa_type=JSON)
    procedures: list[dict[str, Any]] = Field(sa_type=JSON)
    initiator: dict[str, str] = Field(sa_type=JSON)
    state: str = "proposed"
    carried_year: int | None = None
    carried_number: int | None = None


class DecisionMove(SQLModel, table=True):
    """One act on an item (terms.yaml, decision_acts): who, on which day, why, on which paper; never changed itself.

    Adjustments keep the text `before` and `after`. `brought_in`: told by an imported file, not done here.
    """

    __tablename__ = "decision_moves"
    __table_args__ = {"info": {"guard": "append_only"}}

    id: int | None = Field(default=None, primary_key=True)
    item: int = Field(foreign_key="decision_items.id", index=True)
    act: str
    done_on: date
    reason: str = ""
    approved_by: str = ""
    paper: dict[str, str] | None = Field(default=None, sa_type=JSON)
    channel: str = ""
    before: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    after: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    brought_in: bool = False
    person: str
    recorded_at: datetime = Field(sa_type=Instant)


class DecisionLink(SQLModel, table=True):
    """That a case carries an item out, or stands outside of the catalogue (`outside`: a value of that fact) and why.

    The newest row of a case counts.
    """

    __tablename__ = "decision_links"
    __table_args__ = {"info": {"guard": "append_only"}}

    id: int | None = Field(default=None, primary_key=True)
    case: str = Field(foreign_key="cases.number", index=True)
    item: int | None = Field(default=None, foreign_key="decision_items.id", index=True)
    outside: str | None = None
    reason: str = ""
    person: str
    linked_at: datetime = Field(sa_type=Instant)


def find_catalog(session: Session, organ: str, year: int) -> DecisionCatalog | None:
    """The catalogue of an organ (its id) and year, if there is one."""
    query = select(DecisionCatalog).where(DecisionCatalog.year == year, DecisionCatalog.organ == organ)
    return session.exec(query).first()


def catalog_of(session: Session, catalogs: Catalogs, year: int, organ: str) -> DecisionCatalog:
    """The catalogue of an organ (id or name) and year; NotFound where there is none."""
    found_organ = catalogs.organs.get(organ)
    found = find_catalog(session, found_organ.id, year)
    if found is None:
        raise NotFound(f"{found_organ.name}的重大行政决策目录", f"{year}年")
    return found


def catalogs_of_year(session: Session, year: int) -> list[DecisionCatalog]:
    """All catalogues of a year in the order of their organs' ids."""
    query = select(DecisionCatalog).where(DecisionCatalog.year == year).order_by(col(DecisionCatalog.organ))
    return list(session.exec(query))


def items_of(session: Session, catalog: DecisionCatalog) -> list[DecisionItem]:
    """The items of a catalogue in the order of their numbers."""
    query = select(DecisionItem).where(DecisionItem.catalog == catalog.id).order_by(col(DecisionItem.number))
    return list(session.exec(query))


def item_of(session: Session, catalog: DecisionCatalog, number: int) -> DecisionItem:
    """An item by its number; NotFound where there is none."""
    query = select(DecisionItem).where(DecisionItem.catalog == catalog.id, DecisionItem.number == number)
    found = session.exec(query).first()
    if found is None:
        raise NotFound(f"{catalog.year}年目录事项", str(number))
    return found


def moves_of(session: Session, catalog: DecisionCatalog) -> dict[int, list[DecisionMove]]:
    """The moves of every item of a catalogue, by the item's id, oldest first."""
    query = (
        select(DecisionMove)
        .join(DecisionItem, col(DecisionMove.item) == DecisionItem.id)
        .where(DecisionItem.catalog == catalog.id)
        .order_by(col(DecisionMove.id))
    )
    found: dict[int, list[DecisionMove]] = {}
    for move in session.exec(query):
        found.setdefault(move.item, []).append(move)
    return found


def adjustments_of(session: Session, catalog: DecisionCatalog) -> list[tuple[DecisionItem, DecisionMove]]:
    """The adjustments of a catalogue after its publication, in the order they were made."""
    moves = moves_of(session, catalog)
    found = [(item, move) for item in items_of(session, catalog) for move in moves.get(item.id or 0, [])]
    return sorted(((i, m) for i, m in found if m.act in ADJUSTED), key=lambda pair: pair[1].id or 0)


def links(session: Session) -> dict[str, DecisionLink]:
    """The link that counts of every case that has one, in the order of the case numbers."""
    order = (col(DecisionLink.case), col(DecisionLink.id))
    return {link.case: link for link in session.exec(select(DecisionLink).order_by(*order))}


def link_of(session: Session, case: str) -> DecisionLink | None:
    """The link that counts of a case."""
    query = select(DecisionLink).where(DecisionLink.case == case).order_by(col(DecisionLink.id).desc())
    return session.exec(query).first()


def cases_of_items(session: Session) -> dict[int, Case]:
    """By item id, the case that carries it out; of several the newest that was not withdrawn or refused.

    An item and what it was carried into are one matter: a case of either is a case of both.
    """
    origins = _origins(session)
    found: dict[int, Case] = {}
    for number, link in links(session).items():
        if link.item is None:
            continue
        case, origin = session.get_one(Case, number), origins[link.item]
        before = found.get(origin)
        if before is None or not is_given_up(case) or is_given_up(before):
            found[origin] = case
    return {item: found[origin] for item, origin in origins.items() if origin in found}


def _origins(session: Session) -> dict[int, int]:
    """By item id, the id of the item that it was first carried from (its own where it was not)."""
    query = select(DecisionCatalog.organ, DecisionCatalog.year, DecisionItem).where(
        DecisionItem.catalog == DecisionCatalog.id
    )
    origins: dict[int, int] = {}
    by_place: dict[tuple[str, int, int], int] = {}
    for organ, year, item in session.exec(query.order_by(col(DecisionCatalog.year), col(DecisionItem.id))):
        former = by_place.get((organ, item.carried_year or 0, item.carried_number or 0))
        origins[item.id or 0] = by_place[(organ, year, item.number)] = former or item.id or 0
    return origins


def is_given_up(case: Case) -> bool:
    """Whether a case ended without a decision: its item may be taken up by another."""
    return case.state in ("withdrawn", "rejected")


def text_of(item: DecisionItem) -> dict[str, Any]:
    """What an item says, as adjustments and files quote it."""
    return {
        "title": item.title,
        "units": list(item.units),
        "basis": item.basis,
        "planned_on": item.planned_on.isoformat(),
        "initiator": dict(item.initiator),
        "facts": dict(item.facts),
    }


def label_of(catalog: DecisionCatalog, item: DecisionItem) -> str:
    """An item as forms name it."""
    return f"{catalog.year}年第{item.number}项 {item.title}"


def read_reference(text: str, year: int) -> tuple[int, int]:
    """Year and number of an item named as 3 (of the year given) or 2026-3; ReviewFlowsError for anything else.

    >>> read_reference("2025-12", 2026), read_reference(" 3 ", 2026)
    ((2025, 12), (2026, 3))
    """
    head, dash, tail = text.strip().rpartition("-")
    if not tail.isascii() or not tail.isdigit() or (dash and not (head.isascii() and head.isdigit())):
        raise ReviewFlowsError(f"“{text}”不是目录事项的序号，应写作 3，或者 {year}-3。")
    return (int(head) if dash else year), int(tail)

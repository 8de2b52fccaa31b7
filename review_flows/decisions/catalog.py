"""The yearly catalogue of major decisions (重大行政决策目录): proposed, consented to, published, adjusted, rolled.

A catalogue is per organ and year. Publication needs the party committee's consent (MD-03); every item names the
procedures it must go through (MD-35); an excluded matter is refused with the ground (MD-02, MD-34). Adjustments keep
the text before and after. Progress against the plan is green (on time or done), yellow (due soon) or red (late).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from review_flows.cases.case import Case
from review_flows.errors import NotFound, ReviewFlowsError
from review_flows.law.catalogs import Catalogs
from review_flows.law.matter import Matter
from review_flows.law.planning import plan
from review_flows.records.audit import Actor, record
from review_flows.records.database import Instant

STATES = ("proposed", "published", "started", "finished", "removed")
PROCEDURES = (
    "public_participation",
    "expert_argumentation",
    "risk_assessment",
    "fair_competition_review",
    "legality_review",
    "collective_discussion",
)
KIND = "major_decision"


class DecisionCatalog(SQLModel, table=True):
    """One organ's catalogue of one year."""

    __tablename__ = "decision_catalogs"
    __table_args__ = (UniqueConstraint("year", "organ"),)

    id: int | None = Field(default=None, primary_key=True)
    year: int = Field(index=True)
    organ: str = Field(index=True)
    consented_on: date | None = None
    consent_paper: str | None = None
    published_on: date | None = None
    made_at: datetime = Field(sa_type=Instant)


class DecisionItem(SQLModel, table=True):
    """One matter of a catalogue. `procedures`: step → why it applies. `carried_from`: the item of the year before."""

    __tablename__ = "decision_items"
    __table_args__ = (UniqueConstraint("catalog", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    catalog: int = Field(foreign_key="decision_catalogs.id", index=True)
    number: int
    title: str
    units: list[str] = Field(sa_type=JSON)
    basis: str
    planned_on: date
    procedures: dict[str, str] = Field(sa_type=JSON)
    initiator: str = ""  # who proposed it: a unit, deputies, CPPCC members (713 art. 10)
    state: str = "proposed"
    case: str | None = Field(default=None, foreign_key="cases.number")
    carried_from: int | None = None
    removed_reason: str | None = None


class DecisionAdjustment(SQLModel, table=True):
    """A change of a published catalogue: what it was, what it became, why, by whose approval. Never changed itself."""

    __tablename__ = "decision_adjustments"
    __table_args__ = {"info": {"guard": "append_only"}}

    id: int | None = Field(default=None, primary_key=True)
    item: int = Field(foreign_key="decision_items.id", index=True)
    adjusted_on: date
    reason: str
    approval: str
    before: dict[str, Any] = Field(sa_type=JSON)
    after: dict[str, Any] = Field(sa_type=JSON)


@dataclass(frozen=True)
class ItemDraft:
    """An item as proposed. `facts` decide which procedures apply, as `plan` would."""

    title: str
    units: tuple[str, ...]
    basis: str
    planned_on: date
    facts: Mapping[str, Any]
    initiator: str = ""
    number: int | None = None


def catalog_of(session: Session, catalogs: Catalogs, year: int, organ: str) -> DecisionCatalog:
    """The catalogue of an organ and year; NotFound where there is none."""
    found_organ = catalogs.organs.get(organ)
    query = select(DecisionCatalog).where(DecisionCatalog.year == year, DecisionCatalog.organ == found_organ.id)
    found = session.exec(query).first()
    if found is None:
        raise NotFound(f"{found_organ.name}的重大行政决策目录", f"{year}年")
    return found


def items_of(session: Session, catalog: DecisionCatalog) -> list[DecisionItem]:
    """The items of a catalogue in the order of their numbers."""
    query = select(DecisionItem).where(DecisionItem.catalog == catalog.id).order_by(col(DecisionItem.number))
    return list(session.exec(query))


def add_item(
    session: Session, catalogs: Catalogs, year: int, organ: str, draft: ItemDraft, *, actor: Actor, at: datetime
) -> DecisionItem:
    """An item proposed for a catalogue, which is made if it is not there; refused where the matter is excluded."""
    catalog = _catalog_for(session, catalogs, year, organ, actor, at)
    if catalog.published_on is not None:
        raise ReviewFlowsError(
            f"{year}年目录已于 {catalog.published_on} 公布，增加事项须按调整办理，写明理由和批准文件。"
        )
    return _insert(session, catalogs, catalog, draft, "proposed", actor, at)


def _catalog_for(
    session: Session, catalogs: Catalogs, year: int, organ: str, actor: Actor, at: datetime
) -> DecisionCatalog:
    try:
        return catalog_of(session, catalogs, year, organ)
    except NotFound:
        made = DecisionCatalog(year=year, organ=catalogs.organs.get(organ).id, made_at=at)
        session.add(made)
        session.flush()
        _event(session, "decision_catalog.made", made, actor, at)
        return made


def _insert(
    session: Session, catalogs: Catalogs, catalog: DecisionCatalog, draft: ItemDraft, state: str, actor: Actor,
    at: datetime,
) -> DecisionItem:  # fmt: skip
    there = items_of(session, catalog)
    _check(catalogs, catalog, draft, there, at)
    item = DecisionItem(
        catalog=catalog.id or 0,
        number=draft.number or max((item.number for item in there), default=0) + 1,
        title=draft.title.strip(),
        units=[catalogs.organs.get(unit).name for unit in draft.units],
        basis=draft.basis,
        planned_on=draft.planned_on,
        procedures=required_procedures(catalogs, catalog.organ, draft.facts, at.date()),
        initiator=draft.initiator,
        state=state,
    )
    session.add(item)
    session.flush()
    _event(
        session, "decision_item.added", catalog, actor, at, item, {"title": item.title, "procedures": item.procedures}
    )
    return item


def _check(
    catalogs: Catalogs, catalog: DecisionCatalog, draft: ItemDraft, there: Sequence[DecisionItem], at: datetime
) -> None:
    faults = faults_of(catalogs, draft)
    if any(item.title == draft.title.strip() and item.state != "removed" for item in there):
        faults.append(f"目录里已有同名事项《{draft.title}》")
    if any(item.number == draft.number for item in there):
        faults.append(f"序号 {draft.number} 已被使用")
    excluded = plan(catalogs, _matter(catalogs, catalog.organ, draft.facts), at.date()).excluded
    if excluded:
        faults.append(f"不适用重大行政决策程序：{excluded[0].text}（{excluded[0].citation}）")
    if faults:
        raise ReviewFlowsError(f"《{draft.title}》不能列入目录：{'；'.join(faults)}。")


def faults_of(catalogs: Catalogs, draft: ItemDraft) -> list[str]:
    """What is wrong with an item by itself."""
    faults = [] if draft.title.strip() else ["没有事项名称"]
    if not draft.units:
        faults.append("没有承办单位")
    faults += [f"承办单位“{unit}”不在制定主体清单中" for unit in draft.units if catalogs.organs.find(unit) is None]
    if not draft.basis.strip():
        faults.append("没有依据")
    return faults


def _matter(catalogs: Catalogs, organ: str, facts: Mapping[str, Any]) -> Matter:
    return Matter(KIND, dict(facts) | {"level": catalogs.organs.get(organ).level}, organ=organ)


def required_procedures(catalogs: Catalogs, organ: str, facts: Mapping[str, Any], on: date) -> dict[str, str]:
    """Step → why it applies, for the procedures that a catalogue names; an open question is said to be one."""
    planned = plan(catalogs, _matter(catalogs, organ, facts), on)
    named = {}
    for step in PROCEDURES:
        found = planned.step(step)
        if found.required:
            named[step] = found.because[0].citation
        elif found.required is None:
            named[step] = "待定"
    return named


def consent(
    session: Session, catalogs: Catalogs, year: int, organ: str, *, on: date, paper: str, actor: Actor, at: datetime
) -> DecisionCatalog:
    """The party committee of the same level has consented (MD-03): the day, and the paper that says so."""
    catalog = catalog_of(session, catalogs, year, organ)
    if on > at.date() or not paper.strip():
        raise ReviewFlowsError("请写明同级党委同意的日期（不晚于今天）和文件。")
    catalog.consented_on, catalog.consent_paper = on, paper
    _event(session, "decision_catalog.consented", catalog, actor, at, None, {"on": on.isoformat(), "paper": paper})
    return catalog


def publish(
    session: Session, catalogs: Catalogs, year: int, organ: str, *, on: date, actor: Actor, at: datetime
) -> DecisionCatalog:
    """The catalogue is published, after the consent (MD-03)."""
    catalog = catalog_of(session, catalogs, year, organ)
    if catalog.published_on is not None:
        raise ReviewFlowsError(f"{year}年目录已于 {catalog.published_on} 公布。")
    if catalog.consented_on is None or on < catalog.consented_on:
        raise ReviewFlowsError("目录须经同级党委同意后向社会公布（MD-03）：请先登记 decisions consent。")
    items = [item for item in items_of(session, catalog) if item.state == "proposed"]
    if not items:
        raise ReviewFlowsError("目录里没有事项，不能公布。")
    for item in items:
        item.state = "published"
    catalog.published_on = on
    _event(session, "decision_catalog.published", catalog, actor, at, None, {"on": on.isoformat(), "items": len(items)})
    return catalog


def adjust(
    session: Session, catalogs: Catalogs, year: int, organ: str, number: int, *, changes: Mapping[str, Any],
    reason: str, approval: str, actor: Actor, at: datetime,
) -> DecisionItem:  # fmt: skip
    """Change or remove (`state: removed`) an item of a published catalogue; the text before and after is kept."""
    catalog = catalog_of(session, catalogs, year, organ)
    if not reason.strip() or not approval.strip():
        raise ReviewFlowsError("调整目录须写明理由（--reason）和批准文件（--approval）。")
    item = next((item for item in items_of(session, catalog) if item.number == number), None)
    if item is None:
        raise NotFound(f"{year}年目录事项", str(number))
    before = text_of(item)
    for name, value in changes.items():
        if name not in ("title", "units", "basis", "planned_on", "state"):
            raise ReviewFlowsError(f"目录事项没有可调整的“{name}”。")
        setattr(item, name, value)
    item.removed_reason = reason if item.state == "removed" else None
    session.add(
        DecisionAdjustment(
            item=item.id or 0,
            adjusted_on=at.date(),
            reason=reason,
            approval=approval,
            before=before,
            after=text_of(item),
        )
    )
    _event(
        session, "decision_item.adjusted", catalog, actor, at, item,
        {"before": before, "after": text_of(item), "approval": approval, "reason": reason},
    )  # fmt: skip
    return item


def adjust_in(
    session: Session, catalogs: Catalogs, year: int, organ: str, draft: ItemDraft, *, reason: str, approval: str,
    actor: Actor, at: datetime,
) -> DecisionItem:  # fmt: skip
    """Add an item to a published catalogue, with reason and approval."""
    catalog = catalog_of(session, catalogs, year, organ)
    if not reason.strip() or not approval.strip():
        raise ReviewFlowsError("调整目录须写明理由（--reason）和批准文件（--approval）。")
    item = _insert(session, catalogs, catalog, draft, "published", actor, at)
    session.add(
        DecisionAdjustment(
            item=item.id or 0, adjusted_on=at.date(), reason=reason, approval=approval, before={}, after=text_of(item)
        )
    )
    return item


def text_of(item: DecisionItem) -> dict[str, Any]:
    """An item as an adjustment quotes it."""
    return {
        "title": item.title,
        "units": list(item.units),
        "basis": item.basis,
        "planned_on": item.planned_on.isoformat(),
        "state": item.state,
    }


def roll(
    session: Session, catalogs: Catalogs, year: int, organ: str, *, actor: Actor, at: datetime
) -> list[DecisionItem]:
    """Carry what is not finished into the next year's catalogue; what was carried before is not carried twice."""
    old = catalog_of(session, catalogs, year, organ)
    new = _catalog_for(session, catalogs, year + 1, organ, actor, at)
    carried_before = {item.carried_from for item in items_of(session, new)}
    number = max((item.number for item in items_of(session, new)), default=0)
    carried = []
    for item in items_of(session, old):
        if item.state in ("finished", "removed") or item.id in carried_before:
            continue
        number += 1
        planned_on = max(item.planned_on, date(year + 1, 12, 31))
        copy = DecisionItem(
            catalog=new.id or 0, number=number, title=item.title, units=list(item.units), basis=item.basis,
            planned_on=planned_on, procedures=dict(item.procedures), initiator=item.initiator, state="proposed",
            case=item.case, carried_from=item.id,
        )  # fmt: skip
        session.add(copy)
        carried.append(copy)
    session.flush()
    _event(session, "decision_catalog.rolled", new, actor, at, None, {"items": len(carried)})
    return carried


def light(item: DecisionItem, today: date, soon_calendar_days: int) -> str:
    """green, yellow or red: how an item stands against its plan; yellow so many calendar days before its day."""
    if item.state in ("finished", "removed"):
        return "green"
    if today > item.planned_on:
        return "red"
    return "yellow" if item.planned_on - today <= timedelta(days=soon_calendar_days) else "green"


def unpublished(session: Session, catalogs: Catalogs, year: int) -> list[str]:
    """The organs that have not published a catalogue for the year (督促清单)."""
    query = select(DecisionCatalog.organ).where(
        DecisionCatalog.year == year, col(DecisionCatalog.published_on).is_not(None)
    )
    done = set(session.exec(query))
    return [organ.name for organ in catalogs.organs.by_id.values() if organ.id not in done]


def link_case(session: Session, catalogs: Catalogs, year: int, organ: str, number: int, case: str) -> DecisionItem:
    """The case that carries an item out: the item counts as started."""
    catalog = catalog_of(session, catalogs, year, organ)
    item = next((item for item in items_of(session, catalog) if item.number == number), None)
    if item is None or item.state == "removed":
        raise NotFound(f"{year}年目录事项", str(number))
    item.case, item.state = case, "started"
    return item


def _event(
    session: Session, event: str, catalog: DecisionCatalog, actor: Actor, at: datetime,
    item: DecisionItem | None = None, payload: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    name = f"{catalog.year}-{catalog.organ}" + (f"-{item.number}" if item else "")
    record(
        session, event, actor=actor, at=at, subject=("decision_item" if item else "decision_catalog", name),
        case=item.case if item else None, payload=payload,
    )  # fmt: skip


def outside_catalog(session: Session, year: int) -> list[str]:
    """The decision cases opened in a year that no published item of a catalogue names."""
    named = set(session.exec(select(DecisionItem.case).where(col(DecisionItem.case).is_not(None))))
    query = select(Case.number).where(Case.kind == KIND, col(Case.number).startswith(f"{year}-")).order_by(Case.number)
    return [number for number in session.exec(query) if number not in named]

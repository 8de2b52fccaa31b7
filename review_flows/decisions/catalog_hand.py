"""Whoever acts on a catalogue of decisions, and what each act leaves: a `DecisionMove` per item and an event.

Who may do what is data (lifecycle.yaml); whether a person is in the role and of the unit is asked when they act.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from review_flows.cases.advance import office_day, show_again
from review_flows.cases.case import Case, Wait
from review_flows.cases.standing import citation_of, unit_name
from review_flows.decisions.catalog import DecisionCatalog, DecisionItem, DecisionMove
from review_flows.errors import ReviewFlowsError, SignOffError
from review_flows.law.catalogs import Catalogs
from review_flows.people.person import Person, Role
from review_flows.people.standing import standing
from review_flows.records.audit import Actor, record

INITIATION = "initiation"


@dataclass(frozen=True)
class Hand:
    """Who acts, when, on which law data, in whose transaction. `person` None: at the server's console."""

    session: Session
    catalogs: Catalogs
    person: Person | None
    now: datetime

    @property
    def today(self) -> date:
        return office_day(self.now)

    def actor(self, act: str, organ: str, units: Sequence[str] = ()) -> Actor:
        """The person as the trail names them for an act on the catalogue of an organ; SignOffError where they may not.

        The console may only propose: to bring in a starting list.
        """
        if self.person is None:
            if act != "propose":
                raise SignOffError("这一步须由有权办理的人员以 --as、--code 办理。")
            return Actor("console", Role.ADMINISTRATOR.value)
        doers = self.catalogs.lifecycle.acts[act]
        places = [*self._desks(organ), *(units if doers.units else ())]
        for role in doers.roles:
            for place in places:
                try:
                    return standing(self.session, self.person.id, role=role, unit=place, on=self.today)
                except SignOffError:
                    continue
        roles = "、".join(self.catalogs.label(role, section="people") for role in doers.roles)
        names = "、".join(unit_name(self.catalogs, place) for place in places)
        raise SignOffError(f"{self.person.name}不能办理：须由{names}的{roles}办理。")

    def state(self, state: str) -> str:
        """The Chinese name of an item's state."""
        return self.catalogs.label(state, section="decision_item_states")

    def cite(self, rule: str) -> str:
        """Where a rule stands today."""
        return citation_of(self.catalogs, rule, self.today) or rule

    def _desks(self, organ: str) -> list[str]:
        """The units that run the catalogue of an organ: itself, for the government also its office."""
        duties = self.catalogs.organs.duties
        return [organ, duties["office"]] if organ == duties["government"] else [organ]


@dataclass(frozen=True)
class Paper:
    """A paper that an act rests on, kept in the store under its sha256."""

    name: str
    sha256: str

    def to_row(self) -> dict[str, str]:
        return {"name": self.name, "sha256": self.sha256}


def check_day(hand: Hand, on: date, name: str) -> None:
    """Raises ReviewFlowsError for a day that is still to come."""
    if on > hand.today:
        raise ReviewFlowsError(f"{name}（{on.isoformat()}）晚于今天，不能登记还没有发生的事。")


def note_move(
    hand: Hand, item: DecisionItem, act: str, actor: Actor, *, on: date | None = None, reason: str = "",
    approved_by: str = "", paper: Paper | None = None, channel: str = "", before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None, brought_in: bool = False,
) -> None:  # fmt: skip
    """A move of an item, kept for ever."""
    hand.session.add(
        DecisionMove(
            item=item.id or 0,
            act=act,
            done_on=on or hand.today,
            reason=reason.strip(),
            approved_by=approved_by,
            paper=paper.to_row() if paper else None,
            channel=channel,
            before=dict(before) if before else None,
            after=dict(after) if after else None,
            brought_in=brought_in,
            person=actor.person,
            recorded_at=hand.now,
        )  # fmt: skip
    )
    hand.session.flush()


def note_event(
    hand: Hand, event: str, catalog: DecisionCatalog, actor: Actor, item: DecisionItem | None = None,
    payload: Mapping[str, Any] | None = None, reason: str = "", paper: Paper | None = None,
) -> None:  # fmt: skip
    """The event of an act, on an item or the whole catalogue."""
    name = f"{catalog.year}-{catalog.organ}" + (f"-{item.number}" if item else "")
    record(
        hand.session, event, actor=actor, at=hand.now, reason=reason or None, payload=payload,
        subject=("decision_item" if item else "decision_catalog", name), documents=[paper.sha256] if paper else [],
    )  # fmt: skip


def note_items(
    hand: Hand, event: str, catalog: DecisionCatalog, actor: Actor, items: Sequence[DecisionItem], reason: str,
    payload: Mapping[str, Any], paper: Paper | None = None,
) -> None:  # fmt: skip
    """The event of an act on several items at once."""
    told = dict(payload) | {"items": [item.number for item in items]}
    note_event(hand, event, catalog, actor, None, told, reason, paper)


def ask_initiators_again(hand: Hand, catalog: DecisionCatalog, actor: Actor) -> None:
    """Whoever is asked to initiate a decision of the organ gets the form anew: it lists the items as they are now."""
    asked = (
        select(Case)
        .join(Wait, col(Wait.case) == Case.number)
        .where(Wait.step == INITIATION, col(Wait.closed_at).is_(None), Case.issuing_organ == catalog.organ)
        .order_by(Case.number)
        .distinct()
    )
    for case in hand.session.exec(asked).all():
        show_again(hand.session, hand.catalogs, case, (INITIATION,), actor=actor, now=hand.now)

"""The desk that runs the yearly catalogue, as tests speak of it: proposals, studies, consent, publication, adjustment.

    desk = Desk(office)
    desk.published(forty())
    desk.adjust(3, {"title": "…"})

Defaults are lawful; a test states only what is special.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlmodel import Session

from review_flows.decisions import catalog as book
from review_flows.decisions import catalog_acts as acts
from review_flows.decisions import catalog_adjusting as adjusting
from review_flows.decisions import catalog_links as linking
from review_flows.decisions.catalog_adjusting import Approval
from review_flows.decisions.catalog_checks import ItemDraft
from review_flows.decisions.catalog_hand import Hand, Paper
from review_flows.decisions.catalog_progress import Standing, standings
from review_flows.people.person import find
from review_flows.records.database import reading, writing
from tests.cases.building import Office

ORGAN = "婺城区人民政府"
YEAR = 2026
STUDIED_ON, CONSENTED_ON, PUBLISHED_ON = date(2026, 1, 12), date(2026, 1, 20), date(2026, 2, 1)
NO = {"business_related": False, "professional": False, "social_risk": False, "vital_interests_dispute": False}
DEPARTMENT = {"kind": "department", "name": "婺城区建设局"}


def a_draft(title: str = "婺城区停车设施建设三年行动方案", **changes: Any) -> ItemDraft:
    """A matter that a department proposes, without experts, risk or business. `unasked`: facts left out."""
    told: dict[str, Any] = {
        "units": ("婺城区建设局", "婺城区司法局"), "basis": "婺城区国民经济和社会发展年度计划",
        "planned_on": date(2026, 12, 31), "facts": dict(NO), "initiator": dict(DEPARTMENT),
    }  # fmt: skip
    told["facts"] |= changes.pop("facts", {})
    for name in changes.pop("unasked", ()):
        del told["facts"][name]
    return ItemDraft(title, **(told | changes))


class Desk:
    """Who runs the catalogue of an organ and year, in an office of tests."""

    def __init__(self, office: Office, organ: str = ORGAN, year: int = YEAR) -> None:
        self.office, self.organ, self.year = office, organ, year

    def paper(self, name: str, text: str = "文件") -> Paper:
        """A paper in the store."""
        return Paper(name, self.office.home.store.put(f"{name}{text}".encode()))

    @contextmanager
    def hand(self, person: str | None = "test-registrar") -> Iterator[Hand]:
        """Who acts, in a transaction."""
        with writing(self.office.home.engine) as session:
            yield Hand(session, self.office.catalogs, find(session, person) if person else None, self.office.now())

    def propose(self, *drafts: ItemDraft, person: str | None = "test-registrar") -> list[int]:
        with self.hand(person) as hand:
            return [item.number for item in acts.propose(hand, self.year, self.organ, drafts)]

    def study(self, *numbers: int, accepted: bool = True, **told: Any) -> None:
        given = {"on": STUDIED_ON, "reason": "必要、可行", "paper": self.paper("论证材料.pdf")} | told
        with self.hand() as hand:
            acts.study(hand, self.year, self.organ, numbers, accepted=accepted, **given)

    def consent(self, **told: Any) -> None:
        given = {"on": CONSENTED_ON, "paper": self.paper("区委常委会会议纪要〔2026〕3号.pdf")} | told
        with self.hand() as hand:
            acts.consent(hand, self.year, self.organ, **given)

    def publish(self, **told: Any) -> None:
        with self.hand() as hand:
            acts.publish(hand, self.year, self.organ, **({"on": PUBLISHED_ON, "channel": "区政府网站"} | told))

    def published(self, *drafts: ItemDraft) -> "Desk":
        """The drafts as a published catalogue."""
        self.propose(*(drafts or (a_draft(),)))
        self.study()
        self.consent()
        self.publish()
        return self

    def approval(self, **told: Any) -> Approval:
        given: dict[str, Any] = {
            "reason": "上级政策调整", "on": date(2026, 7, 1), "approved_by": "区政府第12次常务会议",
            "paper": self.paper("常务会议纪要〔2026〕12号.pdf"),
        }  # fmt: skip
        return Approval(**(given | told))

    def adjust(self, number: int, changes: Mapping[str, Any], **told: Any) -> None:
        with self.hand() as hand:
            adjusting.adjust(hand, self.year, self.organ, number, changes, self.approval(**told))

    def remove(self, number: int, **told: Any) -> None:
        with self.hand() as hand:
            adjusting.remove(hand, self.year, self.organ, number, self.approval(**told))

    def add(self, draft: ItemDraft, **told: Any) -> int:
        with self.hand() as hand:
            return adjusting.add_to_published(hand, self.year, self.organ, draft, self.approval(**told)).number

    def roll(self) -> list[int]:
        with self.hand() as hand:
            return [item.number for item in adjusting.roll(hand, self.year, self.organ)]

    def link(self, case: str, number: int) -> None:
        with self.hand() as hand:
            linking.link(hand, case, self.year, number)

    def outside(self, case: str, kind: str, reason: str) -> None:
        with self.hand() as hand:
            linking.link_outside(hand, case, kind, reason)

    def items(self) -> list[book.DecisionItem]:
        with reading(self.office.home.engine) as session:
            return book.items_of(session, self.catalog(session))

    def item(self, number: int) -> book.DecisionItem:
        return next(item for item in self.items() if item.number == number)

    def standings(self, on: date | None = None) -> Sequence[Standing]:
        today = on or self.office.now().date()
        with reading(self.office.home.engine) as session:
            return standings(session, self.office.catalogs, self.catalog(session), today)

    def standing(self, number: int, on: date | None = None) -> Standing:
        return next(each for each in self.standings(on) if each.item.number == number)

    def catalog(self, session: Session) -> book.DecisionCatalog:
        return book.catalog_of(session, self.office.catalogs, self.year, self.organ)

    def acts(self, number: int) -> list[str]:
        """What was done with an item, in order."""
        return [move.act for move in self.standing(number).moves]

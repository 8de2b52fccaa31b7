"""An office of four people in a home, for the tests of this room."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from review_flows.people import codes, person
from review_flows.people.codes import Verdict
from review_flows.records import audit
from review_flows.records.audit import Actor
from review_flows.records.database import CHINA, reading, writing
from review_flows.records.home import Home, open_home
from tests.homes import settings_for

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=CHINA)
CONSOLE = Actor("console", "administrator")


@dataclass
class Office:
    """The home and what tests ask of it again and again."""

    home: Home
    now: datetime = MONDAY

    def add(self, name: str, *roles: str, unit: str = "justice") -> None:
        with writing(self.home.engine) as session:
            person.add(session, name, name=name.title(), unit=unit, roles=roles, actor=CONSOLE, at=self.now)

    def enrol(self, name: str) -> str:
        with writing(self.home.engine) as session:
            return codes.enrol(session, self.home.keys, name, actor=CONSOLE, at=self.now)

    def code(self, name: str, at: datetime | None = None) -> str:
        with reading(self.home.engine) as session:
            return codes.current_code(session, self.home.keys, name, now=at or self.now)

    def give(self, name: str, code: str, *, read_after: timedelta = timedelta(0), is_demo: bool = False) -> Verdict:
        """The verdict on a code given now and read a while later."""
        read = self.now + read_after
        with writing(self.home.engine) as session:
            return codes.check_and_burn(
                session, self.home.keys, name, code, resumed_at=self.now, now=read, is_demo=is_demo
            )

    def events(self, **wanted: str) -> list[str]:
        with reading(self.home.engine) as session:
            found = audit.entries(session, **wanted)  # type: ignore[arg-type]
        return [entry.event for entry in found if not entry.event.startswith(("home.", "schema."))]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    home = open_home(settings_for(tmp_path))
    office = Office(home)
    office.add("zhang", "legal_reviewer", "review_head")
    office.add("li", "legal_reviewer")
    office.add("wang", "handler", unit="construction")
    office.add("zhao", "unit_head", unit="construction")
    yield office
    home.close()

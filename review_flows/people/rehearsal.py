"""People for trying out: one per role, each with one-time codes; made by `up --allow-test-people` and nowhere else.

They act for every unit, so that one per role is enough to walk any case. Whoever is at the console may ask for their
codes, hence never on a home with real cases.
"""

from datetime import datetime

from sqlmodel import Session

from review_flows.law.organs import Organs
from review_flows.people import codes
from review_flows.people.person import Person, Role, add
from review_flows.records.audit import SYSTEM
from review_flows.records.keys import Keys

# The duty of the organs catalogue whose bearer a test person is shown with; the government office for the others.
_DUTIES = {
    Role.LEGAL_REVIEWER: "justice",
    Role.REVIEW_HEAD: "justice",
    Role.INSPECTOR: "justice",
    Role.FILING_OFFICER: "justice",
    Role.COMPETITION_REVIEWER: "market_regulator",
}


def test_people(session: Session, keys: Keys, organs: Organs, *, at: datetime) -> list[Person]:
    """One test person per role, added and enrolled where not there yet."""
    return [_test_person(session, keys, role, organs, at) for role in Role]


def _test_person(session: Session, keys: Keys, role: Role, organs: Organs, at: datetime) -> Person:
    there = session.get(Person, test_id(role))
    if there is not None:
        return there
    unit = organs.bearer(_DUTIES.get(role, "office")).id
    name = f"测试{role.label}"
    made = add(session, test_id(role), name=name, unit=unit, roles=[role], actor=SYSTEM, at=at, is_test=True)
    codes.enrol(session, keys, made.id, actor=SYSTEM, at=at)
    return made


def test_id(role: Role) -> str:
    """The id of the test person of a role.

    >>> test_id(Role.LEGAL_REVIEWER)
    'test-legal-reviewer'
    """
    return f"test-{role.value.replace('_', '-')}"

"""Who people are: a person with a name, one unit and their roles; added, enrolled for codes, and one day gone.

The row keeps the present; the trail keeps how it came to be. A person who has left stays in the table, since papers and
entries name them. The ids of units are those of catalogs/organs.yaml; whoever calls checks that they exist.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON
from sqlmodel import Field, Session, SQLModel, col, select

from review_flows.errors import NotFound, ReviewFlowsError
from review_flows.records import audit
from review_flows.records.audit import SYSTEM, Actor
from review_flows.records.database import Instant

_ID = re.compile(r"[a-z0-9][a-z0-9_.-]{1,63}")
_RESERVED = frozenset({SYSTEM.person})


class Role(StrEnum):
    """What a person may be asked to sign as."""

    HANDLER = "handler"
    UNIT_HEAD = "unit_head"
    LEGAL_REVIEWER = "legal_reviewer"
    REVIEW_HEAD = "review_head"
    COMPETITION_REVIEWER = "competition_reviewer"
    MEETING_SECRETARY = "meeting_secretary"
    REGISTRAR = "registrar"
    FILING_OFFICER = "filing_officer"
    INSPECTOR = "inspector"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        """The Chinese name of the role."""
        return _LABELS[self]


_LABELS = {
    Role.HANDLER: "经办人",
    Role.UNIT_HEAD: "单位负责人",
    Role.LEGAL_REVIEWER: "审核员",
    Role.REVIEW_HEAD: "审核机构负责人",
    Role.COMPETITION_REVIEWER: "公平竞争审查员",
    Role.MEETING_SECRETARY: "会议秘书",
    Role.REGISTRAR: "登记人员",
    Role.FILING_OFFICER: "备案人员",
    Role.INSPECTOR: "督察人员",
    Role.ADMINISTRATOR: "系统管理员",
}


class Person(SQLModel, table=True):
    """A person known to the system. `is_test` marks one made for trying out: they act for every unit."""

    __tablename__ = "people"

    id: str = Field(primary_key=True, max_length=64)
    name: str = Field(max_length=100)
    unit: str = Field(max_length=200, index=True)
    roles: list[str] = Field(default_factory=list, sa_type=JSON)
    active: bool = True
    is_test: bool = False
    added_at: datetime = Field(sa_type=Instant)
    left_at: datetime | None = Field(default=None, sa_type=Instant)

    def acts_for(self, unit: str) -> bool:
        """Whether the person signs for this unit."""
        return self.is_test or self.unit == unit


def add(
    session: Session,
    person: str,
    *,
    name: str,
    unit: str,
    roles: Iterable[str],
    actor: Actor,
    at: datetime,
    is_test: bool = False,
) -> Person:
    """The person just added."""
    if not _ID.fullmatch(person) or person in _RESERVED:
        raise ReviewFlowsError(f"人员编号“{person}”不能用：须为 2–64 个小写字母、数字或 _ . -，且不是 system。")
    if session.get(Person, person) is not None:
        raise ReviewFlowsError(f"已有人员“{person}”；人员编号不能重复，也不能改给他人使用。")
    if not name.strip():
        raise ReviewFlowsError("请写明人员姓名（--name）。")
    added = Person(id=person, name=name.strip(), unit=unit, roles=_roles(roles), is_test=is_test, added_at=at)
    session.add(added)
    session.flush()
    audit.record(
        session,
        "person.added",
        actor=actor,
        at=at,
        subject=("person", person),
        payload={"name": added.name, "unit": unit, "roles": added.roles, "is_test": is_test or None},
    )
    return added


def change(
    session: Session,
    person: str,
    *,
    actor: Actor,
    at: datetime,
    reason: str,
    unit: str | None = None,
    roles: Iterable[str] | None = None,
) -> Person:
    """The person, now of another unit or with other roles (调动、任免)."""
    changed = find(session, person)
    before = {"unit": changed.unit, "roles": changed.roles}
    changed.unit = unit or changed.unit
    changed.roles = changed.roles if roles is None else _roles(roles)
    session.add(changed)
    session.flush()
    after = {"unit": changed.unit, "roles": changed.roles}
    audit.record(
        session,
        "person.changed",
        actor=actor,
        at=at,
        subject=("person", person),
        reason=reason,
        payload={"before": before, "after": after},
    )
    return changed


def leave(session: Session, person: str, *, actor: Actor, at: datetime, reason: str) -> Person:
    """The person, who signs nothing from now on (离岗); what they did stays theirs."""
    gone = find(session, person)
    if not gone.active:
        raise ReviewFlowsError(f"{gone.name}（{person}）已经离岗，不必再办。")
    gone.active, gone.left_at = False, at
    session.add(gone)
    session.flush()
    audit.record(session, "person.left", actor=actor, at=at, subject=("person", person), reason=reason)
    return gone


def find(session: Session, person: str) -> Person:
    """The person with this id; raises NotFound."""
    found = session.get(Person, person)
    if found is None:
        raise NotFound("人员", person)
    return found


def people(
    session: Session,
    *,
    role: str | None = None,
    unit: str | None = None,
    active: bool | None = True,
    limit: int | None = None,
) -> list[Person]:
    """People in the order of their ids; `unit` also finds the test people, who act for every unit."""
    wanted = select(Person).order_by(col(Person.id))
    if active is not None:
        wanted = wanted.where(col(Person.active) == active)
    found = [
        person
        for person in session.exec(wanted)
        if (role is None or role in person.roles) and (unit is None or person.acts_for(unit))
    ]
    return found[:limit]


def known_role(role: str) -> Role:
    """The role with this name; raises with the names there are."""
    if role not in set(Role):
        choices = "、".join(f"{known.value} {known.label}" for known in Role)
        raise ReviewFlowsError(f"没有角色“{role}”；可用的是 {choices}。")
    return Role(role)


def _roles(roles: Iterable[str]) -> list[str]:
    given = [known_role(role).value for role in dict.fromkeys(roles)]
    if not given:
        raise ReviewFlowsError("请至少写明一个角色（--role）。")
    return given

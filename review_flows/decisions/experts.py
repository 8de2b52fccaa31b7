"""The expert bank (专家库): who is in it, what they did, what ties them, and who may argue a case (713 arts. 19–21).

MD-12 asks for experts in professional matters and names no number; MD-13 excludes those with a direct interest: an
expert who works for a unit concerned (drafting unit, counterparty, bidder), or who declared an interest in the case or
in such a unit. Whoever is excluded is named with the reason. Drawing and opinions: `expert_draws`, `expert_opinions`.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from review_flows.cases.advance import show_again
from review_flows.cases.case import Case
from review_flows.cases.standing import find_case, unit_ids, unit_name
from review_flows.errors import NotFound, ReviewFlowsError, SignOffError
from review_flows.law.catalogs import Catalogs
from review_flows.people.person import Person, Role
from review_flows.records.audit import Actor, record
from review_flows.records.database import Instant

STEP = "expert_argumentation"
# Who keeps the bank; who engages experts for a case: those of its drafting units.
KEEPERS = (Role.ADMINISTRATOR, Role.REGISTRAR, Role.REVIEW_HEAD)
HANDLERS = (Role.HANDLER, Role.UNIT_HEAD)
SHORTEST_NAME = 4  # characters of a unit's name that may stand for its parts (XX局 for XX局规划科)


class Expert(SQLModel, table=True):
    """A person of the expert bank. `disqualified_reason` ends all further selection (713 art. 41)."""

    __tablename__ = "experts"

    id: str = Field(primary_key=True, max_length=64)
    name: str = Field(max_length=100)
    unit: str = Field(max_length=200)
    fields: list[str] = Field(sa_type=JSON)
    added_at: datetime = Field(sa_type=Instant)
    disqualified_at: datetime | None = Field(default=None, sa_type=Instant)
    disqualified_reason: str | None = None


class ExpertWork(SQLModel, table=True):
    """Something that an expert argued or did before, elsewhere than in a case of this system."""

    __tablename__ = "expert_works"

    id: int | None = Field(default=None, primary_key=True)
    expert: str = Field(foreign_key="experts.id", index=True)
    done_on: date
    matter: str
    result: str = ""
    added_at: datetime = Field(sa_type=Instant)


class ExpertConflict(SQLModel, table=True):
    """A direct interest of an expert in one case, or in a unit whatever the case."""

    __tablename__ = "expert_conflicts"

    id: int | None = Field(default=None, primary_key=True)
    expert: str = Field(foreign_key="experts.id", index=True)
    case: str | None = Field(default=None, index=True)
    unit: str | None = None
    reason: str
    declared_at: datetime = Field(sa_type=Instant)


class CaseParty(SQLModel, table=True):
    """A unit with an interest in a case that its facts do not name: a bidder, an operator, a land owner."""

    __tablename__ = "case_parties"
    __table_args__ = (UniqueConstraint("case", "unit"),)

    id: int | None = Field(default=None, primary_key=True)
    case: str = Field(foreign_key="cases.number", index=True)
    unit: str
    told_at: datetime = Field(sa_type=Instant)


@dataclass(frozen=True)
class Excluded:
    """An expert of the field who may not argue the case, and why."""

    expert: str
    name: str
    reason: str

    def to_json(self) -> dict[str, str]:
        """As draws keep it."""
        return {"expert": self.expert, "name": self.name, "reason": self.reason}


# --- who may ---


def keeper(person: Person) -> Actor:
    """The actor that a person is for the bank; SignOffError where they do not keep it."""
    return _actor(person, KEEPERS, "维护专家库")


def engager(catalogs: Catalogs, case: Case, person: Person) -> Actor:
    """The actor that a person is for a case's experts: of its drafting units, or the administrator."""
    units = unit_ids(catalogs, case.drafting_units)
    if Role.ADMINISTRATOR not in person.roles and not any(person.acts_for(unit) for unit in units):
        raise SignOffError(f"{person.name}不是 {case.number} 承办单位的人员，不能办理本事项的专家论证。")
    return _actor(person, (*HANDLERS, Role.ADMINISTRATOR), "办理专家论证")


def _actor(person: Person, roles: Iterable[Role], act: str) -> Actor:
    held = next((role for role in roles if role in person.roles), None)
    if held is None:
        labels = "、".join(role.label for role in roles)
        raise SignOffError(f"{person.name}不能{act}：须有{labels}之一的角色。")
    return Actor(person.id, held.value, person.unit)


# --- the bank ---


def add_expert(
    session: Session, expert: str, *, name: str, unit: str, fields: Sequence[str], actor: Actor, at: datetime
) -> Expert:
    """An expert added to the bank."""
    if session.get(Expert, expert) is not None:
        raise ReviewFlowsError(f"专家库里已有“{expert}”，编号不能重复。")
    given = [word.strip() for word in fields if word.strip()]
    if not given or not name.strip() or not unit.strip():
        raise ReviewFlowsError("请写明专家的姓名、单位和至少一个专业领域。")
    added = Expert(
        id=expert, name=name.strip(), unit=unit.strip(), fields=list(dict.fromkeys(given)), added_at=at
    )  # fmt: skip
    session.add(added)
    session.flush()
    record(session, "expert.added", actor=actor, at=at, subject=("expert", expert), payload={"fields": added.fields})
    return added


def add_work(
    session: Session, expert: str, *, done_on: date, matter: str, result: str = "", today: date, actor: Actor,
    at: datetime,
) -> ExpertWork:  # fmt: skip
    """Something that the expert did before, for the bank's record of past work (工作实绩)."""
    find_expert(session, expert)
    if not matter.strip():
        raise ReviewFlowsError("请写明论证或者承担的事项（--matter）。")
    if done_on > today:
        raise ReviewFlowsError(f"日期 {done_on.isoformat()} 晚于今天，不能登记还没有发生的工作。")
    made = ExpertWork(expert=expert, done_on=done_on, matter=matter.strip(), result=result.strip(), added_at=at)
    session.add(made)
    session.flush()
    record(
        session, "expert.work_added", actor=actor, at=at, subject=("expert", expert), payload={"matter": made.matter},
        happened_on=done_on if done_on < today else None,
    )  # fmt: skip
    return made


def disqualify(session: Session, expert: str, *, reason: str, actor: Actor, at: datetime) -> Expert:
    """An expert taken out of the bank for misconduct; what they did before stays recorded."""
    found = find_expert(session, expert)
    if found.disqualified_at is not None:
        raise ReviewFlowsError(f"{found.name}已经移出专家库（{found.disqualified_reason}）。")
    if not reason.strip():
        raise ReviewFlowsError("移出专家库须写明事由。")
    found.disqualified_at, found.disqualified_reason = at, reason.strip()
    record(session, "expert.disqualified", actor=actor, at=at, subject=("expert", expert), reason=reason)
    return found


def declare_conflict(
    session: Session, expert: str, *, reason: str, actor: Actor, at: datetime, case: str | None = None,
    unit: str | None = None,
) -> ExpertConflict:  # fmt: skip
    """A direct interest: in a case, or in a unit (an employer, a bidder)."""
    find_expert(session, expert)
    if not case and not unit:
        raise ReviewFlowsError("请写明与哪件事项或哪个单位有利害关系。")
    if not reason.strip():
        raise ReviewFlowsError("申报利害关系须写明是什么关系。")
    if case:
        case = find_case(session, case).number
    made = ExpertConflict(expert=expert, case=case, unit=unit, reason=reason.strip(), declared_at=at)
    session.add(made)
    session.flush()
    record(
        session, "expert.conflict_declared", actor=actor, at=at, case=case, subject=("expert", expert), reason=reason,
        payload={"unit": unit} if unit else None,
    )  # fmt: skip
    return made


def find_expert(session: Session, expert: str) -> Expert:
    """An expert by id; NotFound where there is none."""
    found = session.get(Expert, expert)
    if found is None:
        raise NotFound("专家", expert)
    return found


def bank(
    session: Session, *, field: str | None = None, disqualified: bool = False, limit: int | None = None
) -> list[Expert]:
    """The experts of a field (all by default) in the order of their ids; those taken out only where asked for."""
    query = select(Expert).order_by(col(Expert.id))
    if not disqualified:
        query = query.where(col(Expert.disqualified_at).is_(None))
    found = [expert for expert in session.exec(query) if field is None or field in expert.fields]
    return found[:limit]


def works_of(session: Session, expert: str) -> list[ExpertWork]:
    """What an expert did before, newest first."""
    query = select(ExpertWork).where(ExpertWork.expert == expert)
    return list(session.exec(query.order_by(col(ExpertWork.done_on).desc(), col(ExpertWork.id).desc())))


def experts_changed(session: Session, catalogs: Catalogs, case: Case, *, actor: Actor, at: datetime) -> None:
    """An open form of the step names experts and opinions: it is asked again with what is there now."""
    session.flush()
    show_again(session, catalogs, case, (STEP,), actor=actor, now=at)


def conflicts_of(session: Session, expert: str) -> list[ExpertConflict]:
    """The interests that were declared of an expert, oldest first."""
    query = select(ExpertConflict).where(ExpertConflict.expert == expert)
    return list(session.exec(query.order_by(col(ExpertConflict.id))))


# --- interests ---


def add_parties(session: Session, case: str, units: Iterable[str], *, actor: Actor, at: datetime) -> None:
    """Further units with an interest in a case (投标人 and the like); named twice it is one."""
    known = set(session.exec(select(CaseParty.unit).where(CaseParty.case == case)))
    new = [unit for unit in dict.fromkeys(unit.strip() for unit in units) if unit and unit not in known]
    session.add_all(CaseParty(case=case, unit=unit, told_at=at) for unit in new)
    session.flush()
    if new:
        record(session, "case.parties_named", actor=actor, at=at, case=case, step=STEP, payload={"units": new})


def parties_of(session: Session, catalogs: Catalogs, case: Case) -> dict[str, str]:
    """The units with an interest in a case → what they are in it."""
    found = {unit_name(catalogs, unit): catalogs.label("drafting_unit", case.kind) for unit in case.drafting_units}
    if counterparty := case.facts.get("counterparty"):
        found[str(counterparty)] = catalogs.facts["counterparty"].label
    for unit in session.exec(select(CaseParty.unit).where(CaseParty.case == case.number).order_by(col(CaseParty.id))):
        found.setdefault(unit, "利害关系单位")
    return found


def conflict_of(session: Session, catalogs: Catalogs, expert: Expert, case: Case) -> str | None:
    """Why an expert must not argue a case, or None."""
    if expert.disqualified_at is not None:
        return f"已移出专家库（{expert.disqualified_reason}）"
    parties = parties_of(session, catalogs, case)
    for unit, part in parties.items():
        if is_part_of(catalogs, expert.unit, unit):
            return f"任职单位{expert.unit}是本事项的{part}，有直接利害关系"
    for conflict in conflicts_of(session, expert.id):
        tied = conflict.unit and any(is_part_of(catalogs, conflict.unit, unit) for unit in parties)
        if conflict.case == case.number or tied:
            return f"申报有直接利害关系：{conflict.reason}"
    return None


def is_part_of(catalogs: Catalogs, one: str, other: str) -> bool:
    """Whether two names mean one unit, by the register or as written, or one a part of the other (XX公司金华分公司)."""
    known = [catalogs.organs.find(name) for name in (one, other)]
    if known[0] and known[1]:
        return known[0].id == known[1].id
    short, long = sorted((_plain_name(one), _plain_name(other)), key=len)
    return short == long or (len(short) >= SHORTEST_NAME and long.startswith(short))


def _plain_name(unit: str) -> str:
    return "".join(unicodedata.normalize("NFKC", unit).split())

"""The expert bank (专家库) and the draw: who may argue a case, and a selection that anybody can re-run.

A draw has two acts. First the list of those qualified and without conflict is fixed, and the sha256 of a secret seed
is published in the trail (`experts.draw_committed`); then the seed is opened and the experts follow (`experts.drawn`).
Nobody can choose a seed to fit a result, and an inspector repeats the draw with nothing but the two entries:
`order(seed, candidates)` sorts the candidates by sha256(seed ‖ ":" ‖ id) and takes the first n.

MD-12 asks for experts in professional matters and names no number; MD-13 excludes those with a direct interest.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from review_flows.cases.standing import find_case
from review_flows.errors import NotFound, ReviewFlowsError
from review_flows.records.audit import Actor, record
from review_flows.records.database import Instant


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


class ExpertConflict(SQLModel, table=True):
    """A direct interest of an expert in one case, or in a unit whatever the case."""

    __tablename__ = "expert_conflicts"

    id: int | None = Field(default=None, primary_key=True)
    expert: str = Field(foreign_key="experts.id", index=True)
    case: str | None = Field(default=None, index=True)
    unit: str | None = None
    reason: str
    declared_at: datetime = Field(sa_type=Instant)


class ExpertDraw(SQLModel, table=True):
    """A draw for one case: what was fixed before, and what came of it; completed once."""

    __tablename__ = "expert_draws"
    __table_args__ = (UniqueConstraint("case", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    case: str = Field(foreign_key="cases.number", index=True)
    number: int
    field: str
    wanted: int
    candidates: list[str] = Field(sa_type=JSON)
    seed_sha256: str
    seed: str | None = None  # opened with the draw; until then it is held by the one who committed to it
    drawn: list[str] = Field(default_factory=list, sa_type=JSON)
    committed_at: datetime = Field(sa_type=Instant)
    drawn_at: datetime | None = Field(default=None, sa_type=Instant)


class ExpertEngagement(SQLModel, table=True):
    """An expert of a case: drawn, or named with a reason; with the signed opinion once it is there."""

    __tablename__ = "expert_engagements"
    __table_args__ = (UniqueConstraint("case", "expert"),)

    id: int | None = Field(default=None, primary_key=True)
    case: str = Field(foreign_key="cases.number", index=True)
    expert: str = Field(foreign_key="experts.id", index=True)
    draw: int | None = Field(default=None, foreign_key="expert_draws.id")
    named_reason: str | None = None
    opinion_sha256: str | None = None
    stance: str | None = None  # agree | disagree | reserve | suggest
    opinion: str | None = None
    signed_at: datetime | None = Field(default=None, sa_type=Instant)


@dataclass(frozen=True)
class Commitment:
    """A draw that is fixed; `seed` is shown once, to be opened with `draw`."""

    draw: int
    seed: str
    candidates: tuple[str, ...]


def add_expert(
    session: Session, expert: str, *, name: str, unit: str, fields: Sequence[str], actor: Actor, at: datetime
) -> Expert:
    """An expert added to the bank."""
    if session.get(Expert, expert) is not None:
        raise ReviewFlowsError(f"专家库里已有“{expert}”，编号不能重复。")
    if not fields:
        raise ReviewFlowsError("请至少写明一个专业领域。")
    added = Expert(id=expert, name=name, unit=unit, fields=list(dict.fromkeys(fields)), added_at=at)
    session.add(added)
    session.flush()
    record(session, "expert.added", actor=actor, at=at, subject=("expert", expert), payload={"fields": added.fields})
    return added


def disqualify(session: Session, expert: str, *, reason: str, actor: Actor, at: datetime) -> Expert:
    """An expert taken out of the bank for misconduct; what they did before stays recorded."""
    found = find_expert(session, expert)
    if not reason.strip():
        raise ReviewFlowsError("移出专家库须写明事由。")
    found.disqualified_at, found.disqualified_reason = at, reason
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
    made = ExpertConflict(expert=expert, case=case, unit=unit, reason=reason, declared_at=at)
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


def conflict_of(session: Session, expert: Expert, case: str, parties: Sequence[str]) -> str | None:
    """Why an expert must not argue a case, or None. `parties`: units concerned (bidders, drafting units)."""
    if expert.disqualified_at is not None:
        return f"已移出专家库（{expert.disqualified_reason}）"
    if expert.unit in parties:
        return f"任职单位{expert.unit}与事项有直接利害关系"
    declared = session.exec(select(ExpertConflict).where(ExpertConflict.expert == expert.id)).all()
    for conflict in declared:
        if conflict.case == case or (conflict.unit and conflict.unit in parties):
            return conflict.reason
    return None


def candidates_for(session: Session, case: str, field: str, parties: Sequence[str]) -> list[Expert]:
    """Those qualified in a field and without conflict, not yet engaged in the case, in the order of their ids."""
    engaged = set(session.exec(select(ExpertEngagement.expert).where(ExpertEngagement.case == case)))
    bank = session.exec(select(Expert).order_by(col(Expert.id)))
    return [
        expert
        for expert in bank
        if field in expert.fields and expert.id not in engaged and conflict_of(session, expert, case, parties) is None
    ]


def order(seed: str, candidates: Sequence[str]) -> list[str]:
    """All candidates in the order that a seed gives them; the draw takes the first ones.

    >>> order("0", ["a", "b"]) == order("0", ["b", "a"])
    True
    """
    return sorted(candidates, key=lambda expert: sha256(f"{seed}:{expert}".encode()).hexdigest())


def commit_draw(
    session: Session, case: str, *, field: str, wanted: int, parties: Sequence[str], actor: Actor, at: datetime
) -> Commitment:
    """Fix the candidates and the seed's hash before anybody can know the result."""
    find_case(session, case)
    found = [expert.id for expert in candidates_for(session, case, field, parties)]
    if wanted < 1 or len(found) < wanted:
        raise ReviewFlowsError(
            f"“{field}”领域没有利害关系的专家有 {len(found)} 名，不足抽取 {wanted} 名。请扩充专家库或减少人数。"
        )
    seed = secrets.token_hex(32)
    numbers = session.exec(select(ExpertDraw.number).where(ExpertDraw.case == case)).all()
    draw = ExpertDraw(
        case=case, number=max(numbers, default=0) + 1, field=field, wanted=wanted, candidates=found,
        seed_sha256=sha256(seed.encode()).hexdigest(), committed_at=at,
    )  # fmt: skip
    session.add(draw)
    session.flush()
    record(
        session, "experts.draw_committed", actor=actor, at=at, case=case, step="expert_argumentation",
        subject=("expert_draw", str(draw.number)),
        payload={"field": field, "wanted": wanted, "candidates": found, "seed_sha256": draw.seed_sha256},
    )  # fmt: skip
    return Commitment(draw.number, seed, tuple(found))


def open_draw(session: Session, case: str, number: int, seed: str, *, actor: Actor, at: datetime) -> list[Expert]:
    """Open the seed: the experts that follow from it are engaged."""
    draw = find_draw(session, case, number)
    if draw.seed is not None:
        raise ReviewFlowsError(f"{case} 第{number}次抽取已经完成，不能重抽。")
    if sha256(seed.encode()).hexdigest() != draw.seed_sha256:
        raise ReviewFlowsError("种子与事先公布的哈希不符，抽取无效。")
    draw.seed, draw.drawn, draw.drawn_at = seed, order(seed, draw.candidates)[: draw.wanted], at
    for expert in draw.drawn:
        session.add(ExpertEngagement(case=case, expert=expert, draw=draw.id))
    record(
        session, "experts.drawn", actor=actor, at=at, case=case, step="expert_argumentation",
        subject=("expert_draw", str(number)), payload={"seed": seed, "drawn": draw.drawn},
    )  # fmt: skip
    return [find_expert(session, expert) for expert in draw.drawn]


def find_draw(session: Session, case: str, number: int) -> ExpertDraw:
    """A draw of a case; NotFound where there is none."""
    found = session.exec(select(ExpertDraw).where(ExpertDraw.case == case, ExpertDraw.number == number)).first()
    if found is None:
        raise NotFound(f"{case} 的专家抽取", str(number))
    return found


def verify_draw(draw: ExpertDraw) -> list[str]:
    """What does not hold of a draw, in Chinese; empty where it can be repeated."""
    if draw.seed is None:
        return ["种子尚未公开"]
    faults = []
    if sha256(draw.seed.encode()).hexdigest() != draw.seed_sha256:
        faults.append("公开的种子与事先公布的哈希不符")
    if order(draw.seed, draw.candidates)[: draw.wanted] != draw.drawn:
        faults.append("按种子重新抽取的结果与记录不符")
    return faults


def name_expert(
    session: Session, case: str, expert: str, *, reason: str, parties: Sequence[str], actor: Actor, at: datetime
) -> ExpertEngagement:
    """An expert taken by name instead of by lot: only with a reason, and never one with a conflict (MD-13)."""
    found = find_expert(session, expert)
    if not reason.strip():
        raise ReviewFlowsError("不经抽取指定专家的，须写明理由。")
    if conflict := conflict_of(session, found, case, parties):
        raise ReviewFlowsError(f"{found.name}不能参加本事项的论证：{conflict}（MD-13）。")
    made = ExpertEngagement(case=case, expert=expert, named_reason=reason)
    session.add(made)
    session.flush()
    record(
        session, "expert.named", actor=actor, at=at, case=case, step="expert_argumentation",
        subject=("expert", expert), reason=reason,
    )  # fmt: skip
    return made


def give_opinion(
    session: Session, case: str, expert: str, *, sha256_of_paper: str, stance: str, opinion: str, actor: Actor,
    at: datetime,
) -> ExpertEngagement:  # fmt: skip
    """The signed opinion of one expert; given once, dissent included, and never replaced."""
    query = select(ExpertEngagement).where(ExpertEngagement.case == case, ExpertEngagement.expert == expert)
    engaged = session.exec(query).first()
    if engaged is None:
        raise NotFound(f"{case} 的论证专家", expert)
    if engaged.opinion_sha256 is not None:
        raise ReviewFlowsError(f"{expert} 的论证意见已经登记，不能更换；如有补充请另行登记材料。")
    engaged.opinion_sha256, engaged.stance, engaged.opinion, engaged.signed_at = sha256_of_paper, stance, opinion, at
    record(
        session, "expert.opinion_given", actor=actor, at=at, case=case, step="expert_argumentation",
        documents=[sha256_of_paper], subject=("expert", expert), payload={"stance": stance},
    )  # fmt: skip
    return engaged


def engagements(session: Session, case: str) -> list[ExpertEngagement]:
    """The experts of a case in the order they were engaged."""
    query = select(ExpertEngagement).where(ExpertEngagement.case == case).order_by(col(ExpertEngagement.id))
    return list(session.exec(query))

"""The draw (随机抽取): a selection that anybody can run again, and who steps in when one declines.

A draw has two acts. First the list of those qualified and without conflict is fixed, and the sha256 of a secret seed
is published in the trail (`experts.draw_committed`); then the seed is opened and the experts follow (`experts.drawn`).
Nobody can choose a seed to fit a result, and a stranger repeats the draw with nothing but the two entries:
`order(seed, candidates)` sorts the candidates by sha256(seed ‖ ":" ‖ id) and takes the first n. Whoever declines is
followed by the next of the same order (替补), so that a substitute is as little chosen as the first ones.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select
from typing_extensions import TypedDict

from review_flows.cases.case import Case
from review_flows.cases.standing import find_case
from review_flows.decisions.experts import (
    STEP,
    Excluded,
    Expert,
    add_parties,
    bank,
    conflict_of,
    conflicts_of,
    experts_changed,
    find_expert,
    parties_of,
    works_of,
)
from review_flows.errors import NotFound, ReviewFlowsError
from review_flows.law.catalogs import Catalogs
from review_flows.records.audit import Actor, record
from review_flows.records.database import Instant

How = Literal["drawn", "stepped_in", "named"]


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
    excluded: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)  # expert, name, reason
    seed_sha256: str
    seed: str | None = None  # opened with the draw; until then it is held by the one who committed to it
    drawn: list[str] = Field(default_factory=list, sa_type=JSON)
    committed_at: datetime = Field(sa_type=Instant)
    drawn_at: datetime | None = Field(default=None, sa_type=Instant)
    abandoned_reason: str | None = None  # its seed was lost; the draw stays on record

    @property
    def is_pending(self) -> bool:
        """Whether it is fixed and not yet opened."""
        return self.seed is None and self.abandoned_reason is None


class ExpertEngagement(SQLModel, table=True):
    """An expert of a case: drawn, stepped in, or named with a reason; with the opinion once it is there."""

    __tablename__ = "expert_engagements"
    __table_args__ = (UniqueConstraint("case", "expert"),)

    id: int | None = Field(default=None, primary_key=True)
    case: str = Field(foreign_key="cases.number", index=True)
    expert: str = Field(foreign_key="experts.id", index=True)
    draw: int | None = Field(default=None, foreign_key="expert_draws.id")
    replaces: str | None = None  # the expert of the same draw for whom this one stepped in
    skipped: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)  # passed over for them, and why
    named_reason: str | None = None
    released_at: datetime | None = Field(default=None, sa_type=Instant)
    released_reason: str | None = None
    stance: str | None = None  # agree | disagree | reserve | suggest
    opinion: str | None = None
    opinion_sha256: str | None = None  # of the signed paper, where one was kept
    given_at: datetime | None = Field(default=None, sa_type=Instant)
    signed_on: str | None = None  # the day on the expert's signature; without one the opinion does not count
    response: str | None = None  # adopted | partly_adopted | declined
    response_reason: str | None = None

    @property
    def how(self) -> How:
        """How the expert came to the case."""
        return "named" if self.named_reason else "stepped_in" if self.replaces else "drawn"

    @property
    def is_active(self) -> bool:
        """Whether the expert argues the case: engaged and not released."""
        return self.released_at is None


@dataclass(frozen=True)
class Commitment:
    """A draw that is fixed; `seed` is shown once, to be opened with `draw`."""

    draw: int
    seed: str
    candidates: tuple[str, ...]
    excluded: tuple[Excluded, ...]


def candidates_for(session: Session, catalogs: Catalogs, case: Case, field: str) -> tuple[list[Expert], list[Excluded]]:
    """Those of a field who are free to argue a case, by id; and those who are not, with the reason."""
    engaged = {engagement.expert: engagement for engagement in engagements(session, case.number)}
    free: list[Expert] = []
    excluded: list[Excluded] = []
    for expert in bank(session, field=field, disqualified=True):
        reason = conflict_of(session, catalogs, expert, case)
        if reason is None and expert.id in engaged:
            reason = "已经参加本事项的论证" if engaged[expert.id].is_active else "已经退出本事项的论证"
        if reason is None:
            free.append(expert)
        else:
            excluded.append(Excluded(expert.id, expert.name, reason))
    return free, excluded


def order(seed: str, candidates: Sequence[str]) -> list[str]:
    """All candidates in the order that a seed gives them; the draw takes the first ones.

    >>> order("0", ["a", "b"]) == order("0", ["b", "a"])
    True
    """
    return sorted(candidates, key=lambda expert: sha256(f"{seed}:{expert}".encode()).hexdigest())


def commit_draw(
    session: Session, catalogs: Catalogs, case_number: str, *, field: str, wanted: int, parties: Sequence[str] = (),
    actor: Actor, at: datetime,
) -> Commitment:  # fmt: skip
    """Fix the candidates and the seed's hash before anybody can know the result. `parties`: units with an interest."""
    case = find_case(session, case_number)
    add_parties(session, case.number, parties, actor=actor, at=at)
    free, excluded = candidates_for(session, catalogs, case, field)
    if wanted < 1 or len(free) < wanted:
        left_out = "、".join(f"{one.name}（{one.reason}）" for one in excluded)
        raise ReviewFlowsError(
            f"“{field}”领域没有利害关系的专家有 {len(free)} 名，不足抽取 {wanted} 名。请扩充专家库或减少人数。"
            + (f"已排除：{left_out}。" if left_out else "")
        )
    seed = secrets.token_hex(32)
    draw = ExpertDraw(
        case=case.number, number=1 + max((draw.number for draw in draws(session, case.number)), default=0),
        field=field, wanted=wanted, candidates=[expert.id for expert in free],
        excluded=[one.to_json() for one in excluded],
        seed_sha256=sha256(seed.encode()).hexdigest(), committed_at=at,
    )  # fmt: skip
    session.add(draw)
    session.flush()
    record(
        session, "experts.draw_committed", actor=actor, at=at, case=case.number, step=STEP,
        subject=("expert_draw", str(draw.number)),
        payload={
            "field": field, "wanted": wanted, "candidates": draw.candidates, "excluded": draw.excluded,
            "parties": list(parties_of(session, catalogs, case)), "seed_sha256": draw.seed_sha256,
        },
    )  # fmt: skip
    return Commitment(draw.number, seed, tuple(draw.candidates), tuple(excluded))


def open_draw(
    session: Session, catalogs: Catalogs, case: str, number: int, seed: str, *, actor: Actor, at: datetime
) -> list[Expert]:
    """Open the seed: the experts that follow from it are engaged."""
    draw = find_draw(session, case, number)
    _check_pending(draw)
    if sha256(seed.encode()).hexdigest() != draw.seed_sha256:
        raise ReviewFlowsError("种子与事先公布的哈希不符，抽取无效。")
    draw.seed, draw.drawn, draw.drawn_at = seed, order(seed, draw.candidates)[: draw.wanted], at
    for expert in draw.drawn:
        session.add(ExpertEngagement(case=draw.case, expert=expert, draw=draw.id))
        session.flush()  # one by one, so that their order is that of the draw
    record(
        session, "experts.drawn", actor=actor, at=at, case=draw.case, step=STEP, subject=("expert_draw", str(number)),
        payload={"seed": seed, "drawn": draw.drawn},
    )  # fmt: skip
    experts_changed(session, catalogs, find_case(session, draw.case), actor=actor, at=at)
    return [find_expert(session, expert) for expert in draw.drawn]


def abandon_draw(
    session: Session, catalogs: Catalogs, case: str, number: int, *, reason: str, actor: Actor, at: datetime
) -> ExpertDraw:
    """A draw whose seed was lost comes to nothing; that it was fixed, and why it was given up, stays for everybody."""
    draw = find_draw(session, case, number)
    _check_pending(draw)
    if not reason.strip():
        raise ReviewFlowsError("抽取作废须写明事由（--reason）。")
    draw.abandoned_reason = reason.strip()
    record(
        session, "experts.draw_abandoned", actor=actor, at=at, case=draw.case, step=STEP,
        subject=("expert_draw", str(number)), reason=reason,
    )  # fmt: skip
    experts_changed(session, catalogs, find_case(session, draw.case), actor=actor, at=at)
    return draw


def _check_pending(draw: ExpertDraw) -> None:
    if draw.seed is not None:
        raise ReviewFlowsError(f"{draw.case} 第{draw.number}次抽取已经完成，不能重抽。")
    if draw.abandoned_reason is not None:
        raise ReviewFlowsError(f"{draw.case} 第{draw.number}次抽取已经作废（{draw.abandoned_reason}）。")


def release(
    session: Session, catalogs: Catalogs, case_number: str, expert: str, *, reason: str, actor: Actor, at: datetime
) -> ExpertEngagement | None:
    """An expert who declines or must withdraw (回避) argues no more; of a draw, the next in its order steps in.

    Returns the substitute; None for an expert who was named, and where the order is at its end. An opinion once given
    cannot be got rid of so: only a direct interest releases its author, and it stays recorded.
    """
    case = find_case(session, case_number)
    engaged = find_engagement(session, case.number, expert)
    if not reason.strip():
        raise ReviewFlowsError("专家谢绝或者回避，须写明事由（--reason）。")
    if not engaged.is_active:
        raise ReviewFlowsError(f"{expert} 已经退出 {case.number} 的论证（{engaged.released_reason}）。")
    if engaged.opinion and conflict_of(session, catalogs, find_expert(session, expert), case) is None:
        raise ReviewFlowsError(f"{expert} 的论证意见已经登记，没有利害关系的不能退出（MD-13），意见照录。")
    engaged.released_at, engaged.released_reason = at, reason.strip()
    record(
        session, "expert.released", actor=actor, at=at, case=case.number, step=STEP, subject=("expert", expert),
        reason=reason,
    )  # fmt: skip
    stepped_in = _step_in(session, catalogs, case, engaged, actor, at) if engaged.draw is not None else None
    experts_changed(session, catalogs, case, actor=actor, at=at)
    return stepped_in


def _step_in(
    session: Session, catalogs: Catalogs, case: Case, gone: ExpertEngagement, actor: Actor, at: datetime
) -> ExpertEngagement | None:
    draw = session.get_one(ExpertDraw, gone.draw)
    following = order(draw.seed or "", draw.candidates)[len(_used(session, draw)) :]
    skipped: list[dict[str, str]] = []
    for expert in (find_expert(session, one) for one in following):
        reason = conflict_of(session, catalogs, expert, case)
        if reason is None:
            made = ExpertEngagement(
                case=case.number, expert=expert.id, draw=draw.id, replaces=gone.expert, skipped=skipped
            )
            session.add(made)
            session.flush()
            record(
                session, "expert.stepped_in", actor=actor, at=at, case=case.number, step=STEP,
                subject=("expert", expert.id), payload={"replaces": gone.expert, "skipped": skipped},
            )  # fmt: skip
            return made
        skipped.append(Excluded(expert.id, expert.name, reason).to_json())
    return None


def _used(session: Session, draw: ExpertDraw) -> list[str]:
    """Those of a draw's order who were engaged or passed over so far, in that order."""
    used: list[str] = []
    for engaged in engagements(session, draw.case):
        if engaged.draw == draw.id:
            used += [one["expert"] for one in engaged.skipped]
            used.append(engaged.expert)
    return used


def draws(session: Session, case: str) -> list[ExpertDraw]:
    """The draws of a case, in order."""
    return list(session.exec(select(ExpertDraw).where(ExpertDraw.case == case).order_by(col(ExpertDraw.number))))


def find_draw(session: Session, case: str, number: int) -> ExpertDraw:
    """A draw of a case; NotFound where there is none."""
    found = session.exec(select(ExpertDraw).where(ExpertDraw.case == case, ExpertDraw.number == number)).first()
    if found is None:
        raise NotFound(f"{case} 的专家抽取", str(number))
    return found


def verify_draw(session: Session, draw: ExpertDraw) -> list[str]:
    """What does not hold of a draw, in Chinese; empty where it can be repeated."""
    if draw.seed is None:
        return [f"已经作废：{draw.abandoned_reason}" if draw.abandoned_reason else "种子尚未公开"]
    faults = []
    repeated = order(draw.seed, draw.candidates)
    if sha256(draw.seed.encode()).hexdigest() != draw.seed_sha256:
        faults.append("公开的种子与事先公布的哈希不符")
    if repeated[: draw.wanted] != draw.drawn:
        faults.append("按种子重新抽取的结果与记录不符")
    used = _used(session, draw)
    if used != repeated[: len(used)]:
        faults.append("参加论证的专家（含替补）不是按种子的次序产生的")
    return faults


def engagements(session: Session, case: str) -> list[ExpertEngagement]:
    """The experts of a case in the order they were engaged, those released too."""
    query = select(ExpertEngagement).where(ExpertEngagement.case == case).order_by(col(ExpertEngagement.id))
    return list(session.exec(query))


def engagements_of(session: Session, expert: str) -> list[ExpertEngagement]:
    """The cases that an expert was engaged in, newest first."""
    query = select(ExpertEngagement).where(ExpertEngagement.expert == expert)
    return list(session.exec(query.order_by(col(ExpertEngagement.id).desc())))


class WorkJson(TypedDict):
    """Past work of an expert."""

    on: str
    matter: str
    result: str


class ConflictJson(TypedDict):
    """A declared interest, in a case or in a unit."""

    case: str | None
    unit: str | None
    reason: str


class EngagedJson(TypedDict):
    """A case that an expert was engaged in, and what came of it."""

    case: str
    how: How
    stance: str | None
    signed_on: str | None
    released: str | None


class ExpertJson(TypedDict):
    """An expert as `decisions experts list --json` and `show --json` print it."""

    id: str
    name: str
    unit: str
    fields: list[str]
    disqualified_reason: str | None
    works: list[WorkJson]
    conflicts: list[ConflictJson]
    cases: list[EngagedJson]


def expert_json(session: Session, expert: Expert) -> ExpertJson:
    """An expert with everything the bank and the cases say of them."""
    return {
        "id": expert.id,
        "name": expert.name,
        "unit": expert.unit,
        "fields": list(expert.fields),
        "disqualified_reason": expert.disqualified_reason,
        "works": [
            {"on": done.done_on.isoformat(), "matter": done.matter, "result": done.result}
            for done in works_of(session, expert.id)
        ],
        "conflicts": [
            {"case": tie.case, "unit": tie.unit, "reason": tie.reason} for tie in conflicts_of(session, expert.id)
        ],
        "cases": [
            {
                "case": engaged.case,
                "how": engaged.how,
                "stance": engaged.stance,
                "signed_on": engaged.signed_on,
                "released": engaged.released_reason,
            }
            for engaged in engagements_of(session, expert.id)
        ],
    }


def find_engagement(session: Session, case: str, expert: str) -> ExpertEngagement:
    """The engagement of an expert in a case; NotFound where there is none."""
    query = select(ExpertEngagement).where(ExpertEngagement.case == case, ExpertEngagement.expert == expert)
    found = session.exec(query).first()
    if found is None:
        raise NotFound(f"{case} 的论证专家", expert)
    return found

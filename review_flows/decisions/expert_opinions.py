"""Experts who are named, and what experts say: independent, signed, never replaced, dissent word for word (MD-13)."""

from datetime import date, datetime
from pathlib import PurePath

from sqlmodel import Session, select

from review_flows.cases.case import CaseDocument
from review_flows.cases.files import check_file
from review_flows.cases.standing import find_case
from review_flows.decisions.expert_draws import ExpertEngagement, engagements, find_engagement
from review_flows.decisions.experts import STEP, add_parties, conflict_of, experts_changed, find_expert
from review_flows.errors import ReviewFlowsError
from review_flows.law.catalogs import Catalogs
from review_flows.records.audit import Actor, record
from review_flows.records.documents import Store, keep

PAPER = "signed_expert_opinion"
STANCES = ("agree", "disagree", "reserve", "suggest")


def name_expert(
    session: Session, catalogs: Catalogs, case_number: str, expert: str, *, reason: str, parties: tuple[str, ...] = (),
    actor: Actor, at: datetime,
) -> ExpertEngagement:  # fmt: skip
    """An expert taken by name instead of by lot: only with a reason, and never one with a conflict (MD-13)."""
    case, found = find_case(session, case_number), find_expert(session, expert)
    if not reason.strip():
        raise ReviewFlowsError("不经抽取指定专家的，须写明理由。")
    add_parties(session, case.number, parties, actor=actor, at=at)
    if conflict := conflict_of(session, catalogs, found, case):
        raise ReviewFlowsError(f"{found.name}不能参加本事项的论证：{conflict}（MD-13）。请另选专家。")
    if expert in {engaged.expert for engaged in engagements(session, case.number)}:
        raise ReviewFlowsError(f"{found.name}已经参加或者退出过本事项的论证，不能再次选定。")
    made = ExpertEngagement(case=case.number, expert=expert, named_reason=reason.strip())
    session.add(made)
    session.flush()
    record(
        session, "expert.named", actor=actor, at=at, case=case.number, step=STEP, subject=("expert", expert),
        reason=reason,
    )  # fmt: skip
    experts_changed(session, catalogs, case, actor=actor, at=at)
    return made


def give_opinion(
    session: Session, catalogs: Catalogs, store: Store, case_number: str, expert: str, *, stance: str, opinion: str,
    signed_on: date | None, paper: tuple[str, bytes] | None = None, today: date, actor: Actor, at: datetime,
) -> ExpertEngagement:  # fmt: skip
    """What one expert says: given once, dissent included, and never replaced. `paper`: name and bytes of the original.

    Without `signed_on` it is kept as unsigned and does not count until `sign_opinion`.
    """
    engaged = _active(session, case_number, expert)
    if engaged.opinion is not None:
        raise ReviewFlowsError(f"{expert} 的论证意见已经登记，不能更换；如有补充请另行登记材料。")
    if stance not in STANCES:
        raise ReviewFlowsError(f"没有“{stance}”这种态度；可用的是 {'、'.join(STANCES)}。")
    if not opinion.strip():
        raise ReviewFlowsError("论证意见的内容不能为空。")
    engaged.stance, engaged.opinion, engaged.given_at = stance, opinion.strip(), at
    _sign(session, store, engaged, signed_on, paper, today, at)
    record(
        session, "expert.opinion_given", actor=actor, at=at, case=engaged.case, step=STEP,
        documents=[engaged.opinion_sha256] if engaged.opinion_sha256 else [], subject=("expert", expert),
        payload={"stance": stance, "signed_on": engaged.signed_on},
    )  # fmt: skip
    experts_changed(session, catalogs, find_case(session, engaged.case), actor=actor, at=at)
    return engaged


def sign_opinion(
    session: Session, catalogs: Catalogs, store: Store, case_number: str, expert: str, *, signed_on: date,
    paper: tuple[str, bytes] | None = None, today: date, actor: Actor, at: datetime,
) -> ExpertEngagement:  # fmt: skip
    """The signature that an opinion lacked; its words stay as they were given."""
    engaged = _active(session, case_number, expert)
    if engaged.opinion is None:
        raise ReviewFlowsError(f"{expert} 还没有登记论证意见，不能只登记署名。")
    if engaged.signed_on is not None:
        raise ReviewFlowsError(f"{expert} 的论证意见已于 {engaged.signed_on} 署名，不必重复。")
    _sign(session, store, engaged, signed_on, paper, today, at)
    record(
        session, "expert.opinion_signed", actor=actor, at=at, case=engaged.case, step=STEP,
        documents=[engaged.opinion_sha256] if engaged.opinion_sha256 else [], subject=("expert", expert),
        payload={"signed_on": engaged.signed_on},
    )  # fmt: skip
    experts_changed(session, catalogs, find_case(session, engaged.case), actor=actor, at=at)
    return engaged


def _active(session: Session, case_number: str, expert: str) -> ExpertEngagement:
    case = find_case(session, case_number)
    if case.is_secret:
        raise ReviewFlowsError(f"{case.number} 是涉密事项，不收论证意见的正文和文件，请以纸质另行保管。")
    engaged = find_engagement(session, case.number, expert)
    if not engaged.is_active:
        raise ReviewFlowsError(f"{expert} 已经退出 {case.number} 的论证（{engaged.released_reason}），其意见不作数。")
    return engaged


def _sign(
    session: Session, store: Store, engaged: ExpertEngagement, signed_on: date | None,
    paper: tuple[str, bytes] | None, today: date, at: datetime,
) -> None:  # fmt: skip
    if signed_on is not None:
        if signed_on > today:
            raise ReviewFlowsError(f"署名日期（{signed_on.isoformat()}）晚于今天，请核对。")
        engaged.signed_on = signed_on.isoformat()
    if paper is not None:
        engaged.opinion_sha256 = _keep(session, store, engaged, *paper, at)
    session.add(engaged)
    session.flush()


def _keep(session: Session, store: Store, engaged: ExpertEngagement, name: str, data: bytes, at: datetime) -> str:
    """File the expert's paper with the case, under the expert's name."""
    check_file(PAPER, name, data)
    expert = find_expert(session, engaged.expert)
    filed = f"专家论证意见（{expert.name}）{PurePath(name).suffix.lower()}"
    document = keep(session, store, data, filed)
    versions = select(CaseDocument.version).where(CaseDocument.case == engaged.case, CaseDocument.role == PAPER)
    session.add(
        CaseDocument(
            case=engaged.case,
            role=PAPER,
            version=1 + max(session.exec(versions).all(), default=0),
            sha256=document.sha256,
            name=filed,
            step=STEP,
            received_at=at,
        )  # fmt: skip
    )
    return document.sha256

"""专家论证 as the work of a step: who was drawn, what they said, what was adopted, the report of it (713 arts. 19–20).

Where experts were engaged in the bank, the step ends only when each of them has given a signed opinion and none has a
direct interest (MD-13), and every opinion that is not plain consent has its answer (MD-22); the report is then made
here. Where none were, the step rests on the opinion paper that was sent.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from sqlmodel import Session

from review_flows.cases.case import Case
from review_flows.cases.forms import MAX_TEXT, RESPONSES
from review_flows.cases.work import Asked, Ended, WorkPaper
from review_flows.decisions.expert_draws import ExpertDraw, ExpertEngagement, draws, engagements
from review_flows.decisions.expert_papers import argumentation_content, argumentation_paper
from review_flows.decisions.experts import Expert, conflict_of, find_expert
from review_flows.errors import SignOffError
from review_flows.law.catalogs import Catalogs
from review_flows.papers.wording import load as load_wording
from review_flows.records.audit import Actor, record

REPORT = "expert_opinion"
ARGUED, SIGNED, ADOPTED = "MD-12", "MD-13", "MD-22"


class ExpertArgumentation:
    """The StepWork of expert_argumentation."""

    enforces: Mapping[str, str] = {
        ARGUED: "专家论证报告——对必要性、可行性、科学性的综合论证意见必填",
        SIGNED: "专家论证报告——每名专家均署名、没有直接利害关系才能办结；抽取可复验，指定须有理由，不同意见照录",
        ADOPTED: "专家论证报告——未表示同意的意见逐份写明采纳情况和理由",
    }

    def fields(self, asked: Asked) -> dict[str, Any]:
        """What the experts were asked, what they amount to, what was adopted; nothing where none were engaged."""
        active = active_experts(asked.session, asked.case)
        if not active:
            return {}
        return {
            "summary": (
                str,
                Field("", title="综合论证意见", description="对必要性、可行性、科学性的综合意见", max_length=MAX_TEXT),
            ),
            "adoptions": (
                list[_adoption_model(asked.catalogs, [expert for _, expert in active])],  # type: ignore[misc]
                Field(default_factory=list, title="专家意见采纳情况（逐人）", description="未完全采纳的须写明理由"),
            ),
        }

    def above(self, asked: Asked) -> list[str]:
        """Who was drawn or named, and what came of each; what still lacks."""
        session, case = asked.session, asked.case
        lines = ["**专家论证**", ""]
        if not engagements(session, case.number) and not draws(session, case.number):
            hint = f"review-flows decisions experts commit {case.number}"
            return [*lines, f"尚未从专家库选定专家（{hint}）；已有书面论证意见的，送来后勾选认可。", ""]
        lines += [_draw_line(draw) for draw in draws(session, case.number)]
        lines += [_expert_line(asked.catalogs, engaged, expert) for engaged, expert in all_experts(session, case)]
        lacking = list(_lacking(session, asked.catalogs, case))
        return [*lines, "", *(f"**尚不能办结：{fault}**" for fault in lacking), ""]

    def check(self, asked: Asked, conclusion: str, told: Mapping[str, Any], now: datetime) -> None:
        """Raises SignOffError where an opinion lacks, is unsigned, has no answer, or its author has an interest."""
        if not _is_argued_here(asked.session, asked.case):
            return  # it rests on the paper that was sent
        for fault in _lacking(asked.session, asked.catalogs, asked.case):
            raise SignOffError(fault)
        for fault in _unanswered(asked, told):
            raise SignOffError(fault)

    def makes(self, asked: Asked, conclusion: str, told: Mapping[str, Any]) -> Collection[str]:
        """The report, where experts were engaged."""
        return (REPORT,) if _is_argued_here(asked.session, asked.case) else ()

    def record(self, asked: Asked, conclusion: str, told: Mapping[str, Any], actor: Actor, now: datetime) -> None:
        """What was adopted, expert by expert, and the conclusion as an event of its own."""
        active = active_experts(asked.session, asked.case)
        if conclusion == "returned" or not active:
            return
        answers = _answers(asked.catalogs, told, active)
        for engaged, _ in active:
            engaged.response, engaged.response_reason = answers.get(engaged.expert, ("adopted", ""))
        record(
            asked.session, "experts.concluded", actor=actor, at=now, case=asked.case.number, step=asked.wait.step,
            round=asked.wait.round, rules=[ARGUED, SIGNED, ADOPTED],
            documents=[engaged.opinion_sha256 for engaged, _ in active if engaged.opinion_sha256],
            payload={
                "experts": {engaged.expert: engaged.stance for engaged, _ in active},
                "responses": {engaged.expert: engaged.response for engaged, _ in active},
            },
        )  # fmt: skip

    def papers(self, ended: Ended) -> Iterable[WorkPaper]:
        """The 专家论证报告 of a round that ended with experts engaged."""
        if ended.row.conclusion == "returned" or not active_experts(ended.session, ended.case):
            return
        content = argumentation_content(ended, all_experts(ended.session, ended.case))
        again = f"（第{ended.row.round}次）" if ended.row.round > 1 else ""
        wording = load_wording(ended.home.settings.catalogs)
        yield WorkPaper(
            REPORT, f"专家论证报告{again}.docx", partial(argumentation_paper, content, ended.catalogs, wording)
        )


Pair = tuple[ExpertEngagement, Expert]


def all_experts(session: Session, case: Case) -> list[Pair]:
    """Everybody ever engaged in a case, with their entry in the bank, in order."""
    return [(engaged, find_expert(session, engaged.expert)) for engaged in engagements(session, case.number)]


def active_experts(session: Session, case: Case) -> list[Pair]:
    """Those who argue the case."""
    return [(engaged, expert) for engaged, expert in all_experts(session, case) if engaged.is_active]


def _is_argued_here(session: Session, case: Case) -> bool:
    """Whether experts of the bank argue the case, or are about to be drawn."""
    return bool(engagements(session, case.number)) or any(draw.is_pending for draw in draws(session, case.number))


# --- the form ---


def expert_label(expert: Expert) -> str:
    """How an expert stands in a list of choices."""
    return f"{expert.id} {expert.name}"


def _adoption_model(catalogs: Catalogs, experts: Iterable[Expert]) -> type[BaseModel]:
    names: Any = Literal[tuple(expert_label(expert) for expert in experts)]
    responses: Any = Literal[tuple(catalogs.label(key, section="adoptions") for key in RESPONSES)]
    return create_model(
        "AdoptionAnswer",
        __config__=ConfigDict(extra="forbid", str_strip_whitespace=True),
        expert=(names, Field(title="专家")),
        response=(responses, Field(title="采纳情况")),
        reason=(str, Field("", title="理由", max_length=MAX_TEXT)),
    )


def _draw_line(draw: ExpertDraw) -> str:
    told = f"第{draw.number}次抽取（{draw.field}）：候选{len(draw.candidates)}名，抽取{draw.wanted}名"
    opened = (
        "，种子已公开"
        if draw.seed
        else f"，作废：{draw.abandoned_reason}"
        if draw.abandoned_reason
        else "，种子尚未公开"
    )
    excluded = "；".join(f"{one['name']}：{one['reason']}" for one in draw.excluded)
    return f"- {told}{opened}" + (f"；已排除 {excluded}" if excluded else "")


def _expert_line(catalogs: Catalogs, engaged: ExpertEngagement, expert: Expert) -> str:
    how = f"指定，{engaged.named_reason}" if engaged.named_reason else "抽取"
    if engaged.replaces:
        how = f"替补 {engaged.replaces}"
    if not engaged.is_active:
        state = f"已退出：{engaged.released_reason}"
    elif engaged.opinion is None:
        state = "意见尚未收到"
    else:
        stance = catalogs.label(engaged.stance or "", section="stances")
        state = f"{stance}，{engaged.signed_on} 署名" if engaged.signed_on else f"{stance}，尚未署名"
    return f"- {expert_label(expert)}（{expert.unit}；{how}）：{state}"


# --- what must hold ---


def _lacking(session: Session, catalogs: Catalogs, case: Case) -> Iterator[str]:
    """What stands against the end of the step whatever is answered, the nearest reason first."""
    if waiting := [draw.number for draw in draws(session, case.number) if draw.is_pending]:
        yield f"第{waiting[0]}次抽取的种子尚未公开，抽取没有完成（{SIGNED}）。请先公开种子（decisions experts draw）。"
        return
    active = active_experts(session, case)
    if not active:
        yield f"选定的专家均已退出，没有论证意见（{ARGUED}）。请再次抽取或者指定专家。"
    for _, expert in active:
        if reason := conflict_of(session, catalogs, expert, case):
            yield f"专家{expert.name}不能参加论证：{reason}（{SIGNED}）。请先办理退出（decisions experts decline）。"
    if missing := [expert.name for engaged, expert in active if engaged.opinion is None]:
        yield f"还有{len(missing)}名专家没有出具论证意见：{'、'.join(missing)}（{SIGNED}）。"
    if unsigned := [expert.name for engaged, expert in active if engaged.opinion and not engaged.signed_on]:
        yield f"论证意见须由专家署名，尚未署名的有：{'、'.join(unsigned)}（{SIGNED}）。"


def _unanswered(asked: Asked, told: Mapping[str, Any]) -> Iterator[str]:
    active = active_experts(asked.session, asked.case)
    answers = _answers(asked.catalogs, told, active)
    silent = [expert.name for engaged, expert in active if engaged.stance != "agree" and engaged.expert not in answers]
    if silent:
        yield f"没有写明对下列专家意见的采纳情况：{'、'.join(silent)}（{ADOPTED}，专家意见采纳情况须随会议材料提交）。"
    for engaged, expert in active:
        response, reason = answers.get(engaged.expert, ("adopted", ""))
        if response != "adopted" and not reason.strip():
            yield f"对专家{expert.name}的意见未完全采纳，须写明理由（{ADOPTED}）。"
    if not str(told.get("summary") or "").strip():
        yield f"须写明对必要性、可行性、科学性的综合论证意见（{ARGUED}）。"


def _answers(catalogs: Catalogs, told: Mapping[str, Any], active: Iterable[Pair]) -> dict[str, tuple[str, str]]:
    """expert id → (response in keys, reason)."""
    identity = {expert_label(expert): expert.id for _, expert in active}
    keys = {catalogs.label(key, section="adoptions"): key for key in RESPONSES}
    rows = told.get("adoptions") or ()
    return {identity[row["expert"]]: (keys[row["response"]], row.get("reason", "")) for row in rows}

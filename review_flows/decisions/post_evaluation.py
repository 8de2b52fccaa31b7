"""决策后评估: started by the organ on a ground, done by somebody who did not argue for the decision, ended by a report.

In: the acts of the organ (start, name who did the work before the decision), the answer of step post_evaluation. Out:
the row with its events, refusals, the report, and what its suggestion brings about: to adjust or to stop becomes a
proposal that waits for the meeting (MD-31, MD-32). Who may not evaluate is known from the record: the experts of the
case and their units, who assessed its risk, whoever is registered as having done the main work.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlmodel import Field, Session, SQLModel, col, select

from review_flows.cases.advance import office_day, open_due
from review_flows.cases.case import Case, SignOff
from review_flows.cases.standing import find_case, latest_records, open_waits, unit_ids, unit_name
from review_flows.cases.work import Asked, Ended, WorkPaper
from review_flows.decisions import changes
from review_flows.decisions.changes import actor_of, check_may
from review_flows.decisions.choices import choice, key_of, said, told_day, words
from review_flows.decisions.evaluation_report import PAPER, evaluation_content, evaluation_paper
from review_flows.decisions.expert_draws import engagements
from review_flows.decisions.experts import find_expert
from review_flows.errors import ProcedureError, SignOffError
from review_flows.law.catalogs import Catalogs
from review_flows.papers.wording import load as load_wording
from review_flows.people.person import Person
from review_flows.records.audit import Actor, record
from review_flows.records.database import Instant

STEP, EVALUATED, FACT = "post_evaluation", "MD-31", "post_evaluation_decided"
GROUNDS, SUGGESTIONS = "evaluation_grounds", "evaluation_suggestions"
ASSESSING = ("expert_argumentation", "risk_assessment", "feasibility_assessment")
PROPOSES = {"adjust": "major", "stop": "stop"}
# name → (title, hint) of the report's parts, all of them required
PARTS: dict[str, tuple[str, str]] = {
    "effects": ("实施效果", "与决策目标逐项对照，写明数据和来源"),
    "deviations": ("与预期的偏差及原因", "没有偏差的写明"),
    "public_opinion": ("公众意见", "听取了哪些意见，多少人，主要内容"),
    "problems": ("存在的问题", "没有发现的写明"),
}


class PreparatoryWork(SQLModel, table=True):
    """A unit or an expert that did the main argumentation or assessment before a decision."""

    __tablename__ = "preparatory_works"

    id: int | None = Field(default=None, primary_key=True)
    case: str = Field(foreign_key="cases.number", index=True)
    name: str
    step: str
    work: str
    recorded_by: str
    recorded_at: datetime = Field(sa_type=Instant)


class PostEvaluation(SQLModel, table=True):
    """A post-evaluation that the organ decided on."""

    __tablename__ = "post_evaluations"

    id: int | None = Field(default=None, primary_key=True)
    case: str = Field(foreign_key="cases.number", index=True)
    ground: str
    reason: str
    evaluator: str
    started_on: date
    started_by: str
    started_at: datetime = Field(sa_type=Instant)


# --- acts ------------------------------------------------------------------------------------------------------------


def register_work(
    session: Session, catalogs: Catalogs, case_number: str, person: Person, *, name: str, step: str, work: str,
    now: datetime,
) -> PreparatoryWork:  # fmt: skip
    """Who did the main work of a step before the decision: told by the drafting unit or by the organ."""
    case = find_case(session, case_number)
    units = [case.issuing_organ, *case.drafting_units]
    if not any(person.acts_for(unit) for unit in unit_ids(catalogs, units)):
        raise SignOffError(f"{person.name}不能登记 {case.number} 的论证评估单位：应由承办单位或者决策机关登记。")
    if step not in ASSESSING or not name.strip() or not work.strip():
        names = "、".join(ASSESSING)
        raise ProcedureError(case.number, STEP, f"请写明单位或者专家的名称、承担的工作和环节（{names}）。")
    made = PreparatoryWork(
        case=case.number, name=name.strip(), step=step, work=work.strip(), recorded_by=person.id, recorded_at=now
    )
    session.add(made)
    session.flush()
    record(
        session, "preparatory_work.recorded", actor=actor_of(person), at=now, case=case.number, step=step,
        payload={"name": made.name, "work": made.work},
    )  # fmt: skip
    return made


def start(
    session: Session, catalogs: Catalogs, case_number: str, person: Person, *, ground: str, reason: str,
    evaluator: str, now: datetime,
) -> PostEvaluation:  # fmt: skip
    """The organ decides to evaluate, and names who does it; the step opens, also where the case had ended."""
    case = find_case(session, case_number)
    check_may(catalogs, case, person, changes.OFFICE, "决定开展后评估")
    _check_start(session, catalogs, case, ground, reason)
    _check_evaluator(session, catalogs, case, evaluator)
    made = PostEvaluation(
        case=case.number, ground=ground, reason=reason.strip(), evaluator=evaluator.strip(),
        started_on=office_day(now), started_by=person.id, started_at=now,
    )  # fmt: skip
    session.add(made)
    actor = actor_of(person)
    record(
        session, "post_evaluation.started", actor=actor, at=now, case=case.number, step=STEP, rules=[EVALUATED],
        reason=reason.strip() or None, payload={"ground": ground, "evaluator": made.evaluator},
    )  # fmt: skip
    _ask_for_step(session, case, actor, now)
    session.flush()
    open_due(session, catalogs, case.number, now=now)
    return made


def _check_start(session: Session, catalogs: Catalogs, case: Case, ground: str, reason: str) -> None:
    if case.kind != changes.KIND or not changes.is_published(session, case):
        raise ProcedureError(case.number, STEP, f"决策公布施行之后才能开展后评估（{EVALUATED}）。")
    if ground not in catalogs.terms[GROUNDS]:
        known = "、".join(f"{key}（{term.label}）" for key, term in catalogs.terms[GROUNDS].items())
        raise ProcedureError(case.number, STEP, f"请选开展后评估的情形（{EVALUATED}）：{known}。")
    if not reason.strip():
        raise ProcedureError(case.number, STEP, f"请写明开展后评估的理由（{EVALUATED}）。")
    if case.state == "suspended":
        raise ProcedureError(case.number, STEP, "事项已经中止办理，恢复之后再开展后评估。")
    if any(wait.step == STEP for wait in open_waits(session, case.number)):
        raise ProcedureError(case.number, STEP, "后评估正在进行，不必重复。")
    row = latest_records(session, case.number).get(STEP)
    if row is not None and row.state == "done":
        raise ProcedureError(case.number, STEP, f"已经作过后评估（{row.done_on}），结果见评估报告。")


def _ask_for_step(session: Session, case: Case, actor: Actor, now: datetime) -> None:
    """The organ's decision is the fact that asks for the step; a case that had ended goes on."""
    before = case.facts.get(FACT)
    case.facts = dict(case.facts) | {FACT: True}
    record(
        session, "facts.changed", actor=actor, at=now, case=case.number,
        payload={"before": {FACT: before}, "after": {FACT: True}},
    )  # fmt: skip
    if case.state == "completed":
        case.state, case.ended_at = "open", None
        record(session, "case.reopened", actor=actor, at=now, case=case.number, step=STEP)


# --- who may not evaluate --------------------------------------------------------------------------------------------


def barred(session: Session, catalogs: Catalogs, case: Case) -> dict[str, str]:
    """Who may not evaluate: name → what they did before the decision, as the record has it."""
    found: dict[str, str] = {}
    for name, why in _from_record(session, catalogs, case):
        found.setdefault(name, why)
    return found


def _from_record(session: Session, catalogs: Catalogs, case: Case) -> Iterator[tuple[str, str]]:
    registered = select(PreparatoryWork).where(PreparatoryWork.case == case.number).order_by(col(PreparatoryWork.id))
    works = list(session.exec(registered))
    for engaged in engagements(session, case.number):
        if not engaged.is_active and engaged.opinion is None:
            continue  # declined before saying anything
        expert = find_expert(session, engaged.expert)
        yield expert.name, "是本决策的论证专家"
        yield expert.unit, f"是论证专家{expert.name}的任职单位"
    for work in works:
        label = catalogs.label(work.step, case.kind, section="steps")
        yield work.name, f"承担了决策前的{label}（{work.work}）"
    yield from _assessors(session, catalogs, case, {work.step for work in works})


def _assessors(
    session: Session, catalogs: Catalogs, case: Case, registered: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Who assessed the risk: the body that the answer names, else the unit that answered and named none."""
    query = (
        select(SignOff).where(SignOff.case == case.number, col(SignOff.step).in_(ASSESSING)).order_by(col(SignOff.id))
    )
    for signed in session.exec(query):
        label = catalogs.label(signed.step, case.kind, section="steps")
        named = [said(signed.answer, field) for field in ASSESSOR_FIELDS]
        yield from ((name, f"承担了决策前的{label}") for name in named if name)
        if signed.step == "risk_assessment" and not any(named) and signed.step not in registered:
            yield unit_name(catalogs, signed.unit), f"办理了决策前的{label}，没有登记其他评估机构"


ASSESSOR_FIELDS = ("assessor", "assessing_unit", "third_party")


def _check_evaluator(session: Session, catalogs: Catalogs, case: Case, evaluator: str) -> None:
    if not evaluator.strip():
        raise ProcedureError(case.number, STEP, f"请写明承担后评估的单位或者专家（{EVALUATED}）。")
    wanted = _same(catalogs, evaluator)
    for name, why in barred(session, catalogs, case).items():
        if _same(catalogs, name) == wanted:
            raise ProcedureError(
                case.number, STEP,
                f"{evaluator.strip()}{why}，不得承担本决策的后评估（{EVALUATED}）。请另行确定评估单位。",
            )  # fmt: skip


def _same(catalogs: Catalogs, name: str) -> str:
    """A name as it is compared: the id of a known unit, else without white space and brackets of another width."""
    known = catalogs.organs.find(name.strip())
    return known.id if known else "".join(name.split()).replace("(", "（").replace(")", "）")


def evaluation_of(session: Session, case: str) -> PostEvaluation | None:
    """The latest post-evaluation of a case."""
    query = select(PostEvaluation).where(PostEvaluation.case == case).order_by(col(PostEvaluation.id).desc())
    return session.exec(query).first()


# --- the step --------------------------------------------------------------------------------------------------------


class Evaluating:
    """The StepWork of post_evaluation."""

    enforces: Mapping[str, str] = {
        EVALUATED: "决策后评估——由决策机关选定情形后开展；论证专家及其单位、决策前的评估单位不得承担；报告由系统制作；"
        "建议调整、停止的转为待集体讨论的事项",
    }

    def fields(self, asked: Asked) -> dict[str, Any]:
        """The parts of the report and its suggestion."""
        parts = {name: words(title, hint) for name, (title, hint) in PARTS.items()}
        return parts | {
            "suggestion": choice(asked.catalogs, SUGGESTIONS, "评估建议"),
            "suggestion_detail": words("建议的内容和理由", "调整哪些内容、停止的善后"),
        }

    def above(self, asked: Asked) -> list[str]:
        """Who evaluates, on which ground, and who may not."""
        found = evaluation_of(asked.session, asked.case.number)
        if found is None:
            return []
        ground = asked.catalogs.label(found.ground, section=GROUNDS)
        lines = [f"**后评估**：{ground}；由{found.evaluator}承担，自{found.started_on.isoformat()}起。", ""]
        names = "、".join(barred(asked.session, asked.catalogs, asked.case))
        return [*lines, f"决策前承担主要论证评估工作、不得承担后评估的：{names or '没有记录'}（{EVALUATED}）。", ""]

    def check(self, asked: Asked, conclusion: str, told: Mapping[str, Any], now: datetime) -> None:
        """Raises SignOffError where the report is not whole, or the evaluator turns out to be barred."""
        found = evaluation_of(asked.session, asked.case.number)
        if found is None:
            raise SignOffError(
                f"还没有决定开展后评估（{EVALUATED}）：请用 decisions post-evaluation start {asked.case.number} 登记。"
            )
        _check_evaluator(asked.session, asked.catalogs, asked.case, found.evaluator)
        for fault in _faults(asked, told, found):
            raise SignOffError(fault)

    def makes(self, asked: Asked, conclusion: str, told: Mapping[str, Any]) -> Collection[str]:
        """No result that a rule asks for."""
        return ()

    def record(self, asked: Asked, conclusion: str, told: Mapping[str, Any], actor: Actor, now: datetime) -> None:
        """The report as an event; a suggestion to adjust or to stop as a proposal."""
        suggestion, case = key_of(asked.catalogs, SUGGESTIONS, told.get("suggestion")), asked.case
        record(
            asked.session, "post_evaluation.reported", actor=actor, at=now, case=case.number, step=STEP,
            round=asked.wait.round, rules=[EVALUATED], reason=said(told, "suggestion_detail") or None,
            payload={"suggestion": suggestion},
        )  # fmt: skip
        if suggestion in PROPOSES:
            person = asked.session.get(Person, actor.person)
            changes.propose(
                asked.session, case, PROPOSES[suggestion], reason=said(told, "suggestion_detail"), actor=actor,
                person_name=person.name if person else actor.person, now=now,
            )  # fmt: skip

    def papers(self, ended: Ended) -> Iterable[WorkPaper]:
        """The report of a round that was answered in the form."""
        found = evaluation_of(ended.session, ended.case.number)
        if found is None or not ended.signed or ended.row.conclusion != "done":
            return
        names = tuple(barred(ended.session, ended.catalogs, ended.case))
        content = evaluation_content(ended, found, ended.signed[-1], names)
        make = partial(evaluation_paper, content, ended.catalogs, load_wording(ended.home.settings.catalogs))
        yield WorkPaper(PAPER, "决策后评估报告.docx", make)


def _faults(asked: Asked, told: Mapping[str, Any], found: PostEvaluation) -> Iterable[str]:
    """What lacks of a report, all of it at once."""
    lacking = [title for name, (title, _) in PARTS.items() if not said(told, name)]
    suggestion = key_of(asked.catalogs, SUGGESTIONS, told.get("suggestion"))
    if not suggestion:
        lacking.append("评估建议")
    if lacking:
        yield f"后评估报告还缺：{'、'.join(lacking)}（{EVALUATED}）。"
    if suggestion in PROPOSES and not said(told, "suggestion_detail"):
        yield f"建议调整或者停止执行的，须写明内容和理由（{EVALUATED}）。"
    ended = told_day(asked, "evaluated_on")
    if ended and ended < found.started_on:
        yield f"报告完成日（{ended.isoformat()}）早于决定开展后评估之日（{found.started_on.isoformat()}），请核对。"

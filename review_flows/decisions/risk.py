"""风险评估 as the work of a step: the report as a form, its checks, what its conclusion makes happen (713 arts. 22–24).

In: the answer in labels, as the form shows them. Out: `RiskAnswer` in keys; refusals that name the rule; the report.
Relies on catalogs/risk.yaml (kinds, grades, required contents, conclusions). An answer that tells no risk points rests
on the report that was sent instead (a third party's, MD-14). What is 不可控 ends as `problems_found`: the gate of MD-15
holds the collective discussion until a later round says otherwise. Measures on which 可控 depends go to the meeting.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from sqlmodel import Session, col, select

from review_flows.cases.case import Case, SignOff, StepRecord
from review_flows.cases.forms import MAX_TEXT, current_documents
from review_flows.cases.standing import draft_identity
from review_flows.cases.work import Asked, Ended, WorkPaper
from review_flows.decisions.risk_papers import RiskContent, risk_content, risk_paper
from review_flows.errors import SignOffError
from review_flows.law.catalogs import Catalogs
from review_flows.law.risk import RiskBook, RiskConclusion, Sourced
from review_flows.law.rules import Reading
from review_flows.papers.wording import load as load_wording
from review_flows.records.audit import Actor, record

STEP, REPORT, EARLIER = "risk_assessment", "risk_report", "prior_risk_assessment"
CONTENT, CONTROLLED, PROVED = "MD-14", "MD-15", "MD-14.1"
UNTOLD = "未填"  # what a choice shows until somebody chooses

# name → (title, hint) of the plain texts
TEXTS: dict[str, tuple[str, str]] = {
    "assessor": ("评估单位", "委托专业机构、社会组织等第三方评估的，写明名称；本单位评估的不填"),
    "methods": ("评估方法", "如走访、座谈、抽样调查、舆情跟踪、会商分析"),
    "departments_heard": ("听取有关部门意见情况", "哪些部门，什么意见，是否采纳"),
    "affected_heard": ("听取受影响群众意见情况", "哪些人、什么方式、多少人、主要意见"),
    "explanation": ("对评估结论的说明", "有高风险点而认为可控的必填"),
}
_OF_POINT = {"point": "风险点", "measures": "防范措施", "plan": "处置预案"}


@dataclass(frozen=True)
class RiskPoint:
    """One risk: what may happen to whom, how likely and how bad, what prevents it, what is done if it happens."""

    kind: str
    point: str
    likelihood: str
    impact: str
    grade: str
    affected: str = ""
    measures: str = ""
    plan: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Condition:
    """A measure without which the risk is not controllable; `by`: when it must be done."""

    measure: str
    unit: str = ""
    by: str = ""


@dataclass(frozen=True)
class RiskAnswer:
    """What the assessment says, in keys."""

    conclusion: str = ""  # the id in risk.yaml
    points: tuple[RiskPoint, ...] = ()
    conditions: tuple[Condition, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_told(self) -> bool:
        """Whether the form was used at all."""
        return bool(self.conclusion or self.points or self.conditions)

    def say(self, name: str) -> str:
        """One of the plain texts; empty where it was left out."""
        return self.words.get(name, "").strip()


class RiskAssessment:
    """The StepWork of risk_assessment."""

    enforces: Mapping[str, str] = {
        CONTENT: "风险评估报告——每个风险点有类别、等级、防范措施和处置预案；听取有关部门和受影响群众意见的情况必填",
        CONTROLLED: "风险评估报告——评估结论与环节结论一致；采取措施后可控的须写明措施，随会议材料提交",
    }

    def fields(self, asked: Asked) -> dict[str, Any]:
        """Risk points, who was heard, the conclusion and the measures it depends on."""
        book = asked.catalogs.risk
        texts: dict[str, Any] = {
            name: (str, Field("", title=title, description=hint, max_length=MAX_TEXT))
            for name, (title, hint) in TEXTS.items()
        }
        told = (UNTOLD, *(found.label for found in book.conclusions))
        chosen: Any = Literal[told]
        return {
            "points": (
                list[_point_model(book)],  # type: ignore[misc]  # kinds and levels are data
                Field(default_factory=list, title="风险点（逐个）"),
            ),
            "risk_conclusion": (chosen, Field(UNTOLD, title="风险评估结论")),
            "conditions": (
                list[_CONDITION],
                Field(default_factory=list, title="确保风险可控须采取的措施", description="采取措施后可控的必填"),
            ),
        } | texts

    def above(self, asked: Asked) -> list[str]:
        """What the report must say, what each conclusion makes happen, and what an earlier round said."""
        book = asked.catalogs.risk
        needed = "、".join(_sourced(word) for word in book.contents.values())
        lines = [
            "**风险评估**：已有书面评估报告的，勾选认可；没有的，在下面填写，系统制作评估报告。",
            "",
            f"报告应当写明：{needed}（{CONTENT}）。",
            "",
            *(f"- {found.label}：{found.effect}（{found.citation}，{CONTROLLED}）" for found in book.conclusions),
            "",
        ]
        if before := assessment_of(asked.session, asked.catalogs, asked.case):
            concluded = before.answer.conclusion and book.conclusion(before.answer.conclusion).label
            lines += [f"第{before.row.round}轮评估结论：{concluded or '见报告'}。", ""]
        return lines

    def check(self, asked: Asked, conclusion: str, told: Mapping[str, Any], now: datetime) -> None:
        """Raises SignOffError where the report lacks something, or its conclusion and the step's do not fit."""
        answer = read_answer(asked.catalogs, told)
        if answer.is_told:
            for fault in _faults(asked.catalogs.risk, conclusion, answer):
                raise SignOffError(fault)

    def makes(self, asked: Asked, conclusion: str, told: Mapping[str, Any]) -> Collection[str]:
        """The report, where the risk points were filled in."""
        return (REPORT,) if read_answer(asked.catalogs, told).points else ()

    def record(self, asked: Asked, conclusion: str, told: Mapping[str, Any], actor: Actor, now: datetime) -> None:
        """Grades, conclusion and conditions, as an event of its own."""
        answer = read_answer(asked.catalogs, told)
        if conclusion == "returned" or not answer.is_told:
            return
        record(
            asked.session, "risk.assessed", actor=actor, at=now, case=asked.case.number, step=asked.wait.step,
            round=asked.wait.round, documents=asked.wait.shown, rules=[CONTENT, CONTROLLED],
            payload={
                "conclusion": answer.conclusion,
                "grades": [point.grade for point in answer.points],
                "overall": asked.catalogs.risk.overall(point.grade for point in answer.points),
                "conditions": [condition.measure for condition in answer.conditions],
                "assessor": answer.say("assessor"),
            },
        )  # fmt: skip

    def papers(self, ended: Ended) -> Iterable[WorkPaper]:
        """The 风险评估报告 of a round whose risk points were filled in."""
        for signed in reversed(ended.signed):
            answer = read_answer(ended.catalogs, signed.answer)
            if answer.points:
                again = f"（第{ended.row.round}次）" if ended.row.round > 1 else ""
                make = partial(_make, risk_content(ended, signed, answer), ended)
                yield WorkPaper(REPORT, f"风险评估报告{again}.docx", make)
                return


def _make(content: RiskContent, ended: Ended) -> bytes:
    return risk_paper(content, ended.catalogs, load_wording(ended.home.settings.catalogs))


def _sourced(word: Sourced) -> str:
    return f"{word.label}（待核）" if word.is_unverified else word.label


# --- the form --------------------------------------------------------------------------------------------------------

_CONDITION = create_model(
    "RiskCondition",
    __config__=ConfigDict(extra="forbid", str_strip_whitespace=True),
    measure=(str, Field(title="措施", min_length=1, max_length=MAX_TEXT)),
    unit=(str, Field("", title="责任单位", max_length=200)),
    by=(str, Field("", title="完成时限", max_length=100)),
)


def _point_model(book: RiskBook) -> type[BaseModel]:
    kinds: Any = Literal[tuple(kind.label for kind in book.kinds)]
    likelihoods: Any = Literal[tuple(book.likelihoods.values())]
    impacts: Any = Literal[tuple(book.impacts.values())]
    return create_model(
        "RiskPointAnswer",
        __config__=ConfigDict(extra="forbid", str_strip_whitespace=True),
        kind=(kinds, Field(title="类别")),
        point=(str, Field("", title="风险点", max_length=MAX_TEXT)),
        affected=(str, Field("", title="可能影响的人群", max_length=1000)),
        likelihood=(likelihoods, Field(title="发生的可能性")),
        impact=(impacts, Field(title="影响程度")),
        measures=(str, Field("", title="防范措施", max_length=MAX_TEXT)),
        plan=(str, Field("", title="处置预案", max_length=MAX_TEXT)),
        unit=(str, Field("", title="责任单位", max_length=200)),
    )


def read_answer(catalogs: Catalogs, told: Mapping[str, Any]) -> RiskAnswer:
    """What was told, labels turned back into keys; an unknown label counts as untold."""
    book = catalogs.risk
    conclusions = {found.label: found.id for found in book.conclusions}
    return RiskAnswer(
        conclusion=conclusions.get(told.get("risk_conclusion", ""), ""),
        points=tuple(_read_point(book, row) for row in told.get("points") or ()),
        conditions=tuple(
            Condition(row["measure"], row.get("unit", ""), row.get("by", "")) for row in told.get("conditions") or ()
        ),
        words={name: str(told.get(name) or "") for name in TEXTS},
    )


def _read_point(book: RiskBook, row: Mapping[str, str]) -> RiskPoint:
    likelihood = _key(book.likelihoods, row["likelihood"])
    impact = _key(book.impacts, row["impact"])
    texts = {name: row.get(name, "").strip() for name in ("point", "affected", "measures", "plan", "unit")}
    return RiskPoint(
        kind=next(kind.id for kind in book.kinds if kind.label == row["kind"]),
        likelihood=likelihood,
        impact=impact,
        grade=book.grade(likelihood, impact),
        **texts,
    )


def _key(labels: Mapping[str, str], label: str) -> str:
    return next(key for key, known in labels.items() if known == label)


# --- what must hold --------------------------------------------------------------------------------------------------


def _faults(book: RiskBook, conclusion: str, answer: RiskAnswer) -> Iterator[str]:
    """Why an answer may not count, the nearest reason first."""
    if not answer.conclusion:
        labels = "、".join(found.label for found in book.conclusions)
        yield f"请选出风险评估结论：{labels}（{CONTROLLED}）。"
        return
    found = book.conclusion(answer.conclusion)
    if found.conclusion != conclusion:
        yield _contradiction(found)
    yield from _contents(book, answer)
    if found.conditions and not answer.conditions:
        yield f"结论为“{found.label}”的，须逐项写明采取的措施（{CONTROLLED}）。"
    if answer.conditions and not found.conditions:
        yield f"写明了须采取的措施，结论却是“{found.label}”，前后矛盾，请核对（{CONTROLLED}）。"
    if _grave(book, found, answer) and not answer.say("explanation"):
        yield f"有{_grave(book, found, answer)}点而结论为“{found.label}”的，须说明理由（{CONTROLLED}）。"


def _contradiction(found: RiskConclusion) -> str:
    if found.conclusion == "done":
        return f"评估结论为“{found.label}”，环节结论应为“办结”，前后矛盾，请核对（{CONTROLLED}）。"
    return f"评估结论为“{found.label}”，环节结论应为“存在问题”：{found.effect}（{CONTROLLED}）"


def _contents(book: RiskBook, answer: RiskAnswer) -> Iterator[str]:
    """What the report leaves out of what it must say; nothing where it rests on a report that was sent."""
    if not answer.points:
        return
    for number, point in enumerate(answer.points, 1):
        if lacking := [name for name in _OF_POINT if name in book.contents and not getattr(point, name)]:
            names = "、".join(_sourced(book.contents[name]) for name in lacking)
            yield f"第{number}个风险点没有写明{names}（{CONTENT}，{book.contents[lacking[0]].citation}）。"
    for name, word in book.contents.items():
        if name not in _OF_POINT and not answer.say(name):
            yield f"没有写明{_sourced(word)}（{CONTENT}，{word.citation}）。"


def _grave(book: RiskBook, found: RiskConclusion, answer: RiskAnswer) -> str:
    """The label of the gravest grade that asks for an explanation; empty where none does."""
    overall = book.overall(point.grade for point in answer.points)
    return book.grades[overall] if overall in found.explain_at and overall else ""


# --- for the steps after it ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Assessment:
    """The standing assessment of a case: its round and what it says."""

    row: StepRecord
    answer: RiskAnswer


def assessment_of(session: Session, catalogs: Catalogs, case: Case) -> Assessment | None:
    """The latest ended round of the assessment; None where there is none (not asked for, or done before sending)."""
    query = select(StepRecord).where(
        StepRecord.case == case.number, StepRecord.step == STEP, StepRecord.state == "done"
    )
    row = session.exec(query.order_by(col(StepRecord.round).desc())).first()
    if row is None:
        return None
    signed = select(SignOff).where(SignOff.case == case.number, SignOff.step == STEP, SignOff.round == row.round)
    answers = [read_answer(catalogs, found.answer) for found in session.exec(signed.order_by(col(SignOff.id)))]
    return Assessment(row, next((answer for answer in reversed(answers) if answer.is_told), RiskAnswer()))


def unproved(session: Session, catalogs: Catalogs, case: Case, today: date) -> Reading | None:
    """The rule that asks for the earlier assessment, where one is claimed and no report of it is on file (MD-14.1)."""
    given = dict(case.facts) | {"level": case.level}
    binding = [r for r in catalogs.readings(case.kind, given, today) if r.binds and r.rule.id == PROVED]
    papers = {paper.role for paper in current_documents(session, case.number)}
    return binding[0] if binding and not papers & {EARLIER, REPORT} else None


def lines_for_meeting(session: Session, catalogs: Catalogs, case: Case) -> list[str]:
    """What a meeting must know of the assessment: its conclusion, the measures it depends on, and whether the draft has
    changed since (the regulation does not order a new assessment then; the meeting judges, or gives it back)."""
    found = assessment_of(session, catalogs, case)
    if found is None:
        return []
    lines = []
    if found.answer.conclusion:
        concluded = catalogs.risk.conclusion(found.answer.conclusion)
        lines.append(f"风险评估结论：{concluded.label}。{concluded.effect}")
    lines += [
        f"{number}. {one.measure}" + "".join(f"（{text}）" for text in (one.unit, one.by) if text)
        for number, one in enumerate(found.answer.conditions, 1)
    ]
    if found.row.draft_sha256 != draft_identity(session, catalogs, case):
        lines.append("风险评估之后草案有新的版本：修改影响评估结论的，应当退回重新评估。")
    return lines

"""公平竞争审查 as a form: scope, who was heard, 19 standards item by item, an exception with its three conditions.

In: the answer of the step, in labels as the form shows them. Out: `CompetitionAnswer` in keys; refusals that name the
rule; the 公平竞争审查表. Relies on catalogs/screening/fair_competition.yaml (standards, grounds of exception) and on
terms.yaml (competition_answers, competition_scopes). An answer that tells nothing of all this rests on the written
opinion that was sent instead; both ways end in a paper (FC-05, FC-10).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from sqlmodel import Session, col, select

from review_flows.cases.advance import office_day
from review_flows.cases.case import Case, SignOff, StepRecord
from review_flows.cases.forms import MAX_TEXT
from review_flows.cases.work import Asked, Ended, WorkPaper
from review_flows.decisions.fair_competition_papers import competition_content, competition_paper
from review_flows.errors import SignOffError
from review_flows.law.catalogs import Catalogs
from review_flows.law.competition import Standard
from review_flows.papers.wording import load as load_wording
from review_flows.records.audit import Actor, record

OPINION = "fair_competition_opinion"
ANSWERS, SCOPES = "competition_answers", "competition_scopes"
UNTOLD = "未填"  # what a choice shows until somebody chooses
HEARD, CONCLUDED, BLOCKS, EXCEPTED, AGAIN, PACKAGE = "FC-04", "FC-05", "FC-06", "FC-07", "FC-10", "FC-11"
TOUCHED = ("compliant", "based", "excepted", "violates")


@dataclass(frozen=True)
class CompetitionAnswer:
    """What the reviewer told, in keys. `items`: standard → answer, only those answered."""

    scope: str = ""
    items: Mapping[str, str] = field(default_factory=dict)
    exception: str = ""  # the ground's id
    words: Mapping[str, str] = field(default_factory=dict)  # the plain texts, by field
    confirms: bool = False

    @property
    def is_told(self) -> bool:
        """Whether the form was used at all."""
        return self.confirms or bool(self.scope or self.items or self.exception)

    def say(self, name: str) -> str:
        """One of the plain texts; empty where it was left out."""
        return self.words.get(name, "").strip()

    def with_answer(self, answer: str) -> tuple[str, ...]:
        """The standards answered so."""
        return tuple(item for item, given in self.items.items() if given == answer)

    @property
    def touched(self) -> tuple[str, ...]:
        """The standards that the draft touches at all."""
        return tuple(item for item, given in self.items.items() if given in TOUCHED)


# name → (title, hint) of the plain texts
TEXTS: dict[str, tuple[str, str]] = {
    "scope_reason": ("是否属于审查范围的理由", "不属于的必填"),
    "first_review": ("起草单位初审意见", "县级以上政府出台的：初审结论、日期和文号"),
    "consulted": ("听取意见情况", "听取了哪些经营者、行业协会商会的意见，意见是什么；关系社会公众利益的写明公众意见"),
    "affected_market": ("涉及的行业和市场", ""),
    "explanation": ("涉及条款及说明", "涉及的各项：是哪一条，为什么不违反"),
    "legal_basis": ("法律、行政法规依据或者国务院批准文件", "答复为“有依据”的必填"),
    "exception_reason": ("适用例外规定的详细说明", "必要性、对实现政策目的不可缺少"),
    "no_alternative": ("没有对公平竞争影响更小的替代方案的说明", ""),
    "end_date": ("例外措施的实施期限", "如 2028-12-31；不能确定日期的填终止条件"),
    "end_condition": ("例外措施的终止条件", ""),
}


def field_of(item: Standard) -> str:
    """The name of a standard's field: item_8_1."""
    return f"item_{item.id.replace('-', '_')}"


class CompetitionReview:
    """The StepWork of fair_competition_review, for every kind of case."""

    enforces: Mapping[str, str] = {
        HEARD: "公平竞争审查表——听取利害关系人意见的情况必填",
        CONCLUDED: "公平竞争审查表——逐项答复；涉及的各项须说明",
        BLOCKS: "公平竞争审查表——有违反的各项，不能结论为可以出台",
        EXCEPTED: "公平竞争审查表——例外的情形、没有影响更小的替代方案、期限或者终止条件缺一不可",
        AGAIN: "公平竞争审查表——书面结论由系统制作；修改后的草案须重新审查或者确认",
        PACKAGE: "公平竞争审查表——起草单位初审意见必填，不齐的补正或者退回",
    }

    def fields(self, asked: Asked) -> dict[str, Any]:
        """Scope, the 19 standards, exception, and the texts that go with them."""
        catalogs = asked.catalogs
        texts: dict[str, Any] = {
            name: (str, Field("", title=title, description=hint, max_length=MAX_TEXT))
            for name, (title, hint) in TEXTS.items()
        }
        grounds = tuple(ground.label for ground in catalogs.competition.exceptions)
        standards = _standards_model(catalogs)
        fields = {
            "scope": _choice(_labels(catalogs, SCOPES), "审查范围"),
            "standards": (standards, Field(default_factory=standards, title="审查标准（逐项）")),
            "others_not_concerned": (
                bool,
                Field(False, title="其余各项均不涉及", description="未逐项选择的，已经逐项对照，均不涉及"),
            ),
            "exception": _choice(grounds, "适用例外规定的情形"),
        } | texts
        if _approved_before(asked.session, asked.case, asked.wait.round):
            hint = "修改不涉及经营者经济活动，或者不是重大修改的，勾选后不必重填"
            fields["confirms"] = (bool, Field(False, title="确认前次审查结论继续适用", description=hint))
        return fields

    def above(self, asked: Asked) -> list[str]:
        """What to check before answering: who reviews, the package, the earlier conclusion."""
        today = office_day(asked.wait.opened_at)
        lines = ["**公平竞争审查**：已有书面审查意见的，勾选认可；没有的，在下面逐项填写，系统制作审查表。", ""]
        if _binds(asked, PACKAGE, today):
            lines += [f"送审应有政策措施草案、起草说明、起草单位初审意见；不齐的，补正或者退回（{PACKAGE}）。", ""]
        if before := _approved_before(asked.session, asked.case, asked.wait.round):
            lines += [
                f"第{before.round}轮审查通过之后草案有新的版本：有重大修改的应当重新审查（{AGAIN}），否则确认前次结论。",
                "",
            ]
        return lines

    def check(self, asked: Asked, conclusion: str, told: Mapping[str, Any], now: datetime) -> None:
        """Raises SignOffError where the answer contradicts itself or leaves out what the regulation asks for."""
        answer = read_answer(asked.catalogs, told)
        if answer.confirms:
            _check_confirmed(asked, conclusion)
        elif answer.is_told:
            for fault in _faults(asked, conclusion, answer, office_day(now)):
                raise SignOffError(fault)

    def makes(self, asked: Asked, conclusion: str, told: Mapping[str, Any]) -> Collection[str]:
        """The opinion, where the form was filled in."""
        return (OPINION,) if read_answer(asked.catalogs, told).is_told else ()

    def record(self, asked: Asked, conclusion: str, told: Mapping[str, Any], actor: Actor, now: datetime) -> None:
        """The conclusion with the standards that are touched, as an event of its own."""
        answer = read_answer(asked.catalogs, told)
        if not answer.is_told:
            return
        record(
            asked.session, "fair_competition.concluded", actor=actor, at=now, case=asked.case.number,
            step=asked.wait.step, round=asked.wait.round, documents=asked.wait.shown,
            rules=[EXCEPTED] if answer.exception else [],
            payload={
                "conclusion": conclusion,
                "scope": answer.scope,
                "touched": {item: answer.items[item] for item in answer.touched},
                "exception": answer.exception,
                "ends": answer.say("end_date") or answer.say("end_condition"),
                "confirms": answer.confirms,
            },
        )  # fmt: skip

    def papers(self, ended: Ended) -> Iterable[WorkPaper]:
        """The 公平竞争审查表 of a round that was answered in the form."""
        found = _told_in(ended.session, ended.catalogs, ended.case, ended.row)
        if found is None:
            return
        signed, answer, confirmed_round = found
        content = competition_content(ended, signed, answer, confirmed_round)
        make = partial(competition_paper, content, ended.catalogs, load_wording(ended.home.settings.catalogs))
        again = f"（第{ended.row.round}次）" if ended.row.round > 1 else ""
        yield WorkPaper(OPINION, f"公平竞争审查表{again}.docx", make)


def _standards_model(catalogs: Catalogs) -> type[BaseModel]:
    labels = _labels(catalogs, ANSWERS)
    fields: dict[str, Any] = {field_of(item): _choice(labels, item.label) for item in catalogs.competition.items}
    return create_model("CompetitionStandards", __config__=ConfigDict(extra="forbid"), **fields)


def _choice(labels: tuple[str, ...], title: str) -> Any:
    """A field with one of these labels, or untold; what the labels are is known only when it is asked."""
    return (Literal[(UNTOLD, *labels)], Field(UNTOLD, title=title))


def _labels(catalogs: Catalogs, section: str) -> tuple[str, ...]:
    return tuple(term.label for term in catalogs.terms[section].values())


def read_answer(catalogs: Catalogs, told: Mapping[str, Any]) -> CompetitionAnswer:
    """What was told, labels turned back into keys; an unknown label counts as untold."""
    answers = {term.label: key for key, term in catalogs.terms[ANSWERS].items()}
    scopes = {term.label: key for key, term in catalogs.terms[SCOPES].items()}
    grounds = {ground.label: ground.id for ground in catalogs.competition.exceptions}
    chosen = told.get("standards") or {}
    items = {item.id: answers.get(chosen.get(field_of(item), ""), "") for item in catalogs.competition.items}
    if told.get("others_not_concerned"):
        items = {item: given or "not_concerned" for item, given in items.items()}
    return CompetitionAnswer(
        scope=scopes.get(told.get("scope", ""), ""),
        items={item: given for item, given in items.items() if given},
        exception=grounds.get(told.get("exception", ""), ""),
        words={name: str(told.get(name) or "") for name in TEXTS},
        confirms=bool(told.get("confirms")),
    )


# --- what must hold --------------------------------------------------------------------------------------------------


def _faults(asked: Asked, conclusion: str, answer: CompetitionAnswer, today: date) -> Iterable[str]:
    """Why an answer may not count, the nearest reason first."""
    if answer.scope == "not_in_scope":
        if not answer.say("scope_reason"):
            yield "认为不属于公平竞争审查范围的，须写明理由。"
        if answer.touched:
            yield "认为不属于审查范围，却有涉及审查标准的答复，前后矛盾，请核对。"
        return
    yield from _untold(asked.catalogs, answer)
    yield from _against_conclusion(asked.catalogs, conclusion, answer)
    if conclusion == "approved":
        yield from _unexplained(answer)
        yield from _exception(asked, answer, today)
        yield from _procedure(asked, answer, today)


def _untold(catalogs: Catalogs, answer: CompetitionAnswer) -> Iterable[str]:
    missing = [item.article for item in catalogs.competition.items if item.id not in answer.items]
    if missing:
        yield f"审查标准须逐项答复，还有{len(missing)}项没有答复：{'、'.join(missing)}（{CONCLUDED}）。"


def _against_conclusion(catalogs: Catalogs, conclusion: str, answer: CompetitionAnswer) -> Iterable[str]:
    broken = set(answer.with_answer("violates"))
    if broken and conclusion == "approved":
        names = "、".join(item.article for item in catalogs.competition.items if item.id in broken)
        yield f"违反审查标准又不符合例外规定的，不得出台（{BLOCKS}）：{names}。请改结论，或者先修改草案。"
    if conclusion == "problems_found" and not broken:
        yield "结论为存在问题的，请在审查标准中选出违反的各项。"
    may_be_based = {item.id for item in catalogs.competition.items if item.unless_based}
    if wrong := set(answer.with_answer("based")) - may_be_based:
        names = "、".join(item.article for item in catalogs.competition.items if item.id in wrong)
        yield f"{names}不以有无法律、行政法规依据为条件，请改选答复。"


def _unexplained(answer: CompetitionAnswer) -> Iterable[str]:
    if answer.with_answer("compliant") and not answer.say("explanation"):
        yield f"涉及审查标准而认为不违反的，须在“涉及条款及说明”中写明条款和理由（{CONCLUDED}）。"
    if answer.with_answer("based") and not answer.say("legal_basis"):
        yield "答复为有依据的，须写明法律、行政法规的条款或者国务院批准文件。"


def _exception(asked: Asked, answer: CompetitionAnswer, today: date) -> Iterable[str]:
    """An exception has a ground, no less harmful alternative, and an end (art. 12)."""
    excepted = bool(answer.with_answer("excepted"))
    if excepted != bool(answer.exception):
        yield f"适用例外规定的，须同时选出例外的情形和适用例外的各项（{EXCEPTED}）。"
    if not excepted:
        return
    lacking = [
        title
        for name, (title, _) in TEXTS.items()
        if name in ("exception_reason", "no_alternative") and not answer.say(name)
    ]
    if not (answer.say("end_date") or answer.say("end_condition")):
        lacking.append("实施期限或者终止条件")
    if lacking:
        yield f"适用例外规定还缺：{'、'.join(lacking)}（{EXCEPTED}）。"
    if answer.say("end_date") and _day(answer.say("end_date")) <= today:
        yield f"例外措施的实施期限（{answer.say('end_date')}）已经届满，请核对。"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SignOffError(f"“例外措施的实施期限”不是日期：{text}，应写成 2026-11-23 的样子。") from error


def _procedure(asked: Asked, answer: CompetitionAnswer, today: date) -> Iterable[str]:
    if _binds(asked, HEARD, today) and not answer.say("consulted"):
        yield f"须写明听取经营者、行业协会商会等利害关系人意见的情况（{HEARD}）。"
    if _binds(asked, PACKAGE, today) and not answer.say("first_review"):
        yield f"送审应附起草单位的初审意见（{PACKAGE}）：请写明初审结论，没有初审的请退回补正。"


def _binds(asked: Asked, rule: str, today: date) -> bool:
    """Whether a rule binds this case on a day."""
    given = dict(asked.case.facts) | {"level": asked.case.level}
    readings = asked.catalogs.readings(asked.case.kind, given, today)
    return any(reading.rule.id == rule and reading.binds for reading in readings)


def _check_confirmed(asked: Asked, conclusion: str) -> None:
    if conclusion != "approved" or not _approved_before(asked.session, asked.case, asked.wait.round):
        raise SignOffError("确认前次结论继续适用的，结论须与前次相同；前次没有通过的，请重新审查。")


# --- earlier rounds --------------------------------------------------------------------------------------------------


def _approved_before(session: Session, case: Case, round: int) -> StepRecord | None:
    """The latest earlier round that ended in approval."""
    query = select(StepRecord).where(
        StepRecord.case == case.number,
        StepRecord.step == "fair_competition_review",
        StepRecord.round < round,
        StepRecord.conclusion == "approved",
    )
    return session.exec(query.order_by(col(StepRecord.round).desc())).first()


def _told_in(
    session: Session, catalogs: Catalogs, case: Case, row: StepRecord
) -> tuple[SignOff, CompetitionAnswer, int] | None:
    """Who signed a round and what they told, with the round confirmed (0: none) where they confirmed an earlier one."""
    query = select(SignOff).where(SignOff.case == case.number, SignOff.step == row.step, SignOff.round == row.round)
    for signed in session.exec(query.order_by(col(SignOff.id).desc())):
        answer = read_answer(catalogs, signed.answer)
        if answer.confirms and (before := _approved_before(session, case, row.round)):
            earlier = _told_in(session, catalogs, case, before)
            return signed, earlier[1] if earlier else answer, before.round
        if answer.is_told:
            return signed, answer, 0
    return None

"""What must hold of a fair-competition review before it counts, and what its package lacks. Reads only.

Each fault is one sentence that names the rule it rests on; the nearest reason comes first.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from sqlmodel import Session, col, select

from review_flows.cases.case import Case, CaseDocument, StepRecord
from review_flows.cases.work import Asked
from review_flows.decisions.fair_competition_answer import TEXTS, CompetitionAnswer
from review_flows.errors import SignOffError
from review_flows.law.catalogs import Catalogs
from review_flows.law.competition import Standard

STEP = "fair_competition_review"
SCOPE, FIRST, HEARD, CONCLUDED = "FC-01", "FC-03", "FC-04", "FC-05"
BLOCKS, EXCEPTED, AGAIN, PACKAGE = "FC-06", "FC-07", "FC-10", "FC-11"
FIRST_REVIEW, NOTE = "fair_competition_first_review", "drafting_note"


def faults(asked: Asked, conclusion: str, answer: CompetitionAnswer, today: date) -> Iterator[str]:
    """Why an answer may not count, the nearest reason first."""
    if not answer.scope:
        yield f"请先答复草案是否属于公平竞争审查范围（{SCOPE}）。"
    elif answer.scope == "not_in_scope":
        yield from _out_of_scope(conclusion, answer)
        return
    yield from _untold(asked.catalogs, answer)
    yield from _against_conclusion(asked.catalogs, conclusion, answer)
    if conclusion == "approved":
        yield from _unexplained(answer)
        yield from _exception(answer, today)
        yield from _hearing(asked, answer, today)
        yield from _package(asked, answer, today)


def _out_of_scope(conclusion: str, answer: CompetitionAnswer) -> Iterator[str]:
    if not answer.say("scope_reason"):
        yield f"认为不属于公平竞争审查范围的，须写明理由（{SCOPE}）。"
    if answer.touched or conclusion != "approved":
        yield "认为不属于审查范围，却有涉及审查标准的答复或者结论为存在问题，前后矛盾，请核对。"


def _untold(catalogs: Catalogs, answer: CompetitionAnswer) -> Iterator[str]:
    missing = [item.article for item in catalogs.competition.items if item.id not in answer.items]
    if missing:
        yield f"审查标准须逐项答复，还有{len(missing)}项没有答复：{'、'.join(missing)}（{CONCLUDED}）。"


def _against_conclusion(catalogs: Catalogs, conclusion: str, answer: CompetitionAnswer) -> Iterator[str]:
    broken = _standards(catalogs, answer.with_answer("violates"))
    if broken and conclusion == "approved":
        yield f"违反审查标准又不符合例外规定的，不得出台（{BLOCKS}）：{_names(broken)}。请改结论，或者先修改草案。"
    if conclusion == "problems_found" and not broken:
        yield "结论为存在问题的，请在审查标准中选出违反的各项。"
    if wrong := [item for item in _standards(catalogs, answer.with_answer("based")) if not item.unless_based]:
        yield f"{_names(wrong)}不以有无法律、行政法规依据为条件，请改选答复。"


def _standards(catalogs: Catalogs, items: Iterable[str]) -> list[Standard]:
    chosen = set(items)
    return [item for item in catalogs.competition.items if item.id in chosen]


def _names(items: Iterable[Standard]) -> str:
    return "、".join(f"{item.article}（{item.rule}）" for item in items)


def _unexplained(answer: CompetitionAnswer) -> Iterator[str]:
    if answer.with_answer("compliant") and not answer.say("explanation"):
        yield f"涉及审查标准而认为不违反的，须在“涉及条款及说明”中写明条款和理由（{CONCLUDED}）。"
    if answer.with_answer("based") and not answer.say("legal_basis"):
        yield "答复为有依据的，须写明法律、行政法规的条款或者国务院批准文件（FC-S10）。"


def _exception(answer: CompetitionAnswer, today: date) -> Iterator[str]:
    """An exception has a ground, no less harmful alternative, and an end (art. 12)."""
    excepted = bool(answer.with_answer("excepted"))
    if excepted != bool(answer.exception):
        yield f"适用例外规定的，须同时选出例外的情形和适用例外的各项（{EXCEPTED}）。"
    if not excepted:
        return
    lacking = [TEXTS[name][0] for name in ("exception_reason", "no_alternative") if not answer.say(name)]
    if not (answer.say("end_date") or answer.say("end_condition")):
        lacking.append("实施期限或者终止条件")
    if lacking:
        yield f"适用例外规定还缺：{'、'.join(lacking)}（{EXCEPTED}）。"
    if answer.say("end_date") and day_of(answer.say("end_date")) <= today:
        yield f"例外措施的实施期限（{answer.say('end_date')}）已经届满，请核对（{EXCEPTED}）。"


def day_of(text: str) -> date:
    """The day on which an exception ends; SignOffError where the text is no day."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SignOffError(f"“例外措施的实施期限”不是日期：{text}，应写成 2026-11-23 的样子。") from error


def _hearing(asked: Asked, answer: CompetitionAnswer, today: date) -> Iterator[str]:
    if not binds(asked, HEARD, today):
        return
    if not answer.has_heard_anybody:
        yield f"须写明听取经营者、行业协会商会等利害关系人意见的情况（{HEARD}）。"
    is_public = answer.public_interest or asked.case.facts.get("major_public_interest") is True
    if is_public and not answer.has_heard_the_public:
        yield f"涉及社会公众利益的，须写明听取社会公众意见的情况（{HEARD}）。"


# --- the package -----------------------------------------------------------------------------------------------------


def _package(asked: Asked, answer: CompetitionAnswer, today: date) -> Iterator[str]:
    lacking = lacking_papers(asked, today, first_review=answer.say("first_review"))
    if lacking:
        names = "、".join(lacking)
        rule = PACKAGE if binds(asked, PACKAGE, today) else FIRST
        yield f"送审材料不齐，还缺：{names}（{rule}）。请起草单位补送；不补的，结论选“退回”。"


def lacking_papers(asked: Asked, today: date, *, first_review: str = "") -> list[str]:
    """What the package of a government measure lacks, all at once: draft, note, the drafting unit's first review.

    The first review (since FC-03) may come as a paper, or its conclusion be written in the form; draft and note are
    asked for since FC-11.
    """
    catalogs, case = asked.catalogs, asked.case
    wanted = []
    if binds(asked, PACKAGE, today):
        wanted += [catalogs.chains[case.kind].draft, NOTE]
    if wanted or binds(asked, FIRST, today):
        wanted += [] if first_review else [FIRST_REVIEW]
    query = select(CaseDocument.role).where(CaseDocument.case == case.number)
    there = set(asked.session.exec(query))
    return [catalogs.label(role, section="roles") for role in wanted if role not in there]


def binds(asked: Asked, rule: str, today: date) -> bool:
    """Whether a rule binds this case on a day."""
    given = dict(asked.case.facts) | {"level": asked.case.level}
    readings = asked.catalogs.readings(asked.case.kind, given, today)
    return any(reading.rule.id == rule and reading.binds for reading in readings)


# --- earlier rounds --------------------------------------------------------------------------------------------------


def check_confirmed(asked: Asked, conclusion: str, answer: CompetitionAnswer) -> None:
    """Raises SignOffError where an earlier conclusion cannot be confirmed for a changed draft, or not so."""
    if conclusion != "approved" or not approved_before(asked.session, asked.case, asked.wait.round):
        raise SignOffError("确认前次结论继续适用的，结论须与前次相同；前次没有通过的，请重新审查。")
    if not answer.say("changes"):
        raise SignOffError(f"审查之后草案有修改，认为不属于重大修改的，须写明修改了什么、理由是什么（{AGAIN}）。")


def approved_before(session: Session, case: Case, round: int) -> StepRecord | None:
    """The latest earlier round, leaving out those returned for papers, where it ended in approval."""
    query = select(StepRecord).where(
        StepRecord.case == case.number,
        StepRecord.step == STEP,
        StepRecord.round < round,
        StepRecord.state == "done",
    )
    latest = session.exec(query.order_by(col(StepRecord.round).desc())).first()
    return latest if latest and latest.conclusion == "approved" else None

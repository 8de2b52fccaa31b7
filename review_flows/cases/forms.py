"""The form that a person fills to answer a step: one pydantic class per step, made from the law data, and its reading.

`form_for` gives the class and the Markdown that stands above it (what it is about, what to check, the papers' links,
and, where it is asked again, why). `read_answer` turns what came back (Chinese labels from the screen, or the keys of
the command line) into an `Answer`. A form never decides; `signing.py` does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from sqlmodel import Session, col, select

from review_flows.cases import workshop
from review_flows.cases.case import Case, CaseDocument, OpinionItem, StepRecord, Wait
from review_flows.cases.work import NO_WORKS, Asked, Works
from review_flows.cases.workshop import NATURE_OF, REVIEW, Remark, remarks_of
from review_flows.errors import SignOffError
from review_flows.law.catalogs import Catalogs
from review_flows.law.chains import ChainStep
from review_flows.law.checks import check_of

NATURES = ("must_change", "should_change", "note")
RESPONSES = ("adopted", "partly_adopted", "declined")
AS_IT_IS = "按原定"
STANCES = ("agree", "disagree", "reserve", "suggest")

# A person's words; long enough for any opinion, short enough to stay one.
MAX_TEXT = 20_000


@dataclass(frozen=True)
class AskedForm:
    """A form to show: the class of its answer and the Markdown above it."""

    model: type[BaseModel]
    description: str


@dataclass(frozen=True)
class ItemAnswer:
    """One opinion item as given."""

    article: str
    problem: str
    basis: str
    suggestion: str
    nature: str
    concerns: str = ""  # the check that it falls under; empty: not said


@dataclass(frozen=True)
class ResponseAnswer:
    """What the drafting unit says to an opinion item, by its number."""

    item: int
    response: str
    reason: str


@dataclass(frozen=True)
class Statement:
    """One statement in a collective discussion, in order."""

    name: str
    post: str
    stance: str
    words: str
    is_chief: bool


@dataclass(frozen=True)
class Meeting:
    """The collective discussion as recorded."""

    name: str
    held_on: str
    place: str
    host: str
    recorder: str
    presenter: str
    attendees: tuple[str, ...]
    absentees: tuple[str, ...]
    observers: tuple[str, ...]
    statements: tuple[Statement, ...]
    reason_for_differing: str


@dataclass(frozen=True)
class Answer:
    """What a person answered, in keys (not labels)."""

    person: str
    code: str
    conclusion: str
    reason: str = ""
    items: tuple[ItemAnswer, ...] = ()
    responses: tuple[ResponseAnswer, ...] = ()
    dates: Mapping[str, date] = field(default_factory=dict)
    accepts: tuple[str, ...] = ()
    meeting: Meeting | None = None
    remarks: workshop.Decided = workshop.UNDECIDED  # what became of the remarks of the screening
    told: Mapping[str, Any] = field(default_factory=dict)  # the fields of the line of business
    raw: Mapping[str, Any] = field(default_factory=dict)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class _AnswerForm(_Strict):
    person: str = Field(title="签批人编号", description="本人的人员编号", min_length=1, max_length=64)
    code: str = Field(title="动态口令", description="手机验证器上的 6 位数字，一次有效", min_length=1, max_length=12)


def form_for(
    session: Session,
    catalogs: Catalogs,
    wait: Wait,
    *,
    links: Callable[[str], str | None],
    works: Works = NO_WORKS,
) -> AskedForm:
    """The form of a wait; `links` gives the address of a document by its sha256 (None: no link for this reader)."""
    asked = Asked(session, catalogs, session.get_one(Case, wait.case), wait)
    work = works.get((asked.case.kind, wait.step))
    above = _description(asked, links, work.above(asked) if work else [])
    return AskedForm(_model(asked, works), above)


def _model(asked: Asked, works: Works) -> type[BaseModel]:
    session, catalogs, case, wait = asked.session, asked.catalogs, asked.case, asked.wait
    step = catalogs.chains[case.kind].steps[wait.step]
    labels = tuple(catalogs.label(key, wait.step, section="conclusions") for key in step.conclusions)
    fields: dict[str, Any] = {
        "conclusion": _choice(labels, "结论"),
        "reason": (
            str,
            Field("", title="理由", description="短于法定最短期限、退回或不同意时必填", max_length=MAX_TEXT),
        ),
    }
    if papers := offered_papers(session, wait):
        options = tuple(paper_label(paper) for paper in papers)
        fields["accepts"] = (
            list[Literal[options]],  # type: ignore[valid-type]  # the options are known only when it is asked
            Field(default_factory=list, title="认可的材料", description="勾选据以办结本环节的材料"),
        )
    if step.records:
        fields["dates"] = (_dates_model(catalogs, step.records), Field(title="日期", default_factory=dict))
    fields |= _fields_of(session, catalogs, case, step)
    if work := works.get((case.kind, wait.step)):
        fields |= work.fields(asked)
    return create_model(f"{wait.step.title().replace('_', '')}Answer", __base__=_AnswerForm, **fields)


def _fields_of(session: Session, catalogs: Catalogs, case: Case, step: ChainStep) -> dict[str, Any]:
    if is_review(step):
        titles = tuple(check.title for check in catalogs.checks.get(case.kind, ())) if step.id == REVIEW else ()
        items: Any = (list[_item_model(catalogs, titles)], Field(default_factory=list, title="意见条目"))  # type: ignore[misc]
        remarks = remarks_of(session, catalogs, case) if step.id == REVIEW else []
        return {"items": items} | _fields_of_remarks(catalogs, remarks)
    if is_meeting(step):
        return {"meeting": (meeting_model(catalogs), Field(title="会议情况", default_factory=dict))}
    if open_items(session, case.number):
        return {
            "responses": (
                list[_response_model(catalogs)],  # type: ignore[misc]
                Field(
                    default_factory=list, title="对审核意见的答复", description="按意见序号逐条答复；不采纳须说明理由"
                ),
            )
        }
    return {}


def _fields_of_remarks(catalogs: Catalogs, remarks: Sequence[Remark]) -> dict[str, Any]:
    """Three ways to decide on a remark: as it is, in other words, not at all; each by its line in the list above."""
    if not remarks:
        return {}
    labels = tuple(remark.label for remark in remarks)
    remark = _choice(labels, "提示")
    natures = (AS_IT_IS, *(catalogs.label(key, section="natures") for key in NATURES))
    nature: Any = Literal[natures]
    as_it_is = "不填的用提示原文"
    edited: Any = create_model(
        "EditedRemarkAnswer",
        __base__=_Strict,
        remark=remark,
        article=(str, Field("", title="条款", description=as_it_is, max_length=200)),
        problem=(str, Field("", title="问题", description=as_it_is, max_length=MAX_TEXT)),
        basis=(str, Field("", title="依据", description=as_it_is, max_length=MAX_TEXT)),
        suggestion=(str, Field("", title="建议", description=as_it_is, max_length=MAX_TEXT)),
        nature=(nature, Field(AS_IT_IS, title="性质")),
    )
    dropped: Any = create_model(
        "DroppedRemarkAnswer",
        __base__=_Strict,
        remark=remark,
        reason=(str, Field(title="理由", min_length=1, max_length=MAX_TEXT)),
    )
    return {
        "kept": (
            list[Literal[labels]],  # type: ignore[valid-type]  # the remarks are known only when it is asked
            Field(default_factory=list, title="采用的初筛提示", description="勾选即列为意见条目；未采用的按不采用留存"),
        ),
        "edited": (list[edited], Field(default_factory=list, title="修改后采用的初筛提示")),
        "dropped": (list[dropped], Field(default_factory=list, title="不采用的初筛提示及各自理由")),
        "dropped_reason": (str, Field("", title="不采用其余提示的理由", max_length=MAX_TEXT)),
    }


def _choice(labels: tuple[str, ...], title: str) -> Any:
    """A required field with one of these labels; what the labels are is known only when it is asked."""
    return (Literal[labels], Field(title=title))


def is_review(step: ChainStep) -> bool:
    """Whether the step ends in an opinion with items: it can find that something must be amended."""
    return bool({"to_be_amended", "problems_found"} & set(step.conclusions)) and not is_meeting(step)


def is_meeting(step: ChainStep) -> bool:
    """Whether the step is a meeting that is recorded statement by statement."""
    return step.id == "collective_discussion"


def offered_papers(session: Session, wait: Wait) -> list[CaseDocument]:
    """The papers that have come for this step, newest version first."""
    query = (
        select(CaseDocument)
        .where(
            CaseDocument.case == wait.case, CaseDocument.step == wait.step, col(CaseDocument.made_by_system).is_(False)
        )
        .order_by(CaseDocument.role, col(CaseDocument.version).desc())
    )
    return [paper for paper in session.exec(query) if paper.sha256]


def paper_label(paper: CaseDocument) -> str:
    """How a paper stands in a list of choices: name, version, first characters of its hash."""
    return f"{paper.name}（第{paper.version}版 {(paper.sha256 or '')[:12]}）"


def open_items(session: Session, case: str) -> list[OpinionItem]:
    """The items of the latest opinion that nobody has answered yet."""
    items = session.exec(
        select(OpinionItem)
        .where(OpinionItem.case == case)
        .order_by(col(OpinionItem.round).desc(), col(OpinionItem.ordinal))
    ).all()
    return [item for item in items if item.round == items[0].round and item.response is None]


def _item_model(catalogs: Catalogs, checks: tuple[str, ...]) -> type[BaseModel]:
    """One opinion item; `checks` are the titles of those that it may fall under."""
    natures = tuple(catalogs.label(key, section="natures") for key in NATURES)
    concerns: Any = Literal[("", *checks)]
    named: Any = {"concerns": (concerns, Field("", title="所属审核内容"))} if checks else {}
    return create_model(
        "OpinionItemAnswer",
        __base__=_Strict,
        article=(str, Field("", title="条款", description="如：第十二条第二款", max_length=200)),
        problem=(str, Field(title="问题", min_length=1, max_length=MAX_TEXT)),
        basis=(str, Field("", title="依据", description="法律名称和条款", max_length=MAX_TEXT)),
        suggestion=(str, Field("", title="建议", max_length=MAX_TEXT)),
        nature=_choice(natures, "性质"),
        **named,
    )


def _response_model(catalogs: Catalogs) -> type[BaseModel]:
    responses = tuple(catalogs.label(key, section="adoptions") for key in RESPONSES)
    return create_model(
        "ItemResponseAnswer",
        __base__=_Strict,
        item=(int, Field(title="意见序号", ge=1)),
        response=_choice(responses, "采纳情况"),
        reason=(str, Field("", title="理由", max_length=MAX_TEXT)),
    )


def _dates_model(catalogs: Catalogs, names: Sequence[str]) -> type[BaseModel]:
    fields: dict[str, Any] = {
        name: (str, Field("", title=catalogs.dates[name], description="如 2026-11-23，没有可不填", max_length=10))
        for name in names
    }
    return create_model("DatesAnswer", __base__=_Strict, **fields)


def meeting_model(catalogs: Catalogs) -> type[BaseModel]:
    """The plain form of a meeting; a line of business may extend it."""
    stances = tuple(catalogs.label(key, section="stances") for key in STANCES)
    statement = create_model(
        "StatementAnswer",
        __base__=_Strict,
        name=(str, Field(title="姓名", min_length=1, max_length=50)),
        post=(str, Field("", title="职务", max_length=100)),
        stance=_choice(stances, "意见"),
        words=(str, Field("", title="发言要点", max_length=MAX_TEXT)),
        is_chief=(bool, Field(False, title="是主要负责人")),
    )
    return create_model(
        "MeetingAnswer",
        __base__=_Strict,
        name=(str, Field("", title="会议名称", max_length=200)),
        held_on=(str, Field("", title="开会日期", description="如 2026-11-23", max_length=10)),
        place=(str, Field("", title="地点", max_length=200)),
        host=(str, Field("", title="主持人", max_length=50)),
        recorder=(str, Field("", title="记录人", max_length=50)),
        presenter=(str, Field("", title="汇报人", max_length=50)),
        attendees=(list[str], Field(default_factory=list, title="出席人员")),
        absentees=(list[str], Field(default_factory=list, title="缺席人员及原因")),
        observers=(list[str], Field(default_factory=list, title="列席人员")),
        statements=(list[statement], Field(default_factory=list, title="发言（按先后顺序，主要负责人最后）")),
        reason_for_differing=(str, Field("", title="决定与多数意见不一致的理由", max_length=MAX_TEXT)),
    )


def _description(asked: Asked, links: Callable[[str], str | None], above: Sequence[str]) -> str:
    """What stands above the form, in the order in which it is read: until when, the papers, what to answer, and why."""
    session, catalogs, case, wait = asked.session, asked.catalogs, asked.case, asked.wait
    step = catalogs.label(wait.step, case.kind)
    record = latest_record(session, case.number, wait.step)
    lines = []
    if wait.reason_above:
        lines += [f"> **上一次答复未被接受：{wait.reason_above}**", ""]
    lines += [f"## {case.title}", "", f"{case.number} · {step} · 第{wait.round}轮", ""]
    if record:
        lines += _until_when(record)
    lines += _papers(session, catalogs, case, links)
    lines += above
    if wait.step == REVIEW:
        lines += workshop.lines(remarks_of(session, catalogs, case))
    chain_step = catalogs.chains[case.kind].steps[wait.step]
    if not is_review(chain_step) and not is_meeting(chain_step):
        lines += _items_to_answer(catalogs, open_items(session, case.number))
    if record and record.because:
        lines += _grounds(record)
    return "\n".join(lines)


def _items_to_answer(catalogs: Catalogs, items: Sequence[OpinionItem]) -> list[str]:
    if not items:
        return []
    said = [
        f"{item.ordinal}. （{catalogs.label(item.nature)}）{item.article}：{item.problem} 建议：{item.suggestion}"
        for item in items
    ]
    return ["", "**待答复的审核意见**", "", *said]


def _until_when(record: StepRecord) -> list[str]:
    lines = []
    if record.due_on:
        note = "（预计，节假日安排尚未公布）" if record.provisional else ""
        lines.append(f"办理期限至 **{record.due_on.isoformat()}**{note}（{record.due_rule}）。")
    if record.earliest_end_on:
        lines.append(f"早于 {record.earliest_end_on.isoformat()} 办结的须写明理由（{record.earliest_rule}）。")
    return [*lines, ""]


def _grounds(record: StepRecord) -> list[str]:
    grounds = [f"- {ground['text']}（{ground['citation']}，{ground['rule']}）" for ground in record.because]
    return ["", "**依据**", "", *grounds]


def _papers(session: Session, catalogs: Catalogs, case: Case, links: Callable[[str], str | None]) -> list[str]:
    documents = current_documents(session, case.number)
    if not documents:
        return []
    lines = ["**材料**", ""]
    for paper in documents:
        address = links(paper.sha256) if paper.sha256 else None
        name = f"[{paper.name}]({address})" if address else f"{paper.name}{'' if paper.sha256 else '（纸质）'}"
        lines += [f"{catalogs.label(paper.role, case.kind)}：{name}（第{paper.version}版）", ""]
    return lines


def current_documents(session: Session, case: str) -> list[CaseDocument]:
    """The newest version of every paper of a case, in the order they came."""
    newest: dict[str, CaseDocument] = {}
    for paper in session.exec(select(CaseDocument).where(CaseDocument.case == case).order_by(col(CaseDocument.id))):
        newest[paper.role if paper.role != "other" else f"other-{paper.id}"] = paper
    return sorted(newest.values(), key=lambda paper: paper.id or 0)


def latest_record(session: Session, case: str, step: str) -> StepRecord | None:
    """The latest round of a step."""
    return session.exec(
        select(StepRecord)
        .where(StepRecord.case == case, StepRecord.step == step)
        .order_by(col(StepRecord.round).desc())
        .limit(1)
    ).first()


def read_answer(
    session: Session, catalogs: Catalogs, wait: Wait, given: Mapping[str, Any], works: Works = NO_WORKS
) -> Answer:
    """What was answered, labels turned back into keys; SignOffError where it does not fit the form.

    Read tolerantly: a form that was shown by an older version of the program may lack fields that have come since.
    """
    case = session.get_one(Case, wait.case)
    asked = Asked(session, catalogs, case, wait)
    model = _model(asked, works)
    known = {key: value for key, value in given.items() if key in model.model_fields and value not in (None, {}, [])}
    labelled = _with_labels(session, catalogs, case, wait, known)
    try:
        form: Any = model.model_validate(labelled)
    except ValidationError as error:
        raise SignOffError(f"表单填写有误：{_explain(error, model)}。请改正后重新填写。") from error
    keys = _keys(catalogs, case.kind, catalogs.chains[case.kind].steps[wait.step])
    written = [
        ItemAnswer(
            i.article, i.problem, i.basis, i.suggestion, keys["nature"][i.nature],
            keys["concerns"].get(getattr(i, "concerns", ""), ""),
        )
        for i in getattr(form, "items", ())
    ]  # fmt: skip
    decided = _decided(form, keys["nature"])
    remarks = remarks_of(session, catalogs, case) if decided.taken else []
    return Answer(
        person=form.person,
        code=form.code.replace(" ", ""),
        conclusion=keys["conclusion"][form.conclusion],
        reason=form.reason,
        items=(
            *written,
            *(_item_of(catalogs, case.kind, one, decided) for one in remarks if one.number in decided.taken),
        ),
        responses=tuple(
            ResponseAnswer(r.item, keys["response"][r.response], r.reason) for r in getattr(form, "responses", ())
        ),
        dates=_dates(catalogs, getattr(form, "dates", None)),
        accepts=_accepted(session, wait, getattr(form, "accepts", ())),
        meeting=_meeting(keys["stance"], getattr(form, "meeting", None)),
        remarks=decided,
        told=_told(asked, works, form),
        raw={key: value for key, value in known.items() if key != "code"},
    )


def _decided(form: Any, nature_of: Mapping[str, str]) -> workshop.Decided:
    """What the form says of the remarks; SignOffError where it says two things of one."""
    edited = {
        _number(one.remark): workshop.Wording(
            one.article, one.problem, one.basis, one.suggestion, nature_of.get(one.nature, "")
        )
        for one in getattr(form, "edited", ())
    }
    dropped = {_number(one.remark): one.reason for one in getattr(form, "dropped", ())}
    kept = {_number(label) for label in getattr(form, "kept", ())}
    named = [_number(one.remark) for name in ("edited", "dropped") for one in getattr(form, name, ())]
    twice = {number for number in named if named.count(number) > 1} | (kept & dropped.keys())
    if twice:
        raise SignOffError(f"初筛提示第 {'、'.join(map(str, sorted(twice)))} 条填写了两种处理，请只保留一种。")
    return workshop.Decided(frozenset(kept - edited.keys()), edited, dropped, getattr(form, "dropped_reason", ""))


def _number(label: str) -> int:
    return int(label.partition(".")[0])


def _item_of(catalogs: Catalogs, kind: str, remark: Remark, decided: workshop.Decided) -> ItemAnswer:
    """A remark that the reviewer took over, as an opinion item, in the reviewer's words where there are any."""
    words = decided.edited.get(remark.number, workshop.Wording())
    return ItemAnswer(
        words.article or remark.article,
        words.problem or remark.message,
        words.basis or remark.citation,
        words.suggestion or remark.suggestion,
        words.nature or NATURE_OF[remark.severity],
        check_of(catalogs.checks.get(kind, ()), remark.rule),
    )


def _told(asked: Asked, works: Works, form: BaseModel) -> dict[str, Any]:
    work = works.get((asked.case.kind, asked.wait.step))
    names = work.fields(asked) if work else {}
    return form.model_dump(include=set(names)) if names else {}


def _labels(catalogs: Catalogs, kind: str, step: ChainStep) -> dict[str, dict[str, str]]:
    """For each field of choices, key → label; the same label may mean another key in another field."""
    results = catalogs.terms["meeting_results"] if is_meeting(step) else {}
    return {
        "conclusion": {key: catalogs.label(key, step.id, section="conclusions") for key in step.conclusions},
        "result": {key: term.label for key, term in results.items()},
        "nature": {key: catalogs.label(key, section="natures") for key in NATURES},
        "response": {key: catalogs.label(key, section="adoptions") for key in RESPONSES},
        "stance": {key: catalogs.label(key, section="stances") for key in STANCES},
        "concerns": {check.id: check.title for check in catalogs.checks.get(kind, ())},
    }


def _keys(catalogs: Catalogs, kind: str, step: ChainStep) -> dict[str, dict[str, str]]:
    """For each field of choices, label → key."""
    choices = _labels(catalogs, kind, step)
    return {name: {label: key for key, label in labels.items()} for name, labels in choices.items()}


def _with_labels(
    session: Session, catalogs: Catalogs, case: Case, wait: Wait, given: Mapping[str, Any]
) -> dict[str, Any]:
    """The answer with keys (as the command line sends them) turned into the labels that the form knows."""
    labels = _labels(catalogs, case.kind, catalogs.chains[case.kind].steps[wait.step])
    papers = {paper.sha256: paper_label(paper) for paper in offered_papers(session, wait)}
    remarks = {remark.number: remark.label for remark in remarks_of(session, catalogs, case)}

    def relabel(name: str, value: Any) -> Any:
        if isinstance(value, list):
            return [relabel(name, entry) for entry in value]
        if isinstance(value, dict):
            return {key: relabel(key, entry) for key, entry in value.items()}
        if name in labels and isinstance(value, str):
            return labels[name].get(value, value)
        if name in ("kept", "remark") and isinstance(value, int):
            return remarks.get(value, value)
        if name == "accepts" and isinstance(value, str):
            return papers.get(value, value)
        return value.isoformat() if isinstance(value, date) else value

    return {key: relabel(key, value) for key, value in given.items()}


def labelled_answer(session: Session, catalogs: Catalogs, wait: Wait, given: Mapping[str, Any]) -> dict[str, Any]:
    """An answer written in keys, as the form on the screen would send it."""
    return _with_labels(session, catalogs, session.get_one(Case, wait.case), wait, given)


def _explain(error: ValidationError, model: type[BaseModel]) -> str:
    sentences = []
    for fault in error.errors()[:5]:
        top = str(fault["loc"][0]) if fault["loc"] else ""
        title = model.model_fields[top].title if top in model.model_fields else top
        place = f"第{fault['loc'][1] + 1}条" if len(fault["loc"]) > 1 and isinstance(fault["loc"][1], int) else ""
        sentences.append(f"“{title}”{place}{_fault_in_chinese(fault['type'])}")
    return "；".join(sentences)


def _fault_in_chinese(kind: str) -> str:
    return {
        "missing": "没有填",
        "literal_error": "不在可选范围内",
        "string_too_short": "不能为空",
        "string_too_long": "太长",
        "extra_forbidden": "有表单之外的内容",
        "int_parsing": "应为数字",
    }.get(kind, "填写的内容不合要求")


def _dates(catalogs: Catalogs, form: BaseModel | dict[str, Any] | None) -> dict[str, date]:
    given = form.model_dump() if isinstance(form, BaseModel) else form or {}
    dates = {}
    for name, text in given.items():
        if not text:
            continue
        try:
            dates[name] = date.fromisoformat(text)
        except ValueError as error:
            raise SignOffError(f"“{catalogs.dates[name]}”不是日期：{text}，应写成 2026-11-23 的样子。") from error
    return dates


def _accepted(session: Session, wait: Wait, chosen: Sequence[str]) -> tuple[str, ...]:
    by_label = {paper_label(paper): paper.sha256 for paper in offered_papers(session, wait)}
    return tuple(sha for label in chosen if (sha := by_label[label]))


def _meeting(key_of: Mapping[str, str], form: Any) -> Meeting | None:
    if not isinstance(form, BaseModel):
        return None
    given: Any = form
    if not given.name and not given.statements:
        return None
    return Meeting(
        given.name, given.held_on, given.place, given.host, given.recorder, given.presenter,
        tuple(given.attendees), tuple(given.absentees), tuple(given.observers),
        tuple(Statement(s.name, s.post, key_of[s.stance], s.words, s.is_chief) for s in given.statements),
        given.reason_for_differing,
    )  # fmt: skip

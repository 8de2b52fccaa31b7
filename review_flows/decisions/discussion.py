"""集体讨论 as a step: what the form asks beside the plain one, what may not count, what is recorded, what follows.

In: the answer of the step, and the meeting on whose agenda the case stands. Out: a `Discussion`, which nobody can
change (dissent cannot vanish, MD-26); findings where the law was not kept and the record says why; its paper; and what
the result makes happen (catalogs/meetings.yaml). An answer in the plain form, or on a record that came on paper, counts
as ever.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, Literal

from pydantic import BaseModel, Field, create_model
from sqlmodel import Session

from review_flows.cases.advance import end_case, office_day, open_step
from review_flows.cases.case import OPEN_STEP_STATES, Case, OpinionItem, StepRecord
from review_flows.cases.forms import MAX_TEXT, Statement, meeting_model
from review_flows.cases.standing import draft_identity, latest_records, on_file, plan_of
from review_flows.cases.work import Asked, Ended, WorkPaper
from review_flows.decisions import meeting_papers
from review_flows.decisions.agenda import STEP, Lack, PackLine, declined_of, lacks_of, not_concerned, pack_lines
from review_flows.decisions.choices import choice, day_in, key_of, note
from review_flows.decisions.discussions import Discussion, discussion_of
from review_flows.decisions.meeting import AgendaItem, Meeting, attendance_faults, awaiting, bare_name, remove
from review_flows.decisions.meeting_papers import RECORD
from review_flows.decisions.risk import lines_for_meeting, unproved
from review_flows.errors import SignOffError
from review_flows.law.catalogs import Catalogs
from review_flows.law.meetings import MeetingResult
from review_flows.law.procedure import CHAIN
from review_flows.law.rules import Reading
from review_flows.papers.wording import load as load_wording
from review_flows.records.audit import Actor, record

DECIDED_IN, CHIEF_LAST, DIFFERING, DISSENT, PAPERS = "MD-23", "MD-24", "MD-25", "MD-26", "MD-22"
DELIBERATED, LAST_WORD, HEADS, QUORUM = "ND-19", "ND-19.1", "ME-12", "CM-01"
# Who does not stand behind a decision, and who does not stand behind putting it off or turning it down.
AGAINST = {True: ("disagree", "reserve"), False: ("agree", "suggest")}
# name → (title, hint) of the plain texts that the meeting's form has beside those of every form
TEXTS: dict[str, tuple[str, str]] = {
    "time": ("开会时间", "如 9时30分"),
    "differences": ("主要分歧", "讨论中的主要不同意见；各人的不同意见仍在发言中如实记录"),
    "order_explained": ("发言次序说明", "主要负责人没有最后发表意见或者没有发言的，如实写明原因，列为发现项"),
    "minutes_number": ("会议纪要文号", ""),
}


@dataclass(frozen=True)
class Told:
    """What a secretary told of a discussion, in keys, completed from the meeting that the case was put on."""

    name: str = ""
    held_on: date | None = None
    time: str = ""
    place: str = ""
    host: str = ""
    recorder: str = ""
    presenter: str = ""
    due: int | None = None
    attendees: tuple[str, ...] = ()
    absentees: tuple[str, ...] = ()
    observers: tuple[str, ...] = ()
    experts: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = ()
    others: tuple[Statement, ...] = ()
    differences: str = ""
    reason_for_differing: str = ""
    order_explained: str = ""
    minutes_number: str = ""
    is_told: bool = False  # the form was used, so that the record can be made from it

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        kept = asdict(self) | {"held_on": self.held_on.isoformat() if self.held_on else None}
        return {name: value for name, value in kept.items() if name != "is_told"}


class DiscussionWork:
    """The StepWork of collective_discussion, for every kind of case that has it."""

    enforces: Mapping[str, str] = {
        PAPERS: "会议议程——提交讨论的材料不齐的不能列入议程；材料按条例的次序成一包，不涉及的写明依据",
        DECIDED_IN: "会议议程——不是本机关应当决定此事的会议种类的，不能列入议程",
        CHIEF_LAST: "集体讨论记录——主要负责人没有最后发表意见的不收；会上确实如此并说明的，列为发现项",
        DIFFERING: "集体讨论记录——决定与多数人意见不一致的，没有会上说明的理由不收",
        DISSENT: "集体讨论记录——发言逐条记录，数据库不许改删；有误的另行补正，原文仍在",
        DELIBERATED: "会议议程——政府文件由常务会议或者全体会议、部门文件由办公会议审议，不能列入其他会议",
        LAST_WORD: "集体讨论记录——主要负责人没有最后发表意见的不收；会上确实如此并说明的，列为发现项",
        QUORUM: "集体讨论记录——到会人数不足的列为发现项",
        HEADS: "会议议程——处罚由负责人集体讨论，不能列入其他会议",
    }

    # --- the form ---------------------------------------------------------------------------------------------------

    def fields(self, asked: Asked) -> dict[str, Any]:
        """The finer result, and the meeting's own form with what a record needs."""
        meeting = _model(asked.catalogs)
        hint = "不填的按结论理解：同意即通过；存在问题即退回修改后再次讨论"
        return {
            "result": choice(asked.catalogs, "meeting_results", "会议决定", hint),
            "meeting": (meeting, Field(title="会议情况", default_factory=meeting)),
        }

    def above(self, asked: Asked) -> list[str]:
        """Which meeting it stands on, which papers the meeting had, and the must-items that were declined."""
        session, catalogs, case = asked.session, asked.catalogs, asked.case
        today = office_day(asked.wait.opened_at)
        lines = ["**集体讨论**：主要负责人最后发表意见；不同意见如实记录；记录须经主持人和记录人各自确认。", ""]
        for meeting, item in awaiting(session, case.number):
            lines += [f"已列入 **{meeting.label}** 第{item.ordinal}项议题；会议名称、时间、人员不填的从会议带入。", ""]
        plan = plan_of(session, catalogs, case, today)
        if plan.step(STEP).required is not False:
            lines += ["**提交讨论的材料**", ""]
            told = pack_lines(session, catalogs, case, plan)
            lines += [*(f"- {_paper_words(catalogs, case, line)}" for line in told), ""]
        if risk := lines_for_meeting(session, catalogs, case):
            lines += ["**风险评估**", "", *(f"- {line}" for line in risk), ""]
        return lines + _declined_words(catalogs, declined_of(session, case))

    # --- may it count -----------------------------------------------------------------------------------------------

    def check(self, asked: Asked, conclusion: str, told: Mapping[str, Any], now: datetime) -> None:
        """Raises SignOffError where the answer contradicts itself, the meeting, or the law."""
        today = office_day(now)
        for fault in _result_faults(asked, conclusion, told):
            raise SignOffError(fault)
        linked = _linked(asked)
        read = read_told(asked, told, linked)
        for fault in (*_linked_faults(asked, read, linked, now), *_faults(asked, conclusion, read, linked, today)):
            raise SignOffError(fault)

    def makes(self, asked: Asked, conclusion: str, told: Mapping[str, Any]) -> Collection[str]:
        """The record, where the form tells of a meeting."""
        return (RECORD,) if read_told(asked, told, _linked(asked)).is_told else ()

    # --- it counts --------------------------------------------------------------------------------------------------

    def record(self, asked: Asked, conclusion: str, told: Mapping[str, Any], actor: Actor, now: datetime) -> None:
        """The discussion as a row of its own, with its event and findings; the item of the agenda is discussed."""
        linked = _linked(asked)
        if conclusion == "returned":
            if linked:
                reason = asked.given.reason if asked.given else ""
                remove(asked.session, *linked, actor, reason=reason or "退回", now=now)
            return
        read = read_told(asked, told, linked)
        kept = _keep(asked, conclusion, told, read, linked, actor, now)
        record(
            asked.session, "discussion.recorded", actor=actor, at=now, case=asked.case.number, step=STEP,
            round=asked.wait.round, subject=("discussion", str(kept.id)),
            documents=on_file(kept.draft_sha256),
            payload={
                "result": kept.result,
                "conclusion": conclusion,
                "meeting": read.name,
                "dissent": [said.name for said in read.statements if said.stance in AGAINST[True]],
                "sha256": kept.sha256,
            },
        )  # fmt: skip
        for kind, rule, reason in _shortcomings(asked, read, office_day(now)):
            note(
                asked.session, asked.case, kind, step=STEP, rule=rule, reason=reason, actor=actor, now=now,
                round=asked.wait.round,
            )  # fmt: skip
        if linked:
            linked[1].state = "discussed"

    def go_on(self, asked: Asked, row: StepRecord, actor: Actor, now: datetime) -> bool:
        """What the result makes happen: an amended text, another round, the end, or a rest."""
        kept = discussion_of(asked.session, asked.case.number, row.round)
        if kept is None or kept.result is None or row.conclusion != kept.conclusion:
            return False
        follows = asked.catalogs.meetings.results[kept.result].follows
        label = asked.catalogs.label(kept.result, section="meeting_results")
        reason = f"会议决定：{label}。{kept.reason}".rstrip("。") + "。"
        return _follow(asked, row, follows, reason, actor, now)

    def papers(self, ended: Ended) -> Iterable[WorkPaper]:
        """The 集体讨论记录 of a round that was told in the form."""
        kept = discussion_of(ended.session, ended.case.number, ended.row.round)
        if kept is None or kept.on_paper:
            return
        content = meeting_papers.record_content(ended.session, ended.home, ended.catalogs, ended.case, kept)
        make = partial(meeting_papers.record_paper, content, ended.catalogs, load_wording(ended.home.settings.catalogs))
        again = f"（第{ended.row.round}次）" if ended.row.round > 1 else ""
        yield WorkPaper(RECORD, f"{ended.catalogs.label(RECORD, ended.case.kind)}{again}.docx", make)


# --- the form, and reading it ----------------------------------------------------------------------------------------


def _model(catalogs: Catalogs) -> type[BaseModel]:
    plain = meeting_model(catalogs)
    statements: Any = plain.model_fields["statements"].annotation
    texts: dict[str, Any] = {
        name: (str, Field("", title=title, description=hint, max_length=MAX_TEXT))
        for name, (title, hint) in TEXTS.items()
    }
    return create_model(
        "MeetingAnswer",
        __base__=plain,
        due=(int, Field(0, title="应到人数", description="0 为未填", ge=0, le=2000)),
        experts=(list[str], Field(default_factory=list, title="特邀专家")),
        others=(statements, Field(default_factory=list, title="列席人员和专家意见")),
        **texts,
    )


def read_told(asked: Asked, told: Mapping[str, Any], linked: tuple[Meeting, AgendaItem] | None) -> Told:
    """What was told, labels turned back into keys; what was left out comes from the meeting that it was put on."""
    more = told.get("meeting") or {}
    plain = asked.given.meeting if asked.given else None
    stances = {term.label: key for key, term in asked.catalogs.terms["stances"].items()}
    others = tuple(Statement(**said | {"stance": stances[said["stance"]]}) for said in more.get("others") or ())
    texts: dict[str, Any] = {name: str(more.get(name) or "") for name in TEXTS}
    read = Told(due=more.get("due") or None, experts=tuple(more.get("experts") or ()), others=others, **texts)
    if plain is not None:
        words = {key: value for key, value in vars(plain).items() if key != "held_on"}
        read = Told(**vars(read) | words | {"is_told": True})
    held_on = day_in(text, "开会日期") if (text := more.get("held_on")) else None
    return _with_meeting(Told(**vars(read) | {"held_on": held_on}), linked)


def _with_meeting(read: Told, linked: tuple[Meeting, AgendaItem] | None) -> Told:
    if linked is None:
        return read
    meeting, item = linked
    known = {name: getattr(meeting, name) for name in ("name", "held_on", "time", "place", "host", "recorder")}
    known |= {"presenter": item.presenter}
    if not read.attendees:  # the whole attendance comes from one place
        known |= {name: tuple(getattr(meeting, name)) for name in ("attendees", "absentees", "observers")}
        known |= {"due": meeting.due}
    return Told(**vars(read) | {name: value for name, value in known.items() if not getattr(read, name)})


def _linked(asked: Asked) -> tuple[Meeting, AgendaItem] | None:
    """The meeting on whose agenda the case stands; it stands on one at most."""
    return next(iter(awaiting(asked.session, asked.case.number)), None)


def _result(asked: Asked, told: Mapping[str, Any]) -> MeetingResult | None:
    key = key_of(asked.catalogs, "meeting_results", told.get("result"))
    return asked.catalogs.meetings.results[key] if key else None


# --- what must hold --------------------------------------------------------------------------------------------------


def _result_faults(asked: Asked, conclusion: str, told: Mapping[str, Any]) -> Iterator[str]:
    result = _result(asked, told)
    if result is None:
        return
    label = asked.catalogs.label(result.id, section="meeting_results")
    if conclusion not in result.conclusions:
        wanted = "、".join(asked.catalogs.label(c, STEP, section="conclusions") for c in result.conclusions)
        yield f"会议决定“{label}”与结论不符：结论应为{wanted}。"
    if result.needs_reason and not (asked.given and asked.given.reason.strip()):
        yield f"会议决定“{label}”的，须在理由中写明会议的要求或者原因。"


def _linked_faults(asked: Asked, read: Told, linked: tuple[Meeting, AgendaItem] | None, now: datetime) -> Iterator[str]:
    """Why an answer does not fit the meeting on whose agenda the case stands."""
    if linked is None:
        return
    meeting, item = linked
    if meeting.held_on > office_day(now):
        yield f"本案列入的{meeting.label}还没有召开，不能登记讨论情况；改在其他会议讨论的，先撤下议题。"
    if read.held_on != meeting.held_on or not _is_same_name(read.name, meeting.name):
        yield f"本案列入的是{meeting.label}，与所填会议不同；请核对，或者先撤下议题（meetings take-off）。"
    if read.is_told and (not (read.host and read.recorder) or read.host == read.recorder):
        yield "须写明主持人和记录人，并且不是同一人：记录由双方各自确认。"
    lacks = lacks_of(asked.session, asked.catalogs, asked.case, now=now, meeting=meeting)
    if lacks:
        yield f"本案现在不具备讨论的条件：{'；'.join(map(str, lacks))}。"
    if draft_identity(asked.session, asked.catalogs, asked.case) != item.draft_sha256:
        yield "列入议程的文稿与现在的文稿不是同一版，请核对后重新列入议程（meetings put）。"


def _is_same_name(told: str, name: str) -> bool:
    """Whether a meeting is meant: 第12次常务会议 for 婺城区人民政府第12次常务会议."""
    return told in name or name in told


def _faults(
    asked: Asked, conclusion: str, read: Told, linked: tuple[Meeting, AgendaItem] | None, today: date
) -> Iterator[str]:
    if read.held_on and read.held_on > today:
        yield f"开会日期（{read.held_on.isoformat()}）晚于今天，不能登记还没有召开的会议。"
    if (linked and read.is_told) or read.due:
        yield from attendance_faults(read.attendees, read.absentees, read.due)
    yield from _speaker_faults(read, linked)
    yield from _order_faults(asked, read, today)
    yield from _majority_faults(asked, conclusion, read, today)


def _speaker_faults(read: Told, linked: tuple[Meeting, AgendaItem] | None) -> Iterator[str]:
    """At a meeting whose attendance is known, members speak as members and everybody else among the others."""
    if linked is None or not read.is_told:
        return
    if not read.statements:
        yield "须逐人记录发言（statements）：谁、什么意见、发言要点。"
    members = {bare_name(name) for name in read.attendees}
    if strangers := [said.name for said in read.statements if bare_name(said.name) not in members]:
        yield f"{'、'.join(strangers)}不在出席人员之中：列席人员和专家的意见请填在“列席人员和专家意见”。"


def _order_faults(asked: Asked, read: Told, today: date) -> Iterator[str]:
    if _chief_is(read.statements) == "earlier" and not read.order_explained.strip():
        yield (
            f"主要负责人应当最后发表意见（末位表态），记录的发言次序不符{_by(asked, 'chief_last', today)}。"
            "请核对会议记录；会上确实如此的，如实记录并填写“发言次序说明”，列为发现项。"
        )


def _chief_is(statements: Sequence[Statement]) -> Literal["last", "earlier", "nowhere"]:
    """Where the chief's words stand in a record; spoken twice, the first time counts against the order."""
    chiefs = [at for at, said in enumerate(statements) if said.is_chief]
    if not chiefs:
        return "nowhere"
    return "last" if chiefs == [len(statements) - 1] else "earlier"


def _majority_faults(asked: Asked, conclusion: str, read: Told, today: date) -> Iterator[str]:
    if not any(said.is_chief for said in read.statements) or read.reason_for_differing.strip():
        return
    passes = conclusion in asked.catalogs.chain(asked.case.kind).steps[STEP].passes
    if differs(read.statements, passes=passes):
        yield f"决定与多数人的意见不一致，须载明会上说明的理由{_by(asked, 'differing', today)}。"


def differs(statements: Sequence[Statement], *, passes: bool) -> bool:
    """Whether more than half of the members other than the chief do not stand behind what was decided (MD-25)."""
    stances = [said.stance for said in statements if not said.is_chief]
    return sum(stance in AGAINST[passes] for stance in stances) * 2 > len(stances)


def _by(asked: Asked, demand: str, today: date) -> str:
    return f"（{lack.citation}，{lack.rule}）" if (lack := ground_of(asked, demand, today)).citation else ""


def ground_of(asked: Asked, demand: str, today: date) -> Lack:
    """The rule by which a demand of meetings.yaml binds a case on a day; the district's own flow where none does."""
    found = _rule_of(asked, demand, today)
    if found is None:
        return Lack(demand, CHAIN, asked.catalogs.own_flow.citation)
    return Lack(demand, found.rule.id, found.version.citation)


def _rule_of(asked: Asked, demand: str, today: date) -> Reading | None:
    named: tuple[str, ...] = getattr(asked.catalogs.meetings, demand)
    given = dict(asked.case.facts) | {"level": asked.case.level}
    binding = {r.rule.id: r for r in asked.catalogs.readings(asked.case.kind, given, today) if r.binds}
    return next((binding[rule] for rule in named if rule in binding), None)


# --- recording -------------------------------------------------------------------------------------------------------


def _keep(
    asked: Asked, conclusion: str, told: Mapping[str, Any], read: Told, linked: tuple[Meeting, AgendaItem] | None,
    actor: Actor, now: datetime,
) -> Discussion:  # fmt: skip
    result = _result(asked, told)
    kept = Discussion(
        wait=asked.wait.id or 0,
        case=asked.case.number,
        round=asked.wait.round,
        meeting=linked[0].id if linked else None,
        item=linked[1].id if linked else None,
        result=result.id if result else None,
        conclusion=conclusion,
        reason=asked.given.reason if asked.given else "",
        held_on=read.held_on or office_day(now),
        draft_sha256=draft_identity(asked.session, asked.catalogs, asked.case),
        told=read.to_json(),
        on_paper=not read.is_told,
        recorded_by=actor.person,
        recorded_at=now,
    )
    kept.sha256 = kept.identity()
    asked.session.add(kept)
    asked.session.flush()
    return kept


def _shortcomings(asked: Asked, read: Told, today: date) -> Iterator[tuple[str, str, str]]:
    """(kind, rule, reason) of what the record shows and no explanation can take away."""
    place = _chief_is(read.statements)
    if place == "earlier":
        yield "meeting.chief_not_last", ground_of(asked, "chief_last", today).rule, read.order_explained
    if read.statements and place == "nowhere":
        yield "meeting.chief_unrecorded", ground_of(asked, "chief_last", today).rule, read.order_explained
    quorum = _rule_of(asked, "quorum", today)
    share = quorum.version.number if quorum else None
    if quorum and share and read.due and len(read.attendees) * 100 < read.due * share:
        yield "meeting.quorum_short", quorum.rule.id, f"应到{read.due}人，实到{len(read.attendees)}人"
    if claimed := unproved(asked.session, asked.catalogs, asked.case, today):
        yield "risk.prior_unproved", claimed.rule.id, claimed.rule.requirement


# --- what follows ----------------------------------------------------------------------------------------------------


def _follow(asked: Asked, row: StepRecord, follows: str, reason: str, actor: Actor, now: datetime) -> bool:
    if follows == "ends":
        end_case(asked.session, asked.case, "rejected", now=now, reason=reason)
    elif follows == "amended_text":
        row.pending = follows
        _open(asked, "drafting", reason, now)
    elif follows in ("next_round", "suspends"):
        _open(asked, STEP, reason, now)
        if follows == "suspends":
            _suspend(asked.session, asked.case, reason, actor, now)
    return follows != "goes_on"


def _open(asked: Asked, step: str, reason: str, now: datetime) -> None:
    planned = plan_of(asked.session, asked.catalogs, asked.case, office_day(now)).step(step)
    open_step(asked.session, asked.catalogs, asked.case, planned, now=now, reason=reason)


def _suspend(session: Session, case: Case, reason: str, actor: Actor, now: datetime) -> None:
    """搁置: the case rests until it is resumed; then its next discussion waits for a meeting."""
    for row in latest_records(session, case.number).values():
        if row.state in OPEN_STEP_STATES:
            row.suspended_on = office_day(now)
    case.state = "suspended"
    record(session, "case.suspended", actor=actor, at=now, case=case.number, step=STEP, reason=reason)


# --- what the meeting must see ---------------------------------------------------------------------------------------


def _declined_words(catalogs: Catalogs, items: Sequence[OpinionItem]) -> list[str]:
    if not items:
        return []
    said = [
        f"{item.ordinal}. {item.article}：{item.problem}——"
        f"{catalogs.label(item.response or '', section='adoptions')}，理由：{item.response_reason}"
        for item in items
    ]
    return ["**应当修改而未完全采纳的意见（须向会议说明）**", "", *said, ""]


def _paper_words(catalogs: Catalogs, case: Case, line: PackLine) -> str:
    if line.ground is not None:
        return f"{line.label}：不涉及，{not_concerned(catalogs, case, line.ground)}"
    names = "、".join(paper.name for paper in line.papers)
    return f"{line.label}：{names or ('缺' if line.is_lacking else '纸质')}"

"""What public_participation and public_comment ask of the person who ends them, and the papers that come of it.

In: the answer of the step. Relies on what was recorded before: notices, activities, hearings, comments. Out: refusals
that name the rule; findings where the law lets something pass with a reason; the adoption report and the record of the
hearing. An answer that tells nothing of all this, in a case where nothing was recorded, rests on the papers that were
sent instead; comments that were brought in must be answered either way (MD-06).
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from sqlmodel import Session, col, select

from review_flows.cases.advance import office_day
from review_flows.cases.case import Case, CaseDocument, CaseFinding, SignOff
from review_flows.cases.contents import checkpoint_line
from review_flows.cases.forms import MAX_TEXT, offered_papers
from review_flows.cases.standing import dates_of, find_case
from review_flows.cases.work import Asked, Ended, WorkPaper
from review_flows.decisions import hearings
from review_flows.decisions.comment_report import report_content, report_paper
from review_flows.decisions.comments import Figures, altered, comments_of, figures_of
from review_flows.decisions.hearing_papers import record_content, record_paper
from review_flows.decisions.participation import (
    Activity,
    ParticipationActivity,
    PublicNotice,
    activities_of,
    check_activity,
    notices_of,
    record_activity,
    shorter_reason,
)
from review_flows.decisions.participation_step import (
    ASKED,
    CLOSED,
    HEARD,
    PUBLIC,
    PUBLISHED,
    PUBLISHES,
    cite,
    grounds,
    shortest_comment_period,
)
from review_flows.errors import ReviewFlowsError, SignOffError
from review_flows.law.catalogs import Catalogs
from review_flows.law.participation import HEARING, PUBLIC_COMMENT
from review_flows.papers.wording import load as load_wording
from review_flows.records.audit import Actor, record
from review_flows.records.database import reading
from review_flows.records.home import Home

# The paper that tells what became of the comments, by step; and the record of a hearing.
REPORTS = {"public_participation": "comment_adoption_report", "public_comment": "consultation_summary"}
RECORD = "hearing_record"
UNPROVEN = "notice.reason_unproven"
MAX_ACTIVITIES = 100


@dataclass(frozen=True)
class Recorded:
    """What there is of public participation in a case."""

    notices: tuple[PublicNotice, ...]
    activities: tuple[ParticipationActivity, ...]
    hearing: hearings.Hearing | None
    counted: Figures

    @property
    def is_empty(self) -> bool:
        """Whether nothing of it was done here."""
        return not (self.notices or self.activities or self.hearing or self.counted.voices)

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms that were used, as recorded."""
        found = [PUBLIC_COMMENT] if self.notices else []
        found += [HEARING] if self.hearing else []
        return tuple(dict.fromkeys((*found, *(activity.form for activity in self.activities))))


def recorded(session: Session, case: str) -> Recorded:
    """What was recorded of public participation in a case."""
    return Recorded(
        tuple(notices_of(session, case)),
        tuple(activities_of(session, case)),
        hearings.current(session, case),
        figures_of(session, case),
    )


@dataclass(frozen=True)
class ParticipationAnswer:
    """What the answer tells, in keys."""

    forms: tuple[str, ...] = ()
    channel: str = ""
    reason: str = ""
    reason_in_notice: bool = False
    activities: tuple[Activity, ...] = ()
    groups_consulted: str = ""

    @property
    def is_told(self) -> bool:
        """Whether the form's own fields were used at all."""
        return bool(self.forms or self.activities or self.channel or self.reason or self.groups_consulted)


class PublicParticipation:
    """The StepWork of public_participation and public_comment."""

    enforces: Mapping[str, str] = {
        HEARD: "公众参与——各种方式逐项登记时间、对象、人数、结果；意见没有全部答复的，不能办结；采纳情况报告由系统制作",
        PUBLISHES: "征求意见公告——没有草案及说明、方式、期限、联系方式的，不出具；缩短期限的理由写入公告",
        ASKED: "公开征求意见——公告写明方式、期限和缩短的理由；意见逐条答复后才能办结，征求意见及采纳情况由系统制作",
        PUBLIC: "听证会——名单和遴选办法会前公布，公开举行，参加人逐人签字或者记明拒绝，缺一不能办结",
    }

    def fields(self, asked: Asked) -> dict[str, Any]:
        """Forms, channel, reason for a shorter period, other activities, groups that were talked to."""
        there = recorded(asked.session, asked.case.number)
        forms = asked.catalogs.participation.forms
        labels = tuple(form.label for form in forms.values())
        latest = there.notices[-1] if there.notices else None
        groups = asked.catalogs.participation
        unverified = "，待核" if groups.groups_unverified else ""
        return {
            "forms": (
                list[Literal[labels]],  # type: ignore[valid-type]  # the forms stand in the catalogue
                Field(
                    default=[forms[form].label for form in there.forms],
                    title="听取意见的方式",
                    description="勾选采用的方式；座谈会等其他方式须在下面或者事先逐项登记",
                ),
            ),
            "channel": (
                str, Field(latest.channel if latest else "", title="公开征求意见的渠道", max_length=500),
            ),
            "shorter_period_reason": (
                str,
                Field(
                    shorter_reason(there.notices), title="缩短征求意见期限的理由",
                    description="期限短于法定最短期限的必填，须与公告一致", max_length=MAX_TEXT,
                ),
            ),
            "reason_in_notice": (
                bool, Field(bool(shorter_reason(there.notices)), title="公告中已说明缩短期限的理由"),
            ),
            "activities": (
                list[_activity_model(asked.catalogs)],  # type: ignore[misc]
                Field(default_factory=list, title="其他方式听取意见情况", max_length=MAX_ACTIVITIES),
            ),
            "groups_consulted": (
                str,
                Field(
                    "", title="与特定群体沟通协商的情况", max_length=MAX_TEXT,
                    description=f"{groups.groups}（{groups.groups_citation}{unverified}）",
                ),
            ),
        }  # fmt: skip

    def above(self, asked: Asked) -> list[str]:
        """How things stand: notices, comments still open, the hearing, and with which command to go on."""
        there, number = recorded(asked.session, asked.case.number), asked.case.number
        lines = [f"- {line}" for line in _standing(asked, there)]
        if there.counted.open:
            lines.append(
                f"- 还有 **{there.counted.open}** 条意见没有答复，全部答复后才能办结："
                f"`review-flows comments sheet {number} --out 答复.xlsx`，填好后 `comments fill`"
            )
        if not there.notices and asked.case.facts.get("not_public") is not True:
            lines.append(f"- 还没有出具公告：`review-flows decisions notice {number} …`")
        return ["**公众参与情况**", "", *lines, ""]

    def reason_for_haste(self, asked: Asked) -> str:
        """Why the period was cut short: as the form tells it, else as the notice does."""
        told = read_answer(asked.catalogs, asked.given.told) if asked.given else ParticipationAnswer()
        return told.reason or shorter_reason(notices_of(asked.session, asked.case.number))

    def check(self, asked: Asked, conclusion: str, told: Mapping[str, Any], now: datetime) -> None:
        """Raises SignOffError where the answer may not count."""
        if conclusion not in asked.catalogs.chains[asked.case.kind].steps[asked.wait.step].passes:
            return
        for fault in _faults(_Checked(asked, read_answer(asked.catalogs, told), office_day(now))):
            raise SignOffError(fault)

    def makes(self, asked: Asked, conclusion: str, told: Mapping[str, Any]) -> Collection[str]:
        """The adoption report, where anything was recorded or told; the record of a hearing, where one was called."""
        there = recorded(asked.session, asked.case.number)
        made = [REPORTS[asked.wait.step]] if not there.is_empty or read_answer(asked.catalogs, told).activities else []
        return [*made, RECORD] if there.hearing else made

    def record(self, asked: Asked, conclusion: str, told: Mapping[str, Any], actor: Actor, now: datetime) -> None:
        """The activities that the form tells, and what was not proven, as a finding."""
        answer = read_answer(asked.catalogs, told)
        for activity in answer.activities:
            record_activity(asked.session, asked.catalogs, asked.case.number, activity, actor=actor, at=now)
        there = recorded(asked.session, asked.case.number)
        view = _Checked(asked, answer, office_day(now))
        if view.is_shorter and not view.is_reason_published:
            reason = "征求意见期限短于法定最短期限，公告中是否说明理由没有核对"
            asked.session.add(
                CaseFinding(
                    case=asked.case.number,
                    kind=UNPROVEN,
                    step=asked.wait.step,
                    round=asked.wait.round,
                    rule=PUBLISHES,
                    reason=reason,
                    found_at=now,
                )  # fmt: skip
            )
        record(
            asked.session, "participation.concluded", actor=actor, at=now, case=asked.case.number,
            step=asked.wait.step, round=asked.wait.round, rules=grounds(asked.wait.step, HEARD),
            payload={
                "forms": list(dict.fromkeys((*there.forms, *answer.forms))),
                "channel": answer.channel,
                "voices": there.counted.voices,
                "opinions": there.counted.opinions,
                "groups_consulted": answer.groups_consulted,
                "reason_proven": view.is_reason_published if view.is_shorter else None,
            },
        )  # fmt: skip

    def papers(self, ended: Ended) -> Iterable[WorkPaper]:
        """The adoption report of what was recorded here, and the record of the hearing, as of the sign-off."""
        there = recorded(ended.session, ended.case.number)
        if there.is_empty or not ended.signed or ended.row.state != "done":
            return
        again = f"（第{ended.row.round}次）" if ended.row.round > 1 else ""
        role = REPORTS[ended.row.step]
        if there.counted.voices or not _was_sent(ended, role):
            label = ended.catalogs.label(role)
            yield WorkPaper(role, f"{label}{again}.docx", _report(ended, ended.signed[-1]))
        if there.hearing and there.hearing.recorded_at and not hearings.lacks(ended.session, there.hearing):
            label = ended.catalogs.label(RECORD)
            yield WorkPaper(RECORD, f"{label}{again}.docx", _hearing_record(ended.home, ended.catalogs, ended.case))


# --- reading ---------------------------------------------------------------------------------------------------------


def _activity_model(catalogs: Catalogs) -> type[BaseModel]:
    labels = tuple(f.label for f in catalogs.participation.forms.values() if f.id not in (PUBLIC_COMMENT, HEARING))
    fields: dict[str, Any] = {
        "form": (Literal[labels], Field(title="方式")),
        "started_on": (str, Field(title="日期", description="如 2026-11-23", max_length=10)),
        "ended_on": (str, Field("", title="结束日期", description="当日结束的不填", max_length=10)),
        "place": (str, Field("", title="地点", max_length=200)),
        "who": (str, Field(title="听取了谁的意见", min_length=1, max_length=1000)),
        "people": (int, Field(title="人数（份数）", ge=1)),
        "result": (str, Field(title="主要意见和处理", min_length=1, max_length=MAX_TEXT)),
    }
    return create_model("ActivityAnswer", __config__=ConfigDict(extra="forbid"), **fields)


def read_answer(catalogs: Catalogs, told: Mapping[str, Any]) -> ParticipationAnswer:
    """What was told, labels turned back into keys; SignOffError for a day that is none."""
    keys = catalogs.participation.by_label()
    return ParticipationAnswer(
        forms=tuple(keys[label] for label in told.get("forms") or () if label in keys),
        channel=str(told.get("channel") or "").strip(),
        reason=str(told.get("shorter_period_reason") or "").strip(),
        reason_in_notice=bool(told.get("reason_in_notice")),
        activities=tuple(_activity(keys, given) for given in told.get("activities") or ()),
        groups_consulted=str(told.get("groups_consulted") or "").strip(),
    )


def _activity(keys: Mapping[str, str], given: Mapping[str, Any]) -> Activity:
    started_on = _day(given["started_on"])
    return Activity(
        form=keys[given["form"]],
        started_on=started_on,
        ended_on=_day(given["ended_on"]) if given.get("ended_on") else started_on,
        who=given["who"],
        people=given["people"],
        result=given["result"],
        place=given.get("place", ""),
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SignOffError(f"“其他方式听取意见情况”里的日期不对：{text}，应写成 2026-11-23 的样子。") from error


# --- what must hold --------------------------------------------------------------------------------------------------


class _Checked:
    """An answer held against the record."""

    def __init__(self, asked: Asked, answer: ParticipationAnswer, today: date) -> None:
        self.asked, self.answer, self.today = asked, answer, today
        self.session, self.catalogs, self.case = asked.session, asked.catalogs, asked.case
        self.there = recorded(asked.session, asked.case.number)
        given = dict(asked.given.dates) if asked.given else {}
        self.dates = dates_of(asked.case) | given

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms used: recorded and told together."""
        told = (*self.answer.forms, *(activity.form for activity in self.answer.activities))
        return tuple(dict.fromkeys((*self.there.forms, *told)))

    @property
    def is_shorter(self) -> bool:
        """Whether comments were asked for during less than the law's minimum."""
        if not {PUBLISHED, CLOSED} <= self.dates.keys():
            return False
        published_on = self.dates[PUBLISHED]
        period = shortest_comment_period(self.session, self.catalogs, self.case, published_on, self.today)
        return period is not None and period.ends_on is not None and self.dates[CLOSED] < period.ends_on

    @property
    def is_reason_published(self) -> bool:
        """Whether the notice gives the reason: ours does where it has one; of another it is said in the form."""
        if self.there.notices:
            return bool(shorter_reason(self.there.notices))
        return self.answer.reason_in_notice

    def cite(self, rule: str) -> str:
        """The ground of a refusal."""
        return cite(self.asked.wait.step, rule)

    def accepts(self, role: str) -> bool:
        """Whether a paper of this role that was sent is accepted with the answer."""
        chosen = self.asked.given.accepts if self.asked.given else ()
        return any(p.role == role and p.sha256 in chosen for p in offered_papers(self.session, self.asked.wait))


def _faults(view: _Checked) -> Iterable[str]:
    """Why an answer may not count, the nearest reason first."""
    yield from _comments(view)
    yield from _period(view)
    yield from _hearing(view)
    yield from _activities(view)


def _comments(view: _Checked) -> Iterable[str]:
    number = view.case.number
    if view.there.counted.open:
        yield (
            f"{number} 还有 {view.there.counted.open} 条公众意见没有答复，不能办结{view.cite(HEARD)}。"
            f"请先答复：review-flows comments sheet {number} --out 答复.xlsx，填好后 comments fill。"
        )
    if changed := altered(comments_of(view.session, number)):
        numbers = "、".join(map(str, changed[:10]))
        yield f"{number} 第 {numbers} 号意见的文字与登记时的哈希不符，已被改动；请从原件核对。"


def _period(view: _Checked) -> Iterable[str]:
    if PUBLIC_COMMENT in view.forms and not {PUBLISHED, CLOSED} <= view.dates.keys():
        yield f"采用公开征求意见方式的，须登记公告发布日和截止日{view.cite(PUBLISHES)}。"
    if not view.is_shorter:
        return
    closed_on = view.dates[CLOSED]
    announced = view.there.notices[-1].closes_on if view.there.notices else closed_on
    if closed_on < announced:
        yield (
            f"公告写明征求意见至 {announced.isoformat()} 止，不能提前到 {closed_on.isoformat()}；"
            "确需缩短的，另发公告说明理由。"
        )
    if view.answer.is_told and not view.is_reason_published:
        yield (
            f"征求意见期限短于法定最短期限的，理由还须写在公告里{view.cite(PUBLISHES)}："
            "请补发公告，或者核对后勾选“公告中已说明”。"
        )


def _hearing(view: _Checked) -> Iterable[str]:
    """A hearing that was announced, told, or is a fact of the case ends in a confirmed record (MD-11)."""
    hearing = view.there.hearing
    wanted = HEARING in view.forms or view.case.facts.get(hearings.FACT) is True
    if not wanted or view.accepts(RECORD):
        return
    if hearing is None:
        yield (
            f"举行听证会的，须有参加人签字确认的听证记录{view.cite(PUBLIC)}：请用 decisions hearing 登记，"
            f"或者以 submit --case {view.case.number} 送来再勾选。"
        )
    elif lacking := hearings.lacks(view.session, hearing):
        yield f"听证会还没有办完：{'；'.join(lacking)}{view.cite(PUBLIC)}。"


def _activities(view: _Checked) -> Iterable[str]:
    forms = view.catalogs.participation.forms
    for activity in view.answer.activities:
        try:
            check_activity(view.catalogs, view.asked.wait.step, activity, view.today)
        except ReviewFlowsError as error:
            yield str(error)
    known = {PUBLIC_COMMENT, HEARING, *(a.form for a in view.there.activities)}
    known |= {activity.form for activity in view.answer.activities}
    if missing := [forms[form].label for form in view.answer.forms if form not in known]:
        names = "、".join(missing)
        yield f"勾选了{names}，没有登记时间、对象、人数和结果{view.cite(HEARD)}；请在“其他方式听取意见情况”里填写。"


def _standing(asked: Asked, there: Recorded) -> Iterable[str]:
    for notice in there.notices:
        shorter = f"，期限缩短：{notice.reason}" if notice.reason else ""
        yield f"公告：{notice.published_on.isoformat()} 至 {notice.closes_on.isoformat()}，{notice.channel}{shorter}"
    counted = there.counted
    if counted.voices:
        yield f"意见：{counted.voices} 人次，归并为 {counted.opinions} 条，未答复 {counted.open} 条"
    for activity in there.activities:
        form = asked.catalogs.participation.forms[activity.form]
        yield f"{form.label}：{activity.started_on.isoformat()}，{activity.who}，{activity.people}{form.counted}"
    if there.hearing:
        lacking = hearings.lacks(asked.session, there.hearing)
        yield f"听证会：{there.hearing.held_on.isoformat()}，{'；'.join(lacking) or '记录已经参加人确认'}"


# --- papers ----------------------------------------------------------------------------------------------------------


def _was_sent(ended: Ended, role: str) -> bool:
    query = select(CaseDocument).where(
        CaseDocument.case == ended.case.number, CaseDocument.role == role, col(CaseDocument.made_by_system).is_(False)
    )
    return ended.session.exec(query).first() is not None


def _report(ended: Ended, signed: SignOff) -> Callable[[], bytes]:
    """The report as it is made when its turn comes: from the record as it stood at the sign-off."""
    home, catalogs, number, law = ended.home, ended.catalogs, ended.case.number, ended.row.catalogs
    told = read_answer(catalogs, signed.answer)
    at = signed.signed_at

    def make() -> bytes:
        with reading(home.engine) as session:
            content = report_content(
                session, home, catalogs, number, at=at, groups_consulted=told.groups_consulted,
                catalogs_sha256=law, checkpoint=checkpoint_line(home),
            )  # fmt: skip
        return report_paper(content, catalogs, load_wording(home.settings.catalogs))

    return make


def _hearing_record(home: Home, catalogs: Catalogs, case: Case) -> Callable[[], bytes]:
    number = case.number

    def make() -> bytes:
        with reading(home.engine) as session:
            content = record_content(
                session, home, catalogs, find_case(session, number), hearings.find_hearing(session, number)
            )
        return record_paper(content, load_wording(home.settings.catalogs))

    return make

"""Public participation as it was carried out: notices that were published, and every other way the public was heard.

A notice is refused where its period is shorter than the law's minimum and no reason stands in it (713 art. 15: MD-07;
ND-06, ND-07), and where draft or explanation are not there to be published (MD-08). Symposia, visits, surveys and the
like are recorded one by one: when, where, who, how many, what came of it (MD-06). Comments: `comments`; hearings:
`hearings`; the answer to the step: `participation_work`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from review_flows.cases.advance import office_day, set_dates
from review_flows.cases.case import Case, CaseDocument
from review_flows.cases.forms import current_documents
from review_flows.cases.papers import DuePaper, file_paper
from review_flows.cases.standing import find_case
from review_flows.decisions.participation_step import (
    CLOSED,
    HEARD,
    PUBLISHED,
    PUBLISHES,
    cite,
    grounds,
    open_row,
    shortest_comment_period,
    step_of,
)
from review_flows.errors import ProcedureError, ReviewFlowsError
from review_flows.law.catalogs import Catalogs
from review_flows.law.matter import PlannedPeriod
from review_flows.law.participation import HEARING, PUBLIC_COMMENT
from review_flows.records.audit import Actor, record
from review_flows.records.database import Instant
from review_flows.records.home import Home

if TYPE_CHECKING:
    from review_flows.decisions.participation_papers import NoticeContent

NOTICE, EXPLANATION = "public_comment_notice", "drafting_note"


class PublicNotice(SQLModel, table=True):
    """A notice that asked the public for comments. `reason`: why the period is shorter than the law's, as it says."""

    __tablename__ = "public_notices"
    __table_args__ = (UniqueConstraint("case", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    case: str = Field(foreign_key="cases.number", index=True)
    step: str
    round: int
    number: int
    published_on: date
    closes_on: date
    channel: str
    ways: list[str] = Field(sa_type=JSON)
    contact: str
    reason: str = ""
    rule: str | None = None  # the rule whose minimum bound it
    earliest_close_on: date | None = None
    draft_sha256: str | None = None
    paper_sha256: str
    made_at: datetime = Field(sa_type=Instant)
    made_by: str

    @property
    def is_shorter(self) -> bool:
        """Whether its period is shorter than the law's minimum."""
        return self.earliest_close_on is not None and self.closes_on < self.earliest_close_on


class ParticipationActivity(SQLModel, table=True):
    """One time that the public was heard otherwise: a symposium, a visit, a survey, written opinions."""

    __tablename__ = "participation_activities"
    __table_args__ = (UniqueConstraint("case", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    case: str = Field(foreign_key="cases.number", index=True)
    step: str
    round: int
    number: int
    form: str
    started_on: date
    ended_on: date
    place: str = ""
    who: str
    people: int
    result: str
    evidence_sha256: str | None = None
    evidence_name: str = ""
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: str


@dataclass(frozen=True)
class NoticeDraft:
    """What a clerk says of a notice; `closes_on` None: the earliest day that the law allows."""

    published_on: date
    closes_on: date | None
    channel: str
    ways: tuple[str, ...]
    contact: str
    reason: str = ""


@dataclass(frozen=True)
class Activity:
    """What a clerk says of one time that the public was heard."""

    form: str
    started_on: date
    ended_on: date
    who: str
    people: int
    result: str
    place: str = ""
    evidence_sha256: str | None = None
    evidence_name: str = ""


# --- notices ---------------------------------------------------------------------------------------------------------


def notice_content(
    session: Session, home: Home, catalogs: Catalogs, case_number: str, draft: NoticeDraft, now: datetime
) -> "NoticeContent":
    """All that a notice says; refused where the law does not let it be published so."""
    from review_flows.decisions.participation_papers import NoticeContent

    case = find_case(session, case_number)
    open_row(session, catalogs, case)
    period = shortest_comment_period(session, catalogs, case, draft.published_on, office_day(now))
    closes_on = _closes_on(case, draft, period)
    _check_notice(case, step_of(catalogs, case), draft, closes_on, period)
    papers = published_papers(session, catalogs, case)
    return NoticeContent(
        kind=case.kind,
        title=case.title.strip("《》"),
        organ=organ_of(catalogs, case),
        published_on=draft.published_on,
        closes_on=closes_on,
        channel=draft.channel.strip(),
        ways=tuple(way.strip() for way in draft.ways),
        contact=draft.contact.strip(),
        reason=draft.reason.strip("。 ") if is_shorter(closes_on, period) else "",
        minimum=period,
        rules=rules_of(catalogs, case, office_day(now)),
        draft_sha256=papers[0].sha256 or "",
        is_demo=home.is_demo,
    )


def publish_notice(
    session: Session, home: Home, catalogs: Catalogs, case_number: str, draft: NoticeDraft, *, actor: Actor,
    at: datetime,
) -> PublicNotice:  # fmt: skip
    """A notice as published: its paper filed, its period running."""
    from review_flows.decisions.participation_papers import notice_paper
    from review_flows.papers.wording import load as load_wording

    case, today = find_case(session, case_number), office_day(at)
    if draft.published_on > today:
        raise ReviewFlowsError(
            f"公告发布日（{draft.published_on.isoformat()}）晚于今天：发布之后再登记，事先可以用 --preview 出稿。"
        )
    content = notice_content(session, home, catalogs, case_number, draft, at)
    row = open_row(session, catalogs, case)
    number = len(notices_of(session, case.number)) + 1
    again = f"（第{number}次）" if number > 1 else ""
    name = f"{catalogs.label(NOTICE)}{again}.docx"
    data = notice_paper(content, load_wording(home.settings.catalogs))
    paper = DuePaper(NOTICE, row.step, row.round, name, lambda: data)
    notice = PublicNotice(
        case=case.number, step=row.step, round=row.round, number=number, published_on=content.published_on,
        closes_on=content.closes_on, channel=content.channel, ways=list(content.ways), contact=content.contact,
        reason=content.reason, rule=content.minimum.rule if content.minimum else None,
        earliest_close_on=content.minimum.ends_on if content.minimum else None,
        draft_sha256=content.draft_sha256 or None,
        paper_sha256=file_paper(session, home, case.number, paper, data, at, actor), made_at=at, made_by=actor.person,
    )  # fmt: skip
    session.add(notice)
    days = {PUBLISHED: notice.published_on, CLOSED: notice.closes_on}
    set_dates(session, catalogs, case, days, today)
    session.flush()
    record(
        session, "notice.published", actor=actor, at=at, case=case.number, step=row.step, round=row.round,
        subject=("public_notice", str(number)), documents=[notice.paper_sha256], reason=notice.reason or None,
        rules=[notice.rule] if notice.rule else (),
        payload={"channel": notice.channel, "shorter": notice.is_shorter}
        | {name: day.isoformat() for name, day in days.items()},
        happened_on=notice.published_on if notice.published_on < today else None,
    )  # fmt: skip
    return notice


def is_shorter(closes_on: date, period: PlannedPeriod | None) -> bool:
    """Whether a period ends before the law's minimum does."""
    return period is not None and period.ends_on is not None and closes_on < period.ends_on


def _closes_on(case: Case, draft: NoticeDraft, period: PlannedPeriod | None) -> date:
    closes_on = draft.closes_on or (period.ends_on if period else None)
    if closes_on is None:
        raise ReviewFlowsError(f"现行规则没有规定 {case.number} 征求意见的最短期限，请用 --until 写明截止日。")
    if closes_on <= draft.published_on:
        raise ReviewFlowsError("征求意见的截止日应当晚于公告发布日，请核对。")
    return closes_on


def _check_notice(case: Case, step: str, draft: NoticeDraft, closes_on: date, period: PlannedPeriod | None) -> None:
    lacking = [
        name
        for name, given in (
            ("公布渠道", draft.channel),
            ("提出意见的方式", "".join(draft.ways)),
            ("联系方式", draft.contact),
        )
        if not given.strip()
    ]
    if lacking:
        raise ReviewFlowsError(f"公告没有写明{'、'.join(lacking)}，不能出具{cite(step, PUBLISHES)}。")
    if is_shorter(closes_on, period) and not draft.reason.strip():
        assert period is not None and period.ends_on is not None
        raise ReviewFlowsError(
            f"{case.number} 的征求意见期限到 {closes_on.isoformat()} 止，短于法定最短期限（{period.rule}，"
            f"最早 {period.ends_on.isoformat()}），缩短的应当在公告中说明理由（{period.citation}）。"
            "请延长期限，或者用 --reason 写明理由。"
        )


def published_papers(session: Session, catalogs: Catalogs, case: Case) -> tuple[CaseDocument, CaseDocument]:
    """The draft that is put to comment and its explanation; ProcedureError where one is not there (MD-08)."""
    there = {paper.role: paper for paper in current_documents(session, case.number)}
    draft = there.get("comment_draft") or there.get(catalogs.chains[case.kind].draft)
    explanation = there.get(EXPLANATION)
    if draft is None or explanation is None:
        step = step_of(catalogs, case)
        lacking = [catalogs.label(EXPLANATION)] if draft else [catalogs.label("comment_draft")]
        raise ProcedureError(
            case.number, step,
            f"应当公布草案及说明{cite(step, PUBLISHES)}，尚缺{'、'.join(lacking)}。"
            f"请先以 submit --case {case.number} 送来。",
        )  # fmt: skip
    return draft, explanation


def organ_of(catalogs: Catalogs, case: Case) -> str:
    """Who publishes: the lead drafting unit, which undertakes the step."""
    unit = case.drafting_units[0] if case.drafting_units else case.issuing_organ
    found = catalogs.organs.find(unit)
    return found.name if found else unit


def rules_of(catalogs: Catalogs, case: Case, on: date) -> tuple[str, ...]:
    """The rules that bind the step on a day, in their order."""
    given = dict(case.facts) | {"level": case.level}
    step = step_of(catalogs, case)
    return tuple(r.rule.id for r in catalogs.readings(case.kind, given, on) if r.binds and step in r.rule.steps)


def notices_of(session: Session, case: str) -> list[PublicNotice]:
    """The notices of a case in the order they were published."""
    query = select(PublicNotice).where(PublicNotice.case == case).order_by(col(PublicNotice.number))
    return list(session.exec(query))


# --- other ways ------------------------------------------------------------------------------------------------------


def record_activity(
    session: Session, catalogs: Catalogs, case_number: str, told: Activity, *, actor: Actor, at: datetime
) -> ParticipationActivity:
    """One time that the public was heard, written down."""
    case = find_case(session, case_number)
    row = open_row(session, catalogs, case)
    check_activity(catalogs, row.step, told, office_day(at))
    number = len(activities_of(session, case.number)) + 1
    made = ParticipationActivity(
        case=case.number, step=row.step, round=row.round, number=number, recorded_at=at, recorded_by=actor.person,
        **vars(told),
    )  # fmt: skip
    session.add(made)
    session.flush()
    record(
        session, "participation.recorded", actor=actor, at=at, case=case.number, step=row.step, round=row.round,
        subject=("participation_activity", str(number)), rules=grounds(row.step, HEARD),
        documents=[told.evidence_sha256] if told.evidence_sha256 else (),
        payload={"form": told.form, "people": told.people, "who": told.who, "result": told.result},
        happened_on=told.ended_on if told.ended_on < office_day(at) else None,
    )  # fmt: skip
    return made


def check_activity(catalogs: Catalogs, step: str, told: Activity, today: date) -> None:
    """Raises where an activity is of no known form, is not over yet, or leaves out who, how many or what came of it."""
    forms = catalogs.participation.forms
    if told.form not in forms or told.form in (PUBLIC_COMMENT, HEARING):
        others = "、".join(f"{f.id} {f.label}" for f in forms.values() if f.id not in (PUBLIC_COMMENT, HEARING))
        raise ReviewFlowsError(f"不能登记方式“{told.form}”；可用的是 {others}。公开征求意见和听证会另有命令。")
    label = forms[told.form].label
    if told.ended_on < told.started_on:
        raise ReviewFlowsError(f"{label}的结束日期早于开始日期，请核对。")
    if told.ended_on > today:
        raise ReviewFlowsError(f"{label}（{told.ended_on.isoformat()}）还没有结束，办完再登记。")
    if not told.who.strip() or not told.result.strip() or told.people < 1:
        raise ReviewFlowsError(
            f"登记{label}须写明听取了谁的意见、多少{forms[told.form].counted}、结果如何{cite(step, HEARD)}。"
        )


def activities_of(session: Session, case: str) -> list[ParticipationActivity]:
    """The activities of a case in the order they were recorded."""
    query = select(ParticipationActivity).where(ParticipationActivity.case == case)
    return list(session.exec(query.order_by(col(ParticipationActivity.number))))


def shorter_reason(notices: Sequence[PublicNotice]) -> str:
    """The reason for a shorter period as the newest notice that has one gives it."""
    return next((notice.reason for notice in reversed(notices) if notice.reason), "")

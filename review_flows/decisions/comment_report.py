"""公众意见采纳情况报告: how the public was asked, what came, and what became of each opinion, with figures.

In: `ReportContent`, taken from the record as it stood when the step ended. Out: the bytes of a .docx that may be
published: every text that people wrote goes through `masking`.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlmodel import Session

from review_flows.cases.advance import office_day
from review_flows.cases.standing import find_case
from review_flows.decisions import hearings
from review_flows.decisions.comments import (
    ANSWERS,
    WHOLE_TEXT,
    Figures,
    PublicComment,
    altered,
    article_of_group,
    comments_of,
    figures,
    groups_of,
)
from review_flows.decisions.masking import masked
from review_flows.decisions.participation import (
    ParticipationActivity,
    activities_of,
    notices_of,
)
from review_flows.errors import ReviewFlowsError
from review_flows.law.catalogs import Catalogs
from review_flows.papers.layout import render
from review_flows.papers.lines import full_date
from review_flows.papers.paper import Block, Column, Grid, Heading, OfficialDocument, Text
from review_flows.papers.wording import Wording
from review_flows.records.home import Home

PAPER = "comment_report"
_SMALL = 10.5


@dataclass(frozen=True)
class Opinion:
    """One group of comments as the report lists it; `text` as it came, not masked yet."""

    article: str
    text: str
    voices: int
    answer: str
    reason: str


@dataclass(frozen=True)
class HearingLine:
    """One hearing as the report tells of it; `attended` None: it was put off."""

    held_on: date
    place: str
    count: int
    attended: int | None
    signed: int = 0
    refused: int = 0


@dataclass(frozen=True)
class ActivityLine:
    """One other time that the public was heard."""

    form: str
    when: str
    who: str
    result: str


@dataclass(frozen=True)
class NoticeLine:
    """One notice: its period, its channel, why it was shorter."""

    published_on: date
    closes_on: date
    channel: str
    reason: str


@dataclass(frozen=True)
class ReportContent:
    """All that the report says."""

    kind: str
    title: str
    made_on: date
    counted: Figures
    channels: tuple[tuple[str, int], ...] = ()
    first_on: date | None = None
    last_on: date | None = None
    opinions: tuple[Opinion, ...] = ()
    notices: tuple[NoticeLine, ...] = ()
    activities: tuple[ActivityLine, ...] = ()
    hearings: tuple[HearingLine, ...] = field(default=())
    groups_consulted: str = ""
    catalogs_sha256: str = ""
    checkpoint: str = ""
    is_demo: bool = False


def report_content(
    session: Session, home: Home, catalogs: Catalogs, case_number: str, *, at: datetime, groups_consulted: str = "",
    catalogs_sha256: str = "", checkpoint: str = "",
) -> ReportContent:  # fmt: skip
    """The content of the report on what had come by an instant; refused where an opinion is not answered."""
    case = find_case(session, case_number)
    comments = comments_of(session, case.number, until=at)
    notices, activities = notices_of(session, case.number), activities_of(session, case.number)
    held = [hearing for hearing in hearings.hearings_of(session, case.number) if not hearing.cancelled_reason]
    if not (comments or notices or activities or held):
        raise ReviewFlowsError(f"{case_number} 还没有登记公告、意见或者其他听取意见的情况，不能出具采纳情况报告。")
    _check(case_number, comments)
    counted = figures(comments)
    days = [comment.received_on for comment in comments]
    return ReportContent(
        kind=case.kind,
        title=case.title.strip("《》"),
        made_on=office_day(at),
        counted=counted,
        channels=tuple(Counter(comment.channel for comment in comments).most_common()),
        first_on=min(days, default=None),
        last_on=max(days, default=None),
        opinions=tuple(_opinion(group) for group in groups_of(comments)),
        notices=tuple(NoticeLine(n.published_on, n.closes_on, n.channel, n.reason) for n in notices),
        activities=tuple(_activity(catalogs, activity) for activity in activities),
        hearings=tuple(_hearing(session, hearing) for hearing in held),
        groups_consulted=groups_consulted,
        catalogs_sha256=catalogs_sha256,
        checkpoint=checkpoint,
        is_demo=home.is_demo,
    )


def _check(case: str, comments: Sequence[PublicComment]) -> None:
    if changed := altered(comments):
        numbers = "、".join(map(str, changed[:10]))
        raise ReviewFlowsError(f"{case} 第 {numbers} 号意见的文字与登记时的哈希不符，已被改动；请从原件核对。")
    if left := figures(comments).open:
        raise ReviewFlowsError(
            f"还有 {left} 条意见没有答复，不能出具采纳情况报告。请先 review-flows comments sheet 导出填写。"
        )


def _opinion(group: Sequence[PublicComment]) -> Opinion:
    head = group[0]
    return Opinion(
        article_of_group(group) or WHOLE_TEXT, head.text, len(group), head.answer or "", head.answer_reason or ""
    )


def _activity(catalogs: Catalogs, told: ParticipationActivity) -> ActivityLine:
    form = catalogs.participation.forms[told.form]
    when = full_date(told.started_on)
    if told.ended_on != told.started_on:
        when = f"{when}至{full_date(told.ended_on)}"
    return ActivityLine(form.label, when, f"{told.who}，{told.people}{form.counted}", told.result)


def _hearing(session: Session, hearing: "hearings.Hearing") -> HearingLine:
    people = [p for p in hearings.participants_of(session, hearing) if p.is_selected]
    if hearing.recorded_at is None:
        return HearingLine(hearing.held_on, hearing.place, len(people), None)
    return HearingLine(
        hearing.held_on, hearing.place, len(people), sum(bool(p.attended) for p in people),
        sum(p.confirmed == "signed" for p in people), sum(p.confirmed == "refused" for p in people),
    )  # fmt: skip


# --- the paper -------------------------------------------------------------------------------------------------------


def report_paper(content: ReportContent, catalogs: Catalogs, wording: Wording) -> bytes:
    """The report as .docx."""
    return render(report_document(content, catalogs, wording))


def report_document(content: ReportContent, catalogs: Catalogs, wording: Wording) -> OfficialDocument:
    """The report as blocks, for the page and for tests."""
    return _Report(content, catalogs, wording).document()


class _Report:
    """One report on its way to paper."""

    def __init__(self, content: ReportContent, catalogs: Catalogs, wording: Wording) -> None:
        self.content, self.catalogs, self.wording = content, catalogs, wording

    def say(self, name: str, /, **values: object) -> str:
        return self.wording.say(PAPER, name, self.content.kind, **values)

    def document(self) -> OfficialDocument:
        return OfficialDocument(
            title=self.say("title", title=self.content.title),
            blocks=tuple(self.blocks()),
            demo_mark=self.wording.say("common", "demo") if self.content.is_demo else "",
            small_print=tuple(self.small_print()),
            made_on=self.content.made_on,
        )

    def blocks(self) -> Iterable[Block]:
        yield Heading(1, self.say("asked"))
        yield from self.asked()
        yield from self.other_ways()
        if self.content.counted.opinions:
            yield Heading(1, self.say("adopted"))
            yield Text(self.say("counts", opinions=self.content.counted.opinions, **self.counts()))
            yield self.by_article()
            yield Heading(1, self.say("details"))
            yield self.details()

    def asked(self) -> Iterable[Block]:
        content = self.content
        for notice in content.notices:
            days = (notice.closes_on - notice.published_on).days
            span = {"published_on": full_date(notice.published_on), "closes_on": full_date(notice.closes_on)}
            shorter = self.say("notice_shorter", reason=notice.reason.rstrip("。")) if notice.reason else ""
            yield Text(self.say("notice", channel=notice.channel.rstrip("。"), days=days, **span) + shorter)
        if not content.counted.voices:
            if content.notices:
                yield Text(self.say("none_received"))
            return
        if not content.notices and content.first_on and content.last_on:
            yield Text(self.say("no_notice", first=full_date(content.first_on), last=full_date(content.last_on)))
        channels = "、".join(f"{name}{count}人次" for name, count in content.channels)
        counted = content.counted
        yield Text(self.say("received", voices=counted.voices, channels=channels, opinions=counted.opinions))

    def other_ways(self) -> Iterable[Block]:
        content = self.content
        if content.activities or content.groups_consulted:
            yield Heading(1, self.say("activities"))
        if content.activities:
            shares = {"form": 2.4, "when": 3, "who": 4, "result": 6}
            columns = tuple(Column(self.say(f"column_{name}"), share) for name, share in shares.items())
            rows = tuple((a.form, a.when, masked(a.who), masked(a.result)) for a in content.activities)
            yield Grid(columns, rows, _SMALL)
        if content.groups_consulted:
            yield Text(self.say("groups", text=masked(content.groups_consulted).rstrip("。")))
        if content.hearings:
            yield Heading(1, self.say("hearings"))
            for hearing in content.hearings:
                yield Text(self.heard(hearing))

    def heard(self, hearing: HearingLine) -> str:
        held_on = full_date(hearing.held_on)
        if hearing.attended is None:
            return self.say("hearing_replaced", held_on=held_on)
        refused = self.say("hearing_refused", count=hearing.refused) if hearing.refused else ""
        return self.say(
            "hearing", held_on=held_on, place=hearing.place, count=hearing.count, attended=hearing.attended,
            confirmed=hearing.signed, refused=refused,
        )  # fmt: skip

    def counts(self) -> dict[str, int]:
        by_answer = self.content.counted.by_answer
        return dict(zip(("adopted", "partly", "declined"), (by_answer.get(key, 0) for key in ANSWERS), strict=True))

    def by_article(self) -> Grid:
        names = ("article", "opinions", "voices", "adopted", "partly", "declined")
        columns = tuple(Column(self.say(f"column_{name}"), 2 if name == "article" else 1.4, "center") for name in names)
        articles = dict.fromkeys(opinion.article for opinion in self.content.opinions)
        rows = [self.line(article, [o for o in self.content.opinions if o.article == article]) for article in articles]
        return Grid(columns, (*rows, self.line(self.say("total"), self.content.opinions)), _SMALL)

    def line(self, name: str, opinions: Sequence[Opinion]) -> tuple[str, ...]:
        answered = Counter(opinion.answer for opinion in opinions)
        voices = sum(opinion.voices for opinion in opinions)
        return (name, str(len(opinions)), str(voices), *(str(answered[key]) for key in ANSWERS))

    def details(self) -> Grid:
        shares = {"number": 1.5, "article": 2.6, "opinion": 8, "voices": 1.5, "answer": 2.2, "reason": 6}
        centred = ("number", "article", "voices", "answer")
        columns = tuple(
            Column(self.say(f"column_{name}"), share, "center" if name in centred else "both")
            for name, share in shares.items()
        )
        rows = tuple(
            (
                str(place),
                opinion.article,
                masked(opinion.text),
                str(opinion.voices),
                self.catalogs.label(opinion.answer, section="adoptions"),
                masked(opinion.reason),
            )
            for place, opinion in enumerate(self.content.opinions, 1)
        )
        return Grid(columns, rows, _SMALL)

    def small_print(self) -> Iterable[str]:
        content, say = self.content, self.wording.say
        yield self.say("signed_on", day=full_date(content.made_on))
        if content.counted.voices:
            yield self.say("masked")
        if content.catalogs_sha256:
            yield say("common", "catalogs", sha256=content.catalogs_sha256)
        if content.checkpoint:
            yield say("common", "stored", checkpoint=content.checkpoint)

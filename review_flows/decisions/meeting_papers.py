"""The papers of a meeting: 集体讨论记录 of each case, 议程, 会议纪要 as GB/T 9704 has them.

In: rows. Out: frozen content, and the bytes of a .docx. What was recorded is printed as it was recorded; a minute says
whether the records that it rests on were confirmed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlmodel import Session, col, select

from review_flows.cases.advance import office_day
from review_flows.cases.case import Case, CaseDocument, OpinionNumber, StepRecord
from review_flows.cases.contents import checkpoint_line, number_text
from review_flows.cases.papers import DuePaper, file_paper
from review_flows.cases.sheet import instant
from review_flows.cases.standing import find_case, latest_records, plan_of, sign_offs_of, unit_name
from review_flows.decisions.agenda import Standing, declined_of, pack_lines, standings
from review_flows.decisions.discussions import (
    STEP,
    Discussion,
    corrections_of,
    discussions_of,
    newest,
    signatures_of,
    unsigned,
)
from review_flows.decisions.meeting import Meeting
from review_flows.decisions.meeting_record import (
    DISSENT,
    CorrectionLine,
    MeetingContent,
    ReviewedText,
    StatementLine,
    meeting_paper,
)
from review_flows.errors import ReviewFlowsError
from review_flows.law.catalogs import Catalogs
from review_flows.papers.layout import render
from review_flows.papers.lines import full_date
from review_flows.papers.paper import (
    Block,
    Column,
    Form,
    FormTable,
    Grid,
    Heading,
    Imprint,
    OfficialDocument,
    Slot,
    Span,
    Text,
)
from review_flows.papers.wording import Wording
from review_flows.papers.wording import load as load_wording
from review_flows.records.database import CHINA, reading, writing
from review_flows.records.home import Home

REVIEW, RECORD = "legality_review", "meeting_record"
TEXTS = ("time", "place", "host", "recorder", "presenter", "differences", "reason_for_differing", "minutes_number")
_SHORT_SHA256 = 16
_SMALL = 10.5

record_paper = meeting_paper


# --- 集体讨论记录 ----------------------------------------------------------------------------------------------------


def record_content(session: Session, home: Home, catalogs: Catalogs, case: Case, kept: Discussion) -> MeetingContent:
    """The discussion of one case as it was recorded, with its corrections and who confirmed it."""
    wording = load_wording(home.settings.catalogs)
    told = kept.told
    texts: dict[str, Any] = {name: told.get(name) or "" for name in TEXTS}
    return MeetingContent(
        case=case.number,
        kind=case.kind,
        title=case.title,
        meeting=told.get("name") or catalogs.label(STEP, case.kind),
        held_on=kept.held_on,
        result=result_id(catalogs, kept),
        attendees=tuple(told.get("attendees") or ()),
        absentees=tuple(told.get("absentees") or ()),
        observers=tuple(told.get("observers") or ()),
        experts=tuple(told.get("experts") or ()),
        due=told.get("due"),
        materials=_materials(session, catalogs, case, kept),
        statements=_statements(told.get("statements")),
        others=_statements(told.get("others")),
        words=kept.reason,
        reviewed=reviewed_text(session, home, catalogs, case),
        order_explained=told.get("order_explained") or "",
        order_citation=_order_citation(catalogs, case, kept),
        corrections=tuple(
            CorrectionLine(office_day(one.written_at), one.person_name, one.text, one.reason)
            for one in corrections_of(session, kept)
        ),
        confirmed=_confirmed(session, wording, kept),
        catalogs_sha256=_catalogs_sha256(session, kept),
        checkpoint=checkpoint_line(home),
        is_demo=home.is_demo,
        **texts,
    )


def refile_record(home: Home, catalogs: Catalogs, case_number: str, now: datetime) -> str | None:
    """File the record of the newest discussion anew, as it stands with corrections and confirmations; its name.

    Nothing is filed where no record was made before (a secret matter, a record on paper), or nothing has changed.
    """
    with reading(home.engine) as session:
        case, kept = find_case(session, case_number), newest(session, case_number)
        before = _filed(session, kept)
        if before is None or kept.on_paper:
            return None
        content = record_content(session, home, catalogs, case, kept)
    data = record_paper(content, catalogs, load_wording(home.settings.catalogs))
    if sha256(data).hexdigest() == before.sha256:
        return None
    with writing(home.engine) as session:
        paper = DuePaper(before.role, STEP, kept.round, before.name, lambda: data)
        file_paper(session, home, case_number, paper, data, now)
    return before.name


def _filed(session: Session, kept: Discussion) -> CaseDocument | None:
    """The newest paper made of a record."""
    query = select(CaseDocument).where(
        CaseDocument.case == kept.case, CaseDocument.role == RECORD, CaseDocument.step == STEP,
        CaseDocument.round == kept.round, col(CaseDocument.made_by_system).is_(True),
    )  # fmt: skip
    return session.exec(query.order_by(col(CaseDocument.version).desc())).first()


def result_id(catalogs: Catalogs, kept: Discussion) -> str:
    """The result as told, else the one that the plain conclusion means."""
    found = catalogs.meetings.result_of(kept.conclusion)
    return kept.result or (found.id if found else "refused")


def _statements(said: Iterable[Mapping[str, Any]] | None) -> tuple[StatementLine, ...]:
    return tuple(
        StatementLine(one["name"], one["stance"], one.get("words", ""), one.get("post", ""), bool(one.get("is_chief")))
        for one in said or ()
    )


def _materials(session: Session, catalogs: Catalogs, case: Case, kept: Discussion) -> tuple[str, ...]:
    """The papers that whoever recorded the discussion was shown, in the order in which a meeting is given them."""
    shown = {sha for signed in sign_offs_of(session, case.number, STEP, kept.round) for sha in signed.shown}
    order = [role for place in catalogs.meetings.papers.get(case.kind, ()) for role in (*place.roles, *place.also)]
    query = select(CaseDocument).where(CaseDocument.case == case.number).order_by(col(CaseDocument.id))
    papers = [paper for paper in session.exec(query) if paper.sha256 is None or paper.sha256 in shown]
    ordered = sorted(papers, key=lambda paper: order.index(paper.role) if paper.role in order else len(order))
    return tuple(paper.name for paper in ordered)


def _order_citation(catalogs: Catalogs, case: Case, kept: Discussion) -> str:
    given = dict(case.facts) | {"level": case.level}
    binding = {r.rule.id: r for r in catalogs.readings(case.kind, given, kept.held_on) if r.binds}
    found = next((binding[rule] for rule in catalogs.meetings.chief_last if rule in binding), None)
    return found.version.citation if found else catalogs.own_flow.citation


def _confirmed(session: Session, wording: Wording, kept: Discussion) -> dict[str, str]:
    return {
        role: wording.say(
            "meeting", "confirmed", name=one.person_name, at=instant(one.confirmed_at.astimezone(CHINA)),
            proof=wording.say("common", "proof_code"), sha256=one.sha256[:_SHORT_SHA256],
        )
        for role, one in signatures_of(session, kept).items()
    }  # fmt: skip


def _catalogs_sha256(session: Session, kept: Discussion) -> str:
    query = select(StepRecord).where(
        StepRecord.case == kept.case, StepRecord.step == STEP, StepRecord.round == kept.round
    )
    return session.exec(query).one().catalogs


def reviewed_text(session: Session, home: Home, catalogs: Catalogs, case: Case) -> ReviewedText | None:
    """The opinion that the discussed text rests on, with its number where it has been given."""
    review = latest_records(session, case.number).get(REVIEW)
    if review is None:
        return None
    query = select(OpinionNumber).where(
        OpinionNumber.case == case.number, OpinionNumber.step == review.step, OpinionNumber.round == review.round
    )
    found = session.exec(query).first()
    number = number_text(catalogs, load_wording(home.settings.catalogs), case.kind, found) if found else ""
    return ReviewedText(review.draft_sha256 or "", review.conclusion or "", number)


# --- 议程 ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AgendaLine:
    """One item as the agenda prints it."""

    title: str
    case: str
    kind: str
    unit: str
    presenter: str
    reviewed: ReviewedText | None
    papers: int
    absent: int
    declined: int = 0


def agenda_paper(session: Session, home: Home, catalogs: Catalogs, meeting: Meeting) -> bytes:
    """议程 as .docx: the items that are ready now (or were discussed); what is not ready is not printed."""
    wording = load_wording(home.settings.catalogs)
    ready = [one for one in standings(session, catalogs, meeting, home.now()) if not one.lacks]
    lines = [_agenda_line(session, home, catalogs, one) for one in ready]
    return render(_agenda_document(home, catalogs, wording, meeting, lines))


def _agenda_line(session: Session, home: Home, catalogs: Catalogs, one: Standing) -> AgendaLine:
    case = one.case
    lines = pack_lines(session, catalogs, case, plan_of(session, catalogs, case, office_day(home.now())))
    return AgendaLine(
        title=case.title,
        case=case.number,
        kind=case.kind,
        unit="、".join(unit_name(catalogs, unit) for unit in case.drafting_units),
        presenter=one.item.presenter,
        reviewed=reviewed_text(session, home, catalogs, case),
        papers=sum(len(line.papers) for line in lines),
        absent=sum(line.ground is not None for line in lines),
        declined=len(declined_of(session, case)),
    )


def _agenda_document(
    home: Home, catalogs: Catalogs, wording: Wording, meeting: Meeting, lines: Sequence[AgendaLine]
) -> OfficialDocument:
    def say(name: str, /, **values: object) -> str:
        return wording.say("agenda", name, **values)

    rows = (
        ("held", f"{full_date(meeting.held_on)}{meeting.time}", "place", meeting.place),
        ("host", meeting.host, "recorder", meeting.recorder),
    )
    head = FormTable(
        (2, 4.5, 2, 4.7),
        tuple((Slot(say(a), label=True), Slot(b), Slot(say(c), label=True), Slot(d)) for a, b, c, d in rows),
    )
    blocks: list[Block] = [head, Text(say("count", count=len(lines)) if lines else say("none"))]
    if lines:
        blocks.append(_agenda_grid(catalogs, wording, lines))
    return OfficialDocument(
        title=say("title", meeting=meeting.name),
        blocks=tuple(blocks),
        demo_mark=wording.say("common", "demo") if home.is_demo else "",
        small_print=tuple(_evidence(home, wording, catalogs)),
        made_on=office_day(home.now()),
    )


def _agenda_grid(catalogs: Catalogs, wording: Wording, lines: Sequence[AgendaLine]) -> Grid:
    def say(name: str, /, **values: object) -> str:
        return wording.say("agenda", name, **values)

    shares = (("number", 1.1), ("item", 4.4), ("unit", 3.2), ("review", 3.4), ("papers", 2.4))
    columns = tuple(Column(say(f"column_{name}"), share, "left") for name, share in shares)
    rows = tuple(
        (
            str(at),
            say("item", title=line.title, case=line.case, kind=catalogs.label(line.kind, section="kinds")),
            "\n".join(filter(None, (line.unit, line.presenter))),
            _reviewed_words(catalogs, wording, line),
            say("papers", count=line.papers, absent=line.absent),
        )
        for at, line in enumerate(lines, 1)
    )
    return Grid(columns, rows, _SMALL)


def _reviewed_words(catalogs: Catalogs, wording: Wording, line: AgendaLine) -> str:
    if line.reviewed is None:
        return ""
    conclusion = catalogs.label(line.reviewed.conclusion, line.kind, section="conclusions")
    words = wording.say("agenda", "reviewed", conclusion=conclusion, number=line.reviewed.number).strip()
    return f"{words}\n{wording.say('agenda', 'declined', count=line.declined)}" if line.declined else words


def _evidence(home: Home, wording: Wording, catalogs: Catalogs) -> Iterator[str]:
    yield wording.say("common", "catalogs", sha256=catalogs.sha256)
    checkpoint = checkpoint_line(home)
    yield wording.say("common", "stored", checkpoint=checkpoint) if checkpoint else wording.say("common", "not_stored")


# --- 会议纪要 --------------------------------------------------------------------------------------------------------


def minutes_paper(session: Session, home: Home, catalogs: Catalogs, meeting: Meeting, *, number: str = "") -> bytes:
    """会议纪要 of a meeting as .docx: what was decided of every case discussed there."""
    kept = discussions_of(session, meeting)
    if not kept:
        raise ReviewFlowsError(f"{meeting.name}还没有讨论记录，不能制作会议纪要；请先答复各议题的集体讨论环节。")
    return render(_Minutes(session, home, catalogs, meeting, kept, number).document())


class _Minutes:
    """One minute on its way to paper."""

    def __init__(
        self,
        session: Session,
        home: Home,
        catalogs: Catalogs,
        meeting: Meeting,
        kept: Sequence[Discussion],
        number: str,
    ) -> None:
        self.session, self.home, self.catalogs, self.meeting, self.kept = session, home, catalogs, meeting, kept
        self.wording, self.number = load_wording(home.settings.catalogs), number

    def say(self, name: str, /, **values: object) -> str:
        return self.wording.say("minutes", name, **values)

    def document(self) -> OfficialDocument:
        organ = unit_name(self.catalogs, self.meeting.organ)
        today = office_day(self.home.now())
        return OfficialDocument(
            title=self.meeting.name,
            blocks=tuple(self.blocks()),
            form=Form.DOCUMENT,
            masthead=self.say("masthead", organ=organ, kind=self.meeting.kind),
            document_number=self.number or self.say("number_missing"),
            imprint=Imprint(printed_by=organ, printed_on=today),
            demo_mark=self.wording.say("common", "demo") if self.home.is_demo else "",
            small_print=(self.signed(), *_evidence(self.home, self.wording, self.catalogs)),
            made_on=today,
        )

    def blocks(self) -> Iterator[Block]:
        meeting = self.meeting
        name = "opening" if meeting.host else "opening_no_host"
        held = {"day": full_date(meeting.held_on), "time": meeting.time, "meeting": meeting.name}
        yield Text(self.say(name, host=meeting.host, count=len(self.kept), **held))
        for kept in self.kept:
            yield from self.item(kept)
        yield from self.people()

    def item(self, kept: Discussion) -> Iterator[Block]:
        case = find_case(self.session, kept.case)
        told = kept.told
        yield Heading(1, self.say("item", title=case.title))
        presenter = told.get("presenter") or "、".join(unit_name(self.catalogs, unit) for unit in case.drafting_units)
        yield Text(self.say("heard", presenter=presenter, title=case.title) + self.review(case))
        if told.get("differences"):
            yield Text(self.say("differences", text=told["differences"]))
        if names := [said["name"] for said in told.get("statements") or () if said["stance"] in DISSENT]:
            yield Text(self.say("dissent", names="、".join(names)))
        if told.get("reason_for_differing"):
            yield Text(self.say("differing", reason=told["reason_for_differing"]))
        yield Text(self.decided(case, kept))
        for one in corrections_of(self.session, kept):
            yield Text(self.say("correction", text=one.text))

    def review(self, case: Case) -> str:
        found = reviewed_text(self.session, self.home, self.catalogs, case)
        if found is None:
            return ""
        number = f"（{found.number}）" if found.number else ""
        conclusion = self.catalogs.label(found.conclusion, case.kind, section="conclusions")
        return self.say("review", step=self.catalogs.label(REVIEW, case.kind), conclusion=conclusion, number=number)

    def decided(self, case: Case, kept: Discussion) -> str:
        """What was decided in the words of the record, and what it makes happen."""
        result = result_id(self.catalogs, kept)
        label = self.catalogs.label(result, section="meeting_results")
        words = kept.reason.rstrip("。") + "。" if kept.reason else ""
        follows = self.catalogs.meetings.results[result].follows if kept.result else "goes_on"
        unit = "、".join(unit_name(self.catalogs, unit) for unit in case.drafting_units)
        return self.say("decided", result=label, words=words) + self.say(f"then_{follows}", unit=unit)

    def people(self) -> Iterator[Block]:
        """出席, 缺席, 列席: labels in 黑体's stead bold, one paragraph each (10.3)."""
        meeting = self.meeting
        counts = self.say("counts", due=meeting.due, present=len(meeting.attendees)) if meeting.due else ""
        lines = (
            ("attendees", "、".join(meeting.attendees) + (f"。{counts}" if meeting.attendees else "")),
            ("absentees", "、".join(meeting.absentees) or self.wording.say("common", "none")),
            ("observers", "、".join(meeting.observers) or self.wording.say("common", "none")),
        )
        if meeting.attendees:
            yield from (Text((Span(self.say(name), bold=True), Span(text))) for name, text in lines)

    def signed(self) -> str:
        lacking = [one.case for one in unsigned(self.session, meeting=self.meeting)]
        return self.say("unsigned", cases="、".join(lacking)) if lacking else self.say("signed")

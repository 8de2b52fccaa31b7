"""听证公告, 听证参加人名单公告, 听证会记录: what is published before a hearing, and what is signed after it.

In: frozen contents taken from the rows of a hearing. Out: the bytes of a .docx. Telephones and addresses stand in none
of them; the list and the record name people, as the law wants them named (MD-11).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from review_flows.cases.case import Case
from review_flows.cases.contents import checkpoint_line
from review_flows.cases.papers import DuePaper, file_paper
from review_flows.cases.standing import find_case
from review_flows.decisions import hearings
from review_flows.decisions.hearing_acts import HearingDraft, check_draft
from review_flows.decisions.hearings import Hearing, HearingParticipant, HearingStatement
from review_flows.decisions.participation import organ_of
from review_flows.decisions.participation_papers import cited
from review_flows.decisions.participation_step import PUBLIC, grounds, latest_delivery, step_of
from review_flows.law.catalogs import Catalogs
from review_flows.papers.layout import render
from review_flows.papers.lines import full_date
from review_flows.papers.paper import Block, Column, FormTable, Grid, Heading, OfficialDocument, Signature, Slot, Text
from review_flows.papers.wording import Wording
from review_flows.papers.wording import load as load_wording
from review_flows.records.audit import Actor
from review_flows.records.home import Home

PAPER = "hearing"
SIGNING_ROOM_PT = 36.0
_SMALL = 10.5


@dataclass(frozen=True)
class HearingContent:
    """What the three papers of a hearing say; each takes of it what it needs."""

    kind: str
    title: str
    organ: str
    held_on: date
    at: str
    place: str
    seats: dict[str, int]
    selection: str
    register_how: str
    register_until: date
    contact: str
    announced_on: date
    put_off_from: date | None = None
    put_off_reason: str = ""
    latest_delivery_on: date | None = None
    rules: tuple[str, ...] = ()
    list_published_on: date | None = None
    registered: int = 0
    participants: tuple[HearingParticipant, ...] = ()
    candidates: dict[str, list[int]] | None = None
    seed: str = ""
    seed_sha256: str = ""
    host: str = ""
    recorder: str = ""
    presenter: str = ""
    closed_reason: str = ""
    statements: tuple[HearingStatement, ...] = ()
    checkpoint: str = ""
    is_demo: bool = False


def draft_content(
    session: Session, home: Home, catalogs: Catalogs, case: Case, draft: HearingDraft, today: date
) -> HearingContent:
    """The content of a notice that is not recorded yet, checked as if it were."""
    before = hearings.current(session, case.number)
    check_draft(session, catalogs, case, draft, before, today)
    period = latest_delivery(session, catalogs, case, draft.held_on, today)
    return HearingContent(
        kind=case.kind, title=case.title.strip("《》"), organ=organ_of(catalogs, case), held_on=draft.held_on,
        at=draft.at, place=draft.place, seats=dict(draft.seats), selection=draft.selection,
        register_how=draft.register_how, register_until=draft.register_until, contact=draft.contact,
        announced_on=today, put_off_from=before.held_on if before else None,
        put_off_reason=draft.reason if before else "",
        latest_delivery_on=period.ends_on if period else None,
        rules=_rules(step_of(catalogs, case), period.rule if period else None),
        is_demo=home.is_demo,
    )  # fmt: skip


def _rules(step: str, delivery: str | None) -> tuple[str, ...]:
    """The rules that a notice of a hearing rests on."""
    return (*grounds(step, PUBLIC), *filter(None, (delivery,)))


def record_content(session: Session, home: Home, catalogs: Catalogs, case: Case, hearing: Hearing) -> HearingContent:
    """The content of a hearing as it stands in the record."""
    people = hearings.participants_of(session, hearing)
    before = next((h for h in hearings.hearings_of(session, case.number) if h.replaced_by == hearing.number), None)
    return HearingContent(
        kind=case.kind, title=case.title.strip("《》"), organ=organ_of(catalogs, case), held_on=hearing.held_on,
        at=hearing.at, place=hearing.place, seats=dict(hearing.seats), selection=hearing.selection,
        register_how=hearing.register_how, register_until=hearing.register_until, contact=hearing.contact,
        announced_on=hearing.announced_on, put_off_from=before.held_on if before else None,
        put_off_reason=hearing.replaces_reason, latest_delivery_on=hearing.latest_delivery_on,
        rules=_rules(hearing.step, hearing.delivery_rule), list_published_on=hearing.list_published_on,
        registered=len(people), participants=tuple(p for p in people if p.is_selected),
        candidates=dict(hearing.candidates), seed=hearing.seed or "", seed_sha256=hearing.seed_sha256 or "",
        host=hearing.host, recorder=hearing.recorder, presenter=hearing.presenter,
        closed_reason=hearing.closed_reason, statements=tuple(hearings.statements_of(session, hearing)),
        checkpoint=checkpoint_line(home), is_demo=home.is_demo,
    )  # fmt: skip


def file_notice(
    session: Session, home: Home, catalogs: Catalogs, hearing: Hearing, actor: Actor, now: datetime
) -> bytes:
    """听证公告 of a hearing as announced, made and filed."""
    return _filed(session, home, catalogs, hearing, "hearing_notice", actor, now)


def file_list(session: Session, home: Home, catalogs: Catalogs, hearing: Hearing, actor: Actor, now: datetime) -> bytes:
    """听证参加人名单公告 of a hearing, made and filed."""
    return _filed(session, home, catalogs, hearing, "hearing_list", actor, now)


def _filed(
    session: Session, home: Home, catalogs: Catalogs, hearing: Hearing, role: str, actor: Actor, now: datetime
) -> bytes:
    content = record_content(session, home, catalogs, find_case(session, hearing.case), hearing)
    papers = {"hearing_notice": notice_paper, "hearing_list": list_paper}
    data = papers[role](content, load_wording(home.settings.catalogs))
    again = f"（第{hearing.number}次）" if hearing.number > 1 else ""
    paper = DuePaper(role, hearing.step, hearing.round, f"{catalogs.label(role)}{again}.docx", lambda: data)
    file_paper(session, home, hearing.case, paper, data, now, actor)
    return data


def notice_paper(content: HearingContent, wording: Wording) -> bytes:
    """听证公告 as .docx."""
    return render(_Papers(content, wording).notice())


def list_paper(content: HearingContent, wording: Wording) -> bytes:
    """听证参加人名单公告 as .docx."""
    return render(_Papers(content, wording).published_list())


def record_paper(content: HearingContent, wording: Wording) -> bytes:
    """听证会记录 as .docx, to be signed, or as it was signed."""
    return render(_Papers(content, wording).record())


class _Papers:
    """The papers of one hearing."""

    def __init__(self, content: HearingContent, wording: Wording) -> None:
        self.content, self.wording = content, wording
        self.demo_mark = wording.say("common", "demo") if content.is_demo else ""

    def say(self, name: str, /, **values: object) -> str:
        return self.wording.say(PAPER, name, self.content.kind, **values)

    @property
    def draft(self) -> str:
        return self.say("draft", title=self.content.title)

    # --- the notice

    def notice(self) -> OfficialDocument:
        content = self.content
        return OfficialDocument(
            title=self.say("notice_title", title=content.title),
            blocks=tuple(self.notice_blocks()),
            attachments=(self.draft.strip("《》"), self.say("explanation", title=content.title)),
            signature=Signature((content.organ,), content.announced_on),
            demo_mark=self.demo_mark,
            made_on=content.announced_on,
        )

    def notice_blocks(self) -> Iterable[Block]:
        content = self.content
        grounds = cited(self.wording, content.rules)
        opening = self.say("opening", grounds=grounds, draft=self.draft) if grounds else ""
        yield Text(opening or self.say("opening_plain", draft=self.draft))
        if content.put_off_from:
            reason = content.put_off_reason.rstrip("。")
            yield Text(self.say("replaced", held_on=full_date(content.put_off_from), reason=reason))
        yield from self.section("subject", draft=self.draft)
        yield from self.section("when", held_on=full_date(content.held_on), at=content.at, place=content.place)
        seats = "、".join(self.say("seat", category=c, count=n) for c, n in content.seats.items())
        selection = content.selection.rstrip("。")
        yield from self.section("seats", count=sum(content.seats.values()), seats=seats, selection=selection)
        yield Text(self.say("lot"))
        how, until = content.register_how.rstrip("。"), full_date(content.register_until)
        yield from self.section("register", how=how, until=until)
        if content.latest_delivery_on:
            yield Text(self.say("delivery", day=full_date(content.latest_delivery_on)))
        yield from self.section("open")
        yield from self.section("contact", contact=content.contact.rstrip("。"))

    def section(self, name: str, /, **values: object) -> Iterable[Block]:
        """A heading and its sentence."""
        yield Heading(1, self.say(name))
        yield Text(self.say(f"{name}_text", **values))

    # --- the list

    def published_list(self) -> OfficialDocument:
        content = self.content
        published_on = content.list_published_on or content.announced_on
        return OfficialDocument(
            title=self.say("list_title", title=content.title),
            blocks=tuple(self.list_blocks()),
            signature=Signature((content.organ,), published_on),
            demo_mark=self.demo_mark,
            made_on=published_on,
        )

    def list_blocks(self) -> Iterable[Block]:
        content = self.content
        when = {"held_on": full_date(content.held_on), "at": content.at, "place": content.place}
        yield Text(self.say("list_opening", draft=self.draft, **when))
        yield Heading(1, self.say("list_heading"))
        shares = {"number": 1.2, "name": 2.4, "unit": 5, "category": 2.6, "selected": 4}
        columns = tuple(
            Column(self.say(f"column_{n}"), share, "both" if n in ("unit", "selected") else "center")
            for n, share in shares.items()
        )
        rows = tuple((str(p.number), p.name, p.unit, p.category, self.chosen(p)) for p in content.participants)
        yield Grid(columns, rows, _SMALL)
        yield Heading(1, self.say("selection_heading"))
        selected, selection = len(content.participants), content.selection.rstrip("。")
        yield Text(self.say("selection_text", selection=selection, registered=content.registered, selected=selected))
        if content.seed and content.candidates:
            candidates = "；".join(f"{c}：{'、'.join(map(str, n))}" for c, n in content.candidates.items())
            yield Text(
                self.say("drawn_text", seed=content.seed, seed_sha256=content.seed_sha256, candidates=candidates),
                align="left",
                small=True,
            )

    def chosen(self, person: HearingParticipant) -> str:
        """How somebody came to be a participant."""
        if person.selected_by in (hearings.ALL, hearings.LOT):
            return self.say(f"chosen_{person.selected_by}")
        return self.say("chosen_named", reason=person.selected_by)

    # --- the record

    def record(self) -> OfficialDocument:
        return OfficialDocument(
            title=self.say("record_title", title=self.content.title),
            blocks=tuple(self.record_blocks()),
            demo_mark=self.demo_mark,
            small_print=(self.wording.say("common", "stored", checkpoint=self.content.checkpoint),)
            if self.content.checkpoint
            else (),
            made_on=self.content.held_on,
        )

    def record_blocks(self) -> Iterable[Block]:
        yield self.head()
        yield Heading(1, self.say("participants"))
        shares = {"number": 1.2, "name": 2.4, "unit": 5, "category": 2.6, "attended": 1.8}
        columns = tuple(
            Column(self.say(f"column_{n}"), share, "both" if n == "unit" else "center") for n, share in shares.items()
        )
        rows = tuple(
            (str(p.number), p.name, p.unit, p.category, self.say("attended_yes" if p.attended else "attended_no"))
            for p in self.content.participants
        )
        yield Grid(columns, rows, _SMALL)
        yield Heading(1, self.say("course"))
        yield from self.course()
        yield Heading(1, self.say("confirmation"))
        yield Text(self.say("confirmation_text"))
        yield self.confirmation()
        signers = tuple((Slot(self.say(f"signed_by_{who}"), label=True), Slot("")) for who in ("host", "recorder"))
        yield FormTable((1, 3), signers, row_height_pt=SIGNING_ROOM_PT)

    def head(self) -> FormTable:
        content, people = self.content, self.content.participants
        delivered = sorted({p.delivered_on for p in people if p.delivered_on})
        attended = self.say("attended_text", count=len(people), attended=sum(bool(p.attended) for p in people))
        held = self.say("closed", reason=content.closed_reason) if content.closed_reason else self.say("public")
        rows = (
            ("time", f"{full_date(content.held_on)}{content.at}"),
            ("place", content.place),
            ("is_public", held),
            ("host", content.host),
            ("recorder", content.recorder),
            ("presenter", content.presenter),
            ("delivered", "、".join(map(full_date, delivered)) or self.wording.say("common", "none")),
            ("attended_count", attended),
        )
        return FormTable((1, 3), tuple((Slot(self.say(n), label=True), Slot(t, align="left")) for n, t in rows))

    def course(self) -> Iterable[Block]:
        part = ""
        for said in self.content.statements:
            if said.part != part:
                part = said.part
                yield Heading(2, self.say(part))
            yield Text(self.say("said", speaker=said.speaker) + said.words)

    def confirmation(self) -> Grid:
        shares = {"number": 1.2, "name": 2.4, "signature": 3.2, "note": 5, "date": 3}
        columns = tuple(
            Column(self.say(f"column_{n}"), share, "both" if n == "note" else "center") for n, share in shares.items()
        )
        rows = tuple(
            (
                str(person.number),
                person.name,
                self.say(person.confirmed) if person.confirmed else "",
                person.note,
                full_date(person.confirmed_on) if person.confirmed_on else "",
            )
            for person in self.content.participants
            if person.attended
        )
        return Grid(columns, rows, _SMALL)

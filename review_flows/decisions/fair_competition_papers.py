"""公平竞争审查表: scope, hearing, 19 standards item by item, exception, conclusion; and the notice of what lacks.

In: `CompetitionContent`, frozen values; the law data for standards and labels. Out: the bytes of a .docx.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import select

from review_flows.cases.case import CaseDocument, SignOff
from review_flows.cases.contents import checkpoint_line
from review_flows.cases.standing import unit_name
from review_flows.cases.work import Ended
from review_flows.decisions.fair_competition_answer import CompetitionAnswer, Consulted
from review_flows.law.catalogs import Catalogs
from review_flows.papers.layout import render
from review_flows.papers.lines import full_date
from review_flows.papers.paper import (
    Block,
    Column,
    FormTable,
    Grid,
    Heading,
    OfficialDocument,
    Signature,
    Slot,
    Text,
)
from review_flows.papers.wording import Wording

PAPER, NOTICE = "fair_competition", "competition_notice"
SIGNING_ROOM_PT = 48.0
_SMALL = 10.5
ALWAYS_SAID = ("first_review", "consulted", "affected_market")  # 无 where nothing was told


@dataclass(frozen=True)
class CompetitionContent:
    """All that the table says. `items`: standard → key of the answer; `words`: the reviewer's own texts by field."""

    case: str
    kind: str
    title: str
    drafting_units: tuple[str, ...]
    reviewer: str  # the unit
    signer: str
    reviewed_on: date
    conclusion: str  # approved | problems_found
    draft_version: int = 1
    draft_sha256: str = ""
    scope: str = "in_scope"
    items: Mapping[str, str] = field(default_factory=dict)
    exception: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    parties: tuple[Consulted, ...] = ()
    reason: str = ""
    confirmed_round: int = 0
    jointly_with: str = ""
    catalogs_sha256: str = ""
    checkpoint: str = ""
    is_demo: bool = False


def competition_content(
    ended: Ended, signed: SignOff, answer: CompetitionAnswer, confirmed_round: int
) -> CompetitionContent:
    """The content of one round's table."""
    case, row, catalogs = ended.case, ended.row, ended.catalogs
    units = tuple(unit_name(catalogs, unit) for unit in case.drafting_units)
    reviewer = unit_name(catalogs, signed.unit)
    return CompetitionContent(
        case=case.number,
        kind=case.kind,
        title=case.title,
        drafting_units=units,
        reviewer=reviewer,
        signer=signed.person_name,
        reviewed_on=row.done_on or case.received_on,
        conclusion=row.conclusion or "",
        draft_version=_version_looked_at(ended),
        draft_sha256=row.draft_sha256 or "",
        scope=answer.scope or "in_scope",
        items=answer.items,
        exception=answer.exception,
        words=answer.words,
        parties=answer.parties,
        reason=signed.reason,
        confirmed_round=confirmed_round,
        jointly_with="、".join(unit for unit in units if unit != reviewer),
        catalogs_sha256=row.catalogs,
        checkpoint=checkpoint_line(ended.home),
        is_demo=ended.home.is_demo,
    )


def _version_looked_at(ended: Ended) -> int:
    """The version of the draft that the round looked at."""
    query = select(CaseDocument.version).where(
        CaseDocument.case == ended.case.number,
        CaseDocument.role == ended.catalogs.chains[ended.case.kind].draft,
        CaseDocument.sha256 == ended.row.draft_sha256,
    )
    return max(ended.session.exec(query).all(), default=1)


def competition_notice(ended: Ended, lacking: Sequence[str], wording: Wording) -> Callable[[], bytes]:
    """What makes the 补正告知书 of a round that was returned: all that lacks, and the reviewer's reason."""
    document = notice_document(ended, lacking, wording)
    return lambda: render(document)


def notice_document(ended: Ended, lacking: Sequence[str], wording: Wording) -> OfficialDocument:
    """The notice as blocks, for the page and for tests."""

    def say(name: str, /, **values: object) -> str:
        return wording.say(NOTICE, name, ended.case.kind, **values)

    signed = ended.signed[-1]
    named: list[Block] = [Heading(3, "", then=f"{name}；") for name in lacking]
    return OfficialDocument(
        title=say("title"),
        addressee="、".join(unit_name(ended.catalogs, unit) for unit in ended.case.drafting_units),
        blocks=(
            Text(say("opening", title=ended.case.title, case=ended.case.number)),
            *([Text(say("lacking")), *named] if named else []),
            *([Text(say("reason", reason=signed.reason))] if signed.reason else []),
            Text(say("next", case=ended.case.number)),
        ),
        signature=Signature((unit_name(ended.catalogs, signed.unit),), ended.row.done_on),
        demo_mark=wording.say("common", "demo") if ended.home.is_demo else "",
    )


def competition_paper(content: CompetitionContent, catalogs: Catalogs, wording: Wording) -> bytes:
    """The table as .docx."""
    return render(competition_document(content, catalogs, wording))


def competition_document(content: CompetitionContent, catalogs: Catalogs, wording: Wording) -> OfficialDocument:
    """The table as blocks, for the page and for tests."""
    return _Table(content, catalogs, wording).document()


class _Table:
    """One table on its way to paper."""

    def __init__(self, content: CompetitionContent, catalogs: Catalogs, wording: Wording) -> None:
        self.content, self.catalogs, self.wording = content, catalogs, wording

    def say(self, name: str, /, **values: object) -> str:
        return self.wording.say(PAPER, name, self.content.kind, **values)

    def told(self, name: str) -> str:
        """The reviewer's own words, or 无."""
        return self.content.words.get(name, "").strip() or self.wording.say("common", "none")

    def document(self) -> OfficialDocument:
        return OfficialDocument(
            title=self.say("title"),
            blocks=tuple(self.blocks()),
            demo_mark=self.wording.say("common", "demo") if self.content.is_demo else "",
            small_print=tuple(self.small_print()),
            made_on=self.content.reviewed_on,
        )

    def blocks(self) -> Iterable[Block]:
        yield self.head()
        yield Heading(1, self.say("scope"))
        yield Text(self.scope())
        if self.content.confirmed_round:
            yield Heading(1, self.say("confirmed"))
            yield Text(self.say("confirmed_text", round=self.content.confirmed_round))
            yield Text(self.say("changes", text=self.told("changes")))
        if self.content.items:
            yield from self.procedure()
            yield from self.standards()
        if self.content.exception:
            yield from self.exception()
        yield Heading(1, self.say("conclusion"))
        yield Text(self.conclusion())
        yield self.signatures()

    def head(self) -> FormTable:
        content = self.content
        rows = (
            ("measure", f"{content.title}（{content.case}）"),
            ("kind", self.catalogs.label(content.kind, section="kinds")),
            ("drafters", "、".join(content.drafting_units)),
            ("reviewer", self.reviewer()),
            ("text", self.say("text_version", version=content.draft_version)),
            ("reviewed_on", full_date(content.reviewed_on)),
        )
        return FormTable((1, 3), tuple((Slot(self.say(n), label=True), Slot(t, align="left")) for n, t in rows))

    def reviewer(self) -> str:
        content = self.content
        if not content.jointly_with:
            return content.reviewer
        return self.say("jointly", reviewer=content.reviewer, drafters=content.jointly_with)

    def scope(self) -> str:
        label = self.catalogs.label(self.content.scope, section="competition_scopes")
        reason = self.content.words.get("scope_reason", "").strip()
        return self.say("scope_reasoned", scope=label, reason=reason) if reason else self.say("scope_text", scope=label)

    def procedure(self) -> Iterable[Block]:
        yield Heading(1, self.say("procedure"))
        for name in ("first_review", "consulted", "public_heard", "affected_market"):
            if name in ALWAYS_SAID or self.content.words.get(name, "").strip():
                yield Heading(3, "", then=self.say(name, text=self.procedure_text(name)))
        if self.content.parties:
            yield self.parties()

    def procedure_text(self, name: str) -> str:
        if name == "consulted" and self.content.parties and not self.content.words.get(name, "").strip():
            return self.say("see_table")
        return self.told(name)

    def parties(self) -> Grid:
        columns = (
            Column(self.say("column_party"), 2),
            Column(self.say("column_kind"), 1.4, "center"),
            Column(self.say("column_view"), 3.4),
            Column(self.say("column_handling"), 2.2),
        )
        rows = tuple(
            (p.name, self.catalogs.label(p.kind, section="consulted_kinds"), p.view, p.handling)
            for p in self.content.parties
        )
        return Grid(columns, rows, size_pt=_SMALL)

    def standards(self) -> Iterable[Block]:
        yield Heading(1, self.say("standards"))
        columns = (
            Column(self.say("column_article"), 1.9, "center"),
            Column(self.say("column_standard"), 5),
            Column(self.say("column_answer"), 2.4, "center"),
        )
        rows = tuple((item.article, item.text, self.answer(item.id)) for item in self.catalogs.competition.items)
        yield Grid(columns, rows, size_pt=_SMALL)
        for name in ("explanation", "legal_basis"):
            if self.content.words.get(name, "").strip():
                yield Text(self.say(name, text=self.told(name)))

    def answer(self, item: str) -> str:
        given = self.content.items.get(item)
        return self.catalogs.label(given, section="competition_answers") if given else self.say("unanswered")

    def exception(self) -> Iterable[Block]:
        content = self.content
        ground = next(g for g in self.catalogs.competition.exceptions if g.id == content.exception)
        yield Heading(1, self.say("exception"))
        yield Text(self.say("exception_ground", article=ground.article, text=ground.text))
        ends = [content.words.get(name, "").strip() for name in ("end_date", "end_condition")]
        for name in ("exception_reason", "no_alternative"):
            yield Heading(3, "", then=self.say(name, text=self.told(name)))
        yield Heading(3, "", then=self.say("ends", text="；".join(end for end in ends if end)))

    def conclusion(self) -> str:
        content = self.content
        if content.scope == "not_in_scope":
            name = "not_in_scope"
        elif content.conclusion != "approved":
            name = "may_not"
        else:
            name = "may_as_exception" if content.exception else "may"
        return self.say(name) + content.reason

    def signatures(self) -> FormTable:
        content = self.content
        rows = (
            (Slot(self.say("signed_by"), label=True), Slot(f"{content.signer}（{self.say('signed')}）", align="left")),
            (Slot(self.say("seal"), label=True), Slot("")),
        )
        return FormTable((1, 3), rows, row_height_pt=SIGNING_ROOM_PT)

    def small_print(self) -> Iterable[str]:
        content, say = self.content, self.wording.say
        if content.draft_sha256:
            yield say("opinion", "draft_sha256", sha256=content.draft_sha256)
        if content.catalogs_sha256:
            yield say("common", "catalogs", sha256=content.catalogs_sha256)
        stored = say("common", "stored", checkpoint=content.checkpoint)
        yield stored if content.checkpoint else say("common", "not_stored")

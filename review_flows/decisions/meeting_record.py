"""集体讨论记录: a collective discussion as it went, statement by statement, the chief's words last (MD-23 to MD-26).

In: `MeetingContent`, frozen values; the law data for labels and citations. Out: the bytes of a .docx. Nothing is
mended: where the chief did not speak last (MD-24), or differed from the majority (MD-25), the paper says so.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from review_flows.law.catalogs import Catalogs
from review_flows.papers.layout import render
from review_flows.papers.lines import full_date
from review_flows.papers.paper import Block, FormTable, Heading, OfficialDocument, Slot, Text
from review_flows.papers.wording import Wording

PAPER = "meeting"
CHIEF_LAST = "MD-24"
DISSENT = ("disagree", "reserve")
SIGNERS = ("host", "recorder", "attendees")
SIGNING_ROOM_PT = 48.0
_EXTENSION = re.compile(r"\.[A-Za-z]{3,4}$")
_SHORT_SHA256 = 16


@dataclass(frozen=True)
class StatementLine:
    """One statement, in the order in which it was made; stance: agree | disagree | reserve | suggest."""

    name: str
    stance: str
    words: str
    post: str = ""
    is_chief: bool = False


@dataclass(frozen=True)
class CorrectionLine:
    """A further entry to the record; what it corrects stays as it was."""

    written_on: date
    name: str
    text: str
    reason: str


@dataclass(frozen=True)
class ReviewedText:
    """The opinion that the discussed text rests on."""

    sha256: str
    conclusion: str
    number: str = ""


@dataclass(frozen=True)
class MeetingContent:
    """All that the record says (DOMAIN 8.4). `due` is the number of members, `attendees` those who came."""

    case: str
    kind: str
    title: str  # the item
    meeting: str  # 第×次常务会议
    held_on: date
    result: str  # passed | passed_amended | again | refused | shelved
    time: str = ""
    place: str = ""
    host: str = ""
    recorder: str = ""
    presenter: str = ""
    attendees: tuple[str, ...] = ()
    absentees: tuple[str, ...] = ()  # with their reasons
    observers: tuple[str, ...] = ()
    experts: tuple[str, ...] = ()
    due: int | None = None
    materials: tuple[str, ...] = ()
    statements: tuple[StatementLine, ...] = ()
    others: tuple[StatementLine, ...] = ()
    differences: str = ""
    reason_for_differing: str = ""
    words: str = ""
    reviewed: ReviewedText | None = None
    minutes_number: str = ""
    order_explained: str = ""
    order_citation: str = ""  # what asks for the chief's last word in this case; MD-24 where it is left out
    corrections: tuple[CorrectionLine, ...] = ()
    confirmed: Mapping[str, str] = field(default_factory=dict)  # host, recorder → who confirmed the record, when
    notes: tuple[str, ...] = ()
    catalogs_sha256: str = ""
    checkpoint: str = ""
    is_demo: bool = False


def meeting_paper(content: MeetingContent, catalogs: Catalogs, wording: Wording) -> bytes:
    """The record as .docx."""
    return render(meeting_document(content, catalogs, wording))


def meeting_document(content: MeetingContent, catalogs: Catalogs, wording: Wording) -> OfficialDocument:
    """The record as blocks, for the page and for tests."""
    return _Record(content, catalogs, wording).document()


class _Record:
    """One record on its way to paper."""

    def __init__(self, content: MeetingContent, catalogs: Catalogs, wording: Wording) -> None:
        self.content, self.catalogs, self.wording = content, catalogs, wording

    def say(self, name: str, /, **values: object) -> str:
        return self.wording.say(PAPER, name, self.content.kind, **values)

    def document(self) -> OfficialDocument:
        content = self.content
        return OfficialDocument(
            title=self.say("title"),
            blocks=tuple(self.blocks()),
            demo_mark=self.wording.say("common", "demo") if content.is_demo else "",
            small_print=tuple(self.small_print()),
            made_on=content.held_on,
        )

    def blocks(self) -> Iterable[Block]:
        yield self.head()
        yield from self.legality()
        yield from self.materials()
        yield from self.discussion()
        yield from self.differences()
        yield from self.decision()
        yield from self.signatures()

    # ---- who, when, where

    def head(self) -> FormTable:
        content = self.content
        held = f"{full_date(content.held_on)}{content.time}"
        pairs = (
            ("meeting", content.meeting, "held", held),
            ("place", content.place, "host", content.host),
            ("presenter", content.presenter, "recorder", content.recorder),
        )
        rows: list[tuple[Slot, ...]] = [
            (Slot(self.say(a), label=True), Slot(b, align="left"), Slot(self.say(c), label=True), Slot(d, align="left"))
            for a, b, c, d in pairs
        ]
        wide = (
            ("item", f"{content.title}（{content.case}）"),
            ("attendees", self.present()),
            ("absentees", self.names(content.absentees)),
            ("observers", self.names(content.observers)),
            ("experts", self.names(content.experts)),
        )
        rows += [(Slot(self.say(name), label=True), Slot(text, span=3, align="left")) for name, text in wide]
        return FormTable((2, 4.5, 2, 4.7), tuple(rows))

    def present(self) -> str:
        content = self.content
        names = self.names(content.attendees)
        if content.due is None:
            return names
        return f"{names}\n{self.say('counts', due=content.due, present=len(content.attendees))}"

    def names(self, names: tuple[str, ...]) -> str:
        return "、".join(names) or self.wording.say("common", "none")

    # ---- what was discussed

    def legality(self) -> Iterable[Block]:
        reviewed = self.content.reviewed
        if reviewed is None:
            return
        kind = self.content.kind
        yield Heading(1, self.say("legality"))
        yield Text(
            self.say(
                "legality_text",
                sha256=reviewed.sha256[:_SHORT_SHA256],
                number=reviewed.number,
                paper=self.catalogs.label("legality_opinion", kind, section="opinion_titles"),
                conclusion=self.catalogs.label(reviewed.conclusion, kind, section="conclusions"),
            )
        )

    def materials(self) -> Iterable[Block]:
        if not self.content.materials:
            return
        yield Heading(1, self.say("materials"))
        names = [_EXTENSION.sub("", name) for name in self.content.materials]
        yield Text(self.say("materials_text") + "；".join(names) + "。")

    def discussion(self) -> Iterable[Block]:
        content = self.content
        yield Heading(1, self.say("statements"))
        for statement in content.statements:
            yield self.statement(statement)
        if not content.statements:
            yield Text(self.say("no_statements"))
        if content.others:
            yield Heading(1, self.say("others"))
            for statement in content.others:
                yield self.statement(statement)

    def statement(self, line: StatementLine) -> Block:
        name = "statement" if line.post else "statement_no_post"
        stance = self.say(f"stance_{line.stance}")
        return Heading(3, "", then=self.say(name, name=line.name, post=line.post, stance=stance, words=line.words))

    def differences(self) -> Iterable[Block]:
        """Dissent as recorded: it can be added to, never left out."""
        content = self.content
        yield Heading(1, self.say("differences"))
        dissenters = [line.name for line in content.statements if line.stance in DISSENT]
        if content.differences:
            yield Text(content.differences)
        if dissenters:
            yield Text(self.say("dissent", names="、".join(dissenters)))
        elif not content.differences:
            yield Text(self.say("no_differences"))

    # ---- what was decided

    def decision(self) -> Iterable[Block]:
        content = self.content
        yield Heading(1, self.say("decision"))
        yield Text(self.chief())
        if content.reason_for_differing:
            yield Text(self.say("differing", reason=content.reason_for_differing))
        yield Text(self.say("result", result=self.say(f"result_{content.result}"), words=content.words))
        if content.minutes_number:
            yield Text(self.say("minutes", number=content.minutes_number))
        for note in content.notes:
            yield Text(note)
        if content.corrections:
            yield Heading(1, self.say("corrections"))
        for line in content.corrections:
            words = {"name": line.name, "text": line.text, "reason": line.reason}
            yield Text(self.say("correction", day=full_date(line.written_on), **words))

    def chief(self) -> str:
        """What the chief said and whether it was the last word (MD-24)."""
        statements = self.content.statements
        chief = next((line for line in reversed(statements) if line.is_chief), None)
        if chief is None:
            explained = self.content.order_explained
            return self.say("chief_unknown") + (self.say("order_explained", reason=explained) if explained else "")
        if statements[-1] is chief:
            return self.say("chief_last", name=chief.name, words=chief.words)
        said = self.say("chief_not_last", name=chief.name, citation=self.order_citation())
        explained = self.content.order_explained
        return said + (self.say("order_explained", reason=explained) if explained else "")

    def order_citation(self) -> str:
        """The provision by which the chief speaks last."""
        version = self.catalogs.rule(CHIEF_LAST).version_on(self.content.held_on)
        return self.content.order_citation or (version.citation if version else CHIEF_LAST)

    # ---- end

    def signatures(self) -> Iterable[Block]:
        yield Heading(1, self.say("signatures"))
        confirmed = self.content.confirmed
        rows = tuple(
            (Slot(self.say("signed", label=self.say(name)), label=True), Slot(confirmed.get(name, ""), align="left"))
            for name in SIGNERS
        )
        yield FormTable((1, 3), rows, row_height_pt=SIGNING_ROOM_PT)

    def small_print(self) -> Iterable[str]:
        content, say = self.content, self.wording.say
        if content.reviewed is not None:
            yield self.wording.say("opinion", "draft_sha256", sha256=content.reviewed.sha256)
        if content.catalogs_sha256:
            yield say("common", "catalogs", sha256=content.catalogs_sha256)
        stored = say("common", "stored", checkpoint=content.checkpoint)
        yield stored if content.checkpoint else say("common", "not_stored")

"""审核签批单: who said what, when, in which round, on which version, by which proof; true to the state of the case.

In: `SheetContent`, frozen values that never see a row. Out: the bytes of a .docx. The sheet repeats the record and adds
nothing: an open case is called open at its head and foot, a step nobody has answered shows no conclusion, what was cut
short or reviewed on an older draft says so beside its dates.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

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
    Slot,
    Text,
)
from review_flows.papers.wording import Wording

PAPER = "sheet"
NATURES = ("must_change", "should_change", "note")
ENDED = ("completed", "rejected", "withdrawn")
_SMALL = 10.5
_SHORT_SHA256 = 8
_HASHES_NAMED = 2  # the trail has them all


@dataclass(frozen=True)
class PeriodLine:
    """A date a rule gives; `provisional` where the calendar of its year is not announced."""

    on: date
    rule: str
    provisional: bool = False


@dataclass(frozen=True)
class StepLine:
    """One round of one step, as recorded. `conclusion` is empty until somebody gave one."""

    step: str
    round: int
    state: str
    conclusion: str = ""
    started_on: date | None = None
    done_on: date | None = None
    earliest: PeriodLine | None = None
    due: PeriodLine | None = None
    reason: str = ""
    before_sending: bool = False
    is_stale: bool = False


@dataclass(frozen=True)
class SignatureLine:
    """One sign-off. `natures` are those of its opinion items; `shown` the hashes of what the person saw."""

    step: str
    round: int
    person: str
    role: str
    unit: str
    conclusion: str
    signed_at: datetime
    proof: str  # code | gateway
    reason: str = ""
    on_behalf_of: str = ""
    natures: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()


@dataclass(frozen=True)
class FindingLine:
    """Something that is lawful with a reason, or worth a look: what, in which step, by which rule, why."""

    what: str
    step: str = ""
    rule: str = ""
    reason: str = ""


@dataclass(frozen=True)
class WaitLine:
    """Who is waited for."""

    step: str
    whom: str  # role and unit, in Chinese
    since: date
    due_on: date | None = None


@dataclass(frozen=True)
class SheetContent:
    """All that the sheet says; `at` is the instant it speaks of."""

    case: str
    kind: str
    title: str
    state: str
    issuing_organ: str
    drafting_units: tuple[str, ...]
    opened_at: datetime
    received_on: date
    at: datetime
    package_complete_on: date | None = None
    contact: str = ""
    steps: tuple[StepLine, ...] = ()
    signatures: tuple[SignatureLine, ...] = ()
    findings: tuple[FindingLine, ...] = ()
    waits: tuple[WaitLine, ...] = ()
    supplementary_record: bool = False
    catalogs_sha256: str = ""
    checkpoint: str = ""
    is_demo: bool = False


def sheet_paper(content: SheetContent, catalogs: Catalogs, wording: Wording) -> bytes:
    """The sign-off sheet as .docx."""
    return render(sheet_document(content, catalogs, wording))


def sheet_document(content: SheetContent, catalogs: Catalogs, wording: Wording) -> OfficialDocument:
    """The sheet as blocks, for the page and for tests."""
    return _Sheet(content, catalogs, wording).document()


class _Sheet:
    """One sheet on its way to paper."""

    def __init__(self, content: SheetContent, catalogs: Catalogs, wording: Wording) -> None:
        self.content, self.catalogs, self.wording = content, catalogs, wording

    def say(self, name: str, /, **values: object) -> str:
        return self.wording.say(PAPER, name, self.content.kind, **values)

    def label(self, key: str, section: str, kind: str | None = None) -> str:
        return self.catalogs.label(key, kind or self.content.kind, section=section)

    def document(self) -> OfficialDocument:
        content = self.content
        return OfficialDocument(
            title=self.say("title"),
            blocks=tuple(self.blocks()),
            demo_mark=self.wording.say("common", "demo") if content.is_demo else "",
            small_print=tuple(self.small_print()),
            made_on=content.at.date(),
        )

    def blocks(self) -> Iterable[Block]:
        yield self.head()
        yield Text(self.standing(), indent=False)
        yield Heading(1, self.say("steps"))
        yield self.steps()
        yield Heading(1, self.say("signatures"))
        yield self.signatures() if self.content.signatures else Text(self.say("no_signatures"))
        yield Heading(1, self.say("findings"))
        yield self.findings() if self.content.findings else Text(self.say("no_findings"))

    # ---- what it is about

    def head(self) -> FormTable:
        content = self.content
        units = "、".join(content.drafting_units)
        received = full_date(content.received_on)
        if content.supplementary_record:
            received += f"（{self.say('late_record')}）"
        complete = full_date(content.package_complete_on) if content.package_complete_on else "—"
        organ, unit = (self.label(name, "organ_labels") for name in ("issuing_organ", "drafting_unit"))
        pairs = (
            (self.say("number"), content.case, self.say("kind"), self.label(content.kind, "kinds")),
            (organ, content.issuing_organ, unit, units),
            (self.say("opened"), instant(content.opened_at), self.say("contact"), content.contact or "—"),
            (self.say("received"), received, self.say("complete"), complete),
        )
        rows = [tuple(Slot(text, label=at % 2 == 0, align="left") for at, text in enumerate(pair)) for pair in pairs]
        wide = [(self.say("matter"), content.title), (self.say("state"), self.state())]
        rows += [(Slot(name, label=True), Slot(text, span=3, align="left")) for name, text in wide]
        return FormTable((2, 4.6, 2, 4.6), tuple(rows))

    def state(self) -> str:
        """The state, and who is waited for while it is open."""
        waits = [
            self.say(
                "waiting",
                whom=wait.whom,
                step=self.label(wait.step, "steps"),
                since=full_date(wait.since),
                due=self.say("waiting_due", due_on=full_date(wait.due_on)) if wait.due_on else "",
            )
            for wait in self.content.waits
        ]
        return "\n".join([self.label(self.content.state, "case_states"), *waits])

    def standing(self) -> str:
        at = instant(self.content.at)
        if self.content.state not in ENDED:
            return self.say("not_ended", at=at)
        return self.say("ended", at=at, state=self.label(self.content.state, "case_states"))

    # ---- tables

    def columns(self, *named: tuple[str, float]) -> tuple[Column, ...]:
        return tuple(Column(self.say(f"column_{name}"), share, "left") for name, share in named)

    def steps(self) -> Grid:
        columns = self.columns(("step", 2.3), ("round", 1.5), ("state", 2.8), ("dates", 3.3), ("ground", 3.8))
        rows = tuple(
            (
                self.label(line.step, "steps"),
                self.say("round", round=line.round),
                self.step_state(line),
                self.dates(line),
                self.periods(line),
            )
            for line in self.content.steps
        )
        return Grid(columns, rows, _SMALL)

    def step_state(self, line: StepLine) -> str:
        """State, conclusion where one was given, and what the reader must know of it."""
        parts = [self.label(line.state, "step_states")]
        if line.conclusion:
            parts.append(self.label(line.conclusion, "conclusions", line.step))
        parts += [
            self.say(name) for name, on in (("before_sending", line.before_sending), ("stale", line.is_stale)) if on
        ]
        return "\n".join([*parts, *([line.reason] if line.reason else [])])

    def dates(self, line: StepLine) -> str:
        days = (("from", line.started_on), ("until", line.done_on))
        return "\n".join(self.say(name, day=full_date(day)) for name, day in days if day)

    def periods(self, line: StepLine) -> str:
        days = (("earliest", line.earliest), ("due", line.due))
        return "\n".join(self.period(name, period) for name, period in days if period)

    def period(self, name: str, period: PeriodLine) -> str:
        day = full_date(period.on) + (f"（{self.say('estimated')}）" if period.provisional else "")
        return self.say(name, day=day, rule=period.rule)

    def signatures(self) -> Grid:
        columns = self.columns(("step", 2.3), ("signer", 2.6), ("answer", 4.6), ("when", 4.3))
        lines = sorted(self.content.signatures, key=lambda line: line.signed_at)
        rows = tuple(
            (
                f"{self.label(line.step, 'steps')}\n{self.say('round', round=line.round)}",
                self.signer(line),
                self.answer(line),
                self.proof(line),
            )
            for line in lines
        )
        return Grid(columns, rows, _SMALL)

    def signer(self, line: SignatureLine) -> str:
        behalf = [self.say("behalf", name=line.on_behalf_of)] if line.on_behalf_of else []
        return "\n".join([line.person, *behalf, self.label(line.role, "people"), line.unit])

    def answer(self, line: SignatureLine) -> str:
        """The conclusion first, then how many items of which weight, then the person's own words."""
        parts = [self.label(line.conclusion, "conclusions", line.step)]
        if line.natures:
            must, should, note = (line.natures.count(nature) for nature in NATURES)
            parts.append(self.say("items", count=len(line.natures), must=must, should=should, note=note))
        return "\n".join([*parts, *([line.reason] if line.reason else [])])

    def proof(self, line: SignatureLine) -> str:
        parts = [instant(line.signed_at), self.say("proof", proof=self.wording.say("common", f"proof_{line.proof}"))]
        if line.shown:
            hashes = "、".join(sha256[:_SHORT_SHA256] for sha256 in line.shown[:_HASHES_NAMED])
            name = "shown" if len(line.shown) <= _HASHES_NAMED else "shown_more"
            parts.append(self.say(name, count=len(line.shown), hashes=hashes))
        return "\n".join(parts)

    def findings(self) -> Grid:
        columns = self.columns(("finding", 5), ("step", 2.6), ("ground", 1.8), ("reason", 4.4))
        rows = tuple(
            (line.what, self.label(line.step, "steps") if line.step else "", line.rule, line.reason)
            for line in self.content.findings
        )
        return Grid(columns, rows, _SMALL)

    def small_print(self) -> Iterable[str]:
        content, say = self.content, self.wording.say
        yield say("common", "made", case=content.case, at=instant(content.at))
        if content.catalogs_sha256:
            yield say("common", "catalogs", sha256=content.catalogs_sha256)
        stored = say("common", "stored", checkpoint=content.checkpoint)
        yield stored if content.checkpoint else say("common", "not_stored")


def instant(at: datetime) -> str:
    """Date and minute as an office writes them, in the zone the instant carries.

    >>> instant(datetime(2026, 1, 5, 9, 3))
    '2026年1月5日 9:03'
    """
    return f"{full_date(at.date())} {at.hour}:{at.minute:02d}"

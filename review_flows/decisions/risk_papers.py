"""风险评估报告: what was assessed and how, who was heard, risk points with grade, measures and plans, the conclusion.

In: `RiskContent`, frozen values; the law data for labels. Out: the bytes of a .docx.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from review_flows.cases.case import SignOff
from review_flows.cases.contents import checkpoint_line
from review_flows.cases.standing import unit_name
from review_flows.cases.work import Ended
from review_flows.law.catalogs import Catalogs
from review_flows.papers.layout import render
from review_flows.papers.lines import full_date
from review_flows.papers.paper import Block, Column, FormTable, Grid, Heading, OfficialDocument, Signature, Slot, Text
from review_flows.papers.wording import Wording

if TYPE_CHECKING:
    from review_flows.decisions.risk import RiskAnswer, RiskPoint

PAPER = "risk"
_SMALL = 10.5


@dataclass(frozen=True)
class RiskContent:
    """All that the report says."""

    case: str
    title: str
    units: tuple[str, ...]
    signer: str
    assessed_on: date
    answer: "RiskAnswer"
    draft_sha256: str = ""
    catalogs_sha256: str = ""
    checkpoint: str = ""
    is_demo: bool = False


def risk_content(ended: Ended, signed: SignOff, answer: "RiskAnswer") -> RiskContent:
    """The content of one round's report."""
    case, row = ended.case, ended.row
    return RiskContent(
        case=case.number,
        title=case.title,
        units=tuple(unit_name(ended.catalogs, unit) for unit in case.drafting_units),
        signer=signed.person_name,
        assessed_on=row.done_on or case.received_on,
        answer=answer,
        draft_sha256=row.draft_sha256 or "",
        catalogs_sha256=row.catalogs,
        checkpoint=checkpoint_line(ended.home),
        is_demo=ended.home.is_demo,
    )


def risk_paper(content: RiskContent, catalogs: Catalogs, wording: Wording) -> bytes:
    """The report as .docx."""
    return render(risk_document(content, catalogs, wording))


def risk_document(content: RiskContent, catalogs: Catalogs, wording: Wording) -> OfficialDocument:
    """The report as blocks, for the page and for tests."""
    return _Report(content, catalogs, wording).document()


class _Report:
    """One report on its way to paper."""

    def __init__(self, content: RiskContent, catalogs: Catalogs, wording: Wording) -> None:
        self.content, self.catalogs, self.wording = content, catalogs, wording
        self.answer, self.book = content.answer, catalogs.risk

    def say(self, name: str, /, **values: object) -> str:
        return self.wording.say(PAPER, name, **values)

    def document(self) -> OfficialDocument:
        content = self.content
        return OfficialDocument(
            title=self.say("title", title=content.title),
            blocks=tuple(self.blocks()),
            signature=Signature(content.units, content.assessed_on),
            demo_mark=self.wording.say("common", "demo") if content.is_demo else "",
            small_print=tuple(self.small_print()),
            made_on=content.assessed_on,
        )

    def blocks(self) -> Iterable[Block]:
        yield self.head()
        yield Heading(1, self.say("heard"))
        for name in ("departments_heard", "affected_heard"):
            yield Heading(3, "", then=self.say(name, text=self.answer.say(name)))
        yield Heading(1, self.say("points"))
        yield self.points()
        yield Text(self.say("grading", citation=self.book.grading.citation), small=True)
        yield Heading(1, self.say("measures"))
        for point in self.answer.points:
            yield from self.measures(point)
        yield Heading(1, self.say("conclusion"))
        yield from self.conclusion()

    def head(self) -> FormTable:
        content, answer = self.content, self.answer
        rows = (
            ("matter", f"{content.title}（{content.case}）"),
            ("units", "、".join(content.units)),
            ("assessor", answer.say("assessor") or self.say("self_assessed")),
            ("methods", answer.say("methods") or self.wording.say("common", "none")),
            ("assessed_on", full_date(content.assessed_on)),
            ("signer", content.signer),
        )
        return FormTable((1, 3), tuple((Slot(self.say(n), label=True), Slot(t, align="left")) for n, t in rows))

    def points(self) -> Grid:
        columns = (
            Column(self.say("column_number"), 0.9, "center"),
            Column(self.say("column_kind"), 1.7, "center"),
            Column(self.say("column_point"), 4),
            Column(self.say("column_affected"), 1.8),
            Column(self.say("column_likelihood"), 1.7, "center"),
            Column(self.say("column_impact"), 1.7, "center"),
            Column(self.say("column_grade"), 1.2, "center"),
        )
        rows = tuple(self.row(number, point) for number, point in enumerate(self.answer.points, 1))
        return Grid(columns, rows, size_pt=_SMALL)

    def row(self, number: int, point: "RiskPoint") -> tuple[str, ...]:
        book = self.book
        kind = next(found.label for found in book.kinds if found.id == point.kind)
        levels = (book.likelihoods[point.likelihood], book.impacts[point.impact], book.grades[point.grade])
        return (str(number), kind, point.point, point.affected, *levels)

    def measures(self, point: "RiskPoint") -> Iterable[Block]:
        yield Heading(2, point.point)
        yield Text(self.say("point_measures", text=point.measures))
        yield Text(self.say("point_plan", text=point.plan))
        if point.unit:
            yield Text(self.say("point_unit", text=point.unit))

    def conclusion(self) -> Iterable[Block]:
        book, answer = self.book, self.answer
        if overall := book.overall(point.grade for point in answer.points):
            yield Text(self.say("overall", count=len(answer.points), grade=book.grades[overall]))
        if answer.say("explanation"):
            yield Text(self.say("explanation", text=answer.say("explanation")))
        if answer.conclusion:
            found = book.conclusion(answer.conclusion)
            text = self.say("concluded", label=found.label, effect=found.effect, citation=found.citation)
            yield Text(text)
        for condition in answer.conditions:
            said = [
                self.say(name, text=text) for name, text in (("unit", condition.unit), ("by", condition.by)) if text
            ]
            yield Heading(3, "", then="；".join([condition.measure, *said]) + "。")

    def small_print(self) -> Iterable[str]:
        content, say = self.content, self.wording.say
        if content.draft_sha256:
            yield self.say("draft_sha256", sha256=content.draft_sha256)
        if content.catalogs_sha256:
            yield say("common", "catalogs", sha256=content.catalogs_sha256)
        yield (
            say("common", "stored", checkpoint=content.checkpoint)
            if content.checkpoint
            else say("common", "not_stored")
        )

"""专家论证报告: how the experts were chosen, what each of them said word for word, what was adopted and why not.

In: `ArgumentationContent`, frozen values; the law data for labels. Out: the bytes of a .docx.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from review_flows.cases.contents import checkpoint_line
from review_flows.cases.standing import unit_name
from review_flows.cases.work import Ended
from review_flows.decisions.expert_draws import ExpertEngagement, How, draws
from review_flows.decisions.experts import Expert
from review_flows.law.catalogs import Catalogs
from review_flows.papers.layout import render
from review_flows.papers.lines import full_date
from review_flows.papers.paper import Block, Column, FormTable, Grid, Heading, OfficialDocument, Signature, Slot, Text
from review_flows.papers.wording import Wording

PAPER = "argumentation"
DISSENTING = ("disagree", "reserve")
_SMALL = 10.5


@dataclass(frozen=True)
class DrawSaid:
    """One draw as the report tells it."""

    number: int
    field: str
    candidates: tuple[str, ...]
    excluded: tuple[tuple[str, str], ...]  # name, reason
    drawn: tuple[str, ...]
    seed_sha256: str
    seed: str
    abandoned: str = ""


@dataclass(frozen=True)
class OpinionSaid:
    """One expert of the case as the report tells it; `gone` says why one argued no more."""

    name: str
    unit: str
    how: How
    how_detail: str = ""
    gone: str = ""
    stance: str = ""
    words: str = ""
    signed_on: date | None = None
    sha256: str = ""
    response: str = ""
    response_reason: str = ""

    @property
    def is_dissent(self) -> bool:
        """Whether the expert did not agree."""
        return self.stance in DISSENTING


@dataclass(frozen=True)
class ArgumentationContent:
    """All that the report says."""

    case: str
    title: str
    units: tuple[str, ...]
    concluded_on: date
    draws: tuple[DrawSaid, ...]
    experts: tuple[OpinionSaid, ...]
    summary: str
    draft_sha256: str = ""
    catalogs_sha256: str = ""
    checkpoint: str = ""
    is_demo: bool = False

    @property
    def argued(self) -> tuple[OpinionSaid, ...]:
        """Those whose opinions count."""
        return tuple(expert for expert in self.experts if not expert.gone)


def argumentation_content(ended: Ended, experts: Sequence[tuple[ExpertEngagement, Expert]]) -> ArgumentationContent:
    """The content of one round's report."""
    case, row = ended.case, ended.row
    names = {expert.id: expert.name for _, expert in experts}
    return ArgumentationContent(
        case=case.number,
        title=case.title,
        units=tuple(unit_name(ended.catalogs, unit) for unit in case.drafting_units),
        concluded_on=row.done_on or case.received_on,
        draws=tuple(_draw(ended, names)),
        experts=tuple(_expert(engaged, expert, names) for engaged, expert in experts),
        summary=next((s for signed in ended.signed if (s := str(signed.answer.get("summary") or "").strip())), ""),
        draft_sha256=row.draft_sha256 or "",
        catalogs_sha256=row.catalogs,
        checkpoint=checkpoint_line(ended.home),
        is_demo=ended.home.is_demo,
    )


def _draw(ended: Ended, names: dict[str, str]) -> Iterable[DrawSaid]:
    for draw in draws(ended.session, ended.case.number):
        yield DrawSaid(
            number=draw.number,
            field=draw.field,
            candidates=tuple(draw.candidates),
            excluded=tuple((one["name"], one["reason"]) for one in draw.excluded),
            drawn=tuple(names[expert] for expert in draw.drawn),
            seed_sha256=draw.seed_sha256,
            seed=draw.seed or "",
            abandoned=draw.abandoned_reason or "",
        )


def _expert(engaged: ExpertEngagement, expert: Expert, names: dict[str, str]) -> OpinionSaid:
    detail = engaged.named_reason or (names[engaged.replaces] if engaged.replaces else "")
    return OpinionSaid(
        name=expert.name,
        unit=expert.unit,
        how=engaged.how,
        how_detail=detail,
        gone=engaged.released_reason or "",
        stance=engaged.stance or "",
        words=engaged.opinion or "",
        signed_on=date.fromisoformat(engaged.signed_on) if engaged.signed_on else None,
        sha256=engaged.opinion_sha256 or "",
        response=engaged.response or "",
        response_reason=engaged.response_reason or "",
    )


def argumentation_paper(content: ArgumentationContent, catalogs: Catalogs, wording: Wording) -> bytes:
    """The report as .docx."""
    return render(argumentation_document(content, catalogs, wording))


def argumentation_document(content: ArgumentationContent, catalogs: Catalogs, wording: Wording) -> OfficialDocument:
    """The report as blocks, for the page and for tests."""
    return _Report(content, catalogs, wording).document()


class _Report:
    """One report on its way to paper."""

    def __init__(self, content: ArgumentationContent, catalogs: Catalogs, wording: Wording) -> None:
        self.content, self.catalogs, self.wording = content, catalogs, wording

    def say(self, name: str, /, **values: object) -> str:
        return self.wording.say(PAPER, name, **values)

    def stance(self, expert: OpinionSaid) -> str:
        return self.catalogs.label(expert.stance, section="stances")

    def document(self) -> OfficialDocument:
        content = self.content
        return OfficialDocument(
            title=self.say("title", title=content.title),
            blocks=tuple(self.blocks()),
            signature=Signature(content.units, content.concluded_on),
            demo_mark=self.wording.say("common", "demo") if content.is_demo else "",
            small_print=tuple(self.small_print()),
            made_on=content.concluded_on,
        )

    def blocks(self) -> Iterable[Block]:
        yield self.head()
        yield Heading(1, self.say("chosen"))
        yield from self.chosen()
        yield Heading(1, self.say("opinions"))
        for expert in self.content.argued:
            yield from self.opinion(expert)
        yield from self.dissent()
        yield Heading(1, self.say("adoption"))
        yield self.adoption()
        yield Heading(1, self.say("summary"))
        yield from (Text(line) for line in self.content.summary.splitlines() if line.strip())

    def head(self) -> FormTable:
        content = self.content
        rows = (
            ("matter", f"{content.title}（{content.case}）"),
            ("units", "、".join(content.units)),
            ("experts", "、".join(expert.name for expert in content.argued)),
            ("concluded_on", full_date(content.concluded_on)),
        )
        return FormTable((1, 3), tuple((Slot(self.say(n), label=True), Slot(t, align="left")) for n, t in rows))

    def chosen(self) -> Iterable[Block]:
        for draw in self.content.draws:
            told = {"number": draw.number, "field": draw.field, "count": len(draw.candidates)}
            if draw.abandoned:
                yield Text(self.say("abandoned", reason=draw.abandoned.rstrip("。"), **told))
            else:
                yield Text(self.say("draw", drawn="、".join(draw.drawn), **told))
            yield from (
                Text(self.say("excluded", name=name, reason=reason.rstrip("。"))) for name, reason in draw.excluded
            )
        for expert in self.content.experts:
            if expert.how != "drawn":
                yield Text(self.say(expert.how, name=expert.name, detail=expert.how_detail.rstrip("。")))
            if expert.gone:
                yield Text(self.say("gone", name=expert.name, reason=expert.gone.rstrip("。")))

    def opinion(self, expert: OpinionSaid) -> Iterable[Block]:
        yield Heading(2, self.say("expert", name=expert.name, unit=expert.unit, stance=self.stance(expert)))
        yield from (Text(line) for line in expert.words.splitlines() if line.strip())
        if expert.signed_on:
            name = "signed_kept" if expert.sha256 else "signed_on_paper"
            yield Text(self.say(name, day=full_date(expert.signed_on), sha256=expert.sha256[:16]), small=True)

    def dissent(self) -> Iterable[Block]:
        dissenting = [expert.name for expert in self.content.argued if expert.is_dissent]
        yield Text(self.say("dissent", names="、".join(dissenting)) if dissenting else self.say("no_dissent"))

    def adoption(self) -> Grid:
        columns = (
            Column(self.say("column_expert"), 1.4, "center"),
            Column(self.say("column_stance"), 1.4, "center"),
            Column(self.say("column_response"), 1.4, "center"),
            Column(self.say("column_reason"), 4),
        )
        rows = tuple(
            (
                expert.name,
                self.stance(expert),
                self.catalogs.label(expert.response, section="adoptions") if expert.response else "",
                expert.response_reason,
            )
            for expert in self.content.argued
        )
        return Grid(columns, rows, size_pt=_SMALL)

    def small_print(self) -> Iterable[str]:
        content, say = self.content, self.wording.say
        for draw in (each for each in content.draws if each.seed):
            yield self.say("seed_sha256", number=draw.number, sha256=draw.seed_sha256)
            yield self.say("seed", number=draw.number, seed=draw.seed)
            yield self.say("candidates", number=draw.number, candidates="、".join(draw.candidates))
        if content.draft_sha256:
            yield self.say("draft_sha256", sha256=content.draft_sha256)
        if content.catalogs_sha256:
            yield say("common", "catalogs", sha256=content.catalogs_sha256)
        yield (
            say("common", "stored", checkpoint=content.checkpoint)
            if content.checkpoint
            else say("common", "not_stored")
        )

"""后评估报告: effects, deviations, what the public says, problems, and whether to go on, adjust or stop (MD-31).

In: `EvaluationContent`, frozen values from the record and the signed answer. Out: the bytes of a .docx.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from review_flows.cases.case import SignOff
from review_flows.cases.contents import checkpoint_line
from review_flows.cases.standing import latest_records, unit_name
from review_flows.cases.work import Ended
from review_flows.decisions import changes, execution
from review_flows.decisions.choices import key_of, said
from review_flows.law.catalogs import Catalogs
from review_flows.papers.layout import render
from review_flows.papers.lines import full_date
from review_flows.papers.paper import Block, FormTable, Heading, OfficialDocument, Signature, Slot, Text
from review_flows.papers.wording import Wording

if TYPE_CHECKING:
    from review_flows.decisions.post_evaluation import PostEvaluation

PAPER, WORDS = "post_evaluation_report", "post_evaluation"
PARTS = ("effects", "deviations", "public_opinion", "problems")


@dataclass(frozen=True)
class EvaluationContent:
    """All that the report says. `suggestion`: keep | adjust | stop; `texts`: the evaluator's own words by part."""

    case: str
    title: str
    organ: str
    evaluator: str
    ground: str
    reason: str
    started_on: date
    ended_on: date
    texts: Mapping[str, str]
    suggestion: str
    detail: str
    published_on: date | None
    units: tuple[str, ...]
    due: int
    reported: int
    changes: tuple[str, ...]
    barred: tuple[str, ...]
    signer: str
    catalogs_sha256: str = ""
    checkpoint: str = ""
    is_demo: bool = False


def evaluation_content(
    ended: Ended, found: "PostEvaluation", signed: SignOff, barred: tuple[str, ...]
) -> EvaluationContent:
    """The content of one report."""
    session, catalogs, case = ended.session, ended.catalogs, ended.case
    published = latest_records(session, case.number).get("publication")
    tasks = execution.tasks_of(session, case.number)
    reports = [row for task in tasks for row in execution.reports_of(session, task)]
    done_on = ended.row.done_on or found.started_on
    return EvaluationContent(
        case=case.number,
        title=case.title.strip("《》"),
        organ=unit_name(catalogs, case.issuing_organ),
        evaluator=found.evaluator,
        ground=catalogs.label(found.ground, section="evaluation_grounds"),
        reason=found.reason,
        started_on=found.started_on,
        ended_on=done_on,
        texts={name: said(signed.answer, name) for name in PARTS},
        suggestion=key_of(catalogs, "evaluation_suggestions", signed.answer.get("suggestion")),
        detail=said(signed.answer, "suggestion_detail"),
        published_on=published.done_on if published else None,
        units=tuple(dict.fromkeys(unit_name(catalogs, task.unit) for task in tasks)),
        due=sum(row.due_on <= done_on for row in reports),
        reported=sum(row.registered_at is not None and row.registered_at <= signed.signed_at for row in reports),
        changes=tuple(
            f"{full_date(change.decided_on) if change.decided_on else ''}"
            f"{catalogs.label(change.kind, section='change_kinds')}"
            for change in changes.changes_of(session, case.number)
            if change.state != "proposed" and change.made_at <= signed.signed_at
        ),
        barred=barred,
        signer=signed.person_name,
        catalogs_sha256=ended.row.catalogs,
        checkpoint=checkpoint_line(ended.home),
        is_demo=ended.home.is_demo,
    )


def evaluation_paper(content: EvaluationContent, catalogs: Catalogs, wording: Wording) -> bytes:
    """The report as .docx."""
    return render(evaluation_document(content, wording))


def evaluation_document(content: EvaluationContent, wording: Wording) -> OfficialDocument:
    """The report as blocks, for the page and for tests."""
    stored = wording.say("common", "stored", checkpoint=content.checkpoint)
    return OfficialDocument(
        title=wording.say(WORDS, "title", title=content.title),
        blocks=tuple(_blocks(content, wording)),
        signature=Signature((content.evaluator,), content.ended_on),
        note=wording.say(WORDS, "signed", names=content.signer),
        demo_mark=wording.say("common", "demo") if content.is_demo else "",
        small_print=(
            wording.say("common", "catalogs", sha256=content.catalogs_sha256),
            stored if content.checkpoint else wording.say("common", "not_stored"),
        ),
        made_on=content.ended_on,
    )


def _blocks(content: EvaluationContent, wording: Wording) -> Iterable[Block]:
    def say(name: str, /, **values: object) -> str:
        return wording.say(WORDS, name, **values)

    yield _head(content, wording)
    yield Heading(1, say("background"))
    yield from _background(content, wording)
    for name in PARTS:
        yield Heading(1, say(name))
        for line in content.texts[name].splitlines():
            yield Text(line)
    yield Heading(1, say("suggestion"))
    detail = content.detail and f"{content.detail.rstrip('。')}。"
    yield Text(say(f"suggestion_{content.suggestion}", detail=detail))
    yield Heading(1, say("independence"))
    names = "、".join(content.barred)
    yield Text(say("independence_text", names=names) if names else say("independence_none"))


def _head(content: EvaluationContent, wording: Wording) -> FormTable:
    period = wording.say(WORDS, "period", start=full_date(content.started_on), end=full_date(content.ended_on))
    pairs = (
        ("head_matter", f"{content.title}（{content.case}）"),
        ("head_organ", content.organ),
        ("head_evaluator", content.evaluator),
        ("head_ground", wording.say(WORDS, "ground", ground=content.ground, reason=content.reason.rstrip("。"))),
        ("head_period", period),
    )
    rows = tuple((Slot(wording.say(WORDS, name), label=True), Slot(text, align="left")) for name, text in pairs)
    return FormTable((1, 3), rows)


def _background(content: EvaluationContent, wording: Wording) -> Iterable[Block]:
    if content.published_on:
        yield Text(wording.say(WORDS, "background_published", day=full_date(content.published_on)))
    if content.units:
        units = "、".join(content.units)
        yield Text(wording.say(WORDS, "background_tasks", units=units, due=content.due, reported=content.reported))
    else:
        yield Text(wording.say(WORDS, "background_no_tasks"))
    if content.changes:
        yield Text(wording.say(WORDS, "background_changes", changes="；".join(content.changes)))

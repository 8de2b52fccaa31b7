"""责任档案: the paper of who said what, stage by stage, from `Responsibility` (MD-33). Out: the bytes of a .docx."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from review_flows.decisions.changes import standing_words
from review_flows.decisions.responsibility import Responsibility, ResponsibilityLine
from review_flows.law.catalogs import Catalogs
from review_flows.papers.layout import render
from review_flows.papers.lines import full_date
from review_flows.papers.paper import (
    Block,
    Column,
    Content,
    FormTable,
    Grid,
    Heading,
    OfficialDocument,
    Slot,
    Span,
    Text,
)
from review_flows.papers.wording import Wording

PAPER = "responsibility"
_SMALL = 10.5
_SHORT_SHA256 = 12


def responsibility_paper(found: Responsibility, catalogs: Catalogs, wording: Wording) -> bytes:
    """The record as .docx."""
    return render(responsibility_document(found, catalogs, wording))


def responsibility_document(found: Responsibility, catalogs: Catalogs, wording: Wording) -> OfficialDocument:
    """The record as blocks, for the page and for tests."""
    stored = wording.say("common", "stored", checkpoint=found.checkpoint)
    return OfficialDocument(
        title=wording.say(PAPER, "title"),
        blocks=tuple(_blocks(found, catalogs, wording)),
        demo_mark=wording.say("common", "demo") if found.is_demo else "",
        small_print=(
            wording.say(
                PAPER, "coverage", first=found.first_seq, last=found.last_seq, count=found.events, case=found.case
            ),
            _chain(found, wording),
            stored if found.checkpoint else wording.say("common", "not_stored"),
        ),
        landscape=True,
        made_on=found.made_on,
    )


def _chain(found: Responsibility, wording: Wording) -> str:
    if found.chain_reason:
        return wording.say(PAPER, "chain_broken", reason=found.chain_reason)
    return wording.say(PAPER, "chain_ok")


def _blocks(found: Responsibility, catalogs: Catalogs, wording: Wording) -> Iterator[Block]:
    def say(name: str, /, **values: object) -> str:
        return wording.say(PAPER, name, **values)

    pairs = (
        ("case", found.case),
        ("matter", found.title),
        ("organ", found.organ),
        ("drafting", "、".join(found.drafting_units)),
        ("state", standing_words(found.state)),
    )
    yield FormTable((1, 5), tuple((Slot(say(n), label=True), Slot(text, align="left")) for n, text in pairs))
    yield Text(say("purpose"))
    yield Heading(1, say("summary"))
    names = "、".join(dict.fromkeys(line.who for line in found.dissent))
    yield Text(
        say(
            "summary_text", count=len(found.lines), people=found.people, dissent=len(found.dissent),
            names=f"（{names}）" if names else "",
        )
    )  # fmt: skip
    if found.links:
        yield Heading(1, say("links"))
        for label, case, title in found.links:
            yield Text(say("link", label=label, case=case, title=title))
    for stage, lines in groupby(found.lines, key=lambda line: line.stage):
        name = catalogs.label(stage, "major_decision", section="steps") if stage else say("stage_other")
        yield Heading(1, say("stage", stage=name))
        yield _grid(lines, wording)


def _grid(lines: Iterable[ResponsibilityLine], wording: Wording) -> Grid:
    columns = (
        Column(wording.say(PAPER, "column_when"), 2.4, "center"),
        Column(wording.say(PAPER, "column_who"), 3.2, "left"),
        Column(wording.say(PAPER, "column_what"), 6, "left"),
        Column(wording.say(PAPER, "column_version"), 2.6, "center"),
        Column(wording.say(PAPER, "column_proof"), 2.6, "left"),
    )
    return Grid(columns, tuple(_row(line, wording) for line in lines), size_pt=_SMALL)


def _row(line: ResponsibilityLine, wording: Wording) -> tuple[Content, ...]:
    behalf = wording.say("sheet", "behalf", name=line.on_behalf_of) if line.on_behalf_of else ""
    who = "\n".join(
        part for part in (f"{line.who}{f'（{line.role}）' if line.role else ''}{behalf}", line.unit) if part
    )
    sha = line.draft_sha256[:_SHORT_SHA256]
    version = wording.say(PAPER, "version", version=line.version, sha256=sha) if line.version else ""
    return (
        full_date(line.on),
        who,
        _what(line, wording),
        version or wording.say(PAPER, "no_version"),
        _proof(line, wording),
    )


def _what(line: ResponsibilityLine, wording: Wording) -> Content:
    text = f"{line.act}。{line.words}" if line.words else f"{line.act}。"
    if not line.is_dissent:
        return text
    return (Span(wording.say(PAPER, "dissent" if line.stance == "disagree" else "reserve"), bold=True), Span(text))


def _proof(line: ResponsibilityLine, wording: Wording) -> str:
    parts = [wording.say("common", line.proof)] if line.proof else []
    parts.append(wording.say(PAPER, "event", seq=line.seq))
    if line.mismatch:
        parts.append(wording.say(PAPER, "mismatch"))
    return "\n".join(parts)

"""Screening of a whole draft: findings with their places, the fair-competition checklist, and the labels of single clauses.

In: a `Draft`, the red-flag rules (`redflags.load`) and the catalog of statutes. Out: `Screened`. Clauses are the sentences of
each paragraph; an item of a list is read together with its lead-in sentence. A finding is a candidate: where the article
cites a law that may give the power, it is one degree milder and says so, and it is never hidden.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from review_flows.law.statutes import Statutes
from review_flows.text.citing import cited_in_text
from review_flows.text.clause_flags import Context, Hit, cites_basis, mark_clause, screen_clause, tells_history
from review_flows.text.draft import Article, Draft, Paragraph
from review_flows.text.findings import Finding, Place
from review_flows.text.redflags import ChecklistItem, RedFlags
from review_flows.text.vocabulary import Span

STALE_LAW = "RF23"
_SENTENCE = re.compile(r"[^。！？\n]{1,2000}[。！？]?")
_LEAD_IN_ENDS = ("：", ":")
_ITEM = re.compile(r"[（(][一二三四五六七八九十\d]{1,3}[)）]|\d{1,2}[.．、]|[①-⑳]")
# Parts of the frame, where no rule is laid down.
_SKIPPED = frozenset(("mark", "document_number", "title", "caption", "contents", "chapter", "signature", "date", "imprint", "addressee"))


@dataclass(frozen=True)
class ChecklistAnswer:
    """One item of the fair-competition checklist with the findings whose articles touch it."""

    item: ChecklistItem
    touched_by: tuple[Finding, ...]


@dataclass(frozen=True)
class Screened:
    """All findings of a draft in the order of the text, and the checklist."""

    findings: tuple[Finding, ...]
    checklist: tuple[ChecklistAnswer, ...]


@dataclass(frozen=True)
class _Window:
    """A clause as it is read: `text`, of which the first `lead` characters are the lead-in; where both stand."""

    text: str
    lead: int
    lead_at: int
    start: int

    def place(self, span: Span) -> Span | None:
        """The place in the paragraph; None for words of the lead-in alone, which is a clause of its own."""
        start, end = span
        if end <= self.lead:
            return None
        return self.start + max(0, start - self.lead), self.start + end - self.lead


def screen(
    draft: Draft, flags: RedFlags, *, kind: str | None = None, maker: str = "", context: Context | None = None
) -> list[Finding]:
    """The red flags that the clauses of a draft raise, in the order of the text.

    `kind` is the kind of case (None: told by the title); `maker` the organ that makes the text, its place is then known.
    """
    return list(screen_draft(draft, flags, kind=kind, maker=maker, context=context).findings)


def screen_draft(
    draft: Draft, flags: RedFlags, *, kind: str | None = None, maker: str = "", context: Context | None = None
) -> Screened:
    """Findings and fair-competition checklist of a draft."""
    known = context or context_of(draft, flags, kind=kind, maker=maker)
    touched: dict[str, list[Finding]] = {item.id: [] for item in flags.checklist}
    findings = []
    for article, paragraphs in groupby(draft.units(), key=lambda unit: unit[0]):
        for hit, finding in _of_article(article, [paragraph for _, paragraph in paragraphs], known, flags):
            findings.append(finding)
            for item in hit.pattern.items:
                touched[item].append(finding)
    return Screened(tuple(findings), tuple(ChecklistAnswer(item, tuple(touched[item.id])) for item in flags.checklist))


def context_of(draft: Draft, flags: RedFlags, *, kind: str | None = None, maker: str = "") -> Context:
    """What a draft itself tells about its kind, rank and maker."""
    titles = draft.main_title or draft.title
    issuer = maker or "、".join(draft.signature.issuers if draft.signature else ())
    documents = flags.documents
    return Context(
        doc_type=documents.doc_type(f"{draft.title}{titles}", kind),
        document=f"{draft.title} {titles}",
        maker=issuer,
        origin_level=documents.level(titles, kind),
    )


def labels(text: str, context: Context, flags: RedFlags, statutes: Statutes | None = None, *, on: date | None = None) -> list[str]:
    """Ids of the rules that a single clause raises, in the order of the catalog; what a cited law settles is left out.

    `on` is the day on which cited statutes are judged where the context names none.
    """
    marked = mark_clause(text, context, flags)
    hits = screen_clause(marked, context, flags, basis_cited=cites_basis(marked, flags))
    raised = [hit.rule.id for hit in hits if not hit.is_settled]
    day = context.as_of or on
    if statutes and day and cites_repealed(text, statutes, day) and not tells_history(marked, flags):
        raised.append(STALE_LAW)
    return sorted(raised)


def cites_repealed(text: str, statutes: Statutes, on: date) -> bool:
    """Whether a clause relies on a statute that no longer applied on that day; the telling of history does not count."""
    return any(
        not cited.is_former and any(problem.kind == "repealed" for problem in cited.problems)
        for cited in cited_in_text(text, statutes, on=on)
    )


def _of_article(
    article: Article | None, paragraphs: Sequence[Paragraph], context: Context, flags: RedFlags
) -> Iterator[tuple[Hit, Finding]]:
    """Findings of an article (or of a run of paragraphs outside articles); a basis that it cites anywhere counts for all."""
    clauses = [
        (paragraph, window, mark_clause(window.text, context, flags))
        for paragraph in paragraphs
        if paragraph.blocks[0].kind not in _SKIPPED
        for window in _windows(paragraph.text)
    ]
    in_article = article is not None and any(cites_basis(marked, flags) for _, _, marked in clauses)
    for paragraph, window, marked in clauses:
        basis_cited = in_article or cites_basis(marked, flags)
        for hit in screen_clause(marked, context, flags, basis_cited=basis_cited):
            span = window.place(hit.span)
            if span is not None:
                words = paragraph.text[span[0] : span[1]]
                yield hit, _finding(hit, Place(article.label if article else None, paragraph.number, *span, words))


def _finding(hit: Hit, place: Place) -> Finding:
    rule = hit.rule
    message = f"{rule.message}本条引用了法律、法规作为依据，请核实该依据是否确有此项规定。" if hit.basis_cited else rule.message
    return Finding(
        rule=rule.id,
        severity=hit.severity,
        place=place,
        message=message,
        citation=rule.citation,
        basis_cited=hit.basis_cited,
        may_be_fine=rule.may_be_fine,
        write_instead=rule.write_instead,
    )


def _windows(text: str) -> Iterator[_Window]:
    """The clauses of a paragraph: its sentences, and each item read after the lead-in sentence of its list."""
    lead: Sequence[int] | None = None
    for match in _SENTENCE.finditer(text):
        sentence, start = match[0], match.start()
        if lead is not None and _ITEM.match(sentence):
            words = text[lead[0] : lead[1]]
            yield _Window(words + sentence, len(words), lead[0], start)
            continue
        yield _Window(sentence, 0, start, start)
        lead = (start, match.end()) if sentence.rstrip().endswith(_LEAD_IN_ENDS) else None

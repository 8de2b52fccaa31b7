"""The red flags of a draft's clauses, with their places.

In: a `Draft`, the red-flag rules, what is known of the paper. Out: hits and findings in the order of the text. A clause
is a sentence of a paragraph; an item of a list is read together with its lead-in sentence. Where the article cites a
law that may give the power, every finding in it is one degree milder and says so; none is hidden for that.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from review_flows.text.clause_flags import Context, Hit, cites_basis, leading, mark_clause, screen_clause
from review_flows.text.draft import Article, Draft, Paragraph
from review_flows.text.findings import Finding, Place
from review_flows.text.redflags import RedFlags
from review_flows.text.vocabulary import Span

_SENTENCE = re.compile(r"[^。！？\n]{1,2000}[。！？]?")
_LEAD_IN_ENDS = ("：", ":")
_ITEM = re.compile(r"[（(][一二三四五六七八九十\d]{1,3}[)）]|\d{1,2}[.．、]|[①-⑳]")
# Parts of the frame, where no rule is laid down.
_FRAME = frozenset(
    ("mark", "document_number", "title", "caption", "contents", "chapter", "signature", "date", "imprint", "addressee")
)


@dataclass(frozen=True)
class Window:
    """A clause as it is read: the first `lead` characters of `text` are the lead-in, the rest begins at `start`."""

    text: str
    lead: int
    start: int

    def place(self, span: Span) -> Span | None:
        """The place in the paragraph; None for words of the lead-in alone, which is a clause of its own."""
        start, end = span
        if end <= self.lead:
            return None
        return self.start + max(0, start - self.lead), self.start + end - self.lead


def flag_draft(
    draft: Draft, context: Context, flags: RedFlags, *, leave_out: Collection[str] = ()
) -> Iterator[tuple[Hit, Finding]]:
    """Every red flag of the draft; `leave_out` names rules that are judged elsewhere on the whole draft."""
    for article, units in groupby(draft.units(), key=lambda unit: unit[0]):
        for hit, finding in _flag_article(article, [paragraph for _, paragraph in units], context, flags):
            if hit.rule.id not in leave_out:
                yield hit, finding


def windows(text: str) -> Iterator[Window]:
    """The clauses of a paragraph: its sentences, and each item read after the lead-in sentence of its list."""
    lead = ""
    for match in _SENTENCE.finditer(text):
        sentence, start = match[0], match.start()
        if lead and _ITEM.match(sentence):
            yield Window(lead + sentence, len(lead), start)
            continue
        yield Window(sentence, 0, start)
        lead = sentence if sentence.rstrip().endswith(_LEAD_IN_ENDS) else ""


def _flag_article(
    article: Article | None, paragraphs: Sequence[Paragraph], context: Context, flags: RedFlags
) -> Iterator[tuple[Hit, Finding]]:
    """Findings of an article, or of a run of paragraphs outside articles."""
    clauses = [
        (paragraph, window, mark_clause(window.text, context, flags))
        for paragraph in paragraphs
        if paragraph.blocks[0].kind not in _FRAME
        for window in windows(paragraph.text)
    ]
    in_article = article is not None and any(cites_basis(marked, flags) for _, _, marked in clauses)
    for paragraph, window, marked in clauses:
        basis_cited = in_article or cites_basis(marked, flags)
        for hit in leading(screen_clause(marked, context, flags, basis_cited=basis_cited, lead=window.lead)):
            span = window.place(hit.span)
            if span is not None:
                words = paragraph.text[span[0] : span[1]]
                yield hit, _finding(hit, Place(article.label if article else None, paragraph.number, *span, words))


def _finding(hit: Hit, place: Place) -> Finding:
    rule = hit.rule
    also = "、".join(f"{one.rule.name}（{one.rule.id}，{one.rule.citation}）" for one in hit.also)
    ask = "本条引用了法律、法规作为依据，请核实该依据是否确有此项规定。" if hit.basis_cited else ""
    return Finding(
        rule=rule.id,
        severity=hit.severity,
        place=place,
        message=rule.message + ask + (f"本句还可能涉及：{also}。" if also else ""),
        citation=rule.citation,
        basis_cited=hit.basis_cited,
        may_be_fine=rule.may_be_fine,
        write_instead=rule.write_instead,
    )

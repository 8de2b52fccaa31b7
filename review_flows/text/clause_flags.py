"""The red flags of one clause: which rules of `catalogs/screening/clauses` it raises, at which words, how surely.

In: the text of a clause and what is known of the paper that it stands in. Out: hits, at most one a rule. Where the
clause cites the law that gives the power, a hit is one degree milder and says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from review_flows.text.findings import Severity
from review_flows.text.patterns import Pattern, matches
from review_flows.text.redflags import SEVERITIES, RedFlags, Rule, RulePattern
from review_flows.text.vocabulary import Marked, Span, mark, own_places

# How far before a match a word such as 不得 still governs it.
_REACH = 10


@dataclass(frozen=True)
class Context:
    """What is known of the text that a clause stands in; everything may be unknown."""

    doc_type: str = ""
    document: str = ""
    maker: str = ""
    origin_level: str = ""
    as_of: date | None = None


@dataclass(frozen=True)
class Hit:
    """One rule raised by a clause: the pattern, the words it was found by, and whether a basis is cited there."""

    rule: Rule
    pattern: RulePattern
    span: Span
    severity: Severity
    basis_cited: bool

    @property
    def is_settled(self) -> bool:
        """Whether the clause only refers to a law that settles the matter: a hint to look there, no red flag."""
        return self.basis_cited and self.rule.settled_by_basis


def mark_clause(text: str, context: Context, flags: RedFlags) -> Marked:
    """The clause with all concepts found, those of the maker's own places among them."""
    return mark(text, flags.vocabulary, own_places(flags.vocabulary.names, context.maker, context.document))


def screen_clause(marked: Marked, context: Context, flags: RedFlags, *, basis_cited: bool) -> list[Hit]:
    """The rules that a clause raises, at most one hit a rule, in the order of the catalog.

    `basis_cited`: the clause, or the article around it, cites a law that may give the power.
    """
    return [hit for rule in flags.rules.values() if (hit := _hit(rule, marked, context, basis_cited))]


def cites_basis(marked: Marked, flags: RedFlags) -> bool:
    """Whether a clause names a law, regulation or rule as its basis."""
    return _any(flags.basis, marked)


def tells_history(marked: Marked, flags: RedFlags) -> bool:
    """Whether a clause only tells what was done under a statute while it was in force."""
    return _any(flags.historic, marked)


def _hit(rule: Rule, marked: Marked, context: Context, cited: bool) -> Hit | None:
    if rule.not_in.covers(context.doc_type, context.origin_level):
        return None
    for pattern in rule.patterns:
        if not pattern.mask & marked.present:
            continue
        span = _found(rule, pattern, marked, context)
        if span:
            if _any(rule.unless, marked):
                return None
            severity = _milder(pattern.severity) if cited else pattern.severity
            return Hit(rule, pattern, marked.original(span), severity, cited)
    return None


def _found(rule: Rule, pattern: RulePattern, marked: Marked, context: Context) -> Span | None:
    if not _speaks(pattern, context):
        return None
    span = next(_accepted(rule, pattern.find, marked), None)
    if span is None or _any(pattern.unless, marked) or not all(_any((one,), marked) for one in pattern.with_):
        return None
    return span


def _speaks(pattern: RulePattern, context: Context) -> bool:
    where = context.doc_type, context.origin_level
    wanted = pattern.only_in.doc_types or pattern.only_in.levels
    return (not wanted or pattern.only_in.covers(*where)) and not pattern.not_in.covers(*where)


def _accepted(rule: Rule, patterns: Sequence[Pattern], marked: Marked) -> Iterator[Span]:
    for pattern in patterns:
        for span in matches(pattern, marked):
            if not _governed(rule.not_after, marked, span[0]):
                yield span


def _governed(concepts: Sequence[str], marked: Marked, start: int) -> bool:
    """Whether a word of these concepts stands shortly before, in the same phrase (不得指定…, 清理…)."""
    for concept in concepts:
        for _, end in marked.of(concept):
            if 0 <= start - end <= _REACH and not any(mark in marked.text[end:start] for mark in "，；。"):
                return True
    return False


def _any(patterns: Sequence[Pattern], marked: Marked) -> bool:
    return any(True for pattern in patterns for _ in matches(pattern, marked))


def _milder(severity: Severity) -> Severity:
    return SEVERITIES[max(0, SEVERITIES.index(severity) - 1)]

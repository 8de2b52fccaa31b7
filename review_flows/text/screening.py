"""Screening of clauses and drafts: which red flags of `catalogs/screening/` a text raises, where, and how sure that is.

A finding is a candidate for a person's judgement. Where the clause itself cites the law that gives the power, the finding
is one degree milder and says so; it is never hidden for that reason.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

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
    severity: str
    basis_cited: bool


def screen_clause(text: str, context: Context, flags: RedFlags, *, basis_cited: bool = False) -> list[Hit]:
    """The rules that a clause raises, at most one hit a rule, in the order of the catalog.

    `basis_cited`: the article around the clause cites a law that gives the power.
    """
    marked = mark(text, flags.vocabulary, own_places(flags.vocabulary.names, context.maker, context.document))
    cited = basis_cited or any(True for pattern in flags.basis for _ in matches(pattern, marked))
    return [hit for rule in flags.rules.values() if (hit := _hit(rule, marked, context, cited))]


def labels(text: str, context: Context, flags: RedFlags) -> list[str]:
    """Ids of the rules raised by a clause; where the clause only refers to a law that settles the matter, none."""
    return [hit.rule.id for hit in screen_clause(text, context, flags) if not (hit.basis_cited and hit.rule.settled_by_basis)]


def _hit(rule: Rule, marked: Marked, context: Context, cited: bool) -> Hit | None:
    if rule.not_in.covers(context.doc_type, context.origin_level) or _any(rule.unless, marked):
        return None
    for pattern in rule.patterns:
        span = _found(rule, pattern, marked, context)
        if span:
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


def _milder(severity: str) -> str:
    return SEVERITIES[max(0, SEVERITIES.index(severity) - 1)]

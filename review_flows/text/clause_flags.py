"""The red flags of one clause: which rules of `catalogs/screening/clauses` it raises, at which words, how surely.

In: the text of a clause and what is known of the paper that it stands in. Out: hits, at most one a rule. Where the
clause cites the law that gives the power, a hit is one degree milder and says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from review_flows.text.findings import Severity
from review_flows.text.patterns import Pattern, matches, possible, with_compounds
from review_flows.text.redflags import SEVERITIES, RedFlags, Rule, RulePattern
from review_flows.text.vocabulary import Marked, Span, mark, own_places

# How far before a match a word such as 不得 still governs it.
_REACH = 10
_PHRASE_ENDS = "，；。"
# The concept of words with which a consequence begins (违者, 否则): what was forbidden before them ends there.
_CONSEQUENCE = "consequence"


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
    """One rule raised by a clause: the pattern, the words it was found by, and whether a basis is cited there.

    `also` has the hits of the same clause that give way to this one (see `leading`).
    """

    rule: Rule
    pattern: RulePattern
    span: Span
    severity: Severity
    basis_cited: bool
    also: tuple["Hit", ...] = ()

    @property
    def is_settled(self) -> bool:
        """Whether the clause only refers to a law that settles the matter: a hint to look there, no red flag."""
        return self.basis_cited and self.pattern.settled_by_basis


def mark_clause(text: str, context: Context, flags: RedFlags) -> Marked:
    """The clause with all concepts found, those of the maker's own places among them."""
    own = own_places(flags.vocabulary.names, context.maker, context.document)
    return with_compounds(mark(text, flags.vocabulary, own), flags.compounds, flags.vocabulary.rows)


def screen_clause(marked: Marked, context: Context, flags: RedFlags, *, basis_cited: bool, lead: int = 0) -> list[Hit]:
    """The rules that a clause raises, at most one hit a rule, in the order of the catalog.

    `basis_cited`: the clause, or the article around it, cites a law that may give the power. `lead`: so many characters
    at the start are a lead-in, judged elsewhere; a hit must reach beyond them.
    """
    reader = _Reader(marked, context, lead)
    hits = [hit for rule in flags.rules.values() if (hit := reader.hit(rule, basis_cited=basis_cited))]
    if any(hit.rule.silenced_by_denial for hit in hits) and _any(flags.denials, marked):
        return [hit for hit in hits if not hit.rule.silenced_by_denial]
    return hits


def leading(hits: Sequence[Hit]) -> list[Hit]:
    """The hits that lead, each with those that give way to it: where one clause raises several rules, the catalog says
    which of them names what is wrong and which only the means or a second reading (`yields_to`).

    A rule that a cited law settles leads nobody. What gives way is not lost, and the severest of them all counts.
    """
    raised = {hit.rule.id: hit for hit in hits}
    followers: dict[str, list[Hit]] = {}
    for hit in hits:
        leader = _leader(hit, raised)
        if leader is not hit:
            followers.setdefault(leader.rule.id, []).append(hit)
    behind = {id(hit) for group in followers.values() for hit in group}
    return [_followed(hit, followers.get(hit.rule.id, [])) for hit in hits if id(hit) not in behind]


def _leader(hit: Hit, raised: Mapping[str, Hit]) -> Hit:
    for identity in hit.pattern.yields_to:
        if identity in raised and not raised[identity].is_settled:
            return _leader(raised[identity], raised)
    return hit


def _followed(hit: Hit, also: Sequence[Hit]) -> Hit:
    severity = max((hit.severity, *(one.severity for one in also)), key=SEVERITIES.index)
    return replace(hit, severity=severity, also=tuple(also))


def cites_basis(marked: Marked, flags: RedFlags) -> bool:
    """Whether a clause names a law, regulation or rule as its basis."""
    return _any(flags.basis, marked)


def tells_history(marked: Marked, flags: RedFlags) -> bool:
    """Whether a clause only tells what was done under a statute while it was in force."""
    return _any(flags.historic, marked)


@dataclass(frozen=True)
class _Reader:
    """One clause held against the rules."""

    marked: Marked
    context: Context
    lead: int

    def hit(self, rule: Rule, *, basis_cited: bool) -> Hit | None:
        """The first pattern of the rule that the clause fits, unless the rule lets the clause pass."""
        if rule.not_in.covers(self.context.doc_type, self.context.origin_level):
            return None
        for pattern in rule.unsettled_first if basis_cited else rule.patterns:
            span = None if pattern.numbers.isdisjoint(self.marked.live) else self._span(rule, pattern)
            if span:
                if _any(rule.unless, self.marked):
                    return None
                severity = _milder(pattern.severity) if basis_cited else pattern.severity
                return Hit(rule, pattern, self.marked.original(span), severity, basis_cited)
        return None

    def _span(self, rule: Rule, pattern: RulePattern) -> Span | None:
        if not self._speaks(pattern) or not self._is_about(pattern.about):
            return None
        span = next(self._accepted(rule, pattern.find), None)
        if span is None or _any(pattern.unless, self.marked):
            return None
        return span if all(_any((one,), self.marked) for one in pattern.with_) else None

    def _speaks(self, pattern: RulePattern) -> bool:
        where = self.context.doc_type, self.context.origin_level
        wanted = pattern.only_in.doc_types or pattern.only_in.levels
        told = any(self.marked.of(concept) for concept in pattern.only_in.speaks_of)
        return (not wanted or told or pattern.only_in.covers(*where)) and not pattern.not_in.covers(*where)

    def _is_about(self, words: Sequence[str]) -> bool:
        return not words or any(word in self.marked.text or word in self.context.document for word in words)

    def _accepted(self, rule: Rule, patterns: Sequence[Pattern]) -> Iterator[Span]:
        for pattern in possible(patterns, self.marked):
            for span in matches(pattern, self.marked):
                beyond_lead = not self.lead or self.marked.original(span)[1] > self.lead
                if beyond_lead and not self._governed(rule.not_after, span[0]):
                    yield span

    def _governed(self, concepts: Sequence[str], start: int) -> bool:
        """Whether a word of these concepts stands shortly before, in the same phrase (不得指定…, 清理…)."""
        return any(
            0 <= start - end <= _REACH and not self._parted(end, start)
            for concept in concepts
            for _, end in self.marked.of(concept)
        )

    def _parted(self, end: int, start: int) -> bool:
        """Whether a phrase ends between two places, or a consequence begins there."""
        turned = any(end <= at <= start for at, _ in self.marked.of(_CONSEQUENCE))
        return turned or any(mark in self.marked.text[end:start] for mark in _PHRASE_ENDS)


def _any(patterns: Sequence[Pattern], marked: Marked) -> bool:
    return any(True for pattern in possible(patterns, marked) for _ in matches(pattern, marked))


def _milder(severity: Severity) -> Severity:
    return SEVERITIES[max(0, SEVERITIES.index(severity) - 1)]

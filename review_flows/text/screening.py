"""Screening of a draft, put together: red flags of clauses, checks of the whole paper, citations, contracts, checklist.

In: a `Draft` and the `ScreeningRules` of a catalogs folder. Out: `Screened`, in the order of the text. Also the labels
of single clauses, for corpora and benchmarks. Every finding is a candidate; the reviewer decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from typing_extensions import TypedDict

from review_flows.law.statutes import Statutes, load_statutes
from review_flows.text import contract_rules, form_rules, redflag_catalog
from review_flows.text.citing import Cited, CitedJson, cited_in, cited_in_text
from review_flows.text.clause_flags import Context, Hit, cites_basis, leading, mark_clause, screen_clause, tells_history
from review_flows.text.clauses import issued_on, starts_in
from review_flows.text.contract_checks import check_contract
from review_flows.text.contract_rules import ContractRules
from review_flows.text.draft import Draft
from review_flows.text.draft_flags import flag_draft
from review_flows.text.findings import Finding, FindingJson
from review_flows.text.form import check_document
from review_flows.text.form_rules import SHARED_WITH_CLAUSES, FormRules
from review_flows.text.redflags import ChecklistItem, RedFlags

STALE_LAW = "RF23"
RETROACTIVE = "RF19"
_RED_FLAG = "RF"
_HEAD_BLOCKS = 60
_LEAST_PARTIES = 3


@dataclass(frozen=True)
class ScreeningRules:
    """Everything that screening needs from a catalogs folder."""

    flags: RedFlags
    form: FormRules
    contracts: ContractRules
    statutes: Statutes


@dataclass(frozen=True)
class ChecklistAnswer:
    """One item of the fair-competition checklist and the findings that touch it."""

    item: ChecklistItem
    touched_by: tuple[Finding, ...]


class ChecklistJson(TypedDict):
    """One fair-competition standard and the articles that touch it."""

    item: str
    article: str
    text: str
    touched_by: list[str]


class ScreenJson(TypedDict):
    """The JSON of `screen`."""

    file: str
    doc_type: str
    findings: list[FindingJson]
    citations: list[CitedJson]
    fair_competition: list[ChecklistJson]


@dataclass(frozen=True)
class Screened:
    """What a draft raises: findings in the order of the text, its citations, the fair-competition checklist."""

    context: Context
    findings: tuple[Finding, ...]
    citations: tuple[Cited, ...]
    checklist: tuple[ChecklistAnswer, ...]


def load_rules(catalogs: Path) -> ScreeningRules:
    """The screening rules of a catalogs folder; CatalogError for the first fault."""
    return ScreeningRules(
        redflag_catalog.load(catalogs),
        form_rules.load(catalogs),
        contract_rules.load(catalogs),
        load_statutes(catalogs),
    )


def screen(draft: Draft, rules: ScreeningRules, *, on: date, kind: str | None = None, maker: str = "") -> Screened:
    """Everything that screening finds in a draft, judged on the day `on`.

    `kind` is the kind of case (None: title and parties tell what the paper is), `maker` the organ that makes it.
    """
    context = context_of(draft, rules.flags, kind=kind, maker=maker)
    cited = tuple(cited_in(draft, rules.statutes, on=on))
    flagged = list(flag_draft(draft, context, rules.flags, leave_out=SHARED_WITH_CLAUSES))
    whole = check_document(draft, rules.statutes, rules.form, on=on, cited=cited)
    if context.doc_type in rules.contracts.doc_types:
        whole += check_contract(draft, rules.contracts)
    findings = _in_order(draft, [*(finding for _, finding in flagged), *whole])
    return Screened(context, findings, cited, _checklist(rules.flags, flagged))


def with_findings(screened: Screened, draft: Draft, further: Iterable[Finding]) -> Screened:
    """The same with further findings at their places in the text."""
    return replace(screened, findings=_in_order(draft, [*screened.findings, *further]))


def context_of(draft: Draft, flags: RedFlags, *, kind: str | None = None, maker: str = "") -> Context:
    """What a draft itself tells about its kind, rank and maker."""
    titles = f"{draft.title} {draft.main_title}"
    head = "".join(block.text for block in draft.blocks[:_HEAD_BLOCKS])
    documents = flags.documents
    has_parties = any(head.count(party) >= _LEAST_PARTIES for party in documents.parties)
    return Context(
        doc_type=documents.doc_type(titles, kind, has_parties=has_parties),
        document=titles,
        maker=maker or "、".join(draft.signature.issuers if draft.signature else ()),
        origin_level=documents.level(draft.main_title or draft.title, head, kind),
    )


def labels(text: str, context: Context, rules: ScreeningRules, *, on: date) -> list[str]:
    """Ids of the red flags that a single clause raises; what a cited law settles is left out,
    and what gives way to another rule raised by the same words.

    `on` is the day on which cited statutes are judged where the context names none.
    """
    context = _understood(context, rules.flags)
    marked = mark_clause(text, context, rules.flags)
    hits = leading(screen_clause(marked, context, rules.flags, basis_cited=cites_basis(marked, rules.flags)))
    raised = {hit.rule.id for hit in hits if hit.rule.id.startswith(_RED_FLAG) and not hit.is_settled}
    if cites_in_vain(text, rules.statutes, context.as_of or on) and not tells_history(marked, rules.flags):
        raised.add(STALE_LAW)
    issued = issued_on(context.document)
    may_reach_back = rules.flags.rules[RETROACTIVE].not_in.covers(context.doc_type, context.origin_level)
    if issued and not may_reach_back and any(start < issued for start in starts_in(text)):
        raised.add(RETROACTIVE)
    return sorted(raised)


def _understood(context: Context, flags: RedFlags) -> Context:
    """The context in the words of the rules: the kind of paper that is meant, and the rank where the kind tells it."""
    kinds = flags.documents
    level = context.origin_level or kinds.rank(context.doc_type)
    return replace(context, doc_type=kinds.called(context.doc_type), origin_level=level)


def cites_in_vain(text: str, statutes: Statutes, on: date) -> bool:
    """Whether a clause relies on a statute that no longer applied on that day, other than as 原《…》, or on an article
    that the statute does not have.
    """
    return any(
        not cited.is_former and any(problem.kind in ("repealed", "beyond") for problem in cited.problems)
        for cited in cited_in_text(text, statutes, on=on)
    )


def _checklist(flags: RedFlags, flagged: Iterable[tuple[Hit, Finding]]) -> tuple[ChecklistAnswer, ...]:
    touched: dict[str, list[Finding]] = {item.id: [] for item in flags.checklist}
    for hit, finding in flagged:
        for item in sorted({item for one in (hit, *hit.also) for item in one.pattern.items}):
            touched[item].append(finding)
    return tuple(ChecklistAnswer(item, tuple(touched[item.id])) for item in flags.checklist)


def _in_order(draft: Draft, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    blocks = {article.label: article.block for article in reversed(draft.articles)}

    def position(finding: Finding) -> tuple[int, int, int]:
        place = finding.place
        if place.article is None:
            return place.paragraph or 0, 0, place.start
        return blocks.get(place.article, 0), place.paragraph or 0, place.start

    return tuple(sorted(findings, key=position))

"""The standards of the fair-competition review (条例第八条至第十二条): what is answered item by item, what is excepted.

Relies on catalogs/screening/fair_competition.yaml, which the screening of drafts reads too.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from review_flows.law.strict import NO_ROWS, NO_TEXTS, Section

NO_RULES: Mapping[str, str] = {}


@dataclass(frozen=True)
class Standard:
    """One thing that a draft must not contain, or a ground on which it may nevertheless (art. 12)."""

    id: str
    article: str
    text: str
    unless_based: bool = False  # not where a law, an administrative regulation or the State Council allows it
    rule: str = ""  # the rule that the article became (FC-S8 …); none for a ground of exception

    @property
    def label(self) -> str:
        """Article and text, as forms show it."""
        return f"{self.article}：{self.text}"


@dataclass(frozen=True)
class CompetitionStandards:
    """All items, in their order, and the grounds of exception."""

    items: tuple[Standard, ...]
    exceptions: tuple[Standard, ...]


def read_standards(root: Section, rules: Collection[str]) -> CompetitionStandards:
    """The standards of fair_competition.yaml; `rules` are the ids there are."""
    based = root.maybe("unless_based", Section.texts, NO_TEXTS)
    articles = root.need("rules", Section.section, Section.empty())
    rule_of = {name: articles.need(name, lambda s, k: s.word(k, rules, "规则"), "") for name in articles.raw}
    items = tuple(_read(row, based, rule_of) for row in root.need("items", Section.rows, NO_ROWS))
    for item in items:
        if not item.rule:
            articles.fault(item.id.partition("-")[0], "这一条没有写是哪条规则")
    known = [item.id for item in items]
    for name in based:
        root.is_known("unless_based", name, known, "审查标准")
    if len(set(known)) < len(known):
        root.fault("items", "编号重复")
    exceptions = tuple(_read(row) for row in root.need("exceptions", Section.rows, NO_ROWS))
    return CompetitionStandards(items, exceptions)


def _read(row: Section, based: Collection[str] = (), rule_of: Mapping[str, str] = NO_RULES) -> Standard:
    identity = row.need("id", Section.text, "")
    standard = Standard(
        id=identity,
        article=row.need("article", Section.text, ""),
        text=row.need("text", Section.text, ""),
        unless_based=identity in based,
        rule=rule_of.get(identity.partition("-")[0], ""),
    )
    row.close()
    return standard

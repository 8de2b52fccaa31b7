"""Collective discussion as the law data has it: results and what each makes happen, whose word is last, which papers.

Relies on catalogs/meetings.yaml, whose head explains every key. Which kinds of meeting an organ may decide in stands
with the rules themselves (`Rule.meetings`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from review_flows.law.strict import NO_ROWS, NO_TEXTS, Section

FOLLOWS = ("goes_on", "amended_text", "next_round", "ends", "suspends")


@dataclass(frozen=True)
class MeetingResult:
    """What a meeting may decide: the conclusions of the step that say so, and what follows."""

    id: str
    conclusions: tuple[str, ...]
    follows: str
    needs_reason: bool = False


@dataclass(frozen=True)
class MeetingPaper:
    """A place in the package of a meeting: one of `roles` must be there unless step `of` is not asked for."""

    label: str
    roles: tuple[str, ...]
    of: str | None = None
    also: tuple[str, ...] = ()
    rule: str | None = None  # null: the district's own flow asks for it


@dataclass(frozen=True)
class MeetingLaw:
    """All of meetings.yaml; the rule lists name by which rule a demand stands, the first that binds."""

    results: Mapping[str, MeetingResult]
    decided_in: tuple[str, ...]
    chief_last: tuple[str, ...]
    differing: tuple[str, ...]
    dissent: tuple[str, ...]
    quorum: tuple[str, ...]
    papers: Mapping[str, tuple[MeetingPaper, ...]]

    def result_of(self, conclusion: str) -> MeetingResult | None:
        """The result meant by a conclusion where nobody told a finer one; null for one that no result knows."""
        return next((found for found in self.results.values() if conclusion in found.conclusions), None)


@dataclass(frozen=True)
class Known:
    """The words that meetings.yaml may use."""

    results: Collection[str]
    conclusions: Collection[str]
    steps: Collection[str]
    roles: Collection[str]
    made_papers: Collection[str]
    rules: Collection[str]
    kinds: Collection[str]


def read_meetings(root: Section, known: Known) -> MeetingLaw:
    """What meetings.yaml says."""

    def rules(key: str) -> tuple[str, ...]:
        return root.need(key, lambda s, k: s.words(k, known.rules, "规则"), NO_TEXTS)

    inner = root.need("results", Section.section, Section.empty())
    results = {name: _read_result(name, section, inner, known) for name, section in inner.sections()}
    if missing := set(known.results) - set(results):
        root.fault("results", f"缺少 {'、'.join(sorted(missing))}")
    papers = root.need("papers", Section.section, Section.empty())
    for kind in papers.raw:
        papers.is_known(kind, kind, known.kinds, "事项种类")
    return MeetingLaw(
        results=results,
        decided_in=rules("decided_in"),
        chief_last=rules("chief_last"),
        differing=rules("differing"),
        dissent=rules("dissent"),
        quorum=rules("quorum"),
        papers={
            kind: tuple(_read_paper(row, known) for row in papers.need(kind, Section.rows, NO_ROWS))
            for kind in papers.raw
        },
    )


def _read_result(name: str, section: Section, of: Section, known: Known) -> MeetingResult:
    of.is_known(name, name, known.results, "会议结果")
    found = MeetingResult(
        id=name,
        conclusions=section.need("conclusions", lambda s, k: s.words(k, known.conclusions, "结论"), NO_TEXTS),
        follows=section.need("follows", lambda s, k: s.word(k, FOLLOWS, "后续"), FOLLOWS[0]),
        needs_reason=section.maybe("reason", Section.flag, False),
    )
    section.close()
    return found


def _read_paper(section: Section, known: Known) -> MeetingPaper:
    roles = (*known.roles, *known.made_papers)
    found = MeetingPaper(
        label=section.need("label", Section.text, ""),
        roles=section.need("roles", lambda s, k: s.words(k, roles, "材料角色"), NO_TEXTS),
        of=section.maybe("of", lambda s, k: s.word(k, known.steps, "环节"), None),
        also=section.maybe("also", lambda s, k: s.words(k, roles, "材料角色"), NO_TEXTS),
        rule=section.maybe("rule", lambda s, k: s.word(k, known.rules, "规则"), None),
    )
    section.close()
    return found

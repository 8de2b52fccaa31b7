"""The words and grades of a risk assessment (713 arts. 22–24): kinds of risk, matrix, required contents, conclusions.

Relies on catalogs/risk.yaml, whose head says what the law prescribes and what is only custom (待核).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from review_flows.law.strict import NO_ROWS, NO_TEXTS, Section

CONFIDENCES = ("text", "memory", "local")


@dataclass(frozen=True)
class Sourced:
    """A word with where it stands."""

    id: str
    label: str
    citation: str
    confidence: str

    @property
    def is_unverified(self) -> bool:
        """Whether it is shown as 待核."""
        return self.confidence != "text"


@dataclass(frozen=True)
class RiskConclusion(Sourced):
    """What an assessment may conclude, the step's conclusion that goes with it, and what the law makes of it."""

    conclusion: str
    effect: str
    conditions: bool = False  # the measures must be named
    explain_at: tuple[str, ...] = ()  # grades of points that ask for an explanation


@dataclass(frozen=True)
class RiskBook:
    """All of risk.yaml. `likelihoods`, `impacts`, `grades`: key → label, from the least up."""

    kinds: tuple[Sourced, ...]
    likelihoods: Mapping[str, str]
    impacts: Mapping[str, str]
    grades: Mapping[str, str]
    matrix: Mapping[tuple[str, str], str]
    grading: Sourced
    contents: Mapping[str, Sourced]
    conclusions: tuple[RiskConclusion, ...]

    def grade(self, likelihood: str, impact: str) -> str:
        """The grade of a risk point."""
        return self.matrix[(likelihood, impact)]

    def overall(self, grades: Iterable[str]) -> str | None:
        """The gravest of several grades; null where there is none."""
        order = list(self.grades)
        return max(grades, key=order.index, default=None)

    def conclusion(self, identity: str) -> RiskConclusion:
        """A conclusion by its id; KeyError where there is none."""
        return {found.id: found for found in self.conclusions}[identity]


def read_risk(root: Section, conclusions: Collection[str]) -> RiskBook:
    """The book of risk.yaml; `conclusions` are those that steps know."""
    likelihoods, impacts, grades = (_labels(root, name) for name in ("likelihoods", "impacts", "grades"))
    grading = root.need("grading", Section.section, Section.empty())
    found = RiskBook(
        kinds=tuple(_sourced(row) for row in root.need("kinds", Section.rows, NO_ROWS)),
        likelihoods=likelihoods,
        impacts=impacts,
        grades=grades,
        matrix=_matrix(root, likelihoods, impacts, grades),
        grading=Sourced("grading", "", *_source(grading)),
        contents={word.id: word for word in map(_sourced, root.need("contents", Section.rows, NO_ROWS))},
        conclusions=tuple(
            _conclusion(row, conclusions, grades) for row in root.need("conclusions", Section.rows, NO_ROWS)
        ),
    )
    grading.close()
    return found


def _labels(root: Section, name: str) -> dict[str, str]:
    section = root.need(name, Section.section, Section.empty())
    return {key: section.need(key, Section.text, "") for key in section.raw}


def _matrix(
    root: Section, likelihoods: Collection[str], impacts: Collection[str], grades: Collection[str]
) -> dict[tuple[str, str], str]:
    section = root.need("matrix", Section.section, Section.empty())
    found = {}
    for likelihood in likelihoods:
        row = section.need(likelihood, Section.section, Section.empty())
        for impact in impacts:
            found[(likelihood, impact)] = row.need(impact, lambda s, k: s.word(k, grades, "等级"), "")
        row.close()
    section.close()
    return found


def _source(row: Section) -> tuple[str, str]:
    return (
        row.need("citation", Section.text, ""),
        row.need("confidence", lambda s, k: s.word(k, CONFIDENCES, "核对程度"), ""),
    )


def _sourced(row: Section) -> Sourced:
    word = Sourced(row.need("id", Section.text, ""), row.need("label", Section.text, ""), *_source(row))
    row.close()
    return word


def _conclusion(row: Section, conclusions: Collection[str], grades: Collection[str]) -> RiskConclusion:
    found = RiskConclusion(
        row.need("id", Section.text, ""),
        row.need("label", Section.text, ""),
        *_source(row),
        conclusion=row.need("conclusion", lambda s, k: s.word(k, conclusions, "结论"), ""),
        effect=row.need("effect", Section.text, ""),
        conditions=row.maybe("conditions", Section.flag, False),
        explain_at=row.maybe("explain_at", lambda s, k: s.words(k, grades, "等级"), NO_TEXTS),
    )
    row.close()
    return found

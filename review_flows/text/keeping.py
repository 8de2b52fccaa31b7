"""What reviewers did with findings, counted by rule: which rules are kept, edited, dropped, and why.

In: the decisions that the cases room stores when a reviewer keeps, edits or drops a finding. Out: one row a rule.
Nothing is learnt by itself: the table tells a person which rule to look at, `make corpus` what a change gains.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["kept", "edited", "dropped"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of one finding; `reason` is the reviewer's own, required where it was dropped."""

    rule: str
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """The decisions about one rule; `reasons` are those for dropping, the most frequent first."""

    rule: str
    kept: int
    edited: int
    dropped: int
    reasons: tuple[tuple[str, int], ...]

    @property
    def decided(self) -> int:
        """How many findings of the rule were decided."""
        return self.kept + self.edited + self.dropped

    @property
    def drop_share(self) -> float:
        """The share that was dropped, 0 to 1."""
        return self.dropped / self.decided if self.decided else 0.0


def keep_records(decisions: Iterable[Decision]) -> list[RuleRecord]:
    """One record a rule, those dropped most often first; equal ones by rule.

    >>> decisions = [Decision("RF03", "kept"), Decision("RF07", "dropped", "定义条款")]
    >>> [(record.rule, record.drop_share) for record in keep_records(decisions)]
    [('RF07', 1.0), ('RF03', 0.0)]
    """
    outcomes: dict[str, Counter[str]] = {}
    reasons: dict[str, Counter[str]] = {}
    for decision in decisions:
        outcomes.setdefault(decision.rule, Counter())[decision.outcome] += 1
        if decision.outcome == "dropped" and decision.reason.strip():
            reasons.setdefault(decision.rule, Counter())[decision.reason.strip()] += 1
    records = [
        RuleRecord(rule, found["kept"], found["edited"], found["dropped"], tuple(_most_frequent(reasons.get(rule))))
        for rule, found in outcomes.items()
    ]
    return sorted(records, key=lambda record: (-record.drop_share, record.rule))


def _most_frequent(reasons: Counter[str] | None) -> list[tuple[str, int]]:
    return sorted((reasons or Counter()).items(), key=lambda pair: (-pair[1], pair[0]))

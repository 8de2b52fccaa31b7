"""What the law asks of a case, and what may be done next: the door of this room.

In: the law data (`Catalogs`), a `Matter` (its facts, its papers, what was done before it came) and a day. Out: every
step of its chain with the grounds on which it is required or not, its periods and papers (`plan`); and, given the
`Progress` of a running case, the steps that may start now, what blocks the others, who answers. Pure: no clock, no
database. Relies on catalogs/rules/, chains.yaml, facts.yaml, roles.yaml, organs.yaml and calendar/.
"""

from review_flows.law.facts import Value
from review_flows.law.matter import (
    Block,
    Ground,
    HistoryEntry,
    Material,
    Matter,
    NextSteps,
    Plan,
    PlannedPeriod,
    PlannedStep,
    Progress,
    Responsible,
    StepState,
)
from review_flows.law.moves import blocks_of, done_on_arrival, lacking_for, next_steps, responsible, unready_for
from review_flows.law.planning import CHAIN, plan

__all__ = [
    "CHAIN",
    "Block",
    "Ground",
    "HistoryEntry",
    "Material",
    "Matter",
    "NextSteps",
    "Plan",
    "PlannedPeriod",
    "PlannedStep",
    "Progress",
    "Responsible",
    "StepState",
    "Value",
    "blocks_of",
    "done_on_arrival",
    "lacking_for",
    "next_steps",
    "plan",
    "responsible",
    "unready_for",
]

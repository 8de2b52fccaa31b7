"""The one table of what lines of business add to the steps: (kind, step) → StepWork (`cases/work.py`).

The flows know the lines of business only through this table; a row is added where a step becomes more than its plain
form. ARRIVALS: what they do with the facts of a package when it is registered.
"""

from collections.abc import Mapping

from review_flows.cases.checks import ReviewChecks
from review_flows.cases.work import Arrivals, Enforcing, Works
from review_flows.decisions.archiving import Archiving
from review_flows.decisions.discussion import DiscussionWork
from review_flows.decisions.execution import Execution
from review_flows.decisions.expert_argumentation import ExpertArgumentation
from review_flows.decisions.fair_competition import CompetitionReview
from review_flows.decisions.initiation import CatalogArrival, Initiation
from review_flows.decisions.participation_work import PublicParticipation
from review_flows.decisions.party_report import PartyReport
from review_flows.decisions.post_evaluation import Evaluating
from review_flows.decisions.publication import DocumentPublication, Publication
from review_flows.decisions.risk import RiskAssessment

_COMPETITION = CompetitionReview()
_PARTICIPATION = PublicParticipation()
_DISCUSSION = DiscussionWork()
_CHECKS = ReviewChecks()

WORKS: Works = {
    ("normative_document", "legality_review"): _CHECKS,
    ("major_decision", "legality_review"): _CHECKS,
    ("government_contract", "legality_review"): _CHECKS,
    ("enforcement_decision", "legality_review"): _CHECKS,
    ("normative_document", "public_comment"): _PARTICIPATION,
    ("major_decision", "public_participation"): _PARTICIPATION,
    ("major_decision", "initiation"): Initiation(),
    ("normative_document", "fair_competition_review"): _COMPETITION,
    ("major_decision", "expert_argumentation"): ExpertArgumentation(),
    ("major_decision", "risk_assessment"): RiskAssessment(),
    ("major_decision", "fair_competition_review"): _COMPETITION,
    ("government_contract", "fair_competition_review"): _COMPETITION,
    ("normative_document", "collective_discussion"): _DISCUSSION,
    ("major_decision", "collective_discussion"): _DISCUSSION,
    ("enforcement_decision", "collective_discussion"): _DISCUSSION,
    ("major_decision", "party_report"): PartyReport(),
    ("normative_document", "publication"): DocumentPublication(),
    ("major_decision", "publication"): Publication(),
    ("major_decision", "archiving"): Archiving(),
    ("major_decision", "execution"): Execution(),
    ("major_decision", "post_evaluation"): Evaluating(),
}

ARRIVALS: Arrivals = {"major_decision": CatalogArrival()}


def enforced(works: Works = WORKS) -> Mapping[str, tuple[str, ...]]:
    """What the lines of business make of the rules: rule id → each thing once, in the order of the table."""
    found: dict[str, dict[str, None]] = {}
    for work in works.values():
        if isinstance(work, Enforcing):
            for rule, words in work.enforces.items():
                found.setdefault(rule, {})[words] = None
    return {rule: tuple(words) for rule, words in found.items()}

"""The one table of what lines of business add to the steps: (kind, step) → StepWork (`cases/work.py`).

The flows know the lines of business only through this table; a row is added where a step becomes more than its plain
form.
"""

from review_flows.cases.work import Works
from review_flows.decisions.fair_competition import CompetitionReview

_COMPETITION = CompetitionReview()

WORKS: Works = {
    ("normative_document", "fair_competition_review"): _COMPETITION,
    ("major_decision", "fair_competition_review"): _COMPETITION,
    ("government_contract", "fair_competition_review"): _COMPETITION,
}

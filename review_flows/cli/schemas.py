"""The JSON Schemas of what the commands print, made from the types that the code itself is checked against.

`docs/schemas/NAME.json` is written by `make golden`, and held against this by a test.
"""

from typing import Any

from pydantic import TypeAdapter

from review_flows.cases.shown import CaseJson, HeadJson, WhyJson
from review_flows.cli.plan import DueJson
from review_flows.decisions.catalog_progress import StatisticsJson
from review_flows.decisions.catalog_shown import CatalogJson
from review_flows.decisions.comment_shown import CommentsJson
from review_flows.decisions.expert_draws import ExpertJson
from review_flows.decisions.fair_competition_exceptions import ExceptionsJson
from review_flows.decisions.follow_up_shown import ArchiveJson, BarredJson, ChangesJson, ReportsJson, ResponsibilityJson
from review_flows.decisions.meeting_show import MeetingHeadJson, MeetingJson, ReadyJson
from review_flows.law.matter import PlanJson
from review_flows.records.trail import EntryJson
from review_flows.records.verification import VerificationJson
from review_flows.text.diff import ComparisonJson
from review_flows.text.screening import ScreenJson

DRAFT = "https://json-schema.org/draft/2020-12/schema"
SHAPES: dict[str, Any] = {
    "plan": PlanJson,
    "due": DueJson,
    "case-show": CaseJson,
    "case-list": list[HeadJson],
    "case-why": WhyJson,
    "case-timeline": list[EntryJson],
    "decisions-list": CatalogJson,
    "decisions-statistics": StatisticsJson,
    "decisions-exceptions": ExceptionsJson,
    "decisions-experts-list": list[ExpertJson],
    "comments-list": CommentsJson,
    "redline": ComparisonJson,
    "screen": ScreenJson,
    "meetings-show": MeetingJson,
    "meetings-list": list[MeetingHeadJson],
    "meetings-ready": list[ReadyJson],
    "decisions-archive": ArchiveJson,
    "decisions-execution-list": ReportsJson,
    "decisions-change-list": ChangesJson,
    "decisions-post-evaluation-barred": list[BarredJson],
    "decisions-responsibility": ResponsibilityJson,
    "audit-query": list[EntryJson],
    "audit-verify": VerificationJson,
}


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of one answer; KeyError where there is none of this name."""
    made = TypeAdapter(SHAPES[name]).json_schema()
    return {"$schema": DRAFT, "title": f"review-flows {name.replace('-', ' ')}", **_without_title(made)}


def _without_title(made: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in made.items() if key != "title"}

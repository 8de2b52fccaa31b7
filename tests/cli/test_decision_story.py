"""The demonstration's decision goes through all its steps, its people using the commands that everybody has."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from review_flows.cases.case import Wait
from review_flows.cases.intake import Receipt, take_folder
from review_flows.cases.papers import issue_papers
from review_flows.cases.standing import find_case
from review_flows.cli.story import Sample, Story
from review_flows.flows.engine import Engine
from review_flows.flows.place import Place
from review_flows.flows.steps import WORKS
from review_flows.records.database import reading
from tests.cases.building import Office

KIND = "major_decision"


@dataclass
class WithoutPrefect(Story):
    """The story with its answers taken at once: what the worker does between the forms is done here."""

    office: Office | None = None

    def _send(self, package: Path, case: str | None = None) -> Receipt:
        self.sent.add(package)
        receipt = take_folder(self.place.home, self.place.catalogs, package, now=self.now(), case=case)
        self._advance(receipt.case)
        return receipt

    def _advance(self, case: str) -> None:
        assert self.office is not None
        self.office.advance(case)
        issue_papers(self.place.home, self.place.catalogs, case, self.now(), WORKS)
        self.office.advance(case)

    def _next_wait(self, case: str) -> Wait | None:
        assert self.office is not None
        self._advance(case)
        waits = self.office.waits(case)
        return waits[0] if waits else None

    def answer(self, wait: Wait, told: Mapping[str, Any], *, code: str | None = None) -> None:
        assert self.office is not None
        given = self._filled(wait, told)
        conclusion = given.pop("conclusion")
        self.office.sign(wait.case, wait.step, conclusion, assignee=wait.assignee, **given)


def test_the_decision_goes_from_its_initiation_to_its_evaluation(tmp_path: Path) -> None:
    office = Office(tmp_path)
    told: list[str] = []
    story = WithoutPrefect(
        place=Place(office.home.settings, office.home), engine=cast(Engine, None), prefect=cast(Any, None),
        clock_file=office.clock, tell=told.append, office=office,
    )  # fmt: skip
    case = story.open(Sample(KIND, tmp_path / "samples")).case
    story.walk(Sample(KIND, tmp_path / "samples2"), case)
    with reading(office.home.engine) as session:
        assert find_case(session, case).state == "completed"
    steps = {step["step"]: step["state"] for step in office.show(case)["steps"]}
    assert set(steps.values()) == {"done"}
    print("\n".join(told))

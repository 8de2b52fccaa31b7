"""What the reconciler makes of a run that it meets in the moment between being suspended and having its form."""

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from review_flows.cases.case import Wait
from review_flows.flows.client import Inputs, Prefect, Run
from review_flows.flows.place import Place
from review_flows.flows.reconcile import fault_of

WAIT = Wait(
    id=7, case="2026-ND-0001", step="legality_review", round=1, assignee="legal_reviewer@justice",
    role="legal_reviewer",
    unit="justice", opened_at=datetime.now(UTC), run_id="r",
)  # fmt: skip


def a_run(suspended_seconds_ago: float) -> Run:
    at = datetime.now(UTC) - timedelta(seconds=suspended_seconds_ago)
    return Run(
        id="r", name="", key=None, state="PAUSED", state_name="Suspended", state_at=at, waits_under=WAIT.key,
        has_form=True, used_keys=frozenset(), driven_by=None, starts_at=None, tags=(), parameters={},
    )  # fmt: skip


class Stored:
    """A Prefect that keeps one run and these inputs."""

    def __init__(self, run: Run, inputs: Inputs) -> None:
        self._run, self._inputs = run, inputs

    def run(self, run: str) -> Run:
        return self._run

    def inputs(self, run: str, key: str) -> Inputs:
        return self._inputs


def fault(seconds: float, inputs: Inputs) -> str | None:
    run = a_run(seconds)
    found = fault_of(cast(Place, None), cast(Prefect, Stored(run, inputs)), WAIT, run)
    return found.reason if found else None


@pytest.mark.parametrize("inputs", [Inputs(), Inputs(schema={"type": "object"})], ids=["nothing yet", "no text yet"])
def test_a_form_that_is_still_being_stored_is_not_taken_for_a_broken_one(inputs: Inputs) -> None:
    assert fault(0.1, inputs) is None


def test_a_form_that_never_came_is_asked_again() -> None:
    assert "表单不完整" in (fault(120, Inputs()) or "")

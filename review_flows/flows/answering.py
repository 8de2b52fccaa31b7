"""Answers the form of a waiting run from a program, through Prefect's own API: the form that the UI shows, no back
door.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from review_flows.cases.case import Wait
from review_flows.cases.forms import AskedForm, form_for, labelled_answer
from review_flows.cases.standing import find_case, open_waits
from review_flows.errors import NotFound, ReviewFlowsError, SignOffError
from review_flows.flows.client import Prefect, Resumed
from review_flows.flows.links import links_for
from review_flows.flows.place import Place
from review_flows.flows.steps import WORKS
from review_flows.records.audit import entries
from review_flows.records.database import reading

_READY_WITHIN_SECONDS = 60.0
_TAKEN_WITHIN_SECONDS = 60.0
_LOOK_AGAIN_SECONDS = 0.05


@dataclass(frozen=True)
class Given:
    """An answer that was taken: the wait, the seconds from resume to record, and Prefect's word."""

    wait: int
    run: str
    seconds: float


def waiting(place: Place, case: str, step: str, *, round: int | None = None, person: str | None = None) -> Wait:
    """The open ask of a step, one that names this person before others; NotFound where there is none."""
    with reading(place.home.engine) as session:
        find_case(session, case)
        found = [w for w in open_waits(session, case) if w.step == step and round in (None, w.round)]
    if not found:
        raise NotFound(f"{case} 的待办环节", step if round is None else f"{step} 第{round}轮")
    return min(found, key=lambda wait: (wait.assignee != person, wait.id))


def asked_form(place: Place, wait: Wait) -> AskedForm:
    """The form of an ask, as it would be shown now."""
    assert wait.id is not None
    with reading(place.home.engine) as session:
        return form_for(
            session, place.catalogs, wait, links=links_for(place.home, wait.id, now=place.home.now()), works=WORKS
        )


def answer(place: Place, prefect: Prefect, wait: Wait, *, person: str, code: str, given: Mapping[str, Any]) -> Given:
    """Answer an ask and wait until it is in the record; SignOffError, with the reason, where it was refused."""
    with reading(place.home.engine) as session:
        filled = labelled_answer(session, place.catalogs, wait, {**given, "person": person, "code": code})
    run = _suspended_run(place, prefect, wait)
    started = time.monotonic()
    resumed = prefect.resume(run, filled)
    if not resumed.accepted and prefect.inputs(run, wait.key).response != filled:
        raise SignOffError(_explain(resumed))  # else it is our own answer, whose acknowledgement was lost on the way
    closed = _until_closed(place, wait)
    seconds = time.monotonic() - started
    if closed.outcome != "answered":
        raise SignOffError(_reason_of(place, closed))
    assert wait.id is not None
    return Given(wait.id, run, seconds)


def _suspended_run(place: Place, prefect: Prefect, wait: Wait) -> str:
    """The run that waits for this answer with its form in place; it may be a moment until it does."""
    deadline = time.monotonic() + _READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        with reading(place.home.engine) as session:
            run_id = session.get_one(Wait, wait.id).run_id
        run = prefect.run(run_id) if run_id else None
        if run and run.waits_under == wait.key and prefect.inputs(run.id, wait.key).is_whole:
            return run.id
        time.sleep(_LOOK_AGAIN_SECONDS)
    raise ReviewFlowsError(f"{wait.case} 的待办还没有在 Prefect 打开。请确认已运行 review-flows up，稍后再试。")


def _until_closed(place: Place, wait: Wait) -> Wait:
    deadline = time.monotonic() + _TAKEN_WITHIN_SECONDS
    while time.monotonic() < deadline:
        with reading(place.home.engine) as session:
            row = session.get_one(Wait, wait.id)
        if row.closed_at is not None:
            return row
        time.sleep(_LOOK_AGAIN_SECONDS)
    raise ReviewFlowsError(f"{wait.case}：答复已提交，但还没有被处理进程读取。请确认 review-flows up 正在运行。")


def _reason_of(place: Place, wait: Wait) -> str:
    """Why an answer did not count: the refusal's own sentence, or what became of the ask."""
    with reading(place.home.engine) as session:
        refused = entries(session, subject=("wait", str(wait.id)), event="sign_off.refused", order="newest", limit=1)
    return (refused[0].reason if refused else None) or f"这项待办已经结束（{wait.outcome}），答复没有作数。"


def _explain(resumed: Resumed) -> str:
    if resumed.status == "REJECT":
        return f"Prefect 未接受：填写的内容不合表单（{resumed.reason}）。请用 sign --form 查看表单后重填。"
    return f"Prefect 未接受：这项待办现在不在等待答复（{resumed.reason}）。"

"""The Prefect flow of one human step: show the form, suspend, and when it is resumed take the answer and move the
case on.

Re-entrant: every start begins at the top. The flow looks up the ask (Wait) that is open now for its place in the
case, and what Prefect keeps under that ask's key says where it stands:

| the key `wait-<id>` | then |
|---|---|
| was never used | show the form and suspend |
| has an answer, to the form that was shown | take it (`cases.signing`): accepted, or refused and asked again |
| was used, but has no answer, or another form | the ask is lost, noted in the trail, and asked again |

The answer is read as plain JSON, never through Prefect's form class: what an older version of the program showed
must not stop a newer one from reading, and what does not fit is refused and recorded like any bad answer. No
retries by Prefect: a retry would forget the keys. Whatever else goes wrong, `reconcile.py` finds and sets right.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from prefect import flow
from prefect._internal.pydantic.v2_schema import create_v2_schema
from prefect.context import FlowRunContext
from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from sqlmodel import Session, col, select

from review_flows.cases.advance import lose_wait
from review_flows.cases.case import Wait
from review_flows.cases.forms import AskedForm, form_for
from review_flows.cases.signing import Taken, take_answer
from review_flows.flows.advance import advance, bind
from review_flows.flows.client import Inputs, Prefect, Run
from review_flows.flows.links import links_for
from review_flows.flows.place import Place, here
from review_flows.flows.steps import WORKS
from review_flows.records.audit import SYSTEM, entries, record
from review_flows.records.database import reading, writing
from review_flows.records.sealing import seal


@dataclass(frozen=True)
class Answered:
    """An answer as Prefect kept it, and when the run was resumed with it."""

    answer: Mapping[str, Any]
    resumed_at: datetime


@flow(name="human-step", retries=0, persist_result=False, log_prints=False)
def human_step(wait: int) -> str:
    """Ask the people whom this wait names until one answer counts; returns what became of it."""
    place, run_id = here(), _own_run_id()
    with place.prefect() as prefect:
        while (current := claim(place, wait, run_id)) is not None:
            taken = _ask_or_take(place, prefect, current, run_id)
            if taken is None:
                continue
            prefect.note(run_id, "签批回执", taken.receipt)
            if taken.accepted:
                seal(place.home)
                advance(place, prefect, current.case)
    return "办结"


def _own_run_id() -> str:
    context = FlowRunContext.get()
    assert context is not None and context.flow_run is not None  # Prefect sets it before it calls a flow
    return str(context.flow_run.id)


def claim(place: Place, wait: int, run_id: str) -> Wait | None:
    """The ask that this run is to drive now: the open one in the place of `wait`, unless another run drives it."""
    with reading(place.home.engine) as session:
        current = _open_in_place_of(session, session.get_one(Wait, wait))
    if current is None or current.id is None:
        return None
    if current.run_id == run_id or bind(place, current.id, run_id):
        return current
    return None


def _open_in_place_of(session: Session, first: Wait) -> Wait | None:
    return session.exec(
        select(Wait).where(
            Wait.case == first.case,
            Wait.step == first.step,
            Wait.round == first.round,
            Wait.assignee == first.assignee,
            col(Wait.closed_at).is_(None),
        )
    ).first()


def _ask_or_take(place: Place, prefect: Prefect, wait: Wait, run_id: str) -> Taken | None:
    """Suspend with the form (does not return then), take the answer, or lose the ask (None)."""
    inputs = prefect.inputs(run_id, wait.key)
    if inputs.is_unused and wait.key not in _used_keys():
        _show(place, wait)
    if fault := what_is_wrong_with(place, wait, inputs):
        lose(place, wait, fault)
        return None
    with writing(place.home.engine) as session:
        return take_answer(
            session,
            place.home,
            place.catalogs,
            _id(wait),
            inputs.answer(),
            resumed_at=prefect.resumed_at(run_id, wait.key) or place.home.now(),
            now=place.home.now(),
            works=WORKS,
        )


def _used_keys() -> set[str]:
    context = FlowRunContext.get()
    assert context is not None and context.flow_run is not None
    return set(context.flow_run.empirical_policy.pause_keys or ())


def _id(wait: Wait) -> int:
    assert wait.id is not None  # it was read from the database
    return wait.id


# ── showing ──


def _show(place: Place, wait: Wait) -> None:
    """Suspend with the form of this ask: raises Prefect's Pause, and a resume starts the run from the top."""
    with reading(place.home.engine) as session:
        asked = form_for(
            session, place.catalogs, wait, links=links_for(place.home, _id(wait), now=place.home.now()), works=WORKS
        )
    form = RunInput.subclass_from_base_model_type(asked.model).with_initial_data(description=asked.description)
    _note_shown(place, wait, form, asked)
    suspend_flow_run(wait_for_input=form, key=wait.key, timeout=None)


def _note_shown(place: Place, wait: Wait, form: type[RunInput], asked: AskedForm) -> None:
    """Write down the hash of exactly what will be shown, before it is."""
    shown = form_sha256(create_v2_schema(form.__name__, model_base=form), asked.description)
    with writing(place.home.engine) as session:
        record(
            session, "form.asked", actor=SYSTEM, at=place.home.now(), case=wait.case, step=wait.step, round=wait.round,
            subject=("wait", str(wait.id)), documents=wait.shown, payload={"form_sha256": shown},
        )  # fmt: skip


def form_sha256(schema: Any, description: Any) -> str:
    """The hash of a form: what may be answered, and the text above it."""
    return hashlib.sha256(orjson.dumps([schema, description], option=orjson.OPT_SORT_KEYS)).hexdigest()


# ── reading ──


def what_is_wrong_with(place: Place, wait: Wait, inputs: Inputs, *, is_answered: bool = True) -> str | None:
    """Why what Prefect keeps for an ask cannot be relied on; None where it can."""
    if inputs.schema is None:
        return "表单不完整：暂停时没有存下，或已被删除"
    if form_sha256(inputs.schema, inputs.description) != shown_sha256(place, wait):
        return "表单被改动：现存的与当时展示的不一致"
    if is_answered and inputs.response is None:
        return "没有答复：运行被恢复，但没有填写表单"
    if is_answered and not isinstance(inputs.response, dict):
        return "答复无法读取"
    return None


def shown_sha256(place: Place, wait: Wait) -> str | None:
    """The hash of the form last shown for an ask, as the trail has it."""
    with reading(place.home.engine) as session:
        found = entries(session, subject=("wait", str(wait.id)), event="form.asked", order="newest", limit=1)
    return found[0].payload.get("form_sha256") if found else None


def lose(place: Place, wait: Wait, fault: str, *, run: Run | None = None, moved: bool = True) -> bool:
    """Note in the trail what was found, close the ask as lost and insert the next; False where it was closed meanwhile.

    `moved`: somebody or something moved the run behind our back, which is noted as an event of its own.
    """
    now = place.home.now()
    with writing(place.home.engine) as session:
        if session.get_one(Wait, _id(wait)).closed_at is not None:
            return False
        if moved:
            record(
                session, "run.moved_without_us", actor=SYSTEM, at=now, case=wait.case, step=wait.step, round=wait.round,
                subject=("wait", str(wait.id)), reason=fault,
                payload={"run": wait.run_id, "state": run.state_name if run else None},
            )  # fmt: skip
        lose_wait(session, _id(wait), fault, now)
    return True

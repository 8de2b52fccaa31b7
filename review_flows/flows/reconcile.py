"""Holds the record and Prefect's runs against each other, and sets right what does not agree. The record decides.

| what is found | what is done |
|---|---|
| an ask without a run | a run is opened (`advance.py`) |
| its run is gone, crashed, failed, cancelled, or completed unanswered | the ask is lost, and asked again in a new run |
| its run is Running or Pending, but its process is dead | the same, and the run is closed: it holds a slot |
| its run waits under another key, without a form, with another form, or with an answer put there | the same |
| its run is put off to some day | the same |
| a run that no open ask needs | it is closed |

Everything found is in the audit trail: `run.moved_without_us` where somebody or something moved the run, `run.lost`
with the next ask. Runs at start-up of the worker, again when what had just begun then is old enough to be judged, and
by schedule.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from prefect import flow

from review_flows.cases.case import Wait
from review_flows.cases.standing import open_waits
from review_flows.flows.advance import advance_all
from review_flows.flows.client import Prefect, Run
from review_flows.flows.human_step import lose, what_is_wrong_with
from review_flows.flows.liveness import host_of, is_alive_here, worker_name
from review_flows.flows.place import Place, here
from review_flows.flows.worker_names import POOL
from review_flows.records.audit import SYSTEM, record
from review_flows.records.database import reading, writing

# A drive lasts less than a second; one that has not said for so long who drives it, or shown its form, is not driven.
TAKING_OVER = timedelta(seconds=30)
# A worker of another machine that has not been heard of for so long (its heartbeat is 10 s) is gone.
_SILENCE = timedelta(seconds=60)
_PUT_OFF = timedelta(minutes=10)


@dataclass(frozen=True)
class Fault:
    """What is wrong with the run of an ask; `moved`: somebody or something moved it behind our back."""

    reason: str
    moved: bool


@dataclass(frozen=True)
class Found:
    """What a reconciliation found and set right."""

    lost: int
    closed: int


@flow(name="reconcile", retries=0, persist_result=False)
def reconcile() -> str:
    """The scheduled reconciliation; returns what it found."""
    found = set_right()
    return f"重新发出 {found.lost} 项，关闭 {found.closed} 个运行"


def set_right() -> Found:
    """Set right what does not agree, then move on whatever is due."""
    place = here()
    with place.prefect() as prefect:
        found = Found(lose_the_lost(place, prefect), close_the_strays(place, prefect))
        advance_all(place, prefect)
    return found


def lose_the_lost(place: Place, prefect: Prefect) -> int:
    """Ask again whatever waits on a run that is not what it should be; returns how many."""
    with reading(place.home.engine) as session:
        waits = [wait for wait in open_waits(session) if wait.run_id is not None]
    runs = prefect.runs(wait.run_id for wait in waits if wait.run_id)
    lost = 0
    for wait in waits:
        run = runs.get(wait.run_id or "")
        if fault := fault_of(place, prefect, wait, run):
            lost += lose(place, wait, fault.reason, run=run, moved=fault.moved)
    return lost


def fault_of(place: Place, prefect: Prefect, wait: Wait, run: Run | None) -> Fault | None:
    """What is wrong with the run of an open ask, None where all is well."""
    if run is None:
        return Fault("运行已被删除", moved=True)
    if run.state == "CRASHED":
        return Fault("处理进程中断", moved=False)
    if run.state == "FAILED":
        return Fault("运行失败", moved=False)
    if run.is_over:
        return Fault(f"没有答复，运行却已是 {run.state_name}", moved=True)
    if run.state == "SCHEDULED":
        return Fault("运行被推迟到以后", moved=True) if _is_put_off(run) else None
    if run.state == "PAUSED":
        return _fault_of_waiting(place, prefect, wait, run)
    return Fault("处理进程已不在", moved=False) if is_abandoned(prefect, run, _now()) else None


def _fault_of_waiting(place: Place, prefect: Prefect, wait: Wait, run: Run) -> Fault | None:
    if run.waits_under != wait.key:
        return Fault(f"运行停在别的键下（{run.waits_under}）", moved=True)
    inputs = prefect.inputs(run.id, wait.key)
    if not inputs.is_whole and run.state_at is not None and _now() - run.state_at < TAKING_OVER:
        return None  # it was suspended just now, and its form is still being stored
    fault = what_is_wrong_with(place, wait, inputs, is_answered=False)
    if fault is None and inputs.response is not None:
        fault = "运行还没有恢复，答复却已存在"
    if fault is None or (again := prefect.run(run.id)) is None or again.state != "PAUSED":
        return None  # it was answered just now, between our two looks: the driver sees to it
    return Fault(fault, moved=True)


def _is_put_off(run: Run) -> bool:
    return run.starts_at is not None and run.starts_at > _now() + _PUT_OFF


def is_abandoned(prefect: Prefect, run: Run, now: datetime) -> bool:
    """Whether nothing drives a run that is Running, Pending or Cancelling."""
    since = now - run.state_at if run.state_at else TAKING_OVER
    if run.driven_by is None:
        return since >= TAKING_OVER
    if host_of(run.driven_by) == worker_name():
        return not is_alive_here(run.driven_by)
    seen = prefect.worker_seen_at(POOL, host_of(run.driven_by))
    return since >= _SILENCE and (seen is None or now - seen > _SILENCE)


def close_the_strays(place: Place, prefect: Prefect) -> int:
    """Close the runs of human steps that no open ask needs, or that died with their process; returns how many."""
    live = prefect.live_runs("human-step")
    with reading(place.home.engine) as session:
        needed = {wait.run_id for wait in open_waits(session)}
    strays = [run for run in live if run.id not in needed and _is_stray(prefect, run)]
    for run in strays:
        prefect.close_run(run.id, "CANCELLED" if run.state == "PAUSED" else "CRASHED", "没有待办需要这个运行")
        _note_closed(place, run)
    return len(strays)


def _is_stray(prefect: Prefect, run: Run) -> bool:
    """A run that starts or is being driven finds out by itself that nobody needs it; others never would."""
    if run.state == "SCHEDULED":
        return False
    return run.state == "PAUSED" or is_abandoned(prefect, run, _now())


def _note_closed(place: Place, run: Run) -> None:
    case = next((tag.removeprefix("case:") for tag in run.tags if tag.startswith("case:")), None)
    with writing(place.home.engine) as session:
        record(
            session, "run.closed", actor=SYSTEM, at=place.home.now(), case=case, subject=("run", run.id),
            payload={"state": run.state_name, "name": run.name},
        )  # fmt: skip


def _now() -> datetime:
    """Prefect's instants are of the system's clock, on a demo home too."""
    return datetime.now(UTC)

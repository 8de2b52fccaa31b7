"""What is killed is found again; what is done to a run behind our back changes no record, and is noticed."""

import time
from collections.abc import Callable

import pytest

from review_flows.cases.case import Wait
from review_flows.flows.reconcile import close_the_strays, lose_the_lost
from tests.cases.building import a_contract
from tests.flows.harness import Office, until

pytestmark = pytest.mark.prefect

STEP = "legality_review"


def _put(office: Office, wait: Wait, method: str, path: str, body: object = None) -> None:
    """A call to Prefect's API as somebody else would make it."""
    office.prefect._send(method, f"/flow_runs/{office.row(wait).run_id}{path}", body)  # type: ignore[arg-type]


def _deleted(office: Office, wait: Wait) -> None:
    _put(office, wait, "DELETE", "")


def _state(kind: str, name: str) -> Callable[[Office, Wait], None]:
    def force(office: Office, wait: Wait) -> None:
        _put(office, wait, "POST", "/set_state", {"state": {"type": kind, "name": name}, "force": True})

    return force


def _form_overwritten(office: Office, wait: Wait) -> None:
    key = f"suspended-{wait.key}-schema"
    _put(office, wait, "DELETE", f"/input/{key}")
    schema = {"type": "object", "properties": {"conclusion": {"enum": ["合法"]}}, "required": ["conclusion"]}
    _put(office, wait, "POST", "/input", {"key": key, "value": _json(schema)})


def _text_overwritten(office: Office, wait: Wait) -> None:
    key = f"suspended-{wait.key}-description"
    _put(office, wait, "DELETE", f"/input/{key}")
    _put(office, wait, "POST", "/input", {"key": key, "value": _json("请直接点合法")})


def _answer_planted(office: Office, wait: Wait) -> None:
    forged = {"person": "test", "code": "123456", "conclusion": "合法", "reason": "伪造"}
    _put(office, wait, "POST", "/input", {"key": f"suspended-{wait.key}-response", "value": _json(forged)})


def _put_off(office: Office, wait: Wait) -> None:
    later = {"type": "SCHEDULED", "name": "Scheduled", "state_details": {"scheduled_time": "2099-01-01T00:00:00Z"}}
    _put(office, wait, "POST", "/set_state", {"state": later, "force": True})


def _json(value: object) -> str:
    import json

    return json.dumps(value)


@pytest.mark.parametrize(
    ("tamper", "noticed"),
    [
        (_deleted, "已被删除"),
        (_state("COMPLETED", "Completed"), "没有答复，运行却已是 Completed"),
        (_state("CANCELLED", "Cancelled"), "没有答复，运行却已是 Cancelled"),
        (_form_overwritten, "表单被改动"),
        (_text_overwritten, "表单被改动"),
        (_answer_planted, "答复却已存在"),
        (_put_off, "推迟"),
    ],
    ids=["deleted", "completed", "cancelled", "form", "text", "answer", "put off"],
)
def test_what_is_done_to_a_waiting_run_is_noticed_and_the_step_asked_anew(
    office: Office, tamper: Callable[[Office, Wait], None], noticed: str
) -> None:
    case = office.submit(a_contract())
    wait = office.waiting(case, STEP)
    tamper(office, wait)

    assert lose_the_lost(office.place, office.prefect) == 1
    close_the_strays(office.place, office.prefect)

    [moved] = office.events(case, "run.moved_without_us")
    assert noticed in (moved.reason or "")
    assert office.row(wait).outcome == "lost"
    assert office.sign_offs(case, STEP) == []
    office.sign(case, STEP, "lawful")
    assert len(office.sign_offs(case, STEP)) == 1
    assert office.waiting(case, "approval")


def test_a_run_moved_on_without_an_answer_asks_again_by_itself(office: Office) -> None:
    case = office.submit(a_contract())
    wait = office.waiting(case, STEP)
    _state("SCHEDULED", "Resuming")(office, wait)
    until(lambda: office.row(wait).outcome == "lost", "the driver notices that there is no answer")
    assert "没有答复" in (office.events(case, "run.moved_without_us")[0].reason or "")
    office.sign(case, STEP, "lawful")
    assert len(office.sign_offs(case, STEP)) == 1


def test_a_forged_answer_that_is_pushed_through_is_refused_for_want_of_a_proof(office: Office) -> None:
    case = office.submit(a_contract())
    wait = office.waiting(case, STEP)
    _answer_planted(office, wait)
    _state("SCHEDULED", "Resuming")(office, wait)
    until(lambda: office.row(wait).outcome == "refused", "the forged answer is refused")
    [refused] = office.events(case, "sign_off.refused")
    assert refused.actor.person == "unproven"
    office.sign(case, STEP, "lawful")
    assert len(office.sign_offs(case, STEP)) == 1


def test_when_all_is_well_nothing_is_lost_and_nothing_closed(office: Office) -> None:
    case = office.submit(a_contract())
    wait = office.waiting(case, STEP)
    assert lose_the_lost(office.place, office.prefect) == 0
    assert close_the_strays(office.place, office.prefect) == 0
    assert office.row(wait).closed_at is None


def test_killed_while_everybody_waits_nothing_is_lost(office: Office) -> None:
    case = office.submit(a_contract())
    wait = office.waiting(case, STEP)
    office.kill_worker()
    office.sign(case, STEP, "lawful", wait=wait)
    assert office.row(wait).outcome == "answered"
    assert office.waiting(case, "approval")


def test_a_case_submitted_while_no_worker_runs_is_taken_up_when_one_does(office: Office) -> None:
    office.kill_worker()
    case = office.submit(a_contract())  # the new one is still on its way up
    assert office.waiting(case, STEP)


@pytest.mark.parametrize("seconds", [0.02, 0.25, 0.4, 0.55])
def test_killed_while_an_answer_is_read_it_counts_once_or_is_asked_again(office: Office, seconds: float) -> None:
    case = office.submit(a_contract())
    wait = office.waiting(case, STEP)
    person = office.person("legal_reviewer")
    answer = {"person": person, "code": office.code(person), "conclusion": "合法", "reason": "理由"}
    assert office.prefect.resume(wait.run_id or "", answer).accepted

    time.sleep(seconds)  # the fault may fall anywhere between resume and the next form
    office.kill_worker()

    until(lambda: office.row(wait).closed_at, "the answer is read, or the ask found lost")
    if not office.sign_offs(case, STEP):
        office.sign(case, STEP, "lawful")
    assert len(office.sign_offs(case, STEP)) == 1
    assert office.waiting(case, "approval")
    with_runs = [w for w in office.show(case)["waiting_for"] if w["step"] == "approval"]
    assert len(with_runs) == 1
    until(lambda: not _running(office, case), "no run of the case is left Running")


def _running(office: Office, case: str) -> list[str]:
    live = office.prefect.live_runs("human-step")
    return [run.id for run in live if f"case:{case}" in run.tags and run.state == "RUNNING"]

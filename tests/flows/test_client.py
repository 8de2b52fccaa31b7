"""How Prefect's answers are read, without a server: busy, refused, gone, unreachable."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from review_flows.flows.client import Inputs, Prefect, PrefectUnreachable


def _prefect(answer: Callable[[httpx.Request], httpx.Response]) -> Prefect:
    return Prefect("http://prefect/api", transport=httpx.MockTransport(answer), pause=0)


def _in_turn(*answers: httpx.Response | Exception) -> tuple[Callable[[httpx.Request], httpx.Response], list[str]]:
    left, asked = list(answers), list[str]()

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        found = left.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    return answer, asked


ACCEPT: dict[str, Any] = {"status": "ACCEPT", "details": {"type": "accept_details"}}


@pytest.mark.parametrize(
    "trouble",
    [httpx.Response(503), httpx.Response(502), httpx.Response(429), httpx.Response(408), httpx.ConnectError("refused")],
    ids=["503", "502", "429", "408", "no connection"],
)
def test_a_busy_or_absent_server_is_asked_again(trouble: httpx.Response | Exception) -> None:
    answer, asked = _in_turn(trouble, trouble, httpx.Response(200, json=ACCEPT))
    with _prefect(answer) as prefect:
        assert prefect.resume("r", {}).accepted
    assert len(asked) == 3


def test_a_server_that_stays_busy_is_given_up_with_a_sentence() -> None:
    with _prefect(lambda _: httpx.Response(503)) as prefect, pytest.raises(PrefectUnreachable, match="HTTP 503"):
        prefect.run("r")


def test_an_error_of_the_server_is_not_repeated() -> None:
    answer, asked = _in_turn(httpx.Response(422, text="no"))
    with _prefect(answer) as prefect, pytest.raises(PrefectUnreachable, match="HTTP 422"):
        prefect.resume("r", {})
    assert len(asked) == 1


@pytest.mark.parametrize("status", ["REJECT", "ABORT"])
def test_http_200_with_a_refusal_in_the_body_is_a_refusal(status: str) -> None:
    body = {"status": status, "details": {"reason": "'x' is not one of ['合法']"}}
    with _prefect(lambda _: httpx.Response(200, json=body)) as prefect:
        resumed = prefect.resume("r", {})
    assert (resumed.accepted, resumed.status) == (False, status)
    assert "合法" in resumed.reason


def test_a_run_that_is_gone_is_none_and_closing_it_is_no_error() -> None:
    with _prefect(lambda _: httpx.Response(404)) as prefect:
        assert prefect.run("r") is None
        prefect.close_run("r", "CRASHED", "gone")


def test_a_suspended_run_tells_its_key_and_a_running_one_tells_none() -> None:
    state = {
        "type": "PAUSED",
        "name": "Suspended",
        "timestamp": "2026-11-23T01:00:00Z",
        "state_details": {"pause_key": "wait-7", "run_input_keyset": {"schema": "s"}},
    }
    entry = {"id": "r", "name": "n", "state": state, "empirical_policy": {"pause_keys": ["wait-7"]}}
    with _prefect(lambda _: httpx.Response(200, json=entry)) as prefect:
        run = prefect.run("r")
    assert run is not None
    assert (run.waits_under, run.has_form, run.used_keys, run.is_over) == ("wait-7", True, frozenset({"wait-7"}), False)
    running = entry | {"state": state | {"type": "RUNNING"}}
    with _prefect(lambda _: httpx.Response(200, json=running)) as prefect:
        found = prefect.run("r")
    assert found is not None and found.waits_under is None


def test_the_instant_of_a_resume_is_that_of_the_state_after_the_suspension_under_its_key() -> None:
    def state(kind: str, second: int, key: str | None = None) -> dict[str, Any]:
        return {"type": kind, "timestamp": f"2026-11-23T01:00:0{second}Z", "state_details": {"pause_key": key}}

    states = [
        state("RUNNING", 4),
        state("PAUSED", 1, "wait-7"),
        state("SCHEDULED", 3),
        state("PAUSED", 5, "wait-8"),
        state("RUNNING", 0),
    ]
    with _prefect(lambda _: httpx.Response(200, json=states)) as prefect:
        resumed = prefect.resumed_at("r", "wait-7")
        assert resumed is not None and resumed.second == 3
        assert prefect.resumed_at("r", "wait-8") is None


def test_inputs_are_told_apart_and_what_is_no_json_is_text() -> None:
    kept = [
        {"key": "suspended-wait-7-schema", "value": '{"a": 1}'},
        {"key": "suspended-wait-7-description", "value": "not json"},
    ]
    with _prefect(lambda _: httpx.Response(200, json=kept)) as prefect:
        inputs = prefect.inputs("r", "wait-7")
    assert inputs == Inputs({"a": 1}, "not json", None)
    assert not inputs.is_unused
    assert Inputs().is_unused
    assert Inputs(response="text").answer() == {}


def test_long_lists_of_runs_are_read_page_by_page() -> None:
    sizes = iter((200, 200, 7))

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=[{"id": str(n), "name": "n"} for n in range(next(sizes))])

    with _prefect(answer) as prefect:
        assert len(prefect.live_runs("human-step")) == 407

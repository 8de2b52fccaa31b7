"""The server as `up` starts it: on loopback, silent towards the outside, its schedules alive."""

import socket
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest

from review_flows.errors import ReviewFlowsError, SettingsError
from review_flows.flows import server
from review_flows.flows.children import Child
from review_flows.flows.deploy import definition
from review_flows.flows.worker_names import POOL
from review_flows.settings import Settings
from tests.flows.harness import Office, free_port, until

pytestmark = pytest.mark.prefect


def _get(office: Office, path: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{office.place.settings.prefect_port}{path}", trust_env=False)


def test_the_versions_are_those_that_were_measured() -> None:
    """After an upgrade: measure again (docs/architecture.md), then change this line."""
    assert version("prefect") == "3.8.8"
    assert "prefect-version: 3.8.8" in definition().read_text("utf-8")


@pytest.mark.parametrize("port", ["prefect_port", "documents_port"])
def test_nothing_listens_but_on_loopback(office: Office, port: str) -> None:
    number = getattr(office.place.settings, port)
    for line in _listening():
        address, _, used = line.rpartition(":")
        if int(used, 16) == number:
            assert address == "0100007F"
    with socket.create_connection(("127.0.0.1", number), timeout=5):
        pass


def _listening() -> list[str]:
    with open("/proc/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in list(table)[1:]]
    with open("/proc/net/tcp6", encoding="ascii") as table:
        rows += [line.split() for line in list(table)[1:]]
    return [row[1] for row in rows if row[3] == "0A"]


def test_pages_may_speak_with_nobody_else(office: Office) -> None:
    answer = _get(office, "/runs")
    assert "connect-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    foreign = httpx.get(str(answer.url), headers={"Origin": "http://evil.example"}, trust_env=False)
    assert foreign.headers.get("access-control-allow-origin") != "*"


def test_analytics_are_off_and_everything_prefect_writes_is_in_the_home(office: Office) -> None:
    settings = _get(office, "/api/admin/settings").json()
    assert settings["server"]["analytics_enabled"] is False
    assert settings["home"] == str(office.place.settings.home / "prefect")
    assert (office.place.settings.home / "prefect" / "prefect.db").is_file()


def test_no_form_can_end_by_itself_and_no_run_is_tried_again(office: Office) -> None:
    from review_flows.flows.human_step import human_step
    from tests.cases.building import a_contract

    assert human_step.retries == 0
    case = office.submit(a_contract())
    wait = office.waiting(case, "legality_review")
    raw = _get(office, f"/api/flow_runs/{wait.run_id}").json()
    assert raw["state"]["state_details"]["pause_timeout"] is None or raw["state"]["state_details"]["pause_timeout"] > (
        "2100"
    )
    assert raw["empirical_policy"]["retries"] in (0, None)


def test_two_runs_at_most_go_at_once_on_sqlite(office: Office) -> None:
    pool = _get(office, f"/api/work_pools/{POOL}").json()
    assert (pool["type"], pool["concurrency_limit"]) == ("review-flows", 2)


def test_every_deployment_of_prefect_yaml_is_there(office: Office) -> None:
    import yaml

    wanted = {
        (entry["entrypoint"].rpartition(":")[2].replace("_", "-"), entry["name"])
        for entry in yaml.safe_load(definition().read_text("utf-8"))["deployments"]
    }
    assert wanted == {("human-step", "human-step"), ("reconcile", "reconcile"), ("daily", "daily")}
    for flow, name in wanted:
        assert office.prefect.deployment_exists(f"{flow}/{name}")


def test_a_schedule_fires_and_the_worker_drives_what_it_started(office: Office) -> None:
    found = _get(office, "/api/deployments/name/reconcile/reconcile").json()
    [kept] = found["schedules"]
    assert kept["active"]
    every_second = [{"schedule": {"interval": 1.0}, "active": True}]
    path = f"/deployments/{found['id']}/schedules"
    [made] = office.prefect._send("POST", path, every_second).json()  # type: ignore[arg-type]
    try:
        until(lambda: _completed(office, found["id"]), "a scheduled run completes")
    finally:
        office.prefect._send("DELETE", f"{path}/{made['id']}")


def test_the_daily_sweep_seals_the_trail(office: Office) -> None:
    run = office.prefect.open_run("daily/daily", name="每日", key="daily-test", parameters={})
    until(lambda: (now := office.prefect.run(run.id)) and now.state == "COMPLETED", "the sweep completes")
    assert any(office.place.home.checkpoints.glob("*"))


def _completed(office: Office, deployment: str) -> list[str]:
    body = {
        "flow_runs": {
            "deployment_id": {"any_": [deployment]},
            "state": {"type": {"any_": ["COMPLETED"]}},
            "tags": {"all_": ["auto-scheduled"]},
        }
    }
    return [run["id"] for run in office.prefect._send("POST", "/flow_runs/filter", body).json()]


def test_a_taken_port_is_said_in_one_sentence(office: Office) -> None:
    with pytest.raises(SettingsError, match="已被占用"):
        server.start_server(office.place.settings)


def test_a_server_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_SERVER_SERVICES_SCHEDULER_MIN_SCHEDULED_TIME", "nonsense")
    found = Settings(tmp_path, None, tmp_path, tmp_path, prefect_port=free_port())
    child: Child = server.start_server(found)
    with pytest.raises(ReviewFlowsError, match="min_scheduled_time"):
        server.wait_until_healthy(found, child)
    child.stop()


def test_a_server_elsewhere_is_used_instead_of_one_of_our_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    found = Settings(tmp_path, None, tmp_path, tmp_path)
    assert not server.is_elsewhere()
    monkeypatch.setenv("PREFECT_API_URL", "http://prefect.local:4200/api")
    assert server.is_elsewhere()
    assert not server.is_on_sqlite()
    assert server.api_address(found) == "http://prefect.local:4200/api"
    assert server.environment(found)["PREFECT_API_URL"] == "http://prefect.local:4200/api"

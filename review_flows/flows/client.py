"""Prefect's own HTTP API, as far as we use it: open, read, resume and close runs, and read what was answered.

Thin on purpose, and without importing Prefect (2 s a process): the command line and the worker speak the same few
calls. Every call is tried again with growing pauses while the server is busy (SQLite answers 503) or out of reach.

Resuming is an exchange of its own: the server answers **200 with status REJECT** where the input does not fit the
form that it keeps, and ABORT where the run does not wait any more; so the body decides, never the code.
"""

import json
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from review_flows.errors import ReviewFlowsError

_LIVE = ("SCHEDULED", "PENDING", "RUNNING", "PAUSED", "CANCELLING")
_BUSY = frozenset({408, 429, 502, 503})
_TRIES = 9
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0
_TIMEOUT_SECONDS = 15.0
_PAGE = 200  # the most that Prefect hands out at once


class PrefectUnreachable(ReviewFlowsError):
    """Prefect does not answer, or answers with an error of its own."""


@dataclass(frozen=True)
class Run:
    """A flow run as Prefect has it now."""

    id: str
    name: str
    key: str | None  # the idempotency key: `wait-<id>` of the wait that it was opened for
    state: str  # SCHEDULED, PENDING, RUNNING, PAUSED, COMPLETED, FAILED, CANCELLED, CRASHED, CANCELLING
    state_name: str
    state_at: datetime | None
    waits_under: str | None  # the key it is suspended under, while it is
    has_form: bool  # whether that suspension asks for input
    used_keys: frozenset[str]
    driven_by: str | None  # which worker process drives it, or did
    starts_at: datetime | None = None  # when a scheduled one is to start
    tags: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Whether Prefect considers it ended."""
        return self.state in {"COMPLETED", "FAILED", "CANCELLED", "CRASHED"}


@dataclass(frozen=True)
class Resumed:
    """What became of a resume: accepted, or refused with Prefect's reason."""

    accepted: bool
    status: str
    reason: str = ""


@dataclass(frozen=True)
class Inputs:
    """What Prefect keeps under one wait's key: the form's schema, the text above it, the answer; None: nothing."""

    schema: Any = None
    description: Any = None
    response: Any = None

    @property
    def is_unused(self) -> bool:
        """Whether nothing was ever shown or answered under the key."""
        return self.schema is None and self.description is None and self.response is None

    @property
    def is_whole(self) -> bool:
        """Whether the form is there: Prefect stores schema and text one after the other, once the run is suspended."""
        return self.schema is not None and self.description is not None

    def answer(self) -> Mapping[str, Any]:
        """The answer; empty where there is none that could be read."""
        return self.response if isinstance(self.response, dict) else {}


class Prefect:
    """A connection to Prefect's API; use as a context manager, or close it."""

    def __init__(
        self, address: str, *, transport: httpx.BaseTransport | None = None, pause: float = _FIRST_PAUSE_SECONDS
    ) -> None:
        self._client = httpx.Client(
            base_url=address.rstrip("/"), timeout=_TIMEOUT_SECONDS, transport=transport, trust_env=False
        )
        self._pause = pause
        self._deployments: dict[str, str] = {}

    def __enter__(self) -> "Prefect":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    # ── runs ──

    def open_run(
        self, deployment: str, *, name: str, key: str, parameters: Mapping[str, Any], tags: Sequence[str] = ()
    ) -> Run:
        """The run of `flow/deployment` for this key, made now unless the key has one already (whatever its state)."""
        body = {"name": name, "idempotency_key": key, "parameters": dict(parameters), "tags": list(tags)}
        return _run(self._json("POST", f"/deployments/{self._deployment(deployment)}/create_flow_run", body))

    def run(self, run_id: str) -> Run | None:
        """The run, or None where Prefect knows no such run (any more)."""
        answer = self._send("GET", f"/flow_runs/{run_id}", missing_ok=True)
        return None if answer.status_code == httpx.codes.NOT_FOUND else _run(answer.json())

    def runs(self, run_ids: Iterable[str]) -> dict[str, Run]:
        """The runs that Prefect still knows, by id."""
        wanted, found = list(run_ids), {}
        for start in range(0, len(wanted), _PAGE):
            body = {"flow_runs": {"id": {"any_": wanted[start : start + _PAGE]}}, "limit": _PAGE}
            found.update({entry["id"]: _run(entry) for entry in self._json("POST", "/flow_runs/filter", body)})
        return found

    def live_runs(self, flow: str) -> list[Run]:
        """The runs of a flow that have not ended, oldest first."""
        found: list[Run] = []
        while True:
            body = {
                "flows": {"name": {"any_": [flow]}},
                "flow_runs": {"state": {"type": {"any_": list(_LIVE)}}},
                "sort": "START_TIME_ASC",
                "limit": _PAGE,
                "offset": len(found),
            }
            page = self._json("POST", "/flow_runs/filter", body)
            found += map(_run, page)
            if len(page) < _PAGE:
                return found

    def resumed_at(self, run_id: str, key: str) -> datetime | None:
        """When the suspension under this key was resumed: the instant of the state that followed it."""
        states = self._json("GET", f"/flow_run_states/?flow_run_id={run_id}")
        states.sort(key=lambda state: state["timestamp"])
        for suspended, after in zip(states, states[1:], strict=False):
            if suspended["type"] == "PAUSED" and suspended["state_details"].get("pause_key") == key:
                return _instant(after["timestamp"])
        return None

    def close_run(self, run_id: str, state: str, message: str) -> None:
        """Force a run into an end state (CRASHED, CANCELLED), so that it holds no slot; nothing if it is gone."""
        body = {"state": {"type": state, "name": state.capitalize(), "message": message}, "force": True}
        self._send("POST", f"/flow_runs/{run_id}/set_state", body, missing_ok=True)

    # ── forms and answers ──

    def resume(self, run_id: str, answer: Mapping[str, Any]) -> Resumed:
        """Answer the form of a suspended run; exactly one of several resumes is accepted."""
        result = self._json("POST", f"/flow_runs/{run_id}/resume", {"run_input": dict(answer)})
        details = result.get("details") or {}
        return Resumed(result["status"] == "ACCEPT", result["status"], details.get("reason") or "")

    def inputs(self, run_id: str, wait_key: str) -> Inputs:
        """What is kept under a wait's key; what is no JSON counts as text."""
        kept = self._json(
            "POST", f"/flow_runs/{run_id}/input/filter", {"prefix": f"suspended-{wait_key}-", "limit": 10}
        )
        by_part = {entry["key"].rpartition("-")[2]: _decoded(entry["value"]) for entry in kept}
        return Inputs(by_part.get("schema"), by_part.get("description"), by_part.get("response"))

    def note(self, run_id: str, title: str, text: str) -> None:
        """Leave a Markdown artifact on the run's page."""
        self._send(
            "POST", "/artifacts/", {"type": "markdown", "description": title, "data": text, "flow_run_id": run_id}
        )

    # ── pools and deployments ──

    def deployment_exists(self, name: str) -> bool:
        """Whether `flow/deployment` is there."""
        return self._send("GET", f"/deployments/name/{name}", missing_ok=True).is_success

    def ensure_pool(self, name: str, kind: str, template: Mapping[str, Any], limit: int | None) -> None:
        """Make the work pool, or bring its limit (runs at once; None: no limit) and template up to date."""
        body = {"base_job_template": dict(template), "concurrency_limit": limit}
        answer = self._send("PATCH", f"/work_pools/{name}", body, missing_ok=True)
        if answer.status_code == httpx.codes.NOT_FOUND:
            self._send("POST", "/work_pools/", {"name": name, "type": kind, **body})

    def worker_seen_at(self, pool: str, worker: str) -> datetime | None:
        """The last heartbeat of a worker of this pool, or None where it is unknown."""
        for entry in self._json("POST", f"/work_pools/{pool}/workers/filter", {}):
            if entry["name"] == worker and entry.get("last_heartbeat_time"):
                return _instant(entry["last_heartbeat_time"])
        return None

    def _deployment(self, name: str) -> str:
        if name not in self._deployments:
            self._deployments[name] = self._json("GET", f"/deployments/name/{name}")["id"]
        return self._deployments[name]

    # ── the wire ──

    def _json(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._send(method, path, body).json()

    def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, missing_ok: bool = False
    ) -> httpx.Response:
        why = ""
        for attempt in range(_TRIES):
            if attempt:
                self._wait(attempt)
            try:
                answer = self._client.request(method, path, json=body)
            except httpx.TransportError as error:
                why = f"{type(error).__name__}: {error}"
                continue
            if answer.status_code not in _BUSY:
                return self._checked(answer, missing_ok)
            why = f"HTTP {answer.status_code}"
        raise PrefectUnreachable(
            f"Prefect 服务没有响应（{self._client.base_url}，{why}）。请确认已运行 review-flows up，稍后再试。"
        )

    def _wait(self, attempt: int) -> None:
        longest = min(self._pause * 2 ** (attempt - 1), _LONGEST_PAUSE_SECONDS)
        time.sleep(longest * random.uniform(0.5, 1.0))

    def _checked(self, answer: httpx.Response, missing_ok: bool) -> httpx.Response:
        if answer.is_success or (missing_ok and answer.status_code == httpx.codes.NOT_FOUND):
            return answer
        raise PrefectUnreachable(
            f"Prefect 不能办理 {answer.request.method} {answer.request.url.path}："
            f"HTTP {answer.status_code} {answer.text[:200]}"
        )


def _decoded(value: str) -> Any:
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


def _run(entry: Mapping[str, Any]) -> Run:
    state = entry.get("state") or {}
    details = state.get("state_details") or {}
    is_paused = state.get("type") == "PAUSED"
    return Run(
        id=entry["id"],
        name=entry["name"],
        key=entry.get("idempotency_key"),
        state=state.get("type") or "SCHEDULED",
        state_name=state.get("name") or "",
        state_at=_instant(state["timestamp"]) if state.get("timestamp") else None,
        waits_under=details.get("pause_key") if is_paused else None,
        has_form=bool(is_paused and details.get("run_input_keyset")),
        used_keys=frozenset((entry.get("empirical_policy") or {}).get("pause_keys") or ()),
        driven_by=entry.get("infrastructure_pid"),
        starts_at=_instant(details["scheduled_time"]) if details.get("scheduled_time") else None,
        tags=tuple(entry.get("tags") or ()),
        parameters=entry.get("parameters") or {},
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))

"""The Prefect server, as a child process: loopback only, everything it writes under our home, no word to anyone
outside.

`environment()` is what the server, the worker and `prefect deploy` share. Where PREFECT_API_URL names a server that
is already there (several machines), none is started. Prefect's own variables of the caller win over the defaults
here, but for its home and the switch that keeps analytics off.

The server runs inside our own child process (`serve`), so that what goes between it and the browser can be mended
(`server_pages.py`).
"""

import os
import socket
import time

import httpx

from review_flows.errors import ReviewFlowsError, SettingsError
from review_flows.flows.children import Child, last_words
from review_flows.settings import Settings

HOST = "127.0.0.1"

# An idle ask of the worker costs the server 4 ms; a person who signs waits half of this, on average, for it to be seen.
_POLL_SECONDS = "0.25"
# The worker's record turns offline after three of these; the reconciler relies on it for workers of other machines.
_WORKER_HEARTBEAT_SECONDS = "10"
_HEALTHY_WITHIN_SECONDS = 120.0
_LOOK_AGAIN_SECONDS = 0.1
# Open web sockets (a browser, the worker) do not end by themselves when the server is to end.
_DRAIN_SECONDS = 2


def ui_address(settings: Settings) -> str:
    """Where people find the runs: the newer interface, whose dialog shows the whole text above a form's fields."""
    server = os.environ.get("PREFECT_UI_URL") or api_address(settings).removesuffix("/api")
    return f"{server}/v2/runs"


def api_address(settings: Settings) -> str:
    """Where programs find Prefect's API."""
    return os.environ.get("PREFECT_API_URL", f"http://{HOST}:{settings.prefect_port}/api").rstrip("/")


def is_elsewhere() -> bool:
    """Whether an existing Prefect server is to be used instead of one of our own."""
    return "PREFECT_API_URL" in os.environ


def is_on_sqlite() -> bool:
    """Whether Prefect keeps its records in SQLite, which bears two writers and no more."""
    return "postgres" not in os.environ.get("PREFECT_SERVER_DATABASE_CONNECTION_URL", "") and not is_elsewhere()


def environment(settings: Settings) -> dict[str, str]:
    """Prefect's settings for the server, the worker and `prefect deploy`."""
    folder = settings.home / "prefect"
    address = f"http://{HOST}:{settings.prefect_port}"
    defaults = {
        "PREFECT_API_URL": f"{address}/api",
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{folder / 'prefect.db'}",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": address,
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_WORKER_QUERY_SECONDS": _POLL_SECONDS,
        "PREFECT_WORKER_HEARTBEAT_SECONDS": _WORKER_HEARTBEAT_SECONDS,
        "PREFECT_WORKER_PREFETCH_SECONDS": "0",
        "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
        # With SQLite one write meets another now and then; with the short pause that `serve` asks for, tries are cheap.
        "PREFECT_CLIENT_MAX_RETRIES": "30",
        # Prefect's event feed repeats what the states of the runs say, at more writes than all else together.
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "false",
        "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
        # One run ahead per schedule is enough; a hundred of them hide the people's runs.
        "PREFECT_SERVER_SERVICES_SCHEDULER_MIN_RUNS": "1",
        "PREFECT_SERVER_SERVICES_SCHEDULER_MAX_RUNS": "2",
        "PREFECT_SERVER_SERVICES_SCHEDULER_MIN_SCHEDULED_TIME": "PT1S",
        "PREFECT_TASKS_DEFAULT_PERSIST_RESULT": "false",
    }
    chosen = {name: value for name, value in os.environ.items() if name.startswith("PREFECT_")}
    ours = {
        "PREFECT_HOME": str(folder),
        "PREFECT_SERVER_API_HOST": HOST,
        "PREFECT_SERVER_API_PORT": str(settings.prefect_port),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    return {**defaults, **chosen, **ours}


def start_server(settings: Settings) -> Child:
    """Start the server; it is not healthy yet. Refuses where its port is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, settings.prefect_port))
        except OSError as error:
            raise SettingsError(
                "prefect_port",
                f"端口 {settings.prefect_port} 已被占用，请先停止占用它的程序，或另设 REVIEW_FLOWS_PREFECT_PORT。",
            ) from error
    return Child("server", settings, environment(settings))


def wait_until_healthy(
    settings: Settings, child: Child | None, within_seconds: float = _HEALTHY_WITHIN_SECONDS
) -> None:
    """Return once the API answers; say why where the server ends first or takes too long."""
    deadline = time.monotonic() + within_seconds
    with httpx.Client(timeout=2.0, trust_env=False) as client:
        while time.monotonic() < deadline:
            if child is not None and not child.is_alive:
                raise ReviewFlowsError(f"Prefect 服务未能启动，日志 {child.log} 的末尾：\n{last_words(child.log)}")
            if _is_healthy(client, f"{api_address(settings)}/health"):
                return
            time.sleep(_LOOK_AGAIN_SECONDS)
    raise ReviewFlowsError(f"Prefect 服务 {within_seconds:.0f} 秒内没有就绪（{api_address(settings)}）。")


def _is_healthy(client: httpx.Client, address: str) -> bool:
    try:
        return client.get(address).is_success
    except httpx.HTTPError:
        return False


def serve() -> None:
    """Run Prefect's server in this process until SIGTERM (the child's side)."""
    import uvicorn

    if (database := os.environ["PREFECT_SERVER_DATABASE_CONNECTION_URL"]).startswith("sqlite"):
        from review_flows.flows.server_sqlite import use_queueing_sqlite

        use_queueing_sqlite(database)
    from prefect.server.api.server import create_app

    from review_flows.flows.server_pages import guarded

    uvicorn.run(
        guarded(create_app(final=True)),
        host=HOST,
        port=int(os.environ["PREFECT_SERVER_API_PORT"]),
        log_level="warning",
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )

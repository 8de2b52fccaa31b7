"""Work pool and deployments, as `prefect.yaml` says, brought to the server without asking anybody anything.

`prefect deploy --all` takes seconds, so it is done only when prefect.yaml or Prefect has changed, or the server
does not know the deployments (a new or emptied database).
"""

import hashlib
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from review_flows.errors import ReviewFlowsError, SettingsError
from review_flows.flows.advance import DEPLOYMENT
from review_flows.flows.client import Prefect
from review_flows.flows.server import api_address, environment, is_on_sqlite
from review_flows.flows.worker_names import POOL, TYPE
from review_flows.settings import Settings

# SQLite bears two writers; with four, four of five attempts failed. PostgreSQL needs no limit of ours.
_RUNS_AT_ONCE_ON_SQLITE = 2
_LONGEST_SECONDS = 180
# Prefect wants a pool to say what can be set for a run's process; there is no process, so it is its name alone.
_TEMPLATE = {
    "job_configuration": {"name": "{{ name }}"},
    "variables": {"type": "object", "properties": {"name": {"type": "string", "title": "名称"}}},
}


def deploy(settings: Settings) -> None:
    """Bring pool and deployments to the server, where they are not there already."""
    with Prefect(api_address(settings)) as prefect:
        prefect.ensure_pool(POOL, TYPE, _TEMPLATE, _RUNS_AT_ONCE_ON_SQLITE if is_on_sqlite() else None)
        file, mark = definition(), settings.home / "prefect" / "deployed"
        state = _state_of(file)
        if mark.exists() and mark.read_text("ascii") == state and prefect.deployment_exists(DEPLOYMENT):
            return
        _deploy_all(settings, file)
        mark.write_text(state, "ascii")


def definition() -> Path:
    """prefect.yaml: in the working folder, else beside the package."""
    places = (Path.cwd() / "prefect.yaml", Path(__file__).resolve().parents[2] / "prefect.yaml")
    for place in places:
        if place.is_file():
            return place
    raise SettingsError("prefect.yaml", f"在 {places[0].parent} 和程序所在文件夹都没有找到这个文件。")


def _state_of(file: Path) -> str:
    known = f"{version('prefect')}\n{file}\n".encode() + file.read_bytes()
    return hashlib.sha256(known).hexdigest()


def _deploy_all(settings: Settings, file: Path) -> None:
    done = subprocess.run(  # noqa: S603  # Prefect's own command, no shell
        [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(file)],
        cwd=file.parent,
        env={**os.environ, **environment(settings), "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_LONGEST_SECONDS,
        check=False,
    )
    if done.returncode:
        raise ReviewFlowsError(f"部署 {file} 未成功：\n{(done.stdout + done.stderr).strip()[-2000:]}")

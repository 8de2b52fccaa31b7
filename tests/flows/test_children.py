"""A child ends with its parent, whatever the parent dies of; a process is known again by more than its number."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from review_flows.errors import ReviewFlowsError
from review_flows.flows import liveness
from review_flows.flows.children import Child, last_words
from review_flows.flows.engine import Engine
from review_flows.settings import Settings

CHILD = """
import os, sys, time
from review_flows.flows.children import end_with_parent
end_with_parent(sys.stdin.fileno())
print("ready", flush=True)
time.sleep(60)
"""
PARENT = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {CHILD!r}], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(60)
"""


def test_a_child_ends_when_its_parent_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 10
    while _runs(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _runs(child)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_this_process_is_alive_and_what_had_its_number_before_is_not() -> None:
    assert liveness.is_alive_here(liveness.this_process())
    host, pid, started = liveness.this_process().split(":")
    assert host == liveness.worker_name()
    assert not liveness.is_alive_here(f"{host}:{pid}:{int(started) - 1}")
    assert not liveness.is_alive_here(f"{host}:nonsense")


def test_a_process_that_ended_and_was_not_collected_is_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        note = f"here:{process.pid}:{liveness._started(process.pid)}"
        assert liveness.is_alive_here(note)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not liveness.is_alive_here(note)


class _DeadChild(Child):
    """A child that has died already."""

    def __init__(self, log: Path) -> None:
        self.role, self.log = "worker", log

    @property
    def is_alive(self) -> bool:
        return False


def test_what_dies_is_started_again_until_it_dies_too_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "worker.log"
    log.write_text("早先的话\n最后的话\n", "utf-8")
    engine, started = Engine(Settings(tmp_path, None, tmp_path, tmp_path)), list[int]()

    def start_again() -> None:
        started.append(1)
        engine.worker = _DeadChild(log)

    monkeypatch.setattr(engine, "start_worker", start_again)
    engine.start_worker()
    with pytest.raises(ReviewFlowsError, match="最后的话"):
        for _ in range(100):
            engine.look_after()
    assert 3 < len(started) < 30


def test_last_words_are_the_end_of_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert last_words(log) == ""
    log.write_text("\n".join(map(str, range(50))))
    assert last_words(log, 2) == "48\n49"

"""Which process drives a run, and whether it still lives. Prefect itself keeps a run Running for ever after kill
-9.

A drive notes `host:pid:start` on its run. On the same host the process is looked up; the start time tells it from a
later process with the same number. For another host the worker's heartbeat at Prefect decides.
"""

import os
import socket
from functools import cache
from pathlib import Path


@cache
def this_process() -> str:
    """This process as it is noted on a run."""
    return f"{worker_name()}:{os.getpid()}:{_started(os.getpid())}"


@cache
def worker_name() -> str:
    """The name of this machine's worker at Prefect, kept over restarts."""
    return socket.gethostname().replace("/", "-").replace("%", "-").replace(":", "-") or "worker"


def host_of(driven_by: str) -> str:
    """The machine in a note of `this_process()`."""
    return driven_by.partition(":")[0]


def is_alive_here(driven_by: str) -> bool:
    """Whether the process of a note made on this machine still runs."""
    _, _, process = driven_by.partition(":")
    pid, _, started = process.partition(":")
    return pid.isdecimal() and _exists(int(pid)) and _started(int(pid)) == started


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _started(pid: int) -> str:
    """When a process began, in the kernel's ticks; empty where the system does not tell (then the number alone counts).

    A process that has ended and waits to be collected (Z) counts as gone: its state, not a time, comes back.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return fields[0] if fields[0] == "Z" else fields[19]  # fields 3 and 22 of proc(5); the split began after field 2

"""Child processes that end with their parent: the Prefect server and the worker.

A child's standard input is a pipe that its parent alone holds. When the parent closes it, or dies of whatever (kill
-9 too), the child reads the end of the pipe and ends itself in order. So nothing is left behind, on any system,
without process groups or pid files. A child has a session of its own: Ctrl-C reaches the parent only, which ends
the children.
"""

import faulthandler
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from review_flows.settings import Settings

Role = Literal["server", "worker"]

# How long a child may take to finish what it is doing before it is killed.
_GRACE_SECONDS = 15.0


class Child:
    """One running child process and the end of the pipe that keeps it alive."""

    def __init__(self, role: Role, settings: Settings, environment: Mapping[str, str]) -> None:
        self.role = role
        self.log = settings.home / "logs" / f"{role}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  # our own module, no shell
                [sys.executable, "-m", __spec__.name if __spec__ else __name__, role],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**os.environ, **ours(settings), **environment},
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def stop(self, grace_seconds: float = _GRACE_SECONDS) -> None:
        """End it in order; kill it where it does not end in time."""
        self._let_go()
        try:
            self._process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once, as a power cut would (SIGKILL)."""
        self._process.kill()
        self._process.wait()
        self._let_go()

    def _let_go(self) -> None:
        if (lifeline := self._process.stdin) and not lifeline.closed:
            lifeline.close()


def ours(settings: Settings) -> dict[str, str]:
    """The settings as environment variables, so that a child sees exactly what its parent sees."""
    given: dict[str, str | int | Path | None] = {
        "REVIEW_FLOWS_HOME": settings.home,
        "REVIEW_FLOWS_DATABASE_URL": settings.database_url,
        "REVIEW_FLOWS_CATALOGS": settings.catalogs,
        "REVIEW_FLOWS_DOCS_IN": settings.docs_in,
        "REVIEW_FLOWS_PREFECT_PORT": settings.prefect_port,
        "REVIEW_FLOWS_DOCUMENTS_PORT": settings.documents_port,
        "REVIEW_FLOWS_CLOCK": settings.clock,
    }
    return {name: str(value) for name, value in given.items() if value is not None}


def last_words(log: Path, lines: int = 8) -> str:
    """The end of a child's log, for the message that says why it did not start."""
    return "\n".join(log.read_text("utf-8", errors="replace").splitlines()[-lines:]) if log.exists() else ""


def end_with_parent(lifeline: int) -> None:
    """Send this process SIGTERM once the pipe of this file descriptor ends."""

    def wait_for_the_end() -> None:
        while os.read(lifeline, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait_for_the_end, name="lifeline", daemon=True).start()


def main(role: str) -> None:
    """What a child does: `server` serves Prefect, `worker` drives the runs, each until the pipe ends."""
    end_with_parent(sys.stdin.fileno())
    faulthandler.register(signal.SIGUSR1)  # kill -USR1: where every thread is, into the log
    if role == "server":
        from review_flows.flows.server import serve

        serve()
    else:
        from review_flows.flows.worker import work

        work()


if __name__ == "__main__":
    main(sys.argv[1])

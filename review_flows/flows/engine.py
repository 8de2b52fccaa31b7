"""Prefect's server and the worker as one thing to start, look after and stop; `up`, the demo and the tests use it
alike.
"""

import logging
import time
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from review_flows.errors import ReviewFlowsError
from review_flows.flows import server
from review_flows.flows.children import Child, last_words
from review_flows.flows.deploy import deploy
from review_flows.settings import Settings

# A child that dies is started again; one that keeps dying has a fault that starting again does not mend.
_DEATHS_BORNE = 10
_WITHIN_SECONDS = 60.0
T = TypeVar("T")
_log = logging.getLogger(__name__)


class Engine:
    """Server (unless Prefect is elsewhere), deployments and worker of one home. Use it as a context manager."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.server: Child | None = None
        self.worker: Child | None = None
        self._deaths: list[float] = []

    def __enter__(self) -> "Engine":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything; what was started is stopped again where a later part fails."""
        try:
            if not server.is_elsewhere():
                self.server = server.start_server(self.settings)
            server.wait_until_healthy(self.settings, self.server)
            deploy(self.settings)
            self.start_worker()
        except BaseException:
            self.stop()
            raise

    def start_worker(self) -> None:
        """Start the worker; it sets right what went wrong before it drives anything."""
        self.worker = Child("worker", self.settings, server.environment(self.settings))

    def look_after(self) -> None:
        """Start again whichever child has died; ReviewFlowsError where one keeps dying."""
        if self.server is not None and not self.server.is_alive:
            self.server = self._again(self.server, lambda: server.start_server(self.settings))
            server.wait_until_healthy(self.settings, self.server)
        if self.worker is not None and not self.worker.is_alive:
            self._again(self.worker, self.start_worker)

    def stop(self) -> None:
        """End the worker, then the server; each finishes what it is doing."""
        for child in (self.worker, self.server):
            if child is not None:
                child.stop()
        self.worker = self.server = None

    def _again(self, dead: Child, start: Callable[[], T]) -> T:
        now = time.monotonic()
        self._deaths = [at for at in self._deaths if now - at < _WITHIN_SECONDS] + [now]
        if len(self._deaths) > _DEATHS_BORNE:
            raise ReviewFlowsError(f"{dead.role} 一再中断，日志 {dead.log} 的末尾：\n{last_words(dead.log)}")
        _log.warning("%s died and is started again", dead.role)
        return start()

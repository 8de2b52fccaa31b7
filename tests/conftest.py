"""What several folders of tests share: the one running system of a test run."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from xdist.scheduler.loadfile import LoadFileScheduling

if TYPE_CHECKING:
    from tests.flows.harness import Office


class _ByFile(LoadFileScheduling):
    """A file of tests goes to one process; all that needs a Prefect server to the same: one harness per test run."""

    def _split_scope(self, nodeid: str) -> str:
        return "prefect" if nodeid.startswith(("tests/flows/", "tests/browser/")) else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _ByFile:
    """How tests are dealt out where there are several test processes (`make test`)."""
    return _ByFile(config, log)


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Office]":
    """The system as `review-flows up` starts it, started once and ended with Ctrl-C."""
    from tests.flows.harness import open_office

    running = open_office(tmp_path_factory.mktemp("office"))
    yield running
    running.close()

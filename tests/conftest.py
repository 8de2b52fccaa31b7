"""What several folders of tests share: the one running system of a test run."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.flows.harness import Office


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several test processes, all that needs a Prefect server goes to one of them: one harness per test run."""
    for item in items:
        if item.get_closest_marker("prefect"):
            item.add_marker(pytest.mark.xdist_group("prefect"))


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Office]":
    """The system as `review-flows up` starts it, started once and ended with Ctrl-C."""
    from tests.flows.harness import open_office

    running = open_office(tmp_path_factory.mktemp("office"))
    yield running
    running.close()

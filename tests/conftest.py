"""What several folders of tests share: the one running system of a test run."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.flows.harness import Office


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Office]":
    """The system as `review-flows up` starts it, started once and ended with Ctrl-C."""
    from tests.flows.harness import open_office

    running = open_office(tmp_path_factory.mktemp("office"))
    yield running
    running.close()

"""The one running system of a test run."""

from collections.abc import Iterator

import pytest

from tests.flows.harness import Office, open_office


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Prefect's server, the worker and the document server, started once."""
    running = open_office(tmp_path_factory.mktemp("office"))
    yield running
    running.close()

"""What the tests of commands share: an office whose home the command line finds."""

from pathlib import Path

import pytest

from tests.cases.building import Office


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office on its own clock; commands called in the test act on its home, and write into its folder."""
    office = Office(tmp_path)
    for name, value in (
        ("HOME", tmp_path / "home"),
        ("CLOCK", office.clock),
        ("CATALOGS", office.home.settings.catalogs),
    ):
        monkeypatch.setenv(f"REVIEW_FLOWS_{name}", str(value))
    monkeypatch.chdir(tmp_path)
    return office

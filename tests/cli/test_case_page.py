"""`case show` as a person reads it: words of the office, no keys of the program."""

import re
from pathlib import Path

import pytest

from review_flows.cli.main import main
from tests.cases.building import ROOT, Office, a_document


def test_a_case_is_told_in_chinese_with_its_findings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    office = Office(tmp_path)
    case = office.submit(a_document())
    office.sign(case, "legality_review", "lawful", reason="情况紧急")
    for name, value in (("HOME", office.home.settings.home), ("CLOCK", office.clock), ("CATALOGS", ROOT / "catalogs")):
        monkeypatch.setenv(f"REVIEW_FLOWS_{name}", str(value))
    with pytest.raises(SystemExit) as left:
        main(["case", "show", case])
    page = capsys.readouterr().out
    assert not left.value.code
    assert "发现项：短于法定最短期限 ND-11 情况紧急" in page
    assert not re.search(r"[a-z]+[._][a-z]+", page.replace("test-legal-reviewer", "")), page

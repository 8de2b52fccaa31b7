"""`case show` as a person reads it: words of the office, no keys of the program."""

import re

import pytest

from review_flows.cli.main import main
from tests.cases.building import Office, a_document


def test_a_case_is_told_in_chinese_with_its_findings(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    case = office.submit(a_document())
    office.sign(case, "legality_review", "lawful", reason="情况紧急")
    with pytest.raises(SystemExit) as left:
        main(["case", "show", case])
    page = capsys.readouterr().out
    assert not left.value.code
    assert "发现项：短于法定最短期限 ND-11 情况紧急" in page
    assert not re.search(r"[a-z]+[._][a-z]+", page.replace("test-legal-reviewer", "")), page

"""After the decision, at the command line: who acts proves it, what lacks or is late shows in the exit code."""

import json
from pathlib import Path
from typing import Any

import pytest

from review_flows.cli.main import _run
from review_flows.errors import ProcedureError, SignOffError
from review_flows.people import codes
from review_flows.records.database import reading
from review_flows.text.reading import read
from tests.cases.building import Office
from tests.cli.test_schemas import fits
from tests.decisions.test_after_decision import decided, published


def run_as(office: Office, role: str, *words: str) -> int:
    """A command given by the test person of a role."""
    office.later(seconds=60)
    person = f"test-{role}"
    with reading(office.home.engine) as session:
        code = codes.current_code(session, office.home.keys, person, now=office.now())
    return _run(["decisions", *words, "--as", person, "--code", code])


def told(capsys: pytest.CaptureFixture[str], name: str, *words: str) -> tuple[int, Any]:
    """Exit code and JSON of a command; the JSON fits its schema."""
    capsys.readouterr()
    left = _run(["decisions", *words, "--json"])
    found = json.loads(capsys.readouterr().out)
    fits(name, found)
    return left, found


def test_a_decision_from_its_execution_to_its_record(
    office: Office, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    case = published(office)
    unit = ("--unit", "婺城区建设局", "--measures", "建成泊位三千个", "--report", "2026-12-31")
    assert run_as(office, "registrar", "execution", "assign", case, *unit) == 0
    left, shown = told(capsys, "decisions-execution-list", "execution", "list", "--on", "2026-12-20")
    assert (left, shown["reports"][0]["light"]) == (0, "yellow")
    left, shown = told(capsys, "decisions-execution-list", "execution", "list", case, "--on", "2027-01-04")
    assert (left, shown["reports"][0]["light"]) == (1, "red")
    assert _run(["decisions", "execution", "list", case, "--on", "2027-01-04"]) == 1
    assert "红" in capsys.readouterr().out

    reason = ("--situation", "force_majeure", "--reason", "施工区域发生地质灾害")
    assert run_as(office, "unit-head", "change", "suspend", case, *reason) == 0
    meeting = ("--number", "1", "--meeting", "区政府第41次常务会议", "--held-on", "2026-12-10", "--result", "confirmed")
    assert run_as(office, "meeting-secretary", "change", "discuss", case, *meeting) == 0
    _, changed = told(capsys, "decisions-change-list", "change", "list", case)
    assert (changed["standing"], changed["changes"][0]["state"]) == ("suspended", "decided")
    again = ("--kind", "resumption", "--reason", "排险完成", "--meeting", "第42次常务会议", "--held-on", "2026-12-10")
    assert run_as(office, "meeting-secretary", "change", "decide", case, *again) == 0
    assert _run(["decisions", "change", "list", case]) == 0
    assert "正在执行" in capsys.readouterr().out

    prepared = ("--name", "金华某咨询有限公司", "--step", "risk_assessment", "--work", "编制评估报告")
    assert run_as(office, "handler", "post-evaluation", "prepared", case, *prepared) == 0
    _, barred = told(capsys, "decisions-post-evaluation-barred", "post-evaluation", "barred", case)
    assert [entry["name"] for entry in barred] == ["金华某咨询有限公司"]
    start = ("--ground", "organ_decides", "--evaluator", "浙江某评估院", "--reason", "年度评估")
    assert run_as(office, "registrar", "post-evaluation", "start", case, *start) == 0

    _, record = told(capsys, "decisions-responsibility", "responsibility", case, "--docx", str(tmp_path / "档案.docx"))
    assert record["dissent"] == ["许军"] and record["audit"]["ok"]
    assert "重大行政决策责任档案" in read((tmp_path / "档案.docx").read_bytes(), "档案.docx").text
    assert _run(["decisions", "responsibility", case]) == 0
    assert "【不同意见】不同意" in capsys.readouterr().out


def test_the_archive_stands_as_a_list_and_as_a_paper(
    office: Office, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    case = published(office)
    left, found = told(capsys, "decisions-archive", "archive", case, "--docx", str(tmp_path / "目录.docx"))
    assert (left, found["lacking"]) == (0, [])
    assert [piece["pages"] for piece in found["pieces"]][0] is None
    assert "卷内文件目录" in read((tmp_path / "目录.docx").read_bytes(), "目录.docx").text


def test_the_request_to_the_party_committee_is_written_where_it_is_wanted(office: Office, tmp_path: Path) -> None:
    case = decided(office, needs_party_report=True)
    assert _run(["decisions", "party-report", case, "--docx", str(tmp_path / "请示.docx")]) == 0
    assert "妥否，请批示" in read((tmp_path / "请示.docx").read_bytes(), "请示.docx").text


def test_nobody_acts_without_their_code(office: Office) -> None:
    case = published(office)
    words = ["decisions", "change", "suspend", case, "--situation", "problem", "--reason", "测算有误"]
    with pytest.raises(SignOffError):
        _run([*words, "--as", "test-unit-head", "--code", "000000"])
    with pytest.raises(ProcedureError, match="未经法定程序"):
        run_as(office, "registrar", "change", "decide", case, "--kind", "stop", "--reason", "不再需要")

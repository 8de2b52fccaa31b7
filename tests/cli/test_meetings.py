"""`meetings …` as a secretary types it: from the call to the signed record, and what each answer says."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from review_flows.cases.papers import issue_papers
from review_flows.cli.main import _run, main
from review_flows.cli.schemas import SHAPES
from review_flows.errors import ReviewFlowsError
from review_flows.flows.steps import WORKS
from review_flows.people import codes
from review_flows.records.database import reading
from tests.cases.building import DRAFT, Office, a_decision
from tests.cli.test_schemas import fits
from tests.decisions.test_meetings import STATEMENTS, heard

SECRETARY = "test-meeting-secretary"
CALLED = ("--kind", "常务会议", "--number", "12", "--time", "9时30分", "--host", "陈立", "--recorder", "周宁")


def act(office: Office, *words: str, person: str = SECRETARY) -> int:
    """A command of a person, with a fresh code."""
    office.later(seconds=60)
    with reading(office.home.engine) as session:
        code = codes.current_code(session, office.home.keys, person, now=office.now())
    return _run(["meetings", *words, "--as", person, "--code", code])


def told(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """The JSON of a command."""
    capsys.readouterr()
    _run(["meetings", *words, "--json"])
    return json.loads(capsys.readouterr().out)


def reviewed(office: Office, **changes: Any) -> str:
    case = office.submit(heard(a_decision(**changes)))
    office.until("2026-12-03")
    office.sign(case, "legality_review", "lawful", reason="合法")
    issue_papers(office.home, office.catalogs, case, office.now(), WORKS)
    return case


def test_a_meeting_from_its_call_to_its_signed_record(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    case = reviewed(office)
    assert act(office, "add", "--on", "2026-12-08", *CALLED) == 0
    assert "编号 1：婺城区人民政府第12次常务会议（2026-12-08）" in capsys.readouterr().out
    assert act(office, "put", "1", case, "--presenter", "郑华") == 0
    assert act(office, "change", "1", "--place", "区政府三楼会议室", "--reason", "改在三楼") == 0
    assert _run(["meetings", "agenda", "1", "--out", "议程.docx"]) == 0
    assert f"1. {case}〔列入〕  具备" in capsys.readouterr().out
    assert act(office, "pack", "1", "--out", "材料.zip") == 0
    assert f"议题1-{case}/目录.docx" in zipfile.ZipFile("材料.zip").namelist()
    office.until("2026-12-08")
    members = [word for name in ("陈立", "方文", "许军", "吴敏") for word in ("--attendee", name)]
    assert act(office, "hold", "1", *members, "--absentee", "何芳（因公出差）", "--observer", "区司法局") == 0
    office.sign(case, "collective_discussion", "approved", result="passed", meeting={"statements": STATEMENTS})
    issue_papers(office.home, office.catalogs, case, office.now(), WORKS)
    assert [one["case"] for one in told(capsys, "list", "--unsigned")] == [case]
    assert act(office, "confirm", "--meeting", "1", "--sign-as", "host", person="test-unit-head") == 0
    assert act(office, "confirm", "--case", case, "--sign-as", "recorder") == 0
    assert told(capsys, "list", "--unsigned") == []
    assert _run(["meetings", "minutes", "1", "--number", "〔2026〕12号", "--out", "纪要.docx"]) == 0
    assert {Path("议程.docx"), Path("纪要.docx")} <= set(Path().iterdir())
    fits("meetings-show", shown := told(capsys, "show", "1"))
    assert shown["records"][0]["signed"]
    fits("meetings-list", told(capsys, "list"))
    assert _run(["meetings", "show", "1"]) == 0
    out = capsys.readouterr().out
    for words in (
        "应到5人，实到4人",
        "缺席：何芳（因公出差）",
        "通过〔已签名〕",
        "许军（副区长）：不同意。收入测算偏乐观",
    ):
        assert words in out
    assert act(office, "correct", case, "--text", "地点应为二楼", "--reason", "核对") == 0
    assert "重新确认" in capsys.readouterr().out
    records = [d for d in office.show(case)["documents"] if d["role"] == "meeting_record"]
    assert len(records) == 4  # as recorded, confirmed by one, by both, corrected


def test_what_is_not_ready_is_listed_with_rule_and_provision(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    case = office.submit(heard(a_decision(facts={"professional": True})))
    act(office, "add", "--on", "2026-12-08", *CALLED)
    with pytest.raises(ReviewFlowsError, match=r"1．.*；2．"):
        act(office, "put", "1", case)
    fits("meetings-ready", found := told(capsys, "ready"))
    assert {lack["rule"] for lack in found[0]["lacks"]} >= {"MD-12", "MD-17"}
    assert _run(["meetings", "ready"]) == 0
    out = capsys.readouterr().out
    assert f"{case}  不具备" in out
    assert "尚不具备条件 1 件" in out


def test_an_agenda_with_an_item_that_is_not_ready_any_more_leaves_with_one(office: Office) -> None:
    case = reviewed(office)
    act(office, "add", "--on", "2026-12-08", *CALLED)
    act(office, "put", "1", case)
    office.send(case, {"review_draft": DRAFT.replace("区建设局负责", "区财政局负责")})
    assert _run(["meetings", "agenda", "1"]) == 1
    assert act(office, "take-off", "1", case, "--reason", "文稿已变") == 0
    assert _run(["meetings", "agenda", "1"]) == 0


def test_an_amended_text_is_shown_before_it_is_judged(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    case = reviewed(office)
    told_meeting = {"name": "第12次常务会议", "held_on": "2026-12-03", "statements": STATEMENTS}
    office.sign(
        case, "collective_discussion", "approved", result="passed_amended", reason="补充责任单位", meeting=told_meeting
    )
    office.send(case, {"review_draft": DRAFT.replace("区建设局负责", "区建设局会同区财政局负责")})
    assert told(capsys, "amended", case)["changes"][0]["new"]["article"] == "第三条"
    assert _run(["meetings", "amended", case]) == 0
    assert "第三条" in capsys.readouterr().out
    assert act(office, "amended", case, "--accept", "--reason", "会议决定增列") == 0
    office.advance(case)
    assert office.step(case, "collective_discussion")["pending"] is None


def test_a_refusal_is_one_sentence_and_exit_two(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["show", "9"], ["confirm", "--as", SECRETARY, "--code", "1"], ["amended", "2026-MD-0009"]):
        with pytest.raises(SystemExit) as leaving:
            main(["meetings", *words])
        assert leaving.value.code == 2
        out = capsys.readouterr()
        assert out.out == ""
        assert len(out.err.strip().splitlines()) == 1


def test_every_shape_of_meetings_has_its_schema() -> None:
    assert {name for name in SHAPES if name.startswith("meetings")} == {
        "meetings-show", "meetings-list", "meetings-ready"
    }  # fmt: skip

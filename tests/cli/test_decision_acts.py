"""`decisions experts …` and `decisions exceptions` as people call them: acts with a code, lists, refusals."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from review_flows.cli.main import _run
from review_flows.errors import ReviewFlowsError, SignOffError
from review_flows.people import codes
from review_flows.records.audit import entries
from review_flows.records.database import reading
from tests.cases.building import Office, a_decision, a_document
from tests.cli.test_schemas import fits

HANDLER, REGISTRAR = "test-handler", "test-registrar"
Say = Callable[..., str]


@pytest.fixture
def say(office: Office, capsys: pytest.CaptureFixture[str]) -> Say:
    """What a command prints; `by` acts in it with a code of this minute."""

    def call(*words: str, by: str = "", code: int = 0) -> str:
        office.later(seconds=60)
        if by:
            with reading(office.home.engine) as session:
                words = (
                    *words,
                    "--as",
                    by,
                    "--code",
                    codes.current_code(session, office.home.keys, by, now=office.now()),
                )
        assert _run(["decisions", *words]) == code
        return capsys.readouterr().out

    return call


def test_the_way_from_the_bank_to_a_signed_opinion(office: Office, say: Say, tmp_path: Path) -> None:
    for number, unit in enumerate(("浙江师范大学", "某停车科技有限公司", "金华职业技术大学", "浙江大学"), 1):
        say(
            "experts",
            "add",
            f"e{number}",
            "--name",
            f"专家{number}",
            "--unit",
            unit,
            "--field",
            "城市规划",
            by=REGISTRAR,
        )
    say("experts", "work", "e1", "--on", "2025-06-01", "--matter", "绿道规划论证", "--result", "采纳", by=REGISTRAR)
    (first, *_) = json.loads(say("experts", "list", "--field", "城市规划", "--json"))
    assert first["works"] == [{"on": "2025-06-01", "matter": "绿道规划论证", "result": "采纳"}]
    assert "浙江师范大学" in say("experts", "list")
    case = office.submit(
        a_decision(
            facts={"professional": True},
            papers={"comment_adoption_report": "采纳情况"},
            asks_for="expert_argumentation",
        )
    )
    told = say(
        "experts", "commit", case, "--field", "城市规划", "--number", "2", "--party", "某停车科技有限公司", by=HANDLER
    )
    assert "候选 3 名：e1、e3、e4" in told
    assert "已排除 e2 专家2：任职单位某停车科技有限公司是本事项的利害关系单位" in told
    (seed,) = re.findall(r"种子（请当众公开）：([0-9a-f]{64})", told)
    assert say("experts", "verify-draw", case, "--draw", "1", code=1) == "种子尚未公开\n"
    drawn = re.findall(r"e\d", say("experts", "draw", case, "--draw", "1", "--seed", seed, by=HANDLER))
    assert "相符" in say("experts", "verify-draw", case, "--draw", "1")
    (left,) = {"e1", "e3", "e4"} - set(drawn)
    assert f"由 {left}" in say("experts", "decline", case, drawn[0], "--reason", "因公出国", by=HANDLER)
    scan = tmp_path / "署名意见.pdf"
    scan.write_bytes(b"%PDF-1.7 signed")
    words = tmp_path / "意见.txt"
    words.write_text("泊位预测偏高。\n建议压缩规模。", "utf-8")
    told = say("experts", "opinion", case, drawn[1], "--stance", "disagree", "--text-file", str(words), by=HANDLER)
    assert "尚未署名" in told
    say("experts", "signed", case, drawn[1], "--on", "2026-11-23", "--file", str(scan), by=HANDLER)
    fits("decisions-experts-list", json.loads(say("experts", "list", "--json")))
    shown = json.loads(say("experts", "show", drawn[1], "--json"))
    assert shown["cases"] == [
        {"case": case, "how": "drawn", "stance": "disagree", "signed_on": "2026-11-23", "released": None}
    ]
    assert "不同意" in say("experts", "show", drawn[1])
    with reading(office.home.engine) as session:
        acts = [entry for entry in entries(session, case=case) if entry.event.startswith("expert")]
    assert {entry.actor.person for entry in acts} == {HANDLER}


def test_nobody_changes_the_bank_without_a_role_or_a_code(office: Office, say: Say) -> None:
    words = ("experts", "add", "e1", "--name", "甲", "--unit", "乙", "--field", "丙")
    with pytest.raises(SignOffError, match="不能维护专家库"):
        say(*words, by="test-filing-officer")
    with pytest.raises(SignOffError):
        _run(["decisions", *words, "--as", REGISTRAR, "--code", "000000"])
    assert json.loads(say("experts", "list", "--json")) == []


def test_misconduct_is_told_in_the_list_and_ends_the_selection(office: Office, say: Say) -> None:
    say("experts", "add", "e1", "--name", "甲", "--unit", "某大学", "--field", "水利", by=REGISTRAR)
    say("experts", "conflict", "e1", "--unit", "某公司", "--reason", "持股", by=REGISTRAR)
    say("experts", "disqualify", "e1", "--reason", "收受财物", by=REGISTRAR)
    assert "甲" not in say("experts", "list")
    assert "已移出：收受财物" in say("experts", "list", "--all")
    assert "利害关系：某公司，持股" in say("experts", "show", "e1")
    case = office.submit(a_decision(facts={"professional": True}))
    with pytest.raises(ReviewFlowsError, match="已排除：甲（已移出专家库（收受财物））"):
        say("experts", "commit", case, "--field", "水利", "--number", "1", by=HANDLER)
    with pytest.raises(ReviewFlowsError, match="MD-13"):
        say("experts", "name", case, "e1", "--reason", "熟悉", by=HANDLER)


def test_a_draw_that_is_given_up_is_told_so(office: Office, say: Say) -> None:
    say("experts", "add", "e1", "--name", "甲", "--unit", "某大学", "--field", "水利", by=REGISTRAR)
    case = office.submit(a_decision(facts={"professional": True}))
    say("experts", "commit", case, "--field", "水利", "--number", "1", by=HANDLER)
    say("experts", "abandon", case, "--draw", "1", "--reason", "种子遗失", by=HANDLER)
    assert say("experts", "verify-draw", case, "--draw", "1", code=1) == "已经作废：种子遗失\n"


def test_exceptions_are_listed_on_a_day_for_those_who_clean_up(office: Office, say: Say) -> None:
    step = "fair_competition_review"
    for title, end in (("停车办法", {"end_date": "2027-06-30"}), ("租房办法", {"end_condition": "国家标准施行"})):
        case = office.submit(a_document(title=title, facts={"business_related": True}, asks_for=step))
        office.sign(
            case, step, "approved", scope="涉及经营者经济活动，属于审查范围", others_not_concerned=True,
            consulted="听取6家企业意见", first_review="初审未违反", standards={"item_10_2": "涉及，适用例外规定"},
            exception="第十二条第三项：为实现节约能源、保护环境、救灾救助等社会公共利益",
            exception_reason="减少排放", no_alternative="普惠补贴不能达到配建比例", **end,
        )  # fmt: skip
    told = json.loads(say("exceptions", "--on", "2027-07-01", "--json"))
    fits("decisions-exceptions", told)
    assert told["on"] == "2027-07-01"
    assert [(one["title"], one["state"], one["ends_on"]) for one in told["exceptions"]] == [
        ("停车办法", "ended", "2027-06-30"),
        ("租房办法", "conditional", None),
    ]
    assert told["exceptions"][0]["items"] == [{"article": "第十条第二项", "rule": "FC-S10"}]
    only_ended = say("exceptions", "--on", "2027-07-01", "--ended")
    assert "停车办法" in only_ended and "租房办法" not in only_ended
    assert "共 2 件，其中已届满 0 件" in say("exceptions")

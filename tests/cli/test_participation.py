"""Public participation as a clerk does it: notice, comments in and answered by a sheet, hearing, report."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from review_flows.cli.main import main
from review_flows.people import codes
from review_flows.records.database import reading
from review_flows.text.reading import read
from tests.cases.building import ROOT, Office, a_decision
from tests.cli.test_schemas import fits

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def run(office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Calls the command line on the home of the office: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REVIEW_FLOWS_CATALOGS", str(ROOT / "catalogs"))
    monkeypatch.setenv("REVIEW_FLOWS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("REVIEW_FLOWS_CLOCK", str(office.clock))

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["review-flows", *arguments])
        with pytest.raises(SystemExit) as leaving:
            main()
        out, err = capsys.readouterr()
        return int(leaving.value.code or 0), out, err

    return call


def signed(office: Office, person: str = "test-handler") -> tuple[str, ...]:
    """`--as` and `--code` of a person, with a code that was not used yet."""
    office.later(seconds=60)
    with reading(office.home.engine) as session:
        return "--as", person, "--code", codes.current_code(session, office.home.keys, person, now=office.now())


NOTICE = ("--channel", "区政府门户网站", "--way", "网站在线提交", "--way", "来信", "--contact", "张三，0579-82000000")


def words(path: Path) -> str:
    return "".join(block.text for block in read(path.read_bytes(), path.name).blocks)


def test_from_the_notice_to_the_report(office: Office, run: Run, tmp_path: Path) -> None:
    case = office.submit(a_decision(asks_for="public_participation"))
    code, _, err = run("decisions", "notice", case, *NOTICE, "--until", "2026-12-13", *signed(office))
    assert (code, "MD-07" in err, "--reason" in err) == (2, True, True)
    preview = ("decisions", "notice", case, *NOTICE, "--preview", "--out", "公告.docx")
    assert run(*preview)[0] == 0
    assert "共30日" in words(tmp_path / "公告.docx")
    assert office.step(case, "public_participation")["state"] == "waiting"  # a preview records nothing
    short = ("decisions", "notice", case, *NOTICE, "--until", "2026-12-13", "--reason", "汛期将至", *signed(office))
    code, out, _ = run(*short)
    assert (code, out) == (0, "已登记：征求意见 2026-11-23 至 2026-12-13（短于法定最短期限，理由已写入公告）。\n")

    said = (("第三条收费太高", "网站"), ("第三条收费太高！", "网站"), ("总体赞成", "来信"))
    table = "\n".join(["意见内容,渠道,收到日期", *(f"{text},{channel},2026-11-23" for text, channel in said)])
    (tmp_path / "意见.csv").write_text(table, "gb18030")
    assert run("comments", "import", case, "意见.csv")[0] == 2  # nobody signs
    code, out, err = run("comments", "import", case, "意见.csv", *signed(office))
    assert (code, out) == (0, "已导入 3 人次；共 3 人次，归并为 2 条意见，未答复 2 条。\n"), err
    code, _, err = run("decisions", "comments", "import", case, "意见.csv", *signed(office))
    assert (code, "已经导入过" in err) == (2, True)

    told = json.loads(run("comments", "list", case, "--json")[1])
    fits("comments-list", told)
    assert told["figures"]["open"] == 2
    assert [(g["article"], g["voices"]) for g in told["groups"]] == [("第三条", 2), (None, 1)]
    assert "第三条" in run("comments", "list", case, "--open")[1]

    assert run("comments", "report", case, "--out", "报告.docx")[0] == 2
    assert run("comments", "sheet", case, "--out", "答复.xlsx")[0] == 0
    book = load_workbook(tmp_path / "答复.xlsx")
    book.active["F2"], book.active["G2"] = "不采纳", "按成本核定"
    book.save(tmp_path / "答复.xlsx")
    code, out, _ = run("comments", "fill", case, "答复.xlsx", *signed(office))
    assert (code, out) == (0, "已答复 1 组、2 人次；表中未填 1 组，全案未答复 1 条。\n")
    assert run("comments", "answer", case, "--group", "3", "--answer", "adopted", *signed(office))[0] == 0
    activity = ("--form", "symposium", "--on", "2026-11-23", "--who", "企业代表", "--people", "9", "--result", "赞成")
    assert run("decisions", "participation", "record", case, *activity, *signed(office))[0] == 0
    assert "企业代表" in run("decisions", "participation", "list", case)[1]
    code, _, err = run("comments", "report", case, "--out", "报告.docx")
    assert (code, "通读" in err) == (0, True)
    assert "企业代表，9人" in words(tmp_path / "报告.docx")


def test_others_may_not_answer_for_the_undertaking_unit(office: Office, run: Run, tmp_path: Path) -> None:
    case = office.submit(a_decision(asks_for="public_participation"))
    (tmp_path / "来信.txt").write_text("第三条收费太高", "utf-8")
    code, out, err = run("comments", "import", case, "来信.txt", *signed(office, "test-inspector"))
    assert (code, out) == (2, "")
    assert "经办人" in err
    assert json.loads(run("comments", "list", case, "--json")[1])["figures"]["voices"] == 0


def test_a_hearing_from_the_notice_to_the_signed_record(office: Office, run: Run, tmp_path: Path) -> None:
    case = office.submit(a_decision(asks_for="public_participation"))
    hearing = ("decisions", "hearing")
    announce = (
        *hearing, "announce", case, "--on", "2026-12-21", "--at", "上午9时", "--place", "区行政中心301",
        "--seats", "公众=2", "--selection", "随机抽取", "--register-how", "现场报名", "--register-until", "2026-12-04",
        "--contact", "张三", "--out", "公告.docx",
    )  # fmt: skip
    assert run(*announce, "--preview")[0] == 0
    assert run(*announce)[0] == 2  # nobody signs
    code, out, err = run(*announce, *signed(office))
    assert (code, "材料最迟 2026-12-14 送达" in out) == (0, True), err
    (tmp_path / "报名.csv").write_text("姓名,类别\n李甲,公众\n李乙,公众\n李丙,公众\n", "utf-8")
    assert run(*hearing, "register", case, "报名.csv", *signed(office))[0] == 0
    office.until("2026-12-07")
    seed = run(*hearing, "commit", case, *signed(office))[1].strip().rpartition("：")[2]
    assert "李" in run(*hearing, "draw", case, "--seed", seed, *signed(office))[1]
    assert run(*hearing, "publish-list", case, "--out", "名单.docx", *signed(office))[0] == 0
    assert seed in words(tmp_path / "名单.docx")
    office.until("2026-12-15")
    code, _, err = run(*hearing, "deliver", case, *signed(office))
    assert (code, "2026-12-14" in err) == (2, True)
    assert run(*hearing, "deliver", case, "--reason", "地址有误，重新送达", *signed(office))[0] == 0
    office.until("2026-12-21")
    record = "环节,发言人,内容\n承办单位陈述,张三,背景\n听证参加人陈述意见,李甲,太高\n"
    (tmp_path / "记录.csv").write_text(record, "utf-8")
    who = ("--host", "王五", "--recorder", "赵六", "--presenter", "张三", "--out", "记录.docx")
    assert run(*hearing, "record", case, "记录.csv", *who, *signed(office))[0] == 0
    code, out, _ = run(*hearing, "show", case)
    chosen = [line.split()[0] for line in out.splitlines() if " 是 " in line]
    assert (code, len(chosen)) == (0, 2)
    assert run(*hearing, "confirm", case, "--participant", chosen[0], "--refused", *signed(office))[0] == 2
    run(*hearing, "confirm", case, "--participant", chosen[0], *signed(office))
    code, out, _ = run(*hearing, "confirm", case, "--participant", chosen[1], *signed(office))
    assert (code, out) == (0, "参加人都已确认。\n")
    assert run(*hearing, "paper", case, "--out", "签字.docx")[0] == 0
    assert "已签字" in words(tmp_path / "签字.docx")
    assert [f["kind"] for f in office.show(case)["findings"]] == ["hearing.materials_late"]

"""`people` and `audit` as people and scripts call them: answers, exit codes, sentences."""

import json
import re
import sqlite3
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from review_flows import settings
from review_flows.cases.case import Case
from review_flows.cases.workshop import Remark
from review_flows.cli.main import main
from review_flows.records.database import writing
from review_flows.records.documents import keep
from review_flows.records.home import open_home
from tests.cases.building import a_document

Run = Callable[..., tuple[int, str, str]]
CATALOGS = Path(__file__).parents[2] / "catalogs"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Calls the command line on a home in an empty folder: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REVIEW_FLOWS_CATALOGS", str(CATALOGS))
    for name in ("REVIEW_FLOWS_HOME", "REVIEW_FLOWS_DATABASE_URL", "REVIEW_FLOWS_CLOCK"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["review-flows", *arguments])
        with pytest.raises(SystemExit) as leaving:
            main()
        out, err = capsys.readouterr()
        return int(leaving.value.code or 0), out, err

    return call


@pytest.fixture
def staffed(run: Run) -> Run:
    assert run("people", "add", "zhang", "--name", "张三", "--unit", "区司法局", "--role", "legal_reviewer")[0] == 0
    assert (
        run("people", "add", "li", "--name", "李四", "--unit", "justice", "--role", "legal_reviewer,review_head")[0]
        == 0
    )
    return run


def tamper(statement: str) -> None:
    """Change the database as somebody who owns it can: guards off, change, guards on again."""
    with sqlite3.connect("var/records.db") as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
        for _, sql in triggers:
            connection.execute(sql)
    connection.close()


def test_people_are_added_listed_and_leave(staffed: Run) -> None:
    code, out, _ = staffed("people", "list", "--json")
    assert code == 0
    assert [(p["id"], p["unit"], p["unit_name"], p["roles"], p["enrolled"]) for p in json.loads(out)] == [
        ("li", "justice", "婺城区司法局", ["legal_reviewer", "review_head"], False),
        ("zhang", "justice", "婺城区司法局", ["legal_reviewer"], False),
    ]
    assert staffed("people", "leave", "zhang", "--reason", "调离")[1] == "张三（zhang）已离岗。\n"
    assert "张三" not in staffed("people", "list")[1]
    assert "张三" in staffed("people", "list", "--all")[1]


def test_the_address_is_printed_once_and_the_code_not_at_all(staffed: Run) -> None:
    code, out, err = staffed("people", "enrol", "zhang")
    assert code == 0
    assert out.startswith("otpauth://totp/")
    assert "只显示这一次" in err
    code, out, err = staffed("people", "code", "zhang")
    assert (code, out) == (2, "")
    assert "只在本人的验证器上" in err


def test_the_code_of_a_demo_home_is_shown(run: Run) -> None:
    home = open_home(settings.load(), demo=True)
    home.close()
    assert run("people", "add", "zhang", "--name", "张三", "--unit", "区司法局", "--role", "legal_reviewer")[0] == 0
    assert run("people", "enrol", "zhang")[0] == 0
    code, out, _ = run("people", "code", "zhang")
    assert code == 0
    assert re.fullmatch(r"\d{6}\n", out)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["people", "add", "wang", "--name", "王五", "--unit", "火星局", "--role", "handler"],
            "没有找到制定主体“火星局",
        ),
        (["people", "add", "wang", "--name", "王五", "--unit", "区司法局", "--role", "king"], "没有角色“king”"),
        (["people", "add", "zhang", "--name", "张三", "--unit", "区司法局", "--role", "handler"], "已有人员“zhang”"),
        (["people", "enrol", "wang"], "没有找到人员“wang”"),
        (["people", "leave", "zhang"], "缺少选项 --reason"),
        (["people", "end-delegation", "7", "--reason", "返岗"], "没有找到有效的代理“7”"),
        (["audit", "query", "--from", "昨天"], "不是日期"),
        (["audit", "export", "--out", "missing/x.zip"], "无法写入"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(staffed: Run, arguments: list[str], sentence: str) -> None:
    code, out, err = staffed(*arguments)
    assert (code, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1


def test_a_delegation_is_made_listed_and_ended(staffed: Run) -> None:
    days = ("--from", "2999-01-01", "--until", "2999-01-31")
    said = staffed("people", "delegate", "li", "--to", "zhang", "--role", "review_head", *days, "--reason", "培训")
    assert said[:2] == (0, "已办理代理第 1 号：2999-01-01 至 2999-01-31，zhang 代 li。\n")
    assert json.loads(staffed("people", "delegations", "--json")[1])[0]["substitute"] == "zhang"
    assert "审核机构负责人" in staffed("people", "delegations")[1]
    assert staffed("people", "end-delegation", "1", "--reason", "返岗")[0] == 0
    assert staffed("people", "delegations", "--json")[1] == "[]\n"


def test_an_interest_is_declared_and_withdrawn(staffed: Run) -> None:
    about = ("--kind", "drafter", "--reason", "参与起草")
    code, out, err = staffed("people", "interest", "zhang", "--case", "2026-ND-0001", *about)
    assert (code, out) == (2, "") and "2026-ND-0001" in err
    case = staffed("submit", str(a_document().lay(Path("送审"))))[1].strip()
    assert staffed("people", "interest", "zhang", "--case", case, *about)[:2] == (
        0,
        f"已登记利害关系第 1 号：zhang 回避 {case}。\n",
    )
    assert staffed("people", "withdraw-interest", "1", "--reason", "误报")[0] == 0


def test_the_trail_answers_by_person_event_and_text(staffed: Run) -> None:
    code, out, _ = staffed("audit", "query", "--event", "person.*", "--json")
    found = json.loads(out)
    assert code == 0
    assert [(entry["seq"], entry["event"], entry["subject"]["id"]) for entry in found] == [
        (3, "person.added", "zhang"),
        (4, "person.added", "li"),
    ]
    assert found[0]["actor"] == {"person": "console", "role": "administrator"}
    assert [entry["seq"] for entry in json.loads(staffed("audit", "query", "--text", "李四", "--json")[1])] == [4]
    code, out, err = staffed("audit", "query", "--person", "console", "--limit", "1")
    assert re.fullmatch(r" +3  [0-9-]{10} [0-9:]{8}  增加人员  console  person zhang\n", out)
    assert "只列出前 1 条" in err
    assert staffed("audit", "query", "--from", "2999-01-01", "--json")[1] == "[]\n"


def test_verify_says_that_all_is_well(staffed: Run) -> None:
    assert staffed("audit", "checkpoint")[0] == 0
    code, out, _ = staffed("audit", "verify", "--json")
    said = json.loads(out)
    assert (code, said["ok"], said["entries"], said["first_bad"], said["checkpoints"]) == (0, True, 4, None, 1)
    assert "没有外部见证" in staffed("audit", "verify")[1]


@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        ("UPDATE audit_entries SET body = replace(body, 'zhang', 'ghost') WHERE seq = 3", 3),
        ("UPDATE audit_entries SET body = 'nonsense' WHERE seq = 1", 1),
        ("DELETE FROM audit_entries WHERE seq = 1", 1),
        ("UPDATE audit_payloads SET content = replace(content, '张三', '张山') WHERE seq = 3", 3),
        ("UPDATE audit_entries SET person = 'ghost' WHERE seq = 4", 4),
        ("UPDATE audit_entries SET leaf = 'x' WHERE seq = 2", 2),
        ("DELETE FROM audit_payloads", 2),
    ],
)
def test_verify_names_the_first_bad_entry_and_leaves_with_1(staffed: Run, statement: str, seq: int) -> None:
    tamper(statement)
    code, out, err = staffed("audit", "verify", "--json")
    assert (code, err) == (1, "")
    assert json.loads(out)["ok"] is False
    assert json.loads(out)["first_bad"]["seq"] == seq
    assert staffed("audit", "verify")[0] == 1


def test_verify_says_that_a_document_was_changed(staffed: Run) -> None:
    home = open_home(settings.load())
    with writing(home.engine) as session:
        digest = keep(session, home.store, b"draft", "a.txt").sha256
    home.store.path(digest).write_bytes(b"other")
    home.close()
    code, out, _ = staffed("audit", "verify", "--json")
    assert code == 1
    assert digest in json.loads(out)["first_bad"]["reason"]


def test_copies_kept_elsewhere_are_a_witness(staffed: Run, tmp_path: Path) -> None:
    staffed("audit", "checkpoint")
    copies = tmp_path / "usb"
    copies.mkdir()
    for path in (tmp_path / "var" / "checkpoints").glob("0*.txt"):
        (copies / path.name).write_bytes(path.read_bytes())
        path.unlink()
    tamper("DELETE FROM audit_payloads WHERE seq = 4")
    tamper("DELETE FROM audit_entries WHERE seq = 4")
    assert staffed("audit", "verify")[0] == 0
    code, out, _ = staffed("audit", "verify", "--checkpoints", "usb", "--json")
    assert (code, json.loads(out)["first_bad"]["kind"]) == (1, "tail")


def test_a_checkpoint_is_printed_and_written(staffed: Run, tmp_path: Path) -> None:
    code, out, err = staffed("audit", "checkpoint")
    assert code == 0
    assert (tmp_path / "var" / "checkpoints" / "000000000004.txt").read_text("utf-8") == out
    assert "审计检查点：第 4 条，根 " in err
    again = json.loads(staffed("audit", "checkpoint", "--json")[1])
    assert again["size"] == 4


def test_the_export_holds_all_that_a_stranger_needs(staffed: Run, tmp_path: Path) -> None:
    assert staffed("audit", "export", "--out", "trail.zip")[0] == 0
    with zipfile.ZipFile(tmp_path / "trail.zip") as archive:
        names = set(archive.namelist())
    assert {
        "manifest-sha256.txt",
        "data/entries.jsonl",
        "data/verify.py",
        "data/格式说明.md",
        "data/public-key.txt",
    } <= names


def test_screen_stats_tells_what_reviewers_made_of_the_findings_of_each_rule(run: Run, tmp_path: Path) -> None:
    home = open_home(settings.load())
    with writing(home.engine) as session:
        case = Case(
            number="2026-ND-0001",
            kind="normative_document",
            title="停车管理办法",
            issuing_organ="甲",
            level="government",
            drafting_units=[],
            facts={},
            asks_for="legality_review",
            state="open",
            catalogs="0" * 64,
            opened_at=home.now(),
            received_on=home.now().date(),
        )
        session.add(case)
        session.flush()
        outcomes = [("RF07", "dropped", "定义条款"), ("RF07", "dropped", "定义条款"), ("RF07", "edited", None)]
        for number, (rule, outcome, reason) in enumerate([*outcomes, ("RF03", "dropped", None), ("RF03", None, None)]):
            empty = dict.fromkeys(("article", "quoted", "message", "citation", "may_be_fine", "suggestion"), "")
            told = {"number": number, "rule": rule, "outcome": outcome, "outcome_reason": reason}
            session.add(Remark(case=case.number, draft_sha256="0" * 64, severity="high", **told, **empty))
    home.close()
    code, out, err = run("screen", "stats")
    assert (code, err) == (0, "")
    assert "处理初筛提示 4 条，涉及规则 2 条" in out
    assert "RF07：共 3 条，采用 0，修改后采用 1，不采用 2（67%）" in out
    assert "不采用理由（2 次）：定义条款" in out
    assert "未写明理由：1 条" in out
    code, out, err = run("screen", "stats", "--json", "-")
    assert [(row["rule"], row["dropped"], row["reasons"]) for row in json.loads(out)] == [
        ("RF03", 1, []),
        ("RF07", 2, [{"reason": "定义条款", "count": 2}]),
    ]

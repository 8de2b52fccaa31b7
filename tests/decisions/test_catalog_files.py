"""The catalogue as files: forty items from a workbook, published, adjusted twice, written out; YAML out and in."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from review_flows.cli.main import _run
from review_flows.cli.schemas import SHAPES
from review_flows.decisions import catalog as book
from review_flows.decisions import catalog_files, catalog_history
from review_flows.decisions.catalog_papers import Book, adjustment_note, published_form, urging_letter
from review_flows.decisions.catalog_progress import standings, unpublished
from review_flows.errors import DraftError, ReviewFlowsError
from review_flows.papers import sheets
from review_flows.papers.wording import load
from review_flows.people import codes
from review_flows.records.database import reading
from review_flows.text.reading import read
from tests.cases.building import ROOT, Office
from tests.decisions.catalog_desk import ORGAN, YEAR, Desk, a_draft

TODAY = date(2026, 11, 23)
Row = dict[str, sheets.Value]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


def a_row(number: int, /, **changes: Any) -> Row:
    told: Row = {
        "number": number, "title": f"第{number}项民生工程", "units": "婺城区建设局、婺城区司法局",
        "basis": "婺城区国民经济和社会发展年度计划",
        "planned_on": date(2026, 12, 31) if number % 2 else date(2026, 6, 30),
        "initiator_kind": "deputy" if number == 5 else "department",
        "initiator": "区人大代表李某" if number == 5 else "婺城区建设局",
        "reference": "婺人建〔2026〕12号" if number == 5 else None,
        "social_risk": number % 3 == 0, "professional": number % 4 == 0, "business_related": number % 5 == 0,
        "vital_interests_dispute": False,
    }  # fmt: skip
    return told | changes


def a_workbook(office: Office, rows: Sequence[Row]) -> bytes:
    return sheets.write_table(catalog_files.fields(office.catalogs), rows, title="目录")


def forty(office: Office) -> bytes:
    return a_workbook(office, [a_row(n) for n in range(1, 41)])


def read_in(office: Office, data: bytes, **more: Any) -> list[Any]:
    organ = office.catalogs.organs.get(ORGAN).id
    return catalog_files.read_workbook(office.catalogs, data, "目录.xlsx", organ=organ, today=TODAY, **more)


def the_book(desk: Desk) -> Book:
    office = desk.office
    with reading(office.home.engine) as session:
        found = desk.catalog(session)
        return Book(
            office.catalogs, load(ROOT / "catalogs"), found, standings(session, office.catalogs, found, TODAY),
            book.adjustments_of(session, found),
        )  # fmt: skip


def text_of(paper: bytes) -> str:
    """What a paper says; the lines of its title as one."""
    return "\n".join(block.text for block in read(paper, "目录.docx").blocks).replace("府\n2026", "府2026")


# --- .xlsx in --------------------------------------------------------------------------------------------------------

FAULTY = [
    # what is wrong with the second row, where and what is said
    ({"units": "火星局"}, ["C3（承办单位）：承办单位“火星局”不在制定主体清单中"]),
    ({"basis": None}, ["D3（依据）：必须填写"]),
    ({"planned_on": None}, ["E3（计划完成时间）：必须填写"]),
    ({"title": "第1项民生工程"}, ["B3（事项名称）：与第 1 项同名"]),
    ({"number": 1}, ["A3（序号）：序号 1 用了不止一次"]),
    ({"initiator_kind": "deputy", "reference": None}, ["H3（建议提案编号）：人大代表建议须写明编号"]),
    ({"excluded_matter": "legislation"}, ["M3（不适用的决策）：不适用重大行政决策程序", "MD-02"]),
    ({"units": "火星局", "basis": None, "title": None}, ["C3（承办单位）", "D3（依据）", "B3（事项名称）"]),
]


@pytest.mark.parametrize(("wrong", "said"), FAULTY, ids=[",".join(row[0]) for row in FAULTY])
def test_a_fault_of_a_workbook_is_told_with_its_cell(
    office: Office, wrong: Mapping[str, Any], said: Sequence[str]
) -> None:
    with pytest.raises(ReviewFlowsError) as refused:
        read_in(office, a_workbook(office, [a_row(1), a_row(2, **wrong)]))
    for words in said:
        assert words in str(refused.value)


def test_every_fault_is_told_at_once_each_once(office: Office) -> None:
    rows = [a_row(1, units="火星局", basis=None), a_row(2), a_row(2, planned_on=None)]
    with pytest.raises(ReviewFlowsError) as refused:
        read_in(office, a_workbook(office, rows))
    said = str(refused.value)
    assert "有 5 处要改，没有导入" in said
    assert [said.count(cell) for cell in ("C2（", "D2（", "E4（", "B4（", "A4（")] == [1, 1, 1, 1, 1]


def test_what_stands_in_the_catalogue_is_not_brought_in_twice(desk: Desk) -> None:
    desk.propose(*read_in(desk.office, a_workbook(desk.office, [a_row(1)])))
    with pytest.raises(ReviewFlowsError, match="B2（事项名称）：目录里已有同名事项.*A2（序号）|A2（序号）.*B2"):
        read_in(desk.office, a_workbook(desk.office, [a_row(1)]), there=desk.items())


HOSTILE: list[tuple[str, Callable[[Office], bytes]]] = [
    ("not a workbook", lambda o: b"PK\x03\x04not a zip"),
    ("an old one", lambda o: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
    ("text", lambda o: "序号,事项".encode()),
    ("cut off", lambda o: forty(o)[:3000]),
    ("an entity", lambda o: with_part(forty(o), "xl/worksheets/sheet1.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x/>')),
    ("a macro", lambda o: with_part(forty(o), "xl/vbaProject.bin", b"x")),
]


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    from zipfile import ZipFile

    made = io.BytesIO()
    with ZipFile(io.BytesIO(data)) as old, ZipFile(made, "w") as new:
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry.filename, old.read(entry))
        new.writestr(name, content)
    return made.getvalue()


@pytest.mark.parametrize(("situation", "made"), HOSTILE, ids=[row[0] for row in HOSTILE])
def test_a_hostile_workbook_is_refused(office: Office, situation: str, made: Callable[[Office], bytes]) -> None:
    with pytest.raises(DraftError, match="目录.xlsx"):
        read_in(office, made(office))


def test_a_formula_is_no_value(office: Office) -> None:
    from openpyxl import load_workbook

    sheet = load_workbook(io.BytesIO(a_workbook(office, [a_row(1)])))
    assert sheet.active is not None
    sheet.active["B2"] = '=HYPERLINK("http://example.org")'
    buffer = io.BytesIO()
    sheet.save(buffer)
    with pytest.raises(ReviewFlowsError, match="B2（事项名称）：是公式"):
        read_in(office, buffer.getvalue())


# --- the year of forty items -----------------------------------------------------------------------------------------


def a_year(desk: Desk, items: int = 40) -> Desk:
    """Items from a workbook, published, adjusted twice."""
    rows = [a_row(number) for number in range(1, items + 1)]
    desk.published(*read_in(desk.office, a_workbook(desk.office, rows)))
    desk.adjust(3, {"title": "第3项民生工程（二期）", "planned_on": date(2027, 3, 31)})
    desk.remove(8, reason="资金未落实")
    return desk


def test_a_year_of_forty_items_imported_adjusted_twice_published_exported(desk: Desk) -> None:
    a_year(desk)
    items = desk.items()
    assert (len(items), [item.number for item in items if item.state == "removed"]) == (40, [8])
    paper = text_of(published_form(the_book(desk)))
    assert "婺城区人民政府2026年度重大行政决策事项目录" in paper
    assert "（2026年2月1日公布，此后调整2项次，最近一次2026年7月1日）" in paper
    assert "共39项" in paper
    assert "第3项民生工程（二期）" in paper
    assert "目录调整情况" in paper
    note = text_of(adjustment_note(the_book(desk)))
    for words in (
        "新增0项、变更1项次、移出1项。调整后的目录共39项",
        "事项名称：第3项民生工程（二期）",
        "计划完成时间：2027-03-31",
        "资金未落实",
        "第12次常务会议",
    ):
        assert words in note


def test_the_workbook_written_is_read_again_and_shows_state_and_adjustments(desk: Desk) -> None:
    a_year(desk)
    written = catalog_files.to_workbook(desk.office.catalogs, the_book(desk).standings)
    again = read_in(desk.office, written)
    assert [(d.number, d.title, d.units, d.basis, d.planned_on, dict(d.facts), dict(d.initiator)) for d in again] == [
        (i.number, i.title, tuple(i.units), i.basis, i.planned_on, i.facts, i.initiator) for i in desk.items()
    ]
    catalogs = desk.office.catalogs
    shown = sheets.read_table(
        written, "目录.xlsx", (*catalog_files.fields(catalogs), *catalog_files.told_fields(catalogs))
    ).rows
    assert (shown[7]["state"], shown[0]["state"]) == ("已移出", "已公布，未启动")
    assert str(shown[2]["adjustments"]).startswith("2026-07-01 调整：变更，上级政策调整（区政府第12次常务会议批准）")
    assert "公平竞争审查（公平竞争审查条例" in str(shown[4]["procedures"])


def exported(desk: Desk) -> str:
    with reading(desk.office.home.engine) as session:
        return catalog_files.to_yaml(catalog_history.filed(session, desk.office.catalogs, desk.catalog(session)))


def another(folder: Path) -> Desk:
    """Another office, where nothing is known yet."""
    (folder / "other").mkdir()
    return Desk(Office(folder / "other"))


def brought_in(desk: Desk, text: str, person: str | None = "test-registrar") -> None:
    found = catalog_files.read_yaml(desk.office.catalogs, text, "2026.yaml", TODAY)
    with desk.hand(person) as hand:
        catalog_history.bring_in(hand, found, text)


def test_yaml_goes_out_and_comes_in_the_same(desk: Desk, tmp_path: Path) -> None:
    a_year(desk)
    text = exported(desk)
    other = another(tmp_path)
    brought_in(other, text)
    assert exported(other) == text
    assert [(i.number, i.state, i.procedures) for i in other.items()] == [
        (i.number, i.state, i.procedures) for i in desk.items()
    ]
    assert {move.brought_in for move in other.standing(3).moves} == {True}
    with pytest.raises(ReviewFlowsError, match="不能再次导入；以后以数据库为准"):
        brought_in(other, text)


def test_a_starting_list_comes_in_as_proposals(desk: Desk) -> None:
    text = yaml.safe_dump(
        {
            "year": YEAR,
            "organ": ORGAN,
            "items": [
                {"title": "甲", "units": ["区建设局"], "basis": "计划", "planned_on": "2026-12-31",
                 "facts": {"social_risk": True}},
            ],
        },
        allow_unicode=True,
    )  # fmt: skip
    brought_in(desk, text, person=None)
    item = desk.item(1)
    assert (item.state, item.units, item.initiator["kind"]) == ("proposed", ["婺城区建设局"], "department")


def changed(text: str, change: Callable[[Any], object]) -> str:
    told = yaml.safe_load(text)
    change(told)
    return yaml.safe_dump(told, allow_unicode=True, sort_keys=False)


BROKEN: list[tuple[str, Callable[[Any], object], str]] = [
    ("a state skipped", lambda t: t["items"][0]["history"].pop(1), "跳过了应有的步骤"),
    ("no consent", lambda t: t.pop("consent_paper"), "须写明党委同意"),
    ("another state", lambda t: t["items"][0].update(state="removed"), "状态写的是“已移出”"),
    ("published before the consent", lambda t: t.update(published_on="2026-01-02"), "公布早于党委同意"),
    ("an adjustment nobody approved", lambda t: t["items"][2]["history"][-1].pop("approved_by"), "批准机关"),
    (
        "fair competition left out (MD-35)",
        lambda t: (
            [e for e in t["items"][4]["procedures"] if e["step"] != "fair_competition_review"]
            and t["items"][4].update(
                procedures=[e for e in t["items"][4]["procedures"] if e["step"] != "fair_competition_review"]
            )
        ),
        "漏列应当履行的程序：公平竞争审查",
    ),
    ("an unknown key", lambda t: t.update(titel="x"), "没有这一项"),
    ("a title twice", lambda t: t["items"][1].update(title="第1项民生工程"), "与第 1 项同名"),
    ("an unknown organ", lambda t: t.update(organ="火星区"), "制定主体清单中没有"),
    ("no hash", lambda t: t["items"][0]["history"][2]["paper"].update(sha256="abc"), "不是 sha256"),
    ("an excluded matter", lambda t: t["items"][0]["facts"].update(excluded_matter="legislation"), "MD-02"),
]


@pytest.mark.parametrize(("situation", "change", "said"), BROKEN, ids=[row[0] for row in BROKEN])
def test_a_file_that_tells_what_cannot_have_been_is_refused(
    desk: Desk, tmp_path: Path, situation: str, change: Callable[[Any], object], said: str
) -> None:
    text = changed(exported(a_year(desk, items=8)), change)
    other = another(tmp_path)
    with pytest.raises(ReviewFlowsError, match=said):
        brought_in(other, text)


def test_a_published_file_is_brought_in_by_a_person_only(desk: Desk, tmp_path: Path) -> None:
    text = exported(a_year(desk, items=8))
    with pytest.raises(ReviewFlowsError, match="--as"):
        brought_in(another(tmp_path), text, person=None)


# --- papers ----------------------------------------------------------------------------------------------------------


def test_a_catalogue_that_is_not_published_is_called_a_draft(desk: Desk) -> None:
    desk.propose(a_draft("甲", unasked=["social_risk"]), a_draft("乙", facts={"not_public": True}))
    paper = text_of(published_form(the_book(desk)))
    assert "（拟稿，未公布）" in paper
    assert "风险评估（待定）" in paper
    assert "乙" not in paper
    assert "另有依法不予公开的事项1项" in paper


def test_the_urging_letter_lists_who_has_not_published(desk: Desk) -> None:
    desk.published()
    with reading(desk.office.home.engine) as session:
        missing = unpublished(session, desk.office.catalogs, YEAR)
    letter = urging_letter(
        desk.office.catalogs, load(ROOT / "catalogs"), YEAR, missing, today=TODAY, by=date(2026, 12, 20)
    )
    text = text_of(letter)
    assert f"附件所列{len(missing)}个单位" in text
    assert "请于2026年12月20日前" in text
    assert "白龙桥镇人民政府" in text


# --- the command line ------------------------------------------------------------------------------------------------


class Line:
    """The command line of an office, with a fresh code for every act."""

    def __init__(self, office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.office, self.capsys = office, capsys
        settings = {"HOME": office.folder / "home", "CLOCK": office.clock, "CATALOGS": ROOT / "catalogs"}
        for name, value in settings.items():
            monkeypatch.setenv(f"REVIEW_FLOWS_{name}", str(value))

    def says(self, *words: str) -> str:
        self.capsys.readouterr()
        assert _run(["decisions", *words]) == 0
        return self.capsys.readouterr().out

    def does(self, *words: str, person: str = "test-registrar") -> str:
        self.office.later(seconds=60)
        with reading(self.office.home.engine) as session:
            code = codes.current_code(session, self.office.home.keys, person, now=self.office.now())
        return self.says(*words, "--as", person, "--code", code)


@pytest.fixture
def line(office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Line:
    return Line(office, monkeypatch, capsys)


def test_the_command_line_runs_a_year(line: Line, tmp_path: Path) -> None:
    file, paper, out = tmp_path / "目录.xlsx", tmp_path / "纪要.txt", tmp_path / "out"
    out.mkdir()
    file.write_bytes(forty(line.office))
    paper.write_text("会议纪要", "utf-8")
    year = ("--year", "2026")
    assert line.does("import", str(file), *year) == "已导入 40 项。\n"
    line.does("study", *year, "--on", "2026-01-12", "--reason", "必要可行", "--paper", str(paper))
    line.does("consent", *year, "--on", "2026-01-20", "--paper", str(paper))
    line.does("publish", *year, "--on", "2026-02-01", "--channel", "区政府网站")
    ground = (
        "--on",
        "2026-07-01",
        "--reason",
        "上级政策调整",
        "--approved-by",
        "区政府常务会议",
        "--paper",
        str(paper),
    )
    line.does("adjust", *year, "--number", "3", "--title", "新名称", *ground)
    line.does("adjust", *year, "--number", "8", "--remove", *ground)
    for name in ("公布稿.docx", "目录.xlsx", "2026.yaml"):
        assert line.says("export", *year, "--out", str(out / name)).strip() == str(out / name)
        assert (out / name).stat().st_size > 5000
    line.says("note", *year, "--out", str(out / "说明.docx"))
    line.says("urge", *year, "--docx", str(out / "函.docx"), "--by", "2026-12-20")
    told = json.loads(line.says("list", *year, "--json"))
    assert (len(told["items"]), told["adjustments"], told["counts"]) == (40, 2, {"published": 39, "removed": 1})
    assert ORGAN not in told["unpublished"]
    warned = json.loads(line.says("list", *year, "--warn", "--json"))["items"]
    assert {item["light"] for item in warned} == {"red"}
    assert "新名称（调整 1 次）" in line.says("list", *year)
    assert "同级党委同意" in line.says("history", *year, "--number", "3")
    assert "婺城区人民政府" in line.says("statistics", *year)
    line.does("roll", *year)
    assert len(json.loads(line.says("list", "--year", "2027", "--json"))["items"]) == 39


def test_the_json_is_what_its_schema_says(line: Line, desk: Desk) -> None:
    from pydantic import TypeAdapter

    desk.published()
    desk.adjust(1, {"title": "新名称"})
    for name, shape in (("list", "decisions-list"), ("statistics", "decisions-statistics")):
        told = line.says(name, "--year", "2026", "--json")
        TypeAdapter(SHAPES[shape]).validate_json(told, strict=True)


def test_the_template_is_what_the_import_reads(line: Line, office: Office, tmp_path: Path) -> None:
    line.says("template", "--out", str(tmp_path / "模板.xlsx"))
    with pytest.raises(ReviewFlowsError, match="里没有事项"):
        read_in(office, (tmp_path / "模板.xlsx").read_bytes())


REFUSED_LINES = [
    (["import", "{folder}/a.csv", "--year", "2026"], "不能导入“.csv”"),
    (["import", "{folder}/a.yaml", "--as", "test-registrar"], "要一起写"),
    (["list", "--year", "2026"], "没有找到"),
    (["urge", "--year", "2026", "--docx", "{folder}/x.docx"], "--by"),
    (["add", "--year", "2026", "--as", "test-registrar", "--code", "000000", "--title", "x"], "验证码|口令"),
]


@pytest.mark.parametrize(("words", "said"), REFUSED_LINES, ids=[row[0][0] for row in REFUSED_LINES])
def test_what_a_command_cannot_do_it_says(line: Line, tmp_path: Path, words: list[str], said: str) -> None:
    for name in ("a.csv", "a.yaml"):
        (tmp_path / name).write_text("year: 2026", "utf-8")
    with pytest.raises(ReviewFlowsError, match=said):
        _run(["decisions", *(word.replace("{folder}", str(tmp_path)) for word in words)])

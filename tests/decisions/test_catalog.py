"""A year's catalogue: forty items brought in, published after consent, adjusted twice, rolled over, written out."""

import json
from datetime import date
from pathlib import Path

import pytest

from review_flows.cli.main import _run
from review_flows.decisions import catalog as book
from review_flows.decisions import catalog_files
from review_flows.errors import ReviewFlowsError
from review_flows.papers import sheets
from review_flows.records.audit import SYSTEM
from review_flows.records.database import reading, writing
from review_flows.text.reading import read
from tests.cases.building import Office, a_decision

ORGAN = "婺城区人民政府"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def forty(office: Office) -> bytes:
    rows: list[dict[str, sheets.Value]] = [
        {
            "number": n, "title": f"第{n}项民生工程", "units": "婺城区建设局、婺城区司法局",
            "basis": "国务院令第713号",
            "planned_on": date(2026, 12, 31) if n % 2 else date(2026, 6, 30),
            "initiator": "人大代表建议" if n == 5 else "",
            "social_risk": n % 3 == 0, "professional": n % 4 == 0, "business_related": n % 5 == 0,
        }
        for n in range(1, 41)
    ]  # fmt: skip
    return sheets.write_table(catalog_files.fields(office.catalogs), rows, title="目录")


def brought_in(office: Office) -> None:
    drafts = catalog_files.read_workbook(office.catalogs, forty(office), "目录.xlsx")
    with writing(office.home.engine) as session:
        for draft in drafts:
            book.add_item(session, office.catalogs, 2026, ORGAN, draft, actor=SYSTEM, at=office.now())


def published(office: Office) -> None:
    brought_in(office)
    with writing(office.home.engine) as session:
        told = {"on": date(2026, 11, 20), "actor": SYSTEM, "at": office.now()}
        book.consent(session, office.catalogs, 2026, ORGAN, paper="区委常委会纪要〔2026〕3号", **told)  # type: ignore[arg-type]
        book.publish(session, office.catalogs, 2026, ORGAN, **told)  # type: ignore[arg-type]


def test_each_item_names_the_procedures_that_its_facts_require(office: Office) -> None:
    """MD-35, 浙法联办〔2021〕1号."""
    brought_in(office)
    with reading(office.home.engine) as session:
        items = book.items_of(session, book.catalog_of(session, office.catalogs, 2026, ORGAN))
    assert len(items) == 40
    assert "risk_assessment" in items[2].procedures
    assert "risk_assessment" not in items[0].procedures
    assert "fair_competition_review" in items[4].procedures
    assert items[0].procedures["legality_review"].startswith("重大行政决策程序暂行条例")


def test_no_publication_without_the_party_committees_consent(office: Office) -> None:
    brought_in(office)
    with writing(office.home.engine) as session, pytest.raises(ReviewFlowsError, match="党委同意"):
        book.publish(session, office.catalogs, 2026, ORGAN, on=date(2026, 11, 20), actor=SYSTEM, at=office.now())


def test_an_adjustment_keeps_both_texts_and_needs_reason_and_approval(office: Office) -> None:
    published(office)
    with writing(office.home.engine) as session:
        with pytest.raises(ReviewFlowsError, match="理由"):
            book.adjust(
                session, office.catalogs, 2026, ORGAN, 1, changes={"title": "新名称"}, reason="", approval="",
                actor=SYSTEM, at=office.now(),
            )  # fmt: skip
        for number, changes in ((1, {"title": "第1项民生工程（二期）"}), (2, {"state": "removed"})):
            book.adjust(
                session, office.catalogs, 2026, ORGAN, number, changes=changes, reason="上级政策调整",
                approval="区政府第7次常务会议", actor=SYSTEM, at=office.now(),
            )  # fmt: skip
    with reading(office.home.engine) as session:
        from sqlmodel import select

        kept = session.exec(select(book.DecisionAdjustment)).all()
    assert [(k.before["title"], k.after["title"]) for k in kept][0] == ("第1项民生工程", "第1项民生工程（二期）")
    assert kept[1].after["state"] == "removed"


def test_what_is_not_finished_is_carried_into_the_next_year_once(office: Office) -> None:
    published(office)
    with writing(office.home.engine) as session:
        book.items_of(session, book.catalog_of(session, office.catalogs, 2026, ORGAN))[0].state = "finished"
        first = book.roll(session, office.catalogs, 2026, ORGAN, actor=SYSTEM, at=office.now())
        again = book.roll(session, office.catalogs, 2026, ORGAN, actor=SYSTEM, at=office.now())
    assert (len(first), again) == (39, [])


@pytest.mark.parametrize(
    ("planned_on", "state", "colour"),
    [
        (date(2026, 11, 22), "published", "red"),
        (date(2026, 11, 23), "published", "yellow"),
        (date(2026, 12, 23), "published", "yellow"),
        (date(2026, 12, 24), "published", "green"),
        (date(2026, 1, 1), "finished", "green"),
    ],
)
def test_progress_is_green_yellow_or_red(planned_on: date, state: str, colour: str) -> None:
    item = book.DecisionItem(
        catalog=1, number=1, title="x", units=[], basis="x", planned_on=planned_on, procedures={}, state=state
    )
    assert book.light(item, date(2026, 11, 23), 30) == colour


def test_every_fault_of_a_workbook_is_told_at_once(office: Office) -> None:
    rows: list[dict[str, sheets.Value]] = [
        {"number": 1, "title": "甲", "units": "火星局", "basis": "有", "planned_on": date(2026, 12, 31)},
        {"number": 2, "title": "乙", "units": "婺城区建设局", "basis": "", "planned_on": None},
    ]
    data = sheets.write_table(catalog_files.fields(office.catalogs), rows, title="目录")
    with pytest.raises(ReviewFlowsError) as refused:
        catalog_files.read_workbook(office.catalogs, data, "目录.xlsx")
    assert "火星局" in str(refused.value)
    assert "依据" in str(refused.value)
    assert "计划完成时间" in str(refused.value)


@pytest.mark.parametrize(
    "matter", ["macro_control", "legislation", "emergency_response", "other_law", "peoples_congress"]
)
def test_an_excluded_matter_is_refused_with_its_ground(office: Office, matter: str) -> None:
    draft = book.ItemDraft("城市供水价格", ("婺城区建设局",), "价格法", date(2026, 12, 31), {"excluded_matter": matter})
    with writing(office.home.engine) as session, pytest.raises(ReviewFlowsError, match="不适用重大行政决策程序"):
        book.add_item(session, office.catalogs, 2026, ORGAN, draft, actor=SYSTEM, at=office.now())


def test_yaml_and_workbook_read_back_what_was_written(office: Office) -> None:
    published(office)
    with reading(office.home.engine) as session:
        found = book.catalog_of(session, office.catalogs, 2026, ORGAN)
        items = book.items_of(session, found)
    text = catalog_files.to_yaml(office.catalogs, found, items)
    year, organ, drafts = catalog_files.read_yaml(office.catalogs, text, "2026.yaml")
    assert (year, organ, len(drafts)) == (2026, ORGAN, 40)
    assert [d.title for d in drafts] == [i.title for i in items]
    again = catalog_files.read_workbook(office.catalogs, catalog_files.to_workbook(office.catalogs, items), "x.xlsx")
    assert [(d.number, d.title, d.planned_on) for d in again] == [(i.number, i.title, i.planned_on) for i in items]


def test_the_published_form_lists_every_item_with_its_procedures(office: Office) -> None:
    published(office)
    with reading(office.home.engine) as session:
        found = book.catalog_of(session, office.catalogs, 2026, ORGAN)
        paper = catalog_files.to_paper(office.catalogs, found, book.items_of(session, found))
    text = "".join(block.text for block in read(paper, "目录.docx").blocks)
    assert "2026年度重大行政决策事项目录" in text
    assert "第40项民生工程" in text
    assert "风险评估" in text


def test_a_decision_outside_the_catalogue_is_counted(office: Office) -> None:
    published(office)
    case = office.submit(a_decision(papers={"comment_adoption_report": "采纳情况"}))
    with writing(office.home.engine) as session:
        assert book.outside_catalog(session, 2026) == [case]
        book.link_case(session, office.catalogs, 2026, ORGAN, 3, case)
        assert book.outside_catalog(session, 2026) == []


def test_the_command_line_imports_and_lists(
    office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (
        ("HOME", office.folder / "home"),
        ("CLOCK", office.clock),
        ("CATALOGS", office.home.settings.catalogs),
    ):
        monkeypatch.setenv(f"REVIEW_FLOWS_{name}", str(value))
    file = office.folder / "目录.xlsx"
    file.write_bytes(forty(office))
    assert _run(["decisions", "import", str(file), "--year", "2026"]) == 0
    capsys.readouterr()
    assert _run(["decisions", "list", "--year", "2026", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["items"]) == 40
    assert {item["light"] for item in told["items"]} == {"red", "green"}
    assert ORGAN in told["unpublished"]

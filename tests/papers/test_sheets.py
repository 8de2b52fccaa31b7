"""Tables in and out as .xlsx: what was written is read back, every fault has its cell, hostile files are refused."""

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from review_flows.cases.files import check_file
from review_flows.errors import DraftError
from review_flows.papers.sheets import Field, read_table, write_table
from review_flows.papers.workbooks import Limits, check_workbook, rows_of

FIELDS = (
    Field("title", "标题", required=True),
    Field("amount", "金额（元）", "amount"),
    Field("signed_on", "签订日期", "day"),
    Field("copies", "份数", "whole"),
    Field("is_sme", "中小企业", "yes_no"),
    Field("state", "状态", choices={"open": "履行中", "ended": "履行完毕"}),
)
ROW = {
    "title": "智慧停车平台建设运营合同",
    "amount": Decimal("18600000.5"),
    "signed_on": date(2026, 12, 10),
    "copies": 4,
    "is_sme": True,
    "state": "open",
}


def a_workbook(*rows: list[Any], before: int = 0) -> bytes:
    book = Workbook()
    sheet = book.active
    for at in range(before):
        sheet.append([f"说明{at}"])
    for row in rows:
        sheet.append(row)
    return saved(book)


def saved(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def with_parts(data: bytes, **changes: bytes) -> bytes:
    """The workbook with parts replaced or added; __ stands for / and ___ for a dot in their names."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts |= {name.replace("___", ".").replace("__", "/"): data for name, data in changes.items()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


HEADINGS = [field.heading for field in FIELDS]


def test_what_was_written_is_read_back_and_equal_tables_are_equal_bytes() -> None:
    data = write_table(FIELDS, [ROW, {"title": "空行"}], title="合同台账", demo_mark="演示")
    table = read_table(data, "台账.xlsx", FIELDS)
    assert table.rows == (ROW, {"title": "空行"} | dict.fromkeys(list(ROW)[1:]))
    assert table.numbers == (2, 3)
    assert table.faults == ()
    assert data == write_table(FIELDS, [ROW, {"title": "空行"}], title="合同台账", demo_mark="演示")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=30).filter(lambda t: t.strip() == t and t.isprintable()), max_size=5))
def test_any_words_come_back_as_they_were(titles: list[str]) -> None:
    data = write_table(FIELDS, [{"title": title} for title in titles], title="表")
    assert [row["title"] for row in read_table(data, "表.xlsx", FIELDS).rows] == titles


@pytest.mark.parametrize("text", ['=HYPERLINK("http://a")', "+1", "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0"])
def test_words_that_look_like_formulas_are_written_as_words(text: str) -> None:
    data = write_table(FIELDS, [{"title": text}], title="表")
    cell = load_workbook(io.BytesIO(data)).active["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
        assert not [name for name in archive.namelist() if "external" in name.lower()]


def test_all_faults_are_told_at_once_with_their_cells() -> None:
    data = a_workbook(
        HEADINGS,
        ["甲", "十万", "去年", 1.5, "对", "不知道"],
        [None, 1, None, None, None, None],
        ["乙", "=1+1", datetime(2026, 12, 10), 2, "否", "履行完毕"],
        ["丙", "1,200.50元", "2026年2月3日", "3", "是", "open"],
    )
    table = read_table(data, "台账.xlsx", FIELDS)
    assert [str(fault) for fault in table.faults] == [
        "B2（金额（元））：“十万”不是数字",
        "C2（签订日期）：“去年”不是日期；请写作 2026-11-23",
        "D2（份数）：“1.5”不是整数",
        "E2（中小企业）：“对”只能填“是”或“否”",
        "F2（状态）：“不知道”不在可选范围内（履行中、履行完毕）",
        "A3（标题）：必须填写",
        "B4（金额（元））：是公式；请粘贴为数值",
    ]
    assert [(row["title"], row["amount"], row["signed_on"]) for row in table.rows] == [
        ("丙", Decimal("1200.50"), date(2026, 2, 3))
    ]


def test_headings_may_stand_below_notes_have_spaces_and_stand_in_any_order() -> None:
    data = a_workbook(["备注", " 标 题\n", "金额（元）"], ["见附件", 330702.0, 5], before=3)
    table = read_table(data, "表.xlsx", FIELDS)
    assert table.rows[0]["title"] == "330702"
    assert table.rows[0]["amount"] == 5
    assert table.ignored == ("备注",)
    assert table.numbers == (5,)


def test_missing_and_repeated_columns_are_faults() -> None:
    missing = read_table(a_workbook(["金额（元）"], [1]), "表.xlsx", FIELDS)
    assert [str(fault) for fault in missing.faults] == ["“标题”列：表中没有这一列"]
    repeated = read_table(a_workbook(["标题", "标题"], ["甲", "乙"]), "表.xlsx", FIELDS)
    assert [str(fault) for fault in repeated.faults] == ["“标题”列：这一列出现了不止一次"]


@pytest.mark.parametrize("value", ["2026-02-30", "2026/13/1", "00000000"])
def test_a_date_that_does_not_exist_is_a_fault(value: str) -> None:
    table = read_table(a_workbook(["标题", "签订日期"], ["甲", value]), "表.xlsx", FIELDS)
    assert len(table.faults) == 1


def test_only_the_first_visible_sheet_is_read() -> None:
    book = Workbook()
    book.active.sheet_state = "hidden"
    shown = book.create_sheet("台账")
    shown.append(["标题"])
    shown.append(["甲"])
    book.active = 1
    assert [row["title"] for row in read_table(saved(book), "表.xlsx", FIELDS).rows] == ["甲"]


GOOD = a_workbook(HEADINGS, ["甲"])
BOMB = b"<worksheet>" + b" " * (3 * 1024 * 1024) + b"</worksheet>"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "不是 .xlsx"),
        (b"%PDF-1.7", "不是 .xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "旧格式"),
        (b"PK\x03\x04" + b"\0" * 100, "损坏"),
        (GOOD[: len(GOOD) // 2], "损坏"),
        (with_parts(GOOD, xl__vbaProject___bin=b"x"), "带有宏"),
        (with_parts(GOOD, xl__worksheets__sheet1___xml=b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), "实体"),
        (with_parts(GOOD, xl__worksheets__sheet1___xml="<!DOCTYPE a><a/>".encode("utf-16")), "实体"),
        (with_parts(GOOD, xl__worksheets__sheet1___xml=BOMB), "压缩炸弹"),
        (with_parts(GOOD, xl__worksheets__sheet1___xml=b"<worksheet><sheetData><row"), "损坏"),
        (with_parts(GOOD, xl__workbook___xml=b"<a/>"), "损坏|没有可见"),
    ],
)
def test_a_hostile_or_broken_workbook_is_refused_in_one_sentence(data: bytes, reason: str) -> None:
    with pytest.raises(DraftError, match=reason):
        read_table(data, "表.xlsx", FIELDS)


def test_intake_opens_a_workbook_as_it_opens_a_word_file() -> None:
    check_file("other", "台账.xlsx", GOOD)
    with pytest.raises(DraftError, match="带有宏"):
        check_file("other", "台账.xlsx", with_parts(GOOD, xl__vbaProject___bin=b"x"))


def test_limits_hold_whatever_the_sheet_claims_of_itself() -> None:
    rows = [["标题"], *(["甲"] for _ in range(30))]
    with pytest.raises(DraftError, match="超过 20 行"):
        list(rows_of(a_workbook(*rows), "表.xlsx", Limits(rows=20)))
    with pytest.raises(DraftError, match="MB"):
        check_workbook(GOOD, "表.xlsx", Limits(file_bytes=100))
    far = Workbook()
    far.active["A1"], far.active["A1048576"] = "标题", "远"
    with pytest.raises(DraftError, match="超过 20000 行"):
        read_table(saved(far), "表.xlsx", FIELDS)


def test_a_sheet_without_the_headings_says_which_ones() -> None:
    with pytest.raises(DraftError, match="找不到表头（标题、金额"):
        read_table(a_workbook(["别的"], ["甲"]), "表.xlsx", FIELDS)

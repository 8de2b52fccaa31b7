"""Document numbers (发文字号): found, read, printed, faults of their form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_flows.law.document_numbers import DocumentNumber, find_document_numbers, read_document_number


@pytest.mark.parametrize(
    ("line", "printed", "faults"),
    [
        ("婺政发〔2026〕19号", "婺政发〔2026〕19号", ()),
        ("婺政发﹝2026﹞19号", "婺政发〔2026〕19号", ()),
        ("婺政发[2026]19号", "婺政发〔2026〕19号", ("bracket",)),
        ("婺政发（2026）19号", "婺政发〔2026〕19号", ("bracket",)),
        ("婺政发(2026)19号", "婺政发〔2026〕19号", ("bracket",)),
        ("婺政发【2026】19号", "婺政发〔2026〕19号", ("bracket",)),
        ("婺政发〔2026）19号", "婺政发〔2026〕19号", ("bracket",)),
        ("婺政发〔26〕19号", "婺政发〔2026〕19号", ("year",)),
        ("婺政发〔2026年〕19号", "婺政发〔2026〕19号", ("year",)),
        ("婺文〔2026〕第53号", "婺文〔2026〕53号", ("di",)),
        ("婺政发〔2026〕019号", "婺政发〔2026〕19号", ("leading_zero",)),
        ("婺政发〔2026〕19", "婺政发〔2026〕19号", ("no_hao",)),
        ("婺政发2026年19号", "婺政发〔2026〕19号", ("no_bracket",)),
        ("婺政发2026-19号", "婺政发〔2026〕19号", ("no_bracket",)),
        ("婺政发〔2026〕四十七号", "婺政发〔2026〕47号", ("not_arabic",)),
        ("婺政发〔二〇二六〕19号", "婺政发〔2026〕19号", ("not_arabic",)),
        ("婺政发（二○二六）第十九号", "婺政发〔2026〕19号", ("bracket", "not_arabic", "di")),
        ("婺政发[2026]第019号", "婺政发〔2026〕19号", ("bracket", "di", "leading_zero")),
        ("国务院令第713号", "国务院令第713号", ()),
        ("中华人民共和国财政部令第87 号", "中华人民共和国财政部令第87号", ()),
    ],
)
def test_a_line_that_is_a_number_is_read_with_its_faults(line: str, printed: str, faults: tuple[str, ...]) -> None:
    number = read_document_number(line)
    assert number is not None
    assert (str(number), number.faults) == (printed, faults)


@pytest.mark.parametrize(
    "line",
    [
        *("关于印发办法的通知", "第三条", "2026年3月1日", "电话：0579-82345678号", "共12号", "婺政发"),
        *("新村二〇二六年三号", "说明（一二）"),
    ],
)
def test_another_line_is_no_number(line: str) -> None:
    assert read_document_number(line) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("根据国办发〔2018〕115号的要求", ["国办发〔2018〕115号"]),
        ("按照《意见》（浙政发〔2021〕3号）和（婺政办〔2022〕8号）执行", ["浙政发〔2021〕3号", "婺政办〔2022〕8号"]),
        ("按照《意见》（浙政发〔2021〕三号）执行", ["浙政发〔2021〕三号"]),
        ("购买（一）12号楼，编号（二）三号", []),
        ("（国家环境保护局令第11号）同时废止", ["国家环境保护局令第11号"]),
        ("《收费管理暂行办法》（国家发改委计价格[2002]1980号）", ["国家发改委计价格[2002]1980号"]),
        ("参照（2019）最高法行申1号裁定", []),
        ("依据GB 50016-2014第5条", []),
        ("购买12号楼", []),
    ],
)
def test_numbers_are_found_in_running_text(text: str, expected: list[str]) -> None:
    assert [number.text for number in find_document_numbers(text)] == expected


@given(
    st.sampled_from(["婺政发", "国办发", "浙司", "金市监"]),
    st.integers(1949, 2099),
    st.integers(1, 99999),
    st.booleans(),
)
def test_reading_what_was_printed_gives_the_number(agency: str, year: int, number: int, is_order: bool) -> None:
    given_number = DocumentNumber(
        f"{agency}令" if is_order else agency, None if is_order else year, number % 9999 + 1, "", 0, 0
    )
    read = read_document_number(str(given_number))
    assert read is not None
    assert (read.agency, read.year, read.number, read.faults) == (
        given_number.agency,
        given_number.year,
        given_number.number,
        (),
    )

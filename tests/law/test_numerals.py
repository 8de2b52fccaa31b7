"""Chinese numerals ⇄ whole numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_flows.law.numerals import MOST, read_numeral, write_numeral


@given(st.integers(min_value=0, max_value=MOST))
def test_reading_what_was_written_gives_the_number(number: int) -> None:
    assert read_numeral(write_numeral(number)) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("一百零五", 105),
        ("一百一十", 110),
        ("一百十", 110),
        ("一千二百六十", 1260),
        ("一千二百四十二", 1242),
        ("两百", 200),
        ("廿一", 21),
        ("二〇二六", 2026),
        ("二○○四", 2004),
        ("一○五", 105),
        ("12", 12),
        ("１２", 12),
        ("三万", 30000),
    ],
)
def test_numerals_as_people_write_them(text: str, number: int) -> None:
    assert read_numeral(text) == number


@pytest.mark.parametrize("text", ["", "条", "百", "一二百", "十百", "第三", "一百百", "三十十", "九" * 40])
def test_what_is_no_numeral_is_none(text: str) -> None:
    assert read_numeral(text) is None


def test_a_number_beyond_every_numeral_is_refused() -> None:
    with pytest.raises(ValueError, match="no numeral"):
        write_numeral(-1)

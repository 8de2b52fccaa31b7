"""Working days and periods: the vectors of the 2026 order, rest days, counting back, unknown years."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_flows.law import catalogs
from review_flows.law.workdays import Calendar, Period

DATA = catalogs.load(Path(__file__).parents[2] / "catalogs")
CALENDAR = DATA.calendar


def ends(event: str, number: int | None, unit: str, kind: str = "max", **more: str) -> str:
    due = Period("X", kind, number, unit, **more).ends(date.fromisoformat(event), CALENDAR)
    return f"{due.on}{' 暂定' if due.provisional else ''}"


@pytest.mark.parametrize(
    ("event", "number", "expected"),
    [
        ("2026-09-18", 1, "2026-09-20"),  # a Sunday made a working day
        ("2026-09-18", 7, "2026-09-29"),
        ("2026-09-24", 5, "2026-10-09"),
        ("2026-02-09", 5, "2026-02-14"),  # a Saturday made a working day
        ("2026-02-09", 15, "2026-03-06"),
        ("2026-11-23", 5, "2026-11-30"),
        ("2026-11-23", 15, "2026-12-14"),
        ("2026-12-10", 15, "2026-12-31"),
        ("2026-12-11", 15, "2027-01-04 暂定"),
        ("2019-09-30", 1, "2019-10-08"),
        ("2020-01-23", 1, "2020-02-03"),  # the holiday that the epidemic lengthened
    ],
)
def test_working_days_follow_the_announced_order(event: str, number: int, expected: str) -> None:
    assert ends(event, number, "working_day") == expected
    assert ends(event, number, "working_day", "min") == expected


@pytest.mark.parametrize(
    ("event", "number", "unit", "kind", "more", "expected"),
    [
        # a maximum that ends on a rest day moves to the next working day
        ("2026-11-20", 15, "calendar_day", "max", {}, "2026-12-07"),  # 5 December is a Saturday
        ("2026-09-01", 30, "calendar_day", "max", {}, "2026-10-08"),  # 1 October
        ("2026-02-04", 10, "calendar_day", "max", {}, "2026-02-14"),  # a Saturday on which people work
        # a minimum in calendar days ends with its last day
        ("2026-11-05", 30, "calendar_day", "min", {}, "2026-12-05"),
        ("2026-09-01", 30, "calendar_day", "min", {}, "2026-10-01"),
        # a reminder moves like a maximum, a fixed point does not
        ("2026-11-05", 30, "calendar_day", "local_default", {}, "2026-12-07"),
        ("2026-11-05", 30, "calendar_day", "at", {}, "2026-12-05"),
        # counting back moves to an earlier day
        ("2026-10-08", 7, "calendar_day", "min", {"direction": "backward"}, "2026-09-30"),
        ("2026-11-23", 7, "calendar_day", "min", {"direction": "backward"}, "2026-11-16"),
        ("2026-10-09", 2, "working_day", "min", {"direction": "backward"}, "2026-09-30"),
        ("2027-01-04", 7, "calendar_day", "min", {"direction": "backward"}, "2026-12-28"),
        # lawful from the day after the full period, never moved
        ("2026-11-23", 30, "calendar_day", "min", {"lawful_from": "day_after"}, "2026-12-24"),
        ("2026-09-02", 30, "calendar_day", "min", {"lawful_from": "day_after"}, "2026-10-03"),
        # months and years
        ("2026-01-31", 1, "month", "at", {}, "2026-02-28"),
        ("2024-02-29", 2, "year", "at", {}, "2026-02-28"),
        ("2024-11-23", 2, "year", "max", {}, "2026-11-23"),
        ("2024-10-03", 2, "year", "max", {}, "2026-10-08"),
        ("2026-11-23", 10, "year", "at", {}, "2036-11-23 暂定"),
        # a day of the year
        ("2026-01-15", None, "by_01-31", "max", {}, "2026-02-02"),  # 31 January 2026 is a Saturday
        ("2026-02-01", None, "by_01-31", "max", {}, "2026-02-02"),
        ("2026-02-03", None, "by_01-31", "max", {}, "2027-02-01 暂定"),
        ("2026-03-31", None, "by_03-31", "at", {}, "2026-03-31"),
    ],
)
def test_periods_end_as_the_law_counts(
    event: str, number: int | None, unit: str, kind: str, more: dict[str, str], expected: str
) -> None:
    assert ends(event, number, unit, kind, **more) == expected


@pytest.mark.parametrize(
    ("day", "is_working"),
    [
        ("2027-01-01", False),  # 元旦
        ("2027-02-05", False),  # 除夕
        ("2027-02-08", False),  # 正月初三
        ("2027-02-09", True),
        ("2027-04-05", False),  # 清明
        ("2027-05-03", True),  # only two days are statutory
        ("2027-06-09", False),  # 端午
        ("2027-09-15", False),  # 中秋
        ("2027-10-04", True),
        ("2027-10-09", False),  # a Saturday: nobody has announced a make-up day
    ],
)
def test_a_year_nobody_has_announced_knows_weekends_and_statutory_holidays(day: str, is_working: bool) -> None:
    assert CALENDAR.is_working_day(date.fromisoformat(day)) is is_working
    assert not CALENDAR.is_announced(2027)


def test_the_table_of_2026_agrees_with_the_library() -> None:
    without_tables = Calendar(statutory=CALENDAR.statutory)
    day = date(2026, 1, 1)
    while day.year == 2026:
        assert CALENDAR.is_working_day(day) == without_tables.is_working_day(day), day
        day += timedelta(days=1)


def test_statutory_holidays_are_where_announced_years_have_them() -> None:
    """The computed lunar days and 清明 fall on announced rest days wherever the years are known."""
    for year in range(2008, 2027):
        for holiday in CALENDAR.statutory:
            for day in holiday.dates(year):
                if day.month == 2 and day.weekday() < 5 and year < 2025:
                    continue  # the eve of the year was no statutory day in every year before 2025
                assert not CALENDAR.is_working_day(day) or year < 2025, (holiday.name, day)


@given(st.dates(date(2004, 1, 1), date(2030, 12, 31)), st.integers(1, 60))
@settings(max_examples=150, deadline=None)
def test_a_longer_period_never_ends_earlier(event: date, number: int) -> None:
    for unit in ("calendar_day", "working_day"):
        shorter = Period("X", "max", number, unit).ends(event, CALENDAR)
        longer = Period("X", "max", number + 1, unit).ends(event, CALENDAR)
        assert event < shorter.on <= longer.on


@given(st.dates(date(2004, 1, 1), date(2030, 12, 31)), st.integers(1, 60))
@settings(max_examples=150, deadline=None)
def test_working_days_counted_forth_and_back_meet(event: date, number: int) -> None:
    there = Period("X", "min", number, "working_day").ends(event, CALENDAR).on
    assert CALENDAR.is_working_day(there)
    counted = sum(CALENDAR.is_working_day(event + timedelta(days=n)) for n in range(1, (there - event).days + 1))
    assert counted == number


@given(st.dates(date(2004, 1, 1), date(2029, 12, 31)), st.integers(1, 40), st.sampled_from(["min", "max"]))
@settings(max_examples=150, deadline=None)
def test_a_date_in_an_unannounced_year_is_always_marked(event: date, number: int, kind: str) -> None:
    for unit in ("calendar_day", "working_day"):
        due = Period("X", kind, number, unit).ends(event, CALENDAR)
        assert due.provisional == (due.on.year > 2026)

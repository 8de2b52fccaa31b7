"""Reads catalogs/calendar/ strictly: the tables of single years, and the holidays fixed by statute for every year."""

from collections.abc import Iterable
from datetime import date

from review_flows.law.strict import NO_ROWS, NO_TEXTS, Section
from review_flows.law.strict import day as read_day
from review_flows.law.workdays import DAY, HOLIDAY_CALENDARS, Calendar, StatutoryHoliday

SAMPLE_YEAR = 2030  # any year will do to see that a day exists
MAX_HOLIDAY_DAYS = 31  # a span longer than this is a slip of the pen


def read_calendar(tables: Iterable[Section], statutory: Section) -> Calendar:
    """The calendar that the tables and the statute make."""
    overrides: dict[date, bool] = {}
    announced: set[int] = set()
    for table in tables:
        _read_year(table, overrides, announced)
    statutory.need("source", Section.text, "")
    statutory.need("last_checked", Section.day, date.min)
    holidays = tuple(_read_holiday(row) for row in statutory.need("holidays", Section.rows, NO_ROWS))
    return Calendar(overrides, frozenset(announced), holidays)


def _read_holiday(section: Section) -> StatutoryHoliday:
    holiday = StatutoryHoliday(
        name=section.need("name", Section.text, ""),
        calendar=section.need("calendar", lambda s, k: s.word(k, HOLIDAY_CALENDARS, "历法"), "solar"),
        month=section.need("month", Section.whole, 1),
        day=section.need("day", Section.whole, 1),
        days=section.need("days", Section.whole, 1),
    )
    section.close()
    try:
        holiday.dates(SAMPLE_YEAR)
    except ValueError:
        section.fault("month", "没有这样的日子")
    return holiday


def _read_year(section: Section, overrides: dict[date, bool], announced: set[int]) -> None:
    """One table of a year: holidays by span, make-up working days by day, and whether it is the whole year's order."""
    year = section.need("year", Section.whole, 0)
    section.need("source", Section.text, "")
    section.need("last_checked", Section.day, date.min)
    if section.need("complete", Section.flag, False):
        announced.add(year)
    for row in section.maybe("holidays", Section.rows, NO_ROWS):
        row.need("name", Section.text, "")
        first, last = row.need("from", Section.day, date.max), row.need("to", Section.day, date.min)
        row.close()
        if not 0 <= (last - first).days < MAX_HOLIDAY_DAYS:
            row.fault("to", "应在 from 之后一个月以内")
            continue
        _set_days(section, row.at("from"), [first + DAY * n for n in range((last - first).days + 1)], False, overrides)
    days = [found for text in section.maybe("workdays", Section.texts, NO_TEXTS) if (found := _workday(section, text))]
    _set_days(section, "workdays", days, True, overrides)


def _workday(section: Section, text: str) -> date | None:
    found = read_day(text)
    if found is None:
        section.fault("workdays", f"{text} 不是日期")
    return found


def _set_days(section: Section, key: str, days: list[date], is_working: bool, overrides: dict[date, bool]) -> None:
    year = section.raw.get("year")
    for day in days:
        if str(day.year) != year:
            section.fault(key, f"{day} 不在 {year} 年")
        elif overrides.get(day, is_working) != is_working:
            section.fault(key, f"{day} 既是节假日又是工作日")
        overrides[day] = is_working

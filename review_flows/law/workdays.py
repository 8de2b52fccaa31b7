"""Working days and statutory periods: from the day of an event to the day on which a period ends.

In: a `Calendar` (announced years of `chinesecalendar`, tables and statutory holidays of `catalogs/calendar/`) and a
`Period` of a rule. Out: a `DueDate`, marked provisional where it rests on a day of a year whose holidays nobody has
announced. The day of the event is never counted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

DAY = timedelta(days=1)

# The units a rule may use. `by_MM-DD` (a day of the year) is written with its day, so it is a prefix.
CALENDAR_DAY, WORKING_DAY, MONTH, YEAR, PERCENT, CONFIGURABLE = (
    "calendar_day",
    "working_day",
    "month",
    "year",
    "percent",
    "configurable",
)
UNITS = (CALENDAR_DAY, WORKING_DAY, MONTH, YEAR, PERCENT, CONFIGURABLE)
BY_DAY = "by_"

# A maximum that ends on a rest day runs on to the next working day; so does a reminder. Minima and fixed points do not.
MOVED_KINDS = ("max", "local_default")


@dataclass(frozen=True)
class StatutoryHoliday:
    """A holiday fixed by statute: `calendar` is solar, lunar or solar_term; a lunar day 0 is the eve of the month."""

    name: str
    calendar: str
    month: int
    day: int
    days: int

    def dates(self, year: int) -> tuple[date, ...]:
        """The rest days of this holiday in a solar year."""
        first = _FIRST_DAY[self.calendar](self, year)
        return tuple(first + DAY * index for index in range(self.days))


def _solar(holiday: StatutoryHoliday, year: int) -> date:
    return date(year, holiday.month, holiday.day)


def _lunar(holiday: StatutoryHoliday, year: int) -> date:
    from lunardate import LunarDate  # only an unannounced year needs it

    if holiday.day == 0:
        first: date = LunarDate(year, holiday.month, 1).to_solar_date() - DAY
    else:
        first = LunarDate(year, holiday.month, holiday.day).to_solar_date()
    return first


def _solar_term(holiday: StatutoryHoliday, year: int) -> date:
    # 清明, the day on which the sun reaches 15° of longitude: the mean-motion formula for 2000–2099.
    years = year % 100
    return date(year, holiday.month, int(years * 0.2422 + 4.81) - years // 4)


_FIRST_DAY: dict[str, Callable[[StatutoryHoliday, int], date]] = {
    "solar": _solar,
    "lunar": _lunar,
    "solar_term": _solar_term,
}
HOLIDAY_CALENDARS = tuple(_FIRST_DAY)


@cache
def _library() -> tuple[frozenset[date], frozenset[date], range]:
    """Rest days, make-up working days, and the years that `chinesecalendar` knows in full."""
    from chinese_calendar import constants  # 25 ms that most runs do not need

    holidays, workdays = frozenset(constants.holidays), frozenset(constants.workdays)
    return holidays, workdays, range(min(holidays).year, max(holidays).year + 1)


@dataclass(frozen=True)
class Calendar:
    """Which days are working days: tables first, then the library, then weekends and the statutory holidays."""

    overrides: Mapping[date, bool] = field(default_factory=dict)  # day → is it a working day
    announced: frozenset[int] = frozenset()  # years whose table is complete
    statutory: tuple[StatutoryHoliday, ...] = ()

    def is_announced(self, year: int) -> bool:
        """Whether the holidays of a year are known, so that its days are facts and not estimates."""
        return year in self.announced or year in _library()[2]

    def is_working_day(self, day: date) -> bool:
        """Whether people work on a day; an estimate where the year is not announced."""
        if day in self.overrides:
            return self.overrides[day]
        if day.year in self.announced:
            return day.weekday() < 5
        return self._by_library(day) if self.is_announced(day.year) else self._by_statute(day)

    def _by_library(self, day: date) -> bool:
        holidays, workdays, _ = _library()
        return day in workdays or (day.weekday() < 5 and day not in holidays)

    def _by_statute(self, day: date) -> bool:
        return day.weekday() < 5 and day not in _statutory_days(self.statutory, day.year)

    def next_working_day(self, day: date, step: timedelta = DAY) -> date:
        """The day itself, or the first working day after it (before it with a negative step)."""
        while not self.is_working_day(day):
            day += step
        return day


@cache
def _statutory_days(holidays: tuple[StatutoryHoliday, ...], year: int) -> frozenset[date]:
    return frozenset(day for holiday in holidays for day in holiday.dates(year))


@dataclass(frozen=True)
class DueDate:
    """The day on which a period ends; an estimate where `provisional`."""

    on: date
    provisional: bool


@dataclass(frozen=True)
class Period:
    """One period of one rule. `number` is null for a day of the year (`by_MM-DD`)."""

    rule: str
    kind: str  # min | max | at | local_default
    number: int | None
    unit: str
    direction: str = "forward"  # backward: counts back from the event
    counted_from: str | None = None  # the recorded date that it counts from
    bounds: str | None = None  # the date that it bounds, where that is not the end of a step
    lawful_from: str | None = None  # day_after: lawful from the day after the full period

    @property
    def is_dated(self) -> bool:
        """Whether it names a day at all: a percentage or a number left to the district does not."""
        return self.unit.startswith(BY_DAY) or (self.number is not None and self.unit not in (PERCENT, CONFIGURABLE))

    @property
    def is_backward(self) -> bool:
        return self.direction == "backward"

    def ends(self, event: date, calendar: Calendar) -> DueDate:
        """The day on which the period ends when the event is on `event`, which is not counted.

        >>> Period("X", "max", 15, "working_day").ends(date(2026, 11, 23), Calendar()).on
        datetime.date(2026, 12, 14)
        """
        end, seen = _count(self, event, calendar)
        if self.lawful_from == "day_after":
            end += DAY
        if self.is_backward:
            end, seen = _move(end, calendar, -DAY, seen)
        elif self.kind in MOVED_KINDS:
            end, seen = _move(end, calendar, DAY, seen)
        return DueDate(end, not all(map(calendar.is_announced, seen | {end.year})))


def _count(period: Period, event: date, calendar: Calendar) -> tuple[date, set[int]]:
    """The bare end of a period and the years whose working days it rests on."""
    if period.unit.startswith(BY_DAY):
        return _next_day_of_year(period, event, calendar), set()
    assert period.number is not None, f"{period.rule} has no number"
    step = -1 if period.is_backward else 1
    if period.unit == WORKING_DAY:
        return _working_days(event, period.number, step, calendar)
    if period.unit == CALENDAR_DAY:
        return event + DAY * (step * period.number), set()
    return _months(event, step * period.number * (12 if period.unit == YEAR else 1)), set()


def _working_days(event: date, number: int, step: int, calendar: Calendar) -> tuple[date, set[int]]:
    day, seen = event, set()
    while number:
        day += DAY * step
        seen.add(day.year)
        number -= calendar.is_working_day(day)
    return day, seen


def _months(event: date, months: int) -> date:
    """The day with the same number; where there is none, the last of the month (民法典第二百零二条)."""
    year, month = divmod(event.year * 12 + event.month - 1 + months, 12)
    for day in range(event.day, 27, -1):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue
    return date(year, month + 1, event.day)


def _next_day_of_year(period: Period, event: date, calendar: Calendar) -> date:
    """The next such day, the day of asking included, also while the one of this year is only put off by a rest day."""
    month, day = (int(part) for part in period.unit.removeprefix(BY_DAY).split("-"))
    this_year = date(event.year, month, day)
    ends = calendar.next_working_day(this_year) if period.kind in MOVED_KINDS else this_year
    return this_year if ends >= event else date(event.year + 1, month, day)


def _move(day: date, calendar: Calendar, step: timedelta, seen: set[int]) -> tuple[date, set[int]]:
    moved = calendar.next_working_day(day, step)
    return moved, seen | {day.year, moved.year}

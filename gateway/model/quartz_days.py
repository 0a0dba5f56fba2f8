"""Which days of a month a Quartz cron expression selects.

A rule is asked about the shape of a month, so it knows no years and no clocks.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from gateway.model.quartz_fields import DAY_OF_MONTH, values_of

if TYPE_CHECKING:
    from gateway.model.quartz_fields import Token

SUNDAY = 1
SATURDAY = 7


@dataclass(frozen=True, kw_only=True, slots=True)
class Month:
    """All that rules need to know of a month: there are 28 different ones."""

    #: The weekday of its first day, 1=SUN to 7=SAT.
    first: int
    #: Its number of days.
    length: int

    @classmethod
    def of(cls, year: int, month: int) -> Month:
        """The shape of a calendar month."""
        first, length = monthrange(year, month)
        return cls(first=(first + 1) % 7 + 1, length=length)

    def weekday(self, day: int) -> int:
        """The weekday of a day of the month, 1=SUN to 7=SAT."""
        return (self.first + day - 2) % 7 + 1

    def all(self, weekday: int) -> tuple[int, ...]:
        """Every day of the month on this weekday."""
        return tuple(range(1 + (weekday - self.first) % 7, self.length + 1, 7))

    def nearest_working_day(self, day: int) -> int:
        """The day from Monday to Friday nearest to a day, within the month."""
        weekday = self.weekday(day)
        if weekday == SATURDAY:
            return day - 1 if day > 1 else day + 2
        if weekday == SUNDAY:
            return day + 1 if day < self.length else day - 2
        return day


class DayRule(Hashable, Protocol):
    """A rule that selects days of a month; rules are values, equal if they say the same."""

    def days(self, month: Month) -> tuple[int, ...]:
        """The days of the month that it selects, in order; none is an answer."""
        ...


@dataclass(frozen=True, slots=True)
class DaysOfMonth:
    """`1,15` or `*`: days by number; a short month has fewer of them."""

    numbers: tuple[int, ...]

    def days(self, month: Month) -> tuple[int, ...]:
        """The numbers that the month has."""
        return tuple(day for day in self.numbers if day <= month.length)


@dataclass(frozen=True, kw_only=True, slots=True)
class LastDay:
    """`L`, `L-3`, `LW`, `L-3W`: counted from the end; no day where the month is too short."""

    before: int
    is_working_day: bool

    def days(self, month: Month) -> tuple[int, ...]:
        """One day or none."""
        day = month.length - self.before
        if day < 1:
            return ()
        return (month.nearest_working_day(day) if self.is_working_day else day,)


@dataclass(frozen=True, slots=True)
class NearestWorkingDay:
    """`15W`: the weekday nearest to a day; none in a month that lacks the day."""

    day: int

    def days(self, month: Month) -> tuple[int, ...]:
        """One day or none."""
        return (month.nearest_working_day(self.day),) if self.day <= month.length else ()


@dataclass(frozen=True, slots=True)
class DaysOfWeek:
    """`MON-FRI` or `2,4`: every day on these weekdays."""

    weekdays: tuple[int, ...]

    def days(self, month: Month) -> tuple[int, ...]:
        """The days on these weekdays."""
        return tuple(sorted(day for weekday in self.weekdays for day in month.all(weekday)))


@dataclass(frozen=True, slots=True)
class LastOnWeekday:
    """`6L`: the last Friday of the month."""

    weekday: int

    def days(self, month: Month) -> tuple[int, ...]:
        """One day."""
        return month.all(self.weekday)[-1:]


@dataclass(frozen=True, kw_only=True, slots=True)
class NthOnWeekday:
    """`6#3`: the third Friday; not every month has a fifth."""

    weekday: int
    nth: int

    def days(self, month: Month) -> tuple[int, ...]:
        """One day or none."""
        return month.all(self.weekday)[self.nth - 1 : self.nth]


_LAST = re.compile(r"(?i:L)(?:-(?P<before>[0-9]{1,2}))?(?P<working>[Ww])?")
_NEAREST = re.compile(r"(?P<day>[0-9]{1,2})[Ww]")
_ON_WEEKDAY = re.compile(r"(?P<weekday>[0-9]|[A-Za-z]{3})(?:(?P<last>[Ll])|#(?P<nth>[1-5]))")
#: What selects a single day in each field; Quartz takes it only alone.
_LONELY = {True: re.compile(r"[LlWw]"), False: re.compile(r"[Ll#]")}
#: As in Quartz; only a month of 31 days has an L-30.
_MAX_BEFORE_LAST = 30


def day_rule(token: Token) -> DayRule:
    """The rule that a day of month or a day of week, other than `?`, stands for.

    Raises:
        CronRefused: The field is not well formed.
    """
    is_day_of_month = token.field == DAY_OF_MONTH
    if "," in token.text:
        _refuse_lonely_parts(token, _LONELY[is_day_of_month])
    return _by_month(token) if is_day_of_month else _by_week(token)


def _refuse_lonely_parts(token: Token, lonely: re.Pattern[str]) -> None:
    for part in token.parts():
        if lonely.search(part.text):
            raise part.refuse(
                f"'{part.text[:40]}' cannot be part of a list",
                "L, W and # select one day and stand alone; use one schedule for each",
            )


def _by_month(token: Token) -> DayRule:
    if match := _LAST.fullmatch(token.text):
        before = int(match["before"] or 0)
        if before > _MAX_BEFORE_LAST:
            raise token.refuse(hint=f"at most {_MAX_BEFORE_LAST} days before the last: L-30")
        return LastDay(before=before, is_working_day=match["working"] is not None)
    if match := _NEAREST.fullmatch(token.text):
        return NearestWorkingDay(token.number(match["day"]))
    return DaysOfMonth(values_of(token))


def _by_week(token: Token) -> DayRule:
    if token.text.upper() == "L":
        return DaysOfWeek((SATURDAY,))
    match = _ON_WEEKDAY.fullmatch(token.text)
    if match is None:
        return DaysOfWeek(values_of(token))
    weekday = token.number(match["weekday"])
    if match["last"]:
        return LastOnWeekday(weekday)
    return NthOnWeekday(weekday=weekday, nth=int(match["nth"]))


@lru_cache(maxsize=4096)
def _days_of_shape(rule: DayRule, month: Month) -> tuple[int, ...]:
    return rule.days(month)


def days_in(rule: DayRule, year: int, month: int) -> tuple[int, ...]:
    """The days of a calendar month that a rule selects, in order."""
    return _days_of_shape(rule, Month.of(year, month))

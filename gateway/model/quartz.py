"""Quartz cron expressions: when they fire next. Knows no tasks and reads no clock.

    seconds minutes hours day-of-month month day-of-week [year]

Daylight saving, for a zone whose clock reads 02:00-03:00 not at all in spring and twice in autumn:

- A local time that the clock skips does not fire that day, as in Quartz 2.3.
- A schedule of plain times, as `0 30 2 * * ?` or `0 0,30 2 * * ?`, fires once in autumn, at the second
  02:30, as in Quartz 2.3 (whose calendar reads a repeated time as standard time).
- A schedule with `*`, `-` or `/` in seconds, minutes or hours, as `0 */5 * * * ?`, fires in both hours.
  Here Quartz 2.3 falls silent for an hour (its issue 81), or for ever (its issue 1138).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING

from gateway.model.quartz_days import day_rule, days_in
from gateway.model.quartz_fields import (
    FIELDS,
    FIRST_YEAR,
    LAST_YEAR,
    MAX_LENGTH,
    YEAR,
    CronRefused,
    Token,
    values_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.model.quartz_days import DayRule

__all__ = ["CronExpression", "CronRefused"]

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
#: Before the first instant of the first year in any zone.
BEGINNING = datetime(FIRST_YEAR - 1, 12, 30, tzinfo=UTC)

EXAMPLE = "0 30 2 ? * MON-FRI"
SHAPE = "6 or 7 fields: seconds minutes hours day-of-month month day-of-week [year]"
ONE_DAY = "? in exactly one of day of month and day of week"
#: Short forms of other programs, which Quartz does not have.
MACROS = {
    "@yearly": "0 0 0 1 1 ?",
    "@annually": "0 0 0 1 1 ?",
    "@monthly": "0 0 0 1 * ?",
    "@weekly": "0 0 0 ? * SUN",
    "@daily": "0 0 0 * * ?",
    "@midnight": "0 0 0 * * ?",
    "@hourly": "0 0 * * * ?",
}
#: What Unix calls 0 to 7.
UNIX_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


@dataclass(frozen=True, kw_only=True, slots=True)
class CronExpression:
    """A schedule by the calendar and the clock on the wall."""

    #: As it was written.
    text: str
    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: DayRule
    months: tuple[int, ...]
    years: tuple[int, ...]
    #: It says how often rather than at which times, so it goes on when the clock is put back.
    is_interval: bool

    @classmethod
    def parse(cls, text: str) -> CronExpression:
        """The schedule that a text of 6 or 7 fields describes.

        Raises:
            CronRefused: The text is not a Quartz cron expression; the message says how to write it.
        """
        return _parse(text)

    def next_after(self, moment: datetime, zone: tzinfo) -> datetime | None:
        """The first fire strictly after a moment, in UTC to the second; None when there is none.

        Args:
            moment: Any aware time, from the years that Python has.
            zone: Whose clock the expression means.

        Raises:
            ValueError: The moment has no time zone.
        """
        if moment.tzinfo is None:
            raise ValueError("A fire time can only be found after a moment with a time zone.")
        if moment.year > LAST_YEAR + 1:
            return None
        moment = BEGINNING if moment < BEGINNING else moment.astimezone(UTC)
        return self._fire_from(moment.replace(microsecond=0) + SECOND, zone)

    def _fire_from(self, start: datetime, zone: tzinfo) -> datetime | None:
        """The first fire at `start` or later: stretch by stretch of an unchanged clock."""
        while True:
            now = _wall(start, zone)
            end = _stretch_end(start, zone)
            wall = self._wall_from(now)
            if wall is not None and wall - now < end - start:
                fire = start + (wall - now)
                if self.is_interval or not _is_repeated_later(fire, zone):
                    return fire
                # All that is left of this stretch is repeated as well.
                start = end
            elif end - start < DAY:
                start = end
            elif wall is None:
                return None
            else:
                # No clock is ever put forward by more than a day, so none reads `wall` earlier.
                start = max(end, start + (wall - now) - DAY)

    def _wall_from(self, start: datetime) -> datetime | None:
        """The first selected reading of a calendar and a clock at `start` or later."""
        for day in self._dates_from(start.date()):
            at = self._time_from(start.time() if day == start.date() else time.min)
            if at is not None:
                return datetime.combine(day, at)
        return None

    def _dates_from(self, start: date) -> Iterator[date]:
        for year in self.years[bisect_left(self.years, start.year) :]:
            for month in self.months:
                if (year, month) >= (start.year, start.month):
                    days = (date(year, month, day) for day in days_in(self.days, year, month))
                    yield from (day for day in days if day >= start)

    def _time_from(self, start: time) -> time | None:
        """The first selected time of day at `start` or later."""
        hour = _at_least(self.hours, start.hour)
        if hour == start.hour:
            minute = _at_least(self.minutes, start.minute)
            if minute == start.minute:
                second = _at_least(self.seconds, start.second)
                if second is not None:
                    return time(hour, minute, second)
                minute = _at_least(self.minutes, start.minute + 1)
            if minute is not None:
                return time(hour, minute, self.seconds[0])
            hour = _at_least(self.hours, start.hour + 1)
        return None if hour is None else time(hour, self.minutes[0], self.seconds[0])


def _at_least(values: tuple[int, ...], low: int) -> int | None:
    index = bisect_left(values, low)
    return values[index] if index < len(values) else None


def _wall(moment: datetime, zone: tzinfo) -> datetime:
    """What calendar and clock on the wall read."""
    return moment.astimezone(zone).replace(tzinfo=None)


def _stretch_end(start: datetime, zone: tzinfo) -> datetime:
    """When the clock is put forward or back, or a day after `start` if it is not before."""

    def offset(seconds: int) -> timedelta | None:
        return (start + timedelta(seconds=seconds)).astimezone(zone).utcoffset()

    seconds = DAY // SECOND
    before = offset(0)
    if offset(seconds) == before:
        return start + DAY
    change = bisect_left(range(seconds), True, key=lambda after: offset(after) != before)
    return start + timedelta(seconds=change)


def _is_repeated_later(moment: datetime, zone: tzinfo) -> bool:
    """The clock will be put back and read the same once more."""
    local = moment.astimezone(zone)
    return not local.fold and local.replace(fold=1).utcoffset() != local.utcoffset()


@lru_cache(maxsize=512)
def _parse(text: str) -> CronExpression:
    tokens = _tokens(text)
    seconds, minutes, hours, day_of_month, month, day_of_week, *year = tokens
    return CronExpression(
        text=text,
        seconds=values_of(seconds),
        minutes=values_of(minutes),
        hours=values_of(hours),
        days=day_rule(_choose_day(day_of_month, day_of_week)),
        months=values_of(month),
        years=values_of(year[0]) if year else tuple(range(YEAR.low, YEAR.high + 1)),
        is_interval=any(re.search(r"[*/-]", token.text) for token in tokens[:3]),
    )


def _tokens(text: str) -> list[Token]:
    if len(text) > MAX_LENGTH:
        raise CronRefused("The cron expression is too long", text=text, position=MAX_LENGTH)
    words = list(re.finditer(r"\S+", text))
    if not len(FIELDS) - 1 <= len(words) <= len(FIELDS):
        raise _wrong_count(text, words)
    return [
        Token(field=field, text=word.group(), position=word.start(), source=text)
        for field, word in zip(FIELDS, words, strict=False)
    ]


def _wrong_count(text: str, words: list[re.Match[str]]) -> CronRefused:
    hint = f"write for example '{EXAMPLE}'"
    macro = MACROS.get(text.strip().lower())
    if macro:
        hint = f"write '{macro}'"
    elif len(words) == 5:
        hint = _unix_hint([word.group() for word in words])
    elif len(words) > len(FIELDS):
        hint = "write no blanks within a field"
    return CronRefused(
        f"A Quartz cron expression cannot have {len(words)} field{'' if len(words) == 1 else 's'}",
        text=text,
        position=words[7].start() if len(words) > len(FIELDS) else len(text.rstrip()),
        expected=SHAPE,
        hint=hint,
    )


def _unix_hint(words: list[str]) -> str:
    *others, day_of_month, month, day_of_week = words
    # A number after / is a step.
    day_of_week = re.sub(r"(?<![/\d#])[0-7]\b", lambda day: UNIX_DAYS[int(day[0])], day_of_week)
    if day_of_week == "*":
        day_of_week = "?"
    elif day_of_month == "*":
        day_of_month = "?"
    else:
        return "Quartz has the seconds first, and ? for day of month or day of week"
    better = " ".join(["0", *others, day_of_month, month, day_of_week])
    return f"Quartz has the seconds first: write '{better}'"


def _choose_day(day_of_month: Token, day_of_week: Token) -> Token:
    """The one of the two fields that is not `?`."""
    by_month, by_week = day_of_month.text != "?", day_of_week.text != "?"
    if by_month != by_week:
        return day_of_month if by_month else day_of_week
    if not by_month:
        raise day_of_week.refuse("both days are ?", "write * in one for every day", ONE_DAY)
    if day_of_week.text == "*":
        raise day_of_week.refuse("both days are given", "write ? in place of this *", ONE_DAY)
    if day_of_month.text == "*":
        raise day_of_month.refuse("both days are given", "write ? in place of this *", ONE_DAY)
    hint = "write ? for one, or use one schedule for each"
    raise day_of_week.refuse("both days are given", hint, ONE_DAY)

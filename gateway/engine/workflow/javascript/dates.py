"""Moments, all in UTC: milliseconds since 1970, and the texts that they are read from."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from gateway.engine.workflow.javascript.numbers import Number, number

#: The farthest moment, in milliseconds before or after 1970.
FARTHEST = 8.64e15
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400_000
_ISO = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d\d:?\d\d)?)?"
)
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_SPELLED = re.compile(r"(?:[A-Za-z]{3,9},? +)?([A-Za-z]{3,9})\.? +(\d{1,2}),? +(\d{4})")
_SPELLED_TIME = re.compile(r"(\d\d):(\d\d)(?::(\d\d))?(?: *(?:GMT|UTC|Z)?([+-]\d\d:?\d\d)?.*)?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Date:
    """A moment; NaN milliseconds are those of no date."""

    milliseconds: float

    @property
    def is_invalid(self) -> bool:
        """Whether it is no date at all."""
        return not abs(self.milliseconds) <= FARTHEST

    @property
    def parts(self) -> tuple[int, int, int, int, int, int, int]:
        """Year, month from 0, day, hour, minute, second and millisecond of a valid date."""
        days, rest = divmod(int(self.milliseconds), _DAY)
        year, month, day = _civil(days)
        hour, rest = divmod(rest, 3_600_000)
        minute, rest = divmod(rest, 60_000)
        return year, month - 1, day, hour, minute, *divmod(rest, 1000)

    @property
    def iso(self) -> str:
        """As `2026-03-09T12:00:00.000Z`."""
        year, month, day, *time = self.parts
        is_plain = 0 <= year <= 9999
        text = f"{year:04d}" if is_plain else f"{'-' if year < 0 else '+'}{abs(year):06d}"
        hour, minute, second, rest = time
        return f"{text}-{month + 1:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}.{rest:03d}Z"

    @property
    def day_text(self) -> str:
        """As `Mon Mar 09 2026`."""
        if self.is_invalid:
            return "Invalid Date"
        year, month, day, *_ = self.parts
        weekday = _DAYS[(int(self.milliseconds) // _DAY + 3) % 7]
        return f"{weekday} {_MONTHS[month].title()} {day:02d} {year:04d}"

    def __str__(self) -> str:
        if self.is_invalid:
            return "Invalid Date"
        hour, minute, second = self.parts[3:6]
        clock = f"{hour:02d}:{minute:02d}:{second:02d}"
        return f"{self.day_text} {clock} GMT+0000 (Coordinated Universal Time)"


def date_at(milliseconds: float) -> Date:
    """The moment so many milliseconds after 1970."""
    is_valid = math.isfinite(milliseconds) and abs(milliseconds) <= FARTHEST
    return Date(int(milliseconds) if is_valid else math.nan)


def date_of_parts(parts: list[Number]) -> Date:
    """Year, month from 0, day ...: parts beyond their range carry over; years 0 to 99 are 1900 on."""
    if not all(math.isfinite(part) and abs(part) < FARTHEST for part in parts):
        return Date(math.nan)
    whole = [int(part) for part in parts]
    year, month, day, hour, minute, second, rest = whole + [0, 0, 1, 0, 0, 0, 0][len(whole) :]
    year, month = year + month // 12, month % 12
    days = _days(year + 1900 if 0 <= whole[0] <= 99 else year, month + 1) + day - 1
    return date_at(days * _DAY + hour * 3_600_000 + minute * 60_000 + second * 1000 + rest)


def _days(year: int, month: int) -> int:
    """Days from 1970 to the first of a month, of any year."""
    cycles, within = divmod(year - 2000, 400)
    start = datetime(2000 + within, month, 1, tzinfo=UTC)
    return (start - _EPOCH).days + cycles * 146_097


def _civil(days: int) -> tuple[int, int, int]:
    """Year, month and day so many days after 1970, of any year."""
    cycles, within = divmod(days - 10_957, 146_097)
    found = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(days=within)
    return found.year + cycles * 400, found.month, found.day


def parse_date(text: str) -> Number:
    """Milliseconds since 1970 of a date written as ISO 8601, RFC 2822 or month/day/year; else NaN.

    What tells no zone is in UTC.
    """
    text = text.strip()
    for read in (_iso, _parse_slashed, _parse_spelled, _mail):
        found = read(text)
        if found is not None:
            return number(found)
    return math.nan


def _iso(text: str) -> float | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    fraction = int((found[7] or "0").ljust(3, "0")[:3])
    return _exact([year, month or 1, day or 1, hour, minute, second, fraction], found[8])


def _exact(parts: list[int], zone: str | None) -> float:
    """Parts that must be in their ranges, in a zone."""
    year, month, day, hour, minute, second, fraction = parts
    is_midnight = (hour, minute, second, fraction) == (24, 0, 0, 0)
    try:
        moment = datetime(year or 4, month, day, 0 if is_midnight else hour, minute, second)  # noqa: DTZ001  only its ranges are of interest
    except ValueError:
        return math.nan
    days = _days(year, month) + moment.day - 1
    time = hour * 3_600_000 + minute * 60_000 + second * 1000 + fraction
    return days * _DAY + time - _offset(zone)


def _offset(zone: str | None) -> int:
    if not zone or zone == "Z":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return (-minutes if zone[0] == "-" else minutes) * 60_000


def _parse_slashed(text: str) -> float | None:
    found = _SLASHED.fullmatch(text)
    return (
        None
        if found is None
        else _exact([int(found[3]), int(found[1]), int(found[2]), 0, 0, 0, 0], None)
    )


def _parse_spelled(text: str) -> float | None:
    """`March 9, 2026` or `Mon Mar 09 2026`, perhaps with a time."""
    found = _SPELLED.match(text)
    if found is None or found[1][:3].lower() not in _MONTHS:
        return None
    rest = text[found.end() :].strip()
    time = _SPELLED_TIME.fullmatch(rest) if rest else None
    if rest and time is None:
        return None
    clock = [int(part or 0) for part in time.groups()[:3]] if time else [0, 0, 0]
    month = _MONTHS.index(found[1][:3].lower()) + 1
    return _exact([int(found[3]), month, int(found[2]), *clock, 0], time[4] if time else None)


def _mail(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    zoned = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (zoned - _EPOCH) / timedelta(milliseconds=1)

"""Moments in formats of Moment.js: written, and read back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Characters of a format.
MAX_FORMAT_LENGTH = 256
DEFAULT_FORMAT = "YYYY-MM-DDTHH:mm:ss.SSSSSSZZ"
_TOKEN = re.compile(
    r"\[([^\]]*)\]|(YYYY|YY|MMMM|MMM|MM|M|DDDD|DDD|DD|Do|D|dddd|ddd|HH|H|hh|h|mm|m|ss|s|S{1,9}|ZZ|Z"
    r"|A|a|X|x)|(.)",
    re.DOTALL,
)
_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


class BadMoment(ValueError):
    """A moment or its format cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class _Token:
    """How one part of a format is written, and what it looks like."""

    write: Callable[[datetime], str]
    pattern: str


def _number(read: Callable[[datetime], int], width: int, pattern: str) -> _Token:
    return _Token(lambda moment: str(read(moment)).zfill(width), pattern)


def _offset(moment: datetime, between: str) -> str:
    seconds = int((moment.utcoffset() or timedelta()).total_seconds())
    hours, minutes = divmod(abs(seconds) // 60, 60)
    return f"{'-' if seconds < 0 else '+'}{hours:02d}{between}{minutes:02d}"


def _ordinal(day: int) -> str:
    is_teen = 10 < day % 100 < 14
    return f"{day}{'th' if is_teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


def _milliseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


_ZONE = r"Z|[+-]\d\d:?\d\d"
_TOKENS: Mapping[str, _Token] = {
    "YYYY": _number(lambda m: m.year, 4, r"\d{4}"),
    "YY": _number(lambda m: m.year % 100, 2, r"\d{2}"),
    "MMMM": _Token(lambda m: _MONTHS[m.month - 1], "|".join(_MONTHS)),
    "MMM": _Token(lambda m: _MONTHS[m.month - 1][:3], "|".join(each[:3] for each in _MONTHS)),
    "MM": _number(lambda m: m.month, 2, r"\d{1,2}"),
    "M": _number(lambda m: m.month, 1, r"\d{1,2}"),
    "DDDD": _number(lambda m: m.timetuple().tm_yday, 3, r"\d{3}"),
    "DDD": _number(lambda m: m.timetuple().tm_yday, 1, r"\d{1,3}"),
    "DD": _number(lambda m: m.day, 2, r"\d{1,2}"),
    "Do": _Token(lambda m: _ordinal(m.day), r"\d{1,2}(?:st|nd|rd|th)"),
    "D": _number(lambda m: m.day, 1, r"\d{1,2}"),
    "dddd": _Token(lambda m: _DAYS[m.weekday()], "|".join(_DAYS)),
    "ddd": _Token(lambda m: _DAYS[m.weekday()][:3], "|".join(each[:3] for each in _DAYS)),
    "HH": _number(lambda m: m.hour, 2, r"\d{1,2}"),
    "H": _number(lambda m: m.hour, 1, r"\d{1,2}"),
    "hh": _number(lambda m: (m.hour - 1) % 12 + 1, 2, r"\d{1,2}"),
    "h": _number(lambda m: (m.hour - 1) % 12 + 1, 1, r"\d{1,2}"),
    "mm": _number(lambda m: m.minute, 2, r"\d{1,2}"),
    "m": _number(lambda m: m.minute, 1, r"\d{1,2}"),
    "ss": _number(lambda m: m.second, 2, r"\d{1,2}"),
    "s": _number(lambda m: m.second, 1, r"\d{1,2}"),
    "ZZ": _Token(lambda m: _offset(m, ""), _ZONE),
    "Z": _Token(lambda m: _offset(m, ":"), _ZONE),
    "A": _Token(lambda m: "AM" if m.hour < 12 else "PM", "AM|PM|am|pm"),
    "a": _Token(lambda m: "am" if m.hour < 12 else "pm", "AM|PM|am|pm"),
    "X": _number(lambda m: _milliseconds(m) // 1000, 1, r"-?\d{1,13}"),
    "x": _number(_milliseconds, 1, r"-?\d{1,16}"),
}
#: Tokens that say the same, and what they are read as.
_FIELDS = {
    "YYYY": "year", "YY": "short year", "MMMM": "month name", "MMM": "month name", "MM": "month",
    "M": "month", "DDDD": "day of year", "DDD": "day of year", "DD": "day", "Do": "day", "D": "day",
    "HH": "hour", "H": "hour", "hh": "hour", "h": "hour", "mm": "minute", "m": "minute",
    "ss": "second", "s": "second", "ZZ": "zone", "Z": "zone", "A": "half", "a": "half",
    "X": "seconds", "x": "milliseconds",
}  # fmt: skip


def _parts(written: str) -> list[tuple[str, str]]:
    """A format as tokens and plain texts, one of the two each; raises `BadMoment`."""
    if len(written) > MAX_FORMAT_LENGTH:
        raise BadMoment(f"A format has at most {MAX_FORMAT_LENGTH} characters.")
    found = []
    for quoted, token, plain in _TOKEN.findall(written):
        if plain.isascii() and plain.isalpha() and plain != "T":
            raise BadMoment(f"The format '{written}' has '{plain}', which is not supported.")
        found.append((token, quoted or plain))
    return found


def write_moment(moment: datetime, written: str) -> str:
    """The moment in a format; raises `BadMoment`."""
    return "".join(
        text if not token else _write_token(moment, token) for token, text in _parts(written)
    )


def _write_token(moment: datetime, token: str) -> str:
    if token[0] == "S":
        return f"{moment.microsecond // 1000:03d}".ljust(9, "0")[: len(token)]
    return _TOKENS[token].write(moment)


def read_moment(text: str, written: str) -> datetime:
    """The moment that a text in a format means, in UTC where no zone is told; raises `BadMoment`."""
    parts = _parts(written)
    names = [_field(token) for token, _ in parts if token]
    if len(names) > len(set(names)):
        raise BadMoment(
            f"The format '{written}' says the same twice, so that nothing can be read by it."
        )
    pattern = "".join(re.escape(plain) if not token else _pattern(token) for token, plain in parts)
    found = re.fullmatch(pattern, text)
    if found is None:
        raise BadMoment(f"The text does not fit the format '{written}'.")
    fields = dict(zip(names, found.groups(), strict=True))
    try:
        return _moment(fields)
    except (ValueError, OverflowError):
        raise BadMoment(f"The text is no moment in the format '{written}'.") from None


def _field(token: str) -> str:
    return "fraction" if token[0] == "S" else _FIELDS.get(token, token)


def _pattern(token: str) -> str:
    return rf"(\d{{1,{len(token)}}})" if token[0] == "S" else f"({_TOKENS[token].pattern})"


def _moment(fields: Mapping[str, str]) -> datetime:
    for name, per_second in (("seconds", 1), ("milliseconds", 1000)):
        if name in fields:
            start = datetime(1970, 1, 1, tzinfo=UTC)
            return start + timedelta(milliseconds=int(fields[name]) * 1000 // per_second)
    year = int(fields["year"]) if "year" in fields else _full_year(fields.get("short year", "70"))
    hour = int(fields.get("hour", 0))
    if "half" in fields:
        hour = hour % 12 + 12 * (fields["half"].lower() == "pm")
    fraction = int(fields.get("fraction", "0").ljust(6, "0")[:6])
    clock = (hour, int(fields.get("minute", 0)), int(fields.get("second", 0)), fraction)
    zone = _zone(fields.get("zone", "Z"))
    if "day of year" in fields:
        first = datetime(year, 1, 1, *clock, tzinfo=zone)
        return first + timedelta(days=int(fields["day of year"]) - 1)
    return datetime(
        year, _month(fields), int(fields.get("day", "1").rstrip("dhnrst")), *clock, tzinfo=zone
    )


def _full_year(text: str) -> int:
    return int(text) + (1900 if int(text) > 68 else 2000)


def _month(fields: Mapping[str, str]) -> int:
    if "month name" not in fields:
        return int(fields.get("month", 1))
    return [each[:3] for each in _MONTHS].index(fields["month name"][:3]) + 1


def _zone(text: str) -> timezone:
    if text == "Z":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))

"""The fields of a Quartz cron expression as text: what may stand in each, and what to say if it does not.

Turns fields into sets of numbers. Knows neither calendars nor clocks; days are `gateway.model.quartz_days`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST_YEAR = 1970
LAST_YEAR = 2199
#: Longer than any useful expression; every value of every field written out stays below it.
MAX_LENGTH = 2000


class CronRefused(ValueError):
    """A cron expression that cannot be used, where and why; the column counts from 1."""

    def __init__(
        self,
        reason: str,
        *,
        text: str,
        position: int = 0,
        field: str | None = None,
        part: str | None = None,
        expected: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.reason = reason
        self.text = text
        self.column = position + 1
        self.field = field
        self.part = part
        self.expected = expected
        self.hint = hint
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        start = f"{self.field}: {self.reason}" if self.field else self.reason
        parts = [f"{start} (column {self.column})"]
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.hint:
            parts.append(self.hint)
        return "; ".join(parts)


@dataclass(frozen=True, kw_only=True, slots=True)
class CronField:
    """One field of an expression: its numbers, and the names that stand for them."""

    name: str
    low: int
    high: int
    #: The first name stands for `low`.
    names: tuple[str, ...] = ()
    #: What else may stand here, as a reader is told.
    specials: str = ""
    #: A range may run over the end of the field, as in FRI-MON.
    is_cyclic: bool = True
    largest_step: int

    @property
    def expected(self) -> str:
        """What may stand here, in words."""
        names = f" or {self.names[0]}-{self.names[-1]}" if self.names else ""
        return f"{self.low}-{self.high}{names}, with * , - /{self.specials}"


SECONDS = CronField(name="seconds", low=0, high=59, largest_step=59)
MINUTES = CronField(name="minutes", low=0, high=59, largest_step=59)
HOURS = CronField(name="hours", low=0, high=23, largest_step=23)
DAY_OF_MONTH = CronField(
    name="day of month",
    low=1,
    high=31,
    specials=", or ? L L-3 LW L-3W 15W",
    largest_step=31,
)
MONTH = CronField(
    name="month",
    low=1,
    high=12,
    names=("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
    largest_step=12,
)
DAY_OF_WEEK = CronField(
    name="day of week",
    low=1,
    high=7,
    names=("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"),
    specials=", or ? L 6L 6#3",
    largest_step=7,
)
YEAR = CronField(
    name="year", low=FIRST_YEAR, high=LAST_YEAR, is_cyclic=False, largest_step=LAST_YEAR
)
FIELDS = (SECONDS, MINUTES, HOURS, DAY_OF_MONTH, MONTH, DAY_OF_WEEK, YEAR)

#: What people write in which fields (none named: in any), and how it is written right.
HABITS: tuple[tuple[tuple[CronField, ...], re.Pattern[str], str], ...] = (
    ((), re.compile(r""), "leave out the comma that has nothing beside it"),
    ((DAY_OF_MONTH, DAY_OF_WEEK), re.compile(r".*\?.*"), "? stands alone, for 'any day'"),
    ((), re.compile(r".*\?.*"), "? is for day of month and day of week; write * for 'every'"),
    ((SECONDS, MINUTES), re.compile(r"60"), "a full minute or hour is 0"),
    ((HOURS,), re.compile(r"24"), "midnight is 0"),
    ((MONTH,), re.compile(r"0"), "months count from 1=JAN to 12=DEC"),
    ((DAY_OF_WEEK,), re.compile(r"[089].*"), "days of the week count from 1=SUN to 7=SAT"),
    ((DAY_OF_MONTH,), re.compile(r"(?i:WL)"), "the last weekday of the month is LW"),
    ((DAY_OF_MONTH,), re.compile(r".*#.*"), "# is for the day of week: 6#3 is the third Friday"),
    ((DAY_OF_WEEK,), re.compile(r"(?i:[1-7]W)"), "W is for the day of month: 15W"),
    (
        (DAY_OF_WEEK,),
        re.compile(r"(?i:L)-.*"),
        "L-3 is for the day of month; the last Friday is 6L",
    ),
    ((DAY_OF_WEEK,), re.compile(r".*#.*"), "the third Friday is 6#3, from #1 to #5"),
    (
        (SECONDS, MINUTES, HOURS, MONTH, YEAR),
        re.compile(r"(?i:L|LW|L-[0-9]+W?|[0-9]+[LW]|.*#.*)"),
        "L, W and # are for day of month and day of week",
    ),
    ((), re.compile(r".*/0+"), "a step is at least 1; leave it out to take one value"),
    ((), re.compile(r".*/"), "a number follows the /, as in 5/15"),
    ((), re.compile(r"\*[^/].*"), "* stands alone or before a step, as in */15"),
)

_VALUE = r"[0-9]{1,4}|[A-Za-z]{3}"
_ITEM = re.compile(
    rf"(?P<first>\*|{_VALUE})?(?:-(?P<last>{_VALUE}))?(?P<stride>/(?P<step>[0-9]+))?"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """The text of a field, or a part of it, and where it stands in the expression."""

    field: CronField
    text: str
    position: int
    #: The whole expression.
    source: str

    def parts(self) -> Iterator[Token]:
        """The parts between commas."""
        position = self.position
        for text in self.text.split(","):
            yield Token(field=self.field, text=text, position=position, source=self.source)
            position += len(text) + 1

    def refuse(
        self, reason: str | None = None, hint: str | None = None, expected: str | None = None
    ) -> CronRefused:
        """The error that points here."""
        shown = self.text if len(self.text) <= 40 else f"{self.text[:40]}..."
        return CronRefused(
            reason or (f"'{shown}' cannot stand here" if shown else "a value is missing"),
            text=self.source,
            position=self.position,
            field=self.field.name,
            part=self.text,
            expected=expected or self.field.expected,
            hint=hint or self._habit() or self._short_name(),
        )

    def number(self, text: str) -> int:
        """The value of a number or a name of this field.

        Raises:
            CronRefused: The field has no such value.
        """
        names = self.field.names
        if text.upper() in names:
            return self.field.low + names.index(text.upper())
        if text.isdigit() and self.field.low <= int(text) <= self.field.high:
            return int(text)
        raise self.refuse()

    def _habit(self) -> str | None:
        for fields, pattern, hint in HABITS:
            if (not fields or self.field in fields) and pattern.fullmatch(self.text):
                return hint
        return None

    def _short_name(self) -> str | None:
        for word in re.findall(r"[A-Za-z]{4,}", self.text):
            if word[:3].upper() in self.field.names:
                return f"names have three letters: write {word[:3].upper()}"
        return None


def values_of(token: Token) -> tuple[int, ...]:
    """The numbers that a field selects, in order.

    Raises:
        CronRefused: A part of the field is not a value, a range, * or one of these with a step.
    """
    return tuple(sorted({value for part in token.parts() for value in _select(part)}))


def _select(part: Token) -> Iterator[int]:
    field = part.field
    match = _ITEM.fullmatch(part.text)
    if match is None:
        raise part.refuse()
    first, last = _ends(part, match)
    count = field.high - field.low + 1
    if first > last:
        if not field.is_cyclic:
            raise part.refuse(f"'{part.text}' ends before it starts", f"write {last}-{first}")
        last += count
    return (
        field.low + (value - field.low) % count
        for value in range(first, last + 1, _step(part, match["step"]))
    )


def _ends(part: Token, match: re.Match[str]) -> tuple[int, int]:
    """First and last value, both included, before any step."""
    field = part.field
    first, last = match["first"], match["last"]
    if first in {None, "*"}:
        # Quartz reads /15 as */15.
        if last is not None or (first is None and match["stride"] is None):
            raise part.refuse()
        return field.low, field.high
    start = part.number(first)
    if last is not None:
        return start, part.number(last)
    return start, start if match["stride"] is None else field.high


def _step(part: Token, text: str | None) -> int:
    if text is None:
        return 1
    largest = part.field.largest_step
    # The length first: Python refuses to read thousands of digits.
    if len(text) > len(str(largest)) or int(text) > largest:
        raise part.refuse(f"the step in '{part.text[:40]}' is too large", f"at most /{largest}")
    if int(text) == 0:
        raise part.refuse()
    return int(text)

"""What a Quartz cron expression means, worked out the slow way.

Written against the description of the language and without a look at `gateway.model.quartz`: it asks of
one day, and of one minute, whether the expression means it, and never where the next one is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

ONE_DAY = timedelta(days=1)
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
WEEKDAYS = "SUN MON TUE WED THU FRI SAT".split()


def number(text: str) -> int:
    for names in (MONTHS, WEEKDAYS):
        if text in names:
            return names.index(text) + 1
    return int(text)


def chosen(text: str, every: range) -> frozenset[int]:
    """The values among `every` that a list selects."""
    return frozenset(value for part in text.split(",") for value in walked(part, every))


def walked(part: str, every: range) -> list[int]:
    """Walk from the first value of a range to its last, around the end if need be."""
    bounds, slash, stride = part.partition("/")
    first, dash, last = bounds.partition("-")
    here = every[0] if first in {"", "*"} else number(first)
    end = number(last) if dash else every[-1] if slash or first == "*" else here
    path = [here]
    while here != end:
        here = here + 1 if here < every[-1] else every[0]
        path.append(here)
    return path[:: int(stride or 1)]


def is_last_of_month(day: date, before: int = 0) -> bool:
    return ((day + before * ONE_DAY).month, (day + (before + 1) * ONE_DAY).month) == (
        day.month,
        day.month % 12 + 1,
    )


def weekday(day: date) -> int:
    return day.isoweekday() % 7 + 1


def is_nearest_working_day(day: date, goal: date) -> bool:
    """Nothing from Monday to Friday in the month of `goal` is nearer to it than `day`."""
    around = [goal + distance * ONE_DAY for distance in range(-3, 4)]
    working = [near for near in around if 2 <= weekday(near) <= 6 and near.month == goal.month]
    return day == min(working, key=lambda near: abs(near - goal))


def days_of_the_month_of(day: date) -> list[date]:
    first = day.replace(day=1)
    around = [first + number * ONE_DAY for number in range(31)]
    return [each for each in around if each.month == day.month]


@dataclass(frozen=True)
class Matcher:
    """One expression, asked about days, minutes and seconds."""

    text: str

    @cached_property
    def fields(self) -> list[str]:
        return [*self.text.upper().split(), "*"][:7]

    @cached_property
    def seconds(self) -> frozenset[int]:
        return chosen(self.fields[0], range(60))

    @cached_property
    def minutes(self) -> frozenset[int]:
        return chosen(self.fields[1], range(60))

    @cached_property
    def hours(self) -> frozenset[int]:
        return chosen(self.fields[2], range(24))

    @cached_property
    def months(self) -> frozenset[int]:
        return chosen(self.fields[4], range(1, 13))

    @cached_property
    def years(self) -> frozenset[int]:
        return chosen(self.fields[6], range(1970, 2200))

    @cached_property
    def tells_how_often(self) -> bool:
        return any(sign in "".join(self.fields[:3]) for sign in "*-/")

    def means_day(self, day: date) -> bool:
        if day.year not in self.years or day.month not in self.months:
            return False
        by_month, by_week = self.fields[3], self.fields[5]
        return self._means_number(day, by_month) if by_week == "?" else means_weekday(day, by_week)

    def _means_number(self, day: date, text: str) -> bool:
        if plain := re.fullmatch(r"L(?:-(\d+))?", text):
            return is_last_of_month(day, int(plain[1] or 0))
        if goal := self._goal(day, text):
            return is_nearest_working_day(day, goal)
        return not text.endswith("W") and day.day in chosen(text, range(1, 32))

    def _goal(self, day: date, text: str) -> date | None:
        """The day of the same month that a rule with W wants to be near."""
        for each in days_of_the_month_of(day) if text.endswith("W") else []:
            if text[0] != "L" and each.day == int(text[:-1]):
                return each
            if text[0] == "L" and is_last_of_month(each, int(text[2:-1] or 0)):
                return each
        return None


def means_weekday(day: date, text: str) -> bool:
    if text == "L":
        return weekday(day) == 7
    if text.endswith("L"):
        return weekday(day) == number(text[:-1]) and (day + 7 * ONE_DAY).month != day.month
    name, numbered, nth = text.partition("#")
    if numbered:
        return weekday(day) == number(name) and (day.day + 6) // 7 == int(nth)
    return weekday(day) in chosen(text, range(1, 8))

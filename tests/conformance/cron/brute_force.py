"""Compare `CronExpression.next_after` with a matcher that tries everything.

Two comparisons for each expression of the corpus, in each zone:

- by day: the first fire of each day of the span, or that it has none;
- by second: on sampled days, and on each day around a change of the clock, the fires of the whole day
  one after the other, and the next fire after arbitrary moments.

As a program it covers more years: `python -m tests.conformance.cron.brute_force --years 10`.
"""

from __future__ import annotations

import argparse
import random
import time
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.model.quartz import CronExpression
from tests.conformance.cron.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Iterator

CORPUS = Path(__file__).with_name("corpus.txt")
#: A European and an American rule, and a clock that is changed by half an hour.
ZONES = ("Europe/Bratislava", "America/New_York", "Australia/Lord_Howe")
#: A leap year; the corpus names years from here on.
FIRST_YEAR = 2024
ONE_DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
#: A day with more fires is compared piece by piece.
MANY = 150
PIECE = 40


def expressions() -> list[str]:
    lines = CORPUS.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("--")]


@dataclass(slots=True)
class Tally:
    """What was compared, and what did not agree."""

    days: int = 0
    walked_days: int = 0
    fires: int = 0
    differences: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.days += other.days
        self.walked_days += other.walked_days
        self.fires += other.fires
        self.differences += other.differences


@lru_cache(maxsize=512)
def minutes_of(day: date, zone: ZoneInfo) -> tuple[tuple[datetime, int, int], ...]:
    """Each real minute of a local day in the order of time: its beginning, and what the clock reads."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    moments = (noon + timedelta(minutes=minute) for minute in range(-28 * 60, 28 * 60))
    pairs = ((moment, moment.astimezone(zone)) for moment in moments)
    return tuple((at, local.hour, local.minute) for at, local in pairs if local.date() == day)


def fires_on(matcher: Matcher, day: date, zone: ZoneInfo) -> list[datetime]:
    """Every fire of a day that the expression means."""
    meant = [
        (at, (hour, minute))
        for at, hour, minute in minutes_of(day, zone)
        if hour in matcher.hours and minute in matcher.minutes
    ]
    if not matcher.tells_how_often:
        # The same reading of the clock once more replaces the one before.
        meant = sorted((at, reading) for reading, at in {read: at for at, read in meant}.items())
    return [at + second * SECOND for at, _ in meant for second in sorted(matcher.seconds)]


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + number * ONE_DAY for number in range((date(year + 1, 1, 1) - first).days)]


@lru_cache(maxsize=64)
def changes_of(year: int, zone: ZoneInfo) -> frozenset[date]:
    """The days on which the clock is changed, with those beside them."""

    def offset(day: date) -> timedelta | None:
        return datetime(day.year, day.month, day.day, 12, tzinfo=zone).utcoffset()

    changed = [day for day in days_of(year) if offset(day) != offset(day - ONE_DAY)]
    return frozenset(day + beside * ONE_DAY for day in changed for beside in (-1, 0, 1))


def walked_days(matcher: Matcher, year: int, zone: ZoneInfo, sample: int) -> list[date]:
    """The days to compare by second: those with a change of the clock, and some others."""
    meant = [day for day in days_of(year) if matcher.means_day(day)]
    some = random.Random(f"{matcher.text} {year}").sample(meant, min(sample, len(meant)))
    return sorted({*some, *meant[:1], *meant[-1:], *(changes_of(year, zone) & set(meant))})


def compare(text: str, zone: ZoneInfo, year: int, sample: int) -> Tally:
    """One expression in one zone over one year."""
    tally = Tally()
    matcher, cron = Matcher(text), CronExpression.parse(text)
    problems = list(_by_day(matcher, cron, zone, year, tally))
    for day in walked_days(matcher, year, zone, sample):
        fires = fires_on(matcher, day, zone)
        tally.walked_days += 1
        problems += _by_second(fires, cron, zone, tally) if fires else ()
    tally.differences += (f"{text} in {zone}: {problem}" for problem in problems)
    return tally


def _by_day(
    matcher: Matcher, cron: CronExpression, zone: ZoneInfo, year: int, tally: Tally
) -> Iterator[str]:
    found = cron.next_after(_midnight(date(year, 1, 1), zone) - SECOND, zone)
    for day in days_of(year):
        tally.days += 1
        end = _midnight(day + ONE_DAY, zone)
        expected = _first_fire(matcher, day, zone)
        actual = found if found is not None and found < end else None
        if actual != expected:
            yield f"first fire of {day} is {actual}, not {expected}"
        if actual is not None:
            found = cron.next_after(end - SECOND, zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _first_fire(matcher: Matcher, day: date, zone: ZoneInfo) -> datetime | None:
    if not matcher.means_day(day):
        return None
    if day in changes_of(day.year, zone):
        return next(iter(fires_on(matcher, day, zone)), None)
    first = (min(matcher.hours), min(matcher.minutes), min(matcher.seconds))
    return datetime(day.year, day.month, day.day, *first, tzinfo=zone).astimezone(UTC)


def _by_second(
    fires: list[datetime], cron: CronExpression, zone: ZoneInfo, tally: Tally
) -> Iterator[str]:
    """Each fire follows the one before it, and the moments between belong to the next."""
    for start, end in _pieces(fires, zone):
        tally.fires += end - start
        moment = fires[start] - SECOND
        for expected in fires[start:end]:
            actual = cron.next_after(moment, zone)
            if actual != expected:
                yield f"after {moment} comes {actual}, not {expected}"
                break
            moment = expected
    for moment, expected in _moments_between(fires):
        tally.fires += 1
        actual = cron.next_after(moment, zone)
        if actual != expected:
            yield f"after {moment} comes {actual}, not {expected}"


def _pieces(fires: list[datetime], zone: ZoneInfo) -> list[tuple[int, int]]:
    """All of a day, or its ends, what surrounds each change of the clock, and some of the rest."""
    if len(fires) <= MANY:
        return [(0, len(fires))]
    starts = {0, len(fires) // 3, len(fires) - PIECE}
    offset = fires[0].astimezone(zone).utcoffset()
    for index in range(0, len(fires), PIECE // 2):
        before, offset = offset, fires[index].astimezone(zone).utcoffset()
        if before != offset:
            starts |= {max(index - PIECE // 2 - 5, 0), index, index + PIECE // 2 - 5}
    return [(start, min(start + PIECE, len(fires))) for start in sorted(starts)]


def _moments_between(fires: list[datetime]) -> Iterator[tuple[datetime, datetime]]:
    source = random.Random(str(fires[0]))
    for _ in range(8):
        moment = fires[0] - SECOND + source.random() * (fires[-1] - fires[0])
        yield moment, fires[bisect_right(fires, moment)]


def compare_all(zone: ZoneInfo, years: range, sample: int) -> Tally:
    """The whole corpus in one zone."""
    tally = Tally()
    for year in years:
        for text in expressions():
            tally.add(compare(text, zone, year, sample))
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--sample", type=int, default=40, help="days a year compared by second")
    arguments = parser.parse_args()
    years = range(FIRST_YEAR, FIRST_YEAR + arguments.years)
    print(f"{len(expressions())} expressions, {years[0]}-{years[-1]}")
    total = Tally()
    for name in ZONES:
        start = time.perf_counter()
        tally = compare_all(ZoneInfo(name), years, arguments.sample)
        total.add(tally)
        print(
            f"{name:22} {tally.days:9,} days  {tally.walked_days:7,} by second "
            f"{tally.fires:10,} fires  {len(tally.differences)} differences "
            f"{time.perf_counter() - start:6.1f} s"
        )
    for difference in total.differences[:50]:
        print(difference)
    print("all agreed" if not total.differences else f"{len(total.differences)} differences")
    return 1 if total.differences else 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Quartz cron expressions: what is read, what is refused and how, and known fire times."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from gateway.model.quartz import EXAMPLE, MACROS, CronExpression, CronRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

BRATISLAVA = ZoneInfo("Europe/Bratislava")
NEW_YORK = ZoneInfo("America/New_York")


def local_fires(text: str, start: str, zone: ZoneInfo = BRATISLAVA) -> Iterator[str]:
    """Fires after a local time, as local times with their offset."""
    cron = CronExpression.parse(text)
    fire = cron.next_after(datetime.fromisoformat(start).replace(tzinfo=zone), zone)
    while fire is not None:
        yield fire.astimezone(zone).isoformat(timespec="minutes")
        fire = cron.next_after(fire, zone)


def first(count: int, text: str, start: str, zone: ZoneInfo = BRATISLAVA) -> list[str]:
    return list(itertools.islice(local_fires(text, start, zone), count))


def utc(text: str, start: str) -> str | None:
    fire = CronExpression.parse(text).next_after(datetime.fromisoformat(start), ZoneInfo("UTC"))
    return None if fire is None else fire.strftime("%a %Y-%m-%d %H:%M:%S")


def refusal(text: str) -> CronRefused:
    with pytest.raises(CronRefused) as caught:
        CronExpression.parse(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "after", "fire"),
    [
        ("0 0 1 * * ?", "2026-06-15T12:00Z", "Tue 2026-06-16 01:00:00"),
        ("0 0/5 14 * * ?", "2026-06-15T14:56Z", "Tue 2026-06-16 14:00:00"),
        ("*/15 * * * * ?", "2026-06-15T12:00:15Z", "Mon 2026-06-15 12:00:30"),
        ("5/15 * * * * ?", "2026-06-15T12:00:50Z", "Mon 2026-06-15 12:01:05"),
        ("0 10-40/10 * * * ?", "2026-06-15T12:40Z", "Mon 2026-06-15 13:10:00"),
        ("0 0 22-2 * * ?", "2026-06-15T02:00Z", "Mon 2026-06-15 22:00:00"),
        ("0 15 10 ? * MON-FRI", "2026-06-19T10:15Z", "Mon 2026-06-22 10:15:00"),
        ("0 0 12 ? * FRI-MON", "2026-06-15T12:00Z", "Fri 2026-06-19 12:00:00"),
        ("0 0 12 ? * 2", "2026-06-15T12:00Z", "Mon 2026-06-22 12:00:00"),
        ("0 15 10 L * ?", "2026-02-01T00:00Z", "Sat 2026-02-28 10:15:00"),
        ("0 0 12 L-3 * ?", "2028-02-01T00:00Z", "Sat 2028-02-26 12:00:00"),
        ("0 0 12 LW * ?", "2026-05-01T00:00Z", "Fri 2026-05-29 12:00:00"),
        ("0 0 12 L-3W * ?", "2026-06-01T00:00Z", "Fri 2026-06-26 12:00:00"),
        ("0 0 12 15W * ?", "2026-08-01T00:00Z", "Fri 2026-08-14 12:00:00"),
        ("0 0 12 15W * ?", "2026-11-01T00:00Z", "Mon 2026-11-16 12:00:00"),
        ("0 0 12 ? * L", "2026-06-15T00:00Z", "Sat 2026-06-20 12:00:00"),
        ("0 15 10 ? * 6L", "2026-06-15T00:00Z", "Fri 2026-06-26 10:15:00"),
        ("0 15 10 ? * friL", "2026-06-15T00:00Z", "Fri 2026-06-26 10:15:00"),
        ("0 15 10 ? * 6#3", "2026-06-20T00:00Z", "Fri 2026-07-17 10:15:00"),
        ("0 15 10 ? * 6#5", "2026-06-15T00:00Z", "Fri 2026-07-31 10:15:00"),
        ("0 15 10 ? * 6L 2027-2028", "2026-06-15T00:00Z", "Fri 2027-01-29 10:15:00"),
        ("0 0 0 29 2 ?", "2096-03-01T00:00Z", "Fri 2104-02-29 00:00:00"),
        ("0 0 0 1 1 ? 1970", "1960-01-01T00:00Z", "Thu 1970-01-01 00:00:00"),
        ("59 59 23 31 12 ?", "2199-01-01T00:00Z", "Tue 2199-12-31 23:59:59"),
    ],
)
def test_known_fire_times(text: str, after: str, fire: str) -> None:
    assert utc(text, after) == fire


@pytest.mark.parametrize(
    ("month", "fire"),
    [("2026-08", "Mon 2026-08-03"), ("2026-11", "Mon 2026-11-02"), ("2026-12", "Tue 2026-12-01")],
)
def test_the_weekday_nearest_to_the_first_stays_in_its_month(month: str, fire: str) -> None:
    assert utc("0 0 0 1W * ?", f"{month}-01T00:00:00+00:01") == f"{fire} 00:00:00"


def test_the_weekday_nearest_to_the_last_stays_in_its_month() -> None:
    assert utc("0 0 0 31W * ?", "2026-05-02T00:00Z") == "Fri 2026-05-29 00:00:00"


def test_a_month_without_the_day_is_passed_over() -> None:
    assert utc("0 0 0 31W 4,5 ?", "2026-04-01T00:00Z") == "Fri 2026-05-29 00:00:00"
    assert utc("0 0 0 L-30 * ?", "2026-01-02T00:00Z") == "Sun 2026-03-01 00:00:00"


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("0 0 0 ? jan,Dec mon-Fri", "0 0 0 ? 1,12 2-6"),
        ("0 /20 * * * ?", "0 0,20,40 0-23 * * ? *"),
        ("0 0 5 25-10/4 * ?", "0 0 5 2,6,10,25,29 * ?"),
        ("0 0 0 ? * WED/2", "0 0 0 ? * 4,6"),
        ("  0 0\t0 1 1 ?  ", "0 0 0 1 1 ?"),
        ("0 0 0 l * ?", "0 0 0 L * ?"),
        ("0 0 0 ? * L", "0 0 0 ? * SAT"),
    ],
)
def test_these_are_two_ways_to_write_one_schedule(text: str, same: str) -> None:
    start = "2026-01-01T00:00:00"
    assert first(100, text, start) == first(100, same, start)


@pytest.mark.parametrize(
    ("text", "field", "part", "column"),
    [
        ("60 0 0 * * ?", "seconds", "60", 1),
        ("0 1,-2 0 * * ?", "minutes", "-2", 5),
        ("0 5/x 0 * * ?", "minutes", "5/x", 3),
        ("0 *-5 0 * * ?", "minutes", "*-5", 3),
        ("0 **/2 0 * * ?", "minutes", "**/2", 3),
        ("0 0 1,2,25 * * ?", "hours", "25", 9),
        ("0 0 0 32 * ?", "day of month", "32", 7),
        ("0 0 0 0W * ?", "day of month", "0W", 7),
        ("0 0 0 32W * ?", "day of month", "32W", 7),
        ("0 0 0 1-5W * ?", "day of month", "1-5W", 7),
        ("0 0 0 LL * ?", "day of month", "LL", 7),
        ("0 0 0 1 13 ?", "month", "13", 9),
        ("0 0 0 1 FOO ?", "month", "FOO", 9),
        ("0 0 0 ? * 8", "day of week", "8", 11),
        ("0 0 0 ? * 9L", "day of week", "9L", 11),
        ("0 0 0 ? * JAN", "day of week", "JAN", 11),
        ("0 0 0 1 1 ? 1969", "year", "1969", 13),
        ("0 0 0 1 1 ? 2200", "year", "2200", 13),
        ("0 0 0 \u0661 * ?", "day of month", "\u0661", 7),
    ],
)
def test_what_is_no_value_is_refused_where_it_stands(
    text: str, field: str, part: str, column: int
) -> None:
    refused = refusal(text)
    assert (refused.field, refused.part, refused.column) == (field, part, column)
    assert str(refused).startswith(f"{field}: '{part}' cannot stand here (column {column})")
    assert "expected" in str(refused)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("0 0 24 * * ?", "midnight is 0"),
        ("0 60 0 * * ?", "a full minute or hour is 0"),
        ("0 0 0 1 0 ?", "months count from 1=JAN to 12=DEC"),
        ("0 0 0 ? * 0", "days of the week count from 1=SUN to 7=SAT"),
        ("0 0 0 ? * 0-5", "days of the week count from 1=SUN to 7=SAT"),
        ("0 0 0 ? * MONDAY", "names have three letters: write MON"),
        ("0 0 0 1 march ?", "names have three letters: write MAR"),
        ("0 0 ? * * ?", "? is for day of month and day of week; write * for 'every'"),
        ("0 0 0 ?,1 * ?", "? stands alone, for 'any day'"),
        ("0 0 0 WL * ?", "the last weekday of the month is LW"),
        ("0 0 0 L-31 * ?", "at most 30 days before the last: L-30"),
        ("0 0 0 6#3 * ?", "# is for the day of week: 6#3 is the third Friday"),
        ("0 0 0 ? * 3W", "W is for the day of month: 15W"),
        ("0 0 0 ? * L-3", "L-3 is for the day of month; the last Friday is 6L"),
        ("0 0 0 ? * 6#6", "the third Friday is 6#3, from #1 to #5"),
        ("0 0 L * * ?", "L, W and # are for day of month and day of week"),
        ("0 */0 * * * ?", "a step is at least 1; leave it out to take one value"),
        ("0 5/ * * * ?", "a number follows the /, as in 5/15"),
        ("0 *5 * * * ?", "* stands alone or before a step, as in */15"),
        ("0 0/60 * * * ?", "at most /59"),
        (f"0 0/{'9' * 1500} * * * ?", "at most /59"),
        ("0 1,,2 * * * ?", "leave out the comma that has nothing beside it"),
        ("0 0 0 1 1 ? 2030-2028", "write 2028-2030"),
        ("0 0 0 L,15 * ?", "L, W and # select one day and stand alone; use one schedule for each"),
        ("0 0 0 1,15W * ?", "L, W and # select one day and stand alone; use one schedule for each"),
        ("0 0 0 ? * 2,6#3", "L, W and # select one day and stand alone; use one schedule for each"),
        ("0 0 0 ? * ?", "write * in one for every day"),
        ("0 0 0 * * *", "write ? in place of this *"),
        ("0 0 0 * * MON", "write ? in place of this *"),
        ("0 0 0 13 * FRI", "write ? for one, or use one schedule for each"),
        ("0 0 1, 2 * * ? *", "write no blanks within a field"),
        ("0 0 0", f"write for example '{EXAMPLE}'"),
        ("", f"write for example '{EXAMPLE}'"),
    ],
)
def test_a_refusal_says_how_it_is_written_right(text: str, hint: str) -> None:
    refused = refusal(text)
    assert refused.hint == hint
    assert str(refused).endswith(hint)


@pytest.mark.parametrize(("text", "column"), [("0 0 0 * * MON", 7), ("0 0 0 1 * *", 11)])
def test_the_star_that_should_be_a_question_mark_is_pointed_at(text: str, column: int) -> None:
    assert refusal(text).column == column


@pytest.mark.parametrize(
    ("unix", "quartz"),
    [
        ("*/5 * * * *", "0 */5 * * * ?"),
        ("30 2 * * 1-5", "0 30 2 ? * MON-FRI"),
        ("0 4 1 * *", "0 0 4 1 * ?"),
        ("0 4 * * 0,6", "0 0 4 ? * SUN,SAT"),
        ("0 4 * * 1-5/2", "0 0 4 ? * MON-FRI/2"),
    ],
)
def test_a_unix_expression_is_told_its_quartz_form(unix: str, quartz: str) -> None:
    assert str(refusal(unix)) == (
        f"A Quartz cron expression cannot have 5 fields (column {len(unix) + 1}); expected 6 or 7 "
        "fields: seconds minutes hours day-of-month month day-of-week [year]; "
        f"Quartz has the seconds first: write '{quartz}'"
    )
    assert CronExpression.parse(quartz)


def test_a_unix_expression_with_both_days_is_told_about_the_question_mark() -> None:
    assert "? for day of month or day of week" in str(refusal("0 4 13 * 5"))


@pytest.mark.parametrize("macro", MACROS)
def test_a_short_form_is_told_its_fields(macro: str) -> None:
    assert refusal(macro).hint == f"write '{MACROS[macro]}'"
    assert CronExpression.parse(MACROS[macro])


def test_a_long_part_is_shortened_in_the_message() -> None:
    assert len(str(refusal(f"{'x' * 1900} 0 0 * * ?"))) < 200


def test_a_text_longer_than_any_schedule_is_refused() -> None:
    assert "too long" in str(refusal("0," * 1000 + "0 0 0 * * ?"))


def test_a_refusal_is_a_value_error() -> None:
    assert isinstance(refusal("nonsense"), ValueError)


def test_an_expression_keeps_its_text_and_is_read_once() -> None:
    cron = CronExpression.parse("0 0 0 * * ?")
    assert cron.text == "0 0 0 * * ?"
    assert CronExpression.parse("0 0 0 * * ?") is cron


@pytest.mark.parametrize("text", ["0 0 0 30 2 ?", "0 0 0 31W 2,4,6,9,11 ?", "0 0 0 29 2 ? 2025"])
def test_an_impossible_date_is_known_to_be_one_at_once(text: str) -> None:
    cron, start = CronExpression.parse(text), datetime(1970, 1, 1, tzinfo=UTC)
    took = []
    for _ in range(5):
        before = time.process_time()
        assert cron.next_after(start, BRATISLAVA) is None
        took.append(time.process_time() - before)
    assert min(took) < 0.05


def test_there_is_no_fire_after_the_last_year() -> None:
    assert utc("0 0 0 1 1 ? 2025", "2025-01-01T00:00Z") is None
    assert utc("* * * * * ?", "2199-12-31T23:59:59Z") is None
    assert utc("* * * * * ?", "9999-12-31T23:59:59Z") is None


def test_the_first_fire_of_all_times_is_in_1970() -> None:
    assert utc("* * * * * ?", "0001-01-01T00:00:00+14:00") == "Thu 1970-01-01 00:00:00"
    assert utc("* * * * * ?", "1969-12-31T23:30:00-05:00") == "Thu 1970-01-01 04:30:01"


def test_the_last_fire_of_all_times_is_in_2199_by_the_clock_on_the_wall() -> None:
    assert first(2, "0 0 * 31 12 ?", "2199-12-31T22:30:00", NEW_YORK) == ["2199-12-31T23:00-05:00"]


def test_the_last_year_ends_when_it_ends_in_the_zone() -> None:
    cron, moment = CronExpression.parse("0 0 * * * ?"), datetime(2200, 1, 1, 0, 30, tzinfo=UTC)
    assert cron.next_after(moment, NEW_YORK) == datetime(2200, 1, 1, 1, tzinfo=UTC)
    assert cron.next_after(moment, BRATISLAVA) is None


def test_a_fire_is_strictly_after_the_moment() -> None:
    assert utc("0 0 0 * * ?", "2026-06-15T00:00:00Z") == "Tue 2026-06-16 00:00:00"
    assert utc("0 0 0 * * ?", "2026-06-14T23:59:59.999999Z") == "Mon 2026-06-15 00:00:00"
    assert utc("* * * * * ?", "2026-06-15T00:00:00.5Z") == "Mon 2026-06-15 00:00:01"


def test_a_moment_counts_whatever_zone_it_is_told_in() -> None:
    cron = CronExpression.parse("0 0 12 * * ?")
    moment = datetime(2026, 6, 15, 9, tzinfo=NEW_YORK)
    fire = cron.next_after(moment, BRATISLAVA)
    assert fire == cron.next_after(moment.astimezone(UTC), BRATISLAVA)
    assert fire == datetime(2026, 6, 16, 10, tzinfo=UTC)
    assert fire is not None
    assert fire.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        CronExpression.parse("0 0 0 * * ?").next_after(datetime(2026, 1, 1), UTC)  # noqa: DTZ001 - that is the point


def test_a_time_that_the_clock_skips_does_not_fire_that_day() -> None:
    assert first(2, "0 30 2 * * ?", "2026-03-28T00:00") == [
        "2026-03-28T02:30+01:00",
        "2026-03-30T02:30+02:00",
    ]


def test_an_interval_goes_on_when_the_clock_skips_an_hour() -> None:
    assert first(3, "0 */30 * * * ?", "2026-03-29T01:00") == [
        "2026-03-29T01:30+01:00",
        "2026-03-29T03:00+02:00",
        "2026-03-29T03:30+02:00",
    ]


def test_a_time_that_the_clock_repeats_fires_once_at_its_second_reading() -> None:
    assert first(3, "0 0,30 2 * * ?", "2026-10-24T12:00") == [
        "2026-10-25T02:00+01:00",
        "2026-10-25T02:30+01:00",
        "2026-10-26T02:00+01:00",
    ]


def test_within_the_first_reading_the_second_is_still_to_come() -> None:
    assert first(1, "0 30 2 * * ?", "2026-10-25T02:45") == ["2026-10-25T02:30+01:00"]


@pytest.mark.parametrize("text", ["0 0/30 2 * * ?", "0 0,30 2-2 * * ?"])
def test_an_interval_fires_in_both_readings_of_an_hour(text: str) -> None:
    assert first(5, text, "2026-10-24T12:00") == [
        "2026-10-25T02:00+02:00",
        "2026-10-25T02:30+02:00",
        "2026-10-25T02:00+01:00",
        "2026-10-25T02:30+01:00",
        "2026-10-26T02:00+01:00",
    ]


@pytest.mark.parametrize(
    ("text", "seconds"), [("* * * * * ?", 1), ("0 * * * * ?", 60), ("0 0 * * * ?", 3600)]
)
def test_a_wildcard_never_pauses_and_never_doubles(text: str, seconds: int) -> None:
    cron = CronExpression.parse(text)
    for start in (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 10, 24, 23, tzinfo=UTC)):
        expected = start
        while expected < start + timedelta(hours=4):
            following = cron.next_after(expected, BRATISLAVA)
            expected += timedelta(seconds=seconds)
            assert following == expected


def test_the_last_fires_of_a_schedule_may_lie_in_the_second_reading() -> None:
    start = "2026-10-25T02:59"
    assert first(9, "0 15/30 2 25 10 ? 2026", start) == [
        "2026-10-25T02:15+01:00",
        "2026-10-25T02:45+01:00",
    ]


def test_a_fire_in_the_repeated_hour_is_found_from_within_it() -> None:
    # Quartz 2.3 answers here that the trigger never fires (its issue 1138).
    casablanca = ZoneInfo("Africa/Casablanca")
    assert first(1, "29 5 2 23 2 ? 2025", "2025-02-23T02:45", casablanca) == [
        "2025-02-23T02:05+00:00"
    ]


@pytest.mark.parametrize(
    ("zone", "text", "start", "fires"),
    [
        (
            "Australia/Lord_Howe",
            "0 0/15 1-2 * * ?",
            "2026-04-05T01:30",
            ["01:45+11:00", "01:30+10:30", "01:45+10:30", "02:00+10:30"],
        ),
        (
            "Antarctica/Troll",
            "0 0 * * * ?",
            "2026-10-25T01:30",
            ["02:00+02:00", "01:00+00:00", "02:00+00:00", "03:00+00:00"],
        ),
        (
            "America/St_Johns",
            "0 0/30 0,23 * * ?",
            "2006-10-28T23:00",
            ["23:30-02:30", "00:00-02:30", "23:30-03:30", "00:00-03:30", "00:30-03:30"],
        ),
        ("Pacific/Apia", "0 0 12 * * ?", "2011-12-29T13:00", ["12:00+14:00"]),
        ("Africa/Cairo", "0 0 */2 * * ?", "2025-04-24T22:00", ["02:00+03:00", "04:00+03:00"]),
    ],
)
def test_unusual_clocks_are_followed(zone: str, text: str, start: str, fires: list[str]) -> None:
    found = first(len(fires), text, start, ZoneInfo(zone))
    assert [fire[11:] for fire in found] == fires


def test_a_day_that_a_zone_left_out_has_no_fires() -> None:
    assert first(1, "0 0 12 * * ?", "2011-12-29T13:00", ZoneInfo("Pacific/Apia")) == [
        "2011-12-31T12:00+14:00"
    ]

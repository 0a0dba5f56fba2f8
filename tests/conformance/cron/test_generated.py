"""Properties of expressions that nobody thought of, and of text that is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model.quartz import CronExpression, CronRefused
from tests.conformance.cron.brute_force import ONE_DAY, SECOND, ZONES, fires_on
from tests.conformance.cron.matcher import MONTHS, WEEKDAYS, Matcher

#: The matcher looks at each day until the next fire, up to this many.
LOOK_AHEAD = 500


def values(every: range, names: list[str]) -> st.SearchStrategy[str]:
    numbers = st.sampled_from(every).map(str)
    return numbers | st.sampled_from(names) if names else numbers


def lists(
    every: range, largest_step: int, names: list[str] | None = None
) -> st.SearchStrategy[str]:
    """Lists of values, ranges over the end included, and of steps."""
    value = values(every, names or [])
    steps = st.integers(1, largest_step).map(lambda step: f"/{step}")
    ranges = st.tuples(value, value).map("-".join)
    stepped = st.tuples(st.just("*") | value | ranges, steps).map("".join)
    return st.just("*") | st.lists(value | ranges | stepped, min_size=1, max_size=3).map(",".join)


DAYS_OF_MONTH = lists(range(1, 32), 31) | st.one_of(
    st.just("L"),
    st.just("LW"),
    st.integers(1, 31).map(lambda day: f"{day}W"),
    st.integers(0, 30).map(lambda before: f"L-{before}"),
    st.integers(0, 30).map(lambda before: f"L-{before}W"),
)
DAYS_OF_WEEK = lists(range(1, 8), 7, WEEKDAYS) | st.one_of(
    st.just("L"),
    values(range(1, 8), WEEKDAYS).map(lambda day: f"{day}L"),
    st.tuples(values(range(1, 8), WEEKDAYS), st.sampled_from("12345")).map("#".join),
)
DAY_FIELDS = st.tuples(DAYS_OF_MONTH, st.just("?")) | st.tuples(st.just("?"), DAYS_OF_WEEK)


@st.composite
def expressions(draw: st.DrawFn) -> str:
    time = [draw(lists(range(60), 59)), draw(lists(range(60), 59)), draw(lists(range(24), 23))]
    by_month, by_week = draw(DAY_FIELDS)
    return " ".join([*time, by_month, draw(lists(range(1, 13), 12, MONTHS)), by_week])


MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants bounds without a zone


def meant_next(text: str, moment: datetime, zone: ZoneInfo) -> datetime | None:
    """The next fire by trying each day and each minute, or None after a long look."""
    matcher, day = Matcher(text), moment.astimezone(zone).date()
    for _ in range(LOOK_AHEAD):
        fires = fires_on(matcher, day, zone) if matcher.means_day(day) else []
        following = [fire for fire in fires if fire > moment]
        if following:
            return min(following)
        day += ONE_DAY
    return None


@settings(deadline=None)  # trying everything takes its time
@given(text=expressions(), moment=MOMENTS, zone=st.sampled_from(ZONES).map(ZoneInfo))
def test_the_next_fire_is_the_first_that_the_expression_means(
    text: str, moment: datetime, zone: ZoneInfo
) -> None:
    actual = CronExpression.parse(text).next_after(moment, zone)
    expected = meant_next(text, moment, zone)
    if expected is None:
        assert actual is None or actual - moment > timedelta(days=LOOK_AHEAD - 2)
    else:
        assert actual == expected


@given(
    text=expressions(), moment=MOMENTS, zone=st.sampled_from(ZONES).map(ZoneInfo), data=st.data()
)
def test_between_a_moment_and_its_next_fire_every_moment_has_the_same_next_fire(
    text: str, moment: datetime, zone: ZoneInfo, data: st.DataObject
) -> None:
    cron = CronExpression.parse(text)
    fire = cron.next_after(moment, zone)
    if fire is not None:
        between = data.draw(st.datetimes(moment.replace(tzinfo=None), fire.replace(tzinfo=None)))
        earlier = min(between.replace(tzinfo=UTC), fire - SECOND)
        assert cron.next_after(earlier, zone) == fire


def column_of_the_fault(text: str) -> int | None:
    try:
        CronExpression.parse(text)
    except CronRefused as refused:
        return refused.column
    return None


@given(st.text(alphabet="0123456789*?,-/LW# MONFRIJAN\t@ \u0660\u0131\u00df", max_size=40))
def test_any_text_is_read_or_refused_at_a_place_within_it(text: str) -> None:
    column = column_of_the_fault(text)
    assert column is None or 1 <= column <= len(text) + 1

"""When a task starts by itself (midpoint-tasks 1.4)."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.model.schedule import Schedule

NOW = "2025-06-15T12:00:00.000Z"
EARLIER = "2025-06-15T11:00:00.000Z"
LATER = "2025-06-15T13:00:00.000Z"


def schedule(**items: Any) -> Schedule:
    return Schedule.of({"schedule": items})


@pytest.mark.parametrize(
    ("items", "recurring"),
    [
        ({}, False),
        ({"interval": 60}, True),
        ({"recurrence": "recurring"}, True),
        ({"recurrence": "single", "interval": 60}, False),
        ({"earliestStartTime": LATER}, False),
    ],
)
def test_a_schedule_recurs_if_it_says_so_or_has_an_interval(
    items: dict[str, Any], recurring: bool
) -> None:
    assert schedule(**items).recurring is recurring


def test_a_task_without_a_schedule_starts_at_once() -> None:
    assert Schedule.of({}).first(NOW) == NOW


def test_an_interval_starts_at_once_for_the_first_time() -> None:
    assert schedule(interval=60).first(NOW) == NOW


def test_a_recurring_task_without_an_interval_starts_only_on_demand() -> None:
    on_demand = schedule(recurrence="recurring")
    assert on_demand.first(NOW) is None
    assert on_demand.following(EARLIER, NOW) is None


@pytest.mark.parametrize(("earliest", "expected"), [(LATER, LATER), (EARLIER, NOW)])
def test_a_task_does_not_start_before_its_earliest_time(earliest: str, expected: str) -> None:
    assert schedule(earliestStartTime=earliest).first(NOW) == expected


@pytest.mark.parametrize(("latest", "expected"), [(EARLIER, None), (NOW, NOW), (LATER, NOW)])
def test_a_task_does_not_start_after_its_latest_time(latest: str, expected: str | None) -> None:
    assert schedule(latestStartTime=latest).first(NOW) == expected


def test_the_next_start_is_an_interval_after_the_last_start() -> None:
    last = "2025-06-15T11:59:30.000Z"
    assert schedule(interval=60).following(last, NOW) == "2025-06-15T12:00:30.000Z"


def test_a_missed_start_is_caught_up_at_once() -> None:
    assert schedule(interval=60).following(EARLIER, NOW) == NOW


def test_a_missed_start_can_wait_for_its_next_regular_time() -> None:
    waiting = schedule(interval=7 * 60, misfireAction="reschedule")
    assert waiting.following(EARLIER, NOW) == "2025-06-15T12:03:00.000Z"


def test_a_task_that_never_ran_follows_as_if_for_the_first_time() -> None:
    assert schedule(interval=60).following(None, NOW) == NOW


def test_a_single_task_follows_at_once() -> None:
    assert Schedule.of({}).following(EARLIER, NOW) == NOW


def test_the_last_regular_start_is_the_one_within_the_latest_time() -> None:
    ending = schedule(interval=60, latestStartTime="2025-06-15T12:00:10.000Z")
    assert ending.following("2025-06-15T11:59:10.000Z", NOW) == "2025-06-15T12:00:10.000Z"
    assert ending.following("2025-06-15T11:59:11.000Z", NOW) is None

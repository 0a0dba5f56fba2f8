"""Instants as text."""

from __future__ import annotations

import time

import pytest

from gateway.clock import ManualClock, SystemClock, parse_instant, write_instant


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_750_000_000.25, "2025-06-15T15:06:40.250Z"),
        (-1, "1969-12-31T23:59:59.000Z"),
    ],
)
def test_an_instant_is_utc_text_with_milliseconds(seconds: float, text: str) -> None:
    assert write_instant(seconds) == text
    assert parse_instant(text) == seconds


def test_instants_sort_as_text() -> None:
    moments = [0.0, 1.5, 999_999_999.0, 1_750_000_000.25]
    assert sorted(map(write_instant, moments)) == list(map(write_instant, moments))


def test_a_manual_clock_moves_only_when_told() -> None:
    clock = ManualClock(10.0)
    assert clock.now() == clock.now() == 10.0
    clock.advance(2.5)
    assert clock.now() == 12.5


def test_the_system_clock_tells_the_machines_time() -> None:
    before = time.time()
    assert before <= SystemClock().now() <= time.time()

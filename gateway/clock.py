"""Time as a parameter: nothing else in the package reads the clock.

Instants are ISO 8601 text in UTC with milliseconds and `Z`, so that they sort as text everywhere.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from math import floor
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    def ticks(self) -> float:
        """Seconds since some moment; nobody puts them forward or back."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def ticks(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()


@dataclass(slots=True)
class ManualClock:
    """A clock that moves only when a test says so."""

    seconds: float = 1_750_000_000.0
    passed: float = 0.0

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.seconds

    def ticks(self) -> float:
        """Seconds that have passed."""
        return self.passed

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self.seconds += seconds
        self.passed += seconds

    def put(self, seconds: float) -> None:
        """Put the clock forward, or back, although no time has passed."""
        self.seconds += seconds


def write_instant(seconds: float) -> str:
    """Epoch seconds as text, such as `2025-06-15T15:06:40.000Z`."""
    second = floor(seconds)
    microseconds = round((seconds - second) * 1_000_000)
    if microseconds == 1_000_000:
        second, microseconds = second + 1, 0
    return f"{_write_second(second)}.{microseconds // 1000:03d}Z"


@lru_cache(maxsize=64)
def _write_second(seconds: int) -> str:
    """The instant without its fraction; most instants that are written are of the same seconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19]


def parse_instant(text: str) -> float:
    """Epoch seconds of an instant written by `write_instant`."""
    return datetime.fromisoformat(text).timestamp()

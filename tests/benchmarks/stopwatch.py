"""Time that passes, and processor time that processes and all below them use meanwhile."""

from __future__ import annotations

import time

import psutil


class Stopwatch:
    """Runs from when it is made."""

    def __init__(self, *processes: int) -> None:
        self._roots = [psutil.Process(each) for each in processes]
        self._used = self._processor()
        self._started = time.monotonic()

    def read(self) -> dict[str, float]:
        """`seconds` that have passed, and `processor` seconds that were used."""
        seconds = time.monotonic() - self._started
        return {"seconds": seconds, "processor": self._processor() - self._used}

    def _processor(self) -> float:
        # A process's own times hold those of children that have ended, not of those that live.
        return sum(
            sum(process.cpu_times()[:4])
            for root in self._roots
            for process in (root, *root.children(recursive=True))
        )

"""When a task starts by itself. Instants are text, as `gateway.clock.instant` writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.clock import instant, seconds_of

if TYPE_CHECKING:
    from gateway.model.documents import Document

#: A loose task with a shorter interval than this would wait mostly for the scheduler.
TIGHT_INTERVAL = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """The schedule of a task."""

    recurring: bool
    #: Seconds from start to start; None: only on demand.
    interval: int | None
    earliest: str | None
    latest: str | None
    #: A start that was missed happens as soon as possible, rather than at its next regular time.
    catches_up: bool

    @classmethod
    def of(cls, items: Document) -> Schedule:
        """The schedule that a task's items describe."""
        defined: Document = items.get("schedule", {})
        interval = defined.get("interval")
        recurrence = defined.get("recurrence")
        return cls(
            recurring=recurrence == "recurring" or (recurrence is None and interval is not None),
            interval=interval,
            earliest=defined.get("earliestStartTime"),
            latest=defined.get("latestStartTime"),
            catches_up=defined.get("misfireAction") != "reschedule",
        )

    def first(self, now: str) -> str | None:
        """The first start of a task that becomes ready now."""
        if self.recurring and self.interval is None:
            return None
        return self._within(max(now, self.earliest or now))

    def following(self, last_start: str | None, now: str) -> str | None:
        """The start after one at `last_start`; a missed one is now, or at its next regular time."""
        if last_start is None or not self.recurring:
            return self.first(now)
        if self.interval is None:
            return None
        due = seconds_of(last_start) + self.interval
        late = seconds_of(now) - due
        if late > 0 and not self.catches_up:
            due += self.interval * (1 + late // self.interval)
        return self._within(max(instant(due), now))

    def _within(self, start: str) -> str | None:
        return start if self.latest is None or start <= self.latest else None

"""When a task starts by itself. Instants are text, as `gateway.clock.write_instant` writes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from gateway.clock import parse_instant, write_instant
from gateway.errors import SchemaViolation
from gateway.model.quartz import CronExpression, CronRefused

if TYPE_CHECKING:
    from gateway.model.documents import Document

#: A loose task with a shorter interval than this would wait mostly for the scheduler.
TIGHT_INTERVAL = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """The schedule of a task."""

    recurring: bool
    #: Seconds from start to start; None: by cron, or only on demand.
    interval: int | None
    #: Fires by the wall clock of `zone`; an interval wins over it.
    cron: CronExpression | None
    zone: tzinfo
    earliest: str | None
    latest: str | None
    #: A start that was missed happens as soon as possible, rather than at its next regular time.
    catches_up: bool

    @classmethod
    def of(cls, items: Document, zone: tzinfo = UTC) -> Schedule:
        """The schedule that a task's items describe."""
        defined: Document = items.get("schedule", {})
        interval, pattern = defined.get("interval"), defined.get("cronLikePattern")
        recurrence = defined.get("recurrence")
        has_rhythm = interval is not None or pattern is not None
        return cls(
            recurring=recurrence == "recurring" or (recurrence is None and has_rhythm),
            interval=interval,
            cron=CronExpression.parse(pattern) if pattern and interval is None else None,
            zone=zone,
            earliest=defined.get("earliestStartTime"),
            latest=defined.get("latestFinishTime") or defined.get("latestStartTime"),
            catches_up=defined.get("misfireAction") != "reschedule",
        )

    @property
    def is_on_demand(self) -> bool:
        """Whether it recurs without ever starting by itself."""
        return self.recurring and self.interval is None and self.cron is None

    def first(self, now: str) -> str | None:
        """The first start of a task that becomes ready now."""
        if self.is_on_demand:
            return None
        soonest = max(now, self.earliest or now)
        if self.recurring and self.cron is not None:
            # The moment before it, so that a start on the very instant counts.
            return self._fire(write_instant(parse_instant(soonest) - 0.001))
        return self._within(soonest)

    def following(self, last_start: str | None, now: str) -> str | None:
        """The start after one at `last_start`; a missed one is now, or at its next regular time."""
        if last_start is None or not self.recurring:
            return self.first(now)
        if self.cron is not None:
            missed = self._fire(max(last_start, self.earliest or last_start))
            if missed is None or missed >= now:
                return missed
            return self._within(now) if self.catches_up else self._fire(now)
        if self.interval is None:
            return None
        due = parse_instant(last_start) + self.interval
        late = parse_instant(now) - due
        if late > 0 and not self.catches_up:
            due += self.interval * (1 + late // self.interval)
        return self._within(max(write_instant(due), self.earliest or now, now))

    def _fire(self, after: str) -> str | None:
        if self.cron is None:  # pragma: no cover  asked for by the callers
            return None
        found = self.cron.next_after(datetime.fromisoformat(after), self.zone)
        return None if found is None else self._within(write_instant(found.timestamp()))

    def _within(self, start: str) -> str | None:
        return start if self.latest is None or start <= self.latest else None


def check_schedule(items: Document) -> None:
    """Raise `SchemaViolation`, naming the item, for a schedule that could never work."""
    defined: Document = items.get("schedule", {})
    interval, pattern = defined.get("interval"), defined.get("cronLikePattern")
    if interval is not None and interval < 1:
        raise SchemaViolation(
            f"schedule/interval is {interval}, but must be at least 1 second.",
            path="schedule/interval",
        )
    if pattern is None:
        return
    try:
        CronExpression.parse(pattern)
    except CronRefused as error:
        raise SchemaViolation(
            f"schedule/cronLikePattern: {error}", path="schedule/cronLikePattern"
        ) from error
    if items.get("binding") == "tight" and interval is None:
        raise SchemaViolation(
            "A tightly bound task cannot follow schedule/cronLikePattern; set binding to 'loose'.",
            path="binding",
        )

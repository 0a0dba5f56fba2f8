"""What a run's buckets have come to, kept at hand while it works."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gateway.clock import parse_instant
from gateway.model.run import Bucket

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.model.run import Run
    from gateway.model.slices import Slice

COUNTERS = ("succeeded", "failed", "skipped", "provisional", "modified", "added", "deleted")


@dataclass(slots=True)
class RunProgress:
    """Buckets by activity path and number, as the store has them."""

    buckets: dict[tuple[str, int], Bucket] = field(default_factory=dict)
    #: Paths whose items are being counted.
    counting: set[str] = field(default_factory=set)
    #: How many buckets are complete.
    complete: int = 0

    @classmethod
    def of(cls, buckets: Iterable[Bucket]) -> RunProgress:
        """The tally of these buckets."""
        begun = {(each.activity, each.number): each for each in buckets}
        return cls(begun, complete=sum(each.state == "complete" for each in begun.values()))

    def bucket(self, path: str, number: int) -> Bucket:
        """The bucket; a new one if it was not begun yet."""
        found = self.buckets.get((path, number))
        return found or Bucket(activity=path, number=number, state="ready")

    def take(self, done: Slice) -> None:
        """Count a slice that was committed."""
        before = self.bucket(done.activity, done.number)
        counts = {name: getattr(before, name) + getattr(done, name) for name in COUNTERS}
        self.complete += done.complete
        is_skipped = done.halt is not None and done.halt.kind == "skip"
        self.buckets[done.activity, done.number] = replace(
            before,
            position=done.end,
            state="aborted" if is_skipped else "complete" if done.complete else "ready",
            expected=before.expected if done.expected is None else done.expected,
            last_items=before.last_items | done.last_items,
            matched=done.matched,
            **counts,
        )

    def with_slice(self, done: Slice) -> RunProgress:
        """What it will be when the slice is committed."""
        then = RunProgress(dict(self.buckets), complete=self.complete)
        then.take(done)
        return then

    def of_activity(self, path: str) -> list[Bucket]:
        """The begun buckets of one activity."""
        return [each for (activity, _), each in self.buckets.items() if activity == path]

    def count_matched(self, path: str, *, without: int) -> Counter[str]:
        """By limit: items that it has counted in the activity's buckets but one."""
        counts: Counter[str] = Counter()
        for each in self.of_activity(path):
            if each.number != without:
                counts.update(each.matched)
        return counts

    def find_expected(self, path: str) -> int | None:
        """How many items the activity has; None if nobody has counted."""
        known = [b.expected for b in self.of_activity(path) if b.expected is not None]
        return sum(known) if known else None

    def is_aborted(self, path: str) -> bool:
        """Whether a policy has ended the activity."""
        return any(each.state == "aborted" for each in self.of_activity(path))

    @property
    def failed(self) -> int:
        """Failed items of all activities."""
        return sum(each.failed for each in self.buckets.values())

    @property
    def last_error(self) -> str | None:
        """The message of the last item that failed."""
        found = [b.last_items["failed"] for b in self.buckets.values() if "failed" in b.last_items]
        newest = max(found, key=lambda item: item.get("end") or "", default=None)
        return None if newest is None else newest.get("message")


def measure_work(run: Run, now: float) -> float:
    """Seconds that the run has been at work, pauses left out."""
    return sum(
        (parse_instant(end) if end else now) - parse_instant(start)
        for start, end in run.sessions
        if start
    )

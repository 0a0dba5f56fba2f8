"""How far each activity of a run has come: the tree of the definition with the run's buckets in it.

Computes over stored values and never reads the work itself; knows nothing of how it is written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from gateway.clock import parse_instant
from gateway.engine.tasks.outline import Outline, outline
from gateway.engine.tasks.segmentation import WHOLE, Segment
from gateway.errors import InvalidRequest
from gateway.model import task_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gateway.model.documents import Document, StoredObject
    from gateway.model.run import Bucket, Run

Realization = Literal["inProgress", "complete", "aborted"]
#: Statuses from bad to good.
WORST_FIRST = ("fatal_error", "partial_error", "unknown", "success")


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkSpan:
    """When an activity was at work; instants are text, an open end is None."""

    start: str
    end: str | None = None
    #: Start and end of each stretch without a pause.
    sessions: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ActivityState:
    """One activity, as far as it has come."""

    path: str
    #: None: the definition is not understood any more, and the buckets do not tell.
    identifier: str | None
    mode: str = "full"
    #: None: not begun.
    realization: Realization | None = None
    status: str | None = None
    message: str | None = None
    stretch: WorkSpan | None = None
    #: Of an activity that works itself: what it is cut into, and what has been begun of that.
    segments: tuple[Segment, ...] = ()
    buckets: tuple[Bucket, ...] = ()
    children: tuple[ActivityState, ...] = ()

    @property
    def is_leaf(self) -> bool:
        """Whether it works itself."""
        return bool(self.segments)

    @property
    def leaves(self) -> Iterator[ActivityState]:
        """The activities that work, in order."""
        if self.is_leaf:
            yield self
        for child in self.children:
            yield from child.leaves

    @property
    def planned(self) -> tuple[Bucket, ...]:
        """The begun ones of its segments, without the bucket of items that are tried again."""
        return tuple(each for each in self.buckets if each.number <= len(self.segments))

    @property
    def expected(self) -> int | None:
        """How many items it has; None if nobody has counted."""
        known = [each.expected for each in self.buckets if each.expected is not None]
        return sum(known) if known else None

    @property
    def processed(self) -> int:
        """Items that were tried."""
        return sum(each.processed for each in self.buckets)

    def total(self, counter: str) -> int:
        """A counter's sum over all buckets, such as `failed` or `modified`."""
        return sum(getattr(each, counter) for each in self.buckets)

    def last_item(self, outcome: str) -> Document | None:
        """The last item of that outcome, such as `failed`."""
        return find_last_item(self.buckets, outcome)


def find_last_item(buckets: Iterable[Bucket], outcome: str) -> Document | None:
    """The last item of that outcome; None if there was none."""
    found = [each.last_items[outcome] for each in buckets if outcome in each.last_items]
    return max(found, key=lambda item: item.get("end") or "", default=None)


def measure_work(stretch: WorkSpan, progressed: str | None) -> float:
    """Seconds at work; a session that still goes on counts up to the last commit."""
    closed = sum(
        parse_instant(end) - parse_instant(start)
        for start, end in stretch.sessions
        if end is not None
    )
    start, end = stretch.sessions[-1] if stretch.sessions else (None, None)
    if start is None or end is not None or progressed is None:
        return closed
    return closed + max(0.0, parse_instant(progressed) - parse_instant(start))


def is_finished(run: Run) -> bool:
    """Whether the run came to its end, rather than being let go of on its way."""
    return run.ended is not None and run.status != "unknown"


def read_activity_states(task: StoredObject, run: Run) -> ActivityState:
    """The run's activities; `run` is the newest one of the task."""
    return _Reading(task, run).root()


@dataclass(slots=True)
class _Reading:
    """One pass over a run."""

    task: StoredObject
    run: Run
    buckets: dict[str, list[Bucket]] = field(default_factory=dict)
    segments: dict[str, tuple[Segment, ...]] = field(default_factory=dict)
    stretches: dict[str, WorkSpan] = field(default_factory=dict)
    #: Paths of what works, in order.
    order: list[str] = field(default_factory=list)

    def root(self) -> ActivityState:
        for bucket in self.run.buckets:
            self.buckets.setdefault(bucket.activity, []).append(bucket)
        tree = self._tree()
        self.order = [leaf.path for leaf in tree.leaves]
        begun = [path for path in self.order if path in self.buckets]
        self.stretches = _find_stretches(self.run, [self.buckets[path] for path in begun])
        return self._state(tree, is_root=True)

    def _tree(self) -> Outline:
        """As the definition says; from the buckets alone where the two do not agree."""
        activity = task_document.activity(self.task.items)
        try:
            tree = None if activity is None else outline(activity)
            cut = {} if tree is None else {leaf.path: leaf.segments for leaf in tree.leaves}
        except (InvalidRequest, LookupError, TypeError, ValueError):
            # An older version let it pass. It fails when it runs; reading it must not.
            tree, cut = None, {}
        if tree is not None and self.buckets.keys() <= cut.keys():
            self.segments = cut
            return tree
        self.segments = {
            path: tuple(Segment(number=each.number) for each in buckets)
            for path, buckets in self.buckets.items()
        }
        return _recall_outline(
            sorted(self.buckets, key=lambda path: _find_last_end(self.buckets[path]))
        )

    def _state(self, found: Outline, *, is_root: bool = False) -> ActivityState:
        if found.work is not None:
            return self._leaf(found, is_root=is_root)
        children = tuple(self._state(each) for each in found.children if not each.is_skipped)
        realization = self._of_all(children, is_root=is_root)
        begun = [each for each in children if each.stretch is not None]
        return ActivityState(
            path=found.path,
            identifier=found.identifier or None,
            realization=realization,
            status=self._status_of_all(children, realization, is_root=is_root),
            message=self.run.message if is_root else None,
            stretch=self._whole() if is_root else _join_stretches(begun),
            children=children,
        )

    def _leaf(self, found: Outline, *, is_root: bool) -> ActivityState:
        buckets = tuple(self.buckets.get(found.path, ()))
        realization = self._realization(found.path, buckets, is_root=is_root)
        return ActivityState(
            path=found.path,
            identifier=found.identifier,
            mode=found.mode,
            realization=realization,
            status=self._status(realization, buckets, is_root=is_root),
            message=self._message(realization, buckets, is_root=is_root),
            stretch=self._whole() if is_root else self.stretches.get(found.path),
            segments=self.segments.get(found.path, WHOLE),
            buckets=buckets,
        )

    def _realization(
        self, path: str, buckets: Sequence[Bucket], *, is_root: bool
    ) -> Realization | None:
        if any(each.state == "aborted" for each in buckets):
            return "aborted"
        if is_finished(self.run) and (buckets or is_root):
            return "complete"
        if not buckets:
            return "inProgress" if is_root else None
        is_last = self.order[-1:] == [path]
        complete = sum(each.state == "complete" for each in buckets)
        if is_last or complete < len(self.segments[path]) or self._tries_again(path):
            return "inProgress"
        return "complete"

    def _tries_again(self, path: str) -> bool:
        """Whether failed items of the activity wait for their next try."""
        state = self.task.state
        is_newest = [*self.stretches][-1:] == [path]
        return is_newest and state is not None and state.next_retry is not None

    def _status(
        self, realization: Realization | None, buckets: Sequence[Bucket], *, is_root: bool
    ) -> str | None:
        if is_root or realization == "inProgress":
            return self.run.status
        if realization is None:
            return None
        has_failed = any(each.failed for each in buckets) or realization == "aborted"
        return "partial_error" if has_failed else "success"

    def _message(
        self, realization: Realization | None, buckets: Sequence[Bucket], *, is_root: bool
    ) -> str | None:
        if is_root or realization == "inProgress":
            return self.run.message
        failed = find_last_item(buckets, "failed") if any(each.failed for each in buckets) else None
        return failed.get("message") if failed else None

    def _of_all(self, children: Sequence[ActivityState], *, is_root: bool) -> Realization | None:
        if is_root:
            return "complete" if is_finished(self.run) else "inProgress"
        if all(each.realization in ("complete", "aborted") for each in children):
            return "complete" if children else None
        return "inProgress" if any(each.realization for each in children) else None

    def _status_of_all(
        self, children: Sequence[ActivityState], realization: Realization | None, *, is_root: bool
    ) -> str | None:
        if is_root or realization == "inProgress":
            return self.run.status
        statuses = {each.status for each in children}
        return next((status for status in WORST_FIRST if status in statuses), None)

    def _whole(self) -> WorkSpan:
        sessions = tuple((start, end) for start, end in self.run.sessions if start is not None)
        return WorkSpan(start=self.run.started, end=self.run.ended, sessions=sessions)


def _recall_outline(paths: Sequence[str]) -> Outline:
    """The tree that the paths of buckets tell of; a lone one without a way to it is the root."""
    if len(paths) == 1 and "/" not in paths[0]:
        return _outline_below(paths[0], ())
    return _outline_below("", [path.split("/") for path in paths])


def _outline_below(path: str, below: Sequence[Sequence[str]]) -> Outline:
    """An activity, and those that the ways below it lead to."""
    firsts = dict.fromkeys(way[0] for way in below)
    children = (
        _outline_below(
            f"{path}/{first}" if path else first,
            [way[1:] for way in below if way[0] == first and way[1:]],
        )
        for first in firsts
    )
    name = path.rpartition("/")[2]
    work: Document | None = None if below or not path else {}
    return Outline(
        path=path, identifier=name, name=name, settings={}, work=work, children=tuple(children)
    )


def _find_stretches(run: Run, begun: Sequence[Sequence[Bucket]]) -> dict[str, WorkSpan]:
    """When each begun activity was at work: one follows the other, from last item to last item."""
    bounds = [run.started]
    for buckets in begun[:-1]:
        bounds.append(max(bounds[-1], _find_last_end(buckets)))
    spans = [*pairwise(bounds), (bounds[-1], run.ended)]
    return {
        buckets[0].activity: WorkSpan(start=start, end=end, sessions=_cut_run(run, start, end))
        for buckets, (start, end) in zip(begun, spans, strict=False)
    }


def _find_last_end(buckets: Sequence[Bucket]) -> str:
    """When the last item ended; empty if there was none."""
    return max((item["end"] for each in buckets for item in each.last_items.values()), default="")


def _cut_run(run: Run, start: str, end: str | None) -> tuple[tuple[str, str | None], ...]:
    clipped = []
    for begin, stop in run.sessions:
        low = max(begin or start, start)
        ends = [each for each in (stop, end) if each is not None]
        high = min(ends) if ends else None
        if high is None or low < high:
            clipped.append((low, high))
    return tuple(clipped)


def _join_stretches(begun: Sequence[ActivityState]) -> WorkSpan | None:
    """When any of them was at work."""
    stretches = [each.stretch for each in begun if each.stretch is not None]
    if not stretches:
        return None
    sessions = tuple(session for each in stretches for session in each.sessions)
    return WorkSpan(start=stretches[0].start, end=stretches[-1].end, sessions=sessions)

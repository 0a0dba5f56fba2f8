"""`activityState/activity`: the full state of each activity (midpoint-tasks 4.1 to 4.4).

Beside midPoint's items an `itemProcessing` has `throughput`, items per minute at work, and while it
runs `estimatedEndTimestamp`; a preview has `simulation`, what would have been done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.clock import parse_instant, write_instant
from gateway.dialects.midpoint.views.activity_states import measure_work
from gateway.dialects.midpoint.wire.shaping import without_none
from gateway.engine.objects.item import TRIAL_MODES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.dialects.midpoint.views.activity_states import ActivityState, WorkSpan
    from gateway.engine.tasks.segmentation import Segment
    from gateway.model.documents import Document
    from gateway.model.run import Bucket, Run

#: midPoint's names of the outcomes that buckets count.
OUTCOMES = {"succeeded": "success", "failed": "failure", "skipped": "skip"}
#: midPoint's names of what is done to objects, by our counters.
OPERATIONS = {"added": "add", "modified": "modify", "deleted": "delete"}
REALIZATIONS = {
    "inProgress": "inProgressLocal",
    "complete": "complete",
    "aborted": "aborted",
    None: None,
}
#: The type of a bucket's content by its first item, and whether that is a text.
CONTENT_TYPES = {
    ("from", False): "NumericInterval",
    ("to", False): "NumericInterval",
    ("from", True): "StringInterval",
    ("to", True): "StringInterval",
    ("prefix", False): "StringPrefix",
    ("value", False): "StringValue",
    ("filter", False): "Filter",
}


def show_activity(
    state: ActivityState, run: Run, memory: dict[str, Document], *, is_running: bool
) -> Document:
    """The state of an activity with those below it; `memory` is what they keep, by path."""
    return _View(run, memory, is_running=is_running).activity(state, root=True)


class _View:
    """Writes the states of one run."""

    def __init__(self, run: Run, memory: dict[str, Document], *, is_running: bool) -> None:
        self._run = run
        self._memory = memory
        self._is_running = is_running

    def activity(self, state: ActivityState, *, root: bool = False, place: int = 1) -> Document:
        run, kept = self._run, self._memory.get(state.path)
        written: Document = {
            "identifier": state.identifier,
            "displayOrder": None if root else place,
            "taskRunIdentifier": run.identifier if state.stretch else None,
            "executionAttempt": run.attempt if root else None,
            "realizationState": REALIZATIONS[state.realization],
            "resultStatus": state.status,
            "message": state.message,
            **_show_times(state),
            "activity": [
                self.activity(child, place=number) for number, child in enumerate(state.children, 1)
            ],
        }
        if kept is not None:
            # Statistics are those of a run, whatever else is kept from one to the next.
            written["persistence"] = "perpetualExceptStatistics"
            written["workState"] = _show_work_state(kept)
        elif state.stretch and state.is_leaf:
            written["persistence"] = "singleRealization"
        if state.stretch and state.is_leaf:
            written |= self._work(state, state.stretch)
        return without_none(written)

    def _work(self, state: ActivityState, stretch: WorkSpan) -> Document:
        """What only those have that work themselves."""
        written: Document = {"progress": _show_progress(state)}
        statistics: Document = {"itemProcessing": self._item_processing(state, stretch)}
        entries = _show_actions(state)
        if state.mode in TRIAL_MODES:
            written["simulation"] = {"executionMode": state.mode} | without_none(
                {"objectActionsEntry": entries}
            )
        elif entries:
            statistics["actionsExecuted"] = {
                "objectActionsEntry": entries,
                "resultingObjectActionsEntry": entries,
            }
        return written | {"statistics": statistics, "bucketing": _show_bucketing(state)}

    def _item_processing(self, state: ActivityState, stretch: WorkSpan) -> Document:
        seconds = measure_work(stretch, self._run.progressed)
        rate = state.processed / seconds if seconds > 0 else 0.0
        return without_none(
            {
                "processed": [
                    _describe_processed(state, name) for name in OUTCOMES if state.total(name)
                ],
                "run": [_show_session(start, end) for start, end in stretch.sessions],
                "throughput": round(rate * 60, 1) if rate else None,
                "estimatedEndTimestamp": self._estimate_end(state, rate),
            }
        )

    def _estimate_end(self, state: ActivityState, rate: float) -> str | None:
        """When the last item is done if all goes on as it did; `rate` is in items per second."""
        remaining = (state.expected or 0) - state.processed
        progressed = self._run.progressed
        is_at_work = self._is_running and state.realization == "inProgress"
        if not is_at_work or progressed is None or rate <= 0 or remaining <= 0:
            return None
        return write_instant(parse_instant(progressed) + remaining / rate)


def _show_times(state: ActivityState) -> Document:
    stretch = state.stretch
    if stretch is None:
        return {}
    is_over = state.realization in ("complete", "aborted")
    last = stretch.sessions[-1] if stretch.sessions else (None, None)
    return {
        "realizationStartTimestamp": stretch.start,
        "realizationEndTimestamp": stretch.end if is_over else None,
        "runStartTimestamp": last[0],
        "runEndTimestamp": last[1],
    }


def _show_session(start: str, end: str | None) -> Document:
    return without_none({"startTimestamp": start, "endTimestamp": end})


def _show_work_state(kept: Document) -> Document:
    kind = {"@type": "c:ScanWorkStateType"} if "lastScanTimestamp" in kept else {}
    return {**kind, **kept}


def _show_progress(state: ActivityState) -> Document:
    """Counts of complete buckets are committed, those of others not yet."""
    # Items that are tried again were left over by complete buckets.
    planned = len(state.segments)
    parted: tuple[list[Bucket], list[Bucket]] = ([], [])
    for each in state.buckets:
        parted[each.state == "complete" or each.number > planned].append(each)
    uncommitted, committed = parted
    return without_none(
        {
            "committed": list(_counts(committed)),
            "uncommitted": list(_counts(uncommitted)),
            "expectedTotal": state.expected,
        }
    )


def _counts(buckets: list[Bucket]) -> Iterator[Document]:
    for name, outcome in OUTCOMES.items():
        count = sum(getattr(bucket, name) for bucket in buckets)
        if count:
            yield {"outcome": {"outcome": outcome}, "count": count}


def _describe_processed(state: ActivityState, name: str) -> Document:
    count = state.total(name)
    duration = state.total("milliseconds") * count / state.processed
    last = state.last_item(name)
    return without_none(
        {
            "outcome": {"outcome": OUTCOMES[name]},
            "count": count,
            "duration": round(duration, 3),
            "lastItem": None if last is None else _show_last_item(last),
        }
    )


def _show_last_item(last: Document) -> Document:
    renamed = {"start": "startTimestamp", "end": "endTimestamp"}
    item = {renamed.get(name, name): value for name, value in last.items() if value is not None}
    return item | ({"type": f"c:{last['type']}"} if "type" in last else {})


def _show_actions(state: ActivityState) -> list[Document]:
    return [
        {"operation": operation, "totalSuccessCount": count, "totalFailureCount": 0}
        for counter, operation in OPERATIONS.items()
        if (count := state.total(counter))
    ]


def _show_bucketing(state: ActivityState) -> Document:
    """Of complete buckets only the last one is listed, as midPoint does."""
    complete = [each for each in state.planned if each.state == "complete"]
    shown = [each for each in state.planned if each.state != "complete"] + complete[-1:]
    contents = {segment.number: segment for segment in state.segments}
    return without_none(
        {
            "bucket": [
                _show_bucket(each, contents.get(each.number))
                for each in sorted(shown, key=lambda each: each.number)
            ],
            "numberOfBuckets": len(state.segments),
            "bucketsProcessingRole": "standalone",
        }
    )


def _show_bucket(bucket: Bucket, segment: Segment | None) -> Document:
    # midPoint knows no bucket that is given up; such a one is just never complete.
    state = "complete" if bucket.state == "complete" else "ready"
    written: dict[str, Any] = {"sequentialNumber": bucket.number, "state": state}
    if segment is not None and segment.content:
        written["content"] = _show_content(segment)
    return written


def _show_content(segment: Segment) -> Document:
    name, value = segment.content[0]
    kind = CONTENT_TYPES[name, isinstance(value, str)]
    return {"@type": f"c:{kind}WorkBucketContentType", **dict(segment.content)}

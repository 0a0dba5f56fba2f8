"""What midPoint shows of a task's runs: activityState, taskRunRecord, operationStats, result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from gateway.clock import seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.model.documents import Document, StoredObject
    from gateway.model.run import Bucket, Run

INCOMPLETE: Document = {"@incomplete": True}
#: midPoint's names of the outcomes that buckets count.
OUTCOMES = {"succeeded": "success", "failed": "failure", "skipped": "skip"}
TOKEN_BASE = 1_000_000_000_000_000_000
RUN_RECORDS = 3


def run_items(task: StoredObject) -> Document:
    """The items that tell about the task's runs."""
    items: Document = {}
    if task.state is not None and task.state.result is not None:
        items["result"] = INCOMPLETE
    if not task.runs:
        return items
    newest = task.runs[0]
    items["taskRunRecord"] = _bare([_run_record(run) for run in reversed(task.runs[:RUN_RECORDS])])
    items["activityState"] = _lone_bare(_activity_state(task, newest))
    items["operationStats"] = {"liveInformation": newest.ended is None}
    return items


def full_result(task: StoredObject) -> Document | None:
    """The result of the last run as an OperationResult; None before the first."""
    if task.state is None or task.state.result is None:
        return None
    facts = orjson.loads(task.state.result)
    token = TOKEN_BASE + (task.state.run or (task.runs[0].id if task.runs else 0))
    result: Document = {
        "operation": facts["operation"],
        "status": facts["status"],
        "importance": "normal",
        "start": facts["start"],
    }
    for name in ("end", "message"):
        if name in facts:
            result[name] = facts[name]
    return result | {"token": token}


def _bare(values: list[Document]) -> Document | list[Document]:
    return values[0] if len(values) == 1 else values


def _lone_bare(value: Document) -> Document:
    """The value with lone members of its lists written bare, and empty lists left out."""
    written: Document = {}
    for name, inner in value.items():
        values = inner if isinstance(inner, list) else [inner]
        found = [_lone_bare(each) if isinstance(each, dict) else each for each in values]
        if found:
            written[name] = found[0] if len(found) == 1 else found
    return written


def _run_record(run: Run) -> Document:
    record: Document = {
        "@id": run.id,
        "taskRunIdentifier": run.identifier,
        "runStartTimestamp": run.started,
    }
    return record if run.ended is None else {**record, "runEndTimestamp": run.ended}


def _activity_state(task: StoredObject, run: Run) -> Document:
    realization = "complete" if run.ended else "inProgress"
    return {
        "activity": _activity(run),
        "tree": {
            "realizationState": realization,
            "taskRunIdentifier": run.identifier,
            "activity": _overview(task, run),
        },
    }


def _activity(run: Run) -> Document:
    """The state of the root activity."""
    state: Document = {
        "taskRunIdentifier": run.identifier,
        "executionAttempt": run.attempt,
        "realizationState": "complete" if run.ended else "inProgressLocal",
        "resultStatus": run.status,
        "realizationStartTimestamp": run.started,
    }
    if run.buckets:
        state["identifier"] = run.buckets[0].activity
    if run.ended:
        state["realizationEndTimestamp"] = run.ended
    last = run.sessions[-1] if run.sessions else [None, None]
    state |= {
        name: moment
        for name, moment in (("runStartTimestamp", last[0]), ("runEndTimestamp", last[1]))
        if moment is not None
    }
    if run.message:
        state["message"] = run.message
    state["progress"] = _progress(run)
    state["statistics"] = _statistics(run)
    state["bucketing"] = {
        "bucket": [{"sequentialNumber": b.number, "state": b.state} for b in run.buckets],
        "numberOfBuckets": len(run.buckets),
        "bucketsProcessingRole": "standalone",
    }
    return state


def _progress(run: Run) -> Document:
    """Counts of complete buckets are committed, those of others not yet."""
    progress: Document = {}
    for name, state in (("committed", "complete"), ("uncommitted", "ready")):
        counts = list(_counts([b for b in run.buckets if b.state == state]))
        if counts:
            progress[name] = counts
    expected = [b.expected for b in run.buckets if b.expected is not None]
    if expected:
        progress["expectedTotal"] = sum(expected)
    return progress


def _counts(buckets: list[Bucket]) -> Iterator[Document]:
    for name, outcome in OUTCOMES.items():
        count = sum(getattr(bucket, name) for bucket in buckets)
        if count:
            yield {"outcome": {"outcome": outcome}, "count": count}


def _statistics(run: Run) -> Document:
    processed = sum(b.processed for b in run.buckets)
    item_processing: Document = {
        "processed": [_processed(run, name) for name in OUTCOMES if _total(run, name)],
        "run": [
            {"startTimestamp": start} | ({"endTimestamp": end} if end else {})
            for start, end in run.sessions
        ],
    }
    spent = sum(seconds_of(end) - seconds_of(start) for start, end in run.sessions if start and end)
    if processed and spent > 0:
        item_processing["throughput"] = round(processed * 60 / spent, 1)
    statistics: Document = {"itemProcessing": item_processing}
    changed = _total(run, "modified")
    if changed:
        entry = {"operation": "modify", "totalSuccessCount": changed, "totalFailureCount": 0}
        statistics["actionsExecuted"] = {
            "objectActionsEntry": [entry],
            "resultingObjectActionsEntry": [entry],
        }
    return statistics


def _total(run: Run, name: str) -> int:
    return sum(getattr(bucket, name) for bucket in run.buckets)


def _processed(run: Run, name: str) -> Document:
    total = sum(b.processed for b in run.buckets)
    count = _total(run, name)
    duration = sum(b.milliseconds for b in run.buckets) * count / total
    value: Document = {
        "outcome": {"outcome": OUTCOMES[name]},
        "count": count,
        "duration": round(duration, 3),
    }
    last = next((b.last_items[name] for b in reversed(run.buckets) if name in b.last_items), None)
    return value if last is None else {**value, "lastItem": _last_item(last)}


def _last_item(last: Document) -> Document:
    renamed = {"start": "startTimestamp", "end": "endTimestamp"}
    item = {renamed.get(k, k): v for k, v in last.items() if v is not None}
    return item | ({"type": f"c:{last['type']}"} if "type" in last else {})


def _overview(task: StoredObject, run: Run) -> Document:
    is_running = task.state is not None and task.state.is_running
    complete = sum(b.state == "complete" for b in run.buckets)
    overview: Document = {
        "realizationState": "complete" if run.ended else "inProgress",
        "resultStatus": run.status,
        "bucketProgress": {"totalBuckets": len(run.buckets), "completeBuckets": complete},
        "progressInformationVisibility": "visible",
        "task": [
            {
                "taskRef": {"oid": task.oid, "relation": "org:default", "type": "c:TaskType"},
                "bucketsProcessingRole": "standalone",
                "executionState": "running" if is_running else "notRunning",
                "progress": {
                    "successfullyProcessed": _total(run, "succeeded"),
                    "failed": _total(run, "failed"),
                    "skipped": _total(run, "skipped"),
                },
                "resultStatus": run.status,
            }
        ],
    }
    if run.buckets:
        overview["identifier"] = run.buckets[0].activity
    return overview

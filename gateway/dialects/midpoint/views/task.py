"""What midPoint shows of a task beside its definition and state: runs, statistics, cleanup."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from gateway.clock import parse_instant, write_instant
from gateway.dialects.midpoint.views.activity import show_activity
from gateway.dialects.midpoint.views.activity_states import read_activity_states
from gateway.dialects.midpoint.views.activity_tree import show_tree
from gateway.dialects.midpoint.wire.shaping import unwrap_single, without_none
from gateway.dialects.midpoint.wire.write import items_of

if TYPE_CHECKING:
    from gateway.model.documents import Document, StoredObject
    from gateway.model.run import Run

INCOMPLETE: Document = {"@incomplete": True}
RUN_RECORDS = 3
#: Seconds without progress after which a running task is called stalled (midpoint-tasks 5).
STALLED_AFTER = 600.0
CLEANUP_HANDLER = "http://midpoint.evolveum.com/xml/ns/public/model/completedTaskCleanup/handler-3"


def run_items(task: StoredObject, stalled_since: str | None = None) -> Document:
    """The items that tell about the task's runs, and about its end."""
    items = _show_cleanup(task)
    if stalled_since is not None:
        items["stalledSince"] = stalled_since
    if task.state is not None and task.state.result is not None:
        items["result"] = INCOMPLETE
    if not task.runs:
        return items
    newest = task.runs[0]
    records = [_run_record(run) for run in reversed(task.runs[:RUN_RECORDS])]
    items |= unwrap_single({"taskRunRecord": records})
    items["activityState"] = unwrap_single(_show_activity_state(task, newest, stalled_since))
    items["operationStats"] = {
        "timestamp": newest.ended or newest.progressed or newest.started,
        "liveInformation": task.state is not None and task.state.is_running,
    }
    return items


def find_progress_time(task: StoredObject) -> str | None:
    """When a running task last moved on; None for a task that does not run."""
    state = task.state
    if state is None or not state.is_running:
        return None
    progressed = task.runs[0].progressed if task.runs else None
    return max(progressed or "", state.last_run_start or "") or None


def stalls_at(task: StoredObject) -> float | None:
    """When the task is stalled unless it moves on before, in seconds since the epoch."""
    progressed = find_progress_time(task)
    return None if progressed is None else parse_instant(progressed) + STALLED_AFTER


def find_stall_time(task: StoredObject, now: float) -> str | None:
    """Since when the task has made no progress, if that is too long; `now` in epoch seconds."""
    due = stalls_at(task)
    return write_instant(due - STALLED_AFTER) if due is not None and due <= now else None


def _show_cleanup(task: StoredObject) -> Document:
    """The trigger that deletes the task when its time is over."""
    expires = task.state.expires if task.state is not None else None
    if expires is None:
        return {}
    trigger: Document = {"timestamp": expires, "handlerUri": CLEANUP_HANDLER}
    return items_of(task.type, {"trigger": [*task.items.get("trigger", ()), trigger]})


def _run_record(run: Run) -> Document:
    record: Document = {
        "@id": run.id,
        "taskRunIdentifier": run.identifier,
        "runStartTimestamp": run.started,
        "runEndTimestamp": run.ended,
    }
    return without_none(record)


def _show_activity_state(task: StoredObject, run: Run, since: str | None) -> Document:
    state = task.state
    memory = orjson.loads(state.memory) if state is not None and state.memory else {}
    is_running = state is not None and state.is_running
    found = read_activity_states(task, run)
    return {
        "activity": show_activity(found, run, memory, is_running=is_running),
        "tree": show_tree(found, task, run, since),
    }

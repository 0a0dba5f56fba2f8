"""What a task has come to, since when, and how long it is shown (sailpoint-task-management 11.1, 11.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.dialects.sailpoint.rows import (
    NEXT_RETRY,
    NEXT_START,
    RECURRING,
    TOLD,
    TOLD_AT,
    TOLD_STATUS,
    TRUTH,
    ConditionRow,
    all_of,
    any_of,
    compare_values,
    first,
    mql,
    no,
    where,
)
from gateway.query.comparisons import Comparison
from gateway.query.resolved import Present

if TYPE_CHECKING:
    from gateway.model.documents import StoredObject
    from gateway.query.resolved import Resolved

STATUSES = ("SUCCESS", "WARNING", "ERROR", "TERMINATED", "TEMPERROR")
#: Statuses with which the work is done as far as it was there.
WHOLE = frozenset({"SUCCESS", "WARNING"})

_RUNNING = mql("executionState = 'running' or node exists")
_READY = mql("schedulingState = 'ready'")
_BEGUN = mql("lastRunStartTimestamp exists")
_FINISHED = mql("lastRunFinishTimestamp >= lastRunStartTimestamp")
_FATAL = mql("resultStatus = 'fatal_error'")

#: Of what the engine knows; what somebody told comes before it.
COMPLETION: tuple[ConditionRow[str | None], ...] = (
    # A thread that drains still counts as running, whatever the states say already.
    ConditionRow(None, _RUNNING),
    ConditionRow(None, all_of(mql("schedulingState = ('ready', 'waiting')"), no(_FINISHED))),
    ConditionRow(None, all_of(mql("schedulingState = 'suspended'"), no(_BEGUN))),
    ConditionRow(None, mql("schedulingState = 'waiting' and waitingReason = 'otherTasks'")),
    ConditionRow(
        "TERMINATED", all_of(mql("schedulingState = ('suspended', 'closed')"), no(_FINISHED))
    ),
    # The schedule will try again.
    ConditionRow("TEMPERROR", all_of(RECURRING, _READY, _FINISHED, _FATAL)),
    ConditionRow("ERROR", all_of(_FINISHED, _FATAL)),
    ConditionRow("WARNING", all_of(_FINISHED, mql("resultStatus = ('warning', 'partial_error')"))),
    ConditionRow(
        "SUCCESS",
        all_of(_FINISHED, mql("resultStatus = ('success', 'handled_error', 'not_applicable')")),
    ),
    # The engine's own close makes a success of what it cannot tell.
    ConditionRow(
        "SUCCESS",
        all_of(
            _FINISHED,
            mql("schedulingState = 'closed' and resultStatus = ('in_progress', 'unknown')"),
        ),
    ),
    ConditionRow(None, TRUTH),
)
#: What a task that has never run is there for: None where it depends on the time.
_UNBEGUN: tuple[ConditionRow[bool | None], ...] = (
    ConditionRow(False, any_of((TOLD, _BEGUN, _RUNNING))),
    ConditionRow(False, mql("schedulingState = 'waiting' and waitingReason = 'otherTasks'")),
    ConditionRow(False, mql("schedulingState = 'closed'")),
    # It was due, and found no place.
    ConditionRow(False, all_of(_READY, Present(place=NEXT_RETRY))),
    ConditionRow(None, all_of(_READY, Present(place=NEXT_START))),
    # It rests until somebody launches it.
    ConditionRow(True, TRUTH),
)
#: Where the end of a task that has a status is read off.
_COMPLETED: tuple[ConditionRow[str], ...] = (
    ConditionRow("told", TOLD),
    ConditionRow("finish", _FINISHED),
    ConditionRow("closed", mql("completionTimestamp exists")),
    ConditionRow("modified", mql("metadata/modifyTimestamp exists")),
    ConditionRow("created", TRUTH),
)


def completion_status(task: StoredObject) -> str | None:
    """The status; None while the task is pending or runs."""
    state = task.state
    if state is not None and state.told_status is not None:
        return state.told_status
    return first(COMPLETION, task)


def read_created(task: StoredObject) -> str | None:
    """When it was created; None for one that was stored as it was."""
    found: str | None = task.items.get("metadata", {}).get("createTimestamp")
    return found


def read_modified(task: StoredObject) -> str | None:
    """When it, or what is shown of its run, was last changed; else when it was created."""
    state = task.state
    of_run = (state.last_run_start, state.last_run_finish, state.told_on) if state else ()
    changed: str | None = task.items.get("metadata", {}).get("modifyTimestamp")
    return max(filter(None, (changed, *of_run)), default=None) or read_created(task)


def read_completed(task: StoredObject) -> str | None:
    """When it was over; None as long as it is not."""
    state = task.state
    if state is None or completion_status(task) is None:
        return None
    source = first(_COMPLETED, task)
    ends = {"told": state.told_at, "finish": state.last_run_finish, "closed": state.completed}
    return ends.get(source) or read_modified(task)


def has_status(statuses: frozenset[str]) -> Resolved:
    """The condition that a task's status is one of these."""
    derived = where(COMPLETION, frozenset[str | None](statuses))
    return any_of((compare_values(TOLD_STATUS, sorted(statuses)), all_of(no(TOLD), derived)))


def is_pending() -> Resolved:
    """The condition that a task has no status yet."""
    return all_of(no(TOLD), where(COMPLETION, frozenset[str | None]({None})))


def is_planned(due: str) -> Resolved:
    """The condition that a task is no run yet: nobody has launched it, nor does it start by `due`."""
    later = compare_values(NEXT_START, [due], comparison=Comparison.GREATER)
    timed = all_of(where(_UNBEGUN, frozenset[bool | None]({None})), later)
    return any_of((where(_UNBEGUN, frozenset[bool | None]({True})), timed))


def is_shown(cutoff: str) -> Resolved:
    """The condition that a task is not too old: not done, or something of it since `cutoff`."""
    since = f"{{}} >= '{cutoff}'".format
    at: dict[str, Resolved] = {
        "told": compare_values(TOLD_AT, [cutoff], comparison=Comparison.GREATER_OR_EQUAL),
        "finish": mql(since("lastRunFinishTimestamp")),
        "closed": mql(since("completionTimestamp")),
        "modified": mql(since("metadata/modifyTimestamp")),
        "created": mql(since("metadata/createTimestamp")),
    }
    ends = (all_of(where(_COMPLETED, frozenset({source})), recent) for source, recent in at.items())
    recent = any_of((at["created"], mql(since("lastRunStartTimestamp")), *ends))
    return any_of((recent, is_pending()))

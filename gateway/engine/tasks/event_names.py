"""The names of what happens to tasks, and the table that names a change of state.

Pure: knows nothing of clocks, stores or listeners.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from gateway.model.task import ExecutionState

if TYPE_CHECKING:
    from gateway.model.task import TaskState


class EventName(StrEnum):
    """Everything that can happen; the same word in log, metric and stream."""

    #: It is stored.
    TASK_CREATED = "task_created"
    #: Its run begins.
    TASK_STARTED = "task_started"
    #: Its run goes on after an interruption.
    TASK_CONTINUED = "task_continued"
    #: Items of its run are done: the facts `succeeded`, `failed` and `skipped` count them.
    TASK_PROGRESSED = "task_progressed"
    #: Its run is complete, and so is the task.
    TASK_FINISHED = "task_finished"
    #: A run of a recurring task is complete; the next one is planned.
    TASK_RESCHEDULED = "task_rescheduled"
    #: Its run goes on later: items that failed are tried again then.
    TASK_DEFERRED = "task_deferred"
    #: Its run cannot go on; it is suspended until somebody looks.
    TASK_FAILED = "task_failed"
    #: Somebody, or something, stopped it.
    TASK_SUSPENDED = "task_suspended"
    #: It was suspended and goes on.
    TASK_RESUMED = "task_resumed"
    #: It was closed and is to run again.
    TASK_REOPENED = "task_reopened"
    #: Its next start has changed.
    TASK_SCHEDULED = "task_scheduled"
    #: It waits for others or for a person.
    TASK_WAITING = "task_waiting"
    #: What it waited for is there.
    TASK_UNPAUSED = "task_unpaused"
    #: Its engine went away in the middle of a run; the run goes on.
    TASK_RECOVERED = "task_recovered"
    #: It was closed outside of a run.
    TASK_CLOSED = "task_closed"
    #: It is gone.
    TASK_DELETED = "task_deleted"
    #: A policy of the task found its threshold passed.
    POLICY_TRIGGERED = "policy_triggered"
    #: An item asked to tell somebody.
    ITEM_NOTIFIED = "item_notified"
    #: Only in streams: what happened before this one is not known any more.
    EVENTS_MISSED = "events_missed"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Move:
    """What counts of a change when its name is looked up."""

    #: Execution state; empty: the task has none; None: there is no such task.
    before: str | None
    after: str | None
    #: A run came to its end, and to no good one.
    ended: bool
    failed: bool
    #: It is to be started again out of turn.
    deferred: bool
    #: No run was under way or interrupted before.
    fresh: bool
    progressed: bool
    planned: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    """One row: a change from here to there has this name; None stands for any state."""

    name: EventName
    before: ExecutionState | None = None
    after: ExecutionState | None = None
    #: What else must be so; None: does not matter.
    ended: bool | None = None
    failed: bool | None = None
    deferred: bool | None = None
    fresh: bool | None = None


_E, _N = ExecutionState, EventName

#: Changes of the execution state; the first row that fits wins.
CHANGES: tuple[_Row, ...] = (
    _Row(before=_E.RUNNING, after=_E.SUSPENDED, failed=True, name=_N.TASK_FAILED),
    _Row(before=_E.RUNNING, after=_E.CLOSED, ended=True, name=_N.TASK_FINISHED),
    _Row(before=_E.RUNNING, after=_E.RUNNABLE, ended=True, name=_N.TASK_RESCHEDULED),
    _Row(before=_E.RUNNING, after=_E.RUNNABLE, deferred=True, name=_N.TASK_DEFERRED),
    _Row(before=_E.RUNNING, after=_E.RUNNABLE, name=_N.TASK_RECOVERED),
    _Row(after=_E.RUNNING, fresh=True, name=_N.TASK_STARTED),
    _Row(after=_E.RUNNING, name=_N.TASK_CONTINUED),
    _Row(before=_E.SUSPENDED, after=_E.RUNNABLE, name=_N.TASK_RESUMED),
    _Row(before=_E.SUSPENDED, after=_E.WAITING, name=_N.TASK_RESUMED),
    _Row(before=_E.CLOSED, after=_E.RUNNABLE, name=_N.TASK_REOPENED),
    _Row(before=_E.WAITING, after=_E.RUNNABLE, name=_N.TASK_UNPAUSED),
    _Row(after=_E.RUNNABLE, name=_N.TASK_SCHEDULED),
    _Row(after=_E.WAITING, name=_N.TASK_WAITING),
    _Row(after=_E.SUSPENDED, name=_N.TASK_SUSPENDED),
    _Row(after=_E.CLOSED, name=_N.TASK_CLOSED),
)


def name_of(before: TaskState | None, after: TaskState | None) -> EventName | None:
    """The one name of a change of a task's state; None if nothing happened that has a name.

    Args:
        before: the state until now; None if there was no such task.
        after: the state from now on; None if the task is gone.
    """
    if before is None or after is None:
        if before is after:
            return None
        return EventName.TASK_CREATED if before is None else EventName.TASK_DELETED
    ended = before.last_run_finish != after.last_run_finish
    return _name_move(
        _Move(
            before=before.execution_state,
            after=after.execution_state,
            ended=ended,
            failed=ended and after.result_status == "fatal_error",
            deferred=after.next_retry is not None,
            fresh=before.run is None,
            progressed=before.progress != after.progress,
            planned=before.next_start != after.next_start,
        )
    )


@lru_cache(maxsize=512)
def _name_move(move: _Move) -> EventName | None:
    if move.before == move.after:
        if move.progressed and move.after == ExecutionState.RUNNING:
            return EventName.TASK_PROGRESSED
        return EventName.TASK_SCHEDULED if move.planned else None
    return next((row.name for row in CHANGES if _fits(row, move)), None)


def _fits(row: _Row, move: _Move) -> bool:
    wanted_and_actual = (
        (row.before, move.before),
        (row.after, move.after),
        (row.ended, move.ended),
        (row.failed, move.failed),
        (row.deferred, move.deferred),
        (row.fresh, move.fresh),
    )
    return all(wanted is None or wanted == actual for wanted, actual in wanted_and_actual)

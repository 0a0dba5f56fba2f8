"""How a task's state moves: pure functions from a stored task to its next state."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from gateway.clock import parse_instant, write_instant
from gateway.errors import NotFound, WrongState
from gateway.model.schedule import Schedule
from gateway.model.task import (
    ExecutionState,
    Operation,
    SchedulingState,
    TransitionEffect,
    move_state,
    transition,
)
from gateway.model.task_document import is_job
from gateway.model.values import seconds_in

if TYPE_CHECKING:
    from gateway.model.documents import StoredObject
    from gateway.model.task import TaskState, Transition

NODE = "taskgate"
#: The last second of the year 9999.
LAST = 253_402_300_799.0


@dataclass(frozen=True, kw_only=True, slots=True)
class RunResult:
    """What a run came to."""

    status: str
    message: str | None = None
    #: The work as a whole could not be done.
    is_permanent: bool = False
    #: Tasks above it, and those that wait for it, are suspended, too.
    takes_along: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportedResult:
    """What somebody says that a run came to."""

    status: str
    #: When it was over, as an instant.
    at: str
    #: Whether the run is still to be stopped.
    ends_run: bool


def state_of(task: StoredObject) -> TaskState:
    """The task's state, or `NotFound` if the object is no task."""
    if task.state is None:
        raise NotFound(f"There is no task with the oid {task.oid}.")
    return task.state


def operate(
    task: StoredObject, operation: Operation, now: str, zone: tzinfo = UTC
) -> tuple[Transition, TaskState]:
    """The row that applies and the state after a caller's operation; `WrongState` if refused."""
    state = state_of(task)
    row = transition(operation, state)
    if row.effect is TransitionEffect.REFUSE:
        raise WrongState(row.message.format(state=state.scheduling_state or "in no state"))
    after = move_state(state, row)
    if operation is Operation.RESUME and after.scheduling_state == SchedulingState.WAITING:
        # What a job waits for may have come while it was suspended.
        after = wake_job(replace(task, state=after), now) if is_job(task.items) else after
    if row.effect is TransitionEffect.START_NOW:
        after = replace(after, next_start=now)
    elif row.effect is TransitionEffect.RESCHEDULE:
        after = replace(after, next_start=_decide_resumed_start(task, after, now, zone))
    if (
        row.effect in (TransitionEffect.START_NOW, TransitionEffect.RESCHEDULE)
        and not state.is_running
    ):
        after = replace(after, result_status="in_progress", result=_result("in_progress", now))
    return row, after


def _decide_resumed_start(
    task: StoredObject, state: TaskState, now: str, zone: tzinfo
) -> str | None:
    """An interrupted run goes on at once; otherwise the schedule decides."""
    if state.run is not None:
        return now
    return Schedule.of(task.items, zone).following(state.last_run_start, now)


def start_run(task: StoredObject, now: str) -> TaskState | None:
    """The state of a task that the engine takes; None if it may not be taken any more."""
    state = state_of(task)
    if state.next_start is None or state.next_start > now:
        return None
    row = transition(Operation.START, state)
    if row.effect is TransitionEffect.REFUSE:
        return None
    fresh = state.run is None
    return move_state(
        state,
        row,
        node=NODE,
        next_start=None,
        next_retry=None,
        last_run_start=now,
        result_status="in_progress",
        result=_result("in_progress", now),
        progress=0 if fresh else state.progress,
        expected_total=None if fresh else state.expected_total,
        told_status=None,
        told_at=None,
        told_on=None,
    )


def end_run(
    task: StoredObject,
    verdict: RunResult,
    now: str,
    zone: tzinfo = UTC,
    memory: str | None = None,
) -> TaskState:
    """The state after a run; a task that failed as a whole waits, suspended, for a person."""
    state = state_of(task)
    operation = Operation.FAIL if verdict.is_permanent else Operation.FINISH
    row = transition(operation, state)
    after = move_state(
        state,
        row,
        node=None,
        run=state.run if verdict.is_permanent else None,
        last_run_finish=now,
        result_status=verdict.status,
        result=_result(verdict.status, state.last_run_start or now, now, verdict.message),
        memory=memory or state.memory,
    )
    if after.scheduling_state == SchedulingState.CLOSED:
        return close_task(task, after, now)
    if row.effect is TransitionEffect.RESCHEDULE and state.next_start is None:
        following = Schedule.of(task.items, zone).following(state.last_run_start, now)
        return replace(after, next_start=following)
    return after


def report_result(
    task: StoredObject, given: ReportedResult, now: str, zone: tzinfo = UTC
) -> TaskState:
    """The state once somebody has told what the run came to; one that is left to stop is given up.

    A single task is closed, a recurring one goes on as its schedule says.
    """
    state = replace(state_of(task), told_status=given.status, told_at=given.at, told_on=now)
    if not given.ends_run:
        return state
    row = transition(Operation.CLEAR, state)
    after = _give_up(replace(move_state(state, row), run=None), now)
    if row.to is None:
        return after
    if after.scheduling_state == SchedulingState.CLOSED:
        return close_task(task, after, now)
    following = Schedule.of(task.items, zone).following(state.last_run_start, now)
    return replace(after, next_start=following, next_retry=None)


def _give_up(state: TaskState, now: str) -> TaskState:
    """Nobody knows what a run that was begun and not ended has come to."""
    begun, finished = state.last_run_start, state.last_run_finish
    if begun is None or (finished is not None and finished >= begun):
        return replace(state, node=None)
    return replace(
        state,
        node=None,
        last_run_finish=now,
        result_status="unknown",
        result=_result("unknown", begun, now),
    )


def close_task(task: StoredObject, state: TaskState, now: str) -> TaskState:
    """The closed state with its times: when it was closed, and when it is to be deleted."""
    kept: str | None = task.items.get("cleanupAfterCompletion")
    expires = _later(now, seconds_in(kept)) if kept else None
    return replace(state, completed=now, next_start=None, next_retry=None, expires=expires)


def defer_run(task: StoredObject, until: str) -> TaskState:
    """The state of a run that goes on later; it holds no place meanwhile."""
    state = state_of(task)
    row = transition(Operation.DEFER, state)
    start = state.next_start or until
    return move_state(state, row, node=None, next_start=start, next_retry=until)


def waits(task: StoredObject) -> TaskState:
    """The state of a run that goes on when somebody else has done something."""
    state = state_of(task)
    row = transition(Operation.WAIT, state)
    return replace(move_state(state, row), node=None, next_start=None, waiting_reason="other")


def wake_job(task: StoredObject, now: str) -> TaskState:
    """The state of a job when there is something to do; unchanged if it runs or may not."""
    state = state_of(task)
    if state.scheduling_state == SchedulingState.WAITING and state.waiting_reason == "other":
        ready = move_state(state, transition(Operation.UNPAUSE, state))
        return replace(ready, next_start=now)
    if state.scheduling_state == SchedulingState.READY and not state.is_running:
        return replace(state, next_start=now)
    return state


def cancel_task(task: StoredObject, now: str) -> TaskState:
    """The state of a task that is not wanted any more; `WrongState` if it is closed already."""
    state = state_of(task)
    if state.scheduling_state == SchedulingState.CLOSED:
        raise WrongState("What is closed already cannot be canceled.")
    after = move_state(state, transition(Operation.CLEAR, state))
    ended = replace(
        after,
        node=None,
        run=None,
        last_run_finish=None,  # it was ended, and did not come to its end
        result_status="unknown",
        result=_result("unknown", state.last_run_start or now, now, "It was canceled."),
    )
    return close_task(task, ended, now)


def postpone_start(task: StoredObject, now: str, pause: float, zone: tzinfo = UTC) -> TaskState:
    """The state of a task that was due and found no place; its schedule may start it sooner."""
    state = state_of(task)
    retry = _later(now, pause)
    schedule = Schedule.of(task.items, zone)
    regular = schedule.following(now, now) if schedule.recurring else None
    start = min(retry, regular) if regular is not None and regular > now else retry
    return replace(state, next_start=start, next_retry=retry)


def retry_after(task: StoredObject, default: float) -> float:
    """Seconds after which a task that found no place is tried again."""
    given = task.items.get("executionConstraints", {}).get("retryAfter")
    return max(0.0, seconds_in(given)) if given else default


def is_expired(task: StoredObject, now: str) -> bool:
    """Whether a task is closed and has been kept long enough."""
    state = state_of(task)
    is_closed = state.scheduling_state == SchedulingState.CLOSED
    return is_closed and state.expires is not None and state.expires <= now


def keep_closed(task: StoredObject) -> TaskState:
    """The state of a closed task that cannot be deleted, although its time is over."""
    return replace(state_of(task), expires=None)


def release_waiting(task: StoredObject, now: str, zone: tzinfo = UTC) -> TaskState | None:
    """The state of a task whose prerequisites are closed; None if it does not wait for them."""
    state = state_of(task)
    if state.waiting_reason != "otherTasks" or state.scheduling_state != SchedulingState.WAITING:
        return None
    recurring = state.recurrence == "recurring"
    action = task.items.get("unpauseAction", "reschedule" if recurring else "executeImmediately")
    if action == "close" or (action == "reschedule" and not recurring):
        return close_task(task, move_state(state, transition(Operation.CLOSE, state)), now)
    ready = move_state(state, transition(Operation.UNPAUSE, state))
    if action == "executeImmediately":
        return replace(ready, next_start=now)
    following = Schedule.of(task.items, zone).following(state.last_run_start, now)
    return replace(ready, next_start=following)


def recover_task(task: StoredObject, now: str, zone: tzinfo = UTC) -> TaskState | None:
    """The state of a task whose engine has gone: what its `threadStopAction` says."""
    state = state_of(task)
    if not state.is_running:
        return None
    action = task.items.get("threadStopAction", "restart")
    stopped = replace(state, node=None, next_start=None)
    if action == "suspend":
        return move_state(stopped, transition(Operation.SUSPEND, stopped))
    if action == "close":
        ended_state = replace(move_state(stopped, transition(Operation.CLOSE, stopped)), run=None)
        return close_task(task, ended_state, now)
    restart = now
    if action == "reschedule" and task.items.get("binding") != "tight":
        restart = _regular_start(task, state, now, zone)
    return replace(stopped, execution_state=ExecutionState.RUNNABLE, next_start=restart)


def _regular_start(task: StoredObject, state: TaskState, now: str, zone: tzinfo) -> str:
    """When the schedule starts the task again; now if it does not recur by itself."""
    schedule = Schedule.of(task.items, zone)
    following = schedule.following(state.last_run_start, now) if schedule.recurring else None
    return following or now


def reschedule(task: StoredObject, before: TaskState, now: str, zone: tzinfo = UTC) -> TaskState:
    """The state after a change of the task's definition: the trigger is made anew."""
    state = state_of(task)
    if state.scheduling_state != SchedulingState.READY:
        return replace(state, next_start=None)
    if state.is_running:
        return state
    if state.run is not None and before.next_start is not None:
        return replace(state, next_start=before.next_start)  # an unfinished run goes on as planned
    schedule = Schedule.of(task.items, zone)
    if before.scheduling_state == SchedulingState.READY:
        return replace(state, next_start=schedule.following(state.last_run_start, now))
    return replace(state, execution_state=ExecutionState.RUNNABLE, next_start=schedule.first(now))


def _later(now: str, seconds: float) -> str:
    """So many seconds from now; at most the last instant that can be written."""
    return write_instant(min(parse_instant(now) + seconds, LAST))


def _result(status: str, start: str, end: str | None = None, message: str | None = None) -> str:
    facts = {"operation": "run", "status": status, "start": start, "end": end, "message": message}
    known = {name: value for name, value in facts.items() if value is not None}
    return json.dumps(known, ensure_ascii=False, separators=(",", ":"))


def closes(before: TaskState | None, after: TaskState) -> bool:
    """Whether a task is closed by a change of its state."""
    return after.scheduling_state == SchedulingState.CLOSED and (
        before is None or before.scheduling_state != SchedulingState.CLOSED
    )


def put_back(task: StoredObject, now: str, zone: tzinfo = UTC) -> TaskState | None:
    """The state of a task after the clock was put back; None if it starts as it should.

    Only recurring tasks start sooner: a start that somebody has set is that of the clock.
    """
    state = state_of(task)
    schedule = Schedule.of(task.items, zone)
    if not schedule.recurring or state.run is not None or state.next_start is None:
        return None
    last = None if state.last_run_start is None else min(state.last_run_start, now)
    start = schedule.following(last, now)
    if start is None or start >= state.next_start:
        return None
    return replace(state, next_start=start)

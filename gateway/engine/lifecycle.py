"""How a task's state moves: pure functions from a stored task to its next state."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import orjson

from gateway.errors import NotFound, WrongState
from gateway.model.schedule import Schedule
from gateway.model.task import Effect, ExecutionState, Operation, SchedulingState, moved, transition

if TYPE_CHECKING:
    from gateway.model.documents import StoredObject
    from gateway.model.task import TaskState, Transition

NODE = "taskgate"
#: What a task does that was on a worker when the engine went away.
AFTER_CRASH = {
    "suspend": (SchedulingState.SUSPENDED, ExecutionState.SUSPENDED),
    "close": (SchedulingState.CLOSED, ExecutionState.CLOSED),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a run came to."""

    status: str
    message: str | None = None
    #: The work as a whole could not be done.
    is_permanent: bool = False


def state_of(task: StoredObject) -> TaskState:
    """The task's state, or `NotFound` if the object is no task."""
    if task.state is None:
        raise NotFound(f"There is no task with the oid {task.oid}.")
    return task.state


def operated(task: StoredObject, operation: Operation, now: str) -> tuple[Transition, TaskState]:
    """The row that applies and the state after a caller's operation; `WrongState` if refused."""
    state = state_of(task)
    row = transition(operation, state)
    if row.effect is Effect.REFUSE:
        raise WrongState(row.message.format(state=state.scheduling_state or "in no state"))
    after = moved(state, row)
    if row.effect is Effect.START_NOW:
        after = replace(after, next_start=now)
    elif row.effect is Effect.RESCHEDULE:
        after = replace(after, next_start=_resumed_start(task, after, now))
    if row.effect in (Effect.START_NOW, Effect.RESCHEDULE) and not state.is_running:
        after = replace(after, result_status="in_progress", result=_result("in_progress", now))
    return row, after


def _resumed_start(task: StoredObject, state: TaskState, now: str) -> str | None:
    """An interrupted run goes on at once; otherwise the schedule decides."""
    if state.run is not None:
        return now
    return Schedule.of(task.items).following(state.last_run_start, now)


def started(task: StoredObject, now: str) -> TaskState | None:
    """The state of a task that the engine takes; None if it may not be taken any more."""
    state = state_of(task)
    if state.next_start is None or state.next_start > now:
        return None
    row = transition(Operation.START, state)
    if row.effect is Effect.REFUSE:
        return None
    fresh = state.run is None
    return replace(
        moved(state, row),
        node=NODE,
        next_start=None,
        last_run_start=now,
        result_status="in_progress",
        result=_result("in_progress", now),
        progress=0 if fresh else state.progress,
        expected_total=None if fresh else state.expected_total,
    )


def ended(task: StoredObject, verdict: Verdict, now: str) -> TaskState:
    """The state after a run; a task that failed as a whole waits, suspended, for a person."""
    state = state_of(task)
    operation = Operation.FAIL if verdict.is_permanent else Operation.FINISH
    row = transition(operation, state)
    after = replace(
        moved(state, row),
        node=None,
        run=state.run if verdict.is_permanent else None,
        last_run_finish=now,
        result_status=verdict.status,
        result=_result(verdict.status, state.last_run_start or now, now, verdict.message),
    )
    if after.scheduling_state == SchedulingState.CLOSED:
        return replace(after, completed=now, next_start=None)
    if row.effect is Effect.RESCHEDULE and state.next_start is None:
        following = Schedule.of(task.items).following(state.last_run_start, now)
        return replace(after, next_start=following)
    return after


def recovered(task: StoredObject, now: str) -> TaskState | None:
    """The state of a task whose engine has gone: what its `threadStopAction` says."""
    state = state_of(task)
    if not state.is_running:
        return None
    action = task.items.get("threadStopAction", "restart")
    if action in AFTER_CRASH:
        scheduling, execution = AFTER_CRASH[action]
        completed = now if execution == ExecutionState.CLOSED else state.completed
        return replace(
            state,
            scheduling_state=scheduling,
            execution_state=execution,
            node=None,
            completed=completed,
            next_start=None,
            run=state.run if execution == ExecutionState.SUSPENDED else None,
        )
    restart = now
    if action == "reschedule" and task.items.get("binding") != "tight":
        restart = _regular_start(task, state, now)
    return replace(state, execution_state=ExecutionState.RUNNABLE, node=None, next_start=restart)


def _regular_start(task: StoredObject, state: TaskState, now: str) -> str:
    """When the schedule starts the task again; now if it does not recur by itself."""
    schedule = Schedule.of(task.items)
    following = schedule.following(state.last_run_start, now) if schedule.recurring else None
    return following or now


def rescheduled(task: StoredObject, before: TaskState, now: str) -> TaskState:
    """The state after a change of the task's definition: the trigger is made anew."""
    state = state_of(task)
    if state.scheduling_state != SchedulingState.READY:
        return replace(state, next_start=None)
    if state.is_running:
        return state
    if before.scheduling_state == SchedulingState.READY:
        last = state.last_run_start
        following = Schedule.of(task.items).following(last, now)
        return replace(state, next_start=following)
    execution = ExecutionState.RUNNABLE
    return replace(state, execution_state=execution, next_start=Schedule.of(task.items).first(now))


def _result(status: str, start: str, end: str | None = None, message: str | None = None) -> str:
    facts = {"operation": "run", "status": status, "start": start, "end": end, "message": message}
    return orjson.dumps({k: v for k, v in facts.items() if v is not None}).decode()

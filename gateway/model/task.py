"""A task's run-time state and the table of what each operation does to it.

The table is the one of midPoint's scheduler, read as data: first row that fits wins.
This module knows nothing of clocks, stores or wires.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any


class ExecutionState(StrEnum):
    """What a person is shown."""

    RUNNING = "running"
    RUNNABLE = "runnable"
    WAITING = "waiting"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class SchedulingState(StrEnum):
    """What the scheduler acts on."""

    READY = "ready"
    WAITING = "waiting"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class Operation(StrEnum):
    """What can be done to a task's state."""

    RUN = "run"
    SUSPEND = "suspend"
    RESUME = "resume"
    #: The engine takes it.
    START = "start"
    #: Its run is complete.
    FINISH = "finish"
    #: Its run cannot go on without a person.
    FAIL = "fail"
    #: Its run goes on later.
    DEFER = "defer"
    #: What it waited for has happened.
    UNPAUSE = "unpause"
    #: Its run goes on when somebody has done something.
    WAIT = "wait"
    #: It is done for good.
    CLOSE = "close"
    #: Somebody has told what its run came to.
    CLEAR = "clear"


class TransitionEffect(StrEnum):
    """What a transition asks for beside the new states."""

    #: Nothing else.
    NONE = "none"
    #: Start as soon as possible.
    START_NOW = "start_now"
    #: Start when the schedule says so.
    RESCHEDULE = "reschedule"
    #: Stop the work that is under way.
    STOP = "stop"
    #: Nothing is changed, and the caller should be told why.
    WARN = "warn"
    #: Nothing is changed, and that is an error.
    REFUSE = "refuse"


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskState:
    """Run-time state of a task; instants are text, absent values None."""

    identifier: str
    parent: str | None = None
    execution_state: str | None = None
    scheduling_state: str | None = None
    waiting_reason: str | None = None
    state_before_suspend: str | None = None
    scheduling_state_before_suspend: str | None = None
    recurrence: str | None = None
    node: str | None = None
    result_status: str | None = None
    #: The outcome of the last run, as the engine recorded it (JSON text).
    result: str | None = None
    progress: int | None = None
    expected_total: int | None = None
    last_run_start: str | None = None
    last_run_finish: str | None = None
    completed: str | None = None
    #: When the engine should start it; None: not by itself.
    next_start: str | None = None
    #: When it is started again out of turn: it waits for a place, or for failed items' next try.
    next_retry: str | None = None
    #: When it is deleted if it is still closed then.
    expires: str | None = None
    #: What its activities keep from run to run (JSON text), by activity path.
    memory: str | None = None
    #: Who has decided what it does, if a job's step has started it (JSON text); see `Origin`.
    origin: str | None = None
    #: What somebody told that the last run came to, and when; gone when the next one starts.
    told_status: str | None = None
    told_at: str | None = None
    #: When somebody told it.
    told_on: str | None = None
    #: The run that is under way or interrupted.
    run: int | None = None
    #: Names of the groups that alone may see it (JSON text), as its job is limited; None: everybody.
    audience: str | None = None
    #: Counts the changes of this state; a write names the value it was computed from.
    touched: int = 0

    @property
    def groups(self) -> frozenset[str]:
        """The groups that alone may see it; none: everybody."""
        return frozenset() if self.audience is None else _names(self.audience)

    @property
    def is_running(self) -> bool:
        """Whether the engine works on it."""
        return self.execution_state == ExecutionState.RUNNING


@lru_cache(maxsize=1_024)
def _names(text: str) -> frozenset[str]:
    return frozenset(json.loads(text))


@dataclass(frozen=True, kw_only=True, slots=True)
class Transition:
    """One row: in this state, that operation leads there."""

    operation: Operation
    scheduling: SchedulingState | None
    #: Only for recurring (True) or single (False) tasks; None: both.
    recurring: bool | None = None
    running: bool | None = None
    #: Only if it was waiting when it was suspended.
    waited: bool | None = None
    #: The new states; None leaves both as they are.
    to: tuple[SchedulingState, ExecutionState] | None = None
    effect: TransitionEffect = TransitionEffect.NONE
    message: str = ""


_S, _E = SchedulingState, ExecutionState
_READY = (_S.READY, _E.RUNNABLE)
_SUSPENDED = (_S.SUSPENDED, _E.SUSPENDED)
_CLOSED = (_S.CLOSED, _E.CLOSED)


def _row(operation: Operation, scheduling: SchedulingState | None, **cells: object) -> Transition:
    return Transition(operation=operation, scheduling=scheduling, **cells)  # type: ignore[arg-type]


_NOT_RUNNABLE = "The task is not run now, because it is {state}; resume it first."
_NOT_SUSPENDED = "Only a suspended task can be resumed; this one is {state}."

TRANSITIONS: tuple[Transition, ...] = (
    _row(Operation.RUN, _S.READY, effect=TransitionEffect.START_NOW),
    _row(Operation.RUN, _S.CLOSED, recurring=False, to=_READY, effect=TransitionEffect.START_NOW),
    _row(
        Operation.RUN,
        _S.CLOSED,
        recurring=True,
        effect=TransitionEffect.WARN,
        message="A closed recurring task is not run; resume it instead.",
    ),
    _row(Operation.RUN, _S.WAITING, to=_READY, effect=TransitionEffect.START_NOW),
    _row(Operation.RUN, _S.SUSPENDED, effect=TransitionEffect.WARN, message=_NOT_RUNNABLE),
    _row(Operation.RUN, None, effect=TransitionEffect.WARN, message=_NOT_RUNNABLE),
    _row(Operation.SUSPEND, _S.READY, to=_SUSPENDED, effect=TransitionEffect.STOP),
    _row(Operation.SUSPEND, _S.WAITING, to=_SUSPENDED, effect=TransitionEffect.STOP),
    _row(Operation.SUSPEND, _S.SUSPENDED),
    _row(Operation.SUSPEND, _S.CLOSED),
    _row(Operation.SUSPEND, None),
    _row(Operation.RESUME, _S.SUSPENDED, waited=True, to=(_S.WAITING, _E.WAITING)),
    _row(
        Operation.RESUME, _S.SUSPENDED, waited=False, to=_READY, effect=TransitionEffect.RESCHEDULE
    ),
    _row(
        Operation.RESUME, _S.CLOSED, recurring=True, to=_READY, effect=TransitionEffect.RESCHEDULE
    ),
    _row(
        Operation.RESUME,
        _S.CLOSED,
        recurring=False,
        effect=TransitionEffect.REFUSE,
        message="A closed task that does not recur cannot be resumed; run it instead.",
    ),
    _row(Operation.RESUME, _S.READY, effect=TransitionEffect.REFUSE, message=_NOT_SUSPENDED),
    _row(Operation.RESUME, _S.WAITING, effect=TransitionEffect.REFUSE, message=_NOT_SUSPENDED),
    _row(Operation.RESUME, None, effect=TransitionEffect.REFUSE, message=_NOT_SUSPENDED),
    _row(Operation.START, _S.READY, running=False, to=(_S.READY, _E.RUNNING)),
    _row(Operation.FINISH, _S.READY, recurring=False, to=_CLOSED),
    _row(Operation.FINISH, _S.READY, recurring=True, to=_READY, effect=TransitionEffect.RESCHEDULE),
    _row(Operation.FAIL, _S.READY, to=_SUSPENDED),
    _row(Operation.DEFER, _S.READY, to=_READY),
    _row(Operation.WAIT, _S.READY, to=(_S.WAITING, _E.WAITING)),
    _row(Operation.UNPAUSE, _S.WAITING, to=_READY, effect=TransitionEffect.RESCHEDULE),
    _row(Operation.CLOSE, _S.READY, to=_CLOSED),
    _row(Operation.CLOSE, _S.WAITING, to=_CLOSED),
    _row(Operation.CLEAR, _S.READY, recurring=False, to=_CLOSED, effect=TransitionEffect.STOP),
    _row(Operation.CLEAR, _S.READY, recurring=True, to=_READY, effect=TransitionEffect.RESCHEDULE),
    _row(Operation.CLEAR, _S.WAITING, recurring=False, to=_CLOSED, effect=TransitionEffect.STOP),
    _row(Operation.CLEAR, _S.WAITING, recurring=True),
    _row(Operation.CLEAR, _S.SUSPENDED, recurring=False, to=_CLOSED),
    _row(Operation.CLEAR, _S.SUSPENDED, recurring=True),
    _row(Operation.CLEAR, _S.CLOSED),
    _row(Operation.CLEAR, None),
)


def transition(operation: Operation, state: TaskState) -> Transition:
    """The row of the table that fits `state`; a row that refuses when none fits."""
    for row in TRANSITIONS:
        if row.operation is operation and _fits(row, state):
            return row
    return _row(
        operation, None, effect=TransitionEffect.REFUSE, message="The task's state has changed."
    )


def _fits(row: Transition, state: TaskState) -> bool:
    waited = state.scheduling_state_before_suspend == SchedulingState.WAITING
    wanted_and_actual = (
        (row.recurring, state.recurrence == "recurring"),
        (row.running, state.is_running),
        (row.waited, waited),
    )
    return row.scheduling == state.scheduling_state and all(
        wanted is None or wanted is actual for wanted, actual in wanted_and_actual
    )


def move_state(state: TaskState, row: Transition, **more: Any) -> TaskState:
    """`state` after the row's states were taken over, with what suspend and resume remember.

    `more` are further fields of the new state.
    """
    if row.to is None:
        return replace(state, **more) if more else state
    scheduling, execution = row.to
    if row.operation is Operation.SUSPEND:
        new: dict[str, Any] = {
            "scheduling_state": scheduling,
            "execution_state": execution,
            "state_before_suspend": state.execution_state,
            "scheduling_state_before_suspend": state.scheduling_state,
            "next_start": None,
            "next_retry": None,
            "node": None,
        }
        return replace(state, **new | more)
    if row.waited and state.state_before_suspend:
        execution = ExecutionState(state.state_before_suspend)
    new = {
        "scheduling_state": scheduling,
        "execution_state": execution,
        "state_before_suspend": None,
        "scheduling_state_before_suspend": None,
        "waiting_reason": state.waiting_reason if scheduling == _S.WAITING else None,
    }
    return replace(state, **new | more)


#: What a missing state is, given the other one (`executionState` given, `schedulingState` missing).
SCHEDULING_OF = {
    "running": "ready",
    "runnable": "ready",
    "waiting": "waiting",
    "suspended": "suspended",
    "closed": "closed",
}
EXECUTION_OF = {
    "ready": "runnable",
    "waiting": "waiting",
    "suspended": "suspended",
    "closed": "closed",
}

"""Moving tasks from state to state as a caller or a job asks: each move is durable, and then told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.clock import write_instant
from gateway.model import lifecycle
from gateway.model.task import Operation, TransitionEffect

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from gateway.clock import Clock
    from gateway.engine.running.scheduler import Scheduler
    from gateway.engine.tasks.events import Events
    from gateway.model.documents import StoredObject
    from gateway.model.lifecycle import ReportedResult
    from gateway.model.task import TaskState
    from gateway.store.base import Store


def _anybody(task: StoredObject) -> None:
    """For those who have checked already."""


class TaskSteering:
    """Moves tasks. `check` sees the task as it is when it is moved, and may raise to refuse."""

    def __init__(
        self, store: Store, scheduler: Scheduler, events: Events, clock: Clock, zone: tzinfo
    ) -> None:
        self._store = store
        self._scheduler = scheduler
        self._events = events
        self._clock = clock
        self._zone = zone

    async def operate(
        self,
        oid: str,
        operation: Operation,
        check: Callable[[StoredObject], None] = _anybody,
    ) -> str | None:
        """Run, suspend or resume the task; a sentence if its state forbids it.

        When a task is suspended, nothing of it is processed any more when this returns.
        """
        now = self._now()
        warning: list[str] = []

        def decide(task: StoredObject) -> TaskState | None:
            check(task)
            warning.clear()
            row, after = lifecycle.operate(task, operation, now, self._zone)
            if row.effect is TransitionEffect.WARN:
                state = lifecycle.state_of(task).scheduling_state or "in no state"
                warning.append(row.message.format(state=state))
            return None if after == task.state else after

        before, after = await self._store.change_state(oid, decide)
        if operation is Operation.SUSPEND:
            self._scheduler.halt(oid)
        self._events.report_change(before, before.state, after, now)
        self._scheduler.nudge(after.next_start)
        return warning[0] if warning else None

    async def clear(
        self,
        oid: str,
        tell: Callable[[StoredObject], ReportedResult | None],
        check: Callable[[StoredObject], None] = _anybody,
    ) -> None:
        """Take over what `tell` says that the task's run came to; stop the run if it is under way.

        `tell` sees the task as it is when it is changed, and may raise to refuse; None changes
        nothing.
        """
        now = self._now()

        def decide(task: StoredObject) -> TaskState | None:
            check(task)
            given = tell(task)
            return None if given is None else lifecycle.report_result(task, given, now, self._zone)

        before, after = await self._store.change_state(oid, decide)
        await self.report_move(before, after, now)

    async def cancel(self, oid: str) -> None:
        """End the task for good, wherever it stands; `WrongState` if it is closed already."""
        now = self._now()

        def decide(task: StoredObject) -> TaskState:
            return lifecycle.cancel_task(task, now)

        before, after = await self._store.change_state(oid, decide)
        await self.report_move(before, after, now)

    async def report_move(self, before: StoredObject, after: TaskState, now: str) -> None:
        """A task's state was changed: tell of it, and let the scheduler act on it."""
        self._events.report_change(before, before.state, after, now)
        self._scheduler.nudge(after.next_start)
        self._scheduler.halt_if_idle(before.oid, after)
        if lifecycle.closes(before.state, after):
            await self._scheduler.settle(before.oid)

    def _now(self) -> str:
        return write_instant(self._clock.now())

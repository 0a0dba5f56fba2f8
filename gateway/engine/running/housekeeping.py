"""What the engine does beside running: recovery, waiting tasks, closed tasks that have served."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from gateway.clock import write_instant
from gateway.errors import NotFound, Protected, WrongState
from gateway.model import lifecycle
from gateway.model.destructible import check_destructible
from gateway.model.task import SchedulingState

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from gateway.clock import Clock
    from gateway.engine.tasks.events import Events
    from gateway.model.documents import StoredObject
    from gateway.model.task import TaskState
    from gateway.store.base import Store

#: Seconds between looks at waiting tasks that nothing has released.
WAITING_CHECK = 600.0


class Housekeeping:
    """Moves the states of tasks that no caller and no run moves."""

    def __init__(self, store: Store, events: Events, clock: Clock, zone: tzinfo) -> None:
        self._store = store
        self._events = events
        self._clock = clock
        self._zone = zone
        #: When waiting tasks are looked at next, in seconds since the epoch.
        self.next_check = clock.now()

    async def recover(self) -> None:
        """Move on what a former engine left running."""
        # At once, so that many of them share a commit.
        await asyncio.gather(*map(self.give_back, await self._store.find_interrupted()))

    async def give_back(self, oid: str) -> None:
        """Do with a task whose run was lost as its `threadStopAction` says."""
        now = self._now()
        await self.move(oid, partial(lifecycle.recover_task, now=now, zone=self._zone))

    async def look(self) -> None:
        """Delete closed tasks whose time is over; now and then, release what waits for nothing."""
        for oid in await self._store.find_expired(self._now()):
            await self._delete(oid)
        now = self._clock.now()
        # The clock may have been put back.
        if now >= self.next_check or now < self.next_check - WAITING_CHECK:
            self.next_check = now + WAITING_CHECK
            await self.release(None)

    async def put_back(self) -> None:
        """The clock was put back: recurring tasks start by the time that it shows now."""
        now = self._now()
        for oid in await self._store.find_scheduled(now):
            await self.move(oid, partial(lifecycle.put_back, now=now, zone=self._zone))

    async def release(self, closed: str | None) -> list[str]:
        """Let tasks go on whose prerequisites are closed; when they start."""
        starts: list[str] = []
        waiting = [closed]
        while waiting:
            for oid in await self._store.find_ready_to_unpause(waiting.pop()):
                now = self._now()
                after = await self.move(
                    oid, partial(lifecycle.release_waiting, now=now, zone=self._zone)
                )
                if after.next_start is not None:
                    starts.append(after.next_start)
                if after.scheduling_state == SchedulingState.CLOSED:
                    waiting.append(oid)
        return [*starts, *await self._wake(closed=closed)]

    async def look_again(self, oid: str) -> list[str]:
        """Let a job go on that has begun to wait for something that was over already."""
        return await self._wake(waiting=oid)

    async def _wake(self, *, closed: str | None = None, waiting: str | None = None) -> list[str]:
        starts: list[str] = []
        for oid in await self._store.jobs.find_jobs_to_wake(closed=closed, waiting=waiting):
            after = await self.move(oid, partial(lifecycle.wake_job, now=self._now()))
            if after.next_start is not None:
                starts.append(after.next_start)
        return starts

    async def move(self, oid: str, decide: Callable[[StoredObject], TaskState | None]) -> TaskState:
        """Change a task's state, and tell of it."""
        before, after = await self._store.change_state(oid, decide)
        if after != before.state:
            self._events.report_change(before, before.state, after, self._now())
        return after

    async def _delete(self, oid: str) -> None:
        found: list[StoredObject] = []
        now = self._now()

        def check(each: StoredObject) -> None:
            if each.oid == oid and not lifecycle.is_expired(each, now):
                raise WrongState(f"'{each.name}' was opened again meanwhile.")
            check_destructible(each)
            found.append(each)

        try:
            await self._store.delete(oid, check)
        except Protected:
            await self.move(oid, lifecycle.keep_closed)
            return
        except (NotFound, WrongState):
            return
        for each in found:
            self._events.report_change(each, each.state, None, now)

    def _now(self) -> str:
        return write_instant(self._clock.now())

"""Starts tasks when they are due and sees their runs to an end; recovers them after a crash."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from functools import partial
from math import inf
from typing import TYPE_CHECKING

import structlog

from gateway.clock import parse_instant, write_instant
from gateway.errors import NotFound, TaskgateError, Unavailable
from gateway.model.task import SchedulingState

if TYPE_CHECKING:
    from gateway.clock import Clock
    from gateway.engine.running.dispatcher import Dispatcher
    from gateway.engine.running.executor import Executor
    from gateway.engine.running.housekeeping import Housekeeping
    from gateway.model.task import TaskState
    from gateway.store.base import Store

log = structlog.get_logger(__name__)
#: Seconds until the next look when nothing is known to be due.
IDLE = 30.0
#: Seconds until the next try when the store could not be used.
RETRY = 1.0
#: Seconds between two looks at the clock while nothing is due.
GLANCE = 1.0
#: Seconds by which a clock that is kept right is not put forward or back at once.
JUMP = 2.0
#: Due tasks that are asked for in one look.
BATCH = 2_000


class Scheduler:
    """The engine's loop: looks for due tasks, and has each of them executed."""

    def __init__(
        self,
        store: Store,
        dispatcher: Dispatcher,
        executor: Executor,
        upkeep: Housekeeping,
        clock: Clock,
        *,
        max_running: int,
    ) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._executor = executor
        executor.attach(self)
        self._upkeep = upkeep
        self._clock = clock
        self._max_running = max_running
        self._active: dict[str, asyncio.Task[None]] = {}
        self._queue: deque[str] = deque()
        self._wake = asyncio.Event()
        #: Due tasks had to be left, because as many run as may.
        self._has_left = False
        #: When the loop looks again by itself, in the clock's ticks.
        self._next_look = -inf
        #: By how much the clock differs from its ticks; it does so for ever if nobody touches it.
        self._offset = clock.now() - clock.ticks()
        self._loop: asyncio.Task[None] | None = None

    @property
    def running(self) -> int:
        """Tasks that run now."""
        return len(self._active)

    async def start(self) -> None:
        """Recover what a former engine left behind, then look for due tasks."""
        await self._upkeep.recover()
        await self._dispatcher.start()
        self._loop = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Take no more items; what was running starts again with the next engine."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        active = dict(self._active)
        for task in active.values():
            task.cancel()
        await asyncio.gather(*active.values(), return_exceptions=True)
        try:
            await self._upkeep.recover()
        except Unavailable as error:
            log.warning("recovery_is_left_to_the_next_start", reason=error.message)
        await self._dispatcher.stop()

    def nudge(self, next_start: str | None) -> None:
        """Look again if a task is due earlier than the loop would."""
        if next_start is None:
            return
        # The loop waits for a span of time, and the clock may have been put forward or back since.
        if parse_instant(next_start) - self._clock.now() < self._next_look - self._clock.ticks():
            self._wake.set()

    def halt_if_idle(self, oid: str, state: TaskState) -> None:
        """Stop the work of a task that was changed to something else than running."""
        if not state.is_running:
            self.halt(oid)

    def halt(self, oid: str) -> None:
        """Stop the task's work; its lease is void already, so nothing more can be committed."""
        running = self._active.get(oid)
        if running is not None:
            running.cancel()

    async def settle(self, oid: str) -> None:
        """A task was closed or deleted: let go on what waited for it."""
        for start in await self._upkeep.release(oid):
            self.nudge(start)

    async def look_again(self, oid: str) -> None:
        """A job has begun to wait: let it go on if there is nothing to wait for."""
        for start in await self._upkeep.look_again(oid):
            self.nudge(start)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            # What is said to be due while we look may not be seen, however late it is due.
            self._next_look = inf
            try:
                await self._notice_the_clock()
                await self._upkeep.look()
                await self._take_due()
                pause = await self._pause()
            except TaskgateError as error:
                log.warning("scheduler_waits", reason=error.message)
                pause = RETRY
            except Exception:
                # Without this loop no task would ever start again, whatever went wrong once.
                log.exception("scheduler_broke")
                pause = RETRY
            self._next_look = self._clock.ticks() + pause
            await self._wait(pause)

    async def _wait(self, seconds: float) -> None:
        """Until the loop is woken, the seconds are over, or the clock was put forward or back."""
        while seconds > 0 and not self._wake.is_set() and not self._jump():
            with suppress(TimeoutError):
                async with asyncio.timeout(min(seconds, GLANCE)):
                    await self._wake.wait()
            seconds -= GLANCE

    def _jump(self) -> float:
        """Seconds by which the clock was put forward since the last look; 0 for hardly any."""
        jump = self._clock.now() - self._clock.ticks() - self._offset
        return jump if abs(jump) >= JUMP else 0.0

    async def _notice_the_clock(self) -> None:
        """What is due by a clock that was put back would stand still for as long."""
        jump = self._jump()
        if not jump:
            return
        log.warning("clock_was_put", seconds=round(jump, 3))
        if jump < 0:
            await self._upkeep.put_back()
        self._offset += jump

    async def _take_due(self) -> None:
        """Start what is due, as far as there is room; the rest waits in the queue."""
        if not self._queue and len(self._active) < self._max_running:
            # Tasks whose last stretch is just being put away may still be active; ask for more.
            due = await self._store.due(self._now(), BATCH + len(self._active))
            self._queue.extend(oid for oid in due if oid not in self._active)
        while self._queue and len(self._active) < self._max_running:
            oid = self._queue.popleft()
            if oid not in self._active:
                task = asyncio.create_task(self._execute(oid))
                self._active[oid] = task
                task.add_done_callback(partial(self._finish, oid))
        self._has_left = len(self._active) >= self._max_running

    async def _pause(self) -> float:
        if self._has_left:
            return IDLE  # whoever finishes wakes the loop
        due = await self._store.next_due()
        waits = [IDLE, self._upkeep.next_check - self._clock.now()]
        if due is not None:
            waits.append(parse_instant(due) - self._clock.now())
        return max(0.01, min(waits))

    def _finish(self, oid: str, task: asyncio.Task[None]) -> None:
        if self._active.get(oid) is task:  # it may have been started again already
            del self._active[oid]
        if self._has_left:
            self._wake.set()
        if not task.cancelled() and task.exception() is not None:
            log.error("run_lost", task=oid, exc_info=task.exception())
            self._wake.set()

    async def _execute(self, oid: str) -> None:
        """Run the task once, and leave it in a stated state whatever happens."""
        try:
            after = await self._executor.execute(oid)
        except Exception as error:
            if not isinstance(error, Unavailable):
                log.exception("run_broke", task=oid)
            log.warning("run_interrupted", task=oid, reason=str(error))
            await self._give_back(oid)
            self._wake.set()
            return
        if after is not None:
            self._active.pop(oid, None)
            self.nudge(after.next_start)
            if after.scheduling_state == SchedulingState.CLOSED:
                self.nudge(after.expires)

    async def _give_back(self, oid: str) -> None:
        """Put the task back for another start, as soon as the store can be used again."""
        while True:
            await asyncio.sleep(RETRY)
            try:
                await self._upkeep.give_back(oid)
            except Unavailable:
                continue
            except NotFound:
                log.info("run_orphaned", task=oid)
            return

    def _now(self) -> str:
        return write_instant(self._clock.now())

"""Starts tasks when they are due and sees their runs to an end; recovers them after a crash."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import structlog

from gateway.clock import instant, seconds_of
from gateway.engine import lifecycle
from gateway.engine.definition import work_of
from gateway.engine.dispatch import WorkerLost, WorkFailed
from gateway.engine.lifecycle import Verdict
from gateway.engine.runner import LeaseLost, Runner
from gateway.errors import InvalidRequest, NotFound, TaskgateError, Unavailable
from gateway.model.principal import Principal, Right

if TYPE_CHECKING:
    from gateway.clock import Clock
    from gateway.engine.dispatch import Dispatcher
    from gateway.model.documents import StoredObject
    from gateway.model.task import TaskState
    from gateway.store.base import Claim, Store

log = structlog.get_logger(__name__)
#: Seconds until the next look when nothing is known to be due.
IDLE = 30.0
#: Seconds until the next try when the store could not be used.
RETRY = 1.0
#: Tasks taken in one look.
BATCH = 200


class Scheduler:
    """The engine's loop: looks for due tasks, and holds a lease for each that it runs."""

    def __init__(
        self,
        store: Store,
        dispatcher: Dispatcher,
        clock: Clock,
        *,
        max_running: int,
        slice_size: int,
    ) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._clock = clock
        self._max_running = max_running
        self._slice_size = slice_size
        self._active: dict[str, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None

    @property
    def running(self) -> int:
        """Tasks that run now."""
        return len(self._active)

    async def start(self) -> None:
        """Recover what a former engine left behind, then look for due tasks."""
        await self._recover()
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
        await self._recover()
        await self._dispatcher.stop()

    async def _recover(self) -> None:
        now = self._now()
        for oid in await self._store.interrupted():
            state = await self._store.change_state(oid, partial(lifecycle.recovered, now=now))
            log.info("task_recovered", task=oid, state=state.scheduling_state)

    def nudge(self, next_start: str | None) -> None:
        """Look again: a task may be due earlier than was known."""
        if next_start is not None:
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

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self._take_due()
                pause = await self._pause()
            except TaskgateError as error:
                log.warning("scheduler_waits", reason=error.message)
                pause = RETRY
            except Exception:
                # Without this loop no task would ever start again, whatever went wrong once.
                log.exception("scheduler_broke")
                pause = RETRY
            try:
                await asyncio.wait_for(self._wake.wait(), timeout=pause)
            except TimeoutError:
                continue

    async def _take_due(self) -> None:
        free = self._max_running - len(self._active)
        if free <= 0:
            return
        # Tasks whose last stretch is just being put away may still be active; ask for more.
        due = await self._store.due(self._now(), min(BATCH, free) + len(self._active))
        for oid in due:
            if oid not in self._active and len(self._active) < self._max_running:
                task = asyncio.create_task(self._execute(oid))
                self._active[oid] = task
                task.add_done_callback(partial(self._finished, oid))

    async def _pause(self) -> float:
        if len(self._active) >= self._max_running:
            return IDLE  # whoever finishes wakes the loop
        due = await self._store.next_due()
        if due is None:
            return IDLE
        return min(IDLE, max(0.01, seconds_of(due) - self._clock.now()))

    def _finished(self, oid: str, task: asyncio.Task[None]) -> None:
        self._active.pop(oid, None)
        self._wake.set()
        if not task.cancelled() and task.exception() is not None:
            log.error("run_broke", task=oid, exc_info=task.exception())

    async def _execute(self, oid: str) -> None:
        """Run the task once, and leave it in a stated state whatever happens."""
        try:
            claim = await self._claim(oid)
            if claim is not None:
                await self._end(claim, await self._work(claim))
        except LeaseLost:
            log.info("run_stopped", task=oid)
        except Unavailable as error:
            log.warning("run_interrupted", task=oid, reason=error.message)
            await self._give_back(oid)

    async def _claim(self, oid: str) -> Claim | None:
        now = self._now()
        claim = await self._store.claim(oid, partial(lifecycle.started, now=now), now)
        if claim is not None:
            run = claim.run
            log.info("run_started", task=oid, run=run.identifier, attempt=run.attempt)
        return claim

    async def _give_back(self, oid: str) -> None:
        """Put the task back for another start, as soon as the store can be used again."""
        while True:
            await asyncio.sleep(RETRY)
            try:
                await self._store.change_state(oid, partial(lifecycle.recovered, now=self._now()))
            except Unavailable:
                continue
            except NotFound:
                log.info("run_orphaned", task=oid)
            return

    async def _work(self, claim: Claim) -> Verdict:
        """Run the work; what makes it impossible as a whole is a verdict, too."""
        try:
            await self._check_owner(claim.task)
            work = work_of(claim.task.items)
            if work is None:
                return _impossible("The task has no activity, so there is nothing to run.")
            runner = Runner(
                self._store, self._dispatcher, self._clock, claim, work, self._slice_size
            )
            await runner.run()
            return await self._verdict(claim)
        except (InvalidRequest, WorkFailed, WorkerLost) as error:
            return _impossible(error.message)
        except (LeaseLost, Unavailable):
            raise
        except Exception:
            log.exception("run_broke", task=claim.task.oid)
            return _impossible("An internal error; see the server's log.")

    async def _check_owner(self, task: StoredObject) -> None:
        """A task runs with its owner's rights."""
        owner = task.items.get("ownerRef", {}).get("oid", "")
        account = await self._store.account(owner)
        if account is None or not account.is_enabled:
            raise WorkFailed(f"The task's owner {owner} has no enabled account.")
        principal = Principal(oid=account.oid, name=account.name, roles=account.roles)
        if not principal.may(Right.WRITE):
            raise WorkFailed(f"The task's owner '{account.name}' has no right to change objects.")

    async def _verdict(self, claim: Claim) -> Verdict:
        task = await self._store.get(claim.task.oid)
        buckets = task.runs[0].buckets if task is not None and task.runs else ()
        failed = [bucket for bucket in buckets if bucket.failed]
        if not failed:
            return Verdict(status="success")
        count = sum(bucket.failed for bucket in failed)
        message = failed[-1].last_items.get("failed", {}).get("message")
        return Verdict(status="partial_error", message=f"{count} items failed; the last: {message}")

    async def _end(self, claim: Claim, verdict: Verdict) -> None:
        now = self._now()
        ended = await self._store.end_run(
            claim,
            partial(lifecycle.ended, verdict=verdict, now=now),
            status=verdict.status,
            message=verdict.message,
            now=now,
            complete=not verdict.is_permanent,
        )
        if ended:
            log.info("run_ended", task=claim.task.oid, status=verdict.status)

    def _now(self) -> str:
        return instant(self._clock.now())


def _impossible(message: str) -> Verdict:
    return Verdict(status="fatal_error", message=message, is_permanent=True)

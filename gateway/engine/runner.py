"""Executes one claimed run: its bucket, slice after slice, to the end or until the lease is lost."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

import structlog

from gateway.clock import instant
from gateway.engine.dispatch import WorkerLost
from gateway.engine.worker import Job
from gateway.errors import Conflict
from gateway.model.run import Bucket, Slice

if TYPE_CHECKING:
    from gateway.clock import Clock
    from gateway.engine.activities.base import StepActivity, Work
    from gateway.engine.dispatch import Dispatcher
    from gateway.store.base import Claim, Store

log = structlog.get_logger(__name__)
#: Slices computed ahead of the one that is being committed.
AHEAD = 2
#: How often the same stretch is tried when its worker dies over it.
ATTEMPTS = 5
#: Steps of a `StepActivity` that do not wait are committed together.
STEPS = 1_000
#: Seconds between commits of steps that do wait.
CHECKPOINT = 0.5


class LeaseLost(Exception):
    """This engine may commit no more for the run."""


class Runner:
    """Runs one claim. Raises `LeaseLost`, or what made the work fail as a whole."""

    def __init__(
        self,
        store: Store,
        dispatcher: Dispatcher,
        clock: Clock,
        claim: Claim,
        work: Work[Any],
        slice_size: int,
    ) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._clock = clock
        self._claim = claim
        self._work = work
        self._slice_size = slice_size
        self._key = f"{claim.run.id}.{claim.run.lease}"

    async def run(self) -> None:
        """Work until the bucket is complete."""
        wanted = Bucket(activity=self._work.identifier, number=1, state="ready")
        bucket = await self._store.open_bucket(self._claim, wanted)
        if bucket is None:
            raise LeaseLost
        if bucket.state == "complete":
            return
        if self._work.activity.handles_items:
            await self._items(bucket)
        else:
            await self._steps(self._work.activity, bucket)

    async def _items(self, bucket: Bucket) -> None:
        """Feed slices from the worker to the store; begin again where a slice was refused."""
        attempts, size, position = 0, self._slice_size, bucket.position
        try:
            while True:
                try:
                    return await self._stretch(bucket, position, size)
                except (WorkerLost, Conflict) as error:
                    held = await self._store.open_bucket(self._claim, bucket)
                    if held is None:
                        raise LeaseLost from error
                    attempts = attempts + 1 if held.position == position else 1
                    if attempts >= ATTEMPTS and isinstance(error, WorkerLost):
                        raise
                    bucket, position = held, held.position
                    # A smaller slice is less likely to meet the same change or the same fault.
                    size = max(1, size // 2)
                    log.warning("slice_retried", task=self._claim.task.oid, reason=error.message)
        finally:
            await self._dispatcher.close(self._key)

    async def _stretch(self, bucket: Bucket, position: int, size: int) -> None:
        await self._dispatcher.open(self._job(bucket, position))
        ahead: deque[asyncio.Task[Slice]] = deque()

        def request() -> None:
            ahead.append(asyncio.create_task(self._dispatcher.next(self._key, size)))

        try:
            for _ in range(AHEAD):
                request()
            while True:
                done = await ahead.popleft()
                if not done.complete:
                    request()
                if not await self._store.commit(self._claim, done):
                    raise LeaseLost
                if done.complete:
                    return
        finally:
            for task in ahead:
                task.cancel()
            await asyncio.gather(*ahead, return_exceptions=True)

    def _job(self, bucket: Bucket, position: int) -> Job:
        run = self._claim.run
        return Job(
            key=self._key,
            task=self._claim.task.oid,
            owner=self._claim.task.items.get("ownerRef", {}).get("oid"),
            run=run.id,
            lease=run.lease,
            identifier=bucket.activity,
            number=bucket.number,
            position=position,
            activity=self._work.activity.name,
            parameters=self._work.parameters,
            count=bucket.expected is None,
        )

    async def _steps(self, activity: StepActivity[Any], bucket: Bucket) -> None:
        total = activity.steps(self._work.parameters)
        pause = activity.pause(self._work.parameters)
        batch = STEPS if pause == 0 else max(1, int(CHECKPOINT / pause))
        position = bucket.position
        while True:
            started = self._clock.now()
            end = min(total, position + batch)
            await asyncio.sleep(pause * (end - position))
            done = self._steps_done(bucket, position, end, total, started)
            if not await self._store.commit(self._claim, done):
                raise LeaseLost
            position = end
            if done.complete:
                return

    def _steps_done(
        self, bucket: Bucket, start: int, end: int, total: int, started: float
    ) -> Slice:
        now = self._clock.now()
        return Slice(
            run=self._claim.run.id,
            lease=self._claim.run.lease,
            activity=bucket.activity,
            number=bucket.number,
            start=start,
            end=end,
            complete=end >= total,
            expected=total,
            succeeded=end - start,
            milliseconds=(now - started) * 1000,
            last_items={
                "succeeded": {"name": str(end), "start": instant(started), "end": instant(now)}
            },
        )

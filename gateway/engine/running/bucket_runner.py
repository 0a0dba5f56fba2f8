"""Works on the buckets of one activity: feeds slices from a worker to the store, or takes steps."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from gateway.engine.activities.base import RequestActivity, StepActivity
from gateway.engine.running.bucket_job import BucketJob
from gateway.engine.running.dispatcher import WorkerLost
from gateway.engine.running.progress import RunProgress, measure_work
from gateway.engine.running.steps import (
    CHECKPOINT,
    STEPS,
    StepBatch,
    count_of,
    pause_of,
    steps_taken,
)
from gateway.errors import AlreadyExists, Conflict, NotFound, Protected, WrongState
from gateway.model.effects import Notify
from gateway.model.slices import Halt

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.engine.objects.selection import RunScope
    from gateway.engine.running.context import Moves, Tools
    from gateway.engine.tasks.plan import Work
    from gateway.engine.tasks.segmentation import Segment
    from gateway.model.principal import Author
    from gateway.model.slices import Slice
    from gateway.store.base import Claim, CompletedRun, RunCompletion

log = structlog.get_logger(__name__)
#: Slices computed ahead of the one that is being committed.
AHEAD = 2
#: How often the same stretch is tried when its worker dies over it.
ATTEMPTS = 5
#: How often a single item is tried whose objects change all the time.
CONFLICTS = 10
#: What the store will not take however often it is tried.
REFUSALS = (AlreadyExists, Protected, WrongState, NotFound)


class LeaseLost(Exception):
    """This engine may commit no more for the run."""


class RunHalted(Exception):
    """The run cannot go on without a person."""

    def __init__(self, halt: Halt) -> None:
        super().__init__(halt.message)
        self.halt = halt


class ActivitySkipped(Exception):
    """The activity is over, although not done."""


class Overtaken(Exception):
    """Other buckets have counted so much that a limit is reached earlier than was known."""


@dataclass(slots=True)
class BatchSize:
    """How many items make a slice: few after a refusal, then more and more."""

    most: int
    size: int

    def quicken(self) -> None:
        """All went well."""
        self.size = min(self.most, self.size * 2)

    def slow(self, refused: int) -> None:
        """A slice of so many items was refused; a smaller one meets less of what it met."""
        self.size = max(1, refused // 8)


@dataclass(frozen=True, kw_only=True, slots=True)
class ExecutionContext:
    """Under which terms items are processed; see `ItemContext`."""

    author: Author
    scope: RunScope
    protected: frozenset[str] = frozenset()


class RunCompleted(Exception):
    """The run is over; the task's state was moved on with its last slice."""

    def __init__(self, left: CompletedRun) -> None:
        super().__init__()
        self.left = left


class BucketRun:
    """Works on one activity's buckets under one claim."""

    def __init__(
        self,
        tools: Tools,
        claim: Claim,
        work: Work[Any],
        tally: RunProgress,
        terms: ExecutionContext,
        ending: Callable[[Slice], RunCompletion | None],
    ) -> None:
        self._tools = tools
        self._claim = claim
        self._work = work
        self._tally = tally
        self._terms = terms
        self._ending = ending
        #: Commits one after the other where limits look at all buckets.
        self._turn = asyncio.Lock() if work.control.counts else nullcontext()
        #: Policies that were told to have been broken.
        self._told: set[str] = set()

    async def segment(self, segment: Segment) -> None:
        """Work until the bucket is complete."""
        if isinstance(self._work.activity, StepActivity):
            await self._steps(segment)
        else:
            await self._items(self._job(segment.number, segment.clause))

    async def again(self, due: dict[int, int]) -> None:
        """Try failed items once more, `seq: tries that failed`."""
        job = self._job(len(self._work.segments) + 1, None)
        await self._items(replace(job, again=due))

    def _job(self, number: int, restriction: Any) -> BucketJob:
        path, run = self._work.path, self._claim.run
        begun = self._tally.of_activity(path)
        expected = self._tally.find_expected(path)
        if expected is None and path in self._tally.counting:
            expected = 0  # another bucket has them counted
        self._tally.counting.add(path)
        return BucketJob(
            key=f"{run.id}.{run.lease}.{path}.{number}",
            run=run.id,
            lease=run.lease,
            path=path,
            number=number,
            position=self._tally.bucket(path, number).position,
            activity=self._work.activity.name,
            parameters=self._work.parameters,
            mode=self._work.mode,
            control=self._work.control,
            author=self._terms.author,
            scope=self._terms.scope,
            protected=self._terms.protected,
            restriction=restriction,
            expected=expected,
            processed=sum(each.processed for each in begun),
            elsewhere=self._tally.count_matched(path, without=number),
            matched=self._tally.bucket(path, number).matched,
        )

    def _refresh(self, job: BucketJob) -> BucketJob:
        """The job as it is to go on."""
        fresh = self._job(job.number, job.restriction)
        is_counting = job.expected is None and self._tally.find_expected(job.path) is None
        expected = None if is_counting else fresh.expected
        refusal = job.refusal if fresh.position == job.position else None
        return replace(fresh, expected=expected, again=job.again, refusal=refusal)

    # ---- items, computed by a worker --------------------------------------------------------------

    async def _items(self, job: BucketJob) -> None:
        """Feed slices from the worker to the store; begin again where a slice was refused."""
        attempts, pace = 0, BatchSize(self._tools.slice_size, self._tools.slice_size)
        try:
            while True:
                try:
                    return await self._stretch(job, pace)
                except Overtaken:
                    job = self._refresh(job)
                except (WorkerLost, Conflict, NotFound) as error:
                    position = job.position
                    job = await self._reload(job, error)
                    attempts = attempts + 1 if job.position == position else 1
                    if attempts >= ATTEMPTS and isinstance(error, WorkerLost):
                        raise
                    is_refused = isinstance(error, REFUSALS) or attempts >= CONFLICTS
                    if pace.size == 1 and is_refused and not isinstance(error, WorkerLost):
                        job = replace(job, refusal=error.message)
                    pace.slow(pace.size)
                    log.info("slice_retried", task=self._claim.task.oid, reason=error.message)
                if job.again == {}:
                    return None
        finally:
            await self._tools.dispatcher.close(job.key)

    async def _reload(self, job: BucketJob, error: Exception) -> BucketJob:
        """The job as the store has it; a refusal was meant for what it stood at."""
        run = await self._tools.store.reload_run(self._claim)
        if run is None:
            raise LeaseLost from error
        fresh = RunProgress.of(each for each in run.buckets if each.activity == job.path)
        self._tally.buckets |= fresh.buckets
        again = job.again
        if again is not None:
            waiting = await self._tools.store.retries(self._claim, job.path)
            again = {r.seq: r.attempt for r in waiting if again.get(r.seq) == r.attempt}
        return replace(self._refresh(job), again=again)

    async def _stretch(self, job: BucketJob, pace: BatchSize) -> None:
        dispatcher = self._tools.dispatcher
        await dispatcher.open(job)
        ahead: deque[tuple[int, asyncio.Task[Slice]]] = deque()
        depth = 1 if isinstance(self._work.activity, RequestActivity) or job.refusal else AHEAD
        left = set(job.again) if job.again is not None else None

        def request() -> None:
            ahead.append((pace.size, asyncio.create_task(dispatcher.next(job.key, pace.size))))

        try:
            for _ in range(depth):
                request()
            while True:
                size, computed = ahead.popleft()
                done = await computed
                is_last = done.complete or done.halt is not None
                if not is_last and depth == AHEAD:
                    request()
                await self._commit_of(job, done, size, pace)
                if left is not None:
                    left -= {*done.settled, *(each.seq for each in done.retries)}
                if done.complete or left == set():
                    return
                pace.quicken()
                if depth == 1:
                    request()
        finally:
            for _, task in ahead:
                task.cancel()
            await asyncio.gather(*(task for _, task in ahead), return_exceptions=True)

    async def _commit_of(self, job: BucketJob, done: Slice, size: int, pace: BatchSize) -> None:
        """Commit a slice of so many items; a refusal is one of all of them."""
        async with self._turn:
            if self._is_overtaken(job, done):
                raise Overtaken
            try:
                await self._commit(done)
            except (Conflict, NotFound):
                pace.size = size
                raise

    def _is_overtaken(self, job: BucketJob, done: Slice) -> bool:
        """Whether a limit lies within the slice that its judge could not see."""
        if not done.matched:
            return False
        elsewhere = self._tally.count_matched(job.path, without=job.number)
        limits = self._work.control.limits(self._tally.find_expected(job.path) or 0)
        return any(
            elsewhere[key] != job.elsewhere.get(key, 0)
            and elsewhere[key] + count >= limits.get(key, math.inf)
            for key, count in done.matched.items()
        )

    async def _commit(self, done: Slice) -> None:
        """Make the slice true; raises what it says about going on."""
        done = self._measure_time(done)
        moves: Moves = {}
        operate = partial(self._tools.operate, moves)
        ending = self._ending(done)
        committed = await self._tools.store.commit(self._claim, done, operate, ending)
        if committed is None:
            raise LeaseLost
        self._tally.take(done)
        self._tools.committed(self._claim, done, moves)
        if committed.left is not None:
            raise RunCompleted(committed.left)
        if done.halt is None:
            return
        if done.halt.kind == "skip":
            raise ActivitySkipped
        raise RunHalted(done.halt)

    def _measure_time(self, done: Slice) -> Slice:
        """The slice with what policies say about the time that the run has worked."""
        control = self._work.control
        if done.halt is not None or not control.policies or self._is_last(done):
            return done
        for policy in control.overtime(measure_work(self._claim.run, self._tools.clock.now())):
            message = f"The policy '{policy.name}' allows no more than {policy.seconds:g} seconds."
            if policy.action != "notify":
                return replace(done, halt=Halt(kind=policy.action, message=message))
            if policy.key not in self._told:
                self._told.add(policy.key)
                notice = Notify(oid=self._claim.task.oid, name="policy", message=message)
                done = replace(done, effects=(*done.effects, notice))
        return done

    def _is_last(self, done: Slice) -> bool:
        """Whether nothing is left of the activity when the slice is committed."""
        path = self._work.path
        return done.complete and all(
            self._tally.bucket(path, each.number).state == "complete"
            for each in self._work.segments
            if each.number != done.number
        )

    # ---- steps, taken here ------------------------------------------------------------------------

    async def _steps(self, segment: Segment) -> None:
        work, clock = self._work, self._tools.clock
        total = count_of(work)
        place, shares = segment.share
        count = total * (place + 1) // shares - total * place // shares
        pause = pause_of(work)
        batch = STEPS if pause == 0 else max(1, int(CHECKPOINT / pause))
        position = self._tally.bucket(work.path, segment.number).position
        while True:
            started = clock.now()
            end = min(count, position + batch)
            if pause:
                await asyncio.sleep(pause * (end - position))
            stretch = StepBatch(
                number=segment.number,
                start=position,
                end=end,
                of=count,
                started=started,
                is_counted=self._is_counted(),
            )
            await self._commit(steps_taken(self._claim.run, work, stretch, clock))
            position = end
            if position >= count:
                return

    def _is_counted(self) -> bool:
        """Whether a stretch has told how many steps there are; from now on, one has."""
        path, counting = self._work.path, self._tally.counting
        is_counted = path in counting or self._tally.find_expected(path) is not None
        counting.add(path)
        return is_counted

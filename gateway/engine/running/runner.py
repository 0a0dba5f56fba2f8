"""Executes one claimed run: activity after activity, to the end or until the lease is lost."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

import orjson

from gateway.clock import write_instant
from gateway.engine.activities.base import ObjectActivity, StepActivity
from gateway.engine.activities.workflow import Workflow
from gateway.engine.objects.selection import RunScope
from gateway.engine.running.bucket_runner import (
    ActivitySkipped,
    BucketRun,
    ExecutionContext,
    LeaseLost,
    RunCompleted,
    RunHalted,
)
from gateway.engine.running.job_runner import JobRun
from gateway.engine.running.progress import RunProgress
from gateway.model.lifecycle import RunResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.engine.running.context import Tools
    from gateway.engine.tasks.plan import PlanNode, Work
    from gateway.model.documents import Document
    from gateway.model.principal import Author
    from gateway.model.slices import Slice
    from gateway.store.base import Claim, RunCompletion


class RunDeferred(Exception):
    """The run has nothing to do until then."""

    def __init__(self, until: str) -> None:
        super().__init__(until)
        self.until = until


class Runner:
    """Runs one claim. Raises `LeaseLost`, `RunDeferred`, or what made the work fail as a whole."""

    def __init__(self, tools: Tools, claim: Claim, plan: PlanNode, author: Author) -> None:
        self._tools = tools
        self._claim = claim
        self._plan = plan
        self._author = author
        self._tally = RunProgress.of(claim.run.buckets)
        leaves = list(plan.leaves)
        planned = {(work.path, each.number) for work in leaves for each in work.segments}
        self._buckets = len(planned)
        # The definition may have changed since the run began; what it has no more does not count.
        self._tally.complete = sum(
            each.state == "complete" and (each.activity, each.number) in planned
            for each in claim.run.buckets
        )
        self._tries_again = any(
            reaction.kind == "retry" for work in leaves for reaction in work.control.reactions
        )
        state = claim.task.state
        kept = state.memory if state is not None else None
        self._memory: dict[str, Document] = orjson.loads(kept) if kept else {}

    @property
    def memory(self) -> str | None:
        """What the activities keep for the next run (JSON text)."""
        kept = dict(self._memory)
        for work in self._plan.leaves:
            is_done = work.mode == "full" and not self._tally.is_aborted(work.path)
            if isinstance(work.activity, ObjectActivity) and is_done:
                found = work.activity.memory(work.parameters, self._scope(work))
                if found is not None:
                    kept[work.path] = found
        return orjson.dumps(kept).decode() if kept else None

    async def run(self) -> RunResult:
        """Work until every activity is complete; what came of it, unless `RunCompleted` tells."""
        try:
            for work in self._plan.leaves:
                if not self._tally.is_aborted(work.path):
                    with suppress(ActivitySkipped):
                        await self._activity(work)
        except RunHalted as halted:
            return RunResult(
                status="fatal_error",
                message=halted.halt.message,
                is_permanent=True,
                takes_along=halted.halt.kind == "suspend",
            )
        return self._verdict(self._tally)

    def _ending(self, done: Slice) -> RunCompletion | None:
        """The run's end if this slice is its last: both become true at once."""
        is_last = done.complete and self._tally.complete == self._buckets - 1
        if not is_last or self._tries_again:
            return None
        verdict = self._verdict(self._tally.with_slice(done))
        return self._tools.ending(verdict, self.memory)

    def _verdict(self, tally: RunProgress) -> RunResult:
        if tally.failed:
            message = f"{tally.failed} items failed; the last: {tally.last_error}"
            return RunResult(status="partial_error", message=message)
        skipped = [work.path for work in self._plan.leaves if tally.is_aborted(work.path)]
        if skipped:
            return RunResult(
                status="partial_error", message=f"A policy ended {', '.join(skipped)}."
            )
        return RunResult(status="success")

    async def _activity(self, work: Work[Any]) -> None:
        """All buckets of one activity, then the items that are to be tried again."""
        if isinstance(work.activity, Workflow):
            await self._walk(work.path)
        protected = frozenset[str]()
        if not isinstance(work.activity, StepActivity):
            protected = await self._tools.protected()
        terms = ExecutionContext(author=self._author, scope=self._scope(work), protected=protected)
        bucket_run = BucketRun(self._tools, self._claim, work, self._tally, terms, self._ending)
        open_ones = (
            segment
            for segment in work.segments
            if self._tally.bucket(work.path, segment.number).state != "complete"
        )
        if work.threads == 1:
            await _consume(bucket_run, open_ones)
        else:
            await together(_consume(bucket_run, open_ones) for _ in range(work.threads))
        if any(reaction.kind == "retry" for reaction in work.control.reactions):
            await self._try_again(work, bucket_run)

    async def _walk(self, path: str) -> NoReturn:
        """Walk a job until it comes to rest, which `RunCompleted` tells."""
        job_run = JobRun(self._tools, self._claim, path, self._author)
        while True:
            position = self._tally.bucket(path, 1).position
            is_counted = self._tally.find_expected(path) is not None
            done, committed = await job_run.take(position, is_counted=is_counted)
            if committed is None:
                raise LeaseLost
            self._tally.take(done)
            if committed.left is not None:
                raise RunCompleted(committed.left)

    async def _try_again(self, work: Work[Any], bucket_run: BucketRun) -> None:
        waiting = await self._tools.store.retries(self._claim, work.path)
        now = write_instant(self._tools.clock.now())
        due = {each.seq: each.attempt for each in waiting if each.due <= now}
        if due:
            await bucket_run.again(due)
            waiting = await self._tools.store.retries(self._claim, work.path)
        if waiting:
            raise RunDeferred(min(each.due for each in waiting))

    def _scope(self, work: Work[Any]) -> RunScope:
        return RunScope(
            started=self._claim.run.started,
            task=self._claim.task.oid,
            memory=self._memory.get(work.path, {}),
        )


async def _consume(bucket_run: BucketRun, segments: Iterator[Any]) -> None:
    for segment in segments:
        await bucket_run.segment(segment)


async def together(jobs: Iterable[Any]) -> None:
    """Do all of it at once; the first that fails stops the others."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

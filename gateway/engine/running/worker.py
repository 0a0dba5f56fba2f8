"""A worker's side: opens buckets and computes their items, one slice at a time.

Runs in a child process over a synchronous `Repository`; what it computes comes true only when the
server commits it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from gateway.clock import write_instant
from gateway.engine.activities.base import ObjectActivity, RequestActivity, any_known
from gateway.engine.objects.item import ItemContext, ItemResult
from gateway.engine.rights.permissions import author_knows, author_permits
from gateway.engine.rights.protection import Protection
from gateway.engine.rights.sight import sight_of_author
from gateway.engine.running.effect_check import EffectCheck
from gateway.engine.running.slice_builder import SliceBuilder
from gateway.engine.tasks.error_handling import ErrorHandler
from gateway.errors import InvalidRequest, TaskgateError, Unsupported
from gateway.model.principal import Right
from gateway.query import restrict_filter

if TYPE_CHECKING:
    from gateway.engine.activities.base import AnyActivity
    from gateway.engine.objects.repository import Repository
    from gateway.engine.objects.selection import ObjectSet
    from gateway.engine.rights.held import Actions
    from gateway.engine.running.bucket_job import BucketJob
    from gateway.model.documents import StoredObject
    from gateway.model.slices import Slice
    from gateway.query import CompiledFilter, Sight

#: Row numbers that are looked up at once; a larger bucket is enumerated in stretches.
ENUMERATED = 100_000
SKIPPED = ItemResult(status="not_applicable")


@dataclass(slots=True)
class OpenBucket:
    """A bucket that is being worked on."""

    job: BucketJob
    activity: AnyActivity
    objects: ObjectSet | None
    compiled: CompiledFilter | None
    #: What the owner may find; None: everything.
    sight: Sight | None
    judge: ErrorHandler
    position: int
    pending: list[int] = field(default_factory=list)
    is_exhausted: bool = False
    #: To be told with the next slice.
    expected: int | None = None
    refusal: str | None = None


class NotOpen(Exception):
    """The worker was started anew since the bucket was opened."""


class Worker:
    """Holds open buckets; each `next` computes a slice of one."""

    def __init__(self, repository: Repository, actions: Actions) -> None:
        self._repository = repository
        self._effects = EffectCheck(repository, Protection(actions))
        self._open: dict[str, OpenBucket] = {}

    def open(self, job: BucketJob) -> None:
        """Start, or start again, at the job's position."""
        activity = any_known(job.activity)
        objects, sight = None, sight_of_author(job.author, Right.SEARCH)
        if isinstance(activity, ObjectActivity):
            objects = activity.objects(job.parameters, job.scope).within(job.scope)
        judge = ErrorHandler(
            job.control,
            job.expected,
            processed=job.processed,
            elsewhere=job.elsewhere,
            matched=dict(job.matched),
        )
        opened = OpenBucket(
            job,
            activity,
            objects,
            _bucket_filter(objects, job, sight),
            sight,
            judge,
            job.position,
            refusal=job.refusal,
        )
        self._fill(opened)
        if job.expected is None:
            opened.expected = judge.expected = self._count(opened)
        elif not job.expected and job.control.needs_total:
            judge.expected = self._count(opened)
        self._open[job.key] = opened

    def close(self, key: str) -> None:
        """Forget the bucket."""
        self._open.pop(key, None)

    def next(self, key: str, limit: int, now: float) -> Slice:
        """Compute up to `limit` further items; it is `now`, in seconds since the epoch."""
        opened = self._open.get(key)
        if opened is None:
            raise NotOpen(key)
        if not opened.pending and not opened.is_exhausted:
            self._enumerate(opened, opened.position)
        seqs, opened.pending = opened.pending[:limit], opened.pending[limit:]
        if not opened.pending and not opened.is_exhausted:
            self._enumerate(opened, seqs[-1] if seqs else opened.position)
        sheet = SliceBuilder(opened.job, now)
        ticks = time.perf_counter()
        end = self._compute(opened, seqs, sheet)
        milliseconds = (time.perf_counter() - ticks) * 1000
        is_last = opened.is_exhausted and not opened.pending and sheet.halt is None
        done = sheet.slice(
            self._repository,
            span=(opened.position, end),
            complete=is_last and opened.job.again is None,
            expected=opened.expected,
            matched=dict(opened.judge.matched),
            timing=(now + milliseconds / 1000, milliseconds),
        )
        opened.position, opened.expected = end, None
        return done

    # ---- which items ------------------------------------------------------------------------------

    def _fill(self, opened: OpenBucket) -> None:
        job = opened.job
        if job.again is not None:
            opened.pending, opened.is_exhausted = sorted(job.again), True
        elif isinstance(opened.activity, RequestActivity):
            total = opened.activity.requests(job.parameters)
            opened.pending, opened.is_exhausted = list(range(job.position + 1, total + 1)), True
        else:
            self._enumerate(opened, job.position)

    def _enumerate(self, opened: OpenBucket, after: int) -> None:
        if opened.objects is None:
            return
        found = self._repository.matching(opened.objects.type, opened.compiled, after, ENUMERATED)
        opened.pending = found
        opened.is_exhausted = len(found) < ENUMERATED

    def _count(self, opened: OpenBucket) -> int:
        """How many items the whole work has, whatever its buckets."""
        if opened.objects is None or (opened.is_exhausted and opened.job.restriction is None):
            return len(opened.pending)
        objects = opened.objects
        within = restrict_filter(objects.compile_filters(), objects.type, opened.sight)
        return self._repository.count(objects.type, within)

    # ---- what becomes of them ---------------------------------------------------------------------

    def _compute(self, opened: OpenBucket, seqs: list[int], sheet: SliceBuilder) -> int:
        """Fill the sheet; the position where the bucket stands afterwards."""
        if opened.job.mode == "bucketAnalysis":
            sheet.counts["skipped"] = len(seqs)
            return seqs[-1] if seqs else opened.position
        if isinstance(opened.activity, RequestActivity):
            return self._perform(opened, opened.activity, seqs, sheet)
        return self._process(opened, opened.activity, seqs, sheet)

    def _process(
        self, opened: OpenBucket, activity: Any, seqs: list[int], sheet: SliceBuilder
    ) -> int:
        job = opened.job
        # What the owner may not find any more is not met, like what is gone.
        found = self._repository.load(seqs)
        objects = [each for each in found if author_permits(job.author, Right.SEARCH, each)]
        context = self._context(job, sheet.started)
        context = replace(context, known=activity.prepare(job.parameters, objects, context))
        position = opened.position
        for each in objects:
            result = self._result(opened, activity, each, context)
            attempt = job.again[each.seq] if job.again else 0
            judgement = opened.judge.judge(result, each.seq, attempt, context.now)
            sheet.enter(each, result, judgement)
            if not judgement.is_provisional:
                position = each.seq if job.again is None else position + 1
            if judgement.halt is not None:
                return position
        if job.again is not None:
            sheet.settle(set(seqs) - {each.seq for each in objects})
            return position
        return seqs[-1] if seqs else position

    def _result(
        self, opened: OpenBucket, activity: Any, each: StoredObject, context: ItemContext
    ) -> ItemResult:
        if opened.refusal is not None:
            message, opened.refusal = opened.refusal, None
            return ItemResult(status="fatal_error", message=message)
        if opened.job.mode == "none":
            return SKIPPED
        try:
            done: ItemResult = activity.process(opened.job.parameters, each, context)
            self._effects.check(context.author, done.effects, context.now)
        except Exception as error:  # noqa: BLE001  an item that fails does not fail the others
            return failure(error)
        return done

    def _perform(
        self,
        opened: OpenBucket,
        activity: RequestActivity[Any],
        seqs: list[int],
        sheet: SliceBuilder,
    ) -> int:
        """Requests may build on one another, so a slice holds one."""
        job, position = opened.job, opened.position
        context = self._context(job, sheet.started)
        opened.pending = seqs[1:] + opened.pending
        for number in seqs[:1]:
            result = self._process_item(opened, activity, number - 1, context)
            attempt = job.again[number] if job.again else 0
            judgement = opened.judge.judge(result, number, attempt, context.now)
            name = activity.title(job.parameters, number - 1)
            sheet.enter_request(number, name, result, judgement)
            if not judgement.is_provisional:
                position = number if job.again is None else position + 1
        return position

    def _process_item(
        self, opened: OpenBucket, activity: RequestActivity[Any], index: int, context: ItemContext
    ) -> ItemResult:
        if opened.refusal is not None:
            message, opened.refusal = opened.refusal, None
            return ItemResult(status="fatal_error", message=message)
        if opened.job.mode == "none":
            return SKIPPED
        try:
            done = activity.perform(opened.job.parameters, index, context)
            self._effects.check(context.author, done.effects, context.now)
        except Exception as error:  # noqa: BLE001  as above
            return failure(error)
        return done

    def _context(self, job: BucketJob, now: float) -> ItemContext:
        return ItemContext(
            now=write_instant(now),
            author=job.author,
            repository=self._repository,
            scope=job.scope,
            protected=job.protected,
            knows=partial(author_knows, job.author),
            mode=job.mode,
        )


def _bucket_filter(
    objects: ObjectSet | None, job: BucketJob, sight: Sight | None
) -> CompiledFilter | None:
    """What selects the bucket's objects, among those that the owner may find."""
    if objects is None:
        return None
    if job.restriction is not None:
        objects = replace(objects, clauses=(*objects.clauses, job.restriction))
    return restrict_filter(objects.compile_filters(), objects.type, sight)


def failure(error: Exception) -> ItemResult:
    """What an exception makes of an item."""
    if not isinstance(error, TaskgateError):
        return ItemResult(status="fatal_error", message=f"{type(error).__name__}: {error}")
    return ItemResult(status="fatal_error", message=error.message, category=_category(error))


def _category(error: TaskgateError) -> str:
    for kind, category in CATEGORIES:
        if isinstance(error, kind):
            return category
    return "generic"


#: The words of error handling for our errors; the first that fits.
CATEGORIES: tuple[tuple[type[TaskgateError], str], ...] = (
    (Unsupported, "unsupported"),
    (InvalidRequest, "schema"),
)

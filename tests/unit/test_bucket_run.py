"""How slices get from workers to the store, and what is done when one is lost or refused."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gateway.clock import ManualClock
from gateway.engine.activities.base import ACTIVITIES, ObjectActivity, RequestActivity
from gateway.engine.objects.selection import RunScope
from gateway.engine.running.bucket_runner import (
    ATTEMPTS,
    CONFLICTS,
    ActivitySkipped,
    BucketRun,
    ExecutionContext,
    LeaseLost,
    RunHalted,
)
from gateway.engine.running.context import Tools
from gateway.engine.running.dispatcher import WorkerLost, WorkFailed
from gateway.engine.running.progress import RunProgress
from gateway.engine.tasks.error_handling import ErrorHandling, read_error_handling
from gateway.engine.tasks.plan import Work
from gateway.engine.tasks.segmentation import Segment
from gateway.errors import AlreadyExists, Conflict, Protected
from gateway.model.documents import StoredObject
from gateway.model.principal import Author, Principal
from gateway.model.run import Run
from gateway.model.slices import Halt, ItemRetry, Slice
from gateway.store.base import Claim, CommitResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.engine.running.bucket_job import BucketJob

PATH = "recomputation:1"
SOMEONE = Principal(oid="o", name="someone", roles=frozenset())
RUN = Run(
    id=1,
    identifier="r",
    started="2025-06-15T12:00:00.000Z",
    ended=None,
    status="in_progress",
    message=None,
    lease=1,
    attempt=1,
    sessions=[["2025-06-15T12:00:00.000Z", None]],
)


class FakeStore:
    """Takes slices in order, unless `refuse` raises about the items of one."""

    def __init__(self, refuse: Callable[[list[int]], None] = lambda _: None) -> None:
        self.refuse = refuse
        self.tally = RunProgress()
        self.taken: list[Slice] = []
        self.waiting: list[ItemRetry] = []
        self.is_held = True

    async def commit(self, claim: Claim, done: Slice, *rest: Any) -> CommitResult | None:
        await asyncio.sleep(0)
        if not self.is_held:
            return None
        assert self.tally.bucket(done.activity, done.number).position == done.start
        self.refuse(list(range(done.start + 1, done.end + 1)))
        self.tally.take(done)
        self.taken.append(done)
        self.waiting = [each for each in self.waiting if each.seq not in done.settled]
        return CommitResult()

    async def reload_run(self, claim: Claim) -> Run | None:
        return replace(RUN, buckets=tuple(self.tally.buckets.values())) if self.is_held else None

    async def retries(self, claim: Claim, path: str) -> list[ItemRetry]:
        return self.waiting


class FakeDispatcher:
    """Counts to `total` in slices; every `lost`-th answer is none."""

    def __init__(self, total: int, lost: tuple[int, ...] = ()) -> None:
        self.total = total
        self.lost = set(lost)
        self.asked = 0
        self.jobs: dict[str, BucketJob] = {}
        self.positions: dict[str, int] = {}
        self.opened: list[BucketJob] = []
        self.sizes: list[int] = []

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def open(self, job: BucketJob) -> None:
        self.opened.append(job)
        self.jobs[job.key], self.positions[job.key] = job, job.position

    async def close(self, key: str) -> None:
        self.jobs.pop(key, None)

    async def next(self, key: str, limit: int) -> Slice:
        self.asked += 1
        self.sizes.append(limit)
        if self.asked in self.lost:
            raise WorkerLost
        job, start = self.jobs[key], self.positions[key]
        end = self.positions[key] = min(self.total, start + limit)
        refused = 1 if job.refusal is not None and start == job.position else 0
        return Slice(
            run=1,
            lease=1,
            activity=job.path,
            number=job.number,
            start=start,
            end=end,
            complete=end == self.total,
            expected=self.total if job.expected is None else None,
            succeeded=end - start - refused,
            failed=refused,
        )


class Objects(ObjectActivity[None]):
    """Is computed by nobody."""

    name = "objects"


class Requests(RequestActivity[None]):
    """Is computed by nobody."""

    name = "requests"


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    for each in (Objects(), Requests()):
        monkeypatch.setitem(ACTIVITIES, each.name, each)


class Bench:
    """One bucket run between a fake store and a fake dispatcher."""

    def __init__(
        self,
        store: FakeStore,
        dispatcher: FakeDispatcher,
        *,
        control: ErrorHandling | None = None,
        activity: Any = None,
        buckets: int = 1,
    ) -> None:
        self.clock = ManualClock(1_750_000_000.0)
        self.told: list[Slice] = []
        tools = Tools(
            store=store,  # type: ignore[arg-type]
            dispatcher=dispatcher,
            clock=self.clock,
            slice_size=8,
            operate=lambda *_: None,
            committed=lambda _, done, __: self.told.append(done),
            ending=lambda *_: None,  # type: ignore[arg-type]
            protected=lambda: None,  # type: ignore[arg-type,return-value]
            somebody=lambda _: None,  # type: ignore[arg-type,return-value]
            starter=None,  # type: ignore[arg-type]
            started=lambda _: None,
        )
        task = StoredObject(oid="t", type="TaskType", version=0, items={"name": "t"})
        work: Work[None] = Work(
            path=PATH,
            activity=activity or Objects(),
            parameters=None,
            control=control or ErrorHandling(),
            segments=tuple(Segment(number=n + 1, clause={}) for n in range(buckets)),
        )
        terms = ExecutionContext(
            author=Author(principal=SOMEONE, channel=""), scope=RunScope(started=RUN.started)
        )
        self.tally = RunProgress()
        claim = Claim(task=task, run=RUN)
        self.run = BucketRun(tools, claim, work, self.tally, terms, lambda _: None)

    async def work(self, number: int = 1) -> None:
        await self.run.segment(Segment(number=number, clause={}))


async def test_all_slices_are_committed_in_order() -> None:
    store, dispatcher = FakeStore(), FakeDispatcher(20)
    bench = Bench(store, dispatcher)
    await bench.work()
    assert [(each.start, each.end) for each in store.taken] == [(0, 8), (8, 16), (16, 20)]
    assert bench.tally.bucket(PATH, 1) == store.tally.bucket(PATH, 1)
    assert bench.told == store.taken
    assert dispatcher.jobs == {}


async def test_a_lost_worker_is_asked_again_from_where_the_store_stands() -> None:
    store, dispatcher = FakeStore(), FakeDispatcher(20, lost=(2, 4))
    await Bench(store, dispatcher).work()
    assert store.tally.bucket(PATH, 1).succeeded == 20
    assert store.tally.find_expected(PATH) == 20


async def test_a_worker_that_is_lost_before_its_first_answer_still_counts_the_items() -> None:
    store = FakeStore()
    await Bench(store, FakeDispatcher(20, lost=(1,))).work()
    assert store.tally.find_expected(PATH) == 20


async def test_work_that_loses_each_of_its_workers_is_given_up() -> None:
    dispatcher = FakeDispatcher(20, lost=tuple(range(1, 100)))
    with pytest.raises(WorkerLost):
        await Bench(FakeStore(), dispatcher).work()
    assert len(dispatcher.opened) == ATTEMPTS
    assert dispatcher.jobs == {}


async def test_what_cannot_be_computed_at_all_ends_the_work_at_once() -> None:
    class Broken(FakeDispatcher):
        async def next(self, key: str, limit: int) -> Slice:
            raise WorkFailed

    dispatcher = Broken(20)
    with pytest.raises(WorkFailed):
        await Bench(FakeStore(), dispatcher).work()
    assert len(dispatcher.opened) == 1


def refusing(*items: int, error: type[Exception] = AlreadyExists, times: int = 10**9) -> Any:
    """Refuses slices that hold one of the items, unless the item has failed already."""
    left = dict.fromkeys(items, times)
    failed: set[int] = set()

    def refuse(seqs: list[int]) -> None:
        for seq in seqs:
            if left.get(seq, 0) > 0 and seq not in failed:
                left[seq] -= 1
                raise error(f"{seq} is refused")

    refuse.failed = failed  # type: ignore[attr-defined]
    return refuse


@pytest.mark.parametrize("error", [AlreadyExists, Protected])
@pytest.mark.parametrize("items", [(1,), (5,), (8,), (9,), (3, 5), (20,), tuple(range(1, 21))])
async def test_just_the_items_that_the_store_refuses_fail(
    error: type[Exception], items: tuple[int, ...]
) -> None:
    refuse = refusing(*items, error=error)
    marked: list[int] = []

    class Marking(FakeDispatcher):
        async def open(self, job: BucketJob) -> None:
            if job.refusal is not None:
                marked.append(job.position + 1)
                refuse.failed.add(job.position + 1)
            await super().open(job)

    store = FakeStore(refuse)
    await Bench(store, Marking(20)).work()
    bucket = store.tally.bucket(PATH, 1)
    assert marked == list(items)
    assert (bucket.succeeded, bucket.failed) == (20 - len(items), len(items))


async def test_objects_that_have_changed_are_computed_again_until_it_works() -> None:
    store = FakeStore(refusing(5, error=Conflict, times=4))
    await Bench(store, FakeDispatcher(20)).work()
    assert store.tally.bucket(PATH, 1).succeeded == 20


async def test_an_item_that_always_conflicts_fails_in_the_end() -> None:
    refuse = refusing(5, error=Conflict)

    class Marking(FakeDispatcher):
        async def open(self, job: BucketJob) -> None:
            if job.refusal is not None:
                refuse.failed.add(job.position + 1)
            await super().open(job)

    store, dispatcher = FakeStore(refuse), Marking(20)
    await Bench(store, dispatcher).work()
    bucket = store.tally.bucket(PATH, 1)
    assert (bucket.succeeded, bucket.failed, refuse.failed) == (19, 1, {5})
    assert len(dispatcher.opened) <= CONFLICTS + 5


async def test_without_the_lease_nothing_is_committed() -> None:
    store = FakeStore()
    store.is_held = False
    with pytest.raises(LeaseLost):
        await Bench(store, FakeDispatcher(20)).work()


async def test_without_the_lease_nothing_is_tried_again() -> None:
    store, dispatcher = FakeStore(), FakeDispatcher(20, lost=(1,))
    store.is_held = False
    with pytest.raises(LeaseLost):
        await Bench(store, dispatcher).work()
    assert len(dispatcher.opened) == 1


async def test_of_requests_one_is_computed_at_a_time() -> None:
    class Watched(FakeDispatcher):
        async def next(self, key: str, limit: int) -> Slice:
            assert store.tally.bucket(PATH, 1).position == self.positions[key]
            return await super().next(key, limit)

    store = FakeStore()
    await Bench(store, Watched(20), activity=Requests()).work()
    assert store.tally.bucket(PATH, 1).succeeded == 20


@pytest.mark.parametrize(
    ("kind", "raised"), [("stop", RunHalted), ("suspend", RunHalted), ("skip", ActivitySkipped)]
)
async def test_a_slice_that_halts_is_committed_before_the_work_ends(
    kind: str, raised: type[Exception]
) -> None:
    class Halting(FakeDispatcher):
        async def next(self, key: str, limit: int) -> Slice:
            done = await super().next(key, limit)
            return replace(done, halt=Halt(kind=kind, message="no more"), complete=False)

    store = FakeStore()
    with pytest.raises(raised):
        await Bench(store, Halting(20)).work()
    assert [each.end for each in store.taken] == [8]


def limited(count: int) -> ErrorHandling:
    policy = {
        "policyConstraints": {"itemProcessingResult": {}},
        "policyThreshold": {"lowWaterMark": {"count": count}},
        "policyActions": {"suspendTask": {}},
    }
    return read_error_handling({"policies": {"policy": [policy]}})


async def test_a_slice_that_could_not_see_a_limit_is_computed_again() -> None:
    """Two buckets fail at the same time; each knows only its own failures when it begins."""
    control = limited(5)
    key = control.policies[0].key

    class Failing(FakeDispatcher):
        async def next(self, key_: str, limit: int) -> Slice:
            done = await super().next(key_, 3)
            job = self.jobs[key_]
            count = done.end
            room = 5 - job.elsewhere.get(key, 0)
            halt = Halt(kind="suspend", message="too many") if count >= room else None
            end = min(done.end, room)
            return replace(
                done,
                end=end,
                succeeded=0,
                failed=end - done.start,
                matched={key: end},
                halt=halt,
                complete=False,
            )

    store = FakeStore()
    bench = Bench(store, Failing(20), control=control, buckets=2)
    found = await asyncio.gather(bench.work(1), bench.work(2), return_exceptions=True)
    assert any(isinstance(each, RunHalted) for each in found)
    assert store.tally.failed == 5


async def test_items_that_were_tried_again_are_not_tried_a_second_time_after_a_refusal() -> None:
    class Again(FakeDispatcher):
        async def next(self, key: str, limit: int) -> Slice:
            done = await super().next(key, 1)
            job = self.jobs[key]
            pending = sorted(job.again or {})
            seq = (
                pending[done.start - job.position]
                if done.start - job.position < len(pending)
                else 0
            )
            settled = (seq,) if seq else ()
            tried.append(seq)
            return replace(done, complete=False, settled=settled)

    tried: list[int] = []
    store = FakeStore(refusing(2, error=Conflict, times=1))
    store.waiting = [ItemRetry(seq=seq, due=RUN.started, attempt=1) for seq in (11, 12, 13)]
    await Bench(store, Again(20)).run.again({11: 1, 12: 1, 13: 1})
    settled = [seq for each in store.taken for seq in each.settled]
    assert settled == [11, 12, 13]
    assert store.waiting == []

"""Work in child processes: computed there, lost with them, found again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from gateway.engine.activities.recomputation import RecomputationParameters
from gateway.engine.objects.selection import ObjectSet, RunScope
from gateway.engine.running.bucket_job import BucketJob
from gateway.engine.running.bucket_runner import ATTEMPTS
from gateway.engine.running.dispatcher import LocalDispatcher, WorkerLost, WorkFailed
from gateway.engine.tasks.error_handling import ErrorHandling
from gateway.model.effects import NewObject
from gateway.model.principal import Author, Principal
from gateway.store.sqlite.store import SqliteStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.clock import ManualClock

MEMBERS = 5


def job(key: str, filter_text: str | None = None, activity: str = "recomputation") -> BucketJob:
    clauses = () if filter_text is None else ({"text": filter_text},)
    someone = Principal(
        oid="00000000-0000-4000-8000-0000000000fe", name="who", roles=frozenset({"superuser"})
    )
    return BucketJob(
        key=key,
        run=1,
        lease=1,
        path="recomputation:1",
        number=1,
        position=0,
        activity=activity,
        parameters=RecomputationParameters(objects=ObjectSet(type="UserType", clauses=clauses)),
        mode="full",
        control=ErrorHandling(),
        author=Author(principal=someone, channel=""),
        scope=RunScope(started="2025-06-15T15:06:40.000Z"),
    )


@pytest.fixture
async def dispatcher(tmp_path: Path, clock: ManualClock) -> AsyncIterator[LocalDispatcher]:
    path = tmp_path / "work.db"
    store = await SqliteStore.open(path, clock, synchronous="NORMAL")
    for number in range(MEMBERS):
        oid = f"00000000-0000-4000-8000-{number:012d}"
        items = {"name": f"user {number}"}
        await store.add(NewObject(oid=oid, type="UserType", items=items, next_id=1))
    made = LocalDispatcher([sys.executable, "-m", "gateway.child", str(path)], 1, clock)
    await made.start()
    yield made
    await made.stop()
    await store.close()


def worker() -> psutil.Process:
    """The one child process that computes."""
    children = psutil.Process().children()
    [found] = [each for each in children if "gateway.child" in each.cmdline()]
    return found


async def test_slices_follow_each_other_to_the_end(dispatcher: LocalDispatcher) -> None:
    await dispatcher.open(job("a"))
    first, second = await dispatcher.next("a", 3), await dispatcher.next("a", 3)
    assert (first.start, first.succeeded, first.complete, first.expected) == (0, 3, False, MEMBERS)
    assert (second.start, second.succeeded, second.complete) == (first.end, 2, True)
    assert second.expected is None
    await dispatcher.close("a")


async def test_a_closed_bucket_gives_no_more_slices(dispatcher: LocalDispatcher) -> None:
    await dispatcher.open(job("a"))
    await dispatcher.close("a")
    await dispatcher.close("a")
    with pytest.raises(KeyError):
        await dispatcher.next("a", 1)


async def test_work_that_is_impossible_is_told_with_its_reason(dispatcher: LocalDispatcher) -> None:
    with pytest.raises(WorkFailed, match="line 1, column"):
        await dispatcher.open(job("a", "name ="))
    with pytest.raises(WorkFailed, match="'juggling' is not supported"):
        await dispatcher.open(job("b", activity="juggling"))
    await dispatcher.open(job("c"))
    assert (await dispatcher.next("c", 99)).complete


@pytest.mark.parametrize("turn", range(5))
async def test_a_killed_worker_is_replaced_before_anybody_gives_up(
    dispatcher: LocalDispatcher, turn: int
) -> None:
    key = str(turn)
    await dispatcher.open(job(key))
    worker().kill()
    for lost in range(ATTEMPTS):
        try:
            await dispatcher.open(job(key))
            done = await dispatcher.next(key, 99)
        except WorkerLost:
            assert lost < ATTEMPTS - 1
        else:
            break
    assert (done.start, done.succeeded) == (0, MEMBERS)


async def test_what_a_killed_worker_was_asked_is_answered_as_lost(
    dispatcher: LocalDispatcher,
) -> None:
    await dispatcher.open(job("a"))
    process = worker()
    process.suspend()
    asked = dispatcher.next("a", 1)
    process.kill()
    with pytest.raises(WorkerLost):
        await asked


async def test_workers_end_with_their_dispatcher(dispatcher: LocalDispatcher) -> None:
    process = worker()
    await dispatcher.stop()
    assert not process.is_running()

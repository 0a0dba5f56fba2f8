"""What a store tells operators: failures of all tasks, and how many tasks there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from gateway.store.base import FailureSearch, TaskCount
from gateway.store.sqlite.watching import SQL
from tests.store.making import (
    ACTIVITY,
    LATER,
    NOW,
    TASK,
    claimed,
    committed,
    finished,
    oid,
    stored,
    task,
    user,
)
from tests.store.making import slice_of as part

if TYPE_CHECKING:
    from gateway.store.sqlite.store import SqliteStore

EVER = FailureSearch(since="2000")
SECOND = oid(99)
EARLY, LATE = "2025-06-15T15:07:00.000Z", "2025-06-15T15:08:00.000Z"


async def failing(store: SqliteStore, key: str, *outcomes: tuple[int, str, str], **end: Any) -> str:
    """Run a task that leaves these outcomes (user, instant, status); the run's identifier."""
    await store.add(task(key, identifier=key))
    claim = await claimed(store, key)
    rows = [
        [(await stored(store, oid(number))).seq, at, status, f"{status} of {number}"]
        for number, at, status in outcomes
    ]
    assert await committed(store, claim, part(claim, 0, len(rows), outcomes=orjson.dumps(rows)))
    assert await finished(store, claim, **end)
    return claim.run.identifier


@pytest.fixture
async def users(store: SqliteStore) -> None:
    for number in range(1, 4):
        await store.add(user(number))


@pytest.mark.usefixtures("users")
async def test_failed_items_of_all_tasks_come_newest_first(store: SqliteStore) -> None:
    run = await failing(store, TASK, (1, EARLY, "fatal_error"), (2, LATE, "success"))
    await failing(store, SECOND, (3, LATE, "partial_error"), (1, LATE, "not_applicable"))
    newest, oldest = await store.failures(EVER)
    assert (newest.task, newest.oid, newest.status) == (SECOND, oid(3), "partial_error")
    assert (oldest.at, oldest.status, oldest.message) == (EARLY, "fatal_error", "fatal_error of 1")
    assert (oldest.oid, oldest.type, oldest.name) == (oid(1), "UserType", "user 1")
    assert (oldest.task, oldest.task_name, oldest.run) == (TASK, "task", run)
    assert oldest.activity == ACTIVITY


@pytest.mark.usefixtures("users")
async def test_a_failed_run_is_among_them_without_an_object(store: SqliteStore) -> None:
    run = await failing(store, TASK, (1, EARLY, "fatal_error"), permanent=True)
    whole, item = await store.failures(EVER)
    assert (whole.at, whole.run, whole.task, whole.status) == (LATER, run, TASK, "fatal_error")
    assert (whole.oid, whole.type, whole.name, whole.activity) == (None, None, None, None)
    assert item.oid == oid(1)


@pytest.mark.usefixtures("users")
async def test_task_instant_and_limit_narrow_them(store: SqliteStore) -> None:
    await failing(store, TASK, (1, EARLY, "fatal_error"), (2, LATE, "fatal_error"), permanent=True)
    await failing(store, SECOND, (3, EARLY, "fatal_error"), permanent=True)

    async def found(**wanted: Any) -> list[tuple[str | None, str | None]]:
        search = FailureSearch(**{"since": "2000"} | wanted)
        return [(each.task, each.oid) for each in await store.failures(search)]

    assert await found(task=SECOND) == [(SECOND, None), (SECOND, oid(3))]
    assert await found(task=TASK, since=LATE) == [(TASK, None), (TASK, oid(2))]
    assert await found(task=TASK, limit=2) == [(TASK, None), (TASK, oid(2))]
    assert len(await found(since=LATER)) == 2
    assert await found(since="2999") == []
    assert await found(task=oid(77)) == []


@pytest.mark.usefixtures("users")
async def test_failures_outlive_their_task_without_its_name(store: SqliteStore) -> None:
    await failing(store, TASK, (1, EARLY, "fatal_error"), permanent=True)
    await store.delete(TASK, lambda _: None)
    (left,) = await store.failures(EVER)
    assert (left.task, left.task_name, left.run) == (TASK, None, None)


@pytest.mark.parametrize("name", ["item_failures", "item_failures_of_task", "run_failures"])
async def test_failures_are_found_through_an_index_without_sorting(
    store: SqliteStore, name: str
) -> None:
    given = {"since": NOW, "task": TASK, "limit": 100, "groups": '["red"]'}
    plan = await store._lookups.run(
        lambda c: [row[3] for row in c.execute(f"EXPLAIN QUERY PLAN {SQL[name]}", given)]
    )
    assert "_failure" in plan[0]
    # The groups that are given, and those of a limited task, are all gone through.
    steps = [step for step in plan if "VIRTUAL TABLE" not in step]
    assert not any("SCAN" in step or "B-TREE" in step for step in steps)


async def test_counts_of_tasks_come_from_an_index_alone(store: SqliteStore) -> None:
    plan = await store._lookups.run(
        lambda c: [row[3] for row in c.execute(f"EXPLAIN QUERY PLAN {SQL['task_counts']}")]
    )
    assert plan == ["SCAN task USING COVERING INDEX task_execution_state"]


async def test_tasks_are_counted_by_state_and_result(store: SqliteStore) -> None:
    for number in range(3):
        await store.add(task(oid(number), identifier=f"t-{number}"))
    await finished(store, await claimed(store, oid(0)), permanent=True)
    assert await store.task_counts() == [
        TaskCount(execution_state="runnable", result_status=None, count=2),
        TaskCount(execution_state="suspended", result_status="fatal_error", count=1),
    ]

"""What the store promises about states, runs, leases and slices."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gateway.errors import Conflict, NotFound
from gateway.model import lifecycle
from gateway.model.run import Bucket
from gateway.model.task import Operation, TaskState
from tests.store.making import (
    ACTIVITY,
    LATER,
    NOW,
    TASK,
    bucket,
    claimed,
    claiming,
    committed,
    describe,
    finished,
    oid,
    slice_of,
    stored,
    task,
    user,
    working,
)

if TYPE_CHECKING:
    from gateway.model.documents import StoredObject
    from gateway.store.base import Claim
    from gateway.store.sqlite.store import SqliteStore


async def suspend(store: SqliteStore) -> TaskState:
    def decide(stored: StoredObject) -> TaskState:
        return lifecycle.operate(stored, Operation.SUSPEND, LATER)[1]

    _, after = await store.change_state(TASK, decide)
    return after


async def resume(store: SqliteStore) -> TaskState:
    def decide(stored: StoredObject) -> TaskState:
        return lifecycle.operate(stored, Operation.RESUME, LATER)[1]

    _, after = await store.change_state(TASK, decide)
    return after


# ---- states -------------------------------------------------------------------------------------------


async def test_a_state_change_is_seen_at_once_and_leaves_the_version(store: SqliteStore) -> None:
    await store.add(task())
    await suspend(store)
    found = await stored(store)
    assert found.version == 0
    assert found.items["schedulingState"] == found.items["executionState"] == "suspended"
    assert found.state is not None
    assert found.state.touched == 1


async def test_a_state_computed_from_an_older_one_is_refused(store: SqliteStore) -> None:
    await store.add(task())
    old = (await stored(store)).state
    assert old is not None
    await suspend(store)
    with pytest.raises(Conflict, match="changed meanwhile"):
        await store.change_state(TASK, lambda _: replace(old, scheduling_state="closed"))
    assert (await stored(store)).items["schedulingState"] == "suspended"


async def test_only_one_of_many_claims_gets_the_run(store: SqliteStore) -> None:
    await store.add(task())
    claims = await asyncio.gather(*(claiming(store) for _ in range(20)))
    assert len([each for each in claims if each is not None]) == 1


async def test_an_object_that_is_no_task_has_no_state(store: SqliteStore) -> None:
    await store.add(user(1))
    with pytest.raises(NotFound, match="no task"):
        await store.change_state(oid(1), lambda _: None)
    assert await claiming(store, oid(1)) is None
    assert await claiming(store, oid(2)) is None


async def test_the_longest_due_comes_first(store: SqliteStore) -> None:
    starts = ["2025-06-15T15:00:00.000Z", "2025-06-15T14:00:00.000Z", LATER, None]
    for number, start in enumerate(starts):
        await store.add(task(oid(number), f"t{number}", next_start=start))
    await store.add(task(oid(8), "t8", scheduling_state="suspended"))
    await store.add(task(oid(9), "t9", execution_state="running"))
    assert await store.due(NOW, 10) == [oid(1), oid(0)]
    assert await store.due(NOW, 1) == [oid(1)]
    assert await store.next_due() == starts[1]


async def test_nothing_is_due_in_an_empty_store(store: SqliteStore) -> None:
    assert await store.due(NOW, 10) == []
    assert await store.next_due() is None
    assert await store.find_interrupted() == []


async def test_a_task_that_runs_counts_as_interrupted_for_the_next_engine(
    store: SqliteStore,
) -> None:
    await working(store)
    assert await store.find_interrupted() == [TASK]


# ---- runs ---------------------------------------------------------------------------------------------


async def test_a_claim_begins_a_run_and_shows_it(store: SqliteStore) -> None:
    await store.add(task())
    claim = await claimed(store)
    found = await stored(store)
    assert found.state is not None
    assert claim.task.state == found.state
    assert found.items["executionState"] == "running"
    assert [each.id for each in found.runs] == [claim.run.id]
    assert (claim.run.status, claim.run.attempt, claim.run.ended) == ("in_progress", 1, None)
    assert claim.run.sessions == [[NOW, None]]


async def test_a_finished_run_is_closed_with_the_task(store: SqliteStore) -> None:
    claim = await working(store)
    assert await finished(store, claim)
    found = await stored(store)
    assert found.items["schedulingState"] == "closed"
    assert (found.runs[0].ended, found.runs[0].status) == (LATER, "success")
    assert found.runs[0].sessions == [[NOW, LATER]]


async def test_a_run_that_failed_as_a_whole_stays_open_for_a_resume(store: SqliteStore) -> None:
    claim = await working(store)
    assert await finished(store, claim, permanent=True)
    found = await stored(store)
    assert found.items["schedulingState"] == "suspended"
    assert (found.runs[0].ended, found.runs[0].status) == (None, "fatal_error")
    await resume(store)
    again = await claimed(store, now=LATER)
    assert (again.run.id, again.run.attempt) == (claim.run.id, 2)
    assert again.run.sessions == [[NOW, LATER], [LATER, None]]


async def test_the_newest_twenty_runs_are_kept(store: SqliteStore) -> None:
    await store.add(task(recurrence="recurring"))
    identifiers = []
    for _ in range(25):
        claim = await claimed(store)
        identifiers.append(claim.run.identifier)
        await store.change_state(
            TASK,
            lambda each: replace(
                lifecycle.end_run(each, lifecycle.RunResult(status="success"), NOW), next_start=NOW
            ),
        )
    shown = [run.identifier for run in (await stored(store)).runs]
    assert shown == identifiers[:-4:-1]


# ---- leases --------------------------------------------------------------------------------------------


async def lost(store: SqliteStore, how: str) -> None:
    """Take the lease away from whoever works on the task."""
    if how == "suspended":
        await suspend(store)
    elif how == "resumed by another":
        await suspend(store)
        await resume(store)
        await claimed(store, now=LATER)
    elif how == "changed":

        def stop(before: StoredObject) -> TaskState:
            return replace(lifecycle.state_of(before), execution_state="runnable")

        await store.change_state(TASK, stop)
    else:
        await store.delete(TASK, lambda _: None)


WAYS = ["suspended", "resumed by another", "changed", "deleted"]


@pytest.mark.parametrize("how", WAYS)
async def test_an_old_lease_commits_nothing(store: SqliteStore, how: str) -> None:
    await store.add(user(1))
    claim = await working(store)
    member = await stored(store, oid(1))
    await lost(store, how)
    changed = [(member, member.items | {"description": "late"})]
    assert not await committed(store, claim, slice_of(claim, 0, 1, [member], changed))
    after = await stored(store, oid(1))
    assert (after.version, after.items) == (0, member.items)


@pytest.mark.parametrize("how", WAYS)
async def test_an_old_lease_neither_opens_nor_ends_anything(store: SqliteStore, how: str) -> None:
    claim = await working(store)
    await lost(store, how)
    before = await store.get(TASK)
    assert await store.reload_run(claim) is None
    assert not await finished(store, claim)
    assert await store.get(TASK) == before


async def test_a_run_that_has_ended_takes_no_more_slices(store: SqliteStore) -> None:
    claim = await working(store)
    await finished(store, claim)
    assert not await committed(store, claim, slice_of(claim, 0, 1))


# ---- slices --------------------------------------------------------------------------------------------


async def counted(store: SqliteStore) -> tuple[int, int, int | None]:
    """Position and successes of the bucket, and the task's progress."""
    found = await stored(store)
    assert found.state is not None
    [begun] = found.runs[0].buckets or [Bucket(activity=ACTIVITY, number=1, state="ready")]
    return begun.position, begun.succeeded, found.state.progress


async def test_a_slice_comes_true_as_a_whole(store: SqliteStore) -> None:
    await store.add(user(1))
    await store.add(user(2))
    claim = await working(store)
    one, two = await stored(store, oid(1)), await stored(store, oid(2))
    role = {"oid": oid(9), "type": "RoleType", "relation": "default"}
    changed = [(one, one.items | {"roleMembershipRef": [role]})]
    assert await committed(store, claim, slice_of(claim, 0, 2, [one, two], changed, expected=2))
    assert await counted(store) == (2, 2, 2)
    after = await stored(store, oid(1))
    assert (after.version, after.items["roleMembershipRef"]) == (1, [role])
    assert (await stored(store, oid(2))).version == 0
    [record] = (await stored(store, oid(2))).items["operationExecution"]
    assert record["taskRef"]["oid"] == TASK
    assert record["taskRunIdentifier"] == claim.run.identifier
    assert record["initiatorRef"]["oid"] == oid(1)
    assert (record["recordType"], record["status"]) == ("complex", "success")
    assert record["activityPath"] == {"identifier": [ACTIVITY]}


async def test_the_same_slice_counts_once(store: SqliteStore) -> None:
    claim = await working(store)
    assert await committed(store, claim, slice_of(claim, 0, 3))
    assert not await committed(store, claim, slice_of(claim, 0, 3))
    assert await counted(store) == (3, 3, 3)


async def test_a_slice_that_skips_items_is_refused(store: SqliteStore) -> None:
    claim = await working(store)
    assert not await committed(store, claim, slice_of(claim, 2, 3))
    assert await counted(store) == (0, 0, 0)


async def test_a_complete_bucket_takes_no_more_slices(store: SqliteStore) -> None:
    claim = await working(store)
    assert await committed(store, claim, slice_of(claim, 0, 3, complete=True))
    assert not await committed(store, claim, slice_of(claim, 3, 4))
    assert (await bucket(store, claim)).state == "complete"


@pytest.mark.parametrize("how", ["changed", "deleted"])
async def test_a_slice_over_an_object_that_changed_meanwhile_changes_nothing(
    store: SqliteStore, how: str
) -> None:
    await store.add(user(1))
    await store.add(user(2))
    claim = await working(store)
    one, two = await stored(store, oid(1)), await stored(store, oid(2))
    if how == "changed":
        await describe(store, oid(1), "meanwhile")
    else:
        await store.delete(oid(1), lambda _: None)
    changed = [(each, each.items | {"description": "slice"}) for each in (one, two)]
    with pytest.raises(Conflict, match="was changed while it was being processed"):
        await committed(store, claim, slice_of(claim, 0, 2, [one, two], changed))
    assert await counted(store) == (0, 0, 0)
    after = await stored(store, oid(2))
    assert (after.version, "operationExecution" in after.items) == (0, False)


async def test_an_object_that_was_deleted_meanwhile_leaves_no_record(store: SqliteStore) -> None:
    await store.add(user(1))
    claim = await working(store)
    one = await stored(store, oid(1))
    await store.delete(oid(1), lambda _: None)
    assert await committed(store, claim, slice_of(claim, 0, 1, [one]))
    assert await store.get(oid(1)) is None


async def test_a_slice_announces_the_task_and_every_object_it_handled(store: SqliteStore) -> None:
    await store.add(user(1))
    claim = await working(store)
    announced: set[str] = set()
    store.subscribe(announced.update)
    await committed(store, claim, slice_of(claim, 0, 1, [await stored(store, oid(1))]))
    assert announced == {TASK, oid(1)}


async def handle(store: SqliteStore, claim: Claim) -> None:
    """One slice that handles user 1."""
    one = await stored(store, oid(1))
    done = slice_of(claim, 0, 1, [one], complete=True)
    assert await committed(store, claim, done)


async def test_ten_records_of_finished_runs_are_kept_per_object(store: SqliteStore) -> None:
    await store.add(user(1))
    runs = []
    for number in range(12):
        await store.add(task(oid(100 + number), f"t{number}"))
        claim = await claimed(store, oid(100 + number))
        await handle(store, claim)
        await finished(store, claim)
        runs.append(claim.run.identifier)
    kept = (await stored(store, oid(1))).items["operationExecution"]
    assert [each["taskRunIdentifier"] for each in kept] == runs[2:]


async def test_records_of_unfinished_runs_are_kept_however_many(store: SqliteStore) -> None:
    await store.add(user(1))
    await store.add(task(oid(99), "unfinished"))
    unfinished = await claimed(store, oid(99))
    await handle(store, unfinished)
    for number in range(11):
        await store.add(task(oid(100 + number), f"t{number}"))
        claim = await claimed(store, oid(100 + number))
        await handle(store, claim)
        await finished(store, claim)
    kept = (await stored(store, oid(1))).items["operationExecution"]
    assert [each["taskRunIdentifier"] for each in kept].count(unfinished.run.identifier) == 1
    assert len(kept) == 11


async def test_the_last_items_of_each_outcome_are_remembered(store: SqliteStore) -> None:
    claim = await working(store)
    first, second = {"succeeded": {"name": "a"}}, {"failed": {"name": "b", "message": "no"}}
    await committed(store, claim, slice_of(claim, 0, 1, last_items=first))
    await committed(store, claim, slice_of(claim, 1, 2, last_items=second, succeeded=0, failed=1))
    begun = await bucket(store, claim)
    assert begun.last_items == first | second
    assert (begun.succeeded, begun.failed, begun.processed) == (1, 1, 2)

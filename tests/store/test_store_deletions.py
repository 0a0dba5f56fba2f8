"""Tasks that a run deletes are those that it has seen, in the state that it has seen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gateway.errors import Conflict
from gateway.model.effects import Delete
from tests.store.making import committed, oid, slice_of, stored, task, working

if TYPE_CHECKING:
    from gateway.model.documents import StoredObject
    from gateway.model.task import TaskState
    from gateway.store.sqlite.store import SqliteStore


async def closed(store: SqliteStore) -> StoredObject:
    """A closed task, as a worker sees it."""
    state = {"scheduling_state": "closed", "execution_state": "closed", "next_start": None}
    await store.add(task(key=oid(7), identifier="closed", **state))
    return await stored(store, oid(7))


async def test_a_task_that_is_still_closed_goes(store: SqliteStore) -> None:
    claim, seen = await working(store), await closed(store)
    done = slice_of(claim, 0, 1, deleted=1, effects=(Delete(before=seen),))
    assert await committed(store, claim, done)
    assert await store.get(oid(7)) is None


async def test_a_task_that_was_resumed_meanwhile_stays(store: SqliteStore) -> None:
    claim, seen = await working(store), await closed(store)

    def resumed(before: StoredObject) -> TaskState | None:
        assert before.state is not None
        return replace(before.state, scheduling_state="ready", execution_state="runnable")

    await store.change_state(oid(7), resumed)
    done = slice_of(claim, 0, 1, deleted=1, effects=(Delete(before=seen),))
    with pytest.raises(Conflict, match="from one state to another"):
        await committed(store, claim, done)
    assert (await stored(store, oid(7))).state is not None


async def test_a_task_whose_progress_has_moved_goes_all_the_same(store: SqliteStore) -> None:
    claim, seen = await working(store), await closed(store)

    def progressed(before: StoredObject) -> TaskState | None:
        assert before.state is not None
        return replace(before.state, progress=5)

    await store.change_state(oid(7), progressed)
    done = slice_of(claim, 0, 1, deleted=1, effects=(Delete(before=seen),))
    assert await committed(store, claim, done)
    assert await store.get(oid(7)) is None

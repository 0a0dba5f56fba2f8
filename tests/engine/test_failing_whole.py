"""Runs that fail as a whole: there is nothing to run, nobody to run it for, or the engine breaks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tests.engine.world import is_closed, is_suspended, no_op, over_users

if TYPE_CHECKING:
    import pytest

    from gateway.model.documents import Document
    from tests.engine.world import World

#: With items that may be tried again, the end of a run is not part of its last slice.
RETRIED: Document = {
    "controlFlow": {"errorHandling": {"entry": [{"reaction": {"retryLater": {}}}]}}
}


async def test_a_task_whose_owner_may_not_log_in_is_suspended(world: World) -> None:
    [owner] = await world.users(1)
    oid = await world.suspended(
        no_op(), ownerRef={"oid": owner, "type": "UserType", "relation": "default"}
    )
    state = await world.state(oid)
    assert state.result_status == "fatal_error"
    assert f"owner {owner} has no enabled account" in str(state.result)


async def test_a_task_without_an_activity_is_suspended(world: World) -> None:
    oid = await world.task(None)
    assert "no activity" in str((await world.when(oid, is_suspended)).result)


async def test_what_breaks_in_the_engine_leaves_the_task_in_a_stated_state(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = world.running.store.end_run
    broken = asyncio.Event()

    async def break_once(*arguments: Any) -> Any:
        if not broken.is_set():
            broken.set()
            raise ZeroDivisionError
        return await honest(*arguments)

    monkeypatch.setattr(world.running.store, "end_run", break_once)
    oid = await world.task(over_users(text="name = 'nobody'", **RETRIED))
    await world.when(oid, is_closed)
    assert broken.is_set()

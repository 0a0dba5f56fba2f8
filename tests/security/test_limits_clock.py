"""A clock that somebody puts forward or back while the engine runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from gateway.clock import ManualClock, write_instant
from gateway.engine.running.scheduler import IDLE
from gateway.model.lifecycle import put_back
from tests.engine.world import is_closed, no_op, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.engine.world import World

HOUR = 3_600


@pytest.fixture
async def still(tmp_path: Path) -> AsyncIterator[World]:
    """An engine that has nothing to do and waits for the next look."""
    async with world(tmp_path / "clock.db", ManualClock()) as opened:
        yield opened


async def test_a_new_task_starts_at_once_after_the_clock_was_put_forward(still: World) -> None:
    still.clock.put(HOUR)
    async with asyncio.timeout(IDLE / 3):
        await still.closed(no_op())


async def test_a_clock_that_was_put_forward_is_noticed(still: World) -> None:
    at = write_instant(still.clock.now() + HOUR)
    oid = await still.task(no_op(), schedule={"recurrence": "single", "earliestStartTime": at})
    still.clock.put(HOUR)
    async with asyncio.timeout(IDLE / 3):
        await still.when(oid, is_closed)


@pytest.mark.parametrize("schedule", [{"interval": 60}, {"cronLikePattern": "0 * * * * ?"}])
async def test_recurring_tasks_go_on_after_the_clock_was_put_back(
    still: World, schedule: dict[str, Any]
) -> None:
    oid = await still.task(no_op(), schedule=schedule)
    await still.advance(61)
    first = (await still.when(oid, lambda state: state.last_run_start)).last_run_start
    still.clock.put(-HOUR)
    await still.settle()
    state = await still.when(
        oid,
        lambda state: state.next_start and state.next_start < write_instant(still.clock.now() + 61),
    )
    assert state.last_run_start == first
    await still.advance(61)
    again = await still.when(oid, lambda state: state.last_run_start != first)
    assert str(again.last_run_start) < str(first)


async def test_a_start_that_somebody_has_set_is_that_of_the_clock(still: World) -> None:
    at = write_instant(still.clock.now() + 10)
    single = {"recurrence": "single", "earliestStartTime": at}
    oid = await still.task(no_op(), schedule=single)
    still.clock.put(-HOUR)
    await still.settle()
    assert (await still.state(oid)).next_start == at
    later = {"interval": 60, "earliestStartTime": at}
    oid = await still.task(no_op(), schedule=later)
    assert put_back(await still.stored(oid), write_instant(still.clock.now())) is None


async def test_time_that_passes_is_no_jump(
    still: World, capsys: pytest.CaptureFixture[str]
) -> None:
    await still.advance(HOUR)
    assert "clock_was_put" not in capsys.readouterr().out
    still.clock.put(-HOUR)
    await still.settle()
    assert "clock_was_put" in capsys.readouterr().out

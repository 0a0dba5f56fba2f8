"""When tasks run over days: cron, intervals, windows, and a clock that jumps (midpoint-tasks 1.4)."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from gateway.assembly import SYSTEM
from gateway.clock import ManualClock, parse_instant, write_instant
from tests.engine.world import World, is_closed, no_op
from tests.engine.world import world as opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.model.task import TaskState

HOUR, DAY = 3_600, 86_400
#: The Friday before clocks are put forward in Berlin.
FRIDAY = "2025-03-28T12:00:00.000Z"


@asynccontextmanager
async def since(database: Path, start: str = FRIDAY, **settings: Any) -> AsyncIterator[World]:
    async with opened(database, ManualClock(parse_instant(start)), **settings) as world:
        yield world


async def starts(world: World, oid: str, ticks: int, step: float = HOUR) -> list[str]:
    """When the task ran while the clock went on in steps."""
    seen: list[str] = []
    for _ in range(ticks):
        await world.advance(step)
        state = await world.when(oid, lambda state: not is_due(world, state))
        if state.last_run_start is not None and state.last_run_start not in seen[-1:]:
            seen.append(state.last_run_start)
    return seen


def is_due(world: World, state: TaskState) -> bool:
    """Whether the task runs or will at once."""
    now = write_instant(world.clock.now())
    return state.is_running or (state.next_start is not None and state.next_start <= now)


async def test_a_cron_task_runs_at_its_hours_by_the_clock_of_the_zone(database: Path) -> None:
    async with since(database, timezone="Europe/Berlin") as world:
        oid = await world.task(no_op(), schedule={"cronLikePattern": "0 0 3,15 * * ?"})
        assert await starts(world, oid, 66) == [
            "2025-03-28T14:00:00.000Z",
            "2025-03-29T02:00:00.000Z",
            "2025-03-29T14:00:00.000Z",
            "2025-03-30T01:00:00.000Z",
            "2025-03-30T13:00:00.000Z",
            "2025-03-31T01:00:00.000Z",
        ]
        assert (await world.state(oid)).next_start == "2025-03-31T13:00:00.000Z"


async def test_a_start_that_was_missed_happens_at_once_and_once(database: Path) -> None:
    async with since(database) as world:
        oid = await world.task(no_op(), schedule={"cronLikePattern": "0 0 * * * ?"})
        assert await starts(world, oid, 2, 5.5 * HOUR) == [
            "2025-03-28T17:30:00.000Z",
            "2025-03-28T23:00:00.000Z",
        ]


async def test_a_missed_start_can_be_left_out(database: Path) -> None:
    """Nobody was there when it was due, as after a night without the server."""
    schedule = {"cronLikePattern": "0 0 * * * ?", "misfireAction": "reschedule"}
    async with since(database) as world:
        oid = await world.suspended_now(schedule)
        world.clock.advance(5.5 * HOUR)
        await world.running.engine.resume(oid, SYSTEM)
        assert await starts(world, oid, 2, HOUR / 2) == ["2025-03-28T18:00:00.000Z"]


@pytest.mark.parametrize(
    ("misfire", "expected"),
    [
        ("executeImmediately", ["2025-03-28T12:00:00.000Z", "2025-03-28T14:30:00.000Z"]),
        ("reschedule", ["2025-03-28T12:00:00.000Z", "2025-03-28T15:00:00.000Z"]),
    ],
)
async def test_an_interval_that_was_missed_catches_up_or_keeps_its_phase(
    database: Path, misfire: str, expected: list[str]
) -> None:
    async with since(database) as world:
        oid = await world.task(no_op(), schedule={"interval": HOUR, "misfireAction": misfire})
        await world.when(oid, lambda state: state.last_run_finish)
        first = (await world.state(oid)).last_run_start
        await world.running.engine.suspend(oid, SYSTEM)
        world.clock.advance(2.5 * HOUR)
        await world.running.engine.resume(oid, SYSTEM)
        await world.settle()
        second = [(await world.state(oid)).last_run_start, *await starts(world, oid, 2, HOUR / 4)]
        assert list(dict.fromkeys([first, *second])) == expected


async def test_an_interval_runs_at_once_and_then_from_start_to_start(database: Path) -> None:
    async with since(database) as world:
        oid = await world.task(no_op(), schedule={"interval": 2 * HOUR})
        await world.when(oid, lambda state: state.last_run_finish)
        assert await starts(world, oid, 5) == [
            "2025-03-28T12:00:00.000Z",
            "2025-03-28T14:00:00.000Z",
            "2025-03-28T16:00:00.000Z",
        ]


async def test_a_task_waits_for_its_earliest_start(database: Path) -> None:
    async with since(database) as world:
        oid = await world.task(no_op(), schedule={"earliestStartTime": "2025-03-28T13:30:00.000Z"})
        assert await starts(world, oid, 3, HOUR / 2) == ["2025-03-28T13:30:00.000Z"]
        assert is_closed(await world.when(oid, is_closed))


@pytest.mark.parametrize("limit", ["latestStartTime", "latestFinishTime"])
async def test_a_recurring_task_starts_no_more_behind_its_end_and_is_not_closed(
    database: Path, limit: str
) -> None:
    async with since(database) as world:
        oid = await world.task(
            no_op(), schedule={"interval": HOUR, limit: "2025-03-28T13:30:00.000Z"}
        )
        await world.when(oid, lambda state: state.last_run_finish)
        assert await starts(world, oid, 4) == ["2025-03-28T13:00:00.000Z"]
        state = await world.state(oid)
        assert (state.scheduling_state, state.next_start) == ("ready", None)


async def test_a_changed_interval_does_not_start_before_the_earliest_time(database: Path) -> None:
    async with since(database) as world:
        oid = await world.task(no_op(), schedule={"interval": HOUR})
        await world.when(oid, lambda state: state.last_run_finish)
        later = {"interval": HOUR, "earliestStartTime": "2025-03-28T15:30:00.000Z"}

        def change(items: dict[str, Any]) -> dict[str, Any]:
            return items | {"schedule": later}

        await world.running.engine.modify(oid, "TaskType", change, SYSTEM)
        assert (await world.state(oid)).next_start == "2025-03-28T15:30:00.000Z"


async def test_a_task_on_demand_runs_only_when_it_is_told_to(database: Path) -> None:
    async with since(database) as world:
        oid = await world.task(no_op(), schedule={"recurrence": "recurring"})
        assert await starts(world, oid, 2, DAY) == []
        await world.running.engine.run(oid, SYSTEM)
        await world.when(oid, lambda state: state.last_run_finish)
        state = await world.state(oid)
        assert (state.scheduling_state, state.next_start) == ("ready", None)


async def test_a_clock_that_is_moved_forth_and_back_neither_loses_nor_doubles_a_run(
    database: Path,
) -> None:
    # Nothing is due when the tasks are made: what is begun then may end before or after the jump.
    async with since(database, "2025-03-28T12:10:00.000Z") as world:
        hourly = await world.task(no_op(), schedule={"cronLikePattern": "0 0 * * * ?"})
        later = await world.task(
            no_op(), schedule={"earliestStartTime": "2025-03-28T12:45:00.000Z"}
        )
        seen = await starts(world, hourly, 1, 1.5 * HOUR)
        await world.when(later, is_closed)
        seen += await starts(world, hourly, 1, -HOUR)
        seen += await starts(world, hourly, 4, HOUR / 2)
        assert list(dict.fromkeys(seen)) == [
            "2025-03-28T13:40:00.000Z",
            "2025-03-28T14:10:00.000Z",
        ]
        runs = [(await world.stored(each)).runs for each in (hourly, later)]
        assert [len(each) for each in runs] == [2, 1], runs


async def test_waiting_tasks_are_looked_at_also_after_the_clock_was_put_back(
    database: Path,
) -> None:
    async with since(database) as world:
        await world.advance(HOUR)
        await world.advance(-HOUR)
        oid = await world.task(no_op(), schedulingState="waiting", waitingReason="otherTasks")
        await world.advance(601)
        await world.when(oid, is_closed)


async def test_twenty_runs_of_a_recurring_task_are_kept(database: Path) -> None:
    async with since(database) as world:
        oid = await world.task(no_op(), schedule={"interval": HOUR})
        await world.when(oid, lambda state: state.last_run_finish)
        assert len(await starts(world, oid, 25)) == 25
        connection = world.running.store._writer
        count = await connection.run(
            lambda c: c.execute(
                "SELECT count(*) FROM run r JOIN object o ON o.seq = r.task WHERE o.oid = ?", [oid]
            ).fetchone()[0]
        )
        assert count == 20


async def test_a_task_that_finds_no_room_starts_as_soon_as_there_is(database: Path) -> None:
    async with since(database, max_running_tasks=1) as world:
        first = await world.task(no_op(20, 20))
        second = await world.task(no_op())
        await world.when(first, is_closed)
        await world.when(second, is_closed)

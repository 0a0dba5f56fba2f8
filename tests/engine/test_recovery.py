"""What becomes of running tasks when their engine stops or is lost (midpoint-tasks 2.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.clock import write_instant
from tests.engine.world import World, is_closed, no_op, over_users
from tests.engine.world import world as opened

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.model.documents import Document
    from gateway.model.task import TaskState

#: Long enough not to be done by itself.
LONG = no_op(2_000, 20)
HOURLY: Document = {"schedule": {"interval": 3_600}}


def lose(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the engine end without a word, as if it had been killed."""

    async def say_nothing() -> None:
        return None

    monkeypatch.setattr(world.running.scheduler._upkeep, "recover", say_nothing)


async def stopped(
    database: Path, monkeypatch: pytest.MonkeyPatch, items: Document, *, is_lost: bool
) -> tuple[str, TaskState, TaskState, str]:
    """Oid, last state, the state that the next engine finds or makes, and when that was."""
    async with opened(database) as world:
        oid = await world.task(LONG, **items)
        await world.event(oid, "task_progressed")
        if is_lost:
            lose(world, monkeypatch)
        before, clock = await world.state(oid), world.clock
    clock.advance(60)
    async with opened(database, clock, runs_tasks=False) as world:
        await world.running.scheduler._upkeep.recover()
        return oid, before, await world.state(oid), write_instant(clock.now())


@pytest.mark.parametrize("is_lost", [False, True])
@pytest.mark.parametrize(
    ("items", "states"),
    [
        ({}, ("ready", "runnable")),
        ({"threadStopAction": "restart"}, ("ready", "runnable")),
        ({"threadStopAction": "reschedule"}, ("ready", "runnable")),
        ({"threadStopAction": "suspend"}, ("suspended", "suspended")),
        ({"threadStopAction": "close"}, ("closed", "closed")),
    ],
)
async def test_a_running_task_does_what_its_stop_action_says(
    database: Path,
    monkeypatch: pytest.MonkeyPatch,
    items: Document,
    states: tuple[str, str],
    is_lost: bool,
) -> None:
    _, before, after, now = await stopped(database, monkeypatch, items, is_lost=is_lost)
    assert before.execution_state == "running"
    assert (after.scheduling_state, after.execution_state, after.node) == (*states, None)
    assert (after.next_start is not None) == (states[0] == "ready")
    assert after.next_start is None or after.next_start <= now
    assert (after.run is None) == (states[0] == "closed")


@pytest.mark.parametrize("is_lost", [False, True])
async def test_a_recurring_task_may_wait_for_its_regular_time(
    database: Path, monkeypatch: pytest.MonkeyPatch, is_lost: bool
) -> None:
    items = HOURLY | {"threadStopAction": "reschedule"}
    _, before, after, now = await stopped(database, monkeypatch, items, is_lost=is_lost)
    assert before.last_run_start is not None
    assert after.next_start is not None
    assert after.next_start > now
    assert after.run == before.run


@pytest.mark.parametrize("is_lost", [False, True])
async def test_the_next_engine_goes_on_where_the_last_one_was(
    database: Path, monkeypatch: pytest.MonkeyPatch, is_lost: bool
) -> None:
    async with opened(database, slice_size=5) as world:
        oids = await world.users(200)
        activity = over_users(text="name startsWith 'user'")
        activity["distribution"] = {"buckets": {"oidSegmentation": {}}}
        oid = await world.begun(activity)
        if is_lost:
            lose(world, monkeypatch)
    async with opened(database, slice_size=5) as world:
        state = await world.when(oid, is_closed)
        run = await world.run(oid)
        assert (state.progress, run.attempt) == (200, 2)
        assert await world.outcomes(oids, oid) == [["success"]] * 200


async def test_a_task_that_is_closed_with_its_engine_releases_what_waits_for_it(
    database: Path,
) -> None:
    async with opened(database) as world:
        waiting = {"schedulingState": "waiting", "waitingReason": "otherTasks"}
        dependent = await world.task(no_op(), taskIdentifier="second", **waiting)
        oid = await world.task(LONG, dependent=["second"], threadStopAction="close")
        await world.event(oid, "task_progressed")
        clock = world.clock
    async with opened(database, clock) as world:
        await world.when(dependent, is_closed)


async def test_a_task_that_waits_for_its_time_is_left_as_it_is(database: Path) -> None:
    async with opened(database) as world:
        future = {"earliestStartTime": "2099-01-01T00:00:00.000Z"}
        oid = await world.task(no_op(), schedule=future, threadStopAction="close")
        before = await world.state(oid)
    async with opened(database, runs_tasks=False) as world:
        assert await world.state(oid) == before

"""Tasks that wait for others or for a place, and closed ones that have served (midpoint-tasks 2.5, 2.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.assembly import SYSTEM
from gateway.clock import parse_instant
from gateway.errors import NotFound
from tests.engine.world import World, is_closed, is_suspended, no_op
from tests.engine.world import world as opened

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.model.documents import Document
    from gateway.model.task import TaskState

WAITING = {"schedulingState": "waiting", "waitingReason": "otherTasks"}
CHECK = 600
HOUR = 3_600


def is_waiting(state: TaskState) -> bool:
    return state.scheduling_state == "waiting"


async def waiting(world: World, identifier: str, **items: Any) -> str:
    """A task that waits for others; the engine has had its first look at those that wait."""
    await world.settle()
    return await world.task(no_op(), taskIdentifier=identifier, **WAITING | items)


async def test_a_task_goes_on_when_all_that_it_waits_for_are_closed(world: World) -> None:
    dependent = await waiting(world, "second")
    blocker = await world.task(no_op(), dependent=["second"], schedulingState="suspended")
    await world.closed(no_op(), dependent=["second"])
    await world.settle()
    assert is_waiting(await world.state(dependent))
    await world.running.engine.resume(blocker, SYSTEM)
    state = await world.when(dependent, is_closed)
    assert (state.result_status, state.waiting_reason) == ("success", None)


async def test_a_parent_waits_for_its_subtasks(world: World) -> None:
    parent = await waiting(world, "parent")
    await world.closed(no_op(), parent="parent")
    await world.when(parent, is_closed)


async def test_tasks_wait_for_each_other_in_a_chain(world: World) -> None:
    last = await waiting(world, "c")
    await waiting(world, "b", dependent=["c"])
    await world.closed(no_op(), dependent=["b"])
    await world.when(last, is_closed)


async def test_how_a_prerequisite_ended_does_not_matter_but_that_it_is_closed(
    world: World,
) -> None:
    dependent = await waiting(world, "second")
    failed = await world.task(None, dependent=["second"])
    await world.when(failed, is_suspended)
    await world.advance(CHECK)
    assert is_waiting(await world.state(dependent))


@pytest.mark.parametrize(
    ("items", "scheduling", "runs"),
    [
        ({}, "closed", 1),
        ({"unpauseAction": "executeImmediately"}, "closed", 1),
        ({"unpauseAction": "close"}, "closed", 0),
        ({"unpauseAction": "reschedule"}, "closed", 0),
        ({"schedule": {"cronLikePattern": "0 0 0 1 1 ? 2198"}}, "ready", 0),
        (
            {
                "schedule": {"cronLikePattern": "0 0 0 1 1 ? 2198"},
                "unpauseAction": "executeImmediately",
            },
            "ready",
            1,
        ),
    ],
)
async def test_what_happens_at_the_end_of_waiting_is_the_tasks_own_choice(
    world: World, items: Document, scheduling: str, runs: int
) -> None:
    dependent = await waiting(world, "second", **items)
    await world.closed(no_op(), dependent=["second"])
    await world.when(dependent, lambda state: not is_waiting(state))
    await world.settle()
    await world.when(dependent, lambda state: state.scheduling_state == scheduling)
    assert len((await world.stored(dependent)).runs) == runs


async def test_a_task_that_is_closed_at_the_end_of_waiting_releases_others(world: World) -> None:
    last = await waiting(world, "c")
    await waiting(world, "b", dependent=["c"], unpauseAction="close")
    await world.closed(no_op(), dependent=["b"])
    await world.when(last, is_closed)


async def test_a_deleted_prerequisite_is_noticed_by_the_periodic_check(world: World) -> None:
    dependent = await waiting(world, "second")
    blocker = await world.task(no_op(), dependent=["second"], schedulingState="suspended")
    await world.running.engine.delete(blocker, "TaskType", SYSTEM)
    await world.advance(CHECK - 1)
    assert is_waiting(await world.state(dependent))
    await world.advance(1)
    await world.when(dependent, is_closed)


async def test_a_task_that_waits_for_nothing_is_noticed_by_the_periodic_check(
    world: World,
) -> None:
    oid = await waiting(world, "alone")
    await world.settle()
    assert is_waiting(await world.state(oid))
    await world.advance(CHECK)
    await world.when(oid, is_closed)


async def test_a_task_that_waits_for_another_reason_is_left_alone(world: World) -> None:
    oid = await waiting(world, "alone", waitingReason="other")
    await world.advance(CHECK)
    assert is_waiting(await world.state(oid))


async def test_a_task_closed_by_hand_releases_what_waits_for_it(world: World) -> None:
    dependent = await waiting(world, "second")
    blocker = await world.task(no_op(), dependent=["second"], schedulingState="suspended")

    def close(items: Document) -> Document:
        return items | {"schedulingState": "closed", "executionState": "closed"}

    await world.running.engine.modify(blocker, "TaskType", close, SYSTEM)
    await world.when(dependent, is_closed)


# ---- groups --------------------------------------------------------------------------------------------


def grouped(limit: int | None = 1, **more: Any) -> Document:
    constraints = {"group": "g"} | more
    if limit is not None:
        constraints["groupTaskLimit"] = limit
    return {"executionConstraints": constraints}


async def test_of_a_group_only_so_many_run_and_others_try_again_later(world: World) -> None:
    first = await world.task(no_op(5_000, 20), **grouped())
    await world.event(first, "task_progressed")
    second = await world.task(no_op(), **grouped())
    state = await world.when(second, lambda state: state.next_retry)
    assert (state.execution_state, state.last_run_start) == ("runnable", None)
    assert state.next_retry is not None
    assert 60 <= parse_instant(state.next_retry) - round(world.clock.now(), 3) <= 63
    await world.advance(59)
    assert (await world.state(second)).next_retry == state.next_retry
    await world.advance(5)
    again = await world.when(second, lambda now: now.next_retry != state.next_retry)
    assert again.last_run_start is None
    await world.running.engine.suspend(first, SYSTEM)
    await world.advance(65)
    await world.when(second, is_closed)


async def test_the_least_limit_of_those_that_run_counts(world: World) -> None:
    first = await world.task(no_op(5_000, 20), **grouped(1))
    await world.event(first, "task_progressed")
    second = await world.task(no_op(), **grouped(10))
    await world.when(second, lambda state: state.next_retry)


async def test_a_group_without_a_limit_holds_nobody_up(world: World) -> None:
    first = await world.task(no_op(5_000, 20), **grouped(None))
    await world.event(first, "task_progressed")
    await world.closed(no_op(), **grouped(None))


async def test_a_further_group_limits_as_well(world: World) -> None:
    other = {"secondaryGroup": [{"group": "s", "groupTaskLimit": 1}]}
    first = await world.task(no_op(5_000, 20), executionConstraints=other)
    await world.event(first, "task_progressed")
    second = await world.task(no_op(), **grouped(5, **other))
    await world.when(second, lambda state: state.next_retry)


@pytest.mark.parametrize(("given", "least"), [("PT5M", 300), ("-PT1H", 0), ("P9999999Y", 9e9)])
async def test_a_task_says_when_it_tries_again(world: World, given: str, least: float) -> None:
    first = await world.task(no_op(5_000, 20), **grouped())
    await world.event(first, "task_progressed")
    second = await world.task(no_op(), **grouped(retryAfter=given))
    state = await world.when(second, lambda state: state.next_retry)
    assert state.next_retry is not None
    assert parse_instant(state.next_retry) >= round(world.clock.now(), 3) + least


# ---- closed tasks that have served ---------------------------------------------------------------------


async def exists(world: World, oid: str) -> bool:
    return await world.running.store.get(oid) is not None


async def is_gone(world: World, oid: str) -> bool:
    """Whether it is deleted; on a busy machine that may be a look of the engine after its time."""
    for _ in range(5):
        if not await exists(world, oid):
            return True
        await world.settle()
    return False


async def test_a_closed_task_is_deleted_when_its_time_is_over_and_not_before(
    world: World,
) -> None:
    oid = await world.closed(no_op(), cleanupAfterCompletion="PT1H")
    await world.advance(HOUR - 1)
    assert await exists(world, oid)
    with world.running.events.stream(oid=oid) as events:
        await world.advance(2)
        assert (await anext(events)).name == "task_deleted"
    assert await is_gone(world, oid)


async def test_a_task_that_was_opened_again_is_kept_until_it_is_closed_again(
    world: World,
) -> None:
    oid = await world.closed(no_op(), cleanupAfterCompletion="PT1H")
    await world.running.engine.run(oid, SYSTEM)
    await world.when(oid, lambda state: is_closed(state) and state.run is None)
    await world.running.engine.modify(
        oid, "TaskType", lambda items: items | {"activity": no_op(5_000, 20)}, SYSTEM
    )
    await world.running.engine.run(oid, SYSTEM)
    await world.event(oid, "task_progressed")
    await world.advance(2 * HOUR)
    assert await exists(world, oid)
    await world.running.engine.suspend(oid, SYSTEM)
    await world.advance(2 * HOUR)
    assert await exists(world, oid)


async def test_a_suspended_task_that_was_closed_once_does_not_keep_the_engine_busy(
    world: World,
) -> None:
    oid = await world.closed(no_op(), cleanupAfterCompletion="PT1H")

    def suspended(items: Document) -> Document:
        return items | {"schedulingState": "suspended", "executionState": "suspended"}

    await world.running.engine.modify(oid, "TaskType", suspended, SYSTEM)
    await world.advance(2 * HOUR)
    assert await world.running.store.next_due() is None


async def test_a_task_that_is_opened_while_it_is_to_be_deleted_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    oid = await world.closed(no_op(), cleanupAfterCompletion="PT1H")
    store = world.running.store
    honest = store.find_expired

    async def opened_meanwhile(now: str) -> list[str]:
        found = await honest(now)
        if oid in found:
            await world.running.engine.run(oid, SYSTEM)
        return found

    monkeypatch.setattr(store, "find_expired", opened_meanwhile)
    await world.advance(HOUR + 1)
    await world.when(oid, is_closed)
    assert await exists(world, oid)


async def test_an_indestructible_task_is_kept_for_good(world: World) -> None:
    oid = await world.closed(no_op(), cleanupAfterCompletion="PT1H", indestructible=True)
    await world.advance(HOUR + 1)
    await world.when(oid, lambda state: state.expires is None)


async def test_subtasks_go_with_their_task(world: World) -> None:
    root = await world.task(no_op(), taskIdentifier="root", cleanupAfterCompletion="PT1H")
    below = await world.closed(no_op(), parent="root")
    await world.when(root, is_closed)
    await world.advance(HOUR + 1)
    assert await is_gone(world, root)
    assert await is_gone(world, below)
    with pytest.raises(NotFound):
        await world.running.engine.run(below, SYSTEM)


async def test_a_time_beyond_all_calendars_is_the_last_one(world: World) -> None:
    oid = await world.closed(no_op(), cleanupAfterCompletion="P9999999Y")
    assert (await world.state(oid)).expires == "9999-12-31T23:59:59.000Z"


async def test_a_time_that_was_over_while_nobody_was_there_is_over(database: Path) -> None:
    async with opened(database) as world:
        oid = await world.closed(no_op(), cleanupAfterCompletion="PT1H")
        clock = world.clock
    clock.advance(HOUR + 1)
    async with opened(database, clock) as world:
        await world.settle()
        assert await is_gone(world, oid)

"""Items that fail: reactions, tries, and the policies that end a run (midpoint-tasks 3.5)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from gateway.assembly import SYSTEM
from gateway.clock import write_instant
from tests.engine.world import (
    World,
    changing,
    composed,
    is_closed,
    is_suspended,
    no_op,
)
from tests.engine.world import world as opened

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.model.documents import Document
    from gateway.model.task import TaskState

#: The default pauses before the first and before further tries.
FIRST = 30 * 60
NEXT = 6 * 3_600


def renaming(**more: Any) -> Document:
    """Gives each user the same name: the store takes it for the first one and refuses the others."""
    return changing("name", "the one", **more)


def handling(*entries: Document) -> Document:
    return {"controlFlow": {"errorHandling": {"entry": list(entries)}}}


RETRY = handling({"reaction": {"retryLater": {}}})


def policy(action: str = "suspendTask", **mark: float) -> Document:
    return policies(
        {
            "policyConstraints": {"itemProcessingResult": {"status": ["fatal_error"]}},
            "policyThreshold": {"lowWaterMark": mark},
            "policyActions": {action: {}},
        }
    )


def policies(*given: Document) -> Document:
    return {"policies": {"policy": list(given)}}


def cut(threads: int = 1) -> Document:
    return {"distribution": {"buckets": {"oidSegmentation": {}}, "workerThreads": threads}}


async def counted(world: World, oid: str) -> tuple[int, int]:
    """How many items have succeeded and failed."""
    buckets = (await world.run(oid)).buckets
    return sum(each.succeeded for each in buckets), sum(each.failed for each in buckets)


async def test_an_item_that_the_store_refuses_fails_alone(world: World) -> None:
    oids = await world.users(25)
    oid = await world.closed(renaming())
    state = await world.state(oid)
    assert await counted(world, oid) == (1, 24)
    assert (state.result_status, state.progress, state.expected_total) == ("partial_error", 25, 25)
    assert "24 items failed; the last: An object of this type with the name" in str(state.result)
    assert sorted(await world.outcomes(oids, oid)) == [["fatal_error"]] * 24 + [["success"]]


async def test_the_item_that_is_refused_is_the_one_that_fails(world: World) -> None:
    """Whichever place it has in a slice that grows again after a refusal."""
    await world.users(60)
    for number in (0, 5, 17, 18, 40):
        await rename(world, number, f"kept {number}")
    activity = changing("fullName", "same")
    activity["work"]["iterativeChangeExecution"]["objects"]["query"]["filter"]["text"] = (
        "name startsWith 'kept' or name startsWith 'user'"
    )
    activity["work"]["iterativeChangeExecution"]["delta"]["itemDelta"][0] |= {
        "modificationType": "replace",
        "path": "name",
        "value": "kept 40",
    }
    oids = [each.oid for each in await all_users(world)]
    oid = await world.closed(activity)
    failed = [
        oid_
        for oid_, s in zip(oids, await world.outcomes(oids, oid), strict=True)
        if s == ["success"]
    ]
    assert await counted(world, oid) == (1, 59)
    assert [(await world.stored(each)).name for each in failed] == ["kept 40"]


async def test_a_recurring_task_goes_on_although_items_fail(world: World) -> None:
    await world.users(3)
    oid = await world.task(renaming(), schedule={"interval": 3_600})
    first = await world.when(oid, lambda state: state.last_run_finish)
    assert (first.result_status, first.execution_state) == ("partial_error", "runnable")
    await world.advance(3_600)
    second = await world.when(oid, lambda state: state.last_run_finish != first.last_run_finish)
    assert second.result_status == "partial_error"
    assert len((await world.stored(oid)).runs) == 2


# ---- stopping ------------------------------------------------------------------------------------------


async def test_a_stop_suspends_and_the_item_is_tried_again_when_the_run_goes_on(
    world: World,
) -> None:
    oids = await world.users(25)
    oid = await world.suspended(renaming(**handling({"reaction": {"stop": {}}})))
    state = await world.state(oid)
    assert await counted(world, oid) == (1, 1)
    assert (state.result_status, state.progress) == ("fatal_error", 2)
    assert "Stopped at a failed item" in str(state.result)
    again = await world.resumed(oid, is_suspended)
    assert await counted(world, oid) == (1, 1)
    assert again.progress == 2
    await rename(world, 0, "user 0")
    await world.resumed(oid, is_suspended)
    assert await counted(world, oid) == (2, 1)
    assert sum(map(len, await world.outcomes(oids, oid))) == 3


async def rename(world: World, number: int, name: str) -> None:
    """Give another name to the user of that number."""
    oid = f"{number * 2_654_435_761 % 2**32:08x}-0000-4000-8000-{number:012d}"

    def change(items: Document) -> Document:
        return items | {"name": name}

    await world.running.engine.modify(oid, "UserType", change, SYSTEM)


async def test_stop_after_takes_so_many_failures_over_all_buckets(world: World) -> None:
    await world.users(60)
    activity = renaming(**handling({"reaction": {"stopAfter": 5}}), **cut())
    oid = await world.suspended(activity)
    assert await counted(world, oid) == (1, 5)
    state = await world.resumed(oid, is_suspended)
    assert (await counted(world, oid), state.progress) == ((1, 5), 6)


# ---- trying again --------------------------------------------------------------------------------------


async def test_failed_items_are_tried_again_when_it_is_time_and_count_once(world: World) -> None:
    oids = await world.users(5)
    oid = await world.task(renaming(**RETRY))
    waiting = await world.when(oid, lambda state: state.next_retry)
    assert (waiting.execution_state, waiting.progress) == ("runnable", 1)
    assert await counted(world, oid) == (1, 0)
    await rename(world, 0, "another")
    await world.advance(FIRST - 1)
    assert await counted(world, oid) == (1, 0)
    await world.advance(1)
    later = await world.when(oid, lambda state: state.progress == 2 and state.next_retry)
    assert later.next_retry is not None
    assert later.next_retry == write_instant(world.clock.now() + NEXT)
    for progress in (3, 4, 5):
        [holder] = [each for each in await all_users(world) if each.name == "the one"]
        await rename(world, oids.index(holder.oid), holder.oid)
        await world.advance(NEXT)
        await world.when(oid, partial(has_tried, progress=progress))
    done = await world.state(oid)
    assert (done.progress, done.result_status) == (5, "success")
    assert await counted(world, oid) == (5, 0)
    assert await world.outcomes(oids, oid) == [["success"]] * 5


def has_tried(state: TaskState, progress: int) -> bool:
    return state.progress == progress and not state.is_running


async def all_users(world: World) -> list[Any]:
    found = await world.running.store.get_many(
        [f"{n * 2_654_435_761 % 2**32:08x}-0000-4000-8000-{n:012d}" for n in range(100)]
    )
    return list(found.values())


async def test_after_the_last_try_an_item_has_failed(world: World) -> None:
    await world.users(4)
    oid = await world.task(renaming(**handling({"reaction": {"retryLater": {"retryLimit": 1}}})))
    await world.when(oid, lambda state: state.next_retry)
    await world.advance(FIRST)
    done = await world.when(oid, is_closed)
    assert (done.progress, done.result_status) == (4, "partial_error")
    assert await counted(world, oid) == (1, 3)


async def test_what_is_gone_meanwhile_is_not_tried_again(world: World) -> None:
    oids = await world.users(3)
    oid = await world.task(renaming(**RETRY))
    await world.when(oid, lambda state: state.next_retry)
    for each in oids[1:]:
        await world.running.engine.delete(each, "UserType", SYSTEM)
    await world.advance(FIRST)
    done = await world.when(oid, is_closed)
    assert (done.progress, done.result_status) == (1, "success")


async def test_requests_are_tried_again_too(world: World) -> None:
    [oid_of_user] = await world.users(1)
    item = {"modificationType": "replace", "path": "description", "value": "done"}
    delta = {
        "changeType": "modify",
        "objectType": "UserType",
        "oid": "00000000-0000-4000-8000-00000000dead",
        "itemDelta": [item],
    }
    good = delta | {"oid": oid_of_user}
    work = {"request": [{"name": "a", "delta": [delta]}, {"name": "b", "delta": [good]}]}
    handled = handling({"reaction": {"retryLater": {"retryLimit": 2}}})
    oid = await world.task({"work": {"explicitChangeExecution": work}} | handled)
    state = await world.when(oid, lambda state: state.next_retry)
    assert state.progress == 1
    await world.advance(FIRST)
    await world.when(oid, lambda state: state.run and state.execution_state == "runnable")
    await world.advance(NEXT)
    done = await world.when(oid, is_closed)
    assert (done.progress, done.result_status) == (2, "partial_error")
    assert await counted(world, oid) == (1, 1)


async def test_a_task_that_waits_to_try_again_can_be_suspended_and_resumed(world: World) -> None:
    await world.users(2)
    oid = await world.task(renaming(**RETRY))
    await world.when(oid, lambda state: state.next_retry)
    await world.running.engine.suspend(oid, SYSTEM)
    await world.advance(FIRST)
    assert is_suspended(await world.state(oid))
    await rename(world, 0, "another")
    await rename(world, 1, "yet another")
    await world.resumed(oid, is_closed)
    assert await counted(world, oid) == (2, 0)


async def test_a_change_of_the_task_does_not_move_its_next_try(world: World) -> None:
    await world.users(2)
    oid = await world.task(renaming(**RETRY), schedule={"interval": 86_400})
    before = await world.when(oid, lambda state: state.next_retry)
    await world.running.engine.modify(
        oid, "TaskType", lambda items: items | {"description": "x"}, SYSTEM
    )
    assert (await world.state(oid)).next_start == before.next_start


# ---- policies ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("distribution", [{}, cut(), cut(4)])
async def test_a_policy_suspends_right_at_the_nth_failure(
    database: Path, distribution: Document
) -> None:
    async with opened(database, workers=2, slice_size=10) as world:
        await world.users(100)
        oid = await world.suspended(renaming(**policy(count=7), **distribution))
        state = await world.state(oid)
        assert (await counted(world, oid))[1] == 7
        assert (state.result_status, state.scheduling_state) == ("fatal_error", "suspended")
        assert "allows fewer than 7 such items" in str(state.result)


async def test_a_percentage_is_one_of_all_objects_also_in_parallel_buckets(database: Path) -> None:
    async with opened(database, workers=2, slice_size=10) as world:
        await world.users(100)
        oid = await world.suspended(renaming(**policy(percentage=20), **cut(4)))
        assert (await counted(world, oid))[1] == 20


async def test_a_task_that_a_policy_has_suspended_is_suspended_again_after_a_resume(
    world: World,
) -> None:
    await world.users(40)
    oid = await world.suspended(renaming(**policy(count=5)))
    await world.resumed(oid, is_suspended)
    assert await counted(world, oid) == (1, 6)


async def test_without_policies_a_suspended_task_can_be_completed(world: World) -> None:
    await world.users(20)
    activity = renaming(**policy(count=5))
    oid = await world.suspended(activity)
    off = activity["policies"] | {"processing": {"activityPolicies": "none"}}

    def change(items: Document) -> Document:
        return items | {"activity": items["activity"] | {"policies": off}}

    await world.running.engine.modify(oid, "TaskType", change, SYSTEM)
    await world.resumed(oid, is_closed)
    assert await counted(world, oid) == (1, 19)


async def test_a_policy_can_end_an_activity_and_go_on_with_the_next_one(world: World) -> None:
    await world.users(40)
    limited = renaming(**policy("skipActivity", count=5), identifier="limited")
    oid = await world.closed(composed(limited, no_op(3, identifier="next")))
    run, state = await world.run(oid), await world.state(oid)
    assert [(each.activity, each.state, each.processed) for each in run.buckets] == [
        ("limited", "aborted", 6),
        ("next", "complete", 3),
    ]
    assert state.result_status == "partial_error"


async def test_a_policy_notifies_once_and_the_run_is_completed(world: World) -> None:
    await world.users(30)
    with world.running.events.stream(names=frozenset({"policy_triggered"})) as events:
        oid = await world.closed(renaming(**policy("notification", count=3)))
        told = await anext(events)
        await world.settle()
        world.running.events.close()
        assert [each async for each in events] == []
    assert (told.oid, "fewer than 3" in told.facts["message"]) == (oid, True)
    assert await counted(world, oid) == (1, 29)


def timed(*actions: str) -> Document:
    return policies(
        {
            "policyConstraints": {"executionTime": {"exceeds": "PT1M"}},
            "policyActions": {each: {} for each in actions},
        }
    )


async def running_late(world: World, activity: Document) -> str:
    """A task that has taken its first steps when two minutes have passed."""
    oid = await world.task(activity)
    await world.event(oid, "task_progressed")
    world.clock.advance(120)
    return oid


async def test_a_run_that_takes_too_long_is_suspended_and_again_when_it_is_resumed(
    world: World,
) -> None:
    oid = await running_late(world, no_op(5_000, 20, **timed("suspendTask", "notification")))
    state = await world.when(oid, is_suspended)
    assert "allows no more than 60 seconds" in str(state.result)
    again = await world.resumed(oid, is_suspended)
    assert (again.progress or 0) > (state.progress or 0)


async def test_time_is_looked_at_after_each_bucket(world: World) -> None:
    shares = {"buckets": {"implicitSegmentation": {"numberOfBuckets": 100}}}
    oid = await running_late(world, no_op(100, 50, **timed("suspendTask"), distribution=shares))
    await world.when(oid, is_suspended)
    run = await world.run(oid)
    assert {each.state for each in run.buckets} == {"complete"}
    assert len(run.buckets) < 100


async def test_an_activity_that_takes_too_long_can_be_left_for_the_next_one(world: World) -> None:
    slow = no_op(5_000, 20, identifier="slow", **timed("skipActivity"))
    oid = await running_late(world, composed(slow, no_op(2, identifier="next")))
    state = await world.when(oid, is_closed)
    run = await world.run(oid)
    assert [(each.activity, each.state) for each in run.buckets] == [
        ("next", "complete"),
        ("slow", "aborted"),
    ]
    assert state.result_status == "partial_error"


async def test_a_run_that_is_complete_is_not_too_late(world: World) -> None:
    oid = await running_late(world, no_op(30, 20, **timed("suspendTask")))
    assert (await world.when(oid, lambda s: is_closed(s) or is_suspended(s))).result_status

"""Runs of a few steps: begun, done and over in one transaction, and nobody can tell otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.world import World, is_closed, is_suspended, no_op

if TYPE_CHECKING:
    from gateway.model.documents import StoredObject
    from gateway.model.run import Run

#: One step of a millisecond: what a single step does, the long way.
SLOW = no_op(steps=3, delay=1)
QUICK = no_op(steps=3)
LIMIT = {
    "policyConstraints": {"executionTime": {"exceeds": "PT1H"}},
    "policyActions": {"suspendTask": {}},
}
POLICY = {"policies": {"policy": [LIMIT]}}


async def owner_at_hand(world: World) -> None:
    """Let the engine know the owner of tasks."""
    await world.closed(SLOW)


def commits(world: World) -> list[str]:
    """Names of tasks, one for each slice that is committed by itself from now on."""
    seen: list[str] = []
    honest = world.running.store.commit

    async def commit(claim: Any, *arguments: Any) -> Any:
        seen.append(claim.task.name)
        return await honest(claim, *arguments)

    world.running.store.commit = commit  # type: ignore[method-assign,assignment]
    return seen


def comparable(task: StoredObject) -> dict[str, Any]:
    """What a task looks like, without what is its own."""
    unlike = ("name", "activity", "taskIdentifier", "affectedObjects")
    items = {key: value for key, value in task.items.items() if key not in unlike}
    assert task.state is not None
    state = replace(task.state, identifier="", touched=0)
    return {"items": items, "state": state, "runs": [alike(run) for run in task.runs]}


def alike(run: Run) -> Run:
    buckets = tuple(
        replace(each, milliseconds=0.0, last_items={key: {} for key in each.last_items})
        for each in run.buckets
    )
    return replace(run, id=0, identifier="", lease=0, progressed=None, buckets=buckets)


async def test_a_run_of_a_few_steps_leaves_what_the_long_way_leaves(world: World) -> None:
    await owner_at_hand(world)
    seen = commits(world)
    quick = await world.stored(await world.closed(QUICK))
    slow = await world.stored(await world.closed(SLOW))
    assert seen == [slow.name]
    assert comparable(quick) == comparable(slow)


async def test_its_events_are_those_of_every_run(world: World) -> None:
    await owner_at_hand(world)
    told: dict[str, list[str]] = {}
    for work in (QUICK, SLOW):
        with world.running.events.stream() as events:
            oid = await world.task(work)
            names = told.setdefault(str(work), [])
            async for event in events:
                if event.oid == oid:
                    names.append(event.name)
                    if event.name == "task_finished":
                        break
    first, second = told.values()
    assert first == second
    assert "task_progressed" in first


async def test_it_comes_again_as_its_schedule_says(world: World) -> None:
    await owner_at_hand(world)
    seen = commits(world)
    oid = await world.task(QUICK, schedule={"interval": 10}, recurrence="recurring")
    for runs in (1, 2, 3):
        await world.advance(10 if runs > 1 else 0)
        await world.when(oid, lambda state: not state.is_running and state.last_run_finish)
        task = await world.stored(oid)
        assert len(task.runs) == runs
        assert task.state is not None
        assert (task.state.progress, task.state.expected_total) == (3, 3)
    assert seen == []


@pytest.mark.parametrize(
    "activity",
    [
        no_op(steps=1_001),
        no_op(steps=1, delay=1),
        no_op(steps=1) | POLICY,
        {"composition": {"activity": [QUICK | {"identifier": "a"}, QUICK | {"identifier": "b"}]}},
    ],
    ids=["many steps", "steps that wait", "policies", "several activities"],
)
async def test_what_is_more_than_a_few_steps_is_committed_by_itself(
    world: World, activity: Any
) -> None:
    await owner_at_hand(world)
    seen = commits(world)
    await world.closed(activity)
    assert seen


async def test_an_owner_who_may_not_have_tasks_is_told_about(world: World) -> None:
    await owner_at_hand(world)
    user = (await world.users(1))[0]
    oid = await world.task(QUICK, ownerRef={"oid": user, "type": "UserType"})
    state = await world.when(oid, is_suspended)
    assert state.result_status == "fatal_error"
    assert not is_closed(state)

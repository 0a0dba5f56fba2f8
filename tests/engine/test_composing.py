"""Compositions and buckets: what is done in which order, once each (midpoint-tasks 3.1, 3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.assembly import SYSTEM
from tests.engine.world import (
    World,
    changing,
    composed,
    is_closed,
    no_op,
    over_users,
)
from tests.engine.world import world as opened

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.model.run import Run

USERS = "name startsWith 'user'"


def counts(run: Run) -> dict[str, int]:
    """Processed items by activity."""
    found: dict[str, int] = {}
    for each in run.buckets:
        found[each.activity] = found.get(each.activity, 0) + each.processed
    return found


async def test_activities_of_a_composition_run_in_their_order(world: World) -> None:
    with world.running.events.stream(names=frozenset({"task_progressed"})) as events:
        await world.closed(
            composed(
                no_op(identifier="last"),
                no_op(identifier="second", order=2),
                no_op(identifier="first", order=1),
            )
        )
        seen = [(await anext(events)).facts["activity"] for _ in range(3)]
    assert seen == ["first", "second", "last"]


async def test_a_resumed_composition_goes_on_in_the_second_activity(world: World) -> None:
    oid = await world.task(
        composed(no_op(7, identifier="first"), no_op(60, 20, identifier="second"))
    )
    with world.running.events.stream(oid=oid) as events:
        while (await anext(events)).facts.get("activity") != "second":
            continue
    await world.running.engine.suspend(oid, SYSTEM)
    at_suspend = counts(await world.run(oid))
    assert at_suspend["first"] == 7
    assert 0 < at_suspend["second"] < 60
    state = await world.resumed(oid, is_closed)
    run = await world.run(oid)
    assert counts(run) == {"first": 7, "second": 60}
    assert (state.progress, state.expected_total, state.result_status) == (67, 67, "success")
    assert (run.attempt, len(run.sessions)) == (2, 2)


async def test_what_is_skipped_by_definition_leaves_no_bucket(world: World) -> None:
    skipped = no_op(identifier="left out", controlFlow={"processingOption": "skip"})
    oid = await world.closed(composed(skipped, no_op(2, identifier="done")))
    assert counts(await world.run(oid)) == {"done": 2}


async def test_an_activity_that_was_changed_meanwhile_is_done_whole(world: World) -> None:
    oid = await world.task(composed(no_op(identifier="a"), no_op(200, 20, identifier="b")))
    with world.running.events.stream(oid=oid) as events:
        while (await anext(events)).facts.get("activity") != "b":
            continue
    await world.running.engine.suspend(oid, SYSTEM)
    other = composed(no_op(3, identifier="x"), no_op(4, identifier="y"))

    def change(items: dict[str, Any]) -> dict[str, Any]:
        return items | {"activity": other}

    await world.running.engine.modify(oid, "TaskType", change, SYSTEM)
    await world.resumed(oid, is_closed)
    assert {"x": 3, "y": 4}.items() <= counts(await world.run(oid)).items()


async def test_an_empty_composition_succeeds_at_once(world: World) -> None:
    state = await world.state(await world.closed(composed()))
    assert (state.result_status, state.progress) == ("success", 0)


# ---- buckets -------------------------------------------------------------------------------------------


def cut(threads: int = 1, **segmentation: Any) -> dict[str, Any]:
    return {"distribution": {"buckets": segmentation, "workerThreads": threads}}


PREFIXES = {
    "discriminator": "name",
    "boundary": [{"characters": ["u"]}, {"characters": ["s"]}],
    "comparisonMethod": "prefix",
}
TENS = {
    "discriminator": "name",
    "content": [
        {"@type": "StringPrefixWorkBucketContentType", "prefix": [f"user {n}" for n in digits]}
        for digits in ("123", "456", "7890")
    ],
}


@pytest.mark.parametrize(
    ("segmentation", "buckets"),
    [
        ({"oidSegmentation": {}}, 17),
        ({"oidSegmentation": {"depth": 2}}, 257),
        ({"stringSegmentation": {"discriminator": "name"} | PREFIXES}, 1),
        ({"explicitSegmentation": TENS}, 3),
    ],
)
async def test_each_object_is_in_exactly_one_bucket(
    world: World, segmentation: dict[str, Any], buckets: int
) -> None:
    oids = await world.users(300)
    oid = await world.closed(over_users(text=USERS, **cut(**segmentation)))
    run, state = await world.run(oid), await world.state(oid)
    assert len(run.buckets) == buckets
    assert {each.state for each in run.buckets} == {"complete"}
    assert sum(each.succeeded for each in run.buckets) == 300
    assert (state.progress, state.expected_total) == (300, 300)
    assert await world.outcomes(oids, oid) == [["success"]] * 300


async def test_many_threads_and_processes_do_each_object_once(database: Path) -> None:
    async with opened(database, workers=2, slice_size=7) as world:
        oids = await world.users(300)
        activity = changing("description", "done", **cut(threads=4, oidSegmentation={}))
        oid = await world.closed(activity)
        run, state = await world.run(oid), await world.state(oid)
        assert (state.progress, state.expected_total) == (300, 300)
        assert sum(each.modified for each in run.buckets) == 300
        assert await world.outcomes(oids, oid) == [["success"]] * 300
        found = await world.running.store.get_many(oids)
        assert {(each.items["description"], each.version) for each in found.values()} == {
            ("done", 1)
        }


async def test_a_resumed_run_goes_on_in_the_first_bucket_that_is_not_complete(world: World) -> None:
    oids = await world.users(300)
    oid = await world.begun(over_users(text=USERS, **cut(oidSegmentation={})), slices=5)
    await world.running.engine.suspend(oid, SYSTEM)
    before = {each.number: each for each in (await world.run(oid)).buckets}
    assert any(each.state == "complete" for each in before.values())
    state = await world.resumed(oid, is_closed)
    after = {each.number: each for each in (await world.run(oid)).buckets}
    for number, each in before.items():
        if each.state == "complete":
            assert after[number] == each
    assert (len(after), state.progress, state.expected_total) == (17, 300, 300)
    assert await world.outcomes(oids, oid) == [["success"]] * 300


async def test_steps_are_shared_among_implicit_buckets(world: World) -> None:
    oid = await world.closed(no_op(10, **cut(2, implicitSegmentation={"numberOfBuckets": 4})))
    run = await world.run(oid)
    assert [each.succeeded for each in run.buckets] == [2, 3, 2, 3]
    assert (await world.state(oid)).expected_total == 10


# ---- modes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "counted"),
    [("preview", "succeeded"), ("none", "skipped"), ("bucketAnalysis", "skipped")],
)
async def test_in_a_trial_objects_are_counted_and_stay_what_they_are(
    world: World, mode: str, counted: str
) -> None:
    oids = await world.users(30)
    oid = await world.closed(
        changing("description", "done", execution={"mode": mode}, **cut(oidSegmentation={}))
    )
    run, state = await world.run(oid), await world.state(oid)
    assert sum(getattr(each, counted) for each in run.buckets) == 30
    assert sum(each.modified for each in run.buckets) == (30 if mode == "preview" else 0)
    assert (state.progress, state.expected_total, state.result_status) == (30, 30, "success")
    found = await world.running.store.get_many(oids)
    assert {(each.version, "description" in each.items) for each in found.values()} == {(0, False)}
    assert await world.outcomes(oids, oid) == [[]] * 30


@pytest.mark.parametrize(
    ("mode", "outcome"),
    [("preview", "succeeded"), ("dryRun", "succeeded"), ("none", "skipped")],
)
async def test_steps_are_counted_in_each_mode(world: World, mode: str, outcome: str) -> None:
    oid = await world.closed(no_op(5, execution={"mode": mode}))
    [bucket] = (await world.run(oid)).buckets
    assert getattr(bucket, outcome) == 5


async def test_a_bucket_analysis_tells_the_size_of_each_bucket(world: World) -> None:
    await world.users(20)
    activity = over_users(
        text=USERS, execution={"mode": "bucketAnalysis"}, **cut(explicitSegmentation=TENS)
    )
    run = await world.run(await world.closed(activity))
    assert [each.processed for each in run.buckets] == [13, 3, 4]

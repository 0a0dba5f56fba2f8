"""What one workflow can use up with all that it starts."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from gateway.assembly import SYSTEM
from gateway.engine.verbs.submission import Submission
from gateway.engine.workflow.budget import weight
from gateway.engine.workflow.factory import StartRequest
from gateway.errors import LimitReached, Protected, TooLarge
from gateway.model.grants import Rule
from gateway.model.principal import Principal, Right
from gateway.model.workflow import Edge, Graph, RetrySettings, Step
from gateway.store.sqlite import writing
from tests.engine.test_jobs import DEADLINE, Shop, automatic, chain, manual
from tests.engine.world import world
from tests.serving import unique

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.model.job import Job

NO_OP: dict[str, Any] = {"work": {"noOp": {}}}
LIMITS: dict[str, Any] = {
    "max_job_depth": 3,
    "max_job_tasks": 8,
    "max_job_items": 60,
    "max_job_bytes": 5_000,
}


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with world(tmp_path / "jobs.db", **LIMITS, max_open_jobs=2, max_open_tasks=2) as opened:
        yield Shop(opened)


def child(key: str, workflow: str, **inputs: Any) -> Step:
    return automatic(key, "childJob", workflow=workflow, **inputs)


def endless(*steps: Step, way: str = "revert") -> Graph:
    """The steps one after the other, and from the last one back to the first."""
    keys = ["workflow_start", *(step.key for step in steps)]
    edges = [Edge(source=a, target=b) for a, b in pairwise(keys)]
    edges.append(Edge(source=keys[-1], target=keys[1], way=way))
    edges.append(Edge(source=keys[-1], target="workflow_end", state="failure"))
    return Graph(name=unique("endless"), steps={s.key: s for s in steps}, edges=tuple(edges))


def fault(job: Job) -> str:
    return " ".join(each.message for each in job.walk.faults)


class TestSteps:
    async def test_a_way_without_end_ends_with_a_sentence(self, shop: Shop) -> None:
        job = await shop.start(endless(automatic("a1", "newVariable", name="n", value=1)))
        stopped = await shop.when(job, "error")
        assert "TASKGATE_MAX_JOB_ITEMS" in fault(stopped)
        assert stopped.walk.ends == LIMITS["max_job_items"]

    async def test_a_resumed_one_does_not_go_on_for_ever(self, shop: Shop) -> None:
        job = await shop.start(endless(automatic("a1", "newVariable", name="n", value=1)))
        await shop.when(job, "error")
        await shop.jobs.resume(job.id, SYSTEM)
        stopped = await shop.until(job, lambda found: len(found.walk.faults) > 1)
        assert stopped.walk.ends <= LIMITS["max_job_items"] + 1

    async def test_retries_without_end_end(self, shop: Shop) -> None:
        step = Step(
            key="a1",
            name="arrayLength",
            app="WorkFlowEngine",
            inputs={"arr": 1},
            retry=RetrySettings(
                is_automatic=True, limit=10**9, delay=0, states=frozenset({"error"})
            ),
        )
        job = await shop.start(chain(step))
        assert "TASKGATE_MAX_JOB_ITEMS" in fault(await shop.when(job, "error"))


class TestBytes:
    async def test_a_text_that_doubles_stops_before_it_is_made(self, shop: Shop) -> None:
        double = Step(
            key="a1",
            name="stringConcat",
            app="WorkFlowEngine",
            inputs={"str": "$var.job.s", "stringN": "$var.job.s"},
            outputs={"result": "$var.job.s"},
        )
        job = await shop.start(endless(double), s="x" * 10)
        stopped = await shop.when(job, "error")
        assert "TASKGATE_MAX_JOB_BYTES" in fault(stopped)
        assert len(stopped.walk.variables["s"]) < LIMITS["max_job_bytes"]

    @pytest.mark.parametrize(
        ("name", "inputs", "output"),
        [
            (
                "merge",
                {
                    "data_to_merge": [
                        {"key": key, "value": {"task": "job", "variable": "s"}} for key in "ab"
                    ]
                },
                "merged_object",
            ),
            ("push", {"arr": "$var.job.s", "item": "$var.job.s"}, "result"),
        ],
    )
    async def test_values_that_hold_themselves_twice_stop(
        self, shop: Shop, name: str, inputs: dict[str, Any], output: str
    ) -> None:
        step = Step(
            key="a1",
            name=name,
            app="WorkFlowEngine",
            inputs=inputs,
            outputs={output: "$var.job.s"},
        )
        job = await shop.start(endless(step), s=["x"])
        assert "TASKGATE_MAX_JOB_BYTES" in fault(await shop.when(job, "error"))

    async def test_a_list_is_not_joined_to_a_text_that_is_too_long(self, shop: Shop) -> None:
        join = automatic("a1", "join", arr=["x"] * 60, separator="," * 100)
        job = await shop.start(chain(join))
        assert "TASKGATE_MAX_JOB_BYTES" in fault(await shop.when(job, "error"))

    async def test_a_job_is_not_started_with_more(self, shop: Shop) -> None:
        with pytest.raises(TooLarge, match="TASKGATE_MAX_JOB_BYTES"):
            await shop.start(chain(manual("a1")), s="x" * 6_000)

    async def test_a_person_cannot_give_more_either(self, shop: Shop) -> None:
        job = await shop.start(chain(manual("a1")))
        await shop.at_rest(job, "a1")
        with pytest.raises(TooLarge, match="TASKGATE_MAX_JOB_BYTES"):
            await shop.jobs.finish(job.id, "a1", "success", {"s": "x" * 6_000}, SYSTEM)
        assert (await shop.job(job)).walk.steps["a1"].is_active

    def test_a_value_is_weighed_no_further_than_to_the_limit(self) -> None:
        value: Any = "x"
        for _ in range(200):
            value = [value, value]
        assert weight(value, 1_000) > 1_000


class TestChildren:
    async def test_a_workflow_that_starts_itself_ends_at_the_depth(self, shop: Shop) -> None:
        name = unique("itself")
        job = await shop.start(chain(child("a1", name), name=name))
        depths = []

        def has_begun(found: Job) -> bool:
            state = found.walk.steps["a1"]
            return state.is_settled or bool(state.children)

        while True:
            job = await shop.until(job, has_begun)
            depths.append(job)
            children = job.walk.steps["a1"].children
            if not children:
                break
            job = await shop.jobs.job(str(children[0].job), SYSTEM)
        assert len(depths) == LIMITS["max_job_depth"]
        assert "TASKGATE_MAX_JOB_DEPTH" in fault(await shop.when(depths[-1], "error"))

    async def test_children_of_children_count_for_the_job_at_the_top(self, shop: Shop) -> None:
        leaf = await shop.keep(chain(manual("a1")))
        parallel = {"data_array": [1, 2, 3], "loopType": "parallel"}
        middle = await shop.keep(chain(child("a1", leaf, **parallel)))
        job = await shop.start(chain(child("a1", middle, **parallel)))
        async with asyncio.timeout(DEADLINE):
            while not any("TASKGATE_MAX_JOB_TASKS" in fault(each) for each in await all_jobs(shop)):
                await shop.world.settle()
        assert await shop.world.running.store.jobs.below(job.id) == LIMITS["max_job_tasks"]

    async def test_what_was_not_started_after_all_does_not_count(self, shop: Shop) -> None:
        budget = shop.world.running.jobs._starter.budget
        for _ in range(LIMITS["max_job_tasks"] * 3):
            with budget.session("root") as children:
                await children.take()
        assert budget._below["root"] == 0


async def all_jobs(shop: Shop) -> list[Job]:
    from gateway.store.search import Search  # noqa: PLC0415  only here

    found = await shop.jobs.search(Search(type="JobType", count=True), SYSTEM)
    return await shop.jobs.jobs(found.oids, SYSTEM)


class TestEnds:
    async def test_a_long_chain_is_canceled_whole(self, tmp_path: Path) -> None:
        async with world(tmp_path / "deep.db", max_job_depth=1_500) as opened:
            shop = Shop(opened)
            leaf = await shop.keep(chain(manual("a1")))
            names = [leaf]
            for _ in range(12):
                names.append(await shop.keep(chain(child("a1", names[-1]))))
            job = await shop.jobs.start(StartRequest(workflow=names[-1], variables={}), SYSTEM)
            while len(await all_jobs(shop)) < len(names):
                await opened.settle()
            await shop.jobs.cancel(job.id, SYSTEM)
            assert {each.status for each in await all_jobs(shop)} == {"canceled"}

    async def test_below_a_canceled_job_nothing_is_started(self, shop: Shop) -> None:
        leaf = await shop.keep(chain(manual("a1")))
        middle = await shop.keep(chain(manual("a1"), child("a2", leaf)))
        job = await shop.start(chain(child("a1", middle)))
        await shop.until(job, lambda found: bool(found.walk.steps["a1"].children))
        below = next(each for each in await all_jobs(shop) if each.id != job.id)
        below = await shop.at_rest(below, "a1")
        await shop.world.running.engine.steering.cancel(job.task)
        await shop.jobs.finish(below.id, "a1", "success", {}, SYSTEM)
        stopped = await shop.when(below, "error")
        assert "canceled" in fault(stopped)
        assert len(await all_jobs(shop)) == 2

    async def test_a_tree_of_any_depth_is_deleted_whole(self, shop: Shop) -> None:
        engine, parent = shop.world.running.engine, None
        oids = []
        for number in range(1_020):
            items: dict[str, Any] = {"name": f"level {number}", "schedulingState": "suspended"}
            items |= {"activity": {"work": {"noOp": {}}}} | ({"parent": parent} if parent else {})
            oids.append(await engine.submit(Submission(type="TaskType", items=items), SYSTEM))
            parent = (await shop.world.state(oids[-1])).identifier
        await engine.delete(oids[0], "TaskType", SYSTEM)
        assert not await engine.get_many(oids, SYSTEM)

    async def test_a_tree_that_is_too_large_is_refused_by_name(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(writing, "MAX_DELETED_TOGETHER", 2)
        engine, parent = shop.world.running.engine, None
        oids = []
        for number in range(3):
            items: dict[str, Any] = {"name": f"part {number}", "schedulingState": "suspended"}
            items |= {"activity": {"work": {"noOp": {}}}} | ({"parent": parent} if parent else {})
            oids.append(await engine.submit(Submission(type="TaskType", items=items), SYSTEM))
            parent = (await shop.world.state(oids[-1])).identifier
        with pytest.raises(Protected, match="'part 0' has more than 1 subtasks"):
            await engine.delete(oids[0], "TaskType", SYSTEM)
        await engine.delete(oids[1], "TaskType", SYSTEM)
        await engine.delete(oids[0], "TaskType", SYSTEM)


class TestUsers:
    async def test_one_user_has_so_many_jobs_that_are_not_over(self, shop: Shop) -> None:
        name, one, other = await shop.keep(chain(manual("a1"))), *await users(shop, 2)
        order = StartRequest(workflow=name, variables={})
        first = await shop.jobs.start(order, one)
        await shop.jobs.start(order, one)
        with pytest.raises(LimitReached, match="TASKGATE_MAX_OPEN_JOBS"):
            await shop.jobs.start(order, one)
        await shop.jobs.start(order, other)
        await shop.jobs.cancel(first.id, one)
        shop.world.clock.advance(2)
        await shop.jobs.start(order, one)

    async def test_one_user_has_so_many_tasks_that_are_not_done(self, shop: Shop) -> None:
        engine, (one, other) = shop.world.running.engine, await users(shop, 2)

        async def submit(principal: Principal) -> str:
            items = {"name": unique("task"), "schedulingState": "suspended"}
            given = Submission(type="TaskType", items=items | {"activity": NO_OP})
            return await engine.submit(given, principal)

        first = await submit(one)
        await submit(one)
        with pytest.raises(LimitReached, match="TASKGATE_MAX_OPEN_TASKS"):
            await submit(one)
        await submit(other)
        await engine.delete(first, "TaskType", SYSTEM)
        shop.world.clock.advance(2)
        await submit(one)

    async def test_superusers_have_any_number(self, shop: Shop) -> None:
        for _ in range(3):
            await shop.world.task(NO_OP, schedulingState="suspended")


async def users(shop: Shop, count: int) -> list[Principal]:
    """Users who may start tasks and jobs."""
    oids = await shop.world.users(count)
    for oid in oids:
        await shop.world.running.store.set_account(oid, "no hash", ())
    return [
        Principal(
            oid=oid,
            name=f"user {number}",
            roles=frozenset({"engineering"}),
            rules=(Rule(operations=frozenset({Right.ADD})),),
        )
        for number, oid in enumerate(oids)
    ]

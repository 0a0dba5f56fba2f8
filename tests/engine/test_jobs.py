"""Jobs under a real engine: automatic steps, people, children, time, pauses and lost engines."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from gateway.assembly import SYSTEM
from gateway.engine.verbs.submission import Submission
from gateway.engine.workflow.factory import StartRequest
from gateway.errors import Conflict, InvalidWorkflow, NotFound, Unsupported, WrongState
from gateway.model.workflow import Edge, Graph, RetrySettings, Step, document_of
from gateway.store.search import Search
from tests.engine.world import world as opened
from tests.serving import unique

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.model.job import Job, WorkItem
    from tests.engine.world import World

DEADLINE = 60


def manual(key: str, **more: Any) -> Step:
    return Step(key=key, name="ViewData", app="WorkFlowEngine", kind="manual", **more)


def automatic(key: str, name: str, /, **inputs: Any) -> Step:
    return Step(key=key, name=name, app="WorkFlowEngine", inputs=inputs)


def activity(key: str, name: str, /, **work: Any) -> Step:
    return Step(key=key, name=name, app="Taskgate", inputs=work)


def chain(*steps: Step, name: str | None = None) -> Graph:
    """The steps one after the other, with ways on for success only."""
    keys = ["workflow_start", *(step.key for step in steps), "workflow_end"]
    edges = tuple(Edge(source=a, target=b) for a, b in pairwise(keys))
    return Graph(name=name or unique("flow"), steps={s.key: s for s in steps}, edges=edges)


class Shop:
    """Short calls to the jobs of a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.jobs = world.running.jobs

    async def keep(self, graph: Graph) -> str:
        """Store a workflow; its name."""
        items = {"name": graph.name, "graph": document_of(graph)}
        await self.world.running.engine.submit(Submission(type="WorkflowType", items=items), SYSTEM)
        return graph.name

    async def start(self, graph: Graph, **variables: Any) -> Job:
        name = await self.keep(graph)
        return await self.jobs.start(StartRequest(workflow=name, variables=variables), SYSTEM)

    async def job(self, job: Job) -> Job:
        return await self.jobs.job(job.id, SYSTEM)

    async def until(self, job: Job, condition: Callable[[Job], bool]) -> Job:
        """The job as soon as it is so."""
        async with asyncio.timeout(DEADLINE):
            while True:
                found = await self.job(job)
                if condition(found):
                    return found
                await asyncio.sleep(0.01)

    async def when(self, job: Job, status: str, key: str | None = None) -> Job:
        """The job as soon as it, or one of its steps, has the status."""
        return await self.until(
            job,
            lambda found: status == (found.walk.steps[key] if key else found).status,
        )

    async def at_rest(self, job: Job, key: str) -> Job:
        """The job when a person is waited for and its task holds nobody up."""
        await self.when(job, "running", key)
        await self.world.when(job.task, lambda state: state.execution_state == "waiting")
        return await self.job(job)

    async def items(self) -> list[WorkItem]:
        found = await self.jobs.search(Search(type="WorkItemType", count=True), SYSTEM)
        return await self.jobs.items(found.oids, SYSTEM)


@pytest.fixture
def shop(world: World) -> Shop:
    return Shop(world)


async def test_automatic_steps_run_one_after_the_other_to_the_end(shop: Shop) -> None:
    job = await shop.start(
        chain(
            automatic("a1", "newVariable", name="greeting", value="hello"),
            automatic("a2", "stringConcat", str="$var.job.greeting", stringN=["$var.job.who"]),
        ),
        who="!",
    )
    done = await shop.when(job, "complete")
    assert done.walk.variables["greeting"] == "hello"
    assert done.walk.variables["_id"] == job.id
    assert done.walk.variables["initiator"] == "administrator"
    assert done.walk.progress == 1
    state = await shop.world.state(job.task)
    assert (state.scheduling_state, state.result_status) == ("closed", "success")
    assert (state.progress, state.expected_total) == (2, 2)
    assert done.ended == state.completed
    assert [(i.step, i.status, i.finish) for i in await shop.items()] == [
        ("a1", "complete", "success"),
        ("a2", "complete", "success"),
    ]


async def test_a_job_that_waits_for_a_person_holds_nobody_up(shop: Shop) -> None:
    job = await shop.start(chain(manual("a1"), automatic("a2", "keys", obj={"x": 1})))
    await shop.at_rest(job, "a1")
    state = await shop.world.state(job.task)
    assert (state.scheduling_state, state.waiting_reason) == ("waiting", "other")
    assert shop.world.running.scheduler.running == 0
    await shop.jobs.finish(job.id, "a1", "success", {"note": "fine"}, SYSTEM)
    done = await shop.when(job, "complete")
    assert done.walk.steps["a1"].outputs == {"note": "fine"}
    assert done.walk.steps["a1"].user == SYSTEM.oid


async def test_a_finish_without_a_way_on_ends_the_job_in_an_error(shop: Shop) -> None:
    job = await shop.start(chain(manual("a1")))
    await shop.at_rest(job, "a1")
    await shop.jobs.finish(job.id, "a1", "failure", {}, SYSTEM)
    failed = await shop.when(job, "error")
    assert "Job has no available transitions" in failed.walk.faults[-1].message
    assert failed.ended is None
    state = await shop.world.state(job.task)
    assert (state.scheduling_state, state.result_status) == ("suspended", "fatal_error")


async def test_what_is_finished_cannot_be_finished_again(shop: Shop) -> None:
    job = await shop.start(chain(manual("a1"), manual("a2")))
    await shop.at_rest(job, "a1")
    await shop.jobs.finish(job.id, "a1", "success", {}, SYSTEM)
    with pytest.raises(Conflict):
        await shop.jobs.finish(job.id, "a1", "success", {}, SYSTEM)
    await shop.when(job, "running", "a2")


async def test_an_activity_runs_as_a_task_of_its_own_and_for_real(shop: Shop) -> None:
    (user,) = await shop.world.users(1)
    objects = {"type": "UserType", "query": {"filter": {"text": "name = 'user 0'"}}}
    job = await shop.start(chain(activity("a1", "recomputation", objects=objects)))
    done = await shop.when(job, "complete")
    (child,) = done.walk.steps["a1"].children
    assert await shop.world.outcomes([user], child.task) == [["success"]]
    task = await shop.world.stored(child.task)
    assert task.items["parent"] == (await shop.world.state(job.task)).identifier


async def test_an_activity_that_makes_no_sense_ends_its_step_in_an_error(shop: Shop) -> None:
    job = await shop.start(chain(activity("a1", "noOp", steps=-1)))
    failed = await shop.when(job, "error")
    assert "cannot be negative" in failed.walk.faults[0].message
    assert [fault.step for fault in failed.walk.faults] == ["a1", "job"]


async def test_a_delay_ends_when_its_time_has_come(shop: Shop) -> None:
    job = await shop.start(chain(automatic("a1", "delay", time=3600)))
    await shop.when(job, "running", "a1")
    state = await shop.world.when(job.task, lambda state: state.next_start is not None)
    assert state.execution_state == "runnable"
    shop.world.clock.advance(3600)
    shop.world.running.scheduler.nudge("1970-01-01T00:00:00.000Z")
    done = await shop.when(job, "complete")
    assert done.walk.steps["a1"].outputs == {"time_in_milliseconds": 3_600_000}


async def test_a_step_is_tried_again_by_itself(shop: Shop) -> None:
    retry = RetrySettings(states=frozenset({"error"}), is_automatic=True, limit=2, delay=0)
    step = Step(key="a1", name="delay", inputs={"time": "$var.job.missing"}, retry=retry)
    job = await shop.start(chain(step))
    failed = await shop.when(job, "error")
    assert failed.walk.steps["a1"].tries == 2
    assert len(failed.walk.steps["a1"].items) == 3


async def test_a_child_job_runs_and_gives_its_variables_to_its_parent(shop: Shop) -> None:
    child = await shop.keep(chain(automatic("c1", "newVariable", name="found", value=42)))
    pairs = {"who": {"task": "job", "value": "user"}}
    step = automatic("a1", "childJob", workflow=child, variables=pairs)
    job = await shop.start(chain(step), user="jdoe")
    done = await shop.when(job, "complete")
    details = done.walk.steps["a1"].outputs["job_details"]
    assert (details["found"], details["who"]) == (42, "jdoe")
    (born,) = done.walk.steps["a1"].children
    assert born.job is not None
    found = await shop.jobs.job(born.job, SYSTEM)
    assert found.lineage.ancestors == (job.id, born.job)
    assert found.lineage.step == "a1"


@pytest.mark.parametrize("kind", ["parallel", "serial"])
async def test_a_child_job_runs_for_each_element(shop: Shop, kind: str) -> None:
    child = await shop.keep(chain(automatic("c1", "keys", obj={})))
    step = automatic(
        "a1", "childJob", workflow=child, data_array=[{"n": 1}, {"n": 2}], loopType=kind
    )
    done = await shop.when(await shop.start(chain(step)), "complete")
    details = done.walk.steps["a1"].outputs["job_details"]
    assert sorted((each["childJobLoopIndex"], each["n"]) for each in details) == [(0, 1), (1, 2)]


async def test_a_child_that_has_failed_keeps_its_parent_running(shop: Shop) -> None:
    child = await shop.keep(chain(automatic("c1", "delay", time="soon")))
    job = await shop.start(chain(automatic("a1", "childJob", workflow=child)))
    await shop.when(job, "running", "a1")
    (born,) = (await shop.job(job)).walk.steps["a1"].children
    assert born.job is not None
    await shop.when(await shop.jobs.job(born.job, SYSTEM), "error")
    assert (await shop.job(job)).status == "running"


async def test_a_loop_does_its_body_for_each_value(shop: Shop) -> None:
    graph = Graph(
        name=unique("loop"),
        steps={
            "l1": automatic("l1", "forEach", data_array="$var.job.users"),
            "b1": automatic("b1", "stringConcat", str="$var.l1.current_item", stringN="!"),
            "a1": automatic("a1", "newVariable", name="all", value="$var.l1.loop"),
        },
        edges=(
            Edge(source="workflow_start", target="l1"),
            Edge(source="l1", target="b1", state="loop", way="loop"),
            Edge(source="l1", target="a1"),
            Edge(source="a1", target="workflow_end"),
        ),
    )
    done = await shop.when(await shop.start(graph, users=["x", "y"]), "complete")
    assert done.walk.variables["all"] == [{"b1": {"result": "x!"}}, {"b1": {"result": "y!"}}]


async def test_a_paused_job_is_a_suspended_task_and_goes_on_where_it_stood(shop: Shop) -> None:
    job = await shop.start(chain(manual("a1")))
    await shop.at_rest(job, "a1")
    await shop.jobs.pause(job.id, SYSTEM)
    assert (await shop.job(job)).status == "paused"
    with pytest.raises(Conflict):
        await shop.jobs.finish(job.id, "a1", "success", {}, SYSTEM)
    with pytest.raises(WrongState):
        await shop.jobs.pause(job.id, SYSTEM)
    await shop.jobs.resume(job.id, SYSTEM)
    await shop.at_rest(job, "a1")
    await shop.jobs.finish(job.id, "a1", "success", {}, SYSTEM)
    assert len((await shop.when(job, "complete")).walk.steps["a1"].items) == 1


async def test_whoever_suspends_the_task_pauses_the_job(shop: Shop) -> None:
    job = await shop.start(chain(manual("a1")))
    await shop.at_rest(job, "a1")
    await shop.world.running.engine.suspend(job.task, SYSTEM)
    assert (await shop.job(job)).status == "paused"
    await shop.world.running.engine.resume(job.task, SYSTEM)
    assert (await shop.job(job)).status == "running"


async def test_a_canceled_job_cancels_its_open_items_and_its_children(shop: Shop) -> None:
    child = await shop.keep(chain(manual("c1")))
    job = await shop.start(chain(automatic("a1", "childJob", workflow=child)))
    await shop.when(job, "running", "a1")
    (born,) = (await shop.job(job)).walk.steps["a1"].children
    assert born.job is not None
    found = await shop.at_rest(await shop.jobs.job(born.job, SYSTEM), "c1")
    await shop.jobs.cancel(job.id, SYSTEM)
    assert (await shop.job(job)).status == (await shop.job(found)).status == "canceled"
    assert {item.status for item in await shop.items()} == {"canceled"}
    with pytest.raises(WrongState):
        await shop.jobs.cancel(job.id, SYSTEM)


async def test_a_revert_does_a_step_again(shop: Shop) -> None:
    job = await shop.start(chain(manual("a1"), manual("a2")))
    await shop.at_rest(job, "a1")
    await shop.jobs.finish(job.id, "a1", "success", {}, SYSTEM)
    await shop.when(job, "running", "a2")
    await shop.jobs.revert(job.id, "a2", "a1", SYSTEM)
    again = await shop.when(job, "running", "a1")
    assert again.walk.steps["a2"].status == "incomplete"
    assert len(again.walk.steps["a1"].items) == 2


async def test_a_failed_step_is_retried_with_other_inputs(shop: Shop) -> None:
    job = await shop.start(chain(automatic("a1", "delay", time="$var.job.pause")))
    await shop.when(job, "error")
    await shop.jobs.retry(job.id, "a1", {"time": 0}, SYSTEM)
    await shop.when(job, "complete")
    with pytest.raises(Conflict):
        await shop.jobs.retry(job.id, "a1", {}, SYSTEM)


async def test_a_job_that_was_resumed_repeats_what_has_failed(shop: Shop) -> None:
    job = await shop.start(chain(automatic("a1", "delay", time="soon")))
    await shop.when(job, "error")
    await shop.jobs.resume(job.id, SYSTEM)
    await shop.until(job, lambda found: len(found.walk.steps["a1"].items) == 2)
    await shop.when(job, "error")


async def test_only_jobs_that_are_over_are_deleted(shop: Shop) -> None:
    job = await shop.start(chain(manual("a1")))
    await shop.at_rest(job, "a1")
    with pytest.raises(Conflict):
        await shop.jobs.delete(job.id, SYSTEM)
    await shop.jobs.cancel(job.id, SYSTEM)
    await shop.jobs.delete(job.id, SYSTEM)
    with pytest.raises(NotFound):
        await shop.job(job)
    assert await shop.items() == []


async def test_two_who_claim_at_once_make_one_owner(shop: Shop) -> None:
    job = await shop.start(chain(manual("a1")))
    await shop.at_rest(job, "a1")
    (item,) = await shop.items()
    other = type(SYSTEM)(oid="other", name="other", roles=frozenset({"operations"}))
    answers = await asyncio.gather(
        *(shop.jobs.claim(item.id, who) for who in (SYSTEM, other)), return_exceptions=True
    )
    assert sum(isinstance(answer, Conflict) for answer in answers) == 1
    (claimed,) = await shop.items()
    assert claimed.owner in (SYSTEM.oid, "other")


async def test_a_workflow_that_cannot_be_walked_is_not_started(shop: Shop) -> None:
    with pytest.raises(InvalidWorkflow, match="knows no parameter 'unit'"):
        await shop.start(chain(automatic("a1", "delay", time=1, unit=2)))
    with pytest.raises(NotFound):
        await shop.jobs.start(StartRequest(workflow="no such workflow"), SYSTEM)


async def test_nobody_makes_the_task_of_a_job_but_who_starts_one(shop: Shop) -> None:
    with pytest.raises(Unsupported):
        await shop.world.task({"work": {"workflow": {"workflow": "x"}}})


async def test_a_job_goes_on_under_the_next_engine(database: Path) -> None:
    async with opened(database) as first:
        shop = Shop(first)
        job = await shop.start(chain(manual("a1"), activity("a2", "noOp", steps=3)))
        await shop.at_rest(job, "a1")
        await shop.jobs.finish(job.id, "a1", "success", {}, SYSTEM)
    async with opened(database) as second:
        done = await Shop(second).when(job, "complete")
        assert [len(done.walk.steps[key].items) for key in ("a1", "a2")] == [1, 1]

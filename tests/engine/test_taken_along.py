"""What a policy's suspension takes along: tasks above, and tasks that wait (midpoint-tasks 2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.engine.world import World, is_suspended

if TYPE_CHECKING:
    from gateway.model.documents import Document

#: The second object that is recomputed is one too many.
STRICT: Document = {
    "work": {"recomputation": {"objects": {"type": "UserType"}}},
    "policies": {
        "policy": [
            {
                "name": "at most one",
                "policyConstraints": {"itemProcessingResult": {"status": ["success"]}},
                "policyThreshold": {"lowWaterMark": {"count": 2}},
                "policyActions": {"suspendTask": {}},
            }
        ]
    },
}


async def waiting(world: World, identifier: str, **items: Any) -> str:
    """A task that waits for others."""
    state = {"schedulingState": "waiting", "waitingReason": "otherTasks"}
    return await world.task({"work": {"noOp": {}}}, taskIdentifier=identifier, **state, **items)


async def test_a_policy_suspends_what_the_task_is_part_of_and_what_waits_for_it(
    world: World,
) -> None:
    await world.users(3)
    await world.settle()  # a look at waiting tasks would find that these wait for nothing
    above = await waiting(world, "above", parent="top")
    top = await waiting(world, "top")
    after = await waiting(world, "after")
    beside = await waiting(world, "beside")
    await world.suspended(STRICT, parent="above", dependent=["after"])
    for oid in (above, top, after):
        state = await world.state(oid)  # nobody waits: it is one transaction
        assert is_suspended(state)
        assert state.scheduling_state_before_suspend == "waiting"
    assert (await world.state(beside)).scheduling_state == "waiting"

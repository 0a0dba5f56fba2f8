"""Who an account's user is, as time goes by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.assembly import SYSTEM
from gateway.clock import write_instant
from gateway.dialects.midpoint.actions import MODEL, MidpointActions
from gateway.engine.rights.principals import Principals
from gateway.engine.verbs.submission import Submission
from gateway.model.principal import ROLE_OIDS, Right

if TYPE_CHECKING:
    from tests.engine.world import World


async def test_an_assignment_that_is_over_grants_nothing_although_nobody_touches_it(
    world: World,
) -> None:
    engine, clock = world.running.engine, world.clock
    rights = {"name": "reader", "authorization": [{"id": 1, "action": [f"{MODEL}read"]}]}
    role = await engine.submit(Submission(type="RoleType", items=rights), SYSTEM)
    until = {"validTo": write_instant(clock.now() + 2)}
    held = [
        {
            "id": number,
            "targetRef": {"oid": each, "type": "RoleType", "relation": "default"},
            "activation": until,
        }
        for number, each in enumerate((role, ROLE_OIDS["operations"]), 1)
    ]
    user = {"name": "temp", "assignment": held}
    submission = Submission(type="UserType", items=user, password="a hash")
    oid = await engine.submit(submission, SYSTEM)
    principals = Principals(world.running.store, clock, MidpointActions())
    before = await principals.of(oid)
    assert before is not None
    assert before.may(Right.READ)
    assert before.roles == {"operations"}
    clock.advance(2)
    after = await principals.of(oid)
    assert after is not None
    assert not after.may(Right.READ)
    assert after.roles == frozenset()

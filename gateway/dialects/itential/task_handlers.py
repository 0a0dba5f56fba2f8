"""What each route below `/tasks` does; a task here is one time that a step was started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from gateway.dialects.itential.errors import ONE, success
from gateway.dialects.itential.fields import ITEM_TYPE
from gateway.dialects.itential.job_handlers import listed
from gateway.dialects.itential.names import ITEM_ID, SHORT_ID
from gateway.dialects.itential.views.job import item_view
from gateway.dialects.itential.views.projection import projection_of
from gateway.dialects.itential.wire.bodies import checked
from gateway.errors import InvalidRequest
from gateway.model.principal import Principal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.dialects.itential.calls import Call, Services
    from gateway.dialects.itential.views.projection import Projection
    from gateway.http.exchange import Answer, AnswerSize


def item_id(call: Call) -> str:
    """The task's id in the path; `InvalidRequest` for that of a task inside a workflow."""
    if not ITEM_ID.fullmatch(call.ids[0]):
        raise InvalidRequest(
            f"'{call.ids[0][:80]}' is not the id of a task (a UUID); those of tasks inside a workflow "
            "belong below /jobs."
        )
    return call.ids[0].lower()


async def list_tasks(services: Services, call: Call) -> Answer:
    """The tasks that match."""

    async def rows(
        ids: Sequence[str], projection: Projection, principal: Principal, size: AnswerSize
    ) -> list[Any]:
        items = await services.jobs.items(ids, principal)
        texts = [orjson.dumps(projection.of(item_view(each))) for each in items]
        size.add(sum(map(len, texts)))
        return [orjson.Fragment(text) for text in texts]

    return await listed(services, call, ITEM_TYPE, rows)


async def get(services: Services, call: Call) -> Answer:
    """One task."""
    wanted = projection_of(dict(call.pairs()), ("tasks",))
    item = await services.jobs.item(item_id(call), call.principal)
    return success(ONE, wanted.of(item_view(item)))


async def claim(services: Services, call: Call) -> Answer:
    """The caller works on the task from now on."""
    checked(await call.body(services), ())
    item = await services.jobs.claim(item_id(call), call.principal)
    return success("Successfully claimed task", item_view(item))


async def release(services: Services, call: Call) -> Answer:
    """Nobody works on the task any more."""
    checked(await call.body(services), ())
    item = await services.jobs.release(item_id(call), call.principal)
    return success("Successfully released task", item_view(item))


async def assign(services: Services, call: Call) -> Answer:
    """Somebody else works on the task."""
    body = checked(await call.body(services), ("userId",))
    user = body["userId"]
    if not isinstance(user, str) or not SHORT_ID.fullmatch(user):
        raise InvalidRequest("'userId' is the id of an account (24 hex digits).")
    account = (await services.people(call.principal)).accounts.get(user)
    if account is None:
        raise InvalidRequest(f"There is no account with the id {user}.")
    owner = Principal(
        oid=account.oid, name=account.name, roles=account.roles, groups=account.groups
    )
    item = await services.jobs.assign(item_id(call), owner, call.principal)
    return success("Successfully assigned task", item_view(item))

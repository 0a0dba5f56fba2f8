"""What each route below `/tasks` does; a task here is one time that a step was started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from gateway.dialects.itential.errors import ONE, answer_success
from gateway.dialects.itential.fields import ITEM_TYPE
from gateway.dialects.itential.job_handlers import list_page
from gateway.dialects.itential.names import ITEM_ID, SHORT_ID
from gateway.dialects.itential.views.job import show_item
from gateway.dialects.itential.views.projection import parse_projection
from gateway.dialects.itential.wire.bodies import check_body
from gateway.errors import InvalidRequest
from gateway.model.principal import Principal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.dialects.itential.calls import ItentialCall, ItentialServices
    from gateway.dialects.itential.views.projection import FieldProjection
    from gateway.http.exchange import Answer, AnswerSize


def read_item_id(call: ItentialCall) -> str:
    """The task's id in the path; `InvalidRequest` for that of a task inside a workflow."""
    if not ITEM_ID.fullmatch(call.ids[0]):
        raise InvalidRequest(
            f"'{call.ids[0][:80]}' is not the id of a task (a UUID); those of tasks inside a workflow "
            "belong below /jobs."
        )
    return call.ids[0].lower()


async def list_tasks(services: ItentialServices, call: ItentialCall) -> Answer:
    """The tasks that match."""

    async def rows(
        ids: Sequence[str], projection: FieldProjection, principal: Principal, size: AnswerSize
    ) -> list[Any]:
        items = await services.jobs.items(ids, principal)
        texts = [orjson.dumps(projection.of(show_item(each))) for each in items]
        size.add(sum(map(len, texts)))
        return [orjson.Fragment(text) for text in texts]

    return await list_page(services, call, ITEM_TYPE, rows)


async def get(services: ItentialServices, call: ItentialCall) -> Answer:
    """One task."""
    wanted = parse_projection(dict(call.pairs()), ("tasks",))
    item = await services.jobs.item(read_item_id(call), call.principal)
    return answer_success(ONE, wanted.of(show_item(item)))


async def claim(services: ItentialServices, call: ItentialCall) -> Answer:
    """The caller works on the task from now on."""
    check_body(await call.body(services), ())
    item = await services.jobs.claim(read_item_id(call), call.principal)
    return answer_success("Successfully claimed task", show_item(item))


async def release(services: ItentialServices, call: ItentialCall) -> Answer:
    """Nobody works on the task any more."""
    check_body(await call.body(services), ())
    item = await services.jobs.release(read_item_id(call), call.principal)
    return answer_success("Successfully released task", show_item(item))


async def assign(services: ItentialServices, call: ItentialCall) -> Answer:
    """Somebody else works on the task."""
    body = check_body(await call.body(services), ("userId",))
    user = body["userId"]
    if not isinstance(user, str) or not SHORT_ID.fullmatch(user):
        raise InvalidRequest("'userId' is the id of an account (24 hex digits).")
    account = (await services.people(call.principal)).accounts.get(user)
    if account is None:
        raise InvalidRequest(f"There is no account with the id {user}.")
    owner = Principal(
        oid=account.oid, name=account.name, roles=account.roles, groups=account.groups
    )
    item = await services.jobs.assign(read_item_id(call), owner, call.principal)
    return answer_success("Successfully assigned task", show_item(item))

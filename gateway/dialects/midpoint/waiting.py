"""`Prefer: wait=N` on a task: the answer comes when there is news, or when the time is over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.clock import write_instant

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.dialects.midpoint.calls import MidpointCall, MidpointServices
    from gateway.http.exchange import Answer
    from gateway.model.task import TaskState


async def wait_for_answer(
    services: MidpointServices,
    call: MidpointCall,
    seconds: int,
    answered: Callable[[MidpointCall], Awaitable[Answer]],
) -> Answer:
    """What `answered` answers as soon as it is worth it, else after `seconds`.

    It is asked anew each time who the caller is: who is out meanwhile gets no answer any more.

    With `If-None-Match` it is worth it when the task differs from what the client has, without when
    the task rests. Nothing is held meanwhile but the client's connection.
    """
    is_conditional = call.exchange.header(b"if-none-match") is not None

    async def at_once() -> Answer:
        return await answered(replace(call, principal=await call.ask()))

    async def difference() -> Answer | None:
        answer = await at_once()
        return None if answer.status == 304 else answer

    async def rest() -> Answer | None:
        task = await services.engine.get(call.oid, call.type, await call.ask())
        now = write_instant(services.clock.now())
        return await at_once() if task.state is None or rests(task.state, now) else None

    look = difference if is_conditional else rest
    waiting = services.events.wait_for(call.oid, look, seconds)
    answer = await call.exchange.while_connected(waiting) or await at_once()
    applied = (b"preference-applied", b"wait=%d" % seconds)
    return replace(answer, headers=(*answer.headers, applied))


def rests(state: TaskState, now: str) -> bool:
    """Whether nothing happens to the task by itself now: it does not run, and no run is due."""
    return not state.is_running and (state.next_start is None or state.next_start > now)

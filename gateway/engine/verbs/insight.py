"""What operators and people look at over all tasks: events, failures, who may log in."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.engine.rights.groups import groups_of, sees
from gateway.engine.rights.permissions import may_all, require, require_object
from gateway.errors import NotAllowed, NotAuthenticated, Unavailable
from gateway.model.principal import Right
from gateway.model.task_document import TASK_TYPE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from gateway.engine.tasks.events import Event, Events, Subscription
    from gateway.model.principal import Principal
    from gateway.store.base import Account, Failure, FailureSearch, Store

#: Seconds after which it is asked again although nothing has happened.
BEAT = 15.0
#: Rights that let somebody know who may log in: whoever lists jobs or works on them meets people.
MEETING = (Right.READ, Right.SEARCH, Right.WORK)


@dataclass(frozen=True, kw_only=True, slots=True)
class Watched:
    """Which events are wanted."""

    #: Of this task only; None: of all.
    oid: str | None = None
    #: Only these; empty: all.
    names: frozenset[str] = frozenset()
    #: Id of the last event that was seen.
    after: int | None = None


class Insight:
    """One method a verb; every one checks who asks."""

    def __init__(self, store: Store, events: Events) -> None:
        self._store = store
        self._events = events

    async def failures(self, wanted: FailureSearch, principal: Principal) -> list[Failure]:
        """Failed items and runs of the tasks that the caller may see, newest first."""
        require(principal, Right.READ, TASK_TYPE)
        return await self._store.failures(replace(wanted, groups=groups_of(principal)))

    async def accounts(self, principal: Principal) -> list[Account]:
        """Everybody who may log in."""
        if not any(map(principal.may, MEETING)):
            require(principal, Right.SEARCH, TASK_TYPE)
        return await self._store.accounts()

    async def events(
        self,
        wanted: Watched,
        ask: Callable[[], Awaitable[Principal]],
        *,
        beat: float = BEAT,
    ) -> AsyncGenerator[Event, None]:
        """Events of tasks that the caller may see, for as long as that is so.

        `ask` tells who the caller is, as of now: at each event, and each `beat` seconds.
        """
        await self._check(wanted.oid, await ask())
        return self._stream_events(wanted, ask, beat)

    async def _check(self, oid: str | None, principal: Principal) -> None:
        require(principal, Right.READ, TASK_TYPE)
        if oid is not None:
            require_object(principal, Right.READ, await self._store.get(oid), oid, TASK_TYPE)

    async def _stream_events(
        self, wanted: Watched, ask: Callable[[], Awaitable[Principal]], beat: float
    ) -> AsyncGenerator[Event, None]:
        after = wanted.after
        with self._events.stream(oid=wanted.oid, names=wanted.names, after=after) as stream:
            while not stream.is_over:
                event = await _next(stream, beat)
                principal = await _still(ask)
                if principal is None or not may_all(principal, Right.READ, TASK_TYPE):
                    return
                if event is not None and sees(principal, self._events.groups_of(event)):
                    yield event


async def _next(stream: Subscription, beat: float) -> Event | None:
    """The next event; None when there is none before the beat, or ever."""
    try:
        async with asyncio.timeout(beat):
            return await anext(stream)
    except (TimeoutError, StopAsyncIteration):
        return None


async def _still(ask: Callable[[], Awaitable[Principal]]) -> Principal | None:
    """Who the caller is now; None if that cannot be told, or is nobody any more."""
    try:
        return await ask()
    except (NotAuthenticated, NotAllowed, Unavailable):
        return None

"""How many tasks and jobs one user may have that are not done. Superusers may have any number.

Counting takes time, so it is done rarely: who had room for a thousand more is counted again after
these. What was done meanwhile only makes more room.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.engine.objects.literals import quote_text
from gateway.errors import LimitReached
from gateway.model.paging import Page
from gateway.model.principal import Right
from gateway.query import compile_filter
from gateway.store.search import Search

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.clock import Clock
    from gateway.model.principal import Principal
    from gateway.store.base import Store

#: Users that are remembered.
USERS = 10_000
#: Seconds until somebody who has too many is counted again.
PATIENCE = 1.0


@dataclass(slots=True)
class _Room:
    """How many more there may be until the next count; none before that time, if there were none."""

    left: int
    until: float = 0.0


class Allowance:
    """One kind of things, so many a user."""

    def __init__(self, limit: int, setting: str, clock: Clock) -> None:
        self._limit = limit
        self._setting = setting
        self._clock = clock
        self._rooms: OrderedDict[str, _Room] = OrderedDict()

    async def take(self, principal: Principal, count: Callable[[str, int], Awaitable[int]]) -> None:
        """One more; `LimitReached` if the user has too many.

        Args:
            principal: whose it is.
            count: tells how many a user (oid) has, or the given number if there are more.
        """
        if principal.may(Right.ADMINISTER):
            return
        oid = principal.oid
        room = self._rooms.get(oid)
        if room is None or (room.left <= 0 and room.until <= self._clock.now()):
            found = await count(oid, self._limit)
            room = _Room(self._limit - found, self._clock.now() + PATIENCE)
            self._keep(oid, room)
        if room.left <= 0:
            raise LimitReached(
                f"'{principal.name}' has {self._limit} that are not done; wait until some are. "
                f"{self._setting} is the limit."
            )
        room.left -= 1

    def _keep(self, oid: str, room: _Room) -> None:
        self._rooms[oid] = room
        self._rooms.move_to_end(oid)
        if len(self._rooms) > USERS:
            self._rooms.popitem(last=False)


class Allowances:
    """Of tasks and jobs."""

    def __init__(self, store: Store, clock: Clock, *, tasks: int, jobs: int) -> None:
        self._store = store
        self._tasks = Allowance(tasks, "TASKGATE_MAX_OPEN_TASKS", clock)
        self._jobs = Allowance(jobs, "TASKGATE_MAX_OPEN_JOBS", clock)

    async def take_task(self, principal: Principal) -> None:
        """One more task; `LimitReached` if the user has too many."""
        await self._tasks.take(principal, self._open_tasks)

    async def take_job(self, principal: Principal) -> None:
        """One more job; `LimitReached` if the user has too many."""
        await self._jobs.take(principal, self._store.jobs.open_jobs)

    async def _open_tasks(self, oid: str, limit: int) -> int:
        text = f"ownerRef matches (oid = {quote_text(oid)}) and executionState != 'closed'"
        wanted = Search(
            type="TaskType",
            filter=compile_filter(text, "TaskType"),
            page=Page(size=1),
            count=True,
        )
        return min((await self._store.search(wanted)).total or 0, limit)

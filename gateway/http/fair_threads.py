"""Threads for work that takes long, in turn by who brings it: who brings much waits for themself."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from gateway.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")
#: Pieces of work that may wait, of one who brings them and of all; more are turned away.
MAX_OF_ONE, MOST = 64, 512
#: Who goes before all others.
FIRST = object()


class FairThreads:
    """Runs work in a few threads. To be used on the event loop only."""

    def __init__(self, threads: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._free = threads
        self._waiting: OrderedDict[Hashable, deque[asyncio.Future[None]]] = OrderedDict()

    async def run(self, who: Hashable, work: Callable[[], T]) -> T:
        """What the work comes to; `Unavailable` if too much waits already."""
        await self._turn(who)
        running = asyncio.get_running_loop().run_in_executor(self._pool, work)
        # The thread is free when it has done its work, even if nobody waits for that any more.
        running.add_done_callback(lambda _: self._release())
        return await asyncio.shield(running)

    async def _turn(self, who: Hashable) -> None:
        queue = self._waiting.setdefault(who, deque())
        if len(queue) >= MAX_OF_ONE or sum(map(len, self._waiting.values())) >= MOST:
            raise Unavailable("Too many logins are being checked; try again in a moment.")
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(turn)
        self._advance()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._release()
            raise

    def _advance(self) -> None:
        while self._free and self._waiting:
            who = FIRST if FIRST in self._waiting else next(iter(self._waiting))
            queue = self._waiting[who]
            if queue:
                turn = queue.popleft()
                if not turn.done():
                    turn.set_result(None)
                    self._free -= 1
            if queue:
                self._waiting.move_to_end(who)
            else:
                del self._waiting[who]

    def _release(self) -> None:
        self._free += 1
        self._advance()

    def close(self) -> None:
        """Let go of the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

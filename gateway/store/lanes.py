"""Searches have connections of their own: short ones share some, a long one has one to itself.

How long a search takes is not known before. So each begins among the short ones, and one that turns
out not to be short is stopped, and runs again where it holds up nobody. Knows no filters.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from functools import partial
from math import inf
from typing import TYPE_CHECKING

from gateway.errors import TooExpensive, Unavailable
from gateway.store import reading
from gateway.store.connection import Channel
from gateway.store.patience import OutOfPatience, Patience, within

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

    from gateway.store.base import Found, Search

SHORT_LANES, LONG_LANES = 2, 2
#: What a search may use up among the short ones.
SHORT = Patience(seconds=0.02, steps=400_000)
#: Kinds of searches that are known to be long.
REMEMBERED = 1_024


class Searches:
    """Runs searches; `seconds` is the most that one may take, 0 for no limit."""

    def __init__(
        self, short: list[Channel], long: list[Channel], seconds: float, page_limit: int
    ) -> None:
        self._short = short
        self._long = long
        self._idle: asyncio.Queue[Channel] = asyncio.Queue()
        for lane in long:
            self._idle.put_nowait(lane)
        self._seconds = seconds or inf
        self._page_limit = page_limit
        self._known_long: OrderedDict[int, None] = OrderedDict()
        self._is_closed = False
        #: Seconds that never go back.
        self.ticks: Callable[[], float] = time.monotonic

    @classmethod
    async def open(cls, path: Path, *, seconds: float, page_limit: int) -> Searches:
        """Connect to the file."""
        lanes = [
            await Channel.open(path, begin="BEGIN", setup=reading.prepare)
            for _ in range(SHORT_LANES + LONG_LANES)
        ]
        return cls(lanes[:SHORT_LANES], lanes[SHORT_LANES:], seconds, page_limit)

    def free(self) -> Channel:
        """The connection for short searches that has the least to do."""
        return min(self._short, key=lambda each: each.load)

    async def find(self, wanted: Search) -> Found:
        """Matching oids and their number; `TooExpensive` if that takes too long."""
        kind = _kind(wanted)
        if kind not in self._known_long:
            soon = await self.free().run(partial(self._shortly, wanted=wanted))
            if soon is not None:
                return soon
            self._known_long[kind] = None
            if len(self._known_long) > REMEMBERED:
                self._known_long.popitem(last=False)
        lane = await self._idle.get()
        try:
            found, seconds = await lane.run(partial(self._at_length, wanted=wanted))
        finally:
            self._idle.put_nowait(lane)
        if seconds < SHORT.seconds:
            self._known_long.pop(kind, None)
        return found

    def _shortly(self, connection: sqlite3.Connection, wanted: Search) -> Found | None:
        """None if it is not short; raising would make the others of the group run again."""
        patience = Patience(seconds=min(SHORT.seconds, self._seconds), steps=SHORT.steps)
        try:
            with within(connection, patience, self._now):
                return reading.search(connection, wanted, self._page_limit)
        except OutOfPatience:
            return None

    def _at_length(self, connection: sqlite3.Connection, wanted: Search) -> tuple[Found, float]:
        """What is found, and the seconds that it took."""
        started = self._now()
        try:
            with within(connection, Patience(seconds=self._seconds), self._now):
                found = reading.search(connection, wanted, self._page_limit)
        except OutOfPatience as error:
            if self._is_closed:
                raise Unavailable("The server is stopping.") from error
            raise TooExpensive(self._seconds) from error
        return found, self._now() - started

    def _now(self) -> float:
        return inf if self._is_closed else self.ticks()

    async def close(self) -> None:
        """Stop what is under way, then disconnect."""
        self._is_closed = True
        for lane in (*self._short, *self._long):
            await lane.close()


def _kind(wanted: Search) -> int:
    """The same for searches that differ in values only."""
    where = wanted.filter.where.sql if wanted.filter is not None else ""
    return hash((wanted.type, where, wanted.page.order_by, wanted.count))

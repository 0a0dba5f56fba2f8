"""Searches have connections of their own, by how long they take: lanes, from the fastest on.

A search that is done at once runs where it is asked for, as the way to a thread and back takes
longer. Short ones share a few threads, a long one has a thread to itself. How long a search takes is
not known before: each begins in the lane where the last of its kind was done, and one that does not
end there in time is stopped, and runs again in the next, where it holds up fewer. Knows no filters.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from enum import IntEnum
from functools import partial
from math import inf
from typing import TYPE_CHECKING

from gateway.errors import TooExpensive, Unavailable
from gateway.store.sqlite import reading
from gateway.store.sqlite.budget import SHORT_STRETCH, STRETCH, BudgetExceeded, QueryBudget, within
from gateway.store.sqlite.compile.where import where_of
from gateway.store.sqlite.group_commit import GroupCommitConnection
from gateway.store.sqlite.jobs import search

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from gateway.store.search import Found, Search
    from gateway.store.sqlite.inline_reader import InlineReader

SHORT_LANES, LONG_LANES = 2, 2
#: What a search may use up among the short ones.
SHORT = QueryBudget(seconds=0.02, steps=400_000)
#: Objects before a page from which on skipping them takes its time.
FAR = 1_000
#: The index of name parts and our own functions: nothing can stop them inside a step.
LONG_STEPS = ("name_part", "taskgate_")
#: Those whose single call may take milliseconds.
SLOW_FUNCTIONS = ("taskgate_near", "taskgate_alike")
#: Kinds of searches that are known not to be done at once.
SLOW_KIND_CACHE_SIZE = 1_024


class Lane(IntEnum):
    """Where a kind of search is tried first."""

    INSTANT = 0
    SHORT = 1
    LONG = 2


class SearchLanes:
    """Runs searches; `seconds` is the most that one may take, 0 for no limit."""

    def __init__(
        self,
        here: InlineReader,
        short: list[GroupCommitConnection],
        long: list[GroupCommitConnection],
        seconds: float,
        page_limit: int,
    ) -> None:
        self._here = here
        self._short = short
        self._long = long
        self._idle: asyncio.Queue[GroupCommitConnection] = asyncio.Queue()
        for lane in long:
            self._idle.put_nowait(lane)
        self._seconds = seconds or inf
        self._page_limit = page_limit
        self._first_lanes: OrderedDict[int, Lane] = OrderedDict()

    @classmethod
    async def open(
        cls, path: Path, here: InlineReader, *, seconds: float, page_limit: int
    ) -> SearchLanes:
        """Connect to the file; what ends at once is done `here`."""
        lanes = [
            await GroupCommitConnection.open(path, begin="BEGIN", setup=reading.prepare)
            for _ in range(SHORT_LANES + LONG_LANES)
        ]
        return cls(here, lanes[:SHORT_LANES], lanes[SHORT_LANES:], seconds, page_limit)

    def free(self) -> GroupCommitConnection:
        """The connection for short searches that has the least to do."""
        return min(self._short, key=lambda each: each.load)

    async def find(self, wanted: Search) -> Found:
        """Matching oids and their number; `TooExpensive` if that takes too long."""
        kind = _kind(wanted)
        first = self._first_lanes.get(kind, Lane.INSTANT)
        if first is Lane.INSTANT and _may_be_instant(wanted):
            unit = partial(search, wanted=wanted, page_limit=self._page_limit)
            found = self._here.try_read(unit, self._seconds)
            if found is not None:
                return found
            self._remember(kind, Lane.SHORT)
        if first is not Lane.LONG:
            found = await self.free().run(partial(self._soon, wanted=wanted))
            if found is not None:
                return found
            self._remember(kind, Lane.LONG)
        return await self._alone(wanted, kind)

    def _remember(self, kind: int, lane: Lane) -> None:
        self._first_lanes[kind] = lane
        if len(self._first_lanes) > SLOW_KIND_CACHE_SIZE:
            self._first_lanes.popitem(last=False)

    def _soon(self, connection: sqlite3.Connection, wanted: Search) -> Found | None:
        """None if it does not end in time; raising would make others of the group run again."""
        try:
            patience, now = SHORT.at_most(self._seconds), self._here.now
            with within(connection, patience, now, _stretch(wanted)):
                return search(connection, wanted, self._page_limit)
        except BudgetExceeded:
            return None

    async def _alone(self, wanted: Search, kind: int) -> Found:
        lane = await self._idle.get()
        try:
            found, seconds = await lane.run(partial(self._at_length, wanted=wanted))
        finally:
            self._idle.put_nowait(lane)
        if seconds < SHORT.seconds:
            self._remember(kind, Lane.SHORT)
        return found

    def _at_length(self, connection: sqlite3.Connection, wanted: Search) -> tuple[Found, float]:
        """What is found, and the seconds that it took."""
        now = self._here.now
        started = now()
        try:
            with within(connection, QueryBudget(seconds=self._seconds), now, _stretch(wanted)):
                found = search(connection, wanted, self._page_limit)
        except BudgetExceeded as error:
            if now() == inf:
                raise Unavailable("The server is stopping.") from error
            raise TooExpensive(self._seconds) from error
        return found, now() - started

    async def close(self) -> None:
        """Disconnect; what is under way has stopped when `here` was closed."""
        for lane in (*self._short, *self._long):
            await lane.close()


def _stretch(wanted: Search) -> int:
    """How often the clock is looked at: all the time where a single step may take long."""
    where = "" if wanted.filter is None else where_of(wanted.filter).sql
    return SHORT_STRETCH if any(each in where for each in SLOW_FUNCTIONS) else STRETCH


def _may_be_instant(wanted: Search) -> bool:
    """Not what has steps that take long."""
    return wanted.filter is None or not any(
        each in where_of(wanted.filter).sql for each in LONG_STEPS
    )


def _kind(wanted: Search) -> int:
    """The same for searches that differ in values only."""
    where = where_of(wanted.filter).sql if wanted.filter is not None else ""
    is_far = wanted.page.offset > FAR
    return hash((wanted.type, where, wanted.page.order_by, is_far, wanted.count))

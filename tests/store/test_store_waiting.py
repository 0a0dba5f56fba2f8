"""A long search holds up nobody, and is stopped when it takes longer than it may."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gateway.clock import ManualClock
from gateway.errors import TooExpensive, Unavailable
from gateway.model.paging import Page
from gateway.query import compile_filter
from gateway.store.search import Found, Search
from gateway.store.sqlite import budget as patience
from gateway.store.sqlite import inline_reader as here
from gateway.store.sqlite import reading
from gateway.store.sqlite import search_lanes as lanes
from gateway.store.sqlite.budget import BudgetExceeded, QueryBudget, within
from gateway.store.sqlite.store import SqliteStore
from tests.store.making import oid, stored, user

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import AsyncIterator
    from pathlib import Path

#: Searches for these never come to an end by themselves.
ENDLESS = Search(type="OrgType")
COUNTING = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
USERS = Search(type="UserType", filter=compile_filter("description not exists", "UserType"))


@pytest.fixture(autouse=True)
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = reading.search

    def search(connection: sqlite3.Connection, wanted: Search, limit: int) -> Found:
        if wanted.type == ENDLESS.type:
            connection.execute(COUNTING).fetchall()
        return honest(connection, wanted, limit)

    monkeypatch.setattr(reading, "search", search)


@pytest.fixture
def stopwatch() -> ManualClock:
    """What the limit of searches is measured with."""
    return ManualClock()


@pytest.fixture
async def limited(
    tmp_path: Path, clock: ManualClock, stopwatch: ManualClock
) -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(tmp_path / "limited.db", clock, search_seconds=10)
    opened._here.ticks = stopwatch.now
    await opened.add(user(1))
    yield opened
    await opened.close()


async def test_others_are_answered_while_long_searches_run(
    limited: SqliteStore, stopwatch: ManualClock
) -> None:
    long = [asyncio.create_task(limited.search(ENDLESS)) for _ in range(5)]
    for number in range(10, 13):
        assert (await limited.search(USERS)).oids == (oid(1),)
        assert (await stored(limited, oid(1))).oid == oid(1)
        await limited.add(user(number, description="x"))
    assert not any(each.done() for each in long)
    while not all(each.done() for each in long):
        stopwatch.advance(11)
        await asyncio.wait(long, timeout=0.01)
    assert {type(each.exception()) for each in long} == {TooExpensive}


async def test_a_search_that_was_stopped_says_after_what_time_and_what_to_do(
    limited: SqliteStore, stopwatch: ManualClock
) -> None:
    long = asyncio.create_task(limited.search(ENDLESS))
    while not long.done():
        stopwatch.advance(11)
        await asyncio.wait([long], timeout=0.01)
    with pytest.raises(TooExpensive, match=r"stopped after 10 s.*Narrow it.*query explain"):
        await long


def hasty(connection: sqlite3.Connection) -> Found:
    with within(connection, lanes.SHORT, ManualClock().now):
        return reading.search(connection, USERS, 10)


async def test_a_search_that_is_not_short_is_still_answered_within_the_limit(
    limited: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "STRETCH", 10)
    monkeypatch.setattr(lanes, "SHORT", QueryBudget(steps=1))
    with pytest.raises(BudgetExceeded):
        await limited._searches.free().run(hasty)
    for _ in range(3):
        assert (await limited.search(USERS)).oids == (oid(1),)


async def test_closing_stops_a_long_search(tmp_path: Path, clock: ManualClock) -> None:
    opened = await SqliteStore.open(tmp_path / "closing.db", clock, search_seconds=0)
    long = asyncio.create_task(opened.search(ENDLESS))
    await opened.search(USERS)
    await opened.close()
    with pytest.raises(Unavailable):
        await long


async def test_a_search_that_takes_no_time_needs_no_thread(limited: SqliteStore) -> None:
    for lane in limited._searches._short:
        await lane.close()
    assert (await limited.search(USERS)).oids == (oid(1),)


async def test_a_lock_is_waited_for_in_a_thread(
    limited: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = reading.search

    def search(connection: sqlite3.Connection, wanted: Search, limit: int) -> Found:
        if connection is limited._here._connection:
            connection.execute("INSERT INTO object DEFAULT VALUES")  # it can only read
        return honest(connection, wanted, limit)

    monkeypatch.setattr(reading, "search", search)
    assert (await limited.search(USERS)).oids == (oid(1),)


async def test_few_objects_are_read_without_a_thread(limited: SqliteStore) -> None:
    await limited._lookups.close()
    assert await limited.get(oid(1))
    with pytest.raises(Unavailable):
        await limited.get_many([oid(n) for n in range(here.MAX_INLINE_OBJECTS + 1)])


async def test_what_is_not_read_at_once_is_read_in_a_thread(
    limited: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "STRETCH", 10)
    monkeypatch.setattr(here, "INSTANT", QueryBudget(steps=1))
    assert await limited.get(oid(1))
    await limited._lookups.close()
    with pytest.raises(Unavailable):
        await limited.get(oid(1))


async def test_no_more_kinds_of_searches_are_remembered_than_there_is_room_for(
    limited: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "STRETCH", 10)
    monkeypatch.setattr(here, "INSTANT", QueryBudget(steps=1))
    monkeypatch.setattr(lanes, "SLOW_KIND_CACHE_SIZE", 2)
    for order in ("name", "#", "description", "lifecycleState"):
        page = Page(order_by=order)
        assert (await limited.search(Search(type="UserType", page=page))).oids == (oid(1),)
        assert len(limited._searches._first_lanes) <= 2
    assert len(limited._searches._first_lanes) == 2


async def test_a_closed_store_answers_no_search(tmp_path: Path, clock: ManualClock) -> None:
    opened = await SqliteStore.open(tmp_path / "closed.db", clock)
    await opened.close()
    with pytest.raises(Unavailable, match="closed"):
        await opened.search(USERS)

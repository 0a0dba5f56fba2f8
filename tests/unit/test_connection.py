"""Groups of units on one connection: each all or nothing, the group durable or not at all."""

from __future__ import annotations

import asyncio
import sqlite3
from functools import partial
from typing import TYPE_CHECKING

import pytest

from gateway.errors import Unavailable
from gateway.store.sqlite.group_commit import GROUP_LIMIT, GroupCommitConnection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


def setup(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS t (x INTEGER UNIQUE)")


@pytest.fixture
async def channel(tmp_path: Path) -> AsyncIterator[GroupCommitConnection]:
    opened = await GroupCommitConnection.open(
        tmp_path / "c.db", begin="BEGIN IMMEDIATE", setup=setup
    )
    yield opened
    await opened.close()


def insert(x: int, connection: sqlite3.Connection) -> int:
    connection.execute("INSERT INTO t VALUES (?)", (x,))
    return x


def count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM t").fetchone()[0])


async def test_more_units_than_a_group_holds_are_all_done(channel: GroupCommitConnection) -> None:
    numbers = range(GROUP_LIMIT * 2 + 3)
    done = await asyncio.gather(*(channel.run(partial(insert, x)) for x in numbers))
    assert done == list(numbers)
    assert await channel.run(count) == len(numbers)
    assert channel.load == 0


async def test_a_unit_that_fails_undoes_itself_alone(channel: GroupCommitConnection) -> None:
    def half(connection: sqlite3.Connection) -> None:
        insert(100, connection)
        raise ZeroDivisionError

    done = await asyncio.gather(
        channel.run(lambda c: insert(1, c)),
        channel.run(half),
        channel.run(lambda c: insert(1, c)),
        channel.run(lambda c: insert(2, c)),
        return_exceptions=True,
    )
    assert (done[0], done[3]) == (1, 2)
    assert isinstance(done[1], ZeroDivisionError)
    assert isinstance(done[2], sqlite3.IntegrityError)
    assert await channel.run(count) == 2


async def test_a_database_that_cannot_be_used_is_said_to_be_so_and_nothing_happens(
    channel: GroupCommitConnection,
) -> None:
    def broken(connection: sqlite3.Connection) -> None:
        connection.execute("SELECT * FROM nothing")

    done = await asyncio.gather(
        channel.run(lambda c: insert(1, c)), channel.run(broken), return_exceptions=True
    )
    assert all(isinstance(each, Unavailable) for each in done)
    assert await channel.run(count) == 0


async def test_a_database_that_another_holds_is_waited_for(
    channel: GroupCommitConnection, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "c.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(channel.run(lambda c: insert(1, c)))
        await asyncio.sleep(0)
        other.execute("ROLLBACK")
    other.close()
    assert await waiting == 1


async def test_whoever_stops_waiting_does_not_stop_the_group(
    channel: GroupCommitConnection,
) -> None:
    impatient = asyncio.create_task(channel.run(lambda c: insert(1, c)))
    patient = asyncio.create_task(channel.run(lambda c: insert(2, c)))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == 2
    assert await channel.run(count) == 2


async def test_what_waits_when_the_channel_closes_is_still_done(tmp_path: Path) -> None:
    opened = await GroupCommitConnection.open(tmp_path / "c.db", begin="BEGIN", setup=setup)
    tasks = [asyncio.create_task(opened.run(partial(insert, x))) for x in range(10)]
    await asyncio.sleep(0)
    await opened.close()
    assert await asyncio.gather(*tasks) == list(range(10))
    with pytest.raises(Unavailable):
        await opened.run(count)

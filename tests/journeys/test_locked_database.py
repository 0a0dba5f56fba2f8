"""Another process holds the database locked: requests wait or are refused, and nothing is lost."""

from __future__ import annotations

import signal
import sqlite3
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.journeys.crash import checks
from tests.journeys.crash.kinds import COUNT, KINDS
from tests.journeys.crash.population import database, member_oid
from tests.journeys.crash.processes import half_way, served, start_task, task_of, wait_for
from tests.journeys.crash.writers import Writer
from tests.serving import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2

[WORK] = [kind for kind in KINDS if kind.name == "recomputation"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "locked.db"
    database(path, *WORK.fills)
    return path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """A write transaction of another process, which changes nothing in the end."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@contextmanager
def at_work(path: Path) -> Iterator[tuple[httpx2.Client, Writer]]:
    """A server with a task half-way and a caller who writes; nothing of both is lost in the end."""
    with served(path, *WORK.flags) as (client, _):
        targets = [member_oid(number) for number in range(40)]
        writer = Writer(str(client.base_url), targets=targets)
        writer.start()
        start_task(client, WORK.activity)
        half_way(client, COUNT // 4)
        yield client, writer
        before = writer.acknowledged
        assert checks.of_task(wait_for(client, "closed"), WORK) == []
        wait_until(lambda: writer.acknowledged > before)
    writer.join()
    with closing(sqlite3.connect(path)) as connection:
        assert checks.at_the_end(connection, WORK) == []
        assert writer.problems(connection) == []
    assert checks.in_the_log(path) == []


def test_a_short_lock_is_waited_for(path: Path) -> None:
    with at_work(path) as (client, writer):
        with locked(path):
            progress = task_of(client)["progress"]
            until = time.monotonic() + 1.5
            wait_until(lambda: time.monotonic() > until)
            assert task_of(client)["progress"] == progress < COUNT
        assert writer.refused == []


def test_a_long_lock_is_told_to_those_who_write_and_held_up_nobody_else(path: Path) -> None:
    with at_work(path) as (client, writer):
        with locked(path):
            started, answers = time.monotonic(), 0
            while not writer.refused:
                assert task_of(client)["executionState"] == "running"
                assert time.monotonic() - started < 60
                answers += 1
        # Whoever is held up is answered once, when the lock or the patience with it is over.
        assert answers > 10
        [refusal] = set(writer.refused)
        assert refusal.startswith("503")
        assert "Another process holds it locked" in refusal


def test_a_server_stops_in_order_while_the_database_is_locked(path: Path) -> None:
    with served(path, *WORK.flags) as (client, process):
        writer = Writer(str(client.base_url))
        writer.start()
        start_task(client, WORK.activity)
        half_way(client, COUNT // 4)
        with locked(path):
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 0
    writer.join()
    assert checks.in_the_log(path) == []
    with served(path, *WORK.flags) as (client, _):
        assert checks.of_task(wait_for(client, "closed"), WORK) == []
    with closing(sqlite3.connect(path)) as connection:
        assert checks.at_the_end(connection, WORK) == []
        assert writer.problems(connection) == []

"""What happens to runs and workers when processes end, in order or not."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.journeys.crash.kinds import RECOMPUTATION
from tests.journeys.crash.population import database, members
from tests.journeys.crash.processes import served, start_task, task_of, wait_for
from tests.serving import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

USERS = 12_000
#: Small commits, so that a run lasts long enough to be met half-way.
SLOWLY = ("--slice-size", "50")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "recovery.db"
    database(path, members(USERS))
    return path


def _start(client: httpx2.Client, **items: str) -> None:
    start_task(client, RECOMPUTATION, **items)
    wait_until(lambda: 0 < task_of(client).get("progress", 0) < USERS)


def _state(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        [state] = connection.execute("SELECT execution_state FROM task").fetchone()
        return str(state)


def test_a_run_outlives_its_worker(path: Path) -> None:
    with served(path, *SLOWLY) as (client, process):
        _start(client)
        [worker] = psutil.Process(process.pid).children()
        worker.kill()
        done = wait_for(client, "closed")
    assert done["progress"] == USERS
    assert done["resultStatus"] == "success"


def test_an_orderly_stop_leaves_the_run_to_the_next_start(path: Path) -> None:
    with served(path, *SLOWLY) as (client, process):
        _start(client)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) is not None
    assert _state(path) == "runnable"
    with served(path, *SLOWLY) as (client, _):
        done = wait_for(client, "closed")
    assert done["progress"] == USERS
    assert done["activityState"]["activity"]["executionAttempt"] == 2


def test_workers_end_when_their_server_is_killed(path: Path) -> None:
    with served(path, *SLOWLY) as (client, process):
        client.get("/users/x")
        [worker] = psutil.Process(process.pid).children()
        process.kill()
        process.wait()
        worker.wait(timeout=60)
        assert not worker.is_running()


@pytest.mark.parametrize(("action", "state"), [("suspend", "suspended"), ("close", "closed")])
def test_a_killed_task_goes_where_its_thread_stop_action_says(
    path: Path, action: str, state: str
) -> None:
    with served(path, *SLOWLY) as (client, process):
        _start(client, threadStopAction=action)
        process.kill()
        process.wait()
    with served(path, *SLOWLY) as (client, _):
        task = task_of(client)
        assert task["executionState"] == state
        assert task["progress"] < USERS

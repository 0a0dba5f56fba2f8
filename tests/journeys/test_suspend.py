"""Suspending a run that works: prompt, nothing processed afterwards, and resumed where it stood."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.journeys.crash.kinds import RECOMPUTATION
from tests.journeys.crash.population import database, members
from tests.journeys.crash.processes import TASK, served, start_task, task_of, wait_for
from tests.serving import wait_until

if TYPE_CHECKING:
    from pathlib import Path

USERS = 12_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "suspend.db"
    database(path, members(USERS))
    return path


def test_suspend_stops_a_working_run_at_once_and_resume_goes_on_from_there(path: Path) -> None:
    with served(path, "--slice-size", "50") as (client, _):
        start_task(client, RECOMPUTATION)
        wait_until(lambda: task_of(client).get("progress", 0) > 0)
        asked = time.monotonic()
        assert client.post(f"/tasks/{TASK}/suspend").status_code == 204
        assert time.monotonic() - asked < 10
        stopped = task_of(client)
        assert stopped["executionState"] == "suspended"
        assert 0 < stopped["progress"] < USERS
        # The worker may still be computing; whatever it hands in must come to nothing.
        until = time.monotonic() + 1
        wait_until(lambda: time.monotonic() > until)
        assert task_of(client)["progress"] == stopped["progress"]
        assert client.post(f"/tasks/{TASK}/resume").status_code == 202
        done = wait_for(client, "closed")
        assert done["progress"] == USERS
        assert done["resultStatus"] == "success"
        [run] = [done["taskRunRecord"]]
        assert "runEndTimestamp" in run
        committed = done["activityState"]["activity"]["progress"]["committed"]
        assert committed["count"] == USERS

"""A disk without room: what is asked for is refused, nothing is half done, and all goes on later."""

from __future__ import annotations

import resource
import signal
import sqlite3
import subprocess
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.journeys.crash import checks
from tests.journeys.crash.kinds import COUNT, KINDS
from tests.journeys.crash.population import database, member_oid
from tests.journeys.crash.processes import (
    TASK,
    half_way,
    log_of,
    seen,
    served,
    start_task,
    task_of,
    wait_for,
)
from tests.journeys.crash.writers import Writer
from tests.serving import environment, serve_command, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2

[WORK] = [kind for kind in KINDS if kind.name == "recomputation"]
REASON = "Its disk is full or broken; make room"
DESCRIPTION = {"modificationType": "replace", "path": "description", "value": "new"}
#: What cannot be done without room.
WRITES = {
    "create": ("POST", "/users", {"user": {"name": "too many"}}),
    "change": (
        "PATCH",
        f"/users/{member_oid(1)}",
        {"objectModification": {"itemDelta": DESCRIPTION}},
    ),
    "delete": ("DELETE", f"/users/{member_oid(1)}", None),
    "create a task": ("POST", "/tasks", {"task": {"name": "too many"}}),
    "resume": ("POST", f"/tasks/{TASK}/resume", None),
}


@pytest.fixture(autouse=True)
def _unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that has no room cannot put away either what it has covered."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    monkeypatch.delenv("COVERAGE_PROCESS_START", raising=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "full.db"
    database(path, *WORK.fills)
    return path


@contextmanager
def full_disk(process: subprocess.Popen[str], room: int = 4_096) -> Iterator[None]:
    """No file of the server can be written behind so many bytes."""
    unlimited = resource.RLIM_INFINITY
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (room, unlimited))
    yield
    if process.poll() is None:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (unlimited, unlimited))


def problems(path: Path) -> list[str]:
    """What is wrong with the database as it is now; nobody can be writing to it."""
    with closing(sqlite3.connect(seen(path))) as connection:
        return checks.damage(connection) + checks.torn(connection, WORK)


def assert_done(client: httpx2.Client, path: Path) -> None:
    """The task ends by itself, with all its work done once."""
    assert checks.of_task(wait_for(client, "closed"), WORK) == []
    with closing(sqlite3.connect(path)) as connection:
        assert checks.at_the_end(connection, WORK) == []


def test_what_needs_room_is_refused_with_the_reason_and_what_does_not_is_answered(
    path: Path,
) -> None:
    with served(path) as (client, process):
        start_task(client, WORK.activity, schedulingState="suspended")
        with full_disk(process):
            for what, (method, route, body) in WRITES.items():
                answer = client.request(method, route, json=body)
                assert answer.status_code == 503, what
                assert REASON in answer.json()["object"]["message"], what
                assert answer.headers["retry-after"] == "1"
            assert client.get(f"/users/{member_oid(1)}").json()["user"]["version"] == "0"
            query = {"query": {"filter": {"text": "name = 'too many'"}}}
            found = client.post("/users/search", json=query)
            assert found.status_code == 200
            assert "object" not in found.json()["object"]
        for what, (method, route, body) in WRITES.items():
            assert client.request(method, route, json=body).is_success, what


@pytest.mark.parametrize("share", [0, 2], ids=["at once", "by and by"])
def test_a_run_waits_for_room_and_goes_on_by_itself(path: Path, share: int) -> None:
    with served(path, *WORK.flags) as (client, process):
        targets = [member_oid(number) for number in range(40)]
        writer = Writer(str(client.base_url), targets=targets)
        writer.start()
        start_task(client, WORK.activity)
        half_way(client, COUNT // 4)
        room = path.with_name(path.name + "-wal").stat().st_size // share if share else 4_096
        with full_disk(process, room):
            wait_until(lambda: "run_interrupted" in log_of(path).read_text())
            wait_until(lambda: writer.refused)
            task = task_of(client)
            assert (task["executionState"], task["schedulingState"]) in checks.STATED
            assert 0 < task["progress"] < COUNT
            assert problems(path) == []
            assert task_of(client)["progress"] == task["progress"]
        assert {answer[:3] for answer in writer.refused} == {"503"}
        before = writer.acknowledged
        assert_done(client, path)
        wait_until(lambda: writer.acknowledged > before)
    writer.join()
    with closing(sqlite3.connect(path)) as connection:
        assert writer.problems(connection) == []
    assert checks.in_the_log(path) == []


def test_a_log_on_the_full_disk_stops_nothing(path: Path) -> None:
    """Lines that cannot be written are dropped; what they tell of is done all the same."""
    full = "x" * 8_192
    log_of(path).write_text(full)
    with served(path, *WORK.flags) as (client, process):
        start_task(client, WORK.activity)
        half_way(client, COUNT // 4)
        with full_disk(process):
            assert client.request(*WRITES["create"][:2], json=WRITES["create"][2]).is_server_error
            wait_until(lambda: client.post(f"/tasks/{TASK}/suspend").status_code == 503)
            stuck = task_of(client)["progress"]
            assert stuck < COUNT
        assert_done(client, path)


def test_a_server_without_room_stops_in_order_and_the_next_one_goes_on(path: Path) -> None:
    with served(path, *WORK.flags) as (client, process):
        start_task(client, WORK.activity)
        half_way(client, COUNT // 4)
        with full_disk(process):
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 0
            assert problems(path) == []
    assert checks.in_the_log(path) == []
    with served(path, *WORK.flags) as (client, _):
        assert_done(client, path)


def test_a_server_that_finds_no_room_says_so_and_ends(path: Path) -> None:
    limit = (
        f"import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, {2**40})); "
    )
    command = serve_command()
    refused = subprocess.run(
        [command[0], "-c", f"{limit}os.execv(sys.executable, {command!r})"],
        env=environment(database_url=f"sqlite:///{path}"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert refused.returncode == 1
    assert "taskgate cannot start: The database cannot be used now" in refused.stderr
    assert REASON in refused.stderr
    assert "Traceback" not in refused.stderr

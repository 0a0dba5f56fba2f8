"""Kills the server at random moments of a run, starts it again and looks whether anything is wrong.

    python -m tests.journeys.crash --runs 10 --users 50000

A run is right if it ends by itself with every member processed, nobody twice, and every write that
was acknowledged before the kill still there.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from gateway.model.effects import NewObject
from gateway.store import reading, writing
from gateway.store.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.model.documents import Document

PASSWORD = "a password for the crash test"
ROLE = "96262f4f-053a-4b0b-8901-b3ec01e3509c"
INDUCED = "0d1c1c1e-7f43-4d0e-8a11-4a2f5d3c9b01"
TASK = "6d13632c-6b75-4a33-9744-ec9523375f6b"
FILTER = f"assignment matches (targetRef matches (oid = '{ROLE}'))"
PATIENCE = 120.0


@dataclass(kw_only=True)
class Findings:
    """What one kill and restart came to."""

    killed_at: int
    seconds: float
    problems: list[str] = field(default_factory=list)
    acknowledged: int = 0


def populate(path: Path, users: int) -> None:
    """A database with a role, a role that it induces, and members that lack their memberships."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        reading.prepare(connection)
        migrate(connection)
        connection.execute("BEGIN")
        inducement: Document = {"id": 1, "targetRef": _reference(INDUCED)}
        _add(connection, INDUCED, "RoleType", {"name": "Intranet Reader"})
        _add(connection, ROLE, "RoleType", {"name": "Employee", "inducement": [inducement]})
        for number in range(users):
            oid = f"11111111-0000-4000-8000-{number:012d}"
            assignment: Document = {"id": 1, "targetRef": _reference(ROLE)}
            items: Document = {"name": f"member-{number:06d}", "assignment": [assignment]}
            _add(connection, oid, "UserType", items)
        connection.execute("COMMIT")


def _reference(oid: str) -> Document:
    return {"oid": oid, "type": "RoleType", "relation": "default"}


def _add(connection: sqlite3.Connection, oid: str, type_name: str, items: Document) -> None:
    writing.add(connection, NewObject(oid=oid, type=type_name, items=items, next_id=2))


@contextmanager
def served(path: Path, *flags: str) -> Iterator[tuple[httpx2.Client, subprocess.Popen[str]]]:
    """A server in a process group of its own; whoever leaves kills the group."""
    environment = os.environ | {
        "TASKGATE_ADMIN_PASSWORD": PASSWORD,
        "TASKGATE_DATABASE_URL": f"sqlite:///{path}",
        "TASKGATE_LOG_LEVEL": "error",
    }
    command = [sys.executable, "-m", "gateway", "serve", "--port", "0", *flags]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            url = line.split("listens on ")[1].strip() + "/midpoint/ws/rest"
            auth = ("administrator", PASSWORD)
            with httpx2.Client(base_url=url, auth=auth, timeout=30) as client:
                yield client, process
        finally:
            kill_group(process)


def kill_group(process: subprocess.Popen[str]) -> None:
    """Kill the server and its workers, at once and without a word."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def start_task(client: httpx2.Client, **items: str) -> None:
    """The task that recomputes all members; `items` are further items of it."""
    work = {
        "recomputation": {"objects": {"type": "UserType", "query": {"filter": {"text": FILTER}}}}
    }
    body = {
        "task": {
            "oid": TASK,
            "name": "recompute",
            "schedulingState": "ready",
            "activity": {"work": work},
            **items,
        }
    }
    client.post("/tasks", json=body).raise_for_status()


def task_of(client: httpx2.Client) -> dict[str, Any]:
    """The task as it is now."""
    found: dict[str, Any] = client.get(f"/tasks/{TASK}").raise_for_status().json()["task"]
    return found


def wait_for(client: httpx2.Client, wanted: str) -> dict[str, Any]:
    """The task once its execution state is the wanted one."""
    deadline = time.monotonic() + PATIENCE
    while (task := task_of(client)).get("executionState") != wanted:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the task is still {task.get('executionState')}")
    return task


class Writer(threading.Thread):
    """Creates users until the server is gone, and remembers which were acknowledged."""

    def __init__(self, client: httpx2.Client) -> None:
        super().__init__(daemon=True)
        self._url = str(client.base_url)
        self.acknowledged: list[str] = []

    def run(self) -> None:
        """One user after the other."""
        with httpx2.Client(base_url=self._url, auth=("administrator", PASSWORD)) as client:
            number = 0
            while True:
                number += 1
                try:
                    answer = client.post("/users", json={"user": {"name": f"noise-{number}"}})
                except httpx2.TransportError:
                    return
                if answer.status_code == 201:
                    self.acknowledged.append(answer.headers["location"].rsplit("/", 1)[-1])


def crash_once(template: Path, users: int, chance: random.Random, folder: Path) -> Findings:
    """Kill a run once, start the server again, and look."""
    path = folder / f"{chance.getrandbits(64):x}.db"
    shutil.copy(template, path)
    with served(path) as (client, process):
        start_task(client)
        writer = Writer(client)
        writer.start()
        goal = chance.randrange(1, max(2, users - users // 4))
        deadline = time.monotonic() + PATIENCE
        while (progress := task_of(client).get("progress", 0)) < goal:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the run stands at {progress}")
        kill_group(process)
        writer.join(timeout=10)
    findings = Findings(killed_at=progress, seconds=0.0, acknowledged=len(writer.acknowledged))
    if not 0 < progress < users:
        findings.problems.append(f"killed at {progress} of {users}, which proves nothing")
    started = time.monotonic()
    with served(path) as (client, _):
        task = wait_for(client, "closed")
        findings.seconds = time.monotonic() - started
        findings.problems += _problems_of_task(task, users)
    with closing(sqlite3.connect(path)) as connection:
        findings.problems += _problems_of_members(connection, users)
        lost = [oid for oid in writer.acknowledged if not _exists(connection, oid)]
        if lost:
            findings.problems.append(f"{len(lost)} acknowledged users are lost")
    for leftover in folder.glob(f"{path.name}*"):
        leftover.unlink()
    return findings


def _problems_of_task(task: dict[str, Any], users: int) -> list[str]:
    facts = {
        "progress": (task.get("progress"), users),
        "expectedTotal": (task.get("expectedTotal"), users),
        "resultStatus": (task.get("resultStatus"), "success"),
        "schedulingState": (task.get("schedulingState"), "closed"),
    }
    return [
        f"{name} is {found}, not {wanted}"
        for name, (found, wanted) in facts.items()
        if found != wanted
    ]


def _problems_of_members(connection: sqlite3.Connection, users: int) -> list[str]:
    """Each member changed once, recorded once, and with both memberships."""
    members = "o.type = 'UserType' AND o.name LIKE 'member-%'"
    queries = {
        "changed exactly once": f"SELECT count(*) FROM object o WHERE {members} AND o.version = 1",
        "recorded exactly once": (
            f"SELECT count(*) FROM object o WHERE {members} AND 1 = (SELECT count(*) FROM outcome x "
            "WHERE x.owner = o.seq AND x.kind = 'complex' AND x.status = 'success')"
        ),
        "with both memberships": (
            f"SELECT count(*) FROM object o WHERE {members} AND 2 = (SELECT count(*) FROM reference r "
            "WHERE r.owner = o.seq AND r.path = 'roleMembershipRef')"
        ),
        "counted by the bucket": "SELECT sum(succeeded) FROM bucket",
        "counted as changed": "SELECT sum(modified) FROM bucket",
    }
    found = {name: connection.execute(sql).fetchone()[0] for name, sql in queries.items()}
    return [
        f"{count} members {name}, not {users}" for name, count in found.items() if count != users
    ]


def _exists(connection: sqlite3.Connection, oid: str) -> bool:
    return connection.execute("SELECT 1 FROM object WHERE oid = ?", (oid,)).fetchone() is not None


def main() -> int:
    """Crash again and again; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--users", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    failures = 0
    with tempfile.TemporaryDirectory(prefix="taskgate-crash-") as name:
        folder = Path(name)
        template = folder / "template.sqlite"
        populate(template, arguments.users)
        for number in range(1, arguments.runs + 1):
            found = crash_once(template, arguments.users, chance, folder)
            failures += bool(found.problems)
            print(
                f"{number}: killed at {found.killed_at} of {arguments.users} with "
                f"{found.acknowledged} writes acknowledged; done {found.seconds:.1f} s after the "
                f"restart: {'; '.join(found.problems) or 'all right'}"
            )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

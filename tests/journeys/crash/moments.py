"""Kills that come at another moment than in the middle of a run."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import psutil

from gateway.store.sqlite.queries import migrations
from tests.journeys.crash import checks
from tests.journeys.crash.killing import TRIES, Findings, finish, restarted
from tests.journeys.crash.kinds import KINDS
from tests.journeys.crash.population import filler, member_oid, members
from tests.journeys.crash.processes import (
    PATIENCE,
    TASK,
    half_way,
    kill_group,
    seen,
    served,
    start_task,
    starting,
    task_of,
    wait_for,
)
from tests.journeys.crash.writers import STEPS, Writer
from tests.serving import wait_until

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    import httpx2

    from tests.journeys.crash.population import Templates

    Moment = Callable[[Templates, random.Random, Path], Findings]

WORK = next(kind for kind in KINDS if kind.name == "recomputation")
WRITERS, WRITES = 4, 400
OLD_OBJECTS = 80_000
#: Seconds that bringing so many up to date takes at least.
MIGRATING = 0.3
NEWEST = migrations()[-1][0]
UNDONE = f"""SELECT count(*) FROM task t WHERE t.execution_state <> 'closed' OR {STEPS} <>
    (SELECT coalesce(sum(b.succeeded), 0) FROM bucket b JOIN run r ON r.id = b.run
     WHERE r.task = t.seq)"""


def _path(name: str, chance: random.Random, folder: Path) -> Path:
    return folder / f"{name}-{chance.getrandbits(32):08x}.db"


def _working(templates: Templates, name: str, chance: random.Random, folder: Path) -> Path:
    """A database with the work that is done around the moment."""
    path = _path(name, chance, folder)
    templates.copy(WORK.name, filler(*WORK.fills), path)
    return path


def _somewhere(chance: random.Random) -> int:
    return chance.randrange(1, WORK.total * 3 // 4)


def _done(client: httpx2.Client, path: Path, findings: Findings) -> None:
    """Wait for the task's end, and look."""
    findings.problems += checks.of_task(wait_for(client, "closed"), WORK)
    with closing(sqlite3.connect(path)) as connection:
        findings.problems += checks.at_the_end(connection, WORK)


def storm(templates: Templates, chance: random.Random, folder: Path) -> Findings:
    """Callers create and change objects and tasks as fast as they can."""
    path = _path("storm", chance, folder)
    templates.copy("storm", filler(members(900)), path)
    with served(path) as (client, process):
        writers = [
            Writer(
                str(client.base_url),
                name=f"noise-{number}",
                targets=[member_oid(each) for each in range(number, 900, 30)],
                makes_tasks=True,
            )
            for number in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        goal = chance.randrange(20, WRITES)
        wait_until(lambda: sum(each.acknowledged for each in writers) >= goal, PATIENCE)
        kill_group(process)
        for writer in writers:
            writer.join(timeout=10)
    findings = Findings(name="storm", acknowledged=sum(each.acknowledged for each in writers))
    findings.at = f"{findings.acknowledged} writes"
    with restarted(path, findings) as client:
        _wait_for_all(client)
    with closing(sqlite3.connect(path)) as connection:
        findings.problems += checks.damage(connection)
        undone = connection.execute(UNDONE).fetchone()[0]
        if undone:
            findings.problems.append(f"{undone} tasks were not done exactly once")
        for writer in writers:
            findings.problems += writer.problems(connection)
    finish(path, findings)
    return findings


def _wait_for_all(client: httpx2.Client) -> None:
    """Until every task is closed."""
    deadline = time.monotonic() + PATIENCE
    query = {"filter": {"text": "executionState != 'closed'"}, "paging": {"maxSize": 1}}
    while client.post("/tasks/search", json={"query": query}).json()["object"].get("object"):
        if time.monotonic() > deadline:
            raise TimeoutError("some tasks are still not closed")
        time.sleep(0.05)


def migration(templates: Templates, chance: random.Random, folder: Path) -> Findings:
    """The server brings a database of the first layout up to date."""
    findings = Findings(name="migration")
    for _ in range(TRIES):
        path = _path("migration", chance, folder)
        templates.copy("migration", _first_layout, path)
        log = path.with_name(path.name + "-wal")
        with starting(path) as process:
            while not log.exists():
                if process.poll() is not None:
                    raise RuntimeError("the server ended by itself")
                time.sleep(0.001)
            time.sleep(chance.uniform(0, MIGRATING))
            kill_group(process)
        with closing(sqlite3.connect(seen(path))) as connection:
            layout = connection.execute("PRAGMA user_version").fetchone()[0]
            findings.problems = checks.damage(connection)
        if layout < NEWEST:
            break
    else:
        findings.problems.append("killed after the migration, which proves nothing")
    findings.at = f"layout {layout} of {NEWEST}"
    with restarted(path, findings) as client:
        query = {"query": {"filter": {"text": "name contains 'der-007'"}}}
        found = client.post("/users/search", json=query).raise_for_status()
    count = len(found.json()["object"].get("object", []))
    if count != 1_000:
        findings.problems.append(f"{count} of 1000 users are found by a part of their names")
    with closing(sqlite3.connect(path)) as connection:
        findings.problems += checks.damage(connection)
        kept = connection.execute("SELECT count(*) FROM object WHERE name LIKE 'elder-%'")
        findings.problems += [f"{n} objects are left" for (n,) in kept if n != OLD_OBJECTS]
    finish(path, findings)
    return findings


def _first_layout(path: Path) -> None:
    """A database as the first version left it, with objects in it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(migrations()[0][1])
        connection.executemany(
            "INSERT INTO object (oid, type, name, name_norm, version, next_id, doc) "
            "VALUES (?, 'UserType', ?, ?, 0, 1, json_object('name', ?))",
            ((member_oid(n), *[f"elder-{n:06d}"] * 3) for n in range(OLD_OBJECTS)),
        )
        connection.execute("PRAGMA user_version = 1")
        connection.commit()


def worker(templates: Templates, chance: random.Random, folder: Path) -> Findings:
    """Only the worker process is killed: the server goes on, and answers all the time."""
    path = _working(templates, "worker", chance, folder)
    findings = Findings(name="worker")
    with served(path, *WORK.flags) as (client, process):
        writer = Writer(str(client.base_url))
        writer.start()
        start_task(client, WORK.activity)
        task = half_way(client, _somewhere(chance))
        begun = time.monotonic()
        for child in psutil.Process(process.pid).children():
            child.kill()
        findings.at = f"{task['progress']} of {WORK.total}"
        _done(client, path, findings)
        findings.seconds = time.monotonic() - begun
        if not writer.is_alive():
            findings.problems.append("the server did not answer meanwhile")
        findings.problems += writer.refused
    findings.acknowledged = writer.acknowledged
    with closing(sqlite3.connect(path)) as connection:
        findings.problems += writer.problems(connection)
    finish(path, findings)
    return findings


def suspended(templates: Templates, chance: random.Random, folder: Path) -> Findings:
    """The task is suspended half-way; it stays so until somebody resumes it."""
    path = _working(templates, "suspended", chance, folder)
    with served(path, *WORK.flags) as (client, process):
        start_task(client, WORK.activity)
        half_way(client, _somewhere(chance))
        client.post(f"/tasks/{TASK}/suspend").raise_for_status()
        before = task_of(client)
        kill_group(process)
    findings = Findings(name="suspended", at=f"{before['progress']} of {WORK.total}")
    with restarted(path, findings, *WORK.flags) as client:
        after = task_of(client)
        if after != before:
            findings.problems.append(f"it was {before} and is {after}")
        client.post(f"/tasks/{TASK}/resume").raise_for_status()
        _done(client, path, findings)
    finish(path, findings)
    return findings


def resumed(templates: Templates, chance: random.Random, folder: Path) -> Findings:
    """The task has just been resumed: this is not forgotten."""
    path = _working(templates, "resumed", chance, folder)
    with served(path, *WORK.flags) as (client, process):
        start_task(client, WORK.activity)
        half_way(client, _somewhere(chance))
        client.post(f"/tasks/{TASK}/suspend").raise_for_status()
        progress = task_of(client)["progress"]
        client.post(f"/tasks/{TASK}/resume").raise_for_status()
        time.sleep(chance.uniform(0, 0.02))
        kill_group(process)
    findings = Findings(name="resumed", at=f"{progress} of {WORK.total}")
    with restarted(path, findings, *WORK.flags) as client:
        _done(client, path, findings)
    finish(path, findings)
    return findings


MOMENTS: dict[str, Moment] = {
    each.__name__: each for each in (storm, migration, worker, suspended, resumed)
}

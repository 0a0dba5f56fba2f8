"""A database of before keeps the limits of its jobs."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

from gateway.store.sqlite.queries import migrations

#: The last layout that knew nothing of who may see a task.
BEFORE = next(number for number, script in migrations() if "audience" in script) - 1
JOB = (
    "INSERT INTO job (seq, id, task, title, status, started, updated, user, is_open, graph, doc) "
    "VALUES (?, ?, ?, 'job', 'running', '', '', '', ?, '{}', ?)"
)


def add_task(connection: sqlite3.Connection, seq: int, parent: str | None = None) -> None:
    connection.execute(
        "INSERT INTO object (seq, oid, type, name, name_norm, version, next_id, doc) "
        "VALUES (?, ?, 'TaskType', 'task', 'task', 0, 1, '{}')",
        (seq, f"oid {seq}"),
    )
    row = (seq, f"t-{seq}", parent)
    connection.execute("INSERT INTO task (seq, identifier, parent) VALUES (?, ?, ?)", row)


def test_tasks_of_limited_jobs_are_limited_after_an_upgrade() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        for number, script in migrations():
            if number <= BEFORE:
                connection.executescript(script)
        # A limited job, what its step has started, an open job, and a task of its own.
        for seq, parent in ((1, None), (2, "t-1"), (3, None), (4, "t-3")):
            add_task(connection, seq, parent)
        for seq, groups in ((1, ["red"]), (3, ["default"])):
            document = json.dumps({"groups": groups})
            is_open = "default" in groups
            connection.execute(JOB, (seq, f"job {seq}", f"oid {seq}", is_open, document))
        for number, script in migrations():
            if number > BEFORE:
                connection.executescript(script)
        found = dict(connection.execute("SELECT seq, audience FROM task"))
    assert found == {1: '["red"]', 2: '["red"]', 3: None, 4: None}

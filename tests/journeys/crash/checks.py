"""What must be so in a database, whenever its server was killed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tests.journeys.crash.processes import TASK, log_of, seen

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journeys.crash.kinds import Effect, Kind

COUNTERS = ("succeeded", "failed", "skipped", "added", "modified", "deleted")
#: Execution states and the scheduling states that go with them.
STATED = {
    ("runnable", "ready"),
    ("running", "ready"),
    ("waiting", "waiting"),
    ("suspended", "suspended"),
    ("closed", "closed"),
}


def damage(connection: sqlite3.Connection) -> list[str]:
    """What is wrong with the file, and tasks that are in no stated state."""
    problems = [
        f"integrity_check: {row[0]}"
        for row in connection.execute("PRAGMA integrity_check")
        if row[0] != "ok"
    ]
    problems += [
        f"foreign_key_check: {tuple(row)}" for row in connection.execute("PRAGMA foreign_key_check")
    ]
    states = connection.execute("SELECT DISTINCT execution_state, scheduling_state FROM task")
    return problems + [f"a task is {state}" for state in states if tuple(state) not in STATED]


def torn(connection: sqlite3.Connection, kind: Kind) -> list[str]:
    """Where counters and effects differ, and what should never be."""
    problems = []
    for effect in kind.effects:
        shown = connection.execute(effect.sql).fetchone()[0]
        counted = _counted(connection, effect)
        if shown != counted:
            problems.append(f"{shown} objects {effect.claim}, but {counted} are counted")
    for claim, sql in kind.never.items():
        count = connection.execute(sql).fetchone()[0]
        if count:
            problems.append(f"{count} objects {claim}")
    processed = connection.execute(
        "SELECT coalesce(sum(succeeded + failed + skipped - provisional), 0) FROM bucket"
    ).fetchone()[0]
    [(progress,)] = connection.execute(
        "SELECT coalesce(t.progress, 0) FROM task t JOIN object o USING (seq) WHERE o.oid = ?",
        (TASK,),
    )
    if progress != processed:
        problems.append(f"the progress is {progress}, but the buckets count {processed}")
    return problems


def _counted(connection: sqlite3.Connection, effect: Effect) -> int:
    found: int = connection.execute(
        f"SELECT coalesce(sum({effect.counter}), 0) FROM bucket WHERE activity LIKE ? || '%'",
        (effect.activity,),
    ).fetchone()[0]
    return found


def at_the_kill(path: Path, kind: Kind) -> tuple[int, list[str]]:
    """How many items were done when the server was killed, and what was wrong at that moment.

    Only a copy is looked at: opening the file would repair what the next server is to repair.
    """
    with closing(sqlite3.connect(seen(path))) as connection:
        done = connection.execute(
            "SELECT coalesce(sum(succeeded + failed + skipped), 0) FROM bucket"
        ).fetchone()[0]
        has_ended = connection.execute(
            "SELECT count(*) FROM run WHERE ended IS NOT NULL"
        ).fetchone()[0]
        problems = [
            f"at the kill, {each}" for each in (*damage(connection), *torn(connection, kind))
        ]
        return kind.total if has_ended else done, problems


def of_task(task: dict[str, Any], kind: Kind) -> list[str]:
    """How the task differs from one that has done its work."""
    facts = {
        "progress": (task.get("progress"), kind.total),
        "expectedTotal": (task.get("expectedTotal"), kind.total),
        "resultStatus": (task.get("resultStatus"), kind.status),
        "schedulingState": (task.get("schedulingState"), "closed"),
    }
    return [
        f"{name} is {found}, not {wanted}"
        for name, (found, wanted) in facts.items()
        if found != wanted
    ]


def at_the_end(connection: sqlite3.Connection, kind: Kind) -> list[str]:
    """What is wrong with the counters and the effects of a task that has ended."""
    sums = ", ".join(f"sum({name})" for name in COUNTERS)
    found = dict(
        zip(COUNTERS, connection.execute(f"SELECT {sums} FROM bucket").fetchone(), strict=True)
    )
    problems = [
        f"{found[name]} are counted as {name}, not {kind.counts.get(name, 0)}"
        for name in COUNTERS
        if found[name] != kind.counts.get(name, 0)
    ]
    return problems + damage(connection) + torn(connection, kind)


def in_the_log(path: Path) -> list[str]:
    """Errors that nobody expects; a kill itself says nothing."""
    lines = log_of(path).read_text(encoding="utf-8").splitlines()
    return [f"the log says {line[:500]}" for line in lines if "Traceback" in line]

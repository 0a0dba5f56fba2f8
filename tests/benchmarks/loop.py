"""The floor of recomputation: what one would write by hand for this one job, and nothing else.

`python -m tests.benchmarks.loop FILE` reads all members of the role in pages, works out their
memberships, writes documents, references, outcomes and progress, one durable commit a page, and
prints the seconds that it took. No lease, no retries, no suspend, one process.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from tests.benchmarks.data import ROLE

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = 500
TASK, RUN, OWNER = "6d13632c-6b75-4a33-9744-ec9523375f6b", 1_000_000, "an owner"
ACTIVITY = "recomputation:1"
_MEMBERS = """
SELECT DISTINCT owner FROM assignment WHERE target = ? AND path = 'assignment' ORDER BY owner
"""
_PAGE = """
SELECT seq, version, doc FROM object
WHERE type = 'UserType' AND seq IN (SELECT value FROM json_each(?)) ORDER BY seq
"""
_OUTCOME = """
INSERT INTO outcome (owner, kind, at, status, initiator, task, run, activity)
VALUES (?, 'complex', ?, 'success', ?, ?, ?, ?)
"""


def run(connection: sqlite3.Connection) -> int:
    """Recompute all members; how many there were."""
    roles: dict[str, dict[str, Any]] = {}
    task = connection.execute("SELECT seq FROM task LIMIT 1").fetchone()[0]
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(
        "INSERT INTO run (id, identifier, task, started, status) VALUES (?, ?, ?, ?, 'in_progress')",
        (RUN, "by hand", task, _now()),
    )
    members = [row[0] for row in connection.execute(_MEMBERS, (ROLE,))]
    connection.execute(
        "INSERT INTO bucket (run, activity, number, state, expected) VALUES (?, ?, 1, 'ready', ?)",
        (RUN, ACTIVITY, len(members)),
    )
    connection.execute("COMMIT")
    done = 0
    for start in range(0, len(members), PAGE):
        wanted = members[start : start + PAGE]
        rows = connection.execute(_PAGE, (orjson.dumps(wanted).decode(),)).fetchall()
        connection.execute("BEGIN IMMEDIATE")
        _page(connection, rows, roles)
        done += len(rows)
        connection.execute(
            "UPDATE bucket SET position = ?, succeeded = ? WHERE run = ?", (wanted[-1], done, RUN)
        )
        connection.execute("COMMIT")
    return done


def _page(
    connection: sqlite3.Connection, rows: list[Any], roles: dict[str, dict[str, Any]]
) -> None:
    now = _now()
    documents, owners, references = [], [], []
    for seq, version, text in rows:
        document = orjson.loads(text)
        renewed = _renewed(document, list(_memberships(connection, document, roles)))
        if renewed == document:
            continue
        renewed["metadata"] = document.get("metadata", {}) | _stamp(now)
        documents.append((orjson.dumps(renewed).decode(), seq, version))
        owners.append((seq,))
        for ordinal, reference in enumerate(renewed["roleMembershipRef"]):
            target = (reference["oid"], reference["type"], reference["relation"])
            references.append((seq, "roleMembershipRef", ordinal, *target))
    change = "UPDATE object SET doc = ?, version = version + 1 WHERE seq = ? AND version = ?"
    connection.executemany(change, documents)
    connection.executemany("DELETE FROM reference WHERE owner = ?", owners)
    connection.executemany("INSERT INTO reference VALUES (?, ?, ?, ?, ?, ?)", references)
    outcomes = [(row[0], now, OWNER, TASK, RUN, ACTIVITY) for row in rows]
    connection.executemany(_OUTCOME, outcomes)


def _memberships(
    connection: sqlite3.Connection, document: dict[str, Any], roles: dict[str, dict[str, Any]]
) -> Iterator[dict[str, str]]:
    """The assigned roles and, transitively, what they induce."""
    seen: set[str] = set()
    waiting = [value["targetRef"]["oid"] for value in document.get("assignment", ())]
    while waiting:
        oid = waiting.pop(0)
        if oid in seen:
            continue
        seen.add(oid)
        if oid not in roles:
            found = connection.execute("SELECT doc FROM object WHERE oid = ?", (oid,)).fetchone()
            roles[oid] = orjson.loads(found[0])
        yield {"oid": oid, "type": "RoleType", "relation": "default"}
        waiting += [value["targetRef"]["oid"] for value in roles[oid].get("inducement", ())]


def _renewed(document: dict[str, Any], memberships: list[dict[str, str]]) -> dict[str, Any]:
    enabled = {"effectiveStatus": "enabled"}
    return document | {
        "assignment": [
            value | {"activation": value.get("activation", {}) | enabled}
            for value in document["assignment"]
        ],
        "roleMembershipRef": memberships,
        "activation": document.get("activation", {}) | enabled,
    }


def _stamp(now: str) -> dict[str, Any]:
    return {
        "modifyTimestamp": now,
        "modifyChannel": "by hand",
        "modifyTaskRef": {"oid": TASK, "type": "TaskType", "relation": "default"},
        "modifierRef": {"oid": OWNER, "type": "UserType", "relation": "default"},
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def main() -> None:
    """Recompute, and tell how long it took."""
    with closing(sqlite3.connect(sys.argv[1], isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        started = time.monotonic()
        done = run(connection)
        print(orjson.dumps({"seconds": time.monotonic() - started, "items": done}).decode())


if __name__ == "__main__":
    main()

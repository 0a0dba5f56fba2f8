"""Reading what operators look at over all tasks: how many there are, and what went wrong lately."""

from __future__ import annotations

from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING

import orjson

from gateway.store.base import Failure, TaskCount
from gateway.store.sqlite.queries import load

if TYPE_CHECKING:
    import sqlite3

    from gateway.store.base import FailureSearch

SQL = load("watch")


def task_counts(connection: sqlite3.Connection) -> list[TaskCount]:
    """How many tasks there are in each state with each result."""
    return [
        TaskCount(execution_state=row[0], result_status=row[1], count=row[2])
        for row in connection.execute(SQL["task_counts"])
    ]


def failures(connection: sqlite3.Connection, wanted: FailureSearch) -> list[Failure]:
    """Failed items and failed runs, newest first; of a run first the run."""
    groups = None if wanted.groups is None else orjson.dumps(sorted(wanted.groups)).decode()
    parameters = {
        "since": wanted.since,
        "task": wanted.task,
        "limit": wanted.limit,
        "groups": groups,
    }
    of_items = "item_failures" if wanted.task is None else "item_failures_of_task"
    rows = (
        [Failure(**dict(row)) for row in connection.execute(SQL[name], parameters)]
        for name in ("run_failures", of_items)
    )
    newest_first = merge(*rows, key=lambda each: each.at, reverse=True)
    return list(islice(newest_first, wanted.limit))

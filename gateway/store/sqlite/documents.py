"""Documents into their rows, and what stands beside them, many by one statement.

Each is bound as it is: SQLite would parse a JSON text of all of them once for every column.
"""

from __future__ import annotations

from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from gateway.store.sqlite.queries import load

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

SQL = load("write")
#: Rows of one statement; more make it slower again.
TOGETHER = 100


def insert_documents(connection: sqlite3.Connection, rows: Sequence[Sequence[Any]]) -> None:
    """New objects, `(seq, oid, type, name, name_norm, next_id, document)`."""
    execute_many(connection, "add_many_objects", rows)


def replace_documents(connection: sqlite3.Connection, rows: Sequence[Sequence[Any]]) -> int:
    """New documents under the old names, `(seq, version, next_id, document)`.

    Returns how many of the objects were still what the change was made from.
    """
    return execute_many(connection, "replace_many_contents", rows)


def execute_many(connection: sqlite3.Connection, name: str, rows: Sequence[Sequence[Any]]) -> int:
    """Execute a statement with a place for `{rows}`; how many rows it has changed."""
    done = 0
    for start in range(0, len(rows), TOGETHER):
        part = rows[start : start + TOGETHER]
        statement = _statement(name, len(part), len(part[0]))
        done += connection.execute(statement, list(chain.from_iterable(part))).rowcount
    return done


@cache
def _statement(name: str, rows: int, columns: int) -> str:
    marks = f"({', '.join('?' * columns)})"
    return SQL[name].format(rows=", ".join([marks] * rows))

"""How SQLite would answer a search, without a database of anybody."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from gateway.model.types import SCHEMA
from gateway.store.search import Search
from gateway.store.sqlite.migrate import migrate
from gateway.store.sqlite.reading import prepare, search

if TYPE_CHECKING:
    from gateway.query import CompiledFilter


def explain_search(compiled: CompiledFilter, type_name: str) -> list[str]:
    """How SQLite would answer the very statement that a search runs."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    prepare(connection)
    migrate(connection)
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    searched = type_name if SCHEMA.concrete(type_name) else compiled.query.type_name
    search(connection, Search(type=searched, filter=compiled), 1)
    connection.set_trace_callback(None)
    statement = next(each for each in statements if each.startswith("SELECT o.oid"))
    rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
    connection.close()
    return [str(row["detail"]) for row in rows]

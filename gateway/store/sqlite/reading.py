"""Reading a SQLite file through a plain connection; used in the server's threads and in workers."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import orjson

from gateway.model.documents import StoredObject
from gateway.model.principal import ROLE_OF_OID
from gateway.model.task_document import TASK_TYPE
from gateway.model.types import SCHEMA
from gateway.store.base import Account
from gateway.store.search import Found
from gateway.store.sqlite.compile.where import SQL_FUNCTIONS, order_by, where_of
from gateway.store.sqlite.queries import load
from gateway.store.sqlite.rows import bucket_of, outcome_item, overlay_state, run_of, state_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from gateway.model.run import Bucket, Run
    from gateway.model.task import TaskState
    from gateway.query import CompiledFilter
    from gateway.store.search import Search
    from gateway.store.sqlite.compile.where import Where

SQL = load("read")
BUILT_IN = orjson.dumps(list(ROLE_OF_OID)).decode()
#: Objects that are looked up one by one sooner than a page of them is found by looking at all.
MAX_LOOKUPS = 1_000
#: Milliseconds that a lock of another process is waited for: a stop waits as well, and must be soon.
LOCKED = 2_000


def prepare(connection: sqlite3.Connection) -> None:
    """Settings that every connection needs."""
    connection.row_factory = sqlite3.Row
    connection.execute(f"PRAGMA busy_timeout = {LOCKED}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    for name, (arity, function) in SQL_FUNCTIONS.items():
        connection.create_function(name, arity, function, deterministic=True)


def connect_readonly(path: Path) -> sqlite3.Connection:
    """A connection that can only read."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None
    )
    prepare(connection)
    return connection


def _rows(connection: sqlite3.Connection, name: str, keys: Iterable[object]) -> list[sqlite3.Row]:
    return connection.execute(SQL[name], {"keys": orjson.dumps(list(keys)).decode()}).fetchall()


def by_oid(connection: sqlite3.Connection, oids: Sequence[str]) -> list[StoredObject]:
    """The existing ones of the objects, complete."""
    return _complete(connection, _rows(connection, "objects_by_oid", oids))


def bare_by_seq(connection: sqlite3.Connection, seqs: Sequence[int]) -> list[StoredObject]:
    """The existing ones of the objects, in order, without run-time state and outcomes."""
    return [_bare(row) for row in _rows(connection, "objects_by_seq", seqs)]


def bare_by_oid(connection: sqlite3.Connection, oids: Iterable[str]) -> list[StoredObject]:
    """Like `by_oid`, without run-time state and outcomes."""
    return [_bare(row) for row in _rows(connection, "objects_by_oid", oids)]


def with_state(connection: sqlite3.Connection, oid: str) -> list[StoredObject]:
    """The object, if it exists, with its run-time state but without runs and outcomes."""
    row = connection.execute(SQL["object"], {"oid": oid}).fetchone()
    if row is None:
        return []
    state = None
    if row[2] == TASK_TYPE:
        state = state_of(connection.execute(SQL["task"], {"seq": row[0]}).fetchone())
    return [_overlay_row(row, state, (), None)]


def with_states(connection: sqlite3.Connection, oids: Iterable[str]) -> dict[str, StoredObject]:
    """Like `with_state`, for many objects, by oid."""
    rows = _rows(connection, "objects_by_oid", oids)
    tasks = [row[0] for row in rows if row[2] == TASK_TYPE]
    states = {row["seq"]: state_of(row) for row in _rows(connection, "tasks", tasks)}
    return {row[1]: _overlay_row(row, states.get(row[0]), (), None) for row in rows}


def _bare(row: sqlite3.Row) -> StoredObject:
    return StoredObject(
        seq=row[0],
        oid=row[1],
        type=row[2],
        version=row[3],
        next_id=row[4],
        items=orjson.loads(row[5]),
    )


def _complete(connection: sqlite3.Connection, rows: list[sqlite3.Row]) -> list[StoredObject]:
    seqs = [row[0] for row in rows]
    task_seqs = [row[0] for row in rows if row[2] == TASK_TYPE]
    states = {row["seq"]: state_of(row) for row in _rows(connection, "tasks", task_seqs)}
    runs = _runs(connection, task_seqs) if task_seqs else {}
    outcomes: dict[int, list[Any]] = {}
    for found in _rows(connection, "outcomes", seqs):
        outcomes.setdefault(found[0], []).append(outcome_item(tuple(found)))
    return [
        _overlay_row(row, states.get(row[0]), runs.get(row[0], ()), outcomes.get(row[0]))
        for row in rows
    ]


def _overlay_row(
    row: sqlite3.Row,
    state: TaskState | None,
    runs: tuple[Run, ...],
    outcomes: list[Any] | None,
) -> StoredObject:
    items = overlay_state(row[2], orjson.loads(row[5]), state)
    if outcomes:
        items["operationExecution"] = outcomes
    return StoredObject(
        seq=row[0],
        oid=row[1],
        type=row[2],
        version=row[3],
        next_id=row[4],
        items=items,
        state=state,
        runs=runs,
        size=len(row[5]),
    )


def _runs(connection: sqlite3.Connection, task_seqs: list[int]) -> dict[int, tuple[Run, ...]]:
    rows = _rows(connection, "runs", task_seqs)
    buckets: dict[int, list[Bucket]] = {}
    for row in _rows(connection, "buckets", [row["id"] for row in rows]):
        buckets.setdefault(row["run"], []).append(bucket_of(row))
    found: dict[int, tuple[Run, ...]] = {}
    for row in rows:
        run = run_of(row, buckets.get(row["id"], ()))
        found[row["task"]] = (*found.get(row["task"], ()), run)
    return found


def search(connection: sqlite3.Connection, wanted: Search, page_limit: int) -> Found:
    """Oids of one page in a stable order, and the number of all matches if wanted."""
    source, parameters = _source(connection, wanted.type, wanted.filter)
    page = wanted.page
    order = ""
    order_parameters: list[Any] = []
    if page.order_by:
        clause = order_by(
            page.order_by, wanted.type, descending=page.descending, sight=wanted.sight
        )
        order, order_parameters = f"{clause.sql}, ", list(clause.parameters)
        source = _join(source, clause.uses_task)
    size = page_limit if page.size is None else min(page.size, page_limit)
    rows = connection.execute(
        f"SELECT o.oid {source} ORDER BY {order}o.seq LIMIT ? OFFSET ?",
        [*parameters, *order_parameters, size, page.offset],
    ).fetchall()
    total = None
    if wanted.count:
        total = connection.execute(f"SELECT count(*) {source}", parameters).fetchone()[0]
    return Found(oids=tuple(row[0] for row in rows), total=total)


_JOIN = " JOIN task t ON t.seq = o.seq"


def _join(source: str, uses_task: bool) -> str:
    if not uses_task or _JOIN in source:
        return source
    return source.replace("FROM object o", f"FROM object o{_JOIN}", 1)


def _with_pieces(connection: sqlite3.Connection, where: Where) -> list[int] | None:
    """Keys of the objects whose names have the pieces; None if these are not few."""
    for pieces in where.pieces:
        wanted = {"pieces": pieces, "limit": MAX_LOOKUPS + 1}
        keys = [row[0] for row in connection.execute(SQL["with_pieces"], wanted)]
        if len(keys) <= MAX_LOOKUPS:
            return keys
    return None


def _source(
    connection: sqlite3.Connection, type_name: str, compiled: CompiledFilter | None
) -> tuple[str, list[Any]]:
    """FROM and WHERE of a search."""
    types = list(SCHEMA.concrete(type_name))
    marks = ", ".join("?" * len(types))
    source = f"FROM object o WHERE o.type IN ({marks})" if types else "FROM object o WHERE 0"
    if compiled is None:
        return source, types
    where, keys = where_of(compiled), None
    if where.without_parts is not None:
        # Looked up once, here; and past that index where names that have the pieces are many.
        keys, where = _with_pieces(connection, where), where.without_parts
    if where.is_selective or keys is not None:
        # Without statistics SQLite would start from the index of types, which leads to everything.
        source = source.replace("o.type IN", "+o.type IN", 1)
    source, parameters = _join(source, where.uses_task), types
    if keys is not None:
        source += " AND o.seq IN (SELECT value FROM json_each(?))"
        parameters = [*types, orjson.dumps(keys).decode()]
    return f"{source} AND ({where.sql})", [*parameters, *where.parameters]


def matching_seqs(
    connection: sqlite3.Connection,
    type_name: str,
    compiled: CompiledFilter | None,
    after: int,
    limit: int,
) -> list[int]:
    """Row numbers of matching objects behind `after`, in order."""
    source, parameters = _source(connection, type_name, compiled)
    rows = connection.execute(
        f"SELECT o.seq {source} AND o.seq > ? ORDER BY o.seq LIMIT ?",
        [*parameters, after, limit],
    )
    return [row[0] for row in rows]


def accounts(connection: sqlite3.Connection, key: str | None, now: str) -> list[Account]:
    """The account of that name or oid, or all of them, as they are now."""
    return [
        Account(
            oid=row[0],
            name=row[1],
            password=row[2],
            groups=frozenset(orjson.loads(row[3])),
            items=orjson.loads(row[4]),
            now=now,
        )
        for row in connection.execute(SQL["accounts"], {"key": key, "roles": BUILT_IN})
    ]

"""Units that write: plain functions over the one writing connection, each all or nothing."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

import orjson

from gateway.errors import AlreadyExists, Conflict, NotFound, Protected
from gateway.store.sqlite.jobs import add_job
from gateway.store.sqlite.queries import load
from gateway.store.sqlite.reading import SQL as READ
from gateway.store.sqlite.reading import by_oid, with_state
from gateway.store.sqlite.rows import (
    STATE_COLUMNS,
    assignment_rows,
    find_side_table_items,
    make_columns,
    object_columns,
    reference_rows,
    task_rows,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gateway.model.documents import Document, StoredObject
    from gateway.model.effects import Change, NewObject
    from gateway.model.run import Outcome
    from gateway.model.task import TaskState

SQL = load("write")
#: What no new state says: who sees the task follows from its job, and changes are counted here.
KEPT = ("audience", "touched")
_SETTERS = ", ".join(f"{name} = :{name}" for name in STATE_COLUMNS if name not in KEPT)
#: Tasks that are deleted together; meanwhile nobody else writes.
MAX_DELETED_TOGETHER = 20_000
_STATE_MARKS = ", ".join(f":{name}" for name in STATE_COLUMNS)
ADD_STATE = f"INSERT INTO task (seq, {', '.join(STATE_COLUMNS)}) VALUES (:seq, {_STATE_MARKS})"
#: Compare-and-set: only the state that the change was computed from is replaced.
REPLACE_STATE = (
    f"UPDATE task SET {_SETTERS}, touched = touched + 1 WHERE seq = :seq AND touched = :touched"
)

_NAME, _NORM = "object.type, object.name", "object.type, object.name_norm"
_TAKEN = {
    "object.oid": "An object with the oid {oid} exists already.",
    _NAME: "An object of this type with the name '{name}' exists already.",
    _NORM: (
        "An object of this type exists whose name differs from '{name}' only in case or punctuation."
    ),
    "task.identifier": "Another task has the taskIdentifier '{identifier}'.",
}


@contextmanager
def _uniqueness(connection: sqlite3.Connection, **facts: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        columns = str(error).removeprefix("UNIQUE constraint failed: ")
        # An equal name breaks both rules, and SQLite tells whichever it sees first.
        if columns == _NORM and connection.execute(READ["named"], facts).fetchone():
            columns = _NAME
        if columns not in _TAKEN:
            raise
        raise AlreadyExists(_TAKEN[columns].format(**facts)) from error


def existing(connection: sqlite3.Connection, oid: str, *, is_whole: bool = True) -> StoredObject:
    """The object, or `NotFound`; without runs and outcomes unless `is_whole`."""
    found = by_oid(connection, [oid]) if is_whole else with_state(connection, oid)
    if not found:
        raise NotFound(f"There is no object with the oid {oid}.")
    return found[0]


def add(connection: sqlite3.Connection, new: NewObject) -> None:
    """Store a new object with its rows beside it."""
    columns = object_columns(new.type, new.items, new.next_id)
    identifier = new.state.identifier if new.state else ""
    facts = {"oid": new.oid, "type": new.type, "name": columns["name"], "identifier": identifier}
    with _uniqueness(connection, **facts):
        cursor = connection.execute(
            SQL["add_object"], {"oid": new.oid, "type": new.type, **columns}
        )
        seq = int(cursor.lastrowid or 0)
        if new.state is not None:
            connection.execute(ADD_STATE, {"seq": seq, **make_columns(new.state)})
        if new.job is not None:
            add_job(connection, seq, new.job)
    _add_side_rows(connection, seq, new.type, new.items)
    _add_outcome(connection, seq, new.outcome)
    set_password(connection, seq, new.password)


def _add_side_rows(
    connection: sqlite3.Connection, seq: int, type_name: str, items: Document
) -> None:
    references = [(seq, *row) for row in reference_rows(type_name, items)]
    if references:
        connection.executemany(SQL["add_references"], references)
    assignments = [(seq, *row) for row in assignment_rows(type_name, items)]
    if assignments:
        connection.executemany(SQL["add_assignments"], assignments)
    for statement, rows in task_rows(type_name, items):
        keyed = [[seq, *row] for row in rows]
        connection.execute(SQL[statement], {"rows": orjson.dumps(keyed).decode()})


def _add_outcome(connection: sqlite3.Connection, seq: int, outcome: Outcome | None) -> None:
    if outcome is None:
        return
    connection.execute(SQL["add_outcome"], {"owner": seq, **make_columns(outcome)})


def modify(
    connection: sqlite3.Connection,
    oid: str,
    decide: Callable[[StoredObject], Change | None],
    now: str,
    *,
    is_whole: bool,
) -> tuple[StoredObject, Change | None]:
    """Replace the object's content by what `decide` makes of it."""
    before = existing(connection, oid, is_whole=is_whole)
    change = decide(before)
    if change is not None:
        write_change(connection, before, change, now)
    return before, change


def write_change(
    connection: sqlite3.Connection, before: StoredObject, change: Change, now: str
) -> None:
    """Replace the object's content and what stands beside it."""
    columns = object_columns(before.type, change.items, change.next_id)
    identifier = change.state.identifier if change.state else ""
    facts = {
        "oid": before.oid,
        "type": before.type,
        "name": columns["name"],
        "identifier": identifier,
    }
    with _uniqueness(connection, **facts):
        connection.execute(
            SQL["replace_object"], {"seq": before.seq, "version": before.version, **columns}
        )
        if change.state is not None and change.state != before.state:
            write_state(connection, before, change.state, now)
    _replace_side_rows(connection, before, change.items)
    _add_outcome(connection, before.seq, change.outcome)
    set_password(connection, before.seq, change.password)
    connection.execute(SQL["prune_simple_outcomes"], {"owner": before.seq})


def _replace_side_rows(
    connection: sqlite3.Connection, before: StoredObject, items: Document
) -> None:
    if all(
        before.items.get(path) == items.get(path) for path in find_side_table_items(before.type)
    ):
        return
    for forget in ("references", "assignments", "dependencies", "groups"):
        connection.execute(SQL[f"forget_{forget}"], {"seq": before.seq})
    _add_side_rows(connection, before.seq, before.type, items)


def delete(
    connection: sqlite3.Connection, oid: str, check: Callable[[StoredObject], None]
) -> list[str]:
    """Delete the object and, for a task, everything below it."""
    root = existing(connection, oid)
    oids = [oid]
    if root.state is not None:
        facts = {"seq": root.seq, "limit": MAX_DELETED_TOGETHER + 1}
        oids = [row[0] for row in connection.execute(READ["subtasks"], facts)]
        if len(oids) > MAX_DELETED_TOGETHER:
            raise Protected(
                f"'{root.name}' has more than {MAX_DELETED_TOGETHER - 1} subtasks, which is too many to "
                "be deleted together; delete some of them first."
            )
    for each in by_oid(connection, oids):
        check(each)
    for each_oid in reversed(oids):
        connection.execute(SQL["delete_object"], {"oid": each_oid})
    return oids


def write_state(
    connection: sqlite3.Connection, before: StoredObject, state: TaskState, now: str
) -> None:
    """Replace a task's state; a task that stops running takes the lease from its worker."""
    if before.state is None:
        raise NotFound(f"There is no task with the oid {before.oid}.")
    if connection.execute(REPLACE_STATE, {**make_columns(state), "seq": before.seq}).rowcount != 1:
        raise Conflict("The task's state has changed meanwhile; try again.")
    if before.state.is_running and not state.is_running:
        connection.execute(SQL["void_lease"], {"run": before.state.run, "now": now})
    if before.state.run is not None and state.run is None:
        connection.execute(SQL["abandon_run"], {"run": before.state.run, "now": now})


def change_state(
    connection: sqlite3.Connection,
    oid: str,
    decide: Callable[[StoredObject], TaskState | None],
    now: str,
) -> tuple[StoredObject, TaskState]:
    """Replace a task's state by what `decide` makes of it; the task as it was, and its state since."""
    before = existing(connection, oid)
    after = decide(before)
    if after is None:
        if before.state is None:
            raise NotFound(f"There is no task with the oid {oid}.")
        return before, before.state
    write_state(connection, before, after, now)
    return before, after


def set_password(connection: sqlite3.Connection, seq: int, password: str | None) -> None:
    """Keep the hash beside the user, if there is a new one."""
    if password is not None:
        connection.execute(SQL["set_password"], {"seq": seq, "password": password})


def set_account(
    connection: sqlite3.Connection, oid: str, password: str, groups: Sequence[str]
) -> None:
    """Give the user object a password and groups."""
    cursor = connection.execute(
        SQL["set_account"],
        {"oid": oid, "password": password, "groups": orjson.dumps(list(groups)).decode()},
    )
    if cursor.rowcount != 1:
        raise NotFound(f"There is no user with the oid {oid}.")

"""Many creates or changes as few statements: what waits together is written together.

The same effect as the units of `gateway.store.sqlite.writing` one by one. A row that breaks a rule of the
database fails the whole; then the units are run one by one, and each caller gets its own answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from gateway.errors import Conflict, NotFound
from gateway.model.documents import orig
from gateway.store.sqlite.documents import execute_many, insert_documents, replace_documents
from gateway.store.sqlite.queries import load
from gateway.store.sqlite.reading import with_states
from gateway.store.sqlite.rows import (
    assignment_rows,
    document_text,
    find_side_table_items,
    make_columns,
    object_columns,
    reference_rows,
    task_rows,
)
from gateway.store.sqlite.writing import ADD_STATE, set_password, write_change

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Sequence

    from gateway.model.documents import StoredObject
    from gateway.model.effects import Change, NewObject
    from gateway.model.run import Outcome

SQL = load("write")


@dataclass(frozen=True, kw_only=True, slots=True)
class Modification:
    """One caller's change."""

    oid: str
    decide: Callable[[StoredObject], Change | None]
    now: str


def _insert(connection: sqlite3.Connection, name: str, rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        connection.execute(SQL[name], {"rows": orjson.dumps(rows).decode()})


def add_many(connection: sqlite3.Connection, new: Sequence[NewObject]) -> list[None]:
    """Store new objects with their rows beside them."""
    first = int(connection.execute(SQL["last_seq"]).fetchone()[0]) + 1
    numbered = list(enumerate(new, first))
    insert_documents(connection, [_object_row(seq, each) for seq, each in numbered])
    states = [(seq, each.state) for seq, each in numbered if each.state is not None]
    connection.executemany(
        ADD_STATE, [{"seq": seq, **make_columns(state)} for seq, state in states]
    )
    execute_many(
        connection,
        "add_many_references",
        [(s, *row) for s, each in numbered for row in reference_rows(each.type, each.items)],
    )
    execute_many(
        connection,
        "add_many_assignments",
        [(s, *row) for s, each in numbered for row in assignment_rows(each.type, each.items)],
    )
    for seq, each in numbered:
        for statement, rows in task_rows(each.type, each.items):
            _insert(connection, statement, [[seq, *row] for row in rows])
    _add_outcomes(connection, ((seq, each.outcome) for seq, each in numbered))
    for seq, each in numbered:
        set_password(connection, seq, each.password)
    return [None] * len(new)


def _object_row(seq: int, new: NewObject) -> list[Any]:
    columns = object_columns(new.type, new.items, new.next_id)
    return [seq, new.oid, new.type, *columns.values()]


def _add_outcomes(
    connection: sqlite3.Connection, outcomes: Iterable[tuple[int, Outcome | None]]
) -> None:
    rows = [(seq, *make_columns(each).values()) for seq, each in outcomes if each is not None]
    _insert(connection, "add_many_outcomes", rows)


def modify_many(
    connection: sqlite3.Connection, wanted: Sequence[Modification]
) -> list[tuple[StoredObject, Change | None] | Exception]:
    """Change objects; several changes of one object are made one after the other."""
    results: dict[int, tuple[StoredObject, Change | None] | Exception] = {}
    waiting = list(enumerate(wanted))
    while waiting:
        turn = {each.oid: (place, each) for place, each in reversed(waiting)}
        results |= _modify_each_once(connection, turn)
        taken = {place for place, _ in turn.values()}
        waiting = [(place, each) for place, each in waiting if place not in taken]
    return [results[place] for place in range(len(wanted))]


def _modify_each_once(
    connection: sqlite3.Connection, turn: dict[str, tuple[int, Modification]]
) -> dict[int, tuple[StoredObject, Change | None] | Exception]:
    found = with_states(connection, turn)
    results: dict[int, tuple[StoredObject, Change | None] | Exception] = {}
    changes: list[tuple[StoredObject, Change, str]] = []
    for oid, (place, each) in turn.items():
        before = found.get(oid)
        if before is None:
            results[place] = NotFound(f"There is no object with the oid {oid}.")
            continue
        try:
            change = each.decide(before)
        except Exception as error:  # noqa: BLE001  handed to whoever asked for this change
            results[place] = error
            continue
        results[place] = before, change
        if change is not None:
            changes.append((before, change, each.now))
    _write_changes(connection, changes)
    return results


def _write_changes(
    connection: sqlite3.Connection, changes: list[tuple[StoredObject, Change, str]]
) -> None:
    """New documents in one statement; what changes more than its document, by itself."""
    plain = []
    for before, change, now in changes:
        if _is_plain(before, change):
            plain.append((before, change))
        else:
            write_change(connection, before, change, now)
    rows = [
        [each.seq, each.version, change.next_id, document_text(each.type, change.items).decode()]
        for each, change in plain
    ]
    if not rows:
        return
    if replace_documents(connection, rows) != len(rows):
        raise Conflict("An object has changed meanwhile; try again.")
    _add_outcomes(connection, ((before.seq, change.outcome) for before, change in plain))
    owners = orjson.dumps([before.seq for before, _ in plain]).decode()
    connection.execute(SQL["prune_many_simple_outcomes"], {"owners": owners})


def _is_plain(before: StoredObject, change: Change) -> bool:
    """Whether nothing but the document changes."""
    return (
        change.state == before.state
        and change.password is None
        and orig(change.items["name"]) == orig(before.items["name"])
        and all(
            before.items.get(p) == change.items.get(p) for p in find_side_table_items(before.type)
        )
    )

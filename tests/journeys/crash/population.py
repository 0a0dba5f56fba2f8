"""Databases to work on, filled directly; a server over one has nothing to do but its work."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from gateway.model.effects import NewObject
from gateway.model.task import TaskState
from gateway.store.sqlite import reading, writing
from gateway.store.sqlite.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.model.documents import Document

    Fill = Callable[[sqlite3.Connection], None]

#: Members have the role, which induces another; a third one is there to be assigned.
ROLE = "96262f4f-053a-4b0b-8901-b3ec01e3509c"
INDUCED = "0d1c1c1e-7f43-4d0e-8a11-4a2f5d3c9b01"
GRANTED = "c1a5ed9b-5f0e-4a4f-8a3e-8f9a2f0b7d11"
LONG_AGO = "2020-01-01T00:00:00.000Z"
RECOMPUTE = "http://midpoint.evolveum.com/xml/ns/public/model/trigger/recompute/handler-3"
#: Spreads numbers evenly over 32 bits, so that oids differ from the first character on.
SPREAD = 2_654_435_761


def database(path: Path, *fills: Fill) -> None:
    """A database of the present layout with three roles and what is filled in."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        reading.prepare(connection)
        migrate(connection)
        connection.execute("BEGIN")
        inducement: Document = {"id": 1, "targetRef": reference(INDUCED)}
        add(connection, INDUCED, "RoleType", {"name": "Intranet Reader"})
        add(connection, ROLE, "RoleType", {"name": "Employee", "inducement": [inducement]})
        add(connection, GRANTED, "RoleType", {"name": "Auditor"})
        for fill in fills:
            fill(connection)
        connection.execute("COMMIT")


class Templates:
    """Databases that are filled once and copied as often as they are needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def copy(self, name: str, make: Callable[[Path], None], target: Path) -> None:
        """Put a database at `target`; `make` makes the template of that name."""
        template = self._folder / f"{name}.template"
        with self._lock:
            if not template.exists():
                unfinished = template.with_suffix(".unfinished")
                make(unfinished)
                unfinished.rename(template)
        shutil.copy(template, target)


def reference(oid: str) -> Document:
    """A reference to a role, as it is stored."""
    return {"oid": oid, "type": "RoleType", "relation": "default"}


def add(connection: sqlite3.Connection, oid: str, type_name: str, items: Document) -> None:
    """Store an object as it is."""
    writing.add(connection, NewObject(oid=oid, type=type_name, items=items, next_id=10))


def member_oid(number: int) -> str:
    """The oid of a member."""
    return f"{number * SPREAD % 2**32:08x}-0000-4000-8000-{number:012d}"


def members(count: int, **items: object) -> Fill:
    """Users who lack the memberships that their role gives them; `items` are further items."""

    def fill(connection: sqlite3.Connection) -> None:
        for number in range(count):
            assignment: Document = {"id": 1, "targetRef": reference(ROLE)}
            named = {"name": f"member-{number:06d}", "assignment": [assignment]}
            add(connection, member_oid(number), "UserType", named | items)

    return fill


def every_seventh_a_role(count: int) -> Fill:
    """Objects called members of which every seventh is none."""

    def fill(connection: sqlite3.Connection) -> None:
        for number in range(count):
            type_name = "RoleType" if number % 7 == 6 else "UserType"
            add(connection, member_oid(number), type_name, {"name": f"member-{number:06d}"})

    return fill


def torn(connection: sqlite3.Connection) -> None:
    """Every seventh member loses the row that its assignment is found by."""
    connection.execute(
        "DELETE FROM assignment WHERE owner IN (SELECT seq FROM object "
        "WHERE name LIKE 'member-%' AND CAST(substr(name, 8) AS INTEGER) % 7 = 6)"
    )


def old_tasks(count: int) -> Fill:
    """Tasks that were closed years ago; every tenth has a subtask."""

    def fill(connection: sqlite3.Connection) -> None:
        for number in range(count):
            identifier = f"old-{number:06d}"
            _closed_task(connection, number, identifier, None)
            if number % 10 == 9:
                _closed_task(connection, count + number, f"below-{number:06d}", identifier)

    return fill


def _closed_task(
    connection: sqlite3.Connection, number: int, identifier: str, parent: str | None
) -> None:
    state = TaskState(
        identifier=identifier,
        parent=parent,
        execution_state="closed",
        scheduling_state="closed",
        recurrence="single",
        completed=LONG_AGO,
    )
    items: Document = {"name": identifier}
    new = NewObject(oid=member_oid(number), type="TaskType", items=items, next_id=1, state=state)
    writing.add(connection, new)


def filler(*fills: Fill) -> Callable[[Path], None]:
    """What makes a database with that in it."""
    return partial(_database_of, fills)


def _database_of(fills: tuple[Fill, ...], path: Path) -> None:
    database(path, *fills)

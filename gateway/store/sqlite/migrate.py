"""Brings a database file to the present layout, or refuses one from the future."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.errors import DatabaseTooNew
from gateway.store.sqlite.queries import migrations

if TYPE_CHECKING:
    import sqlite3


def migrate(connection: sqlite3.Connection) -> None:
    """Apply the missing migrations, each in a transaction of its own with its number.

    A crash in between leaves the file at the last finished migration.
    """
    current = int(connection.execute("PRAGMA user_version").fetchone()[0])
    known = migrations()
    newest = known[-1][0]
    if current > newest:
        raise DatabaseTooNew(
            f"The database has layout {current}, but this version of taskgate knows layouts up to "
            f"{newest}: start the newer version that wrote it, or use another database."
        )
    for number, script in known:
        if number > current:
            connection.executescript(
                f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;"
            )

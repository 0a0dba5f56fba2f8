"""Sessions in the embedded store; see `gateway.store.session_base` for what each method promises."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

import orjson

from gateway.errors import NotFound
from gateway.store.session_base import Session
from gateway.store.sqlite.queries import load

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection

    from gateway.store.sqlite.group_commit import GroupCommitConnection

SQL = load("session")


class SqliteSessions:
    """Shares the connections of a `SqliteStore`."""

    def __init__(self, writer: GroupCommitConnection, lookups: GroupCommitConnection) -> None:
        self._writer = writer
        self._lookups = lookups

    async def all(self) -> list[Session]:
        """All sessions, the oldest first."""
        return await self._lookups.run(_sessions)

    async def add(self, session: Session) -> None:
        """Store a new one."""
        await self._writer.run(partial(_add, session=session))

    async def use(self, session_id: str, used: str) -> None:
        """Note when it was used last."""
        facts = {"id": session_id, "used": used}
        await self._writer.run(partial(_execute, name="use_session", facts=facts))

    async def end(self, ids: Collection[str]) -> None:
        """Delete those that there are."""
        facts = {"ids": orjson.dumps(list(ids)).decode()}
        await self._writer.run(partial(_execute, name="end_sessions", facts=facts))


def _sessions(connection: sqlite3.Connection) -> list[Session]:
    return [
        Session(
            id=row[0],
            user=row[1],
            password=row[2],
            created=row[3],
            used=row[4],
            source=row[5],
            label=row[6],
        )
        for row in connection.execute(SQL["sessions"])
    ]


def _add(connection: sqlite3.Connection, session: Session) -> None:
    if connection.execute(SQL["add_session"], asdict(session)).rowcount != 1:
        raise NotFound(f"There is no user {session.user}.")


def _execute(connection: sqlite3.Connection, name: str, facts: dict[str, str]) -> None:
    connection.execute(SQL[name], facts)

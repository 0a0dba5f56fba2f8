"""Who asks, over one connection each, and a look at the database that tells whether anything has changed."""

from __future__ import annotations

import base64
import sqlite3
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import http.client
    from pathlib import Path

#: All that hold something.
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"


def header_of(name: str, password: str) -> str:
    """HTTP Basic."""
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


@dataclass
class Caller:
    """Who asks, and over which connection."""

    #: At SailPoint's API, and everywhere else.
    bearer: str | None
    header: str | None
    connection: http.client.HTTPConnection

    def ask(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], dialect: str
    ) -> tuple[int, bytes]:
        """Status and body of the answer; a stream is left at its beginning."""
        login = self.bearer if dialect == "sailpoint" else self.header
        given = headers if login is None else {"authorization": login} | headers
        self.connection.request(method, path, body, given)
        answer = self.connection.getresponse()
        if answer.headers.get_content_type() == "text/event-stream":
            self.connection.close()
            return answer.status, b""
        return answer.status, answer.read()


@dataclass
class Ledger:
    """Tells whether anything in a database is another than before."""

    database: Path
    _reader: sqlite3.Connection = field(init=False)
    _version: int = field(init=False, default=-1)
    _digest: bytes = field(init=False, default=b"")

    def __post_init__(self) -> None:
        self._reader = sqlite3.connect(f"{self.database.as_uri()}?mode=ro", uri=True)
        self.is_as_before()

    def is_as_before(self) -> bool:
        """Whether all tables hold what they held when this was asked last."""
        version = self._reader.execute("PRAGMA data_version").fetchone()[0]
        if version == self._version:
            return True
        before, self._version, self._digest = self._digest, version, self._digested()
        return before == self._digest

    def _digested(self) -> bytes:
        found = blake2b(digest_size=20)
        for (table,) in self._reader.execute(TABLES).fetchall():
            for row in self._reader.execute(f"SELECT * FROM {table}"):
                found.update(repr(row).encode())
        return found.digest()

    def close(self) -> None:
        """Let go of the database."""
        self._reader.close()

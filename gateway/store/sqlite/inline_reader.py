"""Reading where it is asked for: on the event loop, without the way to a thread and back.

A thread gets the interpreter's lock late when the loop is busy, and once for each statement: a read
that costs 0.2 ms then takes 20. So what is over at once is done here, and what turns out not to be is
stopped and goes to a thread.
"""

from __future__ import annotations

import sqlite3
import time
from math import inf
from typing import TYPE_CHECKING, TypeVar

from gateway.errors import Unavailable
from gateway.store.sqlite import reading
from gateway.store.sqlite.budget import BudgetExceeded, QueryBudget, within
from gateway.store.sqlite.sealing import attach

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.store.sqlite.keyring import Keyring

T = TypeVar("T")
#: What may be used up while all else waits: some 2 ms of work. The time is for what waits for the
#: disk; less of it would count the turns that other threads take between two statements.
INSTANT = QueryBudget(seconds=0.02, steps=20_000)
#: Objects that are read here together; more go to a thread.
MAX_INLINE_OBJECTS = 20


class InlineReader:
    """A connection for reading on the event loop."""

    def __init__(self, path: Path, keyring: Keyring) -> None:
        self._connection = reading.connect_readonly(path)
        attach(self._connection, keyring)
        # Where all else waits nobody waits for a lock.
        self._connection.execute("PRAGMA busy_timeout = 0")
        self._is_closed = False
        #: Seconds that never go back.
        self.ticks: Callable[[], float] = time.monotonic

    def try_read(self, work: Callable[[sqlite3.Connection], T], seconds: float = inf) -> T | None:
        """What `work` finds, as of one moment; None if it takes too long or meets a lock.

        `seconds` are the most that it may take, if that is less than what it may take here.
        """
        if self._is_closed:
            raise Unavailable("The store is closed.")
        try:
            self._connection.execute("BEGIN")
            try:
                with within(self._connection, INSTANT.at_most(seconds), self.now):
                    return work(self._connection)
            finally:
                self._connection.execute("COMMIT")
        except (BudgetExceeded, sqlite3.OperationalError):
            return None  # a thread waits for the lock, and says what is wrong if it is no lock

    def now(self) -> float:
        """Seconds that never go back; when it is closed, all time is over."""
        return inf if self._is_closed else self.ticks()

    def close(self) -> None:
        """Stop what is under way elsewhere, too, and let go of the file."""
        self._is_closed = True
        self._connection.close()

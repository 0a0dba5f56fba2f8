"""Work on a SQLite file, grouped: everything that waits goes over in one hop and one transaction.

A hop to the connection's thread costs more than a point read, and a durable commit more than a
write. So callers hand over units (plain functions over the connection); while one group is under
way the next one gathers. Units of the same kind may also be done together, by a `BatchHandler`. A unit may
be run twice before its result counts. Knows nothing of what the units do.
"""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import aiosqlite

from gateway.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

T = TypeVar("T")
#: What keeps a database from being used and what helps, by SQLite's primary result code.
REASONS = {
    sqlite3.SQLITE_BUSY: "Another process holds it locked; try again when that has finished.",
    sqlite3.SQLITE_FULL: "Its disk is full; make room and try again.",
    sqlite3.SQLITE_IOERR: "Its disk is full or broken; make room, or look at it, and try again.",
}
#: Units of one hop; more wait for the next, so that no hop grows without bounds.
GROUP_LIMIT = 256
#: Who wait for units are woken so many at a time: others get their turn in between.
WOKEN = 8


@dataclass(frozen=True, slots=True)
class BatchHandler:
    """How to do units together: one result, or the exception, for each argument."""

    work: Callable[[sqlite3.Connection, list[Any]], Sequence[Any]]
    argument: Any


@dataclass(slots=True, eq=False)
class WorkUnit(Generic[T]):
    """A function to be run on the connection, and what became of it."""

    work: Callable[[sqlite3.Connection], T]
    done: asyncio.Future[T]
    bulk: BatchHandler | None = None
    result: T | None = None
    error: Exception | None = None

    def resolve(self, failure: Exception | None) -> None:
        """Wake whoever waits, unless they have gone."""
        if self.done.done():
            return
        error = failure or self.error
        if error is not None:
            self.done.set_exception(error)
        else:
            self.done.set_result(self.result)  # type: ignore[arg-type]


class GroupConnection(sqlite3.Connection):
    """A connection whose `commit` first runs the units that wait for it."""

    def __init__(
        self,
        group: list[WorkUnit[Any]],
        begin: str,
        setup: Callable[[sqlite3.Connection], None],
        *args: Any,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._group = group
        self._begin = begin
        setup(self)

    def commit(self) -> None:
        """Run the waiting units in one transaction and make it durable.

        A unit that fails undoes only itself; if the commit fails, nothing has happened.
        """
        units = list(self._group)
        try:
            if not self._all_succeed(units):
                self._each_by_itself(units)
            super().commit()
        except BaseException:
            if self.in_transaction:
                self.rollback()
            raise

    def _all_succeed(self, units: list[WorkUnit[Any]]) -> bool:
        """Run the units, those of a kind together; False, and nothing done, if one fails."""
        self.execute(self._begin)
        try:
            for kind in _kinds(units):
                self._run_kind(kind)
        except sqlite3.OperationalError:
            raise  # the disk or the lock, not the unit: nothing of this group can be trusted
        except Exception as error:  # noqa: BLE001  handed to whoever waits for the unit
            self.rollback()
            if len(units) == 1:
                units[0].error = error
            return len(units) == 1
        return True

    def _run_kind(self, units: list[WorkUnit[Any]]) -> None:
        first = units[0]
        if len(units) == 1 or first.bulk is None:
            first.result = first.work(self)
            return
        arguments = [unit.bulk.argument for unit in units if unit.bulk is not None]
        for unit, result in zip(units, first.bulk.work(self, arguments), strict=True):
            if isinstance(result, Exception):
                unit.error = result
            else:
                unit.result = result

    def _each_by_itself(self, units: list[WorkUnit[Any]]) -> None:
        """Run the units again, each so that its failure undoes nothing of the others."""
        self.execute(self._begin)
        for unit in units:
            unit.error = None
            self.execute("SAVEPOINT unit")
            try:
                unit.result = unit.work(self)
            except sqlite3.OperationalError:
                raise
            except Exception as error:  # noqa: BLE001  as above
                unit.error = error
                self.execute("ROLLBACK TO unit")
            self.execute("RELEASE unit")


def _sentence(error: sqlite3.OperationalError) -> str:
    reason = REASONS.get(error.sqlite_errorcode & 0xFF, "Try again.")
    return f"The database cannot be used now ({error}), and nothing was changed. {reason}"


def _kinds(units: list[WorkUnit[Any]]) -> list[list[WorkUnit[Any]]]:
    """Units that can be done together, in one list each; all others by themselves."""
    together: dict[object, list[WorkUnit[Any]]] = {}
    for unit in units:
        key = unit if unit.bulk is None else unit.bulk.work
        together.setdefault(key, []).append(unit)
    return list(together.values())


class GroupCommitConnection:
    """An aiosqlite connection that carries groups of units."""

    def __init__(self, connection: aiosqlite.Connection, group: list[WorkUnit[Any]]) -> None:
        self._connection = connection
        self._group = group
        self._waiting: list[WorkUnit[Any]] = []
        self._carrier: asyncio.Task[None] | None = None
        self._is_closed = False

    @classmethod
    async def open(
        cls, path: Path, *, begin: str, setup: Callable[[sqlite3.Connection], None]
    ) -> GroupCommitConnection:
        """Connect; `setup` prepares the raw connection, in the connection's own thread."""
        group: list[WorkUnit[Any]] = []
        connection = aiosqlite.connect(
            path,
            factory=partial(GroupConnection, group, begin, setup),
            isolation_level=None,
            cached_statements=512,
        )
        try:
            return cls(await connection, group)
        except BaseException as error:
            # Its thread ends by itself, but reports to this event loop, which must still be there.
            await asyncio.to_thread(connection._thread.join)  # noqa: SLF001  no public way to wait
            if isinstance(error, sqlite3.OperationalError):
                raise Unavailable(_sentence(error)) from error
            raise

    async def run(
        self, work: Callable[[sqlite3.Connection], T], bulk: BatchHandler | None = None
    ) -> T:
        """The result of `work`, once its transaction is durable; `bulk` has the same effect."""
        if self._is_closed:
            raise Unavailable("The store is closed.")
        unit: WorkUnit[T] = WorkUnit(work, asyncio.get_running_loop().create_future(), bulk)
        self._waiting.append(unit)
        if self._carrier is None or self._carrier.done():
            self._carrier = asyncio.create_task(self._carry())
        return await unit.done

    @property
    def load(self) -> int:
        """Units that wait or are under way."""
        return len(self._waiting) + len(self._group)

    async def _carry(self) -> None:
        while self._waiting:
            self._group[:] = self._waiting[:GROUP_LIMIT]
            del self._waiting[:GROUP_LIMIT]
            failure: Exception | None = None
            try:
                await self._connection.commit()
            except sqlite3.OperationalError as error:
                failure = Unavailable(_sentence(error))
            except Exception as error:  # noqa: BLE001  handed to everyone of the group
                failure = error
            units, self._group[:] = list(self._group), []
            for number, unit in enumerate(units, 1):
                unit.resolve(failure)
                if number % WOKEN == 0:
                    await asyncio.sleep(0)

    async def close(self) -> None:
        """Finish what waits, then disconnect."""
        self._is_closed = True
        if self._carrier is not None:
            await asyncio.wait([self._carrier])
        await self._connection.close()

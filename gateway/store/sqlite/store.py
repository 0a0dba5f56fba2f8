"""The embedded store: one SQLite file, one writing connection with group commit, several readers."""

from __future__ import annotations

import fcntl
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from gateway.clock import write_instant
from gateway.errors import Unavailable
from gateway.model.random_ids import random_uuid
from gateway.model.slices import ItemRetry
from gateway.store.sqlite import clients, reading, watching, writing
from gateway.store.sqlite import runs as running
from gateway.store.sqlite.bulk import Modification, add_many, modify_many
from gateway.store.sqlite.group_commit import BatchHandler, GroupCommitConnection
from gateway.store.sqlite.inline_reader import MAX_INLINE_OBJECTS, InlineReader
from gateway.store.sqlite.job_store import SqliteJobs
from gateway.store.sqlite.keyring import KeyFile, Keyring
from gateway.store.sqlite.migrate import migrate
from gateway.store.sqlite.private_files import make_database_private, open_private
from gateway.store.sqlite.sealing import attach, unlock
from gateway.store.sqlite.search_lanes import SearchLanes
from gateway.store.sqlite.session_store import SqliteSessions

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path
    from typing import TextIO

    from gateway.clock import Clock
    from gateway.model.documents import StoredObject
    from gateway.model.effects import Change, NewObject
    from gateway.model.run import Run
    from gateway.model.slices import Slice
    from gateway.model.task import Operation, TaskState
    from gateway.store.base import (
        Account,
        Claim,
        Client,
        CommitResult,
        CompletedRun,
        Failure,
        FailureSearch,
        RunCompletion,
        TaskCount,
    )
    from gateway.store.search import Found, Search

T = TypeVar("T")


class SqliteStore:
    """See `gateway.store.base.Store` for what each method promises."""

    def __init__(
        self,
        lock: TextIO,
        writer: GroupCommitConnection,
        lookups: GroupCommitConnection,
        here: InlineReader,
        searches: SearchLanes,
        clock: Clock,
    ) -> None:
        self._lock = lock
        self._here = here
        self._writer = writer
        self._lookups = lookups
        self._searches = searches
        self._clock = clock
        self._listeners: list[Callable[[Collection[str]], None]] = []
        self._jobs = SqliteJobs(writer, self._look_up, searches, self._announce)
        self._sessions = SqliteSessions(writer, lookups)

    @property
    def jobs(self) -> SqliteJobs:
        """The jobs that tasks walk through."""
        return self._jobs

    @property
    def sessions(self) -> SqliteSessions:
        """The sessions of those who have logged in."""
        return self._sessions

    @classmethod
    async def open(
        cls,
        path: Path,
        clock: Clock,
        *,
        synchronous: str = "FULL",
        page_limit: int = 10_000,
        search_seconds: float = 10,
        key_file: Path | None = None,
    ) -> SqliteStore:
        """Open or create the file; nobody else may read it.

        Refuses a file that another server holds, that a newer one wrote, or that is sealed with
        another key than `key_file` has; without one the key stands beside the database.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = _exclusive(path.with_name(path.name + ".lock"))
        keyring = Keyring(())

        def prepare_writer(connection: sqlite3.Connection) -> None:
            nonlocal keyring
            reading.prepare(connection)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {synchronous}")
            migrate(connection)
            keyring = unlock(connection, KeyFile.of(path, key_file))

        def prepare_lookups(connection: sqlite3.Connection) -> None:
            reading.prepare(connection)
            attach(connection, keyring)

        try:
            make_database_private(path)
            writer = await GroupCommitConnection.open(
                path, begin="BEGIN IMMEDIATE", setup=prepare_writer
            )
        except BaseException:
            lock.close()
            raise
        lookups = await GroupCommitConnection.open(path, begin="BEGIN", setup=prepare_lookups)
        here = InlineReader(path, keyring)
        searches = await SearchLanes.open(path, here, seconds=search_seconds, page_limit=page_limit)
        return cls(lock, writer, lookups, here, searches, clock)

    async def close(self) -> None:
        """Finish what is under way and let go of the file."""
        self._here.close()
        for connected in (self._searches, self._lookups, self._writer):
            await connected.close()
        self._lock.close()

    def subscribe(self, listener: Callable[[Collection[str]], None]) -> None:
        """Call `listener` with the oids of every commit, before it is acknowledged."""
        self._listeners.append(listener)

    def _announce(self, oids: Collection[str]) -> None:
        for listener in self._listeners:
            listener(oids)

    async def _write(
        self,
        oids: Collection[str],
        unit: Callable[[sqlite3.Connection], T],
        bulk: BatchHandler | None = None,
    ) -> T:
        try:
            return await self._writer.run(unit, bulk)
        finally:
            self._announce(oids)

    async def _look_up(self, unit: Callable[[sqlite3.Connection], T], count: int = 1) -> T:
        """What a unit finds that reads so many objects: here if they are few, or in a thread."""
        found = self._here.try_read(unit) if count <= MAX_INLINE_OBJECTS else None
        return await self._lookups.run(unit) if found is None else found

    async def get(self, oid: str) -> StoredObject | None:
        """The object, or None."""
        return (await self.get_many([oid])).get(oid)

    async def get_many(self, oids: Sequence[str]) -> dict[str, StoredObject]:
        """Those of the objects that exist, by oid."""
        found = await self._look_up(partial(reading.by_oid, oids=oids), len(oids))
        return {each.oid: each for each in found}

    async def search(self, search: Search) -> Found:
        """Matching oids and their number, as of one moment."""
        return await self._searches.find(search)

    async def add(self, new: NewObject) -> None:
        """Store a new object."""
        unit = partial(writing.add, new=new)
        await self._write([new.oid], unit, BatchHandler(add_many, new) if new.job is None else None)

    async def modify(
        self, oid: str, decide: Callable[[StoredObject], Change | None], *, is_whole: bool = True
    ) -> tuple[StoredObject, Change | None]:
        """Replace the object's content by what `decide` makes of it."""
        now = self._now()
        unit = partial(writing.modify, oid=oid, decide=decide, now=now, is_whole=is_whole)
        wanted = Modification(oid=oid, decide=decide, now=now)
        return await self._write(
            [oid], unit, None if is_whole else BatchHandler(modify_many, wanted)
        )

    async def delete(self, oid: str, check: Callable[[StoredObject], None]) -> list[str]:
        """Delete the object and, for a task, its subtasks."""
        oids = await self._writer.run(partial(writing.delete, oid=oid, check=check))
        self._announce(oids)
        return oids

    async def change_state(
        self, oid: str, decide: Callable[[StoredObject], TaskState | None]
    ) -> tuple[StoredObject, TaskState]:
        """Replace a task's state by what `decide` makes of it."""
        unit = partial(writing.change_state, oid=oid, decide=decide, now=self._now())
        return await self._write([oid], unit)

    async def due(self, now: str, limit: int) -> list[str]:
        """Oids of the tasks that should be started now."""
        parameters = {"now": now, "limit": limit}
        return await self._lookups.run(
            lambda c: [row[0] for row in c.execute(reading.SQL["due"], parameters)]
        )

    async def find_scheduled(self, now: str) -> list[str]:
        """Oids of the tasks with a schedule that are to be started later than now."""
        return await self._lookups.run(partial(_oids, name="scheduled", parameters={"now": now}))

    async def next_due(self) -> str | None:
        """When the next task is due."""

        def unit(connection: sqlite3.Connection) -> str | None:
            found: str | None = connection.execute(reading.SQL["next_due"]).fetchone()[0]
            return found

        return await self._lookups.run(unit)

    async def find_expired(self, now: str) -> list[str]:
        """Oids of closed tasks that have been kept long enough."""
        return await self._lookups.run(partial(_oids, name="expired", parameters={"now": now}))

    async def find_ready_to_unpause(self, closed: str | None) -> list[str]:
        """Oids of waiting tasks whose prerequisites are all closed."""
        parameters = {"closed": closed}
        return await self._lookups.run(partial(_oids, name="released", parameters=parameters))

    async def claim(
        self,
        oid: str,
        decide: Callable[[StoredObject], TaskState | None],
        postpone: Callable[[StoredObject], TaskState],
        at_once: Callable[[Claim], tuple[Slice, RunCompletion] | None],
        now: str,
    ) -> Claim | None:
        """Begin or continue the task's run under a new lease."""
        facts = {"identifier": random_uuid(), "now": now}
        unit = partial(
            running.claim,
            oid=oid,
            decide=decide,
            postpone=postpone,
            at_once=at_once,
            facts=facts,
        )
        return await self._write([oid], unit)

    async def reload_run(self, claim: Claim) -> Run | None:
        """The run with its buckets as they stand."""
        return await self._writer.run(partial(running.reload_run, claimed=claim))

    async def retries(self, claim: Claim, activity: str) -> list[ItemRetry]:
        """Items of an activity that are to be tried again."""
        parameters = {"run": claim.run.id, "activity": activity}
        return await self._lookups.run(
            lambda c: [
                ItemRetry(**dict(row)) for row in c.execute(reading.SQL["retries"], parameters)
            ]
        )

    async def commit(
        self,
        claim: Claim,
        done: Slice,
        operate: Callable[[StoredObject, Operation], TaskState | None],
        ending: RunCompletion | None = None,
    ) -> CommitResult | None:
        """Make a slice true, and end the run with it if there is an ending."""
        unit = partial(
            running.commit,
            claimed=claim,
            done=done,
            operate=operate,
            ending=ending,
            now=self._now(),
        )
        return await self._write((claim.task.oid, *done.touched), unit)

    async def end_run(self, claim: Claim, ending: RunCompletion) -> CompletedRun | None:
        """Close this stretch of the run."""
        unit = partial(running.end_run, claimed=claim, ending=ending)
        left = await self._write([claim.task.oid], unit)
        if left is not None:
            self._announce([task.oid for task, _ in left.tied])
        return left

    async def find_interrupted(self) -> list[str]:
        """Oids of the tasks that were running when the file was last closed or lost."""
        return await self._lookups.run(
            lambda c: [row[0] for row in c.execute(reading.SQL["interrupted"])]
        )

    async def task_counts(self) -> list[TaskCount]:
        """How many tasks there are, by state and result."""
        return await self._searches.free().run(watching.task_counts)

    async def failures(self, wanted: FailureSearch) -> list[Failure]:
        """Failed items and runs, newest first."""
        return await self._searches.free().run(partial(watching.failures, wanted=wanted))

    async def account(self, key: str) -> Account | None:
        """The account of that name or oid, or None."""
        found = await self._look_up(partial(reading.accounts, key=key, now=self._now()))
        return found[0] if found else None

    async def accounts(self) -> list[Account]:
        """All accounts."""
        return await self._lookups.run(partial(reading.accounts, key=None, now=self._now()))

    async def set_account(self, oid: str, password: str, groups: Sequence[str]) -> None:
        """Let the object's owner log in."""
        unit = partial(writing.set_account, oid=oid, password=password, groups=groups)
        await self._write([oid], unit)

    async def client(self, client_id: str) -> Client | None:
        """The client of that id, or None."""
        found = await self._lookups.run(partial(clients.clients, client_id=client_id))
        return found[0] if found else None

    async def clients(self) -> list[Client]:
        """All clients."""
        return await self._lookups.run(partial(clients.clients, client_id=None))

    async def add_client(self, client: Client) -> None:
        """Let a program log in."""
        await self._write([client.id], partial(clients.add_client, client=client))

    async def enable_client(self, client_id: str, *, enabled: bool) -> None:
        """Let it in, or no more."""
        unit = partial(clients.enable_client, client_id=client_id, enabled=enabled)
        await self._write([client_id], unit)

    async def set_client_secret(self, client_id: str, secret: str) -> None:
        """Give it another secret."""
        unit = partial(clients.set_client_secret, client_id=client_id, secret=secret)
        await self._write([client_id], unit)

    async def delete_client(self, client_id: str) -> None:
        """Forget it."""
        await self._write([client_id], partial(clients.delete_client, client_id=client_id))

    async def keep_setting(self, name: str, value: str) -> str:
        """What is kept, sealed, under the name; `value` from now on if nothing was."""
        return await self._writer.run(partial(clients.keep_setting, name=name, value=value))

    def _now(self) -> str:
        return write_instant(self._clock.now())


def _oids(
    connection: sqlite3.Connection, name: str, parameters: dict[str, str | None]
) -> list[str]:
    return [row[0] for row in connection.execute(reading.SQL[name], parameters)]


def _exclusive(path: Path) -> TextIO:
    """Hold the lock file until it is closed or the process ends, however it ends."""
    handle = open_private(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise Unavailable(
            f"Another taskgate serves {path.name.removesuffix('.lock')}; "
            "stop it or choose another TASKGATE_DATABASE_URL."
        ) from error
    return handle

"""Jobs in the embedded store; see `gateway.store.job_base` for what each method promises."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

import orjson

from gateway.errors import NotFound, TaskgateError
from gateway.store.job_base import ItemMetric, JobMetric
from gateway.store.sqlite import jobs
from gateway.store.sqlite.group_commit import BatchHandler
from gateway.store.sqlite.writing import existing, write_state

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Sequence

    from gateway.model.job import ItemClaim, Job, JobMove, WorkItem
    from gateway.store.search import Found, Search
    from gateway.store.sqlite.group_commit import GroupCommitConnection
    from gateway.store.sqlite.search_lanes import SearchLanes

    class LookUp(Protocol):
        """Reads so many objects."""

        async def __call__(self, unit: Callable[[sqlite3.Connection], T], count: int = 1) -> T:
            """What the unit finds."""
            ...


T = TypeVar("T")


class SqliteJobs:
    """Shares the connections of a `SqliteStore`."""

    def __init__(
        self,
        writer: GroupCommitConnection,
        look_up: LookUp,
        searches: SearchLanes,
        announce: Callable[[Collection[str]], None],
    ) -> None:
        self._writer = writer
        self._look_up = look_up
        self._searches = searches
        self._announce = announce

    async def jobs(self, ids: Sequence[str]) -> dict[str, Job]:
        """Those of the jobs that exist, by id."""
        return await self._look_up(partial(jobs.by_id, ids=ids), len(ids))

    async def below(self, job_id: str) -> int:
        """How many tasks there are below that of the job, on all levels."""
        return await self._count("below", id=job_id)

    async def open_jobs(self, user: str, limit: int) -> int:
        """How many jobs that a user has started are not over."""
        return await self._count("open_jobs", user=user, limit=limit)

    async def _count(self, name: str, **facts: object) -> int:
        def unit(connection: sqlite3.Connection) -> int:
            found: int = connection.execute(jobs.SQL[name], facts).fetchone()[0]
            return found

        return await self._searches.free().run(unit)

    async def of_task(self, oid: str) -> Job | None:
        """The job of a task, if it has one."""
        return await self._look_up(partial(jobs.of_task, oid=oid), 1)

    async def items(self, ids: Sequence[str]) -> dict[str, WorkItem]:
        """Those of the items that exist, by id."""
        return await self._look_up(partial(jobs.items_by_id, ids=ids), len(ids))

    async def search(self, search: Search) -> Found:
        """Ids of matching jobs or items, and their number."""
        return await self._searches.find(search)

    async def move(self, job_id: str, decide: Callable[[Job], JobMove | None]) -> Job:
        """Move a job on as `decide` says."""
        job, limited = await self._writer.run(partial(_move, job_id=job_id, decide=decide))
        self._announce([job.task, *limited])
        return job

    async def claim(self, item_id: str, decide: Callable[[WorkItem], ItemClaim | None]) -> WorkItem:
        """Change who works on an item."""
        unit = partial(_claim, item_id=item_id, decide=decide)
        item = await self._writer.run(unit, BatchHandler(_claims, unit))
        self._announce([item.task])
        return item

    async def find_jobs_to_wake(
        self, *, closed: str | None = None, waiting: str | None = None
    ) -> list[str]:
        """Oids of tasks whose jobs do not run although what they wait for is over."""
        facts = {"closed": closed, "waiting": waiting}
        return await self._look_up(
            lambda c: [row[0] for row in c.execute(jobs.SQL["answered"], facts)]
        )

    async def counts(self) -> dict[str, int]:
        """How many jobs there are, by status."""
        return await self._searches.free().run(
            lambda c: {row[0]: row[1] for row in c.execute(jobs.SQL["job_counts"])}
        )

    async def job_metrics(self, groups: Collection[str] | None = None) -> list[JobMetric]:
        """How jobs have ended, by workflow."""
        facts = _for_groups(groups)
        names = JobMetric.__slots__
        return await self._searches.free().run(
            lambda c: [
                JobMetric(**dict(zip(names, row, strict=True)))
                for row in c.execute(jobs.SQL["job_metrics"], facts)
            ]
        )

    async def item_metrics(self, groups: Collection[str] | None = None) -> list[ItemMetric]:
        """How items have ended, by step."""
        facts = _for_groups(groups)
        names = ItemMetric.__slots__
        return await self._searches.free().run(
            lambda c: [
                ItemMetric(**dict(zip(names, row, strict=True)))
                for row in c.execute(jobs.SQL["item_metrics"], facts)
            ]
        )


def _for_groups(groups: Collection[str] | None) -> dict[str, str | None]:
    return {"groups": None if groups is None else orjson.dumps(sorted(groups)).decode()}


def _move(
    connection: sqlite3.Connection, job_id: str, decide: Callable[[Job], JobMove | None]
) -> tuple[Job, list[str]]:
    """The job as it was, and the oids of the tasks that others see from now on."""
    before = jobs.existing(connection, job_id)
    move = decide(before)
    if move is None:
        return before, []
    limited = jobs.write_move(connection, move)
    if move.state is not None and move.state != before.state:
        task = existing(connection, before.task, is_whole=False)
        write_state(connection, task, move.state, move.now)
    return before, limited


def _claims(
    connection: sqlite3.Connection, units: list[Callable[[sqlite3.Connection], WorkItem]]
) -> list[WorkItem | TaskgateError]:
    """Many claims at once: one that is refused has written nothing, so the others stand."""
    return [_outcome(connection, unit) for unit in units]


def _outcome(
    connection: sqlite3.Connection, unit: Callable[[sqlite3.Connection], WorkItem]
) -> WorkItem | TaskgateError:
    try:
        return unit(connection)
    except TaskgateError as error:
        return error


def _claim(
    connection: sqlite3.Connection,
    item_id: str,
    decide: Callable[[WorkItem], ItemClaim | None],
) -> WorkItem:
    before = jobs.items_by_id(connection, [item_id]).get(item_id)
    if before is None:
        raise NotFound("Task not found")
    claim = decide(before)
    if claim is None:
        return before
    return jobs.write_claim(connection, before, claim)

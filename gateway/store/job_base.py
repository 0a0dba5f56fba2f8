"""What a store promises of jobs and their items; see `gateway.store.base` for how it promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from gateway.model.job import ItemClaim, Job, JobMove, WorkItem
    from gateway.store.search import Found, Search


@dataclass(frozen=True, kw_only=True, slots=True)
class JobMetric:
    """How the jobs of one workflow have ended."""

    name: str
    jobs: int
    complete: int
    failed: int
    canceled: int
    #: Milliseconds that complete jobs took, all together.
    run_time: float
    first_start: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemMetric:
    """How the items of one step of a workflow have ended."""

    name: str
    workflow: str
    step: str
    kind: str
    app: str
    items: int
    complete: int
    failed: int
    #: Milliseconds that ended items took, all together.
    run_time: float
    first_start: str


class JobStore(Protocol):
    """Where jobs live; their tasks live in the `Store`."""

    async def jobs(self, ids: Sequence[str]) -> dict[str, Job]:
        """Those of the jobs that exist, by id."""
        ...

    async def below(self, job_id: str) -> int:
        """How many tasks there are below that of the job, on all levels."""
        ...

    async def open_jobs(self, user: str, limit: int) -> int:
        """How many jobs that a user (oid) has started are not over; `limit` if there are more."""
        ...

    async def of_task(self, oid: str) -> Job | None:
        """The job of a task, if it has one."""
        ...

    async def items(self, ids: Sequence[str]) -> dict[str, WorkItem]:
        """Those of the items that exist, by id."""
        ...

    async def search(self, search: Search) -> Found:
        """Ids of matching jobs (`JobType`) or items (`WorkItemType`), and their number."""
        ...

    async def move(self, job_id: str, decide: Callable[[Job], JobMove | None]) -> Job:
        """Move a job on as `decide` says; the job as it was. `NotFound` if there is none."""
        ...

    async def claim(self, item_id: str, decide: Callable[[WorkItem], ItemClaim | None]) -> WorkItem:
        """Change who works on an item; the item as it is then. `NotFound` if there is none."""
        ...

    async def find_jobs_to_wake(
        self, *, closed: str | None = None, waiting: str | None = None
    ) -> list[str]:
        """Oids of tasks whose jobs do not run although what they wait for is over.

        Only those that wait for the task `closed`, or only the task `waiting`.
        """
        ...

    async def counts(self) -> dict[str, int]:
        """How many jobs there are, by status."""
        ...

    async def job_metrics(self, groups: Collection[str] | None = None) -> list[JobMetric]:
        """How jobs have ended, by workflow: those for everybody or one of the groups; None: all."""
        ...

    async def item_metrics(self, groups: Collection[str] | None = None) -> list[ItemMetric]:
        """How items have ended, by step; see `job_metrics`."""
        ...

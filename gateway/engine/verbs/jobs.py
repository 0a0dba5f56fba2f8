"""The verbs of jobs: what a caller may ask for, each one durable change. Knows no HTTP, no vendor."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from gateway.clock import write_instant
from gateway.engine.rights.groups import check_sees, groups_of, sees
from gateway.engine.rights.permissions import require
from gateway.engine.rights.sight import sight_of
from gateway.engine.workflow import access
from gateway.engine.workflow.budget import Scale
from gateway.engine.workflow.marks import Finish, Now
from gateway.engine.workflow.openness import fill_inputs
from gateway.engine.workflow.walk import Course
from gateway.engine.workflow.work_items import items_of
from gateway.errors import Conflict, NotAllowed, NotFound, WrongState
from gateway.model import lifecycle
from gateway.model.channels import REST
from gateway.model.documents import StoredObject
from gateway.model.job import (
    CANCELED,
    COMPLETE,
    ERRONEOUS,
    EVERYBODY,
    PAUSED,
    RUNNING,
    JobMove,
)
from gateway.model.principal import Author, Principal, Right
from gateway.model.random_ids import random_uuid
from gateway.model.task import Operation
from gateway.model.task_document import TASK_TYPE
from gateway.query import restrict_filter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gateway.clock import Clock
    from gateway.engine.running.scheduler import Scheduler
    from gateway.engine.tasks.events import Events
    from gateway.engine.verbs.allowances import Allowances
    from gateway.engine.verbs.engine import Engine
    from gateway.engine.workflow.factory import StartRequest, TaskFactory
    from gateway.model.job import Child, Job, WorkItem
    from gateway.model.task import TaskState
    from gateway.store.base import Store
    from gateway.store.job_base import ItemMetric, JobMetric
    from gateway.store.search import Found, Search

#: Statuses of jobs that are over.
OVER = frozenset({COMPLETE, CANCELED})


class Jobs:
    """One method a verb; every one checks who asks."""

    def __init__(
        self,
        engine: Engine,
        scheduler: Scheduler,
        starter: TaskFactory,
        *,
        store: Store,
        events: Events,
        clock: Clock,
        allowances: Allowances,
    ) -> None:
        self._allowances = allowances
        self._store = store
        self._engine = engine
        self._scheduler = scheduler
        self._starter = starter
        self._events = events
        self._clock = clock

    def _now(self) -> str:
        return write_instant(self._clock.now())

    # ---- to see -----------------------------------------------------------------------------------

    async def job(self, job_id: str, principal: Principal) -> Job:
        """The job, if the caller's groups let them see it; else `NotFound`."""
        require(principal, Right.READ, TASK_TYPE)
        return await self._find_visible(job_id, principal)

    async def _find_visible(self, job_id: str, principal: Principal) -> Job:
        found = (await self._store.jobs.jobs([job_id])).get(job_id)
        if found is None or not sees(principal, found.groups):
            raise NotFound("Job not found")
        return found

    async def item(self, item_id: str, principal: Principal) -> WorkItem:
        """The item, if the caller's groups let them see it; else `NotFound`."""
        require(principal, Right.READ, TASK_TYPE)
        found = (await self._store.jobs.items([item_id])).get(item_id)
        if found is None or not sees(principal, found.groups):
            raise NotFound("Task not found")
        return found

    async def search(self, search: Search, principal: Principal) -> Found:
        """Ids of the matching jobs or items among those that the caller's groups let them see."""
        require(principal, Right.SEARCH, TASK_TYPE)
        require(principal, Right.READ, TASK_TYPE)
        sight = sight_of(principal)
        within = restrict_filter(search.filter, search.type, sight)
        return await self._store.jobs.search(replace(search, filter=within, sight=sight))

    async def jobs(self, ids: Sequence[str], principal: Principal) -> list[Job]:
        """Those of the jobs that the caller may see, in order."""
        require(principal, Right.READ, TASK_TYPE)
        found = await self._store.jobs.jobs(ids)
        jobs = (found[each] for each in ids if each in found)
        return [each for each in jobs if sees(principal, each.groups)]

    async def items(self, ids: Sequence[str], principal: Principal) -> list[WorkItem]:
        """Those of the items that the caller may see, in order."""
        require(principal, Right.READ, TASK_TYPE)
        found = await self._store.jobs.items(ids)
        items = (found[each] for each in ids if each in found)
        return [each for each in items if sees(principal, each.groups)]

    async def job_metrics(self, principal: Principal) -> list[JobMetric]:
        """How the jobs that the caller may see have ended, by workflow."""
        require(principal, Right.SEARCH, TASK_TYPE)
        return await self._store.jobs.job_metrics(groups_of(principal))

    async def item_metrics(self, principal: Principal) -> list[ItemMetric]:
        """How the items that the caller may see have ended, by step."""
        require(principal, Right.SEARCH, TASK_TYPE)
        return await self._store.jobs.item_metrics(groups_of(principal))

    # ---- to start and to work on ------------------------------------------------------------------

    async def start(self, order: StartRequest, principal: Principal) -> Job:
        """A new job, which walks at once; `NotFound` without such a workflow."""
        require(principal, Right.WORK)
        if await self._store.account(principal.oid) is None:
            raise NotAllowed("Only who stands for a user may start a job; it runs in their name.")
        workflow = await self._starter.workflow(order.workflow, partial(sees, principal))
        await self._allowances.take_job(principal)
        author = Author(principal=principal, channel=REST)
        new = await self._starter.job(order, workflow, author)
        await self._store.add(new)
        if new.state is not None:
            self._events.report_change(new, None, new.state, self._now())
            self._scheduler.nudge(new.state.next_start)
        if new.job is None:
            raise TypeError("A started workflow has no job.")  # pragma: no cover
        return new.job

    async def claim(self, item_id: str, principal: Principal) -> WorkItem:
        """The caller works on the item from now on."""
        require(principal, Right.WORK)
        decide = partial(access.decide_claim, principal=principal, now=self._now())
        return await self._store.jobs.claim(item_id, decide)

    async def release(self, item_id: str, principal: Principal) -> WorkItem:
        """Nobody works on the item any more."""
        require(principal, Right.WORK)
        decide = partial(access.decide_release, principal=principal, now=self._now())
        return await self._store.jobs.claim(item_id, decide)

    async def assign(self, item_id: str, owner: Principal, principal: Principal) -> WorkItem:
        """Somebody else works on the item; `InvalidRequest` if its groups forbid that."""
        require(principal, Right.WORK)
        decide = partial(
            access.decide_assignment, principal=principal, owner=owner, now=self._now()
        )
        return await self._store.jobs.claim(item_id, decide)

    async def finish(
        self, job_id: str, key: str, state: str, variables: Mapping[str, Any], principal: Principal
    ) -> Job:
        """End a manual step; what follows from it is done at once or by the engine."""

        def change(job: Job, course: Course) -> None:
            access.check_finish(job, key, principal)
            if variables and principal.oid != job.user:
                course.note_hand(principal.oid)
            course.finish(key, Finish(state=state, outputs=dict(variables), user=principal.oid))

        return await self._move(job_id, principal, change)

    # ---- to go back and on ------------------------------------------------------------------------

    async def revert(self, job_id: str, source: str, target: str, principal: Principal) -> Job:
        """Do a step that is complete once more, and all that comes after it."""

        def change(job: Job, course: Course) -> None:
            _check_steps(job, source, target)
            if not course.state(target).is_settled:
                raise Conflict(f"The task '{target}' is not complete, so it is not reverted to.")
            course.go_back(target)

        return await self._move(job_id, principal, change)

    async def go_on(self, job_id: str, source: str, principal: Principal) -> Job:
        """Let a job that has stopped go on from a step."""

        def change(job: Job, course: Course) -> None:
            _check_steps(job, source)
            if job.status not in (ERRONEOUS, PAUSED):
                raise Conflict(f"The job is {job.status}; only one that has stopped is continued.")
            course.go_back(source)

        return await self._move(job_id, principal, change, resumes=True)

    async def retry(
        self, job_id: str, key: str, variables: Mapping[str, Any], principal: Principal
    ) -> Job:
        """Do a step that has failed once more; `variables` fill inputs that the workflow leaves open."""

        def change(job: Job, course: Course) -> None:
            _check_steps(job, key)
            if course.state(key).status != ERRONEOUS:
                raise Conflict(f"The task '{key}' has not failed, so it is not tried again.")
            given = fill_inputs(
                job.graph, job.graph.steps[key], course.state(key).inputs, variables
            )
            if given and principal.oid != job.user:
                course.note_hand(principal.oid)
            course.go_back(key, given or None)

        return await self._move(job_id, principal, change)

    async def _move(
        self,
        job_id: str,
        principal: Principal,
        change: Callable[[Job, Course], None],
        *,
        resumes: bool = False,
    ) -> Job:
        """Move the walk, and let the task go on with it, in one transaction."""
        require(principal, Right.WORK)
        now = self._now()
        after: list[TaskState] = []

        def decide(job: Job) -> JobMove:
            check_sees(principal, job.groups, "Job")
            if job.status in OVER:
                raise Conflict(f"The job is {job.status}.")
            course = Course(job.graph, job.walk, Now(now=now, new_id=random_uuid))
            change(job, course)
            Scale(self._starter.budget.limits.size).check(course.walk)
            after[:] = [_wake(job, now, resumes=resumes)]
            opened, ended = items_of(job, course, now)
            return JobMove(
                before=job,
                walk=course.walk,
                now=now,
                opened=opened,
                ended=ended,
                state=after[0],
            )

        before = await self._store.jobs.move(job_id, decide)
        self._tell(before, after[0], now)
        return await self._find_visible(job_id, principal)

    def _tell(self, job: Job, after: TaskState, now: str) -> None:
        self._events.report_change(_task(job), job.state, after, now)
        self._scheduler.nudge(after.next_start)

    # ---- many at once -----------------------------------------------------------------------------

    async def pause(self, job_id: str, principal: Principal) -> None:
        """No step starts any more; `Conflict` if the job is over."""
        job = await self._find_steerable(job_id, principal)
        if job.status != RUNNING:
            raise WrongState(f"The job is {job.status}; only a running job is paused.")
        await self._engine.steering.operate(job.task, Operation.SUSPEND)

    async def resume(self, job_id: str, principal: Principal) -> None:
        """Let a job go on that is paused, or has ended in an error."""
        job = await self._find_steerable(job_id, principal)
        if job.status not in (PAUSED, ERRONEOUS):
            raise WrongState(f"The job is {job.status}; only one that has stopped is resumed.")
        await self._engine.steering.operate(job.task, Operation.RESUME)

    async def cancel(self, job_id: str, principal: Principal) -> None:
        """End the job and what its steps have started, for good."""
        job = await self._find_steerable(job_id, principal)
        if job.status in OVER:
            raise WrongState(f"The job is {job.status} already.")
        await self._engine.steering.cancel(job.task)
        left = [job_id]
        while left:
            for child in await self._children(left.pop()):
                # Who ended before us may have started more all the same.
                with suppress(WrongState, NotFound):
                    await self._engine.steering.cancel(child.task)
                if child.job is not None:
                    left.append(child.job)

    async def _children(self, job_id: str) -> list[Child]:
        """What a job that is over has started and is not over; nothing comes to it any more."""
        job = (await self._store.jobs.jobs([job_id])).get(job_id)
        steps = () if job is None else job.walk.steps.values()
        return [child for state in steps for child in state.children if not child.is_over]

    async def _find_steerable(self, job_id: str, principal: Principal) -> Job:
        require(principal, Right.WORK)
        return await self._find_visible(job_id, principal)

    async def delete(self, job_id: str, principal: Principal) -> None:
        """Delete a job that is over, with all below it; `Conflict` for any other."""
        job = await self._find_steerable(job_id, principal)
        if job.status not in OVER:
            raise Conflict(f"The job is {job.status}; only jobs that are over are deleted.")
        if len(job.lineage.ancestors) > 1:
            raise Conflict("The job is a child of another; delete that one.")
        await self._engine.delete(job.task, "TaskType", principal, right=Right.WORK)

    # ---- who sees and watches ---------------------------------------------------------------------

    async def set_groups(
        self,
        job_id: str,
        change: Callable[[tuple[str, ...]], Sequence[str]],
        principal: Principal,
    ) -> Job:
        """Limit a job to other groups, and what its steps have started; none means everybody."""
        job = await self._note(job_id, principal, groups=change)
        after = await self._store.jobs.jobs([job_id])
        if job_id in after:
            groups = frozenset(after[job_id].groups) - {EVERYBODY}
            self._events.limit(_tasks_of(after[job_id]), groups)
        return job

    async def set_watchers(
        self,
        job_id: str,
        change: Callable[[tuple[str, ...]], Sequence[str]],
        principal: Principal,
    ) -> Job:
        """Change who watches a job (oids)."""
        return await self._note(job_id, principal, watchers=change)

    async def _note(
        self,
        job_id: str,
        principal: Principal,
        *,
        groups: Callable[[tuple[str, ...]], Sequence[str]] | None = None,
        watchers: Callable[[tuple[str, ...]], Sequence[str]] | None = None,
    ) -> Job:
        require(principal, Right.WORK)

        def decide(job: Job) -> JobMove:
            check_sees(principal, job.groups, "Job")
            return JobMove(
                before=job,
                walk=job.walk,
                now=self._now(),
                groups=None if groups is None else tuple(groups(job.groups)),
                watchers=None if watchers is None else tuple(watchers(job.watchers)),
            )

        return await self._store.jobs.move(job_id, decide)


def _check_steps(job: Job, *keys: str) -> None:
    for key in keys:
        if key not in job.graph.steps:
            raise NotFound(f"The job has no task '{key[:40]}'.")


def _tasks_of(job: Job) -> Iterator[str]:
    """Oids of the job's task and of what its steps have started, but for jobs."""
    yield job.task
    for state in job.walk.steps.values():
        yield from (child.task for child in state.children if child.job is None)


def _task(job: Job) -> StoredObject:
    """As much of the job's task as states and events need."""
    items: dict[str, Any] = {"name": job.name, "activity": {"work": {"workflow": {}}}}
    return StoredObject(oid=job.task, type="TaskType", version=0, items=items, state=job.state)


def _wake(job: Job, now: str, *, resumes: bool) -> TaskState:
    """The task's state when there is something to do: one that is paused stays so."""
    task = _task(job)
    if job.status == ERRONEOUS or resumes:
        return lifecycle.operate(task, Operation.RESUME, now)[1]
    return lifecycle.wake_job(task, now)

"""Does the automatic steps of a job inside a run of its task, as far as they go.

One slice makes a stretch of steps true together with the walk behind them, the tasks they start and,
if the walk comes to rest, the end of the run. Whoever moves the job meanwhile makes the slice come
to nothing; then the stretch is done again from where the job stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from gateway.clock import parse_instant, write_instant
from gateway.engine.rights.groups import sees
from gateway.engine.workflow.budget import Scale
from gateway.engine.workflow.builtins import BUILTINS, StepFailed
from gateway.engine.workflow.children import activity_finish, is_closed, is_over, job_result
from gateway.engine.workflow.factory import StartRequest
from gateway.engine.workflow.marks import Finish, Now, WalkStatus
from gateway.engine.workflow.openness import is_fixed
from gateway.engine.workflow.redaction import make_redactor
from gateway.engine.workflow.references import parse_reference
from gateway.engine.workflow.step_inputs import (
    check_secrets,
    collect_child_variables,
    make_situation,
    read_list,
)
from gateway.engine.workflow.validation import ACTIVITIES_APP, CHILD, EACH
from gateway.engine.workflow.walk import Course
from gateway.engine.workflow.work_items import items_of
from gateway.errors import Conflict, InvalidRequest, NotFound, TooLarge
from gateway.model import lifecycle
from gateway.model.effects import Add
from gateway.model.job import Child, JobMove, Lineage, Origin
from gateway.model.lifecycle import RunResult
from gateway.model.random_ids import random_uuid
from gateway.model.slices import Slice
from gateway.model.workflow import ERROR, FAILURE, SUCCESS
from gateway.store.base import RunCompletion

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from gateway.engine.running.context import Moves, Tools
    from gateway.engine.workflow.budget import Children
    from gateway.model.documents import StoredObject
    from gateway.model.effects import Effect, NewObject
    from gateway.model.job import Job, StepState
    from gateway.model.principal import Author
    from gateway.model.workflow import Step
    from gateway.store.base import Claim, CommitResult

#: Steps of one slice; more wait for the next, so that others get their turn.
STRETCH = 50
#: What ends a step in an error.
FAILURES = (StepFailed, InvalidRequest, NotFound, TooLarge)
#: Children that one step may start.
MAX_CHILDREN = 1_000


@dataclass(slots=True)
class WalkTurn:
    """What is done in one go."""

    job: Job
    course: Course
    scale: Scale
    #: Tasks that steps have started.
    begun: list[NewObject] = field(default_factory=list)
    rest: WalkStatus = WalkStatus.MORE


class JobRun:
    """Walks one job under one claim."""

    def __init__(self, tools: Tools, claim: Claim, path: str, author: Author) -> None:
        self._tools = tools
        self._claim = claim
        self._path = path
        self._author = author
        self._budget = tools.starter.budget
        self._limits = self._budget.limits
        self._children: Children

    async def take(self, position: int, *, is_counted: bool) -> tuple[Slice, CommitResult | None]:
        """Do and commit a stretch; None: the lease is lost.

        Args:
            position: how many ends of steps are counted already.
            is_counted: whether it is known how many steps there are.
        """
        while True:
            job = await self._job()
            with self._budget.session(job.lineage.ancestors[0]) as self._children:
                stretch = await self._stretch(job)
                done = self._slice(stretch, position, is_counted=is_counted)
                moves: Moves = {}
                operate = partial(self._tools.operate, moves)
                ending = self._ending(stretch)
                try:
                    committed = await self._tools.store.commit(self._claim, done, operate, ending)
                except Conflict:
                    continue  # a person or another step was quicker
                if committed is not None:
                    self._children.keep()
                    self._tools.committed(self._claim, done, moves)
                    for new in stretch.begun:
                        self._tools.started(new)
                return done, committed

    async def _job(self) -> Job:
        found = await self._tools.store.jobs.of_task(self._claim.task.oid)
        if found is None:
            raise NotFound("The job of this task is gone.")
        return found

    # ---- a stretch --------------------------------------------------------------------------------

    async def _stretch(self, job: Job) -> WalkTurn:
        moment = Now(now=self._now(), new_id=random_uuid)
        course = Course(job.graph, job.walk, moment)
        stretch = WalkTurn(job=job, course=course, scale=Scale(self._limits.size))
        course.try_again()
        course.pass_time()
        await self._settle_children(stretch)
        for _ in range(STRETCH):
            step = next(course.startable(), None)
            if step is None:
                break
            if course.ends >= self._limits.items:
                course.halt(
                    f"The job has done {course.ends} steps; TASKGATE_MAX_JOB_ITEMS is the limit."
                )
                break
            await self._do(stretch, step)
        stretch.rest = course.rest()
        return stretch

    async def _do(self, stretch: WalkTurn, step: Step) -> None:
        """Begin a step; one that needs nobody else ends at once."""
        course = stretch.course
        state = course.start(step.key)
        try:
            self._check_size(stretch, step.key)
            if step.is_manual:
                return
            if step.app == ACTIVITIES_APP:
                await self._begin_activity(stretch, step, state)
            elif step.name == CHILD:
                await self._begin_jobs(stretch, step, state)
            elif step.name == EACH:
                course.begin_rounds(step.key, read_list(state, "data_array"))
            else:
                self._builtin(stretch, step, state)
        except FAILURES as error:
            course.finish(step.key, Finish(state=ERROR, message=str(error)))

    def _check_size(self, stretch: WalkTurn, key: str) -> None:
        try:
            stretch.scale.check(stretch.course.walk)
        except TooLarge:
            stretch.course.forget_inputs(key)
            raise

    def _builtin(self, stretch: WalkTurn, step: Step, state: StepState) -> None:
        course = stretch.course
        situation = make_situation(course, step.key, self._limits.size)
        done = BUILTINS[step.name].work(state.inputs, situation)
        stretch.scale.check(course.walk, *done.finish.outputs.values())
        if done.delay:
            due = write_instant(parse_instant(self._now()) + done.delay)
            course.change(step.key, due=due, outputs=dict(done.finish.outputs))
            return
        if done.variables is not None:
            course.set_variables(done.variables)
        course.finish(step.key, done.finish)

    # ---- what steps start -------------------------------------------------------------------------

    async def _begin_activity(self, stretch: WalkTurn, step: Step, state: StepState) -> None:
        if make_redactor(stretch.job.graph, stretch.course.variables).is_needed(dict(state.inputs)):
            raise StepFailed("A parameter holds a secret of the job, which could be read there.")
        # Left out, some parameters mean everything.
        empty = [
            n for n, v in state.inputs.items() if v is None and parse_reference(step.inputs.get(n))
        ]
        if empty:
            raise StepFailed(f"What '{empty[0]}' refers to has no value.")
        await self._children.take()
        new = await self._tools.starter.activity(
            step.name,
            dict(state.inputs),
            self._author,
            title=f"{stretch.job.name}: {step.key}",
            above=stretch.job,
            parent=self._identifier,
            origin=Origin(
                writers=stretch.job.writers,
                is_fixed=is_fixed(step, state.inputs),
                hands=stretch.course.walk.hands,
            ),
        )
        stretch.begun.append(new)
        child = Child(task=new.oid, name=step.name)
        stretch.course.change(step.key, children=(child,))

    @property
    def _identifier(self) -> str:
        state = lifecycle.state_of(self._claim.task)
        return state.identifier

    async def _begin_jobs(self, stretch: WalkTurn, step: Step, state: StepState) -> None:
        """One child, or one for each element: all at once, or one after the other."""
        if state.inputs.get("transformation"):
            raise StepFailed("A child job's inputs are not transformed here; leave that out.")
        values = read_list(state, "data_array") if state.inputs.get("data_array") else (None,)
        if len(values) > MAX_CHILDREN:
            raise StepFailed(f"A step starts at most {MAX_CHILDREN} child jobs.")
        stretch.course.begin_children(step.key, values)
        is_parallel = state.inputs.get("loopType") == "parallel"
        for index in range(len(values) if is_parallel else 1):
            await self._begin_job(stretch, step.key, index)

    async def _begin_job(self, stretch: WalkTurn, key: str, index: int) -> None:
        course = stretch.course
        state = course.state(key)
        rounds = state.rounds
        value = rounds.values[index] if rounds is not None else None
        order = StartRequest(
            workflow=str(state.inputs.get("workflow")),
            variables=collect_child_variables(course, key, value, self._limits.size),
            groups=stretch.job.groups,
            lineage=Lineage(
                ancestors=stretch.job.lineage.ancestors,
                step=key,
                iteration=len(state.items) - 1,
                element=index,
            ),
            parent=self._identifier,
            hands=course.walk.hands,
            writers=stretch.job.writers,
        )
        sees = await self._sees(stretch, key)
        await self._children.take(order.lineage)
        workflow = await self._tools.starter.workflow(order.workflow, sees)
        check_secrets(stretch.job, stretch.course, key, order.variables, workflow)
        new = await self._tools.starter.job(order, workflow, self._author)
        stretch.begun.append(new)
        job = new.job
        child = Child(
            task=new.oid, name=order.workflow, job=None if job is None else job.id, index=index
        )
        course.change(key, children=(*state.children, child))

    async def _sees(self, stretch: WalkTurn, key: str) -> Callable[[Collection[str]], bool]:
        """Whether a step may start what is limited to groups: as who has named it may."""
        owner, job = self._author.principal, stretch.job
        if parse_reference(job.graph.steps[key].inputs["workflow"]) is None:
            writer = await self._tools.somebody(job.writers[-1]) if job.writers else None
            named_by = [each for each in (owner, writer) if each is not None]
            return lambda groups: any(sees(each, groups) for each in named_by)
        hands = [await self._tools.somebody(each) for each in stretch.course.walk.hands]
        return lambda groups: all(
            sees(each, groups) if each is not None else not groups for each in (owner, *hands)
        )

    # ---- what has come of it ----------------------------------------------------------------------

    async def _settle_children(self, stretch: WalkTurn) -> None:
        awaited = stretch.job.walk.awaited
        if not awaited:
            return
        tasks = await self._tools.store.get_many(sorted(awaited))
        jobs = await self._child_jobs(stretch, tasks)
        for key in stretch.job.graph.steps:
            state = stretch.course.state(key)
            if state.is_active and any(not child.is_over for child in state.children):
                await self._settle(stretch, key, tasks, jobs)

    async def _child_jobs(
        self, stretch: WalkTurn, tasks: dict[str, StoredObject]
    ) -> dict[str, Job]:
        over = {oid for oid, task in tasks.items() if is_closed(task)}
        states = stretch.job.walk.steps.values()
        wanted = [c.job for s in states for c in s.children if c.job and c.task in over]
        return await self._tools.store.jobs.jobs(wanted) if wanted else {}

    async def _settle(
        self, stretch: WalkTurn, key: str, tasks: dict[str, StoredObject], jobs: dict[str, Job]
    ) -> None:
        """Note which children are over; the step ends with the last of them."""
        course = stretch.course
        state = course.state(key)
        children = tuple(
            child
            if child.is_over
            else replace(child, is_over=is_over(child, tasks.get(child.task)))
            for child in state.children
        )
        ended = [
            (child, was)
            for child, was in zip(children, state.children, strict=True)
            if child.is_over and not was.is_over
        ]
        course.change(key, children=children)
        step = stretch.job.graph.steps[key]
        if step.app == ACTIVITIES_APP:
            for child, _ in ended:
                course.finish(key, activity_finish(child, tasks.get(child.task)))
            return
        results = [job_result(child, jobs.get(child.job or "")) for child, _ in ended]
        try:
            stretch.scale.check(course.walk, *results)
        except TooLarge as error:
            course.change(key, rounds=None)
            course.finish(key, Finish(state=ERROR, message=error.message))
            return
        course.note_children(key, results)
        await self._go_on_with_children(stretch, key)

    async def _go_on_with_children(self, stretch: WalkTurn, key: str) -> None:
        course = stretch.course
        state = course.state(key)
        rounds = state.rounds
        if rounds is None or any(not child.is_over for child in state.children):
            return
        if len(state.children) < len(rounds.values):
            try:
                await self._begin_job(stretch, key, len(state.children))
            except FAILURES as error:
                course.finish(key, Finish(state=ERROR, message=str(error)))
            return
        is_bad = any(each["status"] != "complete" for each in rounds.results)
        results = list(rounds.results)
        details = results if state.inputs.get("data_array") else results[0]
        outputs = {"job_details": details}
        course.finish(key, Finish(state=FAILURE if is_bad else SUCCESS, outputs=outputs))

    # ---- the slice --------------------------------------------------------------------------------

    def _slice(self, stretch: WalkTurn, position: int, *, is_counted: bool) -> Slice:
        walk = stretch.course.walk
        now = self._now()
        opened, ended = items_of(stretch.job, stretch.course, now)
        move = JobMove(before=stretch.job, walk=walk, now=now, opened=opened, ended=ended)
        effects: tuple[Effect, ...] = (*(Add(new=new) for new in stretch.begun), move)
        count = walk.ends - position
        expected = None if is_counted else len(stretch.job.graph.steps)
        last = {"succeeded": {"name": stretch.job.name, "start": now, "end": now}}
        return Slice(
            run=self._claim.run.id,
            lease=self._claim.run.lease,
            activity=self._path,
            number=1,
            start=position,
            end=walk.ends,
            complete=stretch.rest is WalkStatus.COMPLETE,
            expected=expected,
            succeeded=count,
            last_items=last if count else {},
            effects=effects,
            touched=tuple(new.oid for new in stretch.begun),
        )

    def _ending(self, stretch: WalkTurn) -> RunCompletion | None:
        if stretch.rest is WalkStatus.MORE:
            return None
        if stretch.rest is WalkStatus.COMPLETE:
            return self._tools.ending(RunResult(status="success"), None)
        if stretch.rest is WalkStatus.STUCK:
            message = stretch.course.walk.faults[-1].message
            return self._tools.ending(
                RunResult(status="fatal_error", message=message, is_permanent=True), None
            )
        due = stretch.course.due
        decide = lifecycle.waits if due is None else partial(lifecycle.defer_run, until=due)
        return RunCompletion(
            decide=decide, status="in_progress", message=None, now=self._now(), is_complete=False
        )

    def _now(self) -> str:
        return write_instant(self._tools.clock.now())

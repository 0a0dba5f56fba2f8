"""One execution of one task: from the claim to the state that it leaves behind."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import orjson
import structlog

from gateway.clock import write_instant
from gateway.engine.running.bucket_runner import LeaseLost, RunCompleted
from gateway.engine.running.context import Tools
from gateway.engine.running.dispatcher import WorkerLost, WorkFailed
from gateway.engine.running.owners import Owners
from gateway.engine.running.runner import RunDeferred, Runner
from gateway.engine.running.steps import take_at_once
from gateway.engine.tasks.event_names import EventName
from gateway.errors import InvalidRequest, Unavailable
from gateway.model import lifecycle, task_document
from gateway.model.effects import Delete, NewObject, Notify
from gateway.model.lifecycle import RunResult
from gateway.model.task import Operation, SchedulingState
from gateway.store.base import RunCompletion

if TYPE_CHECKING:
    import random

    from gateway.clock import Clock
    from gateway.engine.rights.principals import Principals
    from gateway.engine.running.context import Moves
    from gateway.engine.running.dispatcher import Dispatcher
    from gateway.engine.tasks.events import Events
    from gateway.engine.tasks.plan import Planner
    from gateway.engine.tasks.steering import SchedulerSteering
    from gateway.engine.workflow.factory import TaskFactory
    from gateway.model.documents import StoredObject
    from gateway.model.slices import Slice
    from gateway.model.task import TaskState
    from gateway.store.base import Claim, CompletedRun, Store

log = structlog.get_logger(__name__)
#: Seconds until a task that found no place is tried again, if it does not say so itself.
RETRY_AFTER = 60.0
#: At most so many seconds more, so that those who wait do not come all at once.
SPREAD = 3.0

#: Tasks that are taken at the same time; more would make everybody else wait for the event loop.
STARTING = 32


class Executor:
    """Executes tasks; what they do to other tasks is told to `halt` and `settle`."""

    def __init__(
        self,
        store: Store,
        dispatcher: Dispatcher,
        events: Events,
        clock: Clock,
        definitions: Planner,
        chance: random.Random,
        *,
        principals: Principals,
        starter: TaskFactory,
        slice_size: int,
    ) -> None:
        self._store = store
        self._owners = Owners(store, principals)
        self._events = events
        self._clock = clock
        self._definitions = definitions
        self._chance = chance
        self._steering: SchedulerSteering
        self._starting = asyncio.Semaphore(STARTING)
        self._tools = Tools(
            store=store,
            dispatcher=dispatcher,
            clock=clock,
            slice_size=slice_size,
            operate=self._operate,
            committed=self._announce_slice,
            ending=self._ending,
            protected=self._owners.find_protected,
            somebody=self._owners.somebody,
            starter=starter,
            started=self._announce_start,
        )

    def attach(self, steering: SchedulerSteering) -> None:
        """Say who starts and stops other tasks when an item or an end asks for it."""
        self._steering = steering

    async def execute(self, oid: str) -> TaskState | None:
        """Run the task once; the state that it is left in, None if it was taken away."""
        try:
            async with self._starting:
                claim = await self._claim(oid)
            if claim is None:
                return None
            if claim.whole is not None:
                return await self._was_over(claim, *claim.whole)
            return await self._run(claim)
        except LeaseLost:
            log.info("run_stopped", task=oid)
            return None

    async def _claim(self, oid: str) -> Claim | None:
        now, zone = self._now(), self._definitions.zone
        seen: list[StoredObject] = []
        put_off: list[TaskState] = []

        def decide(task: StoredObject) -> TaskState | None:
            seen[:], put_off[:] = [task], []
            return lifecycle.start_run(task, now)

        def postpone(task: StoredObject) -> TaskState:
            pause = lifecycle.retry_after(task, RETRY_AFTER) + self._chance.uniform(0, SPREAD)
            put_off[:] = [lifecycle.postpone_start(task, now, pause, zone)]
            return put_off[0]

        claim = await self._store.claim(oid, decide, postpone, self._at_once, now)
        if claim is not None:
            run = claim.run
            self._events.report_change(
                claim.task,
                seen[0].state,
                claim.task.state,
                now,
                run=run.identifier,
                attempt=run.attempt,
            )
        elif put_off:
            self._events.report_change(seen[0], seen[0].state, put_off[0], now)
        return claim

    def _at_once(self, claim: Claim) -> tuple[Slice, RunCompletion] | None:
        """All that a new run does and its end, if that takes no time; called in the store's thread."""
        if not self._owners.is_able(claim.task):
            return None
        try:
            plan = self._definitions.plan(claim.task.items)
        except InvalidRequest:
            return None  # whoever runs it says what is wrong
        done = take_at_once(claim.run, plan, self._clock) if plan is not None else None
        if done is None:
            return None
        return done, self._ending(RunResult(status="success"), None)

    async def _was_over(self, claim: Claim, done: Slice, left: CompletedRun) -> TaskState:
        """Tell of a run that was over when it had begun."""
        self._announce_slice(claim, done, {})
        return await self._tell(claim, left)

    async def _run(self, claim: Claim) -> TaskState | None:
        try:
            ending = self._ending(*await self._verdict(claim))
        except RunCompleted as ended:
            return await self._tell(claim, ended.left)
        except RunDeferred as later:
            ending = self._deferral(later.until)
        left = await self._store.end_run(claim, ending)
        return None if left is None else await self._tell(claim, left)

    async def _verdict(self, claim: Claim) -> tuple[RunResult, str | None]:
        """What the run comes to and what its activities keep; raises how else it may end."""
        try:
            runner = await self._runner(claim)
            verdict = await runner.run()
        except (InvalidRequest, WorkFailed, WorkerLost) as error:
            return _impossible(error.message), None
        except (LeaseLost, Unavailable, RunCompleted, RunDeferred):
            raise
        except Exception:
            log.exception("run_broke", task=claim.task.oid)
            return _impossible("An internal error; see the server's log."), None
        return verdict, None if verdict.is_permanent else runner.memory

    async def _runner(self, claim: Claim) -> Runner:
        """The run, ready to go; what makes it impossible as a whole is raised."""
        owner = await self._owners.principal(claim.task)
        plan = self._definitions.plan(claim.task.items)
        if plan is None:
            raise WorkFailed("The task has no activity, so there is nothing to run.")
        channel = claim.task.items.get("channel") or ""
        author = await self._owners.author(claim.task, owner, channel)
        return Runner(self._tools, claim, plan, author)

    def _ending(self, verdict: RunResult, memory: str | None) -> RunCompletion:
        """How a run ends with a verdict; called where nothing waits."""
        now = self._now()
        return RunCompletion(
            decide=partial(
                lifecycle.end_run,
                verdict=verdict,
                now=now,
                zone=self._definitions.zone,
                memory=memory,
            ),
            status=verdict.status,
            message=verdict.message,
            now=now,
            is_complete=not verdict.is_permanent,
            tied=partial(self._suspend, now=now) if verdict.takes_along else None,
        )

    def _suspend(self, task: StoredObject, now: str) -> TaskState:
        _, after = lifecycle.operate(task, Operation.SUSPEND, now, self._definitions.zone)
        return after

    def _deferral(self, until: str) -> RunCompletion:
        return RunCompletion(
            decide=partial(lifecycle.defer_run, until=until),
            status="in_progress",
            message=None,
            now=self._now(),
            is_complete=False,
        )

    async def _tell(self, claim: Claim, left: CompletedRun) -> TaskState:
        """Tell of the end of a run, and let go on what waited for it."""
        message = _message(left.after)
        facts = {} if message is None else {"message": message}
        self._events.report_change(
            left.task, left.task.state, left.after, left.at, run=claim.run.identifier, **facts
        )
        for task, after in left.tied:
            self._steering.halt(task.oid)
            self._events.report_change(task, task.state, after, left.at)
        is_closed = left.after.scheduling_state == SchedulingState.CLOSED
        # A job goes on when what it waits for has failed for good, too.
        is_over = is_closed or left.after.scheduling_state == SchedulingState.SUSPENDED
        if is_over and task_document.is_awaited(left.task.items):
            await self._steering.settle(claim.task.oid)
        if task_document.is_job(left.task.items) and not is_over:
            await self._steering.look_again(claim.task.oid)
        return left.after

    # ---- what items do to other tasks -------------------------------------------------------------

    def _operate(self, moves: Moves, task: StoredObject, operation: Operation) -> TaskState | None:
        """Called inside the store's transaction, perhaps more than once."""
        _, after = lifecycle.operate(task, operation, self._now(), self._definitions.zone)
        moves[task.oid] = task, after
        return after

    def _announce_slice(self, claim: Claim, done: Slice, moves: Moves) -> None:
        """Tell of a slice that is durable, and stop or start what it has moved."""
        now = self._now()
        self._events.publish(
            EventName.TASK_PROGRESSED,
            claim.task.oid,
            claim.task.name,
            claim.task.state,
            run=claim.run.identifier,
            activity=done.activity,
            succeeded=done.succeeded,
            failed=done.failed,
            skipped=done.skipped,
        )
        for effect in done.effects:
            if isinstance(effect, Notify):
                self._notify(claim, effect)
            elif isinstance(effect, Delete) and effect.before.state is not None:
                self._steering.halt(effect.before.oid)
                self._events.report_change(effect.before, effect.before.state, None, now)
        for oid, (task, after) in moves.items():
            if not after.is_running:
                self._steering.halt(oid)
            self._steering.nudge(after.next_start)
            self._events.report_change(task, task.state, after, now)

    def _announce_start(self, new: NewObject) -> None:
        """Tell of a task that a step has started."""
        self._events.report_change(new, None, new.state, self._now())
        if new.state is not None:
            self._steering.nudge(new.state.next_start)

    def _notify(self, claim: Claim, effect: Notify) -> None:
        # An object that happens to have this name is no policy.
        is_policy = effect.name == "policy" and effect.oid == claim.task.oid
        name = EventName.POLICY_TRIGGERED if is_policy else EventName.ITEM_NOTIFIED
        self._events.publish(
            name,
            claim.task.oid,
            claim.task.name,
            claim.task.state,
            object=effect.oid,
            object_name=effect.name,
            message=effect.message,
        )

    def _now(self) -> str:
        return write_instant(self._clock.now())


def _message(state: TaskState) -> str | None:
    found: str | None = orjson.loads(state.result or "{}").get("message")
    return found


def _impossible(message: str) -> RunResult:
    return RunResult(status="fatal_error", message=message, is_permanent=True)

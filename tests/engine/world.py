"""A whole engine in the test's own process: its clock stands still, its workers are real processes."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from gateway.assembly import SYSTEM, Gateway, gateway
from gateway.clock import ManualClock, SystemClock
from gateway.engine.verbs.submission import Submission
from gateway.model.effects import NewObject
from gateway.settings import Settings
from tests.serving import PASSWORD, unique

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from gateway.engine.tasks.events import Event
    from gateway.model.documents import Document, StoredObject
    from gateway.model.run import Run
    from gateway.model.task import TaskState
    from gateway.store.base import Claim

#: Earlier than any time that a scheduler waits for.
LONG_AGO = "1970-01-01T00:00:00.000Z"
#: Seconds of real time until a test gives up.
DEADLINE = 60


def no_op(steps: int = 1, delay: int = 0, **more: Any) -> Document:
    """An activity that takes steps."""
    return {"work": {"noOp": {"steps": steps, "delay": delay}}} | more


def over_users(kind: str = "recomputation", text: str | None = None, **more: Any) -> Document:
    """An activity over users, or over those that a filter selects."""
    objects: Document = {"type": "UserType"}
    if text is not None:
        objects["query"] = {"filter": {"text": text}}
    return {"work": {kind: {"objects": objects}}} | more


def changing(path: str, value: Any, kind: str = "replace", **more: Any) -> Document:
    """An activity that changes an item of each user called `user ...`."""
    item = {"modificationType": kind, "path": path, "value": value}
    work = {
        "objects": {
            "type": "UserType",
            "query": {"filter": {"text": "name startsWith 'user'"}},
        },
        "delta": {"changeType": "modify", "itemDelta": [item]},
    }
    return {"work": {"iterativeChangeExecution": work}} | more


def composed(*activities: Document) -> Document:
    return {"composition": {"activity": list(activities)}}


def is_closed(state: TaskState) -> bool:
    return state.execution_state == "closed"


def is_suspended(state: TaskState) -> bool:
    return state.execution_state == "suspended"


@dataclass(frozen=True, kw_only=True)
class World:
    """Short calls to an engine, and waiting for what it does."""

    running: Gateway
    clock: ManualClock

    async def users(self, count: int, **items: Any) -> list[str]:
        """So many new users, called `user 1` and so on; their oids differ from the first digit."""
        oids = [f"{n * 2_654_435_761 % 2**32:08x}-0000-4000-8000-{n:012d}" for n in range(count)]
        store = self.running.store
        for start in range(0, count, 200):
            chunk = oids[start : start + 200]
            new = (
                NewObject(
                    oid=oid,
                    type="UserType",
                    items={"name": f"user {start + n}"} | items,
                    next_id=1,
                )
                for n, oid in enumerate(chunk)
            )
            await asyncio.gather(*(store.add(each) for each in new))
        return oids

    async def task(self, activity: Document | None = None, **items: Any) -> str:
        """A new task that is ready, if not told otherwise."""
        given = {"name": unique("task"), "schedulingState": "ready"} | items
        if activity is not None:
            given["activity"] = activity
        return await self.running.engine.submit(Submission(type="TaskType", items=given), SYSTEM)

    async def stored(self, oid: str) -> StoredObject:
        """The object, which is there."""
        found = await self.running.store.get(oid)
        assert found is not None
        return found

    async def state(self, oid: str) -> TaskState:
        """The task's state."""
        found = await self.stored(oid)
        assert found.state is not None
        return found.state

    async def run(self, oid: str) -> Run:
        """The task's newest run."""
        return (await self.stored(oid)).runs[0]

    async def when(self, oid: str, condition: Callable[[TaskState], object]) -> TaskState:
        """The task's state as soon as it is so."""
        with self.running.events.stream(oid=oid) as events:
            async with asyncio.timeout(DEADLINE):
                state = await self.state(oid)
                while not condition(state):
                    await anext(events)
                    state = await self.state(oid)
        return state

    async def closed(self, activity: Document, **items: Any) -> str:
        """A new task, which has run and is closed."""
        oid = await self.task(activity, **items)
        await self.when(oid, is_closed)
        return oid

    async def suspended(self, activity: Document, **items: Any) -> str:
        """A new task, which has run and was suspended."""
        oid = await self.task(activity, **items)
        await self.when(oid, is_suspended)
        return oid

    async def suspended_now(self, schedule: Document) -> str:
        """A task of that schedule, suspended before its first run."""
        oid = await self.task(no_op(), schedule=schedule)
        await self.running.engine.suspend(oid, SYSTEM)
        return oid

    async def resumed(self, oid: str, condition: Callable[[TaskState], object]) -> TaskState:
        """The task's state after it was resumed, as soon as it is so again."""
        with self.running.events.stream(oid=oid) as events:
            await self.running.engine.resume(oid, SYSTEM)
            async with asyncio.timeout(DEADLINE):
                await self._named(events, "task_continued")
                return await self.when(oid, condition)

    async def begun(self, activity: Document, slices: int = 1, **items: Any) -> str:
        """A new task that commits just so many slices and no more until it is stopped."""
        name, store, seen = unique("held"), self.running.store, count(1)
        honest = store.commit

        async def commit(claim: Claim, *arguments: Any) -> Any:
            if claim.task.name == name and claim.run.attempt == 1 and next(seen) > slices:
                await asyncio.Event().wait()  # until the work is cancelled
            return await honest(claim, *arguments)

        store.commit = commit  # type: ignore[method-assign,assignment]
        with self.running.events.stream(names=frozenset({"task_progressed"})) as events:
            oid = await self.task(activity, name=name, **items)
            async with asyncio.timeout(DEADLINE):
                for _ in range(slices):
                    while (await anext(events)).oid != oid:
                        continue
        return oid

    async def event(self, oid: str, name: str) -> Event:
        """The next event of the task that has the name."""
        with self.running.events.stream(oid=oid) as events:
            async with asyncio.timeout(DEADLINE):
                return await self._named(events, name)

    async def _named(self, events: AsyncIterator[Event], name: str) -> Event:
        async for event in events:
            if event.name == name:
                return event
        raise AssertionError(f"The events ended before {name}.")

    async def advance(self, seconds: float) -> None:
        """Let time pass, and let the engine do what is due then."""
        self.clock.advance(seconds)
        await self.settle()

    async def settle(self) -> None:
        """Let the engine look at what is due now: a task that is due last has run."""
        self.running.scheduler.nudge(LONG_AGO)
        await self.closed(no_op())

    async def outcomes(self, oids: list[str], task: str) -> list[list[str]]:
        """Of each object, the statuses of the records that the task has left."""
        found = await self.running.store.get_many(oids)
        return [
            [
                each["status"]
                for each in found[oid].items.get("operationExecution", ())
                if each["recordType"] == "complex" and each["taskRef"]["oid"] == task
            ]
            for oid in oids
        ]


@asynccontextmanager
async def world(
    database: Path, clock: ManualClock | None = None, *, runs_tasks: bool = True, **settings: Any
) -> AsyncIterator[World]:
    """An engine over the database; workers have the machine's clock, so ours starts with it."""
    clock = clock or ManualClock(SystemClock().now())
    given: dict[str, Any] = {
        "database_url": f"sqlite:///{database}",
        "admin_password": PASSWORD,
        "synchronous": "NORMAL",
        "workers": 1,
    }
    made = gateway(Settings(**given | settings), clock, runs_tasks=runs_tasks)
    async with made as running:
        yield World(running=running, clock=clock)

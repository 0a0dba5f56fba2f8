"""What happened to tasks, under one name for log, metrics, streams and waiters.

Lives on the event loop and does no I/O: whoever changes a task says so after the change is durable,
and everybody who listens is told at once. Which name a change has is the table in `changes`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Protocol, TypeVar

import structlog

from gateway.clock import write_instant
from gateway.engine.tasks.event_names import EventName, name_of
from gateway.model.documents import orig

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping

    from gateway.clock import Clock
    from gateway.model.documents import Document, Json
    from gateway.model.task import TaskState

T = TypeVar("T")
log = structlog.get_logger(__name__)
#: Events that a stream can go back to; with their facts about ten MiB.
MAX_REMEMBERED_EVENTS = 10_000
#: Events that a stream may lag behind before it is given up.
LAG = 1_000
#: Names whose log line is not `info`.
_LEVELS = {EventName.TASK_PROGRESSED: "debug", EventName.TASK_FAILED: "warning"}


class Named(Protocol):
    """What an event is about: a stored task or one that is being stored."""

    @property
    def oid(self) -> str:
        """The task's oid."""
        ...

    @property
    def items(self) -> Document:
        """Its items; only the name is read."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something happened to a task."""

    #: Rises, also over restarts; it has no gaps as long as the server runs.
    id: int
    at: str
    name: EventName
    oid: str
    task_name: str
    #: The groups that its task was limited to when it happened; none: it is for everybody.
    groups: frozenset[str] = frozenset()
    #: JSON values by snake_case name.
    facts: Mapping[str, Json] = field(default_factory=dict)


class Subscription:
    """Events as they come, in order; ends when the server stops or when it lags too far behind."""

    def __init__(self, backlog: Iterable[Event], wanted: Callable[[Event], bool]) -> None:
        self._wanted = wanted
        self._queue = deque(backlog)
        self._limit = len(self._queue) + LAG
        self._ready = asyncio.Event()
        self._is_over = False

    def offer(self, event: Event) -> None:
        """Take the event, or give up if nobody fetches them fast enough."""
        if self._is_over or not self._wanted(event):
            return
        if len(self._queue) >= self._limit:
            self._queue.clear()
            self.end()
            return
        self._queue.append(event)
        self._ready.set()

    @property
    def is_over(self) -> bool:
        """Whether all was handed out that will ever come."""
        return self._is_over and not self._queue

    def end(self) -> None:
        """Nothing comes any more; what was taken is still handed out."""
        self._is_over = True
        self._ready.set()

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> Event:
        while not self._queue:
            if self._is_over:
                raise StopAsyncIteration
            self._ready.clear()
            await self._ready.wait()
        return self._queue.popleft()


class Events:
    """The bus. To be used from the event loop only."""

    def __init__(self, clock: Clock, *, remembered: int = MAX_REMEMBERED_EVENTS) -> None:
        self._clock = clock
        # Microseconds, so that ids rise over restarts; JavaScript's numbers hold them until 2255.
        start = int(clock.now() * 1_000_000)
        self._ids = count(start + 1)
        #: The newest event that is not remembered any more.
        self._forgotten = start
        self._newest = start
        self._recent: deque[Event] = deque(maxlen=remembered)
        self._listeners: list[Callable[[Event], None]] = [log_event]
        #: By oid; None: those of all tasks.
        self._streams: dict[str | None, set[Subscription]] = {}
        self._waiters: dict[str, set[asyncio.Event]] = {}
        #: By oid of a task, the groups that it is limited to now, where that has changed meanwhile.
        self._limits: dict[str, frozenset[str]] = {}
        self._is_closed = False

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Call `listener` with every event from now on; it must be quick and must not raise."""
        self._listeners.append(listener)

    def report_change(
        self,
        task: Named,
        before: TaskState | None,
        after: TaskState | None,
        now: str,
        **facts: Json,
    ) -> Event | None:
        """Tell of a change of state that is durable; None if it has no name.

        Args:
            task: whose state it is.
            before: its state until now; None if it is new.
            after: its state from now on; None if it was deleted.
            now: the instant of the change.
            facts: JSON values that go with it, such as `run` or `message`; none is called `event`.
        """
        name = name_of(before, after)
        if name is None:
            return None
        shown = _facts(after) | facts if after is not None else facts
        event = Event(
            id=next(self._ids),
            at=now,
            name=name,
            oid=task.oid,
            task_name=orig(task.items["name"]),
            groups=_groups(after or before),
            facts=shown,
        )
        return self._tell(event)

    def publish(
        self,
        name: EventName,
        oid: str,
        task_name: str,
        state: TaskState | None = None,
        /,
        **facts: Json,
    ) -> Event:
        """Tell of something that is no change of the task's state; `facts` are JSON values."""
        event = Event(
            id=next(self._ids),
            at=write_instant(self._clock.now()),
            name=name,
            oid=oid,
            task_name=task_name,
            groups=_groups(state),
            facts=facts,
        )
        return self._tell(event)

    def limit(self, oids: Iterable[str], groups: frozenset[str]) -> None:
        """From now on these tasks are for the groups alone, and so is what happened to them."""
        self._limits |= dict.fromkeys(oids, groups)
        while len(self._limits) > MAX_REMEMBERED_EVENTS:
            del self._limits[next(iter(self._limits))]

    def groups_of(self, event: Event) -> frozenset[str]:
        """The groups that alone may know of the event now; none: everybody may."""
        return self._limits.get(event.oid, event.groups)

    def _tell(self, event: Event) -> Event:
        oid = event.oid
        self._newest = event.id
        if len(self._recent) == self._recent.maxlen:
            self._forgotten = self._recent[0].id
        self._recent.append(event)
        for listener in self._listeners:
            listener(event)
        if self._streams:
            for key in (oid, None):
                for stream in self._streams.get(key, ()):
                    stream.offer(event)
        self.report_touched((oid,))
        return event

    def report_touched(self, oids: Collection[str]) -> None:
        """Let those look again who wait for these objects; for the store's every commit."""
        if self._waiters:
            for oid in oids:
                for waiter in self._waiters.get(oid, ()):
                    waiter.set()

    @property
    def streams(self) -> int:
        """Streams that are open now."""
        return sum(map(len, self._streams.values()))

    @contextmanager
    def stream(
        self,
        *,
        oid: str | None = None,
        names: frozenset[str] = frozenset(),
        after: int | None = None,
    ) -> Iterator[Subscription]:
        """A subscription that lasts as long as the block.

        Args:
            oid: only events of this task; None: of all.
            names: only these; empty: all.
            after: begin behind the event of that id; None: with what happens next. An event
                `events_missed` comes first if what followed it is not remembered any more.
        """

        def wants(event: Event) -> bool:
            return (oid is None or event.oid == oid) and (not names or event.name in names)

        subscription = Subscription(self._since(after, wants), wants)
        streams = self._streams.setdefault(oid, set())
        streams.add(subscription)
        if self._is_closed:
            subscription.end()
        try:
            yield subscription
        finally:
            streams.discard(subscription)
            if not streams:
                self._streams.pop(oid, None)

    def _since(self, after: int | None, wanted: Callable[[Event], bool]) -> Iterator[Event]:
        if after is None:
            return
        if not self._forgotten <= after <= self._newest:
            yield self._report_missed(after)
        yield from (each for each in self._recent if each.id > after and wanted(each))

    def _report_missed(self, after: int) -> Event:
        return Event(
            id=min(after, self._newest),
            at=write_instant(self._clock.now()),
            name=EventName.EVENTS_MISSED,
            oid="",
            task_name="",
            facts={"remembered_from": self._forgotten + 1},
        )

    async def wait_for(
        self, oid: str, look: Callable[[], Awaitable[T | None]], seconds: float
    ) -> T | None:
        """What `look` finds, asked now and again after each change of the object.

        None when `seconds` are over or the server stops. What `look` raises is passed on.
        """
        changed = asyncio.Event()
        waiters = self._waiters.setdefault(oid, set())
        waiters.add(changed)
        deadline = asyncio.get_running_loop().time() + seconds
        try:
            while (found := await look()) is None and not self._is_closed:
                if not await _set_before(changed, deadline):
                    return None
                changed.clear()
        finally:
            waiters.discard(changed)
            if not waiters:
                self._waiters.pop(oid, None)
        return found

    def close(self) -> None:
        """End all streams and waits, and those that begin later; publishing goes on."""
        self._is_closed = True
        for streams in self._streams.values():
            for stream in streams:
                stream.end()
        self.report_touched(tuple(self._waiters))


async def _set_before(changed: asyncio.Event, deadline: float) -> bool:
    """Whether it was set before the event loop's clock showed `deadline`."""
    try:
        async with asyncio.timeout_at(deadline):
            await changed.wait()
    except TimeoutError:
        return False
    return True


def _groups(state: TaskState | None) -> frozenset[str]:
    return frozenset() if state is None else state.groups


def _facts(state: TaskState) -> dict[str, Json]:
    shown = {
        "execution_state": state.execution_state,
        "scheduling_state": state.scheduling_state,
        "result_status": state.result_status,
        "progress": state.progress,
        "expected_total": state.expected_total,
        "next_start": state.next_start,
    }
    return {name: value for name, value in shown.items() if value is not None}


def log_event(event: Event) -> None:
    """One line in the log, under the event's name."""
    write = getattr(log, _LEVELS.get(event.name, "info"))
    write(event.name.value, **{"task": event.oid, "task_name": event.task_name, **event.facts})

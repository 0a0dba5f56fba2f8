"""Events as they happen, over server-sent events. Knows no vendor's words."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import aclosing, contextmanager, nullcontext
from typing import TYPE_CHECKING

import orjson
import structlog
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import AppStatus

from gateway.engine.tasks.event_names import EventName
from gateway.engine.verbs.insight import Watched
from gateway.errors import InvalidRequest, LimitReached
from gateway.http.exchange import Parameters
from gateway.http.numerals import natural

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator
    from contextlib import AbstractContextManager

    from starlette.requests import Request
    from starlette.types import Message, Receive, Scope, Send

    from gateway.engine.tasks.events import Event

log = structlog.get_logger(__name__)
#: Seconds between two signs of life, so that nobody on the way closes a quiet connection.
HEARTBEAT = 15.0
#: Seconds that one event may take to get rid of; fewer than a stop gives to requests under way.
PATIENCE = 4.0
#: The largest id that can be ours.
LARGEST_ID = 10**18 - 1

# Our server ends the streams itself, and lets them finish their last event.
AppStatus.enable_automatic_graceful_drain = False


def read_watched(request: Request, oid: str | None = None) -> Watched:
    """Which events the request asks for; `InvalidRequest` for names and ids that never were."""
    names = frozenset(Parameters(request.scope["query_string"]).values("names")) - {""}
    unknown = sorted(names - {*EventName})
    if unknown:
        raise InvalidRequest(
            f"There is no event '{unknown[0][:80]}'; there are {', '.join(EventName)}."
        )
    return Watched(oid=oid, names=names, after=_id(request.headers.get("last-event-id")))


def _id(text: str | None) -> int | None:
    if text is None or not text.strip():
        return None
    number = natural(text, LARGEST_ID)
    if number is None:
        raise InvalidRequest("Last-Event-ID must be the id of an event from this server.")
    return number


class Streams:
    """Opens streams, so many at the same time: every event is handed to each of them."""

    def __init__(self, *, total: int, per_user: int) -> None:
        self._total = total
        self._per_user = per_user
        self._open: Counter[str] = Counter()

    def answer(
        self, user: str, events: AsyncGenerator[Event, None], oid: str | None
    ) -> EventStream:
        """A stream of a task's or all events for a user (oid); `LimitReached` if there are too many."""
        if self._open[user] >= self._per_user:
            raise LimitReached(
                f"You have {self._per_user} event streams; TASKGATE_MAX_STREAMS_PER_USER is the "
                "limit."
            )
        if self._open.total() >= self._total:
            raise LimitReached(
                f"There are {self._total} event streams; TASKGATE_MAX_STREAMS is the limit."
            )
        return EventStream(events, oid, counted=self._count(user))

    @contextmanager
    def _count(self, user: str) -> Iterator[None]:
        self._open[user] += 1
        try:
            yield
        finally:
            self._open[user] -= 1
            if not self._open[user]:
                del self._open[user]


class EventStream(EventSourceResponse):
    """An answer that goes on until the client leaves, lags too far behind, or the server stops."""

    def __init__(
        self,
        events: AsyncGenerator[Event, None],
        oid: str | None = None,
        *,
        heartbeat: float = HEARTBEAT,
        counted: AbstractContextManager[None] | None = None,
    ) -> None:
        """Of the task with that oid, or of all; `counted` is entered as long as the stream lasts."""
        super().__init__(_frames(events, oid), sep="\n", ping=heartbeat)
        self._counted = counted or nullcontext()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream."""
        with self._counted:
            await self._stream(scope, receive, send)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_soon(message: Message) -> None:
            async with asyncio.timeout(PATIENCE):
                await send(message)

        try:
            await super().__call__(scope, receive, send_soon)
        except TimeoutError:
            # The connection is closed behind an answer without an end; the client can come back.
            log.info("stream_abandoned", seconds=PATIENCE)


async def _frames(
    events: AsyncGenerator[Event, None], oid: str | None
) -> AsyncIterator[ServerSentEvent]:
    async with aclosing(events):
        async for event in events:
            yield _frame(event)
            if oid is not None and event.name is EventName.TASK_DELETED:
                return


def _frame(event: Event) -> ServerSentEvent:
    data = orjson.dumps(show_event(event)).decode()
    return ServerSentEvent(data, event=event.name.value, id=str(event.id), sep="\n")


def show_event(event: Event) -> dict[str, object]:
    """An event as JSON; one that is about no task has none."""
    task = {"oid": event.oid, "name": event.task_name} if event.oid else None
    known = {"id": event.id, "at": event.at, "event": event.name.value, "task": task}
    return known | {"facts": dict(event.facts)}

"""Server-sent events below HTTP: signs of life, and clients that read too slowly."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import orjson
import pytest

from gateway.engine.tasks.event_names import EventName
from gateway.engine.tasks.events import Events
from gateway.engine.verbs.insight import Insight, Watched
from gateway.http import streams
from gateway.http.streams import EventStream
from gateway.model.documents import StoredObject
from tests.principals import SUPER
from tests.store.making import TASK, task

if TYPE_CHECKING:
    from gateway.clock import ManualClock
    from gateway.model.principal import Principal
    from gateway.store.base import Store


class OneTask:
    """A store that has the task."""

    async def get(self, oid: str) -> StoredObject:
        new = task()
        return StoredObject(oid=oid, type=new.type, version=0, items=new.items, state=new.state)


async def stream_of(events: Events, oid: str | None = None, heartbeat: float = 15.0) -> EventStream:
    async def ask() -> Principal:
        return SUPER

    insight = Insight(cast("Store", OneTask()), events)
    found = await insight.events(Watched(oid=oid), ask)
    return EventStream(found, oid, heartbeat=heartbeat)


class Client:
    """The other end of an ASGI connection; it stays until it is told to leave."""

    def __init__(self, *, reads: bool = True) -> None:
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._reads = reads
        self._left = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        await self.messages.put(message)
        if not self._reads and message.get("body"):
            await asyncio.Event().wait()

    async def opened(self) -> None:
        """Wait for the head of the answer; the stream is open behind it."""
        assert (await self.messages.get())["status"] == 200

    async def body(self) -> bytes:
        """The next stretch of the body."""
        found: bytes = (await self.messages.get())["body"]
        return found

    def leave(self) -> None:
        self._left.set()

    def follow(self, stream: EventStream, method: str = "GET") -> asyncio.Task[None]:
        scope = {"type": "http", "method": method}
        return asyncio.create_task(stream(scope, self.receive, self.send))


@pytest.fixture
def events(clock: ManualClock) -> Events:
    return Events(clock)


async def test_an_event_is_sent_with_id_name_and_data(events: Events) -> None:
    client = Client()
    following = client.follow(await stream_of(events))
    await client.opened()
    event = events.publish(EventName.ITEM_NOTIFIED, TASK, "nightly\ntask", item="jack")
    lines = (await client.body()).decode().split("\n")
    assert lines[:2] == [f"id: {event.id}", "event: item_notified"]
    assert lines[3:] == ["", ""]
    assert orjson.loads(lines[2].removeprefix("data: ")) == {
        "id": event.id,
        "at": event.at,
        "event": "item_notified",
        "task": {"oid": TASK, "name": "nightly\ntask"},
        "facts": {"item": "jack"},
    }
    client.leave()
    await following
    assert events.streams == 0


async def test_a_quiet_stream_gives_signs_of_life(events: Events) -> None:
    client = Client()
    following = client.follow(await stream_of(events, heartbeat=0.001))
    await client.opened()
    for _ in range(2):
        assert (await client.body()).startswith(b": ping")
    client.leave()
    await following


async def test_a_stream_of_a_task_ends_with_the_task(events: Events) -> None:
    client = Client()
    following = client.follow(await stream_of(events, oid=TASK))
    await client.opened()
    events.publish(EventName.TASK_DELETED, TASK, "task")
    assert b"event: task_deleted" in await client.body()
    assert await client.body() == b""
    await following


async def test_a_stream_ends_in_order_when_the_bus_closes(events: Events) -> None:
    client = Client()
    following = client.follow(await stream_of(events))
    await client.opened()
    events.close()
    await following
    end = client.messages.get_nowait()
    assert (end["body"], end["more_body"]) == (b"", False)


async def test_a_client_that_reads_nothing_is_given_up(
    events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "PATIENCE", 0.001)
    client = Client(reads=False)
    following = client.follow(await stream_of(events))
    await client.opened()
    events.publish(EventName.ITEM_NOTIFIED, TASK, "task")
    await following
    assert events.streams == 0


async def test_asking_for_the_headers_opens_no_stream(events: Events) -> None:
    client = Client()
    await client.follow(await stream_of(events), "HEAD")
    assert client.messages.qsize() == 2
    assert events.streams == 0

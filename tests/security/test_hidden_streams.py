"""Streams and waits end with the right of whoever opened them."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING, Any, cast

import pytest

from gateway.engine.tasks.event_names import EventName
from gateway.engine.tasks.events import Events
from gateway.engine.verbs.insight import Insight, Watched
from gateway.errors import NotAuthenticated
from gateway.model.principal import VIEWER, Principal
from gateway.model.task import TaskState
from tests.dialects.midpoint.people import ENTERS, authorization
from tests.serving import delta, wait_until
from tests.store.making import TASK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx2

    from gateway.clock import ManualClock
    from gateway.store.base import Store
    from tests.dialects.midpoint.people import People, Person
    from tests.serving import Api, Server

#: Ways to be out, by what the administrator does.
OUT: dict[str, Callable[[Api, Person], object]] = {
    "disabled": lambda api, person: api.modify(
        "users", person.oid, delta("replace", "activation/administrativeStatus", "disabled")
    ),
    "deleted": lambda api, person: api.client.delete(f"/users/{person.oid}"),
    "without the right": lambda api, person: api.modify(
        "roles", person.role, delta("replace", "authorization", [ENTERS])
    ),
}


@contextmanager
def reading(client: httpx2.Client, url: str) -> Iterator[list[str]]:
    """The lines of a stream as they come; `end` is the last one when the server ends it."""
    lines: list[str] = []
    with ExitStack() as stack:
        stream = stack.enter_context(client.stream("GET", url))
        assert stream.status_code == 200

        def follow() -> None:
            for line in stream.iter_lines():
                lines.append(line)  # noqa: PERF402  seen while they come
            lines.append("end")

        thread = Thread(target=follow)
        thread.start()
        yield lines
        thread.join(timeout=30)


@pytest.mark.parametrize("way", OUT)
def test_a_stream_tells_nothing_to_who_is_out(
    people: People, api: Api, server: Server, way: str
) -> None:
    person = people.person(ENTERS, authorization("read"))
    with reading(person.client, f"{server.url}/-/events") as lines:
        first = api.task()
        wait_until(lambda: any(first in each for each in lines))
        OUT[way](api, person)
        second = api.task()
        wait_until(lambda: "end" in lines)
        assert not any(second in each for each in lines)


@pytest.mark.parametrize("way", OUT)
def test_a_wait_is_not_answered_to_who_is_out(people: People, api: Api, way: str) -> None:
    person = people.person(ENTERS, authorization("read"))
    task = api.running(description="not for everybody")
    answers: list[httpx2.Response] = []

    def wait() -> None:
        answers.append(person.client.get(f"/tasks/{task}", headers={"prefer": "wait=20"}))

    thread = Thread(target=wait)
    thread.start()
    OUT[way](api, person)
    api.operate(task, "suspend")
    thread.join(timeout=30)
    (answer,) = answers
    assert answer.status_code in (401, 403)
    assert "not for everybody" not in answer.text


# ---- below HTTP -----------------------------------------------------------------------------------


@dataclass
class Asked:
    """Who asks, which may change."""

    who: Principal | None = field(
        default_factory=lambda: Principal(oid="1", name="one", roles=frozenset({VIEWER}))
    )

    async def __call__(self) -> Principal:
        if self.who is None:
            raise NotAuthenticated
        return self.who


class Nothing:
    """A store without objects."""

    async def get(self, oid: str) -> None:
        del oid


@pytest.fixture
def events(clock: ManualClock) -> Events:
    return Events(clock)


def insight(events: Events) -> Insight:
    return Insight(cast("Store", Nothing()), events)


async def test_a_quiet_stream_ends_at_the_next_beat(events: Events) -> None:
    ask = Asked()
    stream = await insight(events).events(Watched(), ask, beat=0.001)
    following = asyncio.ensure_future(anext(stream, "over"))
    await asyncio.sleep(0)
    ask.who = None
    assert await following == "over"
    assert events.streams == 0


def limited(*groups: str) -> TaskState:
    names = ", ".join(f'"{each}"' for each in groups)
    return TaskState(identifier="t-1", audience=f"[{names}]")


def told(events: Events, state: TaskState | None, **facts: Any) -> None:
    events.publish(EventName.ITEM_NOTIFIED, TASK, "task", state, **facts)


async def test_events_of_a_limited_task_are_told_to_members(events: Events) -> None:
    member = Principal(
        oid="2", name="two", roles=frozenset({VIEWER}), groups=frozenset({"red", "green"})
    )
    told(events, limited("red"), number=1)
    told(events, None, number=2)
    told(events, limited("green", "red"), number=3)
    events.close()
    found = {}
    for who in (Asked(), Asked(member)):
        stream = await insight(events).events(Watched(after=0), who)
        found[who.who] = [each.facts.get("number") async for each in stream if each.oid]
    assert list(found.values()) == [[2], [1, 2, 3]]


async def test_a_task_that_is_limited_later_is_limited_in_what_was_told_before(
    events: Events,
) -> None:
    told(events, None, number=1)
    events.limit([TASK], frozenset({"red"}))
    events.close()
    stream = await insight(events).events(Watched(after=0), Asked())
    assert [each async for each in stream if each.oid] == []

"""The bus: who listens is told once and in order, and nobody can make it grow."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import structlog

from gateway.engine.tasks.event_names import EventName
from gateway.engine.tasks.events import LAG, Event, Events, Subscription
from gateway.model.documents import StoredObject
from gateway.model.task import TaskState
from tests.store.making import NOW, TASK, oid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.clock import ManualClock

OTHER = oid(1)
RUNNABLE = TaskState(identifier="t-1", execution_state="runnable", scheduling_state="ready")
RUNNING = TaskState(identifier="t-1", execution_state="running", scheduling_state="ready", run=1)
STORED = StoredObject(oid=TASK, type="TaskType", version=1, items={"name": {"orig": "nightly"}})


@pytest.fixture
def events(clock: ManualClock) -> Events:
    return Events(clock, remembered=5)


def notify(events: Events, key: str = TASK, **facts: object) -> Event:
    return events.publish(EventName.ITEM_NOTIFIED, key, "task", **facts)


def waiting(stream: Subscription) -> list[Event]:
    """What the stream holds."""
    return list(stream._queue)


def test_a_change_is_told_with_the_state_that_it_led_to(events: Events) -> None:
    event = events.report_change(STORED, RUNNABLE, RUNNING, NOW, attempt=2)
    assert event is not None
    assert (event.name, event.at, event.oid) == (EventName.TASK_STARTED, NOW, TASK)
    assert event.task_name == "nightly"
    assert event.facts == {
        "execution_state": "running",
        "scheduling_state": "ready",
        "attempt": 2,
    }


def test_what_is_no_change_is_not_told(events: Events) -> None:
    heard: list[Event] = []
    events.listen(heard.append)
    assert events.report_change(STORED, RUNNING, RUNNING, NOW) is None
    assert heard == []


def test_ids_rise_without_gaps_and_over_restarts(clock: ManualClock) -> None:
    first = Events(clock)
    ids = [notify(first).id for _ in range(3)]
    assert ids == [ids[0], ids[0] + 1, ids[0] + 2]
    clock.advance(0.01)
    assert notify(Events(clock)).id > ids[-1]


def test_an_event_is_one_line_of_the_log_under_its_name(events: Events) -> None:
    with structlog.testing.capture_logs() as lines:
        notify(events, object="jack")
        events.publish(EventName.TASK_FAILED, TASK, "task", message="no filter")
    assert lines == [
        {
            "event": "item_notified",
            "log_level": "info",
            "task": TASK,
            "task_name": "task",
            "object": "jack",
        },
        {
            "event": "task_failed",
            "log_level": "warning",
            "task": TASK,
            "task_name": "task",
            "message": "no filter",
        },
    ]


def test_a_stream_begins_with_what_happens_next(events: Events) -> None:
    notify(events)
    with events.stream() as stream:
        later = notify(events)
        assert waiting(stream) == [later]


def test_a_stream_goes_on_behind_the_event_that_was_seen_last(events: Events) -> None:
    seen, *missed = [notify(events) for _ in range(3)]
    with events.stream(after=seen.id) as stream:
        assert waiting(stream) == [*missed]


@pytest.mark.parametrize("away", [-3, 1_000_000])
def test_a_stream_that_cannot_go_on_without_a_gap_says_so(events: Events, away: int) -> None:
    told = [notify(events) for _ in range(7)]
    with events.stream(after=told[0].id + away, names=frozenset({"task_failed"})) as stream:
        first = waiting(stream)[0]
    assert first.name is EventName.EVENTS_MISSED
    assert first.facts == {"remembered_from": told[2].id}


def test_only_as_many_events_are_remembered_as_agreed(events: Events) -> None:
    told = [notify(events) for _ in range(50)]
    with events.stream(after=told[44].id) as stream:
        assert waiting(stream) == told[45:]
    with events.stream(after=told[43].id) as stream:
        assert waiting(stream)[0].name is EventName.EVENTS_MISSED
        assert waiting(stream)[1:] == told[45:]


def test_a_stream_has_only_what_it_asks_for(events: Events) -> None:
    with (
        events.stream(oid=TASK) as of_task,
        events.stream(names=frozenset({"task_failed"})) as failures,
    ):
        notify(events, OTHER)
        own = notify(events)
        failed = events.publish(EventName.TASK_FAILED, OTHER, "other")
        assert waiting(of_task) == [own]
        assert waiting(failures) == [failed]


async def test_a_stream_that_is_not_read_loses_its_place_and_not_our_memory(
    events: Events,
) -> None:
    with events.stream() as stream:
        for _ in range(LAG + 1):
            notify(events)
        assert waiting(stream) == []
        assert [event async for event in stream] == []


async def test_closing_ends_streams_behind_what_they_hold(events: Events) -> None:
    with events.stream() as stream:
        last = notify(events)
        events.close()
        assert [event async for event in stream] == [last]
    with events.stream() as late:
        assert [event async for event in late] == []


def test_a_stream_is_forgotten_when_its_block_ends(events: Events) -> None:
    with events.stream(), events.stream(oid=TASK):
        assert events.streams == 2
    assert events.streams == 0


class Look:
    """Answers one after the other; the last one stays."""

    def __init__(self, *answers: str | None) -> None:
        self._answers: Iterator[str | None] = iter(answers)
        self.count = 0
        self.looked = asyncio.Event()

    async def __call__(self) -> str | None:
        self.count += 1
        self.looked.set()
        return next(self._answers)


async def test_what_is_there_already_is_not_waited_for(events: Events) -> None:
    assert await events.wait_for(TASK, Look("there"), 3600) == "there"


async def test_a_wait_looks_again_after_each_change_of_its_object_only(events: Events) -> None:
    look = Look(None, None, "there")
    waiting = asyncio.ensure_future(events.wait_for(TASK, look, 3600))
    for change in (lambda: events.report_touched([OTHER, TASK]), lambda: notify(events)):
        await look.looked.wait()
        look.looked.clear()
        notify(events, OTHER)
        await asyncio.sleep(0)
        assert not look.looked.is_set()
        change()
    assert await waiting == "there"
    assert look.count == 3


async def test_a_wait_ends_when_its_time_is_over(events: Events) -> None:
    assert await events.wait_for(TASK, Look(None), 0) is None


async def test_closing_ends_a_wait_with_a_last_look(events: Events) -> None:
    look = Look(None, None)
    waiting = asyncio.ensure_future(events.wait_for(TASK, look, 3600))
    await look.looked.wait()
    events.close()
    assert await waiting is None
    assert await events.wait_for(TASK, Look(None), 3600) is None


async def test_what_a_look_raises_ends_the_wait_and_nothing_stays_behind(events: Events) -> None:
    async def broken() -> str:
        raise TimeoutError("of the look itself")

    with pytest.raises(TimeoutError, match="itself"):
        await events.wait_for(TASK, broken, 3600)
    assert events._waiters == {}


async def test_a_wait_that_is_given_up_leaves_nothing_behind(events: Events) -> None:
    look = Look(None)
    waiting = asyncio.ensure_future(events.wait_for(TASK, look, 3600))
    await look.looked.wait()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert events._waiters == {}

"""What `/metrics` counts, read as Prometheus would read it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.dialects.itential.metrics import JOB_STATUS, job_metrics
from gateway.engine.tasks.event_names import EventName
from gateway.engine.tasks.events import Events
from gateway.http.metrics import STALLED, STATES, Metrics
from gateway.http.refusals import Refusals
from gateway.model.task import ExecutionState, TaskState
from tests.store.making import NOW, TASK, claimed, finished, oid, stored, task

if TYPE_CHECKING:
    from gateway.clock import ManualClock
    from gateway.store.sqlite.store import SqliteStore

Samples = dict[tuple[str, tuple[str, ...]], float]


class Watched:
    """Metrics of a store and a bus."""

    def __init__(self, store: SqliteStore, clock: ManualClock) -> None:
        self.store = store
        self.clock = clock
        self.events = Events(clock)
        store.subscribe(self.events.report_touched)
        self.answers: Counter[int] = Counter()
        answers = {"midpoint": self.answers}
        self.refusals = Refusals(clock)
        self.metrics = Metrics(
            self.events,
            store,
            clock,
            running=lambda: 7,
            answers=answers,
            refusals=self.refusals,
            families=[job_metrics],
        )

    async def samples(self) -> Samples:
        text = (await self.metrics.text()).decode()
        return {
            (sample.name, tuple(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    async def value(self, name: str, *labels: str) -> float:
        return (await self.samples())[name, labels]

    def tell(self, name: EventName, key: str = TASK, **facts: object) -> None:
        self.events.publish(name, key, "task", **facts)


@pytest.fixture
def watched(store: SqliteStore, clock: ManualClock) -> Watched:
    return Watched(store, clock)


async def test_a_series_is_there_before_anything_happens(watched: Watched) -> None:
    samples = await watched.samples()
    zeroes = {
        *(("taskgate_events_total", (name,)) for name in set(EventName) - {"events_missed"}),
        *(("taskgate_items_total", (name,)) for name in ("succeeded", "failed", "skipped")),
        *(("taskgate_tasks", (state,)) for state in STATES),
        *((f"itential_job_{name}", ()) for name in ("start", "complete", "error", "cancel")),
        ("taskgate_tasks_stalled", ()),
        ("taskgate_event_streams", ()),
    }
    assert {key: samples[key] for key in zeroes} == dict.fromkeys(zeroes, 0)
    assert samples["taskgate_tasks_running", ()] == 7
    assert samples["itential_up", ()] == 1


async def test_events_and_items_are_counted(watched: Watched) -> None:
    watched.tell(EventName.TASK_PROGRESSED, succeeded=40, failed=2)
    watched.tell(EventName.TASK_PROGRESSED, succeeded=10, skipped=1)
    samples = await watched.samples()
    assert samples["taskgate_events_total", ("task_progressed",)] == 2
    assert samples["taskgate_items_total", ("succeeded",)] == 50
    assert samples["taskgate_items_total", ("failed",)] == 2
    assert samples["taskgate_items_total", ("skipped",)] == 1


@pytest.mark.parametrize(
    ("event", "series"),
    [
        (EventName.TASK_STARTED, "start"),
        (EventName.TASK_FINISHED, "complete"),
        (EventName.TASK_RESCHEDULED, "complete"),
        (EventName.TASK_FAILED, "error"),
        (EventName.TASK_CLOSED, "cancel"),
    ],
)
async def test_a_tasks_events_are_a_jobs(watched: Watched, event: EventName, series: str) -> None:
    watched.tell(event)
    watched.tell(EventName.TASK_CONTINUED)
    names = ("start", "complete", "error", "cancel")
    counted = {name: await watched.value(f"itential_job_{name}") for name in names}
    assert counted == {name: float(name == series) for name in names}


async def test_tasks_are_shown_by_state_and_as_jobs(watched: Watched) -> None:
    for number in range(3):
        await watched.store.add(task(oid(number), identifier=f"t-{number}"))
    await finished(watched.store, await claimed(watched.store, oid(0)), permanent=True)
    await finished(watched.store, await claimed(watched.store, oid(1)))
    samples = await watched.samples()
    states = {state: samples["taskgate_tasks", (state,)] for state in STATES}
    assert states == dict.fromkeys(STATES, 0) | {"suspended": 1, "closed": 1, "runnable": 1}
    statuses = {key[1][0]: v for key, v in samples.items() if key[0] == "itential_job_status_total"}
    assert statuses == {
        "running": 0,
        "incomplete": 1,
        "paused": 0,
        "error": 1,
        "complete": 1,
        "canceled": 0,
    }


def test_every_state_has_a_jobs_status() -> None:
    assert set(JOB_STATUS) == set(ExecutionState)
    assert all(None in row for row in JOB_STATUS.values())


async def test_a_task_stalls_when_nothing_was_committed_for_too_long(watched: Watched) -> None:
    await watched.store.add(task())
    await claimed(watched.store)
    watched.tell(EventName.TASK_STARTED)
    watched.clock.advance(STALLED)
    assert await watched.value("taskgate_tasks_stalled") == 0
    watched.clock.advance(1)
    assert await watched.value("taskgate_tasks_stalled") == 1
    before = (await stored(watched.store)).state
    assert before is not None
    await watched.store.change_state(TASK, lambda _: replace(before, progress=1))
    assert await watched.value("taskgate_tasks_stalled") == 0


@pytest.mark.parametrize("end", [EventName.TASK_FINISHED, EventName.TASK_SUSPENDED])
async def test_a_task_that_does_not_run_cannot_stall(watched: Watched, end: EventName) -> None:
    watched.tell(EventName.TASK_STARTED)
    watched.tell(end)
    watched.clock.advance(10 * STALLED)
    assert await watched.value("taskgate_tasks_stalled") == 0


async def test_what_happens_beside_the_run_does_not_end_it(watched: Watched) -> None:
    watched.tell(EventName.TASK_STARTED)
    watched.tell(EventName.POLICY_TRIGGERED)
    watched.clock.advance(10 * STALLED)
    assert await watched.value("taskgate_tasks_stalled") == 1


async def test_without_the_store_the_figures_of_the_process_remain(watched: Watched) -> None:
    watched.events.report_change(task(), None, TaskState(identifier="t-1"), NOW)
    await watched.store.close()
    samples = await watched.samples()
    assert samples["itential_up", ()] == 0
    assert samples["taskgate_events_total", ("task_created",)] == 1
    assert ("taskgate_tasks", ("closed",)) not in samples


async def test_open_streams_and_answers_are_counted(watched: Watched) -> None:
    watched.answers.update({200: 3, 404: 1})
    with watched.events.stream(), watched.events.stream(oid=TASK):
        samples = await watched.samples()
    assert samples["taskgate_event_streams", ()] == 2
    assert samples["taskgate_http_answers_total", ("midpoint", "200")] == 3
    assert samples["taskgate_http_answers_total", ("midpoint", "404")] == 1

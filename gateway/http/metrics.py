"""Metrics in Prometheus' text form: counted from events, and from the store when they are read.

Own names start with `taskgate_`. A dialect adds those that its vendor's dashboards look for.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
)

from gateway.engine.tasks.event_names import EventName
from gateway.errors import TaskgateError
from gateway.http.refusals import Reason, Way
from gateway.model.task import ExecutionState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from prometheus_client import Metric

    from gateway.clock import Clock
    from gateway.engine.tasks.events import Event, Events
    from gateway.http.refusals import Refusals
    from gateway.store.base import Store, TaskCount

#: Seconds without a commit after which a running task counts as stalled.
STALLED = 600.0
ITEMS = ("succeeded", "failed", "skipped")
STATES = (*ExecutionState, "none")
#: Events after which a task is at work.
_WORKING = frozenset({EventName.TASK_STARTED, EventName.TASK_CONTINUED, EventName.TASK_PROGRESSED})
#: Events that say nothing about whether a task is at work.
_ASIDE = frozenset({EventName.POLICY_TRIGGERED, EventName.ITEM_NOTIFIED, EventName.TASK_SCHEDULED})


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known when metrics are read."""

    #: Whether the store answers; if not, there are no counts.
    is_up: bool
    counts: Collection[TaskCount]
    #: What happened to tasks since the server started.
    happened: Mapping[EventName, int]


class Metrics:
    """Counts what happens, and tells it when asked."""

    def __init__(
        self,
        events: Events,
        store: Store,
        clock: Clock,
        *,
        running: Callable[[], int],
        answers: Mapping[str, Counter[int]],
        refusals: Refusals,
        families: Sequence[Callable[[Figures], Iterable[Metric]]] = (),
    ) -> None:
        self._events = events
        self._store = store
        self._clock = clock
        self._running = running
        #: By API, its answers by status.
        self._answers = answers
        self._refusals = refusals
        #: What APIs have of their own.
        self._families = families
        self._happened: Counter[EventName] = Counter()
        self._items: Counter[str] = Counter()
        #: By oid of a task at work, epoch seconds of its last commit.
        self._lively: dict[str, float] = {}
        self._counts: Collection[TaskCount] = ()
        self._is_up = False
        self._registry = CollectorRegistry()
        self._registry.register(self)
        events.listen(self._count)
        store.subscribe(self._note_commit)

    def _count(self, event: Event) -> None:
        self._happened[event.name] += 1
        if event.name is EventName.TASK_PROGRESSED:
            for outcome in ITEMS:
                self._items[outcome] += event.facts.get(outcome, 0)
        if event.name in _WORKING:
            self._lively[event.oid] = self._clock.now()
        elif event.name not in _ASIDE:
            self._lively.pop(event.oid, None)

    def _note_commit(self, oids: Collection[str]) -> None:
        if not self._lively:
            return
        for oid in oids:
            if oid in self._lively:
                self._lively[oid] = self._clock.now()

    async def text(self) -> bytes:
        """All metrics in the text exposition format; without counts of tasks if the store is down."""
        try:
            self._counts = await self._store.task_counts()
            self._is_up = True
        except TaskgateError:
            self._counts = ()
            self._is_up = False
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Every metric, as `prometheus_client` asks for them."""
        yield from self._of_tasks()
        yield from self._of_events()
        figures = Figures(is_up=self._is_up, counts=self._counts, happened=self._happened)
        for family in self._families:
            yield from family(figures)
        requests = CounterMetricFamily(
            "taskgate_http_answers", "Answers of an API.", labels=["api", "status"]
        )
        for api, answers in self._answers.items():
            for status, count in sorted(answers.items()):
                requests.add_metric([api, str(status)], count)
        yield requests
        refused = CounterMetricFamily(
            "taskgate_logins_refused", "Refused logins.", labels=["way", "reason"]
        )
        for way, reason in itertools.product(Way, Reason):
            refused.add_metric([way.value, reason.value], self._refusals.counts[way, reason])
        yield refused

    def _of_tasks(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("taskgate_tasks_running", "Tasks that run now.", self._running())
        limit = self._clock.now() - STALLED
        stalled = sum(last < limit for last in self._lively.values())
        yield GaugeMetricFamily(
            "taskgate_tasks_stalled", "Running tasks without progress for ten minutes.", stalled
        )
        if self._is_up:
            states = Counter(dict.fromkeys(STATES, 0))
            for each in self._counts:
                states[each.execution_state or "none"] += each.count
            yield by_label(GaugeMetricFamily, "taskgate_tasks", "Tasks.", "state", states)

    def _of_events(self) -> Iterator[Metric]:
        happened = {name.value: self._happened[name] for name in EventName}
        happened.pop(EventName.EVENTS_MISSED)
        text = "What happened to tasks."
        yield by_label(CounterMetricFamily, "taskgate_events", text, "event", happened)
        items = {outcome: self._items[outcome] for outcome in ITEMS}
        text = "Items that runs have tried."
        yield by_label(CounterMetricFamily, "taskgate_items", text, "outcome", items)
        streams = GaugeMetricFamily(
            "taskgate_event_streams", "Open streams of events.", self._events.streams
        )
        yield streams


def by_label(
    family: Callable[..., GaugeMetricFamily | CounterMetricFamily],
    name: str,
    text: str,
    label: str,
    values: Mapping[str, int],
) -> Metric:
    """A family with one figure for each value of its label."""
    made = family(name, text, labels=[label])
    for key, value in values.items():
        made.add_metric([key], value)
    return made

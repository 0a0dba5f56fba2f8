"""Metrics in Prometheus' text form: counted from events, and from the store when they are read.

Own names start with `taskgate_`. Those that start with `itential_` are the ones that Itential's job
metrics exporter has, so that its dashboard (25527) shows tasks as jobs.
"""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    UntypedMetricFamily,
)

from gateway.engine.tasks.event_names import EventName
from gateway.errors import TaskgateError
from gateway.http.refusals import Reason, Way

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from prometheus_client import Metric

    from gateway.clock import Clock
    from gateway.engine.tasks.events import Event, Events
    from gateway.http.refusals import Refusals
    from gateway.store.base import Store, TaskCount

#: Seconds without a commit after which a running task counts as stalled (midpoint-tasks 5).
STALLED = 600.0
ITEMS = ("succeeded", "failed", "skipped")
#: Which events count as what happens to a job.
JOB_EVENTS: dict[str, tuple[str, frozenset[EventName]]] = {
    "start": ("Jobs begun.", frozenset({EventName.TASK_STARTED})),
    "complete": (
        "Jobs complete.",
        frozenset({EventName.TASK_FINISHED, EventName.TASK_RESCHEDULED}),
    ),
    "error": ("Jobs that could not go on.", frozenset({EventName.TASK_FAILED})),
    "cancel": ("Jobs closed before they were complete.", frozenset({EventName.TASK_CLOSED})),
}
#: The status of a job by execution state and result; None stands for any other result.
JOB_STATUS: dict[str, dict[str | None, str]] = {
    "running": {None: "running"},
    "waiting": {None: "running"},
    "runnable": {None: "incomplete"},
    "suspended": {"fatal_error": "error", None: "paused"},
    "closed": {
        "success": "complete",
        "warning": "complete",
        "handled_error": "complete",
        "partial_error": "complete",
        "not_applicable": "complete",
        "fatal_error": "error",
        None: "canceled",
    },
}
STATES = (*JOB_STATUS, "none")
#: Events after which a task is at work.
_WORKING = frozenset({EventName.TASK_STARTED, EventName.TASK_CONTINUED, EventName.TASK_PROGRESSED})
#: Events that say nothing about whether a task is at work.
_ASIDE = frozenset({EventName.POLICY_TRIGGERED, EventName.ITEM_NOTIFIED, EventName.TASK_SCHEDULED})


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
    ) -> None:
        self._events = events
        self._store = store
        self._clock = clock
        self._running = running
        #: By API, its answers by status.
        self._answers = answers
        self._refusals = refusals
        self._happened: Counter[EventName] = Counter()
        self._items: Counter[str] = Counter()
        #: By oid of a task at work, epoch seconds of its last commit.
        self._lively: dict[str, float] = {}
        self._counts: Collection[TaskCount] = ()
        self._is_up = False
        self._registry = CollectorRegistry()
        self._registry.register(self)
        events.listen(self._count)
        store.subscribe(self._committed)

    def _count(self, event: Event) -> None:
        self._happened[event.name] += 1
        if event.name is EventName.TASK_PROGRESSED:
            for outcome in ITEMS:
                self._items[outcome] += event.facts.get(outcome, 0)
        if event.name in _WORKING:
            self._lively[event.oid] = self._clock.now()
        elif event.name not in _ASIDE:
            self._lively.pop(event.oid, None)

    def _committed(self, oids: Collection[str]) -> None:
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
        yield from self._of_jobs()
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
            yield _by_label(GaugeMetricFamily, "taskgate_tasks", "Tasks.", "state", states)

    def _of_events(self) -> Iterator[Metric]:
        happened = {name.value: self._happened[name] for name in EventName}
        happened.pop(EventName.EVENTS_MISSED)
        text = "What happened to tasks."
        yield _by_label(CounterMetricFamily, "taskgate_events", text, "event", happened)
        items = {outcome: self._items[outcome] for outcome in ITEMS}
        text = "Items that runs have tried."
        yield _by_label(CounterMetricFamily, "taskgate_items", text, "outcome", items)
        streams = GaugeMetricFamily(
            "taskgate_event_streams", "Open streams of events.", self._events.streams
        )
        yield streams

    def _of_jobs(self) -> Iterator[Metric]:
        text = "Whether the store answers."
        yield GaugeMetricFamily("itential_up", text, int(self._is_up))
        for name, (text, events) in JOB_EVENTS.items():
            count = sum(self._happened[event] for event in events)
            # The exporter's counters lack the suffix that counters have here: untyped they keep it off.
            yield UntypedMetricFamily(f"itential_job_{name}", text, count)
        if self._is_up:
            statuses = _job_statuses(self._counts)
            text = "Jobs."
            yield _by_label(
                GaugeMetricFamily, "itential_job_status_total", text, "status", statuses
            )


def _job_statuses(counts: Iterable[TaskCount]) -> Counter[str]:
    statuses = Counter({name: 0 for row in JOB_STATUS.values() for name in row.values()})
    for each in counts:
        row = JOB_STATUS.get(each.execution_state or "", {None: "incomplete"})
        statuses[row.get(each.result_status) or row[None]] += each.count
    return statuses


def _by_label(
    family: Callable[..., GaugeMetricFamily | CounterMetricFamily],
    name: str,
    text: str,
    label: str,
    values: Mapping[str, int],
) -> Metric:
    made = family(name, text, labels=[label])
    for key, value in values.items():
        made.add_metric([key], value)
    return made

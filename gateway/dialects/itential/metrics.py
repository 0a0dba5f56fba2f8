"""The metrics that Itential's job metrics exporter has: its dashboard (25527) shows tasks as jobs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily, UntypedMetricFamily

from gateway.engine.tasks.event_names import EventName
from gateway.http.metrics import by_label

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prometheus_client import Metric

    from gateway.http.metrics import Figures
    from gateway.store.base import TaskCount

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


def job_metrics(figures: Figures) -> Iterator[Metric]:
    """Whether the store answers, what happened to jobs, and how many there are by status."""
    yield GaugeMetricFamily("itential_up", "Whether the store answers.", int(figures.is_up))
    for name, (text, events) in JOB_EVENTS.items():
        count = sum(figures.happened.get(event, 0) for event in events)
        # The exporter's counters lack the suffix that counters have here: untyped they keep it off.
        yield UntypedMetricFamily(f"itential_job_{name}", text, count)
    if figures.is_up:
        statuses = _job_statuses(figures.counts)
        yield by_label(GaugeMetricFamily, "itential_job_status_total", "Jobs.", "status", statuses)


def _job_statuses(counts: Iterable[TaskCount]) -> Counter[str]:
    statuses = Counter({name: 0 for row in JOB_STATUS.values() for name in row.values()})
    for each in counts:
        row = JOB_STATUS.get(each.execution_state or "", {None: "incomplete"})
        statuses[row.get(each.result_status) or row[None]] += each.count
    return statuses

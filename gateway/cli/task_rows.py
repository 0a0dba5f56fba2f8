"""From tasks as midPoint writes them in JSON to flat rows; pure.

A lone element of a list may stand without the list, a text may be a PolyString object, and any item
may be missing. Knows nothing of terminals and connections.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from gateway.clock import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Json: TypeAlias = Any
#: Results that tell of work not done.
ERRORS = frozenset({"partial_error", "fatal_error"})
#: A start within these seconds is imminent: the server's clock is read in whole seconds, and late.
SOON = 2.0


@dataclass(frozen=True, kw_only=True)
class TaskRow:
    """What a list shows of a task; instants are text in UTC."""

    oid: str
    name: str
    #: The kind of work, such as `recomputation`.
    work: str
    #: The execution state.
    state: str
    #: Items that are done, with errors and without.
    progress: int
    total: int | None
    percent: float | None
    errors: int
    last_start: str | None
    next_start: str | None
    result: str | None

    @property
    def has_failed(self) -> bool:
        """Whether the last run ended in an error."""
        return self.result in ERRORS

    def flat(self) -> dict[str, Json]:
        """The row as a JSON object."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class TaskRun:
    """One run that the task remembers."""

    identifier: str
    start: str | None
    end: str | None


@dataclass(frozen=True, kw_only=True)
class TaskCard:
    """What is shown of one task by itself."""

    row: TaskRow
    schedule: str | None
    last_finish: str | None
    succeeded: int
    failed: int
    skipped: int
    #: Items per minute.
    throughput: float | None
    #: What the last run says of its end.
    message: str | None
    last_error: str | None
    last_error_item: str | None
    #: The newest first.
    runs: tuple[TaskRun, ...]

    def flat(self) -> dict[str, Json]:
        """The card as one flat JSON object; of the runs it tells how many there are."""
        own = asdict(self)
        return (
            self.row.flat()
            | {k: v for k, v in own.items() if k != "row"}
            | {"runs": len(self.runs)}
        )


def many(value: Json) -> list[Json]:
    """The elements of a list, a lone one that stands without it, or none."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def text(value: Json) -> str | None:
    """A text, a PolyString's `orig`, or a value beside its type."""
    if isinstance(value, dict):
        value = value.get("orig", value.get("@value"))
    return None if value is None else str(value)


def at(value: Json, *names: str) -> Json:
    """What lies below these names; of several elements the first counts."""
    for name in names:
        elements = many(value)
        value = elements[0].get(name) if elements and isinstance(elements[0], dict) else None
    return value


def make_row(task: Json) -> TaskRow:
    """The row of a task."""
    outcomes = counts(task)
    progress = task.get("progress")
    progress = sum(outcomes.values()) if progress is None else int(progress)
    total = _find_total(task)
    return TaskRow(
        oid=text(task.get("oid")) or "",
        name=text(task.get("name")) or "",
        work=name_work(task),
        state=text(task.get("executionState")) or text(task.get("schedulingState")) or "",
        progress=progress,
        total=total,
        percent=_compute_percent(progress, total),
        errors=outcomes["failure"],
        last_start=text(task.get("lastRunStartTimestamp")),
        next_start=text(task.get("nextRunStartTimestamp")),
        result=text(task.get("resultStatus")),
    )


def make_card(task: Json, now: float) -> TaskCard:
    """The card of a task; `now` is when it was asked for."""
    outcomes = counts(task)
    last = find_last_error(task)
    return TaskCard(
        row=make_row(task),
        schedule=schedule_of(task),
        last_finish=text(task.get("lastRunFinishTimestamp")),
        succeeded=outcomes["success"],
        failed=outcomes["failure"],
        skipped=outcomes["skip"],
        throughput=measure_throughput(task, now),
        message=find_message(task),
        last_error=text(last.get("message")),
        last_error_item=text(last.get("name")),
        runs=_list_runs(task),
    )


def make_error_row(error: Json) -> dict[str, Json]:
    """An error of an item as one flat JSON object."""
    row = {name: text(error.get(name)) for name in ("at", "status", "message")}
    for owner, names in (("object", ("oid", "type", "name")), ("task", ("oid", "name"))):
        row |= {f"{owner}_{name}": text(at(error, owner, name)) for name in names}
    return row | {name: error.get(name) for name in ("run", "activity")}


def is_at_rest(task: Json, now: float) -> bool:
    """Whether nothing runs and nothing is about to start by itself."""
    row = make_row(task)
    if row.state in {"closed", "suspended"}:
        return True
    if row.state != "runnable":
        return False
    if row.next_start is None:
        return row.result != "in_progress"
    return parse_instant(row.next_start) > now + SOON


def name_work(task: Json) -> str:
    """The kind of work as one word; of a composition the word is just that."""
    activity = task.get("activity") or {}
    kinds = at(activity, "work") or at(activity, "composition")
    if isinstance(kinds, dict) and at(activity, "work"):
        return ", ".join(_local(name) for name in kinds if not name.startswith("@"))
    if kinds:
        return "composition"
    types = [
        text(each.get("activityType")) for each in many(at(task, "affectedObjects", "activity"))
    ]
    return ", ".join(_local(each) for each in types if each)


def schedule_of(task: Json) -> str | None:
    """When the task recurs, in words; None if it does not."""
    schedule = task.get("schedule") or {}
    if cron := text(schedule.get("cronLikePattern")):
        return f"cron {cron}"
    interval = schedule.get("interval")
    return None if interval is None else f"every {interval} s"


def counts(task: Json) -> dict[str, int]:
    """How many items ended as success, failure and skip, over all activities."""
    return _counts(_list_activities(task))


def _counts(activities: Iterable[Json]) -> dict[str, int]:
    found = dict.fromkeys(("success", "failure", "skip"), 0)
    for activity in activities:
        progress = activity.get("progress")
        for count in many(at(progress, "committed")) + many(at(progress, "uncommitted")):
            outcome = at(count, "outcome", "outcome")
            if outcome in found:
                found[outcome] += int(count.get("count", 0))
    return found


def find_last_error(task: Json) -> dict[str, Json]:
    """The item that failed last, with its message; empty if none did."""
    failed = [
        at(processed, "lastItem")
        for activity in _list_activities(task)
        for processed in many(at(activity, "statistics", "itemProcessing", "processed"))
        if at(processed, "outcome", "outcome") == "failure"
    ]
    items = [each for each in failed if isinstance(each, dict)]
    return max(items, key=lambda item: item.get("endTimestamp") or "", default={})


def find_message(task: Json) -> str | None:
    """What the last run says of its end."""
    return text(at(task, "result", "message")) or text(
        at(task, "activityState", "activity", "message")
    )


def measure_throughput(task: Json, now: float) -> float | None:
    """Items per minute of the activity that was begun last.

    As the server says, else those done in the time of its run so far.
    """
    latest = _find_latest(task)
    processing = at(latest, "statistics", "itemProcessing")
    said = at(processing, "throughput")
    if said is not None:
        return float(said)
    spent = sum(
        (parse_instant(end) if (end := session.get("endTimestamp")) else now) - parse_instant(start)
        for session in many(at(processing, "run"))
        if (start := session.get("startTimestamp"))
    )
    items = sum(_counts([latest]).values())
    return round(items * 60 / spent, 1) if items and spent > 0 else None


def _list_activities(task: Json) -> Iterator[dict[str, Json]]:
    """The states of the root activity and of all below it."""
    waiting = many(at(task, "activityState", "activity"))
    while waiting:
        activity = waiting.pop()
        yield activity
        waiting += many(activity.get("activity"))


def _find_latest(task: Json) -> dict[str, Json]:
    """Of the activities that work themselves the one that was begun last; empty if none was."""
    working = [each for each in _list_activities(task) if at(each, "statistics", "itemProcessing")]
    return max(working, key=lambda each: each.get("realizationStartTimestamp") or "", default={})


def _find_total(task: Json) -> int | None:
    total = task.get("expectedTotal")
    if total is not None:
        return int(total)
    said = [at(each, "progress", "expectedTotal") for each in _list_activities(task)]
    known = [int(each) for each in said if each is not None]
    return sum(known) if known else None


def _compute_percent(progress: int, total: int | None) -> float | None:
    """Rounded down, so that only what is complete shows a hundred."""
    return min(100.0, math.floor(1000 * progress / total) / 10) if total else None


def _list_runs(task: Json) -> tuple[TaskRun, ...]:
    found = [
        TaskRun(
            identifier=text(each.get("taskRunIdentifier")) or "",
            start=text(each.get("runStartTimestamp")),
            end=text(each.get("runEndTimestamp")),
        )
        for each in many(task.get("taskRunRecord"))
    ]
    return tuple(sorted(found, key=lambda run: run.start or "", reverse=True))


def _local(name: str) -> str:
    """A name without prefix or namespace."""
    return name.rpartition("#")[2].rpartition(":")[2]

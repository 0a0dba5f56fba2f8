"""What a new or replaced task is given beside what the caller says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.clock import write_instant
from gateway.errors import Unsupported
from gateway.model import task_document
from gateway.model.documents import reference
from gateway.model.schedule import TIGHT_INTERVAL, Schedule, check_schedule
from gateway.model.task import EXECUTION_OF, SCHEDULING_OF, TaskState
from gateway.model.task_document import TASK_TYPE

if TYPE_CHECKING:
    from datetime import tzinfo

    from gateway.engine.tasks.plan import Planner, PlanNode
    from gateway.model.documents import Document, StoredObject
    from gateway.model.principal import Author


ARCHETYPE_TYPE = "ArchetypeType"


class Identifiers:
    """Task identifiers: epoch milliseconds, host number, and a count within the millisecond."""

    def __init__(self) -> None:
        self._last = (0, 0)

    def next(self, seconds: float) -> str:
        """An identifier that this process has not given before."""
        last, count = self._last
        millisecond = max(int(seconds * 1000), last)  # the clock may have been put back
        self._last = (millisecond, count + 1 if millisecond == last else 1)
        return f"{millisecond}-0-{self._last[1]}"


def refuse_walks(items: Document) -> None:
    """A task that walks a workflow belongs to a job, so only who starts one makes it."""
    if task_document.is_job(items):
        raise Unsupported("A task walks a workflow only as a job; start the workflow instead.")


def with_changed_work(
    before: StoredObject, items: Document, definitions: Planner, *, is_raw: bool
) -> Document:
    """The items, checked and searchable by their work if that has changed."""
    if before.type != TASK_TYPE or task_document.activity(items) == task_document.activity(
        before.items
    ):
        return items
    for each in (before.items, items):
        refuse_walks(each)
    plan = definitions.plan(items)
    return items if is_raw else _with_affected(items, plan)


def _with_affected(items: Document, plan: PlanNode | None) -> Document:
    """The items with what the task can be searched by: its kinds of work and their objects."""
    kept = {name: value for name, value in items.items() if name != "affectedObjects"}
    return kept if plan is None else kept | {"affectedObjects": plan.affected_objects}


def task_defaults(
    items: Document, author: Author, definitions: Planner, *, is_raw: bool
) -> Document:
    """The items of a new task with owner, binding, archetype; work that cannot run is refused."""
    plan = definitions.plan(items)
    interval = items.get("schedule", {}).get("interval")
    tight = interval is not None and 1 <= interval <= TIGHT_INTERVAL
    items = {
        task_document.OWNER: reference(author.principal.oid, "UserType"),
        "binding": "tight" if tight else "loose",
        **items,
    }
    check_schedule(items)
    return items if is_raw else _with_affected(_with_archetype(items, plan), plan)


def _with_archetype(items: Document, plan: PlanNode | None) -> Document:
    """The task's items with the archetype of its kind, unless it has one already."""
    assignments: list[Document] = items.get("assignment", [])
    has_one = any(a.get("targetRef", {}).get("type") == ARCHETYPE_TYPE for a in assignments)
    archetype = plan.archetype if plan is not None else None
    if archetype is None or has_one or "archetypeRef" in items:
        return items
    oid, _ = archetype
    added: Document = {"targetRef": reference(oid, ARCHETYPE_TYPE)}
    return items | {"assignment": [*assignments, added]}


def first_state(
    items: Document, identifier: str, now: float, zone: tzinfo, *, completes: bool
) -> TaskState:
    """The state of a new task; a state that is missing follows from the other one.

    With `completes`, a task without any state is suspended, so that the omission is seen;
    otherwise it has none and never runs, and the execution state waits for the first run.
    """
    scheduling: str | None = items.get("schedulingState")
    execution: str | None = items.get("executionState")
    if scheduling is None and execution is not None:
        scheduling = SCHEDULING_OF[execution]
    elif scheduling is None and completes:
        scheduling = "suspended"
    disagrees = execution is not None and SCHEDULING_OF[execution] != scheduling
    if scheduling is not None and (disagrees or (execution is None and completes)):
        execution = EXECUTION_OF[scheduling]
    if execution == "running":  # nothing runs before the engine says so
        execution = "runnable"
    schedule = Schedule.of(items, zone)
    moment = write_instant(now)
    return TaskState(
        identifier=items.get("taskIdentifier", identifier),
        parent=task_document.parent(items),
        execution_state=execution,
        scheduling_state=scheduling,
        waiting_reason=items.get("waitingReason") if scheduling == "waiting" else None,
        recurrence="recurring" if schedule.recurring else "single",
        next_start=schedule.first(moment) if scheduling == "ready" else None,
        completed=moment if scheduling == "closed" else None,
    )


def with_own_state(
    items: Document, identifier: str, now: float, zone: tzinfo, *, completes: bool
) -> Document:
    """The items of a task that replaces another, with the identifier and states of a new one."""
    state = first_state(items, identifier, now, zone, completes=completes)
    own = {
        "taskIdentifier": state.identifier,
        "schedulingState": state.scheduling_state,
        "executionState": state.execution_state,
    }
    return items | {name: value for name, value in own.items() if value is not None}


def _agree(scheduling: str, execution: str | None) -> bool:
    return execution is not None and SCHEDULING_OF[execution] == scheduling


def decide_changed_state(items: Document, before: TaskState) -> TaskState:
    """The state after a change of the task's items, before its trigger is made anew."""
    check_schedule(items)
    scheduling: str | None = items.get("schedulingState", before.scheduling_state)
    execution: str | None = items.get("executionState", before.execution_state)
    is_rescheduled = scheduling != before.scheduling_state
    if execution is not None and execution != before.execution_state and not is_rescheduled:
        scheduling = SCHEDULING_OF[execution]
    elif scheduling is not None and is_rescheduled and not _agree(scheduling, execution):
        execution = EXECUTION_OF[scheduling]
    if execution == "running" and not before.is_running:
        execution = "runnable"
    return replace(
        before,
        identifier=items.get("taskIdentifier", before.identifier),
        parent=task_document.parent(items),
        scheduling_state=scheduling,
        execution_state=execution,
        waiting_reason=items.get("waitingReason"),
        recurrence="recurring" if Schedule.of(items).recurring else "single",
    )

"""TaskStatus: what SailPoint shows of a task and its last run (sailpoint-task-management 6, 11.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.dialects.sailpoint import statuses
from gateway.dialects.sailpoint.fields import SYSTEM, TYPES
from gateway.dialects.sailpoint.ids import Ids
from gateway.dialects.sailpoint.rows import first
from gateway.dialects.sailpoint.views.messages import list_messages
from gateway.engine.tasks.outline import outline
from gateway.errors import InvalidRequest
from gateway.model.task_document import OWNER, owner_oid
from gateway.model.task_document import activity as activity_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.model.documents import Document, StoredObject
    from gateway.model.task import TaskState

#: Before anything; only for objects that were stored past the server's rules.
NEVER = "1970-01-01T00:00:00.000Z"
#: Type of a target to what it is called.
TARGETS = {"ResourceType": "APPLICATION", "UserType": "IDENTITY"}
#: Counter to its label among the returns.
COUNTERS = {
    "processed": "Objects processed",
    "success": "Objects that succeeded",
    "failure": "Objects that failed",
    "skip": "Objects that were skipped",
    "expectedTotal": "Objects expected",
}
#: Column of the state to the attribute that shows it.
FACTS = {
    "execution_state": "executionState",
    "scheduling_state": "schedulingState",
    "result_status": "resultStatus",
    "node": "node",
    "next_start": "nextRunStartTimestamp",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class RelatedObjects:
    """What tasks refer to."""

    #: By oid, those that exist.
    objects: Mapping[str, StoredObject] = field(default_factory=dict)
    #: Names of tasks by identifier.
    parents: Mapping[str, str] = field(default_factory=dict)
    #: How the ids of all of them are written.
    ids: Ids = field(default_factory=Ids)

    def name(self, oid: str | None) -> str | None:
        """The object's name, if it exists."""
        found = self.objects.get(oid or "")
        return found.name if found is not None else None


def find_references(task: StoredObject) -> Iterator[str]:
    """Oids of what a view of the task names."""
    for reference in (*map(task.items.get, (OWNER, "objectRef")), *_show_archetypes(task)):
        if reference and reference.get("oid"):
            yield reference["oid"]


def show_task(task: StoredObject, around: RelatedObjects) -> Document:
    """The task as a wire value."""
    state = task.state
    if state is None:
        raise TypeError(f"{task.oid} is no task")
    status = statuses.completion_status(task)
    attributes = _show_attributes(task, state)
    view: Document = {
        "id": around.ids.write_id(task.oid),
        "type": first(TYPES, task),
        "uniqueName": task.name,
        "description": task.items.get("description", ""),
        "parentName": around.parents.get(state.parent) if state.parent else None,
        "launcher": _find_launcher(task, around),
        "target": _show_target(task, around),
        "created": statuses.read_created(task) or NEVER,
        "modified": statuses.read_modified(task) or NEVER,
        "launched": state.last_run_start,
        "completed": None if status is None else statuses.read_completed(task) or NEVER,
        "completionStatus": status,
        "messages": list_messages(task),
        "returns": _show_returns(attributes),
        "attributes": attributes,
        "progress": _show_progress(state),
        "percentComplete": percent(status, state.progress, state.expected_total),
    }
    summary = _show_definition(task, around)
    # Null is not allowed here; the key is left out instead.
    return view if summary is None else view | {"taskDefinitionSummary": summary}


def percent(status: str | None, done: int | None, total: int | None) -> int:
    """A whole number from 0 to 100; short of 100 as long as it is not all done."""
    if status in statuses.WHOLE:
        return 100
    return max(0, min(99, 100 * done // total)) if done and total else 0


def _find_launcher(task: StoredObject, around: RelatedObjects) -> str:
    oid = owner_oid(task.items)
    return around.name(oid) or around.ids.write_id(oid or SYSTEM)


def _show_target(task: StoredObject, around: RelatedObjects) -> Document | None:
    reference = task.items.get("objectRef")
    if not reference or not reference.get("oid"):
        return None
    oid = reference["oid"]
    kind = TARGETS.get(reference.get("type", ""))
    written = around.ids.write_id(oid)
    return {"id": written, "type": kind, "name": around.name(oid) or written}


def _show_attributes(task: StoredObject, state: TaskState) -> Document:
    """Counters and plain facts; never the definition, which may hold secrets."""
    buckets = task.runs[0].buckets if task.runs else ()
    found: Document = {
        "processed": state.progress,
        "success": sum(each.succeeded for each in buckets) if task.runs else None,
        "failure": sum(each.failed for each in buckets) if task.runs else None,
        "skip": sum(each.skipped for each in buckets) if task.runs else None,
        "expectedTotal": state.expected_total,
        "activityType": _name_activity(task),
        **{name: getattr(state, column) for column, name in FACTS.items()},
    }
    return {name: value for name, value in found.items() if value is not None}


def _show_returns(attributes: Document) -> list[Document]:
    return [
        {"name": label, "attributeName": name}
        for name, label in COUNTERS.items()
        if name in attributes
    ]


def _show_progress(state: TaskState) -> str | None:
    if state.last_run_start is None:
        return None
    if not state.progress:
        return "Started"
    if state.expected_total is None:
        return str(state.progress)
    return f"{state.progress} of {state.expected_total}"


def _name_activity(task: StoredObject) -> str | None:
    """The kind of work, such as `recomputation`."""
    activity = activity_of(task.items)
    if not activity:
        return None
    try:
        return outline(activity).name
    except InvalidRequest:  # stored past the server's rules: nobody knows
        return None


def _show_archetypes(task: StoredObject) -> list[Document]:
    found: list[Document] = task.items.get("archetypeRef", [])
    return found


def _show_definition(task: StoredObject, around: RelatedObjects) -> Document | None:
    archetype = next(
        (
            around.objects[r["oid"]]
            for r in _show_archetypes(task)
            if r.get("oid") in around.objects
        ),
        None,
    )
    if archetype is None or "activity" not in task.items:
        return None
    return {
        "id": around.ids.write_id(archetype.oid),
        "uniqueName": archetype.name,
        # Null is allowed since 2025 only, and most releases of the vendor's clients are older.
        "description": archetype.items.get("description", ""),
        "parentName": archetype.name,
        "executor": _name_activity(task),
        "arguments": {},
    }

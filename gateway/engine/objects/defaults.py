"""What the server fills in when an object is created or changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.engine.objects.recompute import recompute
from gateway.errors import Nameless, SchemaViolation
from gateway.model.containers import with_ids
from gateway.model.documents import orig, reference
from gateway.model.random_ids import random_uuid
from gateway.model.run import Outcome
from gateway.model.task_document import TASK_TYPE
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model.documents import Document, StoredObject
    from gateway.model.principal import Author

WORKFLOW_TYPE = "WorkflowType"
#: Made by the server alone; what a client sends in them is not taken over.
RUN_TIME_ITEMS = frozenset(
    "fetchResult result activityState operationStats taskRunRecord operationExecution node "
    "resultStatus progress expectedTotal lastRunStartTimestamp lastRunFinishTimestamp "
    "completionTimestamp nextRunStartTimestamp nextRetryTimestamp nodeAsObserved subtaskRef "
    "dependentTaskRef stalledSince affectedObjects stateBeforeSuspend schedulingStateBeforeSuspend "
    "diagnosticInformation lensContext".split()
)
#: A longer text cannot be a name.
MAX_NAME_LENGTH = 1_000


def check_name(items: Document) -> str:
    """The object's name; `Nameless` without a usable one."""
    name = orig(items["name"]) if "name" in items else ""
    if not name.strip():
        raise Nameless("The object has no name; give it one in the item 'name'.", path="name")
    if len(name) > MAX_NAME_LENGTH:
        raise SchemaViolation(f"The name is longer than {MAX_NAME_LENGTH} characters.", path="name")
    return name


def without_run_time(items: Document) -> Document:
    """The items that a client may define."""
    return {name: value for name, value in items.items() if name not in RUN_TIME_ITEMS}


def new_oid() -> str:
    """A random UUID."""
    return random_uuid()


def derive_items(
    type_name: str, items: Document, known: Mapping[str, StoredObject], now: str
) -> Document:
    """The items with what follows from assignments and activation."""
    is_focus = SCHEMA.is_subtype(type_name, "FocusType")
    return recompute(items, known, now, has_activation=is_focus).items


def with_writer(type_name: str, items: Document, before: Document, author: Author) -> Document:
    """The items of a workflow with who has handed it in, whatever they say themselves."""
    if type_name != WORKFLOW_TYPE:
        return items
    # A task may change other items of many workflows; nobody has read all of these for that.
    is_kept = author.task is not None and items.get("graph") == before.get("graph")
    return items | {"writer": writer_of(before) if is_kept else author.principal.oid}


def writer_of(workflow: Document) -> str:
    """Oid of who wrote a workflow; empty if nobody knows."""
    metadata: Document = workflow.get("metadata", {})
    # One that was stored before writers were noted is of who changed it last.
    last: Document = metadata.get("modifierRef") or metadata.get("creatorRef") or {}
    found: str = workflow.get("writer") or last.get("oid", "")
    return found


def number_containers(type_name: str, items: Document, next_id: int) -> tuple[Document, int]:
    """The items with container ids, and the next free one."""
    return with_ids(items, type_name, next_id, SCHEMA)


def stamp_creation(author: Author, now: str) -> Document:
    """Metadata of an object that is created now."""
    who = reference(author.principal.oid, "UserType")
    stamp = {
        "requestTimestamp": now,
        "requestorRef": who,
        "createTimestamp": now,
        "creatorRef": who,
    }
    if author.channel:
        stamp["createChannel"] = author.channel
    if author.task is not None:
        stamp["createTaskRef"] = _task(author.task)
    return stamp


def stamp_modification(author: Author, now: str) -> Document:
    """Metadata of an object that is changed now; None takes away what the last change has left."""
    return {
        "modifyTimestamp": now,
        "modifierRef": reference(author.principal.oid, "UserType"),
        "modifyChannel": author.channel or None,
        "modifyTaskRef": None if author.task is None else _task(author.task),
    }


def _task(oid: str) -> Document:
    return reference(oid, TASK_TYPE)


def simple_outcome(operation: str, author: Author, now: str) -> Outcome:
    """The record that a change leaves on its object."""
    return Outcome(
        kind="simple",
        at=now,
        status="success",
        operation=f'"{operation}"',
        initiator=author.principal.oid,
        task=author.task,
        channel=author.channel or None,
    )

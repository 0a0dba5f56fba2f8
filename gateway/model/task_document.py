"""The shape of a task's document: where its owner, its work and the tasks around it are named.

Each function takes items, so that they serve tasks that are stored, given or still drafted alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.model.documents import Document

TASK_TYPE = "TaskType"
#: Items that say whose work a task does, and which.
OWNER, ACTIVITY = "ownerRef", "activity"
#: The kind of work that a job's task does.
_WALK = "workflow"


def owner_oid(items: Document) -> str | None:
    """The oid of whose work the task does; None if nobody owns it."""
    oid: str | None = items.get(OWNER, {}).get("oid")
    return oid


def activity(items: Document) -> Document | None:
    """The definition of what the task does; None for one that does nothing."""
    found: Document | None = items.get(ACTIVITY)
    return found


def is_job(items: Document) -> bool:
    """Whether the task walks through a workflow."""
    return _WALK in (activity(items) or {}).get("work", {})


def parent(items: Document) -> str | None:
    """The identifier of the task that waits for this one as its subtask; None for a root."""
    identifier: str | None = items.get("parent")
    return identifier


def dependents(items: Document) -> Sequence[str]:
    """Identifiers of the tasks that wait until this one is closed."""
    identifiers: Sequence[str] = items.get("dependent", ())
    return identifiers


def is_awaited(items: Document) -> bool:
    """Whether another task may wait for this one."""
    return parent(items) is not None or bool(dependents(items))


def work_path(*names: str) -> str:
    """Where something of the work stands in a task's document, for messages: `activity/work/noOp/steps`."""
    return "/".join((ACTIVITY, "work", *names))

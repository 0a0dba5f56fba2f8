"""From a task's items to the work it means; what cannot run is refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gateway.engine.activities  # noqa: F401  registers the activities
from gateway.engine.activities.base import Work, known
from gateway.errors import SchemaViolation, Unsupported

if TYPE_CHECKING:
    from gateway.model.documents import Document


def work_of(items: Document) -> Work[Any] | None:
    """The task's work; None if it defines no activity. Raises `InvalidRequest` for bad ones."""
    activity: Document | None = items.get("activity")
    if activity is None:
        return None
    _only_full_mode(activity)
    kinds: Document = activity.get("work", {})
    if len(kinds) != 1:
        names = f" ({', '.join(kinds)})" if kinds else ""
        raise SchemaViolation(
            f"activity/work must name exactly one kind of work, not {len(kinds)}{names}.",
            path="activity/work",
        )
    [(name, parameters)] = kinds.items()
    found = known(name)
    return Work(
        identifier=activity.get("identifier", f"{name}:1"),
        activity=found,
        parameters=found.parameters(parameters),
    )


def _only_full_mode(activity: Document) -> None:
    mode = activity.get("execution", {}).get("mode", activity.get("executionMode", "full"))
    if mode != "full":
        raise Unsupported(f"The execution mode '{mode}' is not supported yet, only 'full'.")


def affected_objects(work: Work[Any]) -> Document:
    """What a task can be searched by: its kind of work, and the objects that it is about."""
    affected: Document = {
        "activityType": work.activity.name,
        "executionMode": "full",
        "predefinedConfigurationToUse": "production",
    }
    if work.activity.handles_items:
        affected["objects"] = {"type": work.activity.objects(work.parameters).type}
    return {"activity": [affected]}

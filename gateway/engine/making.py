"""What becomes of an object that is created or changed: pure functions, the same for callers and tasks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.engine import lifecycle, submission
from gateway.model.effects import Change, NewObject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.engine.definition import Definitions
    from gateway.model.documents import Document, StoredObject
    from gateway.model.job import Job
    from gateway.model.principal import Author
    from gateway.model.task import TaskState


def created(
    type_name: str,
    oid: str,
    items: Document,
    *,
    author: Author,
    known: Mapping[str, StoredObject],
    now: str,
    state: TaskState | None = None,
    raw: bool = False,
    job: Job | None = None,
) -> NewObject:
    """A new object; `known` holds what its assignments lead to."""
    items, next_id = submission.numbered(type_name, items, 1)
    outcome = None
    if not raw:
        items = submission.derived(type_name, items, known, now)
        items |= {"iteration": 0, "iterationToken": ""}
        items["metadata"] = submission.created_stamp(author, now) | items.get("metadata", {})
        outcome = submission.simple_outcome("add", author, now)
    return NewObject(
        oid=oid,
        type=type_name,
        items=items,
        next_id=next_id,
        state=state,
        outcome=outcome,
        job=job,
    )


def changed(
    before: StoredObject,
    items: Document,
    *,
    author: Author,
    known: Mapping[str, StoredObject],
    now: str,
    definitions: Definitions,
    raw: bool = False,
) -> Change:
    """The object when its items are to be these; a task's trigger is made anew."""
    items = submission.with_changed_work(before, items, definitions, is_raw=raw)
    change = content(before, items, author=author, known=known, now=now, raw=raw)
    if before.state is None:
        return change
    moved = submission.changed_state(change.items, before.state)
    task = replace(before, items=change.items, state=moved)
    state = lifecycle.rescheduled(task, before.state, now, definitions.zone)
    return replace(change, state=state)


def content(
    before: StoredObject,
    items: Document,
    *,
    author: Author,
    known: Mapping[str, StoredObject],
    now: str,
    raw: bool = False,
) -> Change:
    """The object's new content; its run-time state, if it has any, stays what it is."""
    items, next_id = submission.numbered(before.type, items, before.next_id)
    outcome = None
    if not raw:
        items = submission.derived(before.type, items, known, now)
        metadata = items.get("metadata", {}) | submission.modified_stamp(author, now)
        items["metadata"] = {name: value for name, value in metadata.items() if value is not None}
        outcome = submission.simple_outcome("modify", author, now)
    return Change(items=items, next_id=next_id, state=before.state, outcome=outcome)

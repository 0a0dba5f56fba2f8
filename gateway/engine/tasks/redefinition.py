"""A change of an object, and what it means for a task that is under way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.engine.objects.changes import content
from gateway.engine.tasks.defaults import decide_changed_state, with_changed_work
from gateway.model import lifecycle, task_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.engine.tasks.plan import Planner
    from gateway.model.documents import Document, StoredObject
    from gateway.model.effects import Change
    from gateway.model.principal import Author


def change_object(
    before: StoredObject,
    items: Document,
    *,
    author: Author,
    known: Mapping[str, StoredObject],
    now: str,
    definitions: Planner,
    raw: bool = False,
) -> Change:
    """The object when its items are to be these; a task's trigger is made anew."""
    items = with_changed_work(before, items, definitions, is_raw=raw)
    change = content(before, items, author=author, known=known, now=now, raw=raw)
    if before.state is None:
        return change
    moved = decide_changed_state(change.items, before.state)
    if task_document.activity(change.items) != task_document.activity(before.items):
        moved = replace(moved, origin=None)  # it does what its step has not decided
    task = replace(before, items=change.items, state=moved)
    state = lifecycle.reschedule(task, before.state, now, definitions.zone)
    return replace(change, state=state)

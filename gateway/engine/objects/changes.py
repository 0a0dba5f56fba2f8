"""What becomes of an object that is created or changed: pure functions, the same for callers and tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.engine.objects import defaults as submission
from gateway.engine.objects.checks import check_content
from gateway.model.containers import essential
from gateway.model.documents import identity, same
from gateway.model.effects import Change, NewObject
from gateway.model.schema import Kind
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model.documents import Document, StoredObject
    from gateway.model.job import Job
    from gateway.model.principal import Author
    from gateway.model.task import TaskState


def create_object(
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
    password: str | None = None,
) -> NewObject:
    """A new object; `known` holds what its assignments lead to."""
    check_content(type_name, items, {})
    items = submission.with_writer(type_name, items, {}, author)
    items, next_id = submission.number_containers(type_name, items, 1)
    outcome = None
    if not raw:
        items = submission.derive_items(type_name, items, known, now)
        items |= {"iteration": 0, "iterationToken": ""}
        items["metadata"] = submission.stamp_creation(author, now) | items.get("metadata", {})
        outcome = submission.simple_outcome("add", author, now)
    return NewObject(
        oid=oid,
        type=type_name,
        items=items,
        next_id=next_id,
        state=state,
        outcome=outcome,
        job=job,
        password=password,
    )


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
    check_content(before.type, items, before.items)
    items = submission.with_writer(before.type, items, before.items, author)
    items, next_id = submission.number_containers(before.type, items, before.next_id)
    outcome = None
    if not raw:
        items = submission.derive_items(before.type, items, known, now)
        metadata = items.get("metadata", {}) | submission.stamp_modification(author, now)
        items["metadata"] = {name: value for name, value in metadata.items() if value is not None}
        outcome = submission.simple_outcome("modify", author, now)
    return Change(items=items, next_id=next_id, state=before.state, outcome=outcome)


def merge_kept(before: StoredObject, items: Document) -> Document:
    """The items with all that the server has filled in, and with the ids of equal values."""
    declared = SCHEMA[before.type].items
    filled = {
        name: value
        for name, value in before.items.items()
        if (item := declared.get(name)) is not None
        and (item.operational or item.storage.startswith("task."))
    }
    return filled | {
        name: _with_ids_of(before.items[name], value, declared[name].type)
        if name in before.items and declared[name].many and declared[name].kind is Kind.CONTAINER
        else value
        for name, value in items.items()
        if name not in filled or name not in submission.RUN_TIME_ITEMS
    }


def _with_ids_of(before: list[Document], values: list[Document], type_name: str) -> list[Document]:
    """Values without ids get those of equal ones, each once."""
    free = [each for each in before if "id" in each]
    found: list[Document] = []
    for value in values:
        content = identity(essential(value, type_name, SCHEMA))
        equal = next(
            (one for one in free if identity(essential(one, type_name, SCHEMA)) == content), None
        )
        if equal is None or "id" in value:
            found.append(value)
        else:
            free.remove(equal)
            found.append({"id": equal["id"], **value})
    return found


def changes_nothing(before: StoredObject, change: Change) -> bool:
    """Whether the object would differ in nothing but in who has changed it, and when."""
    present = {name: value for name, value in before.items.items() if name != "metadata"}
    coming = {name: value for name, value in change.items.items() if name != "metadata"}
    return same(coming, present)

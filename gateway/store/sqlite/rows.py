"""Between objects and rows: which items stand in the document, which beside it."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from gateway.model.documents import DEFAULT_RELATION, normalize, orig, reference
from gateway.model.run import Bucket, Outcome, Run
from gateway.model.task import TaskState
from gateway.model.task_document import dependents
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

    from gateway.model.documents import Document, Json

_FIELDS = {kind: tuple(field.name for field in fields(kind)) for kind in (TaskState, Outcome)}
STATE_COLUMNS = _FIELDS[TaskState]


def make_columns(value: TaskState | Outcome) -> dict[str, Any]:
    """A value's fields as named parameters, not copied."""
    return {name: getattr(value, name) for name in _FIELDS[type(value)]}


class Layout(NamedTuple):
    """Where the items of a type go."""

    #: Item name to column of the `task` table.
    state: dict[str, str]
    #: Multi-valued references with rows in `reference`.
    references: tuple[str, ...]
    #: Containers with rows in `assignment`.
    assignments: tuple[str, ...]
    #: Items that are laid over on read and never stored in the document.
    outcomes: tuple[str, ...]


@cache
def layout(type_name: str) -> Layout:
    """The layout of a type, read off the schema."""
    items = SCHEMA[type_name].items.values()

    def list_stored(where: str) -> tuple[str, ...]:
        return tuple(item.name for item in items if item.storage == where)

    return Layout(
        state={
            item.name: item.storage.removeprefix("task.")
            for item in items
            if item.storage.startswith("task.")
        },
        references=list_stored("reference"),
        assignments=list_stored("assignment"),
        outcomes=list_stored("outcome"),
    )


def document_text(type_name: str, items: Document) -> bytes:
    """The document of an object: its items without what is stored beside it."""
    where = layout(type_name)
    beside = where.state.keys() | set(where.outcomes)
    return orjson.dumps({name: value for name, value in items.items() if name not in beside})


def object_columns(type_name: str, items: Document, next_id: int) -> dict[str, Any]:
    """What an object's row holds of its content, in the order of the table."""
    name = orig(items["name"])
    return {
        "name": name,
        "name_norm": normalize(name),
        "next_id": next_id,
        "doc": document_text(type_name, items).decode(),
    }


@cache
def find_side_table_items(type_name: str) -> tuple[str, ...]:
    """Items that have rows of their own besides standing in the document."""
    where = layout(type_name)
    of_tasks = ("dependent", "executionConstraints") if where.state else ()
    return (*where.references, *where.assignments, *of_tasks)


def task_rows(type_name: str, items: Document) -> Iterator[tuple[str, list[list[Json]]]]:
    """Statement and rows for what a task waits for and shares; nothing for other objects."""
    if not layout(type_name).state:
        return
    if "dependent" in items:
        yield "add_dependencies", [[identifier] for identifier in dependents(items)]
    constraints: Document = items.get("executionConstraints", {})
    groups = [constraints, *constraints.get("secondaryGroup", ())]
    rows = [[g["group"], g.get("groupTaskLimit")] for g in groups if "group" in g]
    if rows:
        yield "add_groups", rows


def reference_rows(type_name: str, items: Document) -> list[list[Json]]:
    """Rows `[path, ordinal, oid, type, relation]` of the object's multi-valued references."""
    return [
        [path, ordinal, *_target(value)]
        for path in layout(type_name).references
        for ordinal, value in enumerate(items.get(path, ()))
    ]


def assignment_rows(type_name: str, items: Document) -> list[list[Json]]:
    """Rows `[path, ordinal, id, oid, type, relation]` of assignments and inducements."""
    return [
        [path, ordinal, value["id"], *_target(value.get("targetRef"))]
        for path in layout(type_name).assignments
        for ordinal, value in enumerate(items.get(path, ()))
    ]


def _target(reference: Document | None) -> tuple[str | None, str | None, str | None]:
    if reference is None:
        return None, None, None
    return (
        reference.get("oid"),
        reference.get("type"),
        reference.get("relation", DEFAULT_RELATION),
    )


def state_of(row: sqlite3.Row) -> TaskState:
    """A row of the `task` table as a value."""
    found = dict(zip(row.keys(), row, strict=True))
    del found["seq"]
    return TaskState(**found)


def overlay_state(type_name: str, document: Document, state: TaskState | None) -> Document:
    """The document with the run-time state's items on top."""
    if state is None:
        return document
    for item, column in layout(type_name).state.items():
        value = getattr(state, column)
        if value is not None:
            document[item] = value
    return document


def run_of(row: sqlite3.Row, buckets: Iterable[Bucket]) -> Run:
    """A row of the `run` table as a value."""
    return Run(
        id=row["id"],
        identifier=row["identifier"],
        started=row["started"],
        ended=row["ended"],
        status=row["status"],
        message=row["message"],
        lease=row["lease"],
        attempt=row["attempt"],
        sessions=orjson.loads(row["sessions"]),
        buckets=tuple(buckets),
        progressed=row["progressed"],
    )


def bucket_of(row: sqlite3.Row) -> Bucket:
    """A row of the `bucket` table as a value."""
    cells: dict[str, Any] = {key: row[key] for key in row.keys() if key != "run"}  # noqa: SIM118
    for name in ("last_items", "matched"):
        cells[name] = orjson.loads(cells[name])
    return Bucket(**cells)


def outcome_item(row: tuple[Any, ...]) -> Document:
    """A row of the `outcome` table as a value of the item `operationExecution`."""
    _, kind, at, status, message, operation, initiator, task, run, activity, channel = row
    value: Document = {"recordType": kind, "timestamp": at, "status": status}
    optional: dict[str, Json] = {
        "message": message,
        "operation": orjson.loads(operation) if operation else None,
        "initiatorRef": _reference(initiator, "UserType"),
        "taskRef": _reference(task, "TaskType"),
        "taskRunIdentifier": run,
        "activityPath": {"identifier": [activity]} if activity else None,
        "channel": channel,
    }
    return value | {name: found for name, found in optional.items() if found is not None}


def _reference(oid: str | None, type_name: str) -> Document | None:
    return reference(oid, type_name) if oid else None

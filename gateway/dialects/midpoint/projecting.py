"""Views that show more or less than usual: include, exclude, resolveNames, raw."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.dialects.midpoint.representation import Representation, view, with_result
from gateway.dialects.midpoint.write import items_of
from gateway.dialects.midpoint.write import reference as wire_reference
from gateway.model.paging import Page
from gateway.model.schema import Kind
from gateway.model.types import SCHEMA
from gateway.query import compile_clauses
from gateway.store.base import Search

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.dialects.midpoint.query import Projection
    from gateway.engine.engine import Engine
    from gateway.model.documents import Document, Json, StoredObject


async def projected(
    engine: Engine, stored: Sequence[StoredObject], wanted: Projection
) -> list[Representation]:
    """The objects in the form that was asked for."""
    names = await _names(engine, stored, wanted)
    included = {path.steps[0].item.name for path in wanted.includes}
    made = []
    for each in stored:
        value = _view(each, names, raw=wanted.raw)
        if "result" in included:
            value = with_result(each, value)
        if "nextRunStartTimestamp" in included and each.state and each.state.next_start:
            value["nextRunStartTimestamp"] = each.state.next_start
        if "subtaskRef" in included and each.state:
            subtasks = await _subtasks(engine, each.state.identifier)
            if subtasks:
                value["subtaskRef"] = subtasks[0] if len(subtasks) == 1 else subtasks
        for names_of_path in wanted.excludes:
            _remove(value, deque(names_of_path))
        made.append(Representation.from_view(each.type, value))
    return made


def _view(stored: StoredObject, names: dict[tuple[str, str], Json], *, raw: bool) -> Document:
    if names:
        items = _named(stored.items, stored.type, (), names)
        stored = replace(stored, items=items)
    if raw:
        items = items_of(stored.type, stored.items)
        return {"oid": stored.oid, "version": str(stored.version), **items}
    return view(stored)


async def _subtasks(engine: Engine, identifier: str) -> list[Document]:
    compiled = compile_clauses({"equal": {"path": "parent", "value": identifier}}, "TaskType")
    found = await engine.search(Search(type="TaskType", filter=compiled, page=Page()))
    return [
        wire_reference({"oid": oid, "type": "TaskType", "relation": "default"})
        for oid in found.oids
    ]


async def _names(
    engine: Engine, stored: Sequence[StoredObject], wanted: Projection
) -> dict[tuple[str, str], Json]:
    """Path and target oid to the target's name, for the references whose names are wanted."""
    paths = {tuple(step.item.name for step in path.steps) for path in wanted.resolves}
    if not (wanted.resolve_all or paths):
        return {}
    found = [
        (path, oid)
        for each in stored
        for path, oid in _references(each.items, each.type, ())
        if wanted.resolve_all or path in paths
    ]
    targets = await engine.get_many(sorted({oid for _, oid in found}))
    return {
        ("/".join(path), oid): targets[oid].items["name"] for path, oid in found if oid in targets
    }


def _references(
    items: Document, type_name: str, above: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, value in items.items():
        item = SCHEMA[type_name].item(name)
        if item is None or item.kind is Kind.PROPERTY:
            continue
        path = (*above, name)
        for each in value if item.many else [value]:
            if item.kind is Kind.REFERENCE:
                yield path, each["oid"]
            else:
                yield from _references(each, item.type, path)


def _named(
    items: Document,
    type_name: str,
    above: tuple[str, ...],
    names: dict[tuple[str, str], Json],
) -> Document:
    """The items with `targetName` in the references whose names are known."""
    named = dict(items)
    for name, value in items.items():
        item = SCHEMA[type_name].item(name)
        if item is None or item.kind is Kind.PROPERTY:
            continue
        path = (*above, name)
        values = [
            _named_reference(each, "/".join(path), names)
            if item.kind is Kind.REFERENCE
            else _named(each, item.type, path, names)
            for each in (value if item.many else [value])
        ]
        named[name] = values if item.many else values[0]
    return named


def _named_reference(value: Document, path: str, names: dict[tuple[str, str], Json]) -> Document:
    name = names.get((path, value["oid"]))
    return value if name is None else {**value, "targetName": name}


def _remove(value: Json, names: deque[str]) -> None:
    """Take the item at the path out of a wire value, wherever it occurs."""
    if isinstance(value, list):
        for each in value:
            _remove(each, names.copy())
    elif isinstance(value, dict):
        name = names.popleft()
        if names:
            _remove(value.get(name), names)
        else:
            value.pop(name, None)

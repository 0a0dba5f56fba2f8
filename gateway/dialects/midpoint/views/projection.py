"""Views that show more or less than usual: include, exclude, resolveNames, raw."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.dialects.midpoint.views.included import find_relatives, include_items
from gateway.dialects.midpoint.views.representation import Representation, view
from gateway.dialects.midpoint.wire.write import items_of
from gateway.model.schema import Kind
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.dialects.midpoint.query import ItemProjection
    from gateway.dialects.midpoint.views.included import TaskReader, ViewTime
    from gateway.model.documents import Document, Json, StoredObject


async def project_objects(
    source: TaskReader, stored: Sequence[StoredObject], wanted: ItemProjection, moment: ViewTime
) -> list[Representation]:
    """The objects in the form that was asked for."""
    names = await _names(source, stored, wanted)
    included = {path.steps[0].item.name for path in wanted.includes}
    found = await find_relatives(source, stored, included, named=wanted.resolve_all)
    made = []
    for each in stored:
        value = _view(each, names, moment.now, raw=wanted.raw)
        value |= include_items(each, included, found, moment)
        for names_of_path in wanted.excludes:
            _remove(value, deque(names_of_path))
        made.append(Representation.from_view(each.type, value))
    return made


def _view(
    stored: StoredObject, names: dict[tuple[str, str], Json], now: float, *, raw: bool
) -> Document:
    if names:
        items = _name_references(stored.items, stored.type, (), names)
        stored = replace(stored, items=items)
    if raw:
        items = items_of(stored.type, stored.items)
        return {"oid": stored.oid, "version": str(stored.version), **items}
    return view(stored, now)


async def _names(
    source: TaskReader, stored: Sequence[StoredObject], wanted: ItemProjection
) -> dict[tuple[str, str], Json]:
    """Path and target oid to the target's name, for the references whose names are wanted."""
    paths = {tuple(step.item.name for step in path.steps) for path in wanted.resolves}
    if not (wanted.resolve_all or paths):
        return {}
    found = [
        (path, oid)
        for each in stored
        for path, oid in _collect_references(each.items, each.type, ())
        if wanted.resolve_all or path in paths
    ]
    targets = await source.get_many(sorted({oid for _, oid in found}))
    return {
        ("/".join(path), oid): targets[oid].items["name"] for path, oid in found if oid in targets
    }


def _collect_references(
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
                yield from _collect_references(each, item.type, path)


def _name_references(
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
            _name_reference(each, "/".join(path), names)
            if item.kind is Kind.REFERENCE
            else _name_references(each, item.type, path, names)
            for each in (value if item.many else [value])
        ]
        named[name] = values if item.many else values[0]
    return named


def _name_reference(value: Document, path: str, names: dict[tuple[str, str], Json]) -> Document:
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

"""Whether a document is what the schema allows, and what it refers to. Pure; looks at nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.schema import Kind
from gateway.model.values import convert

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.model.documents import Document, Json
    from gateway.model.schema import ComplexType, Item, Schema

NUMBERS = frozenset({"int", "long", "decimal"})
#: Who made an object, and which task, is told even when they are gone.
HISTORY = "MetadataType"


def violations(items: Document, within: ComplexType, schema: Schema) -> Iterator[str]:
    """A sentence for each place of an object's items that the schema does not allow."""
    if within.is_object and "name" not in items:
        yield "name is missing"
    for path, item, value in _place_items(items, within, ""):
        yield from _violations(path, item, value, schema)


def references(items: Document, within: ComplexType, schema: Schema) -> Iterator[tuple[str, str]]:
    """Path and oid of each reference, apart from those to makers and the like."""
    for path, item, value in _place_items(items, within, ""):
        yield from _references(path, item, value, schema)


def _place_items(
    items: Document, within: ComplexType, above: str
) -> Iterator[tuple[str, Item | None, Json]]:
    for name, value in items.items():
        item = within.item(name)
        known = None if item is not None and item.removed else item
        yield f"{above}/{name}" if above else name, known, value


def _values(path: str, item: Item, value: Json) -> Iterator[tuple[str, Json]]:
    """The values of an item with their paths; those of containers are named by id."""
    if not item.many:
        yield path, value
    elif isinstance(value, list):
        for each in value:
            is_named = isinstance(each, dict) and "id" in each
            yield f"{path}[{each['id']}]" if is_named else path, each


def _violations(path: str, item: Item | None, value: Json, schema: Schema) -> Iterator[str]:
    if item is None:
        yield f"{path} is no item of the schema"
        return
    if item.many != isinstance(value, list) and (item.many or item.type != "any"):
        yield f"{path} is a list" if not item.many else f"{path} is not a list"
        return
    if item.many and item.kind is Kind.CONTAINER:
        yield from _bad_ids(path, value)
    for place, each in _values(path, item, value):
        yield from _bad_value(place, item, each, schema)


def _bad_ids(path: str, values: list[Json]) -> Iterator[str]:
    ids = [each["id"] for each in values if isinstance(each, dict) and "id" in each]
    if any(type(each) is not int or each < 1 for each in ids):
        yield f"{path} has a value whose id is no positive integer"
    elif len(ids) < len(values):
        yield f"{path} has a value without an id"
    elif len(set(ids)) < len(ids):
        yield f"{path} has two values with one id"


def _bad_value(path: str, item: Item, value: Json, schema: Schema) -> Iterator[str]:
    if item.kind is Kind.PROPERTY:
        if not _is_canonical(item, value):
            yield f"{path} holds no {item.enum or item.type}"
    elif not isinstance(value, dict):
        yield f"{path} holds no {item.kind.value}"
    elif item.kind is Kind.REFERENCE:
        yield from _bad_reference(path, item, value, schema)
    else:
        for place, inner, each in _place_items(_without_id(item, value), schema[item.type], path):
            yield from _violations(place, inner, each, schema)


def _without_id(item: Item, value: Document) -> Document:
    return {k: v for k, v in value.items() if k != "id"} if item.many else value


def _bad_reference(path: str, item: Item, value: Document, schema: Schema) -> Iterator[str]:
    if not all(isinstance(value.get(name), str) for name in ("oid", "type", "relation")):
        yield f"{path} lacks oid, type or relation"
    elif not schema.is_subtype(value["type"], item.target):
        yield f"{path} refers to {value['type']}, not to {item.target}"


def _is_canonical(item: Item, value: Json) -> bool:
    """Whether the value is written as `convert` writes it."""
    if item.type == "any":
        return True
    if item.type == "polystring" and isinstance(value, dict):
        return isinstance(value.get("orig"), str)
    if item.type == "boolean":
        return isinstance(value, bool)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number != (item.type in NUMBERS) or not (is_number or isinstance(value, str)):
        return False
    try:
        return bool(convert(item, str(value)) == value)
    except ValueError:
        return False


def _references(
    path: str, item: Item | None, value: Json, schema: Schema
) -> Iterator[tuple[str, str]]:
    if item is None or item.type == HISTORY or item.kind is Kind.PROPERTY:
        return
    for place, each in _values(path, item, value):
        if not isinstance(each, dict):
            continue
        if item.kind is Kind.CONTAINER:
            for inner in _place_items(_without_id(item, each), schema[item.type], place):
                yield from _references(*inner, schema)
        elif isinstance(each.get("oid"), str):
            yield place, each["oid"]

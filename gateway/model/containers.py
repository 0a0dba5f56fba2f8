"""Ids of container values: positive integers, one counter an object, never used twice."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from gateway.errors import SchemaViolation
from gateway.model.schema import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.model.documents import Document
    from gateway.model.schema import Item, Schema


def with_ids(items: Document, type_name: str, next_id: int, schema: Schema) -> tuple[Document, int]:
    """The items with an id for each value that needs one, and the counter after that."""
    largest = max((0, *_ids(items, type_name, schema)))
    counter = _Counter(schema, max(next_id, largest + 1))
    return counter.number(items, type_name), counter.next_id


@cache
def _find_numbered_items(type_name: str, schema: Schema) -> Mapping[str, Item]:
    """The containers of a type that have ids themselves or hold values that have."""
    return {
        name: item
        for name, item in schema[type_name].items.items()
        # Outcomes are laid over on read and have rows of their own, not ids.
        if item.kind is Kind.CONTAINER
        and item.storage != "outcome"
        and (item.many or _holds_ids(item.type, schema, frozenset({type_name})))
    }


def _holds_ids(type_name: str, schema: Schema, above: frozenset[str]) -> bool:
    """Whether a value of the type can hold a value with an id, at any depth."""
    if type_name in above:
        return False
    return any(
        item.many or _holds_ids(item.type, schema, above | {type_name})
        for item in schema[type_name].items.values()
        if item.kind is Kind.CONTAINER
    )


def _ids(items: Document, type_name: str, schema: Schema) -> Iterator[int]:
    for name, item in _find_numbered_items(type_name, schema).items():
        if name in items:
            for each in items[name] if item.many else [items[name]]:
                yield each.get("id", 0)
                yield from _ids(each, item.type, schema)


def essential(value: Document, type_name: str, schema: Schema) -> Document:
    """What a client said in a container value: without its id and what the server maintains."""
    kept: Document = {}
    for name, inner in value.items():
        item = schema[type_name].item(name)
        if item is None or item.operational:
            continue
        if item.kind is Kind.CONTAINER and not item.many:
            inner = essential(inner, item.type, schema)  # noqa: PLW2901  the value to keep
        if inner != {}:
            kept[name] = inner
    return kept


class _Counter:
    def __init__(self, schema: Schema, next_id: int) -> None:
        self._schema = schema
        self.next_id = next_id

    def number(self, items: Document, type_name: str) -> Document:
        """A copy whose container values all have ids."""
        numbered = dict(items)
        for name, item in _find_numbered_items(type_name, self._schema).items():
            if name not in items:
                continue
            if item.many:
                numbered[name] = self._number_values(items[name], item)
            else:
                numbered[name] = self.number(items[name], item.type)
        return numbered

    def _number_values(self, values: list[Document], item: Item) -> list[Document]:
        given = [value["id"] for value in values if "id" in value]
        if len(given) != len(set(given)):
            raise SchemaViolation(f"Two values of '{item.name}' have the same id.", path=item.name)
        return [self._number(value, item.type) for value in values]

    def _number(self, value: Document, type_name: str) -> Document:
        inner = self.number(value, type_name)
        if "id" in inner:
            return inner
        self.next_id += 1
        return {"id": self.next_id - 1, **inner}

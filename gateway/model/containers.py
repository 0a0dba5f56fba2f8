"""Ids of container values: positive integers, one counter an object, never used twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.errors import SchemaViolation
from gateway.model.schema import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.model.documents import Document
    from gateway.model.schema import Item, Schema


def with_ids(items: Document, type_name: str, next_id: int, schema: Schema) -> tuple[Document, int]:
    """The items with an id for each value that needs one, and the counter after that."""
    largest = max((0, *_ids(items, type_name, schema)))
    counter = _Counter(schema, max(next_id, largest + 1))
    return counter.number(items, type_name), counter.next_id


def _ids(items: Document, type_name: str, schema: Schema) -> Iterator[int]:
    found = schema[type_name]
    for name, value in items.items():
        item = found.item(name)
        if item is not None and item.kind is Kind.CONTAINER:
            for each in value if item.many else [value]:
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
        found = self._schema[type_name]
        numbered = dict(items)
        for name, value in items.items():
            item = found.item(name)
            # Outcomes are laid over on read and have rows of their own, not ids.
            if item is None or item.kind is not Kind.CONTAINER or item.storage == "outcome":
                continue
            if item.many:
                numbered[name] = self._numbered_values(value, item)
            else:
                numbered[name] = self.number(value, item.type)
        return numbered

    def _numbered_values(self, values: list[Document], item: Item) -> list[Document]:
        given = [value["id"] for value in values if "id" in value]
        if len(given) != len(set(given)):
            raise SchemaViolation(f"Two values of '{item.name}' have the same id.", path=item.name)
        return [self._numbered(value, item.type) for value in values]

    def _numbered(self, value: Document, type_name: str) -> Document:
        inner = self.number(value, type_name)
        if "id" in inner:
            return inner
        self.next_id += 1
        return {"id": self.next_id - 1, **inner}

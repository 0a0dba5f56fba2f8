"""Where values of a container type, or references, stand in objects; read off the schema.

Knows types and item names, no filters.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from gateway.model.schema import Kind
from gateway.query.scope import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.model.schema import ComplexType, Schema

#: Containers inside one another that are looked into.
DEPTH = 4


class Holder(NamedTuple):
    """An item with several values, and the object type that declares the first step to it."""

    owner: str
    path: tuple[str, ...]


@lru_cache(maxsize=256)
def holders(schema: Schema, name: str) -> tuple[Holder, ...]:
    """Where values of the container type, or references in general, stand."""
    return tuple(
        Holder(declared.name, path)
        for declared in schema.types()
        if declared.is_object
        for path in _paths(schema, declared, name, ())
    )


def _paths(
    schema: Schema, within: ComplexType, name: str, before: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    for item in within.own:
        path = (*before, item.name)
        if item.kind is Kind.REFERENCE and name == REFERENCE.name and item.many and not before:
            if not item.computed:
                yield path
        elif item.kind is Kind.CONTAINER and item.type == name and item.many:
            yield path
        elif item.kind is Kind.CONTAINER and len(path) < DEPTH and name != REFERENCE.name:
            yield from _paths(schema, schema[item.type], name, path)

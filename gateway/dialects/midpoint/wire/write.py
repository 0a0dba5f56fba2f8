"""From documents to midPoint's JSON: prefixes, bare single values, schema order."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from gateway.model.schema import Kind
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.model.documents import Document, Json

#: Types whose names carry another prefix than the schema's own are written as they are.
_KEEPS_PREFIX = ":"


class _Plan(NamedTuple):
    """How the items of a type are written: their order, and what must be converted."""

    order: dict[str, int]
    writers: dict[str, Callable[[Json], Json] | None]
    #: For the items of an open type that the schema does not name.
    undeclared: Callable[[Json], Json] | None


def items_of(type_name: str, items: Document) -> Document:
    """The items in schema order, each in its wire form."""
    order, writers, undeclared = _plan(type_name)
    written: Document = {}
    for name in sorted(items, key=lambda each: order.get(each, len(order))):
        writer = writers.get(name, undeclared)
        value = items[name]
        written[name] = value if writer is None else writer(value)
    return written


@cache
def _plan(type_name: str) -> _Plan:
    items, is_open = SCHEMA[type_name].items, SCHEMA[type_name].open
    return _Plan(
        order={name: position for position, name in enumerate(items)},
        writers={name: _writer(item.kind, item.type, item.many) for name, item in items.items()},
        undeclared=_writer(Kind.PROPERTY, "any", many=True) if is_open else None,
    )


def _writer(kind: Kind, type_name: str, many: bool) -> Callable[[Json], Json] | None:
    single = _single_writer(kind, type_name)
    if not many:
        return single
    return lambda values: _bare_if_one(values, single)


def _bare_if_one(values: list[Json], writer: Callable[[Json], Json] | None) -> Json:
    # One value is written bare, even where the schema allows several (prism-impl's lexical writer).
    written = values if writer is None else [writer(value) for value in values]
    is_bare = len(written) == 1 and not isinstance(written[0], list)
    return written[0] if is_bare else written


def _single_writer(kind: Kind, type_name: str) -> Callable[[Json], Json] | None:
    if kind is Kind.REFERENCE:
        return reference
    if kind is Kind.CONTAINER:
        return lambda value: _container(type_name, value)
    return add_prefix if type_name == "qname" else None


def _container(type_name: str, value: Document) -> Document:
    if "id" not in value or "id" in SCHEMA[type_name].items:
        return items_of(type_name, value)
    rest = {name: inner for name, inner in value.items() if name != "id"}
    return {"@id": value["id"], **items_of(type_name, rest)}


def reference(value: Document) -> Document:
    """A reference in wire order: oid, relation, type, then what else is known."""
    written: Document = {
        "oid": value["oid"],
        "relation": _relation(value["relation"]),
        "type": add_prefix(value["type"]),
    }
    for name in ("targetName", "description"):
        if name in value:
            written[name] = value[name]
    return written


def add_prefix(name: str) -> str:
    """A name of the common namespace with its prefix."""
    return name if _KEEPS_PREFIX in name else f"c:{name}"


def _relation(name: str) -> str:
    return name if _KEEPS_PREFIX in name else f"org:{name}"

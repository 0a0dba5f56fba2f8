"""The path of an ordering: which single-valued property it names.

Paging never stands in the text of a filter; this is its only part that is about items.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from gateway.errors import QueryError, QuerySemanticError
from gateway.model.schema import Kind
from gateway.query.ast import Condition
from gateway.query.parse import parse
from gateway.query.resolved import Present, Refers
from gateway.query.scope import Scope, bind

if TYPE_CHECKING:
    from gateway.model.schema import Item, Schema
    from gateway.query.ast import Path
    from gateway.query.resolved import Resolved

#: Items of one order.
MAX_ORDERS = 8


def order_paths(text: str, schema: Schema, type_name: str) -> list[Present | Refers]:
    """The properties that a path, or several with commas between them, name in objects of the type."""
    paths = text.split(",")
    if len(paths) > MAX_ORDERS:
        raise QuerySemanticError(f"At most {MAX_ORDERS} items can be ordered by", text=text)
    return [ordering(path, schema, type_name) for path in paths]


def ordering(text: str, schema: Schema, type_name: str) -> Present | Refers:
    """The property that `text` names in objects of the type, behind the references on the way."""
    path = item_path(text)
    bound = bind(path, Scope(schema=schema, zone=UTC, text=text, type=schema[type_name]))
    place = bound.place
    if place is None or place.item.kind is not Kind.PROPERTY or _has_many(place.item):
        raise QuerySemanticError(
            f"ORDER BY is not possible for non-comparable path: {path}", text=text
        )
    wanted: Resolved = bound.wrap(Present(place=place))
    step = wanted
    while isinstance(step, Refers) and not step.place.item.many and step.target is not None:
        step = step.target
    if isinstance(step, Present) and isinstance(wanted, Present | Refers):
        return wanted
    raise QuerySemanticError(
        f"Item path '{path}' cannot be used for ordering because subquery is used to resolve it.",
        text=text,
    )


def _has_many(item: Item) -> bool:
    """Items of unknown type may have many values, but seldom do."""
    return item.many and item.type != "any"


def item_path(text: str) -> Path:
    """The item path that a text is, as filters write it."""
    try:
        tree = parse(f"{text.strip()} exists")
    except QueryError as error:
        raise QuerySemanticError(f"'{text}' is not an item path", text=text) from error
    if not isinstance(tree, Condition) or tree.negated or tree.argument is not None:
        raise QuerySemanticError(f"'{text}' is not an item path", text=text)
    return tree.path

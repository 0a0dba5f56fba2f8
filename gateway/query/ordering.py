"""The path of an ordering: which single-valued property it names.

Paging never stands in the text of a filter; this is its only part that is about items.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from gateway.errors import QueryError, QuerySemanticError, Unsupported
from gateway.model.schema import Kind
from gateway.query.ast import Condition
from gateway.query.parse import parse
from gateway.query.scope import Scope, bind

if TYPE_CHECKING:
    from gateway.model.schema import Schema
    from gateway.query.ast import Path
    from gateway.query.resolved import Place


def place_of(text: str, schema: Schema, type_name: str) -> Place:
    """The property that `text` names in objects of the type."""
    path = _path(text)
    bound = bind(path, Scope(schema=schema, zone=UTC, text=text, type=schema[type_name]))
    if "@" in path.steps:
        raise Unsupported("Ordering by items of referenced objects is not supported yet")
    if bound.around:
        raise QuerySemanticError(
            f"Item path '{path}' cannot be used for ordering because subquery is used to resolve it.",
            text=text,
        )
    place = bound.place
    if (
        place is None
        or place.item.kind is not Kind.PROPERTY
        or (place.item.many and place.item.type != "any")
    ):
        raise QuerySemanticError(
            f"ORDER BY is not possible for non-comparable path: {path}", text=text
        )
    return place


def _path(text: str) -> Path:
    try:
        tree = parse(f"{text.strip()} exists")
    except QueryError as error:
        raise QuerySemanticError(f"'{text}' is not an item path", text=text) from error
    if not isinstance(tree, Condition) or tree.negated or tree.argument is not None:
        raise QuerySemanticError(f"'{text}' is not an item path", text=text)
    return tree.path

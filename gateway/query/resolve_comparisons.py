"""Property comparisons: with literals, and with another property.

Gets bound paths and leaves the boolean structure to `resolve`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.errors import QuerySemanticError
from gateway.model.schema import Kind, nearest
from gateway.query.ast import Path
from gateway.query.comparisons import COMPARISONS, FUZZY, ORDERING, Clause
from gateway.query.literals import (
    check_comparison,
    facets,
    fuzzy_tests,
    literals,
    path_literal,
    tests,
)
from gateway.query.resolved import Compare, ComparePlaces, Facet
from gateway.query.scope import bind

if TYPE_CHECKING:
    from gateway.model.schema import Item
    from gateway.query.ast import Condition
    from gateway.query.comparisons import Comparison
    from gateway.query.operators import Operator
    from gateway.query.resolved import ItemLocation, Resolved
    from gateway.query.scope import Bound, Scope

#: Types whose canonical values can be held against each other.
FAMILIES = {
    "string": "text",
    "uri": "text",
    "path": "text",
    "qname": "text",
    "enum": "text",
    "duration": "text",
    "polystring": "polystring",
    "int": "number",
    "long": "number",
    "decimal": "number",
    "dateTime": "instant",
    "boolean": "boolean",
}


def compare(condition: Condition, operator: Operator, bound: Bound) -> Resolved:
    """A property against what stands on the right."""
    place, comparison = bound.place, operator.comparison
    if place is None or comparison is None:  # pragma: no cover  the table of operators excludes it
        raise bound.scope.fault(f"Definition {condition.path} is not property", condition.position)
    check_comparison(place.item, condition, comparison, bound.scope)
    chosen = facets(place.item, condition, comparison, bound.scope)
    argument = condition.argument
    if comparison in FUZZY:
        wanted = fuzzy_tests(condition, comparison, chosen, bound.scope)
        return Compare(place=place, comparison=comparison, tests=wanted)
    if isinstance(argument, Path) and place.item.type == "path":
        condition = replace(condition, argument=path_literal(argument, bound.scope))
    elif isinstance(argument, Path):
        return _compare_places(condition, argument, bound, place, comparison)
    found = literals(condition, bound.scope, many=COMPARISONS[comparison].takes_lists)
    return Compare(
        place=place,
        comparison=comparison,
        tests=tests(place.item, found, chosen, bound.scope),
    )


def _compare_places(
    condition: Condition, path: Path, bound: Bound, left: ItemLocation, comparison: Comparison
) -> Resolved:
    scope, inner = bound.start, bound.scope
    row = COMPARISONS[comparison]
    if not row.takes_items:
        name = comparison if row.clause is Clause.VALUE else row.clause
        raise scope.fault(
            f"{name} filter does not support path or right side.", path.position, f'"{path}"'
        )
    is_elsewhere = scope.frame != inner.frame
    bound_right, right = _property(path, scope.again(inner) if is_elsewhere else scope, left.item)
    pairs = _pairs(left.item, right.item, comparison, path, scope)
    for place, written in ((left, condition.path), (right, path)):
        if place.item.many:
            raise scope.fault(f"Path {written} is not single value", written.position)
    compared = ComparePlaces(
        left=left,
        right=right,
        comparison=comparison,
        facets=pairs,
        left_frame=inner.frame if is_elsewhere or bound_right.around else None,
    )
    return scope.above(inner, bound_right.wrap(compared))


def _property(path: Path, scope: Scope, left: Item) -> tuple[Bound, ItemLocation]:
    """The right-hand property; a bare word there is usually a text without its quotes."""
    try:
        right = bind(path, scope)
    except QuerySemanticError:
        right = None
    if right is None or right.place is None or right.place.item.kind is not Kind.PROPERTY:
        meant = nearest(str(path), left.values) or path
        raise scope.fault(
            f"Path {path} does not reference property; a text stands in quotes",
            path.position,
            f'"{meant}"',
        )
    return right, right.place


def _pairs(
    left: Item, right: Item, comparison: Comparison, path: Path, scope: Scope
) -> tuple[tuple[Facet, Facet], ...]:
    one, other = FAMILIES.get(left.type), FAMILIES.get(right.type)
    if one is None or other is None:
        raise scope.refusal("Items without a declared type cannot be compared", path.position)
    plain = (Facet.PLAIN, Facet.PLAIN)
    if one == other == "polystring" and comparison in ORDERING:
        return (plain, (Facet.NORM, Facet.NORM))
    if one == other:
        return (plain,)
    if {one, other} == {"polystring", "text"}:
        poly_left = one == "polystring"
        return (((Facet.NORM, Facet.PLAIN) if poly_left else (Facet.PLAIN, Facet.NORM)),)
    raise scope.fault(
        f"{left.name} ({left.type}) cannot be compared with {right.name} ({right.type})",
        path.position,
    )

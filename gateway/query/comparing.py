"""Property comparisons: with literals, and with another property of the same object.

Gets bound paths and leaves the boolean structure to `resolve`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.errors import QuerySemanticError, Unsupported
from gateway.model.schema import Kind
from gateway.query.ast import Path
from gateway.query.literals import check_comparison, facets, literals, tests
from gateway.query.operators import ORDERING, SUBSTRING, Comparison, Operator
from gateway.query.resolved import Compare, ComparePlaces, Facet
from gateway.query.scope import bind

if TYPE_CHECKING:
    from gateway.model.schema import Item
    from gateway.query.ast import Condition
    from gateway.query.resolved import Place, Resolved
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
    if isinstance(condition.argument, Path):
        return _compare_places(condition, condition.argument, bound, place, comparison)
    found = literals(condition, bound.scope, many=comparison is Comparison.EQUAL)
    return Compare(
        place=place,
        comparison=comparison,
        tests=tests(place.item, found, chosen, bound.scope),
    )


def _compare_places(
    condition: Condition, path: Path, bound: Bound, left: Place, comparison: Comparison
) -> Resolved:
    scope = bound.start
    if comparison in SUBSTRING:
        raise scope.fault(
            "substring filter does not support path or right side.", path.position, f'"{path}"'
        )
    bound_right, right = _property(path, scope)
    pairs = _pairs(left.item, right.item, comparison, path, scope)
    for place, written in ((left, condition.path), (right, path)):
        if place.item.many:
            raise scope.fault(f"Path {written} is not single value", written.position)
    if bound_right.around or bound.around:
        raise Unsupported("Comparing items of different objects or values is not supported yet")
    return ComparePlaces(left=left, right=right, comparison=comparison, facets=pairs)


def _property(path: Path, scope: Scope) -> tuple[Bound, Place]:
    """The right-hand property; a bare word there is usually a text without its quotes."""
    try:
        right = bind(path, scope)
    except QuerySemanticError:
        right = None
    if right is None or right.place is None or right.place.item.kind is not Kind.PROPERTY:
        raise scope.fault(f"Path {path} does not reference property", path.position, f'"{path}"')
    return right, right.place


def _pairs(
    left: Item, right: Item, comparison: Comparison, path: Path, scope: Scope
) -> tuple[tuple[Facet, Facet], ...]:
    one, other = FAMILIES.get(left.type), FAMILIES.get(right.type)
    if one is None or other is None:
        raise Unsupported("Comparing items without a declared type is not supported yet")
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

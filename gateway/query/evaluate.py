"""Resolved tree to predicate over stored objects; the reference for what `sql` selects.

A missing value satisfies nothing, and `not` is the exact complement. Reads objects, writes none.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, TypeAlias

from gateway.model.documents import DEFAULT_RELATION, StoredObject, normalize
from gateway.query.comparisons_sql import number_of
from gateway.query.operators import Comparison
from gateway.query.resolved import (
    AllOf,
    AnyOf,
    Compare,
    ComparePlaces,
    Complement,
    Constant,
    Facet,
    Place,
    Present,
    Query,
    Refers,
    Resolved,
    Some,
    Test,
    TypeIs,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.model.documents import Document, Json

    Fetch: TypeAlias = Callable[[str], StoredObject | None]
    #: Holds for an object, or for a container value inside one.
    Holds: TypeAlias = Callable[[Document, StoredObject], bool]

COMPARE: dict[Comparison, Callable[[Any, Any], bool]] = {
    Comparison.EQUAL: operator.eq,
    Comparison.LESS: operator.lt,
    Comparison.LESS_OR_EQUAL: operator.le,
    Comparison.GREATER: operator.gt,
    Comparison.GREATER_OR_EQUAL: operator.ge,
    Comparison.CONTAINS: lambda value, part: part in value,
    Comparison.STARTS_WITH: str.startswith,
    Comparison.ENDS_WITH: str.endswith,
}
_SUBSTRING = {Comparison.CONTAINS, Comparison.STARTS_WITH, Comparison.ENDS_WITH}


def predicate(query: Query, fetch: Fetch) -> Callable[[StoredObject], bool]:
    """Whether an object is selected; `fetch` finds what references point to."""
    holds = _holds(query.condition, fetch)
    types = frozenset(query.types)
    return lambda stored: stored.type in types and holds(stored.items, stored)


def _holds(node: Resolved, fetch: Fetch) -> Holds:
    if isinstance(node, AllOf | AnyOf):
        parts = []
        for part in node.parts:
            parts.append(_holds(part, fetch))  # noqa: PERF401  one frame a level
        return _all(parts) if isinstance(node, AllOf) else _any(parts)
    if isinstance(node, Complement):
        inner = _holds(node.part, fetch)
        return lambda value, stored: not inner(value, stored)
    return _leaf(node, fetch)


def _all(parts: list[Holds]) -> Holds:
    def holds(value: Document, stored: StoredObject) -> bool:
        for part in parts:  # noqa: SIM110  a generator would double the stack
            if not part(value, stored):
                return False
        return True

    return holds


def _any(parts: list[Holds]) -> Holds:
    def holds(value: Document, stored: StoredObject) -> bool:
        for part in parts:  # noqa: SIM110  a generator would double the stack
            if part(value, stored):
                return True
        return False

    return holds


def _leaf(node: Resolved, fetch: Fetch) -> Holds:
    if isinstance(node, Compare):
        return _compare(node)
    if isinstance(node, ComparePlaces):
        return _compare_places(node)
    if isinstance(node, Present):
        return lambda value, stored: any(map(_is_present, _values(node.place, value, stored)))
    if isinstance(node, Some):
        return _some(node, fetch)
    if isinstance(node, Refers):
        return _refers(node, fetch)
    if isinstance(node, TypeIs):
        return lambda _, stored: stored.type in node.types
    if isinstance(node, Constant):
        return lambda _value, _stored: node.value
    raise TypeError(f"{type(node).__name__} cannot stand here")  # pragma: no cover


def _values(place: Place, value: Document, stored: StoredObject) -> list[Json]:
    """The values at a place; none where anything on the way is missing."""
    if not place.keys:
        return [stored.oid]
    found: Json = value
    for key in place.keys:
        found = found.get(key) if isinstance(found, dict) else None
    if isinstance(found, list):
        return found
    return [] if found is None else [found]


def _is_present(value: Json) -> bool:
    """An empty container is no value; an empty text is one."""
    return value is not None and value != {}


def _some(node: Some, fetch: Fetch) -> Holds:
    inner = _holds(node.part, fetch)
    return lambda value, stored: any(
        inner(each, stored) for each in _values(node.place, value, stored)
    )


# ---- references -----------------------------------------------------------------------------------


def _refers(node: Refers, fetch: Fetch) -> Holds:
    target = None if node.target is None else _holds(node.target, fetch)

    def fits(reference: Document) -> bool:
        if node.oids is not None and reference.get("oid") not in node.oids:
            return False
        if node.target_type is not None and reference.get("type") != node.target_type:
            return False
        if node.relation not in {None, reference.get("relation") or DEFAULT_RELATION}:
            return False
        return target is None or _target_holds(target, node, fetch(str(reference.get("oid"))))

    return lambda value, stored: any(map(fits, _values(node.place, value, stored)))


def _target_holds(target: Holds, node: Refers, found: StoredObject | None) -> bool:
    return found is not None and found.type in node.target_types and target(found.items, found)


# ---- properties -----------------------------------------------------------------------------------


def _compare(node: Compare) -> Holds:
    tests = [_test(node.comparison, test, node.place.item.type) for test in node.tests]

    def passes(value: Json) -> bool:
        return all(test(value) for test in tests)

    return lambda value, stored: any(map(passes, _values(node.place, value, stored)))


def _test(comparison: Comparison, test: Test, type_: str) -> Callable[[Json], bool]:
    compare = COMPARE[comparison]
    if type_ == "any":
        return _test_any(comparison, test)

    def passes(value: Json) -> bool:
        found = _facet(value, test.facet)
        return found is not None and any(compare(found, wanted) for wanted in test.values)

    return passes


def _facet(value: Json, facet: Facet) -> Json:
    if isinstance(value, dict):
        value = value.get("orig")
    if facet is Facet.PLAIN or value is None:
        return value
    return value.lower() if facet is Facet.LOWER else normalize(value)


def _test_any(comparison: Comparison, test: Test) -> Callable[[Json], bool]:
    """Values of unknown type: texts as texts, numbers as numbers, booleans by their words."""
    compare = COMPARE[comparison]
    numbers = [n for n in map(number_of, test.values) if n is not None]
    is_plain = test.facet is Facet.PLAIN

    def passes(value: Json) -> bool:
        if isinstance(value, str):
            return any(compare(_facet(value, test.facet), wanted) for wanted in test.values)
        if isinstance(value, bool):
            word = "true" if value else "false"
            return is_plain and comparison is Comparison.EQUAL and word in test.values
        if isinstance(value, int | float) and is_plain and comparison not in _SUBSTRING:
            return any(compare(value, wanted) for wanted in numbers)
        return False

    return passes


def _compare_places(node: ComparePlaces) -> Holds:
    compare = COMPARE[node.comparison]

    def holds(value: Document, stored: StoredObject) -> bool:
        left, right = _values(node.left, value, stored), _values(node.right, value, stored)
        if not left or not right:
            return False
        return all(
            compare(_facet(left[0], one), _facet(right[0], other)) for one, other in node.facets
        )

    return holds

"""Syntax tree to resolved tree: names become schema items, texts become values.

Errors carry the position of what they speak of. Nothing here knows how conditions are evaluated.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from gateway.errors import QuerySemanticError
from gateway.model.schema import Kind, nearest
from gateway.model.tables import complete
from gateway.model.types import SCHEMA
from gateway.query.ast import Always, And, Condition, Not, Path, Script, Subfilter
from gateway.query.container_paths import holders
from gateway.query.literals import EXPRESSIONS
from gateway.query.operators import HABITS, OPERATORS, Shape, Subject
from gateway.query.resolve_comparisons import compare
from gateway.query.resolve_references import polystring, reference
from gateway.query.resolve_self import SELF_FILTERS, find_named_type
from gateway.query.resolved import (
    AllOf,
    AnyOf,
    Complement,
    Constant,
    Present,
    Query,
    Refers,
    Some,
    TypeIs,
)
from gateway.query.scope import MAX_VALUES, REFERENCE, Bound, Scope, bind

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.model.schema import ComplexType, Schema
    from gateway.query.ast import Filter
    from gateway.query.operators import Operator
    from gateway.query.resolved import ItemLocation, Resolved


#: Filters on `.` that also stand on values of containers and references.
OF_VALUES = frozenset({"inOid", "ownedBy", "ownedByOid"})


def resolve(
    tree: Filter,
    type_name: str,
    *,
    schema: Schema = SCHEMA,
    zone: tzinfo = UTC,
    text: str = "",
    max_values: int = MAX_VALUES,
    places: tuple[str, ...] = (),
) -> Query:
    """Bind `tree` to a type; `text` is what it was parsed from, for the positions in errors.

    A tree that was not parsed names its `places` instead.

    The type is that of objects, of container values, or `ObjectReferenceType` for references.
    """
    type_: ComplexType = REFERENCE if type_name == REFERENCE.name else schema[type_name]
    scope = Scope(
        schema=schema, zone=zone, text=text, type=type_, max_values=max_values, places=places
    )
    if not type_.is_object:
        return _of_values(tree, scope)
    return Query(
        type_name=type_name,
        types=schema.concrete(type_name),
        condition=resolve_filter(tree, scope),
    )


def _of_values(tree: Filter, scope: Scope) -> Query:
    """The objects that hold a value which satisfies the filter."""
    schema, name = scope.schema, scope.type.name
    ways: list[Resolved] = []
    types: list[str] = []
    fault: QuerySemanticError | None = None
    found = holders(schema, name)
    for owner, path in found:
        concrete = schema.concrete(owner)
        try:
            condition = _of_holder(tree, replace(scope, type=schema[owner]), path)
        except QuerySemanticError as error:
            fault = fault or error
            continue
        types += [each for each in concrete if each not in types]
        ways.append(AllOf(parts=(TypeIs(types=concrete), condition)))
    if fault is not None and not ways:
        raise fault
    if not found:
        resolve_filter(tree, replace(scope, in_object=False))
    condition = AnyOf(parts=tuple(ways)) if ways else Constant(value=False)
    return Query(type_name="ObjectType", types=tuple(types), condition=condition)


def _of_holder(tree: Filter, owner: Scope, path: tuple[str, ...]) -> Resolved:
    bound = bind(Path(steps=path), owner)
    if bound.place is None:  # pragma: no cover  holders end at items
        raise TypeError(path)
    value = replace(bound.scope.inside(bound.place.item, 0), is_one_of_many=True)
    return bound.wrap(Some(place=bound.place, part=resolve_filter(tree, value)))


def resolve_filter(tree: Filter, scope: Scope) -> Resolved:
    """One filter in its scope. Loops instead of comprehensions keep one frame a level."""
    if isinstance(tree, Condition):
        return _condition(tree, scope)
    if isinstance(tree, Always):
        return Constant(value=tree.value)
    if isinstance(tree, Not):
        return Complement(part=resolve_filter(tree.part, scope))
    if isinstance(tree, And):
        scope = _narrow(tree.parts, scope)
    parts = []
    for part in tree.parts:
        parts.append(resolve_filter(part, scope))  # noqa: PERF401
    return AllOf(parts=tuple(parts)) if isinstance(tree, And) else AnyOf(parts=tuple(parts))


def _narrow(parts: tuple[Filter, ...], scope: Scope) -> Scope:
    """A type condition among `parts` tells the others which items there are."""
    for part in parts:
        if (
            isinstance(part, Condition)
            and part.operator == "type"
            and part.path.is_self
            and not part.negated
        ):
            scope = scope.narrow(find_named_type(part, scope))
    return scope


def _condition(condition: Condition, scope: Scope) -> Resolved:
    bound = bind(condition.path, scope)
    operator = _operator(condition, scope)
    _check_subject(condition, operator, bound)
    if operator.subject is Subject.SELF:
        resolved = SELF_FILTERS[operator.name](condition, scope, resolve_filter)
    else:
        resolved = bound.wrap(_HANDLERS[operator.shape](condition, operator, bound))
    negated = condition.negated ^ operator.is_negative
    return Complement(part=resolved) if negated else resolved


def _operator(condition: Condition, scope: Scope) -> Operator:
    found = OPERATORS.get(condition.operator)
    if found is None:
        meant = HABITS.get(condition.operator) or nearest(condition.operator, OPERATORS)
        raise scope.fault(f"Unknown filter {condition.operator}", condition.position, meant)
    return found


def _check_subject(condition: Condition, operator: Operator, bound: Bound) -> None:
    scope = bound.scope
    if operator.subject is Subject.SELF and not condition.path.is_self:
        raise scope.fault(
            f"Only '.' is supported for {operator.name}", condition.position, operator.example
        )
    if operator.subject is Subject.SELF and not scope.is_object and operator.name not in OF_VALUES:
        raise scope.fault(
            f"{operator.name} filter can only be used for objects", condition.position
        )
    is_property = bound.place is not None and bound.place.item.kind is Kind.PROPERTY
    if operator.subject is Subject.PROPERTY and not is_property:
        if isinstance(condition.argument, Script):
            raise scope.refusal(EXPRESSIONS, condition.argument.position)
        lesson = "; '.' is the object itself: name one of its items" if bound.place is None else ""
        raise scope.fault(
            f"Definition {condition.path} is not property{lesson}",
            condition.path.position,
            None if bound.place is None else f"{condition.path} matches {_inside(bound.place)}",
        )
    if operator.subject is Subject.ITEM and condition.path.is_self:
        raise scope.fault(f"{operator.name} filter requires an item", condition.position)


def _inside(place: ItemLocation) -> str:
    return "(oid = ...)" if place.item.kind is Kind.REFERENCE else "( ... )"


# ---- one handler a shape of argument --------------------------------------------------------------


def _exists(condition: Condition, operator: Operator, bound: Bound) -> Resolved:
    del condition, operator
    place = bound.place
    if place is None:
        return Constant(value=True)
    if place.item.kind is Kind.REFERENCE:
        return Refers(place=place)
    return Present(place=place)


def _matches(condition: Condition, operator: Operator, bound: Bound) -> Resolved:
    argument, place, scope = condition.argument, bound.place, bound.scope
    if not isinstance(argument, Subfilter):
        raise scope.fault(
            "matches filter requires subfilter",
            condition.position + len(operator.name),
            operator.example,
        )
    if place is None:
        return _matches_here(condition, argument.filter, bound)
    item = place.item
    if item.kind is Kind.REFERENCE:
        return reference(argument.filter, place, scope, resolve_filter)
    if item.type == "polystring":
        return polystring(argument.filter, place, scope)
    if item.kind is Kind.PROPERTY:
        raise scope.fault(f"Unknown schema type {item.type}", condition.position)
    if item.many:
        inner = scope.inside(item, condition.position)
        return Some(place=place, part=resolve_filter(argument.filter, inner))
    return resolve_filter(argument.filter, scope.below(item))


def _matches_here(condition: Condition, inner: Filter, bound: Bound) -> Resolved:
    """`.` itself, what a reference points to, or the one value that an id names."""
    scope = bound.scope
    if condition.path.is_self and scope.reference is not None:
        own = bind(Path(steps=("@",), position=condition.path.position), scope)
        step = own.wrap(Constant(value=True))
        if isinstance(step, Refers):
            return reference(inner, step.place, scope, resolve_filter)
    return resolve_filter(inner, scope)


_HANDLERS: dict[Shape, Callable[[Condition, Operator, Bound], Resolved]] = complete(
    "shapes of arguments",
    {
        Shape.NONE: _exists,
        Shape.VALUE: compare,
        Shape.VALUES: compare,
        Shape.TUPLE: compare,
        Shape.SUBFILTER: _matches,
    },
    {row.shape for row in OPERATORS.values() if row.subject is not Subject.SELF},
)

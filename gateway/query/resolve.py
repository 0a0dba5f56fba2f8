"""Syntax tree to resolved tree: names become schema items, texts become values.

Errors carry the position of what they speak of. Nothing here knows how conditions are evaluated.
"""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from gateway.errors import Unsupported
from gateway.model.schema import Kind, nearest
from gateway.model.types import SCHEMA
from gateway.query.ast import And, Condition, Not, Path, Script, Subfilter, Values
from gateway.query.comparing import compare
from gateway.query.literals import literals, typed
from gateway.query.operators import HABITS, OPERATORS, Comparison, Shape, Subject
from gateway.query.references import polystring, reference
from gateway.query.resolved import (
    AllOf,
    AnyOf,
    Compare,
    Complement,
    Constant,
    Facet,
    Present,
    Query,
    Refers,
    Some,
    Test,
    TypeIs,
)
from gateway.query.scope import MAX_VALUES, Bound, Scope, bind

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.model.schema import ComplexType, Schema
    from gateway.query.ast import Filter
    from gateway.query.operators import Operator
    from gateway.query.resolved import Resolved


def resolve(
    tree: Filter,
    type_name: str,
    *,
    schema: Schema = SCHEMA,
    zone: tzinfo = UTC,
    text: str = "",
    max_values: int = MAX_VALUES,
) -> Query:
    """Bind `tree` to a type; `text` is what it was parsed from, for the positions in errors."""
    type_: ComplexType = schema[type_name]
    scope = Scope(schema=schema, zone=zone, text=text, type=type_, max_values=max_values)
    return Query(
        type_name=type_name,
        types=schema.concrete(type_name),
        condition=resolve_filter(tree, scope),
    )


def resolve_filter(tree: Filter, scope: Scope) -> Resolved:
    """One filter in its scope. Loops instead of comprehensions keep one frame a level."""
    if isinstance(tree, Condition):
        return _condition(tree, scope)
    if isinstance(tree, Not):
        return Complement(part=resolve_filter(tree.part, scope))
    if isinstance(tree, And):
        scope = _narrowed(tree.parts, scope)
    parts = []
    for part in tree.parts:
        parts.append(resolve_filter(part, scope))  # noqa: PERF401
    return AllOf(parts=tuple(parts)) if isinstance(tree, And) else AnyOf(parts=tuple(parts))


def _narrowed(parts: tuple[Filter, ...], scope: Scope) -> Scope:
    """A type condition among `parts` tells the others which items there are."""
    for part in parts:
        if (
            isinstance(part, Condition)
            and part.operator == "type"
            and part.path.is_self
            and not part.negated
        ):
            scope = scope.narrow(_named_type(part, scope))
    return scope


def _condition(condition: Condition, scope: Scope) -> Resolved:
    bound = bind(condition.path, scope)
    operator = _operator(condition, scope)
    _check_subject(condition, operator, bound)
    _check_served(condition, operator, scope)
    resolved = bound.wrap(_HANDLERS[operator.shape](condition, operator, bound))
    negated = condition.negated ^ (operator.name == "notEqual")
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
        raise scope.fault(f"Only '.' is supported for {operator.name}", condition.position)
    if operator.subject is Subject.SELF and not scope.is_object and operator.name != "inOid":
        raise scope.fault(
            f"{operator.name} filter can only be used for objects", condition.position
        )
    is_property = bound.place is not None and bound.place.item.kind is Kind.PROPERTY
    if operator.subject is Subject.PROPERTY and not is_property:
        if isinstance(condition.argument, Script):
            raise Unsupported("Expressions are not supported yet (scripts and $variables)")
        raise scope.fault(
            f"Definition {condition.path} is not property",
            condition.path.position,
            f"{condition.path} matches ( ... )" if bound.place is not None else None,
        )
    if operator.subject is Subject.ITEM and condition.path.is_self:
        raise scope.fault(f"{operator.name} filter requires an item", condition.position)


def _check_served(condition: Condition, operator: Operator, scope: Scope) -> None:
    if operator.is_served:
        return
    argument = condition.argument
    after = condition.position + len(condition.operator)
    if operator.shape is Shape.TUPLE and not (
        isinstance(argument, Values) and len(argument.members) == 3
    ):
        raise scope.fault(f"Filter {operator.name} requires set of arguments", after)
    if operator.shape is Shape.SUBFILTER and not isinstance(argument, Subfilter):
        raise scope.fault(f"{operator.name} filter requires subfilter", after)
    if operator.shape in {Shape.VALUE, Shape.VALUES} and (
        argument is None or isinstance(argument, Subfilter)
    ):
        raise scope.fault(f"Value required for filter {operator.name}", after)
    raise Unsupported(f"Filter {operator.name} is not supported yet")


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
            "matches filter requires subfilter", condition.position + len(operator.name)
        )
    if place is None:
        return _matches_target(condition, argument.filter, scope)
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


def _matches_target(condition: Condition, inner: Filter, scope: Scope) -> Resolved:
    if condition.path.is_self:
        raise Unsupported("Reference queries (. matches) are not supported yet")
    return resolve_filter(inner, scope)


def _values(condition: Condition, operator: Operator, bound: Bound) -> Resolved:
    if operator.name == "inOid":
        place = bound.scope.identity()
        found = literals(condition, bound.scope, many=True)
        values = tuple(typed(place.item, literal, bound.scope) for literal in found)
        return Compare(
            place=place,
            comparison=Comparison.EQUAL,
            tests=(Test(facet=Facet.PLAIN, values=values),),
        )
    return compare(condition, operator, bound)


def _type(condition: Condition, operator: Operator, bound: Bound) -> Resolved:
    del operator
    type_ = _named_type(condition, bound.scope)
    return TypeIs(types=bound.scope.schema.concrete(type_.name))


def _named_type(condition: Condition, scope: Scope) -> ComplexType:
    argument = condition.argument
    if argument is None:
        raise scope.fault("type literal must be specified for type.", condition.position + 4)
    if not isinstance(argument, Path):
        raise scope.fault(
            "Invalid value for QName: write the type without quotes", argument.position
        )
    return scope.object_type(argument.steps[0], argument.position)


_HANDLERS: dict[Shape, Callable[[Condition, Operator, Bound], Resolved]] = {
    Shape.NONE: _exists,
    Shape.VALUE: _values,
    Shape.VALUES: _values,
    Shape.SUBFILTER: _matches,
    Shape.TYPE: _type,
}

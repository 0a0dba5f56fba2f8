"""Equality, loose, strict and deep, and order."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from gateway.engine.workflow.javascript.dates import Date
from gateway.engine.workflow.javascript.texts import order
from gateway.engine.workflow.javascript.values import (
    is_nothing,
    is_number,
    to_number,
    to_primitive,
    type_of,
)
from gateway.engine.workflow.limits import check_depth

if TYPE_CHECKING:
    from gateway.engine.workflow.limits import WorkBudget


def equals_strictly(left: Any, right: Any) -> bool:
    """`===`: of one type and equal; lists and objects only with themselves."""
    if type_of(left) != type_of(right):
        return False
    if type_of(left) == "object":
        return left is right
    return bool(left == right)


def equals_loosely(left: Any, right: Any, budget: WorkBudget) -> bool:
    """`==`: null equals undefined, scalars after conversion, lists and objects only themselves."""
    if is_nothing(left) or is_nothing(right):
        return is_nothing(left) and is_nothing(right)
    if type_of(left) == type_of(right):
        return equals_strictly(left, right)
    left, right = to_primitive(left, budget), to_primitive(right, budget)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return to_number(left, budget) == to_number(right, budget)


def is_same(left: Any, right: Any) -> bool:
    """As `===`, but NaN is itself."""
    is_nan = all(isinstance(each, float) and math.isnan(each) for each in (left, right))
    return is_nan or equals_strictly(left, right)


def equals_deeply(left: Any, right: Any, budget: WorkBudget, depth: int = 0) -> bool:
    """Whether values are alike all the way down."""
    check_depth(depth)
    budget.look()
    if left is right:
        return True
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(
            equals_deeply(one, other, budget, depth + 1)
            for one, other in zip(left, right, strict=True)
        )
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(
            equals_deeply(value, right[key], budget, depth + 1) for key, value in left.items()
        )
    if isinstance(left, Date) and isinstance(right, Date):
        return left == right
    return is_same(left, right)


def is_less(left: Any, right: Any, budget: WorkBudget) -> bool:
    """`<`: texts by their units, anything else as numbers; what is no number is never less."""
    left, right = _comparable(left, budget), _comparable(right, budget)
    if isinstance(left, str) and isinstance(right, str):
        return order(left) < order(right)
    return to_number(left, budget) < to_number(right, budget)


def is_less_or_equal(left: Any, right: Any, budget: WorkBudget) -> bool:
    """`<=`, which does not hold either for what is no number."""
    left, right = _comparable(left, budget), _comparable(right, budget)
    if isinstance(left, str) and isinstance(right, str):
        return order(left) <= order(right)
    return to_number(left, budget) <= to_number(right, budget)


def _comparable(value: Any, budget: WorkBudget) -> Any:
    is_as_it_is = isinstance(value, Date) or is_number(value)
    return to_number(value, budget) if is_as_it_is else to_primitive(value, budget)

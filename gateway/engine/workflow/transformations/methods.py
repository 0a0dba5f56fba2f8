"""The table of methods: all that a step may call, by `library.method`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.engine.workflow.javascript.values import is_nothing, is_truthy
from gateway.engine.workflow.transformations.methods_of_lists import LIST_METHODS
from gateway.engine.workflow.transformations.methods_of_objects import OBJECT_METHODS
from gateway.engine.workflow.transformations.methods_of_texts import TEXT_METHODS
from gateway.engine.workflow.transformations.methods_of_values import VALUE_METHODS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from gateway.engine.workflow.transformations.method import Method


def _ternary() -> Generator[int, Any, Any]:
    condition = yield 0
    return (yield 1 if is_truthy(condition) else 2)


def _and() -> Generator[int, Any, Any]:
    value = yield 0
    return (yield 1) if is_truthy(value) else value


def _or() -> Generator[int, Any, Any]:
    value = yield 0
    return value if is_truthy(value) else (yield 1)


def _nullish() -> Generator[int, Any, Any]:
    value = yield 0
    return (yield 1) if is_nothing(value) else value


METHODS: Mapping[str, Method] = {
    row.name: row for row in (*LIST_METHODS, *OBJECT_METHODS, *TEXT_METHODS, *VALUE_METHODS)
}
#: Methods that need only some of their arguments.
CHOICES: Mapping[str, Callable[[], Generator[int, Any, Any]]] = {
    "Conditional.ternary": _ternary,
    "Logical.and": _and,
    "Logical.or": _or,
    "Logical.nullish": _nullish,
}

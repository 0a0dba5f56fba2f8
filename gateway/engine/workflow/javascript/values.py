"""Kinds of values, their truth, and what they are as a text or a number."""

from __future__ import annotations

import math
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from gateway.engine.workflow.javascript.dates import Date
from gateway.engine.workflow.javascript.numbers import Number, number, read_number, write_number
from gateway.engine.workflow.javascript.patterns import Pattern
from gateway.engine.workflow.limits import check_depth

if TYPE_CHECKING:
    from gateway.engine.workflow.limits import WorkBudget


class Undefined(Enum):
    """The kind of what is not there."""

    UNDEFINED = "undefined"


#: What is not there; null is a value.
UNDEFINED: Final = Undefined.UNDEFINED
_KINDS = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    Date: "a date",
    Pattern: "a pattern",
    type(None): "null",
    Undefined: "undefined",
}
_TYPES = {bool: "boolean", int: "number", float: "number", str: "string", Undefined: "undefined"}


def kind(value: Any) -> str:
    """What a value is called in messages."""
    return _KINDS[type(value)]


def type_of(value: Any) -> str:
    """What `typeof` says: `object` for null and lists, too."""
    return _TYPES.get(type(value), "object")


def is_nothing(value: Any) -> bool:
    """Whether it is null or undefined."""
    return value is None or value is UNDEFINED


def is_number(value: Any) -> bool:
    """Whether it is a number; booleans are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_truthy(value: Any) -> bool:
    """Whether it counts as true: lists and objects do, even empty ones."""
    if isinstance(value, float):
        return value == value and value != 0  # noqa: PLR0124  NaN is not itself
    return bool(value) if isinstance(value, str | int) else not is_nothing(value)


def to_text(value: Any, budget: WorkBudget, depth: int = 0) -> str:
    """The value as a text: elements of lists with commas between, objects without their content."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        check_depth(depth)
        return join(value, ",", budget, depth + 1)
    if is_number(value):
        return write_number(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "[object Object]"
    return {None: "null", UNDEFINED: "undefined"}[value] if is_nothing(value) else str(value)


def join(elements: list[Any], separator: str, budget: WorkBudget, depth: int = 0) -> str:
    """The elements as texts with a separator between; null and undefined are empty."""
    budget.look(len(elements))
    texts = ["" if is_nothing(each) else to_text(each, budget, depth) for each in elements]
    budget.make(sum(map(len, texts)) + len(separator) * max(len(texts) - 1, 0))
    return separator.join(texts)


def to_number(value: Any, budget: WorkBudget) -> Number:
    """The value as a number, NaN if it is none."""
    if isinstance(value, bool) or value is None:
        return int(value or 0)
    if is_number(value):
        return number(value)
    if value is UNDEFINED or isinstance(value, dict):
        return math.nan
    if isinstance(value, Date):
        return number(value.milliseconds)
    return read_number(to_text(value, budget))


def to_whole(value: Any, budget: WorkBudget) -> Number:
    """The value as a whole number, cut towards zero; what is none is 0. May be infinite."""
    found = to_number(value, budget)
    if isinstance(found, int):
        return found
    if math.isnan(found):
        return 0
    return found if math.isinf(found) else int(found)


def to_primitive(value: Any, budget: WorkBudget) -> Any:
    """A list, object, date or pattern as a text, anything else as it is."""
    return to_text(value, budget) if type_of(value) == "object" and value is not None else value


def own_keys(value: dict[str, Any]) -> list[str]:
    """The keys of an object: whole numbers first and in their order, then the others as they came."""
    if not any(key[:1].isdigit() for key in value):
        return list(value)
    indexes = [key for key in value if _is_index(key)]
    found = set(indexes)
    return sorted(indexes, key=int) + [key for key in value if key not in found]


def _is_index(key: str) -> bool:
    is_whole = key.isascii() and key.isdigit() and (key == "0" or key[0] != "0")
    return is_whole and len(key) <= 10 and int(key) < 2**32 - 1

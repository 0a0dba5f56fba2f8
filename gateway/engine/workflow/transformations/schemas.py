"""Whether an incoming value fits its schema: the keywords that transformations go by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.engine.workflow.javascript.comparing import equals_deeply
from gateway.engine.workflow.javascript.values import is_number, kind
from gateway.engine.workflow.limits import WorkBudget

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Objects inside one another that schemas are followed into.
_MAX_DEPTH = 64
_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
    "number": is_number,
    "integer": lambda value: is_number(value) and float(value).is_integer(),
}


def fault_of(value: Any, schema: Any, name: str, depth: int = 0) -> str:
    """What is wrong with a value, in a sentence, or nothing; `name` is what it is called there."""
    if not isinstance(schema, dict) or depth > _MAX_DEPTH:
        return ""
    return _type_fault(value, schema, name) or _member_fault(value, schema, name, depth)


def _type_fault(value: Any, schema: dict[str, Any], name: str) -> str:
    wanted = schema.get("type")
    wanted_kinds = wanted if isinstance(wanted, list) else [wanted]
    kinds = [each for each in wanted_kinds if isinstance(each, str) and each in _TYPES]
    if kinds and not any(_TYPES[each](value) for each in kinds):
        return f"'{name}' must be of type {' or '.join(kinds)}, not {kind(value)}."
    choices = schema.get("enum")
    if isinstance(choices, list) and not any(_equals(value, each) for each in choices):
        return f"'{name}' must be one of {', '.join(map(repr, choices))}."
    if "const" in schema and not _equals(value, schema["const"]):
        return f"'{name}' must be {schema['const']!r}."
    return ""


def _equals(left: Any, right: Any) -> bool:
    return equals_deeply(left, right, WorkBudget())


def _member_fault(value: Any, schema: dict[str, Any], name: str, depth: int) -> str:
    if not isinstance(value, dict):
        return ""
    required = schema.get("required")
    for key in required if isinstance(required, list) else ():
        if key not in value:
            return f"'{name}' needs '{key}'."
    properties = schema.get("properties")
    for key, inner in properties.items() if isinstance(properties, dict) else ():
        if key in value and (fault := fault_of(value[key], inner, f"{name}/{key}", depth + 1)):
            return fault
    return ""

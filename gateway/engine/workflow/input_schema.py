"""Whether a job's variables are what its workflow asks for: the plain part of JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.errors import SchemaViolation
from gateway.model.job import GIVEN_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model.documents import Document

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}


def check_variables(schema: Document, variables: Mapping[str, Any]) -> None:
    """Raise `SchemaViolation` for a variable that is missing or of another type or value.

    What every job has by itself is asked of nobody, whatever the schema requires.
    """
    given = {*variables, *GIVEN_VARIABLES}
    missing = [name for name in schema.get("required", ()) if name not in given]
    if missing:
        raise SchemaViolation(f"Missing Params: {', '.join(map(str, missing))}", path="variables")
    properties = schema.get("properties", {})
    for name, value in variables.items():
        rule = properties.get(name) if isinstance(properties, dict) else None
        if isinstance(rule, dict):
            _check(name, value, rule)


def _check(name: str, value: Any, rule: Document) -> None:
    wanted = rule.get("type")
    kinds = wanted if isinstance(wanted, list) else [wanted]
    allowed = tuple(t for kind in kinds for t in _TYPES.get(str(kind), ()))
    is_wrong_boolean = isinstance(value, bool) and bool not in allowed
    if allowed and (is_wrong_boolean or not isinstance(value, allowed)):
        raise SchemaViolation(
            f"The variable '{name}' must be of type {' or '.join(map(str, kinds))}.",
            path=f"variables/{name}",
        )
    if "enum" in rule and value not in rule["enum"]:
        raise SchemaViolation(
            f"The variable '{name}' must be one of {rule['enum']}.", path=f"variables/{name}"
        )

"""What must not be stored, wherever it comes from: passwords in documents, rules that are not served."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import TYPE_CHECKING, Any

from gateway.errors import SchemaViolation, Unsupported
from gateway.model.types import SCHEMA
from gateway.query import compile_query_filter
from gateway.query.resolved import InOrg, OrgScope, Referrer, Refers

if TYPE_CHECKING:
    from gateway.model.documents import Document, Json

#: Type of the item that holds passwords, which are kept apart as hashes.
CREDENTIALS = "UserCredentialsType"


@cache
def secret_item(type_name: str) -> str | None:
    """The name of the item that holds the password of objects of a type; None if they have none."""
    declared = SCHEMA[type_name].items.values()
    return next((each.name for each in declared if each.type == CREDENTIALS), None)


def check_content(type_name: str, items: Document, before: Document) -> None:
    """`InvalidRequest` if these items must not be stored in place of those."""
    if secret_item(type_name) in items:
        raise Unsupported(
            "A password can be set only with a user in a request; no task can set one."
        )
    if items.get("authorization") != before.get("authorization"):
        check_rules(items)


def check_rules(items: Document) -> None:
    """`InvalidRequest` if the object's authorizations select objects in a way that is not served."""
    for each in items.get("authorization", ()):
        for selector in each.get("object", ()):
            type_name = selector.get("type", "ObjectType")
            declared = SCHEMA.get(type_name)
            if declared is None or not declared.is_object:
                raise SchemaViolation(
                    f"'{type_name}' is not a type of object.",
                    path="authorization/object/type",
                    suggestion=SCHEMA.nearest_type(type_name),
                )
            _check_filter(selector.get("filter"), type_name)


def _check_filter(clause: Json, type_name: str) -> None:
    compiled = compile_query_filter(clause, type_name)
    if compiled is not None and _looks_elsewhere(compiled.query.condition):
        raise Unsupported(
            "The filter of an authorization's object cannot look at other objects (@, inOrg, "
            "referencedBy)."
        )


def _looks_elsewhere(node: Any) -> bool:
    """Whether a condition asks for more than the object itself."""
    stack = [node]
    while stack:
        each = stack.pop()
        if isinstance(each, Referrer) or (isinstance(each, Refers) and each.target is not None):
            return True
        if isinstance(each, InOrg) and each.scope is not OrgScope.ONE_LEVEL:
            return True
        if isinstance(each, tuple):
            stack += each
        elif dataclasses.is_dataclass(each):
            stack += [getattr(each, field.name) for field in dataclasses.fields(each)]
    return False

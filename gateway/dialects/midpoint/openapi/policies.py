"""Schemas of value policies at work, and the operations that belong to no object.

Knows how operations are put together from `openapi_operations`, and no HTTP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.dialects.midpoint import handlers
from gateway.dialects.midpoint.api import ROOT_ROUTES
from gateway.dialects.midpoint.openapi.operations import build_operation, make_operation_id
from gateway.dialects.midpoint.openapi.values import BLANK, NULL
from gateway.dialects.midpoint.wire.names import COLLECTIONS

if TYPE_CHECKING:
    from gateway.dialects.midpoint.openapi.values import Schema

_OID: Schema = {"type": "string", "format": "uuid"}
#: Names of operations that no collection has.
NAMES = {
    "/self": "getSelf",
    "/rpc/generate": "generateByRpc",
    "/rpc/validate": "validateByRpc",
}


def build_policy_components() -> dict[str, Schema]:
    """What is wanted of value policies, for each type, and what they answer."""
    return {
        f"{type_name}.PolicyItems": _build_policy_items(type_name)
        for type_name, _ in COLLECTIONS.values()
    } | {"PolicyItems.Answer": _answer()}


def _build_policy_items(type_name: str) -> Schema:
    path = {"type": "string", "format": f"path-{type_name}"}
    item: Schema = {
        "type": "object",
        "properties": {
            "target": _build_structure({"path": {"anyOf": [path, NULL]}}),
            "valuePolicyRef": {
                **_build_structure({"oid": _OID, "type": {"const": "c:ValuePolicyType"}}, "oid"),
                "description": "Without it, the policy for passwords counts.",
            },
            "value": {"description": "A text, or several, to look at instead of the object's."},
            "execute": {
                "enum": [True, False, "true", "false"],
                "description": "Whether the object gets the value.",
            },
        },
        "additionalProperties": False,
    }
    several: Schema = {"type": "array", "items": item}
    return {
        "type": "object",
        "properties": {
            "policyItemsDefinition": {
                "anyOf": [
                    {
                        "type": "object",
                        "properties": {"policyItemDefinition": {"anyOf": [item, several, NULL]}},
                        "additionalProperties": False,
                    },
                    BLANK,
                    NULL,
                ],
                "description": "There is nothing to validate without an item.",
            }
        },
        "required": ["policyItemsDefinition"],
        "additionalProperties": False,
    }


def _build_structure(properties: dict[str, Schema], *needed: str) -> Schema:
    """Those members and no others, or nothing."""
    found: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {"anyOf": [found | ({"required": [*needed]} if needed else {}), NULL]}


def _answer() -> Schema:
    return {
        "type": "object",
        "properties": {
            "@ns": {"type": "string"},
            "object": {
                "type": "object",
                "properties": {
                    "@type": {"const": "c:PolicyItemsDefinitionType"},
                    "policyItemDefinition": {"type": "array", "items": {"type": "object"}},
                },
                "required": ["@type"],
                "additionalProperties": False,
            },
        },
        "required": ["@ns", "object"],
        "additionalProperties": False,
    }


def build_root_paths() -> dict[str, Any]:
    """Paths below the mount that are in no collection, with their operations."""
    found: dict[str, Any] = {}
    for path, methods in ROOT_ROUTES.items():
        parts = path[1:].split("/")
        collection = parts[-1] if parts[-1] in COLLECTIONS else "users"
        entry = found.setdefault(path, {})
        for method, route in methods.items():
            described = build_operation(collection, method, route.handler, {})
            name = NAMES.get(path) or make_operation_id(collection, method, route.handler)
            entry[method.lower()] = described | {"operationId": name}
            if route.handler in (handlers.generate, handlers.validate):
                entry[method.lower()]["tags"] = [parts[0]]
    return found

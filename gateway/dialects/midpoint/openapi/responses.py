"""Schemas of what the writer writes: objects, lists and OperationResult.

Built from the schema's tables. Knows no operations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.dialects.midpoint.openapi.values import described
from gateway.dialects.midpoint.wire.names import API_TYPES, COLLECTIONS, TYPES
from gateway.model.schema import Kind
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from gateway.dialects.midpoint.openapi.values import Schema
    from gateway.model.schema import ComplexType, Item

_TEXT: Schema = {"type": "string"}
_INSTANT: Schema = {"type": "string", "format": "date-time"}
_PRIMITIVES: dict[str, Schema] = {
    "string": _TEXT,
    "uri": _TEXT,
    "path": _TEXT,
    "qname": _TEXT,
    "polystring": {"$ref": "#/components/schemas/PolyString"},
    "int": {"type": "integer"},
    "long": {"type": "integer"},
    "decimal": {"type": "number"},
    "boolean": {"type": "boolean"},
    "dateTime": _INSTANT,
    "duration": {"type": "string", "format": "duration"},
    "any": {},
}
_STATUS: Schema = {
    "enum": [*next(i for i in SCHEMA["TaskType"].own if i.name == "resultStatus").values]
}
_RESULT: dict[str, Schema] = {
    "operation": _TEXT,
    "status": _STATUS,
    "importance": {"enum": ["major", "normal", "minor"]},
    "start": _INSTANT,
    "end": _INSTANT,
    "token": {"type": "integer"},
    "message": _TEXT,
    "messageCode": _TEXT,
    "details": _TEXT,
}
_SUMMED: dict[str, Schema] = {
    "count": {"type": "integer", "description": "Items that this is about."},
    "qualifier": {**_TEXT, "description": "Path of the activity."},
    "partialResults": {
        "type": ["object", "array"],
        "description": "One for each activity; in it one for each outcome of its items.",
    },
}
_RESULT_NEEDED = ["operation", "status", "token"]

#: Written otherwise than the tables of types say.
SPECIAL: dict[str, Schema] = {
    "result": {
        "anyOf": [
            {
                "type": "object",
                "properties": {"@incomplete": {"const": True}},
                "required": ["@incomplete"],
                "additionalProperties": False,
                "description": "There is a result; ask for it with `include=result`.",
            },
            {
                "type": "object",
                "properties": _RESULT | _SUMMED,
                "required": _RESULT_NEEDED,
                "additionalProperties": False,
            },
        ]
    },
    "activityState": {"type": "object"},
    "operationStats": {"type": "object"},
}


def build_response_components() -> dict[str, Schema]:
    """Every schema that answers are made of, by name."""
    schemas: dict[str, Schema] = {
        "OperationResult": _build_operation_result(),
        "PolyString": _POLYSTRING,
        "Reference": _REFERENCE,
    }
    for type_name, root in COLLECTIONS.values():
        _build_complex(SCHEMA[type_name], schemas)
        schemas[f"{type_name}.Answer"] = {
            "type": "object",
            "properties": {root: _refer_to(type_name)},
            "required": [root],
            "additionalProperties": False,
        }
        schemas[f"{type_name}.List"] = _list(type_name)
    return schemas


_POLYSTRING: Schema = {
    "description": "A text, or an object where it is translated.",
    "anyOf": [
        _TEXT,
        {
            "type": "object",
            "properties": {"orig": _TEXT, "translation": {}, "lang": {}},
            "required": ["orig"],
            "additionalProperties": False,
        },
    ],
}
_REFERENCE: Schema = {
    "type": "object",
    "properties": {
        "oid": _TEXT,
        "relation": _TEXT,
        "type": _TEXT,
        "targetName": _PRIMITIVES["polystring"],
        "description": _TEXT,
    },
    "required": ["oid", "relation", "type"],
    "additionalProperties": False,
}


def _refer_to(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _build_complex(found: ComplexType, schemas: dict[str, Schema]) -> Schema:
    if found.name in schemas:
        return _refer_to(found.name)
    schemas[found.name] = {}
    if found.open:
        schemas[found.name] = {"type": "object"}
        return _refer_to(found.name)
    properties: dict[str, Schema] = {"@id": {"type": "integer", "minimum": 1}}
    needed: list[str] = []
    if found.is_object:
        needed = ["oid", "version"]
        properties = {
            "@type": {"const": f"c:{found.name}", "description": "In lists only."},
            "oid": {"type": "string", "format": "uuid"},
            "version": _TEXT,
        }
    for name, item in found.offered.items():
        properties[name] = described(_build_item(item, schemas), item)
    schema: Schema = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    schemas[found.name] = schema | ({"required": needed} if needed else {})
    return _refer_to(found.name)


def _build_item(item: Item, schemas: dict[str, Schema]) -> Schema:
    """One value is written bare, more are written as a list."""
    value = SPECIAL.get(item.name) or _build_value(item, schemas)
    if not item.many or value == {}:
        return value
    return {"anyOf": [value, {"type": "array", "items": value, "minItems": 2}]}


def _build_value(item: Item, schemas: dict[str, Schema]) -> Schema:
    if item.kind is Kind.REFERENCE:
        return _refer_to("Reference")
    if item.kind is Kind.CONTAINER:
        return _build_complex(SCHEMA[item.type], schemas)
    return {"enum": [*item.values]} if item.type == "enum" else _PRIMITIVES[item.type]


def _wrap_properties(properties: dict[str, Schema], needed: list[str]) -> Schema:
    """What is not an object of the repository comes under the element `object`."""
    return {
        "type": "object",
        "properties": {
            "@ns": {"const": TYPES},
            "object": {
                "type": "object",
                "properties": properties,
                "required": ["@type", *needed],
                "additionalProperties": False,
            },
        },
        "required": ["@ns", "object"],
        "additionalProperties": False,
    }


def _build_operation_result() -> Schema:
    properties = {"@type": {"const": "c:OperationResultType"}, **_RESULT}
    return _wrap_properties(properties, [*_RESULT_NEEDED, "message"])


def _list(type_name: str) -> Schema:
    """The list form; without a hit its inner `object` is missing."""
    element: Schema = {"allOf": [_refer_to(type_name), {"required": ["@type"]}]}
    return _wrap_properties(
        {
            "@type": {"const": f"{API_TYPES}#ObjectListType"},
            "object": {"type": "array", "items": element, "minItems": 1},
        },
        [],
    )

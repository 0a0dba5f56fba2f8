"""Schemas of single values, and of the ways in which a request may write one or several of them.

Knows JSON Schema and the schema's primitives; no operations, no objects.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gateway.dialects.midpoint.wire.names import COMMON
from gateway.model.schema import Kind
from gateway.model.types import SCHEMA
from gateway.model.values import INT_RANGE, LONG_RANGE, constant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.model.schema import Item

Schema = dict[str, Any]

NULL: Schema = {"type": "null"}
ANYTHING: Schema = {}
TEXT: Schema = {
    "type": ["string", "number", "boolean"],
    "description": "A text; a number or a boolean is read as one.",
}
BLANK: Schema = {"const": "", "description": "An empty container value."}
#: What Python counts among the blanks and regular expressions of schemas do not, as well.
_BLANK = r"\s\x1c-\x1f\x85"
#: A name or a prefixed name, with or without its namespace before a `#` or a `/`.
QNAME = rf"^[{_BLANK}]*([\s\S]*#|[^#]*/)?[^{_BLANK}#/]*[^{_BLANK}#/:][{_BLANK}]*$"
NOT_BLANK = rf"[^{_BLANK}]"
OID_LENGTH = 256


def build_integer(least: int, largest: int) -> Schema:
    """An integer, also as a text of digits."""
    digits = len(str(largest)) - 1
    sign = "-?" if least < 0 else ""
    first = "[1-9]" if least > 0 else "[0-9]"
    return {
        "anyOf": [
            {"type": "integer", "minimum": least, "maximum": largest},
            {"type": "string", "pattern": f"^{sign}{first}[0-9]{{0,{digits - 1}}}$"},
        ]
    }


def build_choice(values: Sequence[str]) -> Schema:
    """One of the texts, also by its constant's name; an empty text means no value."""
    constants = [name for value in values if (name := constant(value)) not in values]
    return {"enum": [*values, *constants, ""]}


def build_type_names(names: Sequence[str]) -> Schema:
    """One of the type names, bare, prefixed, or with the namespace."""
    return {
        "type": "string",
        "pattern": f"^(c:|{re.escape(COMMON)}#)?({'|'.join(names)})$",
        "description": "A type's name: c:" + ", c:".join(names),
    }


_POLYSTRING_TEXT: Schema = {"type": "object", "required": ["orig"], "additionalProperties": False}
POLYSTRING: Schema = {
    "anyOf": [
        TEXT,
        {
            "type": "object",
            "properties": {
                "orig": TEXT,
                "norm": {"description": "Read and not kept: the server normalises."},
                "translation": ANYTHING,
                "lang": ANYTHING,
            },
            "anyOf": [
                {"required": ["orig"]},
                {"required": ["translation"]},
                {"required": ["lang"]},
            ],
            "additionalProperties": False,
        },
    ]
}
#: Where several values are allowed, none may be translated.
POLYSTRING_OF_MANY: Schema = {
    "anyOf": [TEXT, {**_POLYSTRING_TEXT, "properties": {"orig": TEXT, "norm": ANYTHING}}]
}
_NAME_TEXT: Schema = {
    "anyOf": [
        {"type": "string", "pattern": NOT_BLANK, "maxLength": 1000},
        {"type": ["number", "boolean"]},
    ]
}
NAME: Schema = {
    "anyOf": [
        _NAME_TEXT,
        {**_POLYSTRING_TEXT, "properties": {"orig": _NAME_TEXT, "norm": ANYTHING}},
    ],
    "description": "The object's name; it must not be blank.",
}

_PRIMITIVES: dict[str, Schema] = {
    "string": TEXT,
    "uri": TEXT,
    "path": TEXT,
    "polystring": POLYSTRING,
    "int": build_integer(*INT_RANGE),
    "long": build_integer(*LONG_RANGE),
    "decimal": {"anyOf": [{"type": "number"}, {"type": "string", "format": "decimal"}]},
    "boolean": {"enum": [True, False, "true", "false"]},
    "dateTime": {"type": "string", "format": "date-time"},
    "duration": {"type": "string", "format": "duration"},
    "qname": {"anyOf": [{"type": "string", "pattern": QNAME}, {"type": ["number", "boolean"]}]},
    "any": ANYTHING,
}


def build_property_value(item: Item) -> Schema:
    """One value of a property."""
    if item.type == "enum":
        return build_choice(item.values)
    if item.type == "polystring" and item.many:
        return POLYSTRING_OF_MANY
    return _PRIMITIVES[item.type]


def build_reference_value(target: str) -> Schema:
    """A reference to an object of the type; the type must be named where it is not given."""
    found = SCHEMA.get(target)
    types = build_type_names(found.subtypes if found else [target])
    is_fixed = target != "ObjectType"
    unkept: Schema = {"description": "Read and not kept."}
    return {
        "type": "object",
        "properties": {
            "oid": {"type": "string", "pattern": NOT_BLANK, "maxLength": OID_LENGTH},
            "type": {"anyOf": [types, NULL]} if is_fixed else types,
            "relation": {
                "anyOf": [{"type": "string", "pattern": QNAME}, {"const": ""}, NULL],
                "description": "`org:default` if it is missing.",
            },
            "description": {"description": "Kept if it is a text."},
            "targetName": unkept,
            "object": unkept,
            "resolutionTime": unkept,
            "referentialIntegrity": unkept,
        },
        "required": ["oid"] if is_fixed else ["oid", "type"],
        "additionalProperties": False,
    }


def build_one(value: Schema, *nothing: Schema, most: int | None = 1) -> Schema:
    """A value bare or in a list, or one of the ways to say that there is none."""
    each: Schema = {"anyOf": [value, *nothing]} if nothing else value
    listed: Schema = {"type": "array", "items": each}
    if most is not None:
        listed["maxItems"] = most
    return {"anyOf": [value, *nothing, listed]}


def described(schema: Schema, item: Item) -> Schema:
    """The schema with the item's sentence, if it has one."""
    return {**schema, "description": item.description} if item.description else schema


def build_forms(value: Schema, item: Item) -> Schema:
    """The ways to write the value or values of an item."""
    if value == ANYTHING:
        return ANYTHING
    nothing = (BLANK, NULL) if item.kind is Kind.CONTAINER else (NULL,)
    return build_one(value, *nothing, most=None if item.many else 1)

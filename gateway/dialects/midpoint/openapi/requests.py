"""Schemas of request bodies: as lenient as the reader is, and no more.

Built from the schema's tables. What the server maintains, what is not supported yet and what it
forgot long ago is left out. Knows no operations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.dialects.midpoint.openapi import values
from gateway.dialects.midpoint.openapi.activity_examples import ACTIVITIES
from gateway.dialects.midpoint.query import DIRECTIONS, MAX_OFFSET
from gateway.dialects.midpoint.wire.modification import KINDS
from gateway.dialects.midpoint.wire.names import COLLECTIONS
from gateway.engine.objects.defaults import RUN_TIME_ITEMS
from gateway.engine.tasks.plan import MAX_THREADS
from gateway.engine.verbs.accounts import LONGEST
from gateway.model.schema import Kind
from gateway.model.types import SCHEMA
from gateway.model.values import INT_RANGE
from gateway.query.ordering import MAX_ORDERS

if TYPE_CHECKING:
    from gateway.dialects.midpoint.openapi.values import Schema
    from gateway.model.schema import ComplexType, Item

#: Items that are refused, or whose parts depend on one another in ways that a schema cannot say;
#: these are shown by example.
LEFT_OUT = {
    ("AuthorizationObjectSelectorType", "filter"),
    ("ObjectSetType", "archetypeRef"),
    ("ObjectSetType", "objectRef"),
    ("ObjectSetType", "searchOptions"),
    ("QueryType", "paging"),
    ("ActivityDefinitionType", "composition"),
    ("ActivityDefinitionType", "controlFlow"),
    ("ActivityDefinitionType", "policies"),
    ("ActivityDistributionType", "buckets"),
}
#: Work that is described in full; other work is shown by example.
DESCRIBED = ("recomputation", "noOp", "triggerScan", "objectIntegrityCheck")
#: Containers that cannot be empty, and the items that they need.
NEEDED = {"ActivityDefinitionType": ["work"], "WorkDefinitionsType": []}
WORK, ACTIVITY = "WorkDefinitionsType", "ActivityDefinitionType"
DELTA_TEXT = "One change; a change without a `modificationType` is checked and not made."


def filter_text(type_name: str) -> Schema:
    """Filter text over the items of a type."""
    return {
        "type": "string",
        "format": f"mql-{type_name}",
        "description": "A filter in midPoint's query language.",
    }


def filter_clause(type_name: str) -> Schema:
    """A filter in a query; nothing in it means everything."""
    return {
        "anyOf": [
            {
                "type": "object",
                "properties": {"text": filter_text(type_name), "description": {}},
                "additionalProperties": False,
            },
            {"const": ""},
            values.NULL,
        ]
    }


OBJECT_TYPES = values.build_type_names([each.name for each in SCHEMA.types() if each.is_object])
#: Values that a table of types cannot describe.
SPECIAL: dict[tuple[str, str], Schema] = {
    ("ObjectType", "name"): values.NAME,
    ("ScheduleType", "interval"): values.build_integer(1, INT_RANGE[1]),
    ("ScheduleType", "cronLikePattern"): {"type": "string", "format": "cron"},
    ("NoOpWorkType", "steps"): values.build_integer(0, INT_RANGE[1]),
    ("NoOpWorkType", "delay"): values.build_integer(0, INT_RANGE[1]),
    ("ObjectSetType", "type"): OBJECT_TYPES,
    ("AuthorizationObjectSelectorType", "type"): OBJECT_TYPES,
    ("ProtectedStringType", "clearValue"): {
        "anyOf": [
            {"type": "string", "minLength": 1, "maxLength": LONGEST},
            {"type": ["number", "boolean"]},
        ],
        "writeOnly": True,
    },
    ("ActivityDefinitionType", "identifier"): {
        **values.build_property_value(SCHEMA["ActivityDefinitionType"].items["identifier"]),
        "pattern": "^[^/]*$",
    },
    ("ActivityDefinitionType", "executionMode"): values.build_choice(["full"]),
    ("ActivityDistributionType", "workerThreads"): values.build_integer(0, MAX_THREADS),
    ("IntegrityCheckWorkType", "histogramColumns"): values.build_integer(1, INT_RANGE[1]),
    ("ActivityExecutionType", "mode"): values.build_choice(["full"]),
}
#: A task's filter is described by the items of every object; its type stands beside it.
TASK_FILTER = filter_clause("ObjectType")


def refer_to(name: str) -> Schema:
    """A pointer to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def request_components() -> dict[str, Schema]:
    """Every schema that request bodies are made of, by name."""
    made = _Components()
    for type_name, root in COLLECTIONS.values():
        made.add_root(type_name, root)
    return made.schemas


class _Components:
    """Collects components; each is made once."""

    def __init__(self) -> None:
        self.schemas: dict[str, Schema] = {}

    def add_root(self, type_name: str, root: str) -> None:
        """The bodies of a collection's operations."""
        self.schemas[f"{type_name}.Body"] = _build_root(root, refer_to(f"{type_name}.Input"))
        self._build_complex(SCHEMA[type_name])
        self.schemas[f"{type_name}.Query"] = query_body(type_name)
        change = _make_optional(
            {
                "type": "object",
                "properties": {
                    "oid": {"description": "Not read."},
                    "objectType": {"description": "Not read."},
                    "itemDelta": values.build_one(
                        refer_to(f"{type_name}.Delta"), values.NULL, most=None
                    ),
                },
                "additionalProperties": False,
            }
        )
        change["anyOf"][0]["properties"]["itemDelta"]["anyOf"][-1]["items"] = refer_to(
            f"{type_name}.Delta"
        )
        self.schemas[f"{type_name}.Modification"] = _build_root("objectModification", change)
        self.schemas[f"{type_name}.Delta"] = {
            "description": DELTA_TEXT,
            "anyOf": list(self._build_deltas(SCHEMA[type_name])),
        }

    def _build_complex(self, found: ComplexType) -> Schema:
        name = f"{found.name}.Input"
        if name not in self.schemas:
            self.schemas[name] = {}
            self.schemas[name] = (
                self._build_work(found) if found.name == WORK else self._build_body(found)
            )
            if found.name == ACTIVITY:
                examples: Schema = {"title": "By example", "enum": [*ACTIVITIES.values()]}
                self.schemas[name] = {"anyOf": [self.schemas[name], examples]}
        return refer_to(name)

    def _build_body(self, found: ComplexType) -> Schema:
        if found.open:
            return {
                "type": "object",
                "propertyNames": {"pattern": "^[^@:/#][^:/#]*$"},
                "description": "Items of any name, with any values.",
            }
        properties = {
            name: values.described(self._build_item(found, item), item)
            for name, item in found.offered.items()
            if _is_asked_for(found, item)
        }
        needed = list(NEEDED.get(found.name, ()))
        if found.is_object:
            identity: Schema = {"type": ["string", "integer", "null"]}
            properties = {
                "oid": {
                    "anyOf": [{"type": "string", "format": "uuid"}, {"const": ""}, values.NULL],
                    "description": "Made by the server if it is missing.",
                },
                "version": identity | {"description": "Without options it means overwrite."},
                **properties,
            }
            needed.append("name")
        body: Schema = {
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
        }
        return body | ({"required": needed} if needed else {})

    def _build_work(self, found: ComplexType) -> Schema:
        """Exactly one kind of work, of those that a schema can describe."""
        served = [found.offered[name] for name in DESCRIBED]
        return {
            "description": "Exactly one kind of work; others are among the examples of activities.",
            "oneOf": [
                {
                    "type": "object",
                    "properties": {item.name: self._build_container(item, item.type)},
                    "required": [item.name],
                    "additionalProperties": False,
                }
                for item in served
            ],
        }

    def _build_item(self, within: ComplexType, item: Item) -> Schema:
        if within.name == "QueryType" and item.name == "filter":
            return TASK_FILTER
        special = _build_special(within, item)
        if item.name == "name" and within.is_object:
            return {"anyOf": [special, _require_exactly_one(special or {})]}
        if special is not None:
            return values.build_forms(special, item)
        if item.kind is not Kind.CONTAINER:
            return self._build_forms(item)
        return self._build_container(item, item.type)

    def _build_container(self, item: Item, type_name: str) -> Schema:
        body = self._build_complex(SCHEMA[type_name])
        if type_name == WORK:
            return {"anyOf": [body, _require_exactly_one(body)]}
        if type_name in NEEDED:
            return values.build_one(body)
        if item.name in DESCRIBED and not item.many:
            return {
                "anyOf": [
                    body,
                    values.BLANK,
                    values.NULL,
                    _require_exactly_one({"anyOf": [body, values.BLANK, values.NULL]}),
                ]
            }
        return values.build_forms(body, item)

    def _build_forms(self, item: Item) -> Schema:
        """The forms of a property or a reference, shared by all items of that type."""
        if item.kind is Kind.REFERENCE:
            name, value = f"Reference.{item.target}", values.build_reference_value(item.target)
        elif item.type == "enum":
            name, value = f"Value.{item.enum}", values.build_property_value(item)
        elif item.type == "any":
            return values.ANYTHING
        else:
            name, value = f"Value.{item.type}", values.build_property_value(item)
        if item.many:
            name = f"{name}.many"
        self.schemas.setdefault(name, values.build_forms(value, item))
        return refer_to(name)

    def _build_deltas(self, found: ComplexType) -> list[Schema]:
        """A variant for each way to write a value, with the items that are written so."""
        groups: dict[str, tuple[Schema, Schema | None, list[str]]] = {}
        for name, item in found.offered.items():
            if name == "name" or not _is_asked_for(found, item):
                continue
            written = self._build_item(found, item)
            # What a value of an open type may hold is the same in every change.
            is_closed = item.kind is Kind.CONTAINER and not SCHEMA[item.type].open
            deleted = _build_deletion(None if item.many else 1) if is_closed else None
            key = repr((written, deleted))
            groups.setdefault(key, (written, deleted, []))[2].append(name)
        deltas = list(_name_deltas(self._build_item(found, found.items["name"])))
        for written, deleted, names in groups.values():
            if deleted is None:
                deltas.append(_build_delta(names, [*KINDS], written))
                continue
            deltas.append(
                _build_delta(names, [k for k, kind in KINDS.items() if kind != "delete"], written)
            )
            deltas.append(
                _build_delta(names, [k for k, kind in KINDS.items() if kind == "delete"], deleted)
            )
        return deltas


def _build_deletion(most: int | None) -> Schema:
    """A container value is deleted by its id; other content must match as a whole."""
    value: Schema = {
        "type": "object",
        "properties": {"@id": {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}},
        "required": ["@id"],
        "additionalProperties": False,
    }
    deleted = values.build_one(value, most=most)
    deleted["anyOf"].append(values.NULL)
    return deleted


def _name_deltas(written: Schema) -> list[Schema]:
    """The name can be set, never removed."""
    replacing = _build_delta(["name"], ["replace", "REPLACE"], written)
    replacing["properties"]["modificationType"] = {"enum": ["replace", "REPLACE"]}
    replacing["required"] = ["path", "modificationType", "value"]
    nothing: Schema = {"type": "array", "maxItems": 0}
    added: Schema = {"anyOf": [written, nothing, values.NULL]}
    return [replacing, _build_delta(["name"], ["add", "ADD"], added)]


def _build_delta(names: list[str], kinds: list[str], value: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {
            "modificationType": {"enum": [*kinds, None]},
            "path": {"enum": names},
            "value": value,
            "estimatedOldValue": {"description": "Read, but no precondition."},
        },
        "required": ["path"],
        "additionalProperties": False,
    }


def query_body(type_name: str) -> Schema:
    """The body of a search."""
    number: Schema = {"anyOf": [values.build_integer(0, MAX_OFFSET), values.NULL]}
    path: Schema = {"type": "string", "format": f"order-{type_name}"}
    order: Schema = {
        "anyOf": [path, {"type": "array", "items": path, "maxItems": MAX_ORDERS}, values.NULL],
        "description": "Path of a single-valued item; or several, in a list or with commas.",
    }
    paging: Schema = {
        "type": "object",
        "properties": {
            "orderBy": order,
            "orderDirection": {"enum": [*DIRECTIONS]},
            "offset": number,
            "maxSize": number,
        },
        "additionalProperties": False,
    }
    query: Schema = {
        "type": "object",
        "properties": {
            "filter": filter_clause(type_name),
            "paging": _make_optional(paging),
            "description": {"description": "Read and not kept."},
        },
        "additionalProperties": False,
    }
    return _build_root("query", _make_optional(query))


def _build_root(name: str, value: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {name: value},
        "required": [name],
        "additionalProperties": False,
    }


def _make_optional(value: Schema) -> Schema:
    return {"anyOf": [value, {"const": ""}, values.NULL]}


def _require_exactly_one(value: Schema) -> Schema:
    return {"type": "array", "items": value, "minItems": 1, "maxItems": 1}


def _build_special(within: ComplexType, item: Item) -> Schema | None:
    return next(
        (SPECIAL[name, item.name] for name in within.ancestry if (name, item.name) in SPECIAL),
        None,
    )


def _is_asked_for(within: ComplexType, item: Item) -> bool:
    if item.operational or (within.is_object and item.name in RUN_TIME_ITEMS):
        return False
    return (within.name, item.name) not in LEFT_OUT

"""Reads which objects a work definition means, and refuses what could only fail when it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.engine.activities.base import ObjectSet
from gateway.errors import SchemaViolation, Unsupported
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from gateway.model.documents import Document, Json


def object_set(defined: Document, default_type: str) -> ObjectSet:
    """The type and the filters of an object set; a malformed filter is refused here."""
    type_name = defined.get("type", default_type)
    found = SCHEMA.get(type_name)
    if found is None or not found.is_object:
        raise SchemaViolation(
            f"'{type_name}' is not a type of object.",
            path="objects/type",
            suggestion=SCHEMA.nearest_type(type_name),
        )
    query: Document = defined.get("query", {})
    if "paging" in query:
        raise Unsupported("query/paging is not supported in a task; it works on all that match.")
    if "objectRef" in defined and query:
        raise SchemaViolation("objects/objectRef and objects/query exclude each other.")
    objects = ObjectSet(type=type_name, clauses=tuple(_clauses(defined, query)))
    objects.compiled()
    return objects


def _clauses(defined: Document, query: Document) -> list[Json]:
    clauses: list[Json] = []
    if query.get("filter"):
        clauses.append(query["filter"])
    if "archetypeRef" in defined:
        oid = quoted(defined["archetypeRef"]["oid"])
        clauses.append({"text": f"archetypeRef matches (oid = {oid})"})
    if "objectRef" in defined:
        oids = ", ".join(quoted(each["oid"]) for each in defined["objectRef"])
        clauses.append({"text": f". inOid ({oids})"})
    return clauses


def quoted(text: str) -> str:
    """The text as a literal of the query language."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"

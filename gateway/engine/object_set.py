"""Reads which objects a work definition means, and refuses what could only fail when it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.engine.activities.base import ObjectSet
from gateway.errors import SchemaViolation, Unsupported
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from gateway.model.documents import Document


def object_set(defined: Document, default_type: str) -> ObjectSet:
    """The type and the filter of an object set; a malformed filter is refused here."""
    type_name = defined.get("type", default_type)
    found = SCHEMA.get(type_name)
    if found is None or not found.is_object:
        raise SchemaViolation(
            f"'{type_name}' is not a type of object.",
            path="objects/type",
            suggestion=SCHEMA.nearest_type(type_name),
        )
    for name in ("archetypeRef", "objectRef", "searchOptions"):
        if name in defined:
            raise Unsupported(f"objects/{name} is not supported yet; use objects/query.")
    query: Document = defined.get("query", {})
    if "paging" in query:
        raise Unsupported("query/paging is not supported in a task; it works on all that match.")
    objects = ObjectSet(type=type_name, clause=query.get("filter"))
    objects.compiled()
    return objects

"""Reads which objects a work definition means, and refuses what could only fail when it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.engine.objects.literals import one_of, quote_text
from gateway.engine.objects.selection import ObjectSet
from gateway.errors import SchemaViolation, Unsupported
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from gateway.engine.objects.selection import RunScope
    from gateway.model.documents import Document, Json

FAILED = ("fatal_error", "partial_error")


@dataclass(frozen=True, kw_only=True, slots=True)
class FailedObjects:
    """Objects with which tasks have failed; without tasks, the own one before the present run."""

    statuses: tuple[str, ...] = FAILED
    #: Oids.
    tasks: tuple[str, ...] = ()
    #: Instants between which they failed, both included.
    earliest: str | None = None
    latest: str | None = None

    def clause(self, scope: RunScope) -> Json:
        """That the object has such a record."""
        latest = self.latest if self.latest or self.tasks else scope.started
        parts = [
            f"taskRef matches (oid = {one_of(self.tasks or (scope.task,))})",
            f"status = {one_of(self.statuses)}",
        ]
        if self.earliest is not None:
            parts.append(f"timestamp >= {quote_text(self.earliest)}")
        if latest is not None:
            parts.append(f"timestamp <= {quote_text(latest)}")
        return {"text": f"operationExecution matches ({' and '.join(parts)})"}


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
    objects = ObjectSet(
        type=type_name,
        clauses=tuple(_clauses(defined, query)),
        selectors=tuple(_selectors(defined)),
    )
    objects.compile_filters()
    return objects


def _clauses(defined: Document, query: Document) -> list[Json]:
    clauses: list[Json] = []
    if "filter" in query:
        clauses.append(query["filter"])
    if "archetypeRef" in defined:
        oid = quote_text(defined["archetypeRef"]["oid"])
        clauses.append({"text": f"archetypeRef matches (oid = {oid})"})
    if "objectRef" in defined:
        clauses.append({"text": f". inOid {one_of(each['oid'] for each in defined['objectRef'])}"})
    return clauses


def _selectors(defined: Document) -> list[FailedObjects]:
    given: Document | None = defined.get("failedObjectsSelector")
    if given is None:
        return []
    selector = FailedObjects(
        statuses=tuple(given.get("status", FAILED)),
        tasks=tuple(each["oid"] for each in given.get("taskRef", ())),
        earliest=given.get("timeFrom"),
        latest=given.get("timeTo"),
    )
    return [selector]

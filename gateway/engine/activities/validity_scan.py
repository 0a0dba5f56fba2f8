"""Recomputes objects whose validity, or that of an assignment, has begun or ended since the last scan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.engine.activities.base import (
    FULL_OR_PREVIEW,
    CompositeActivity,
    CompositePart,
    ObjectActivity,
    register,
)
from gateway.engine.activities.recomputation import reachable, recompute_item
from gateway.engine.objects.literals import quote_text
from gateway.engine.objects.object_set import object_set
from gateway.errors import SchemaViolation
from gateway.model.initial import SYSTEM_ARCHETYPE
from gateway.model.task_document import work_path
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.engine.objects.item import ItemContext, ItemResult, Vocabulary
    from gateway.engine.objects.selection import ObjectSet, RunScope
    from gateway.model.documents import Document, StoredObject

PART = "focusValidityScan part"
#: When the last complete scan began: what it has seen needs no second look.
LAST_SCAN = "lastScanTimestamp"
#: Where changes are looked for. The conditions on an assignment hold for one and the same.
OBJECTS, ASSIGNMENTS = "{change}", "assignment matches ({change})"
#: Query style to its parts, and what each looks for.
STYLES: dict[str, dict[str, tuple[str, ...]]] = {
    "singleQuery": {"full": (OBJECTS, ASSIGNMENTS)},
    "separateObjectAndAssignmentQueries": {"objects": (OBJECTS,), "assignments": (ASSIGNMENTS,)},
}


@register
class FocusValidityScan(CompositeActivity[None]):
    """Recomputes objects whose validity, or that of an assignment, has begun or ended.

    It goes by the last complete scan, in one query or in two; the first scan looks at all.
    """

    name = "focusValidityScan"
    archetype = SYSTEM_ARCHETYPE
    modes = FULL_OR_PREVIEW

    def parts(self, work: Document) -> list[CompositePart]:
        """One query for objects and assignments, or one for each."""
        style = STYLES[work.get("queryStyle", "singleQuery")]
        return [
            CompositePart(
                identifier=identifier,
                name=PART,
                work={"objects": work.get("objects", {}), "looksFor": looks_for},
            )
            for identifier, looks_for in style.items()
        ]


@dataclass(frozen=True, kw_only=True, slots=True)
class ValidityScanParameters:
    """Among which objects, and what is looked for."""

    objects: ObjectSet
    looks_for: tuple[str, ...]


@register
class ValidityScanPart(ObjectActivity[ValidityScanParameters]):
    """A part of focusValidityScan; no task can ask for it by itself."""

    name = PART
    archetype = SYSTEM_ARCHETYPE
    modes = FULL_OR_PREVIEW
    is_part = True

    def parameters(
        self,
        work: Document,
        vocabulary: Vocabulary,  # noqa: ARG002  nothing of a vendor's in it
    ) -> ValidityScanParameters:
        """Only focus objects have a validity; others are refused."""
        objects = object_set(work["objects"], "FocusType")
        if not SCHEMA.is_subtype(objects.type, "FocusType"):
            raise SchemaViolation(
                f"'{objects.type}' has no validity; focusValidityScan takes FocusType and its kinds.",
                path=work_path("focusValidityScan", "objects", "type"),
            )
        return ValidityScanParameters(objects=objects, looks_for=work["looksFor"])

    def objects(self, parameters: ValidityScanParameters, scope: RunScope) -> ObjectSet:
        """Those of the set that something has happened to."""
        change = write_happened(scope.memory.get(LAST_SCAN), scope.started)
        text = " or ".join(each.format(change=change) for each in parameters.looks_for)
        return parameters.objects.restrict(text)

    def prepare(
        self,
        parameters: ValidityScanParameters,  # noqa: ARG002
        objects: Sequence[StoredObject],
        context: ItemContext,
    ) -> Mapping[str, StoredObject]:
        """Roles, as for a recomputation."""
        return reachable(context.repository, objects)

    def process(
        self,
        parameters: ValidityScanParameters,  # noqa: ARG002
        each: StoredObject,
        context: ItemContext,
    ) -> ItemResult:
        """Recompute the object."""
        return recompute_item(each, context)

    def memory(self, parameters: ValidityScanParameters, scope: RunScope) -> Document:  # noqa: ARG002
        """The next scan begins where this one began."""
        return {LAST_SCAN: scope.started}


def write_happened(last: str | None, now: str) -> str:
    """That a validity began or ended after `last` (None: ever) and not after `now`.

    Both bounds stand beside each other for one value: a start before the last scan and an end far
    ahead are no change in between.
    """
    since = "" if last is None else f"{{path}} > {quote_text(last)} and "
    until = f"{since}{{path}} <= {quote_text(now)}"
    paths = ("activation/validFrom", "activation/validTo")
    return " or ".join(f"({until.format(path=path)})" for path in paths)

"""Deletes the objects that match, one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.engine.activities.base import ANY_MODE, ObjectActivity, register
from gateway.engine.objects import drafts as changing
from gateway.engine.objects import open_values
from gateway.engine.objects.item import ItemResult
from gateway.engine.objects.object_set import object_set
from gateway.errors import SchemaViolation, Unsupported
from gateway.model.effects import Delete
from gateway.model.initial import UTILITY_ARCHETYPE
from gateway.model.task_document import work_path

if TYPE_CHECKING:
    from gateway.engine.objects.item import ItemContext, Vocabulary
    from gateway.engine.objects.selection import ObjectSet, RunScope
    from gateway.model.documents import Document, StoredObject


@dataclass(frozen=True, kw_only=True, slots=True)
class DeletionParameters:
    """The objects to delete."""

    objects: ObjectSet


@register
class Deletion(ObjectActivity[DeletionParameters]):
    """Deletes the objects that match, whose type and query must be given.

    Indestructible objects are skipped, and in other modes than `full` all are.
    """

    name = "deletion"
    archetype = UTILITY_ARCHETYPE
    modes = ANY_MODE
    leaves_outcomes = False

    def parameters(
        self,
        work: Document,
        vocabulary: Vocabulary,  # noqa: ARG002  nothing of a vendor's in it
    ) -> DeletionParameters:
        """The object set; nothing is left to a default, since what is deleted is gone."""
        objects: Document = work.get("objects", {})
        for name in ("type", "query"):
            if name not in objects:
                place = work_path("deletion", "objects", name)
                raise SchemaViolation(
                    f"'{place}' is missing: a deletion must say what it deletes.", path=place
                )
        options = work.get("executionOptions")
        if not open_values.raw_option(options, "deletion/executionOptions", default=True):
            raise Unsupported(
                "'deletion/executionOptions/raw' is false, but there is nothing to deprovision "
                "from yet; leave it out."
            )
        return DeletionParameters(objects=object_set(objects, "ObjectType"))

    def objects(self, parameters: DeletionParameters, scope: RunScope) -> ObjectSet:  # noqa: ARG002
        """The set as given."""
        return parameters.objects

    def process(
        self,
        parameters: DeletionParameters,  # noqa: ARG002
        each: StoredObject,
        context: ItemContext,
    ) -> ItemResult:
        """Delete the object, if it can be."""
        if context.mode != "full":  # as midPoint does it: there is nothing to try out
            return ItemResult(status="not_applicable", message="Nothing is deleted in this mode.")
        return removal(each, context)


def removal(each: StoredObject, context: ItemContext) -> ItemResult:
    """The object deleted; skipped if it is indestructible, a failure if it is needed."""
    reason = changing.indestructible(each)
    if reason is not None:
        return ItemResult(status="not_applicable", message=reason)
    changing.check_deletable(each, context)
    return ItemResult(effects=(Delete(before=each),))

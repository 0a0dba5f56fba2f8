"""Brings what follows from assignments and activation up to date, object by object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gateway.engine.activities.base import ItemResult, ObjectSet, register
from gateway.engine.object_set import object_set
from gateway.engine.recompute import recompute, targets
from gateway.model import channels
from gateway.model.initial import RECOMPUTATION_ARCHETYPE
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.engine.activities.base import ItemContext
    from gateway.engine.repository import Repository
    from gateway.model.documents import Document, StoredObject


@dataclass(frozen=True, kw_only=True, slots=True)
class RecomputationParameters:
    """The objects to recompute."""

    objects: ObjectSet


@register
class Recomputation:
    """Stores only what differs: an object that is up to date keeps its version."""

    handles_items: Literal[True] = True
    name = "recomputation"
    archetype = RECOMPUTATION_ARCHETYPE

    def parameters(self, work: Document) -> RecomputationParameters:
        """The object set; all focus objects if none is given."""
        return RecomputationParameters(objects=object_set(work.get("objects", {}), "FocusType"))

    def objects(self, parameters: RecomputationParameters) -> ObjectSet:
        """The set as given."""
        return parameters.objects

    def process(
        self,
        parameters: RecomputationParameters,  # noqa: ARG002  the set is all that they hold
        objects: Sequence[StoredObject],
        context: ItemContext,
    ) -> list[ItemResult]:
        """Recompute each object against roles that are read once for all of them."""
        known = reachable(context.repository, objects)
        return [_recomputed(each, known, context) for each in objects]


def reachable(repository: Repository, objects: Sequence[StoredObject]) -> dict[str, StoredObject]:
    """All targets of the objects' assignments and, transitively, of their inducements."""
    known: dict[str, StoredObject] = {}
    wanted = {oid for each in objects for oid in targets(each.items)}
    asked: set[str] = set()
    while wanted:
        found = repository.lookup(wanted)
        known |= found
        asked |= wanted
        wanted = {oid for each in found.values() for oid in targets(each.items)} - asked
    return known


def _recomputed(
    each: StoredObject, known: dict[str, StoredObject], context: ItemContext
) -> ItemResult:
    has_activation = SCHEMA.is_subtype(each.type, "FocusType")
    done = recompute(each.items, known, context.now, has_activation=has_activation)
    status, message = "success", None
    if done.dangling:
        status = "warning"
        message = f"Assigned, but missing: {', '.join(sorted(set(done.dangling))[:5])}."
    if done.items == each.items:
        return ItemResult(status=status, message=message)
    return ItemResult(status=status, message=message, items=_stamped(done.items, context))


def _stamped(items: Document, context: ItemContext) -> Document:
    modified: Document = {
        "modifyTimestamp": context.now,
        "modifyChannel": channels.RECOMPUTE,
        "modifyTaskRef": {"oid": context.task, "type": "TaskType", "relation": "default"},
    }
    if context.owner:
        modified["modifierRef"] = {
            "oid": context.owner,
            "type": "UserType",
            "relation": "default",
        }
    return items | {"metadata": items.get("metadata", {}) | modified}

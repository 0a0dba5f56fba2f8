"""Brings what follows from assignments and activation up to date, object by object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.engine.activities.base import FULL_OR_PREVIEW, ObjectActivity, register
from gateway.engine.objects.item import ItemResult
from gateway.engine.objects.object_set import object_set
from gateway.engine.objects.recompute import recompute, targets
from gateway.model import channels
from gateway.model.documents import reference
from gateway.model.effects import Change, Modify
from gateway.model.initial import RECOMPUTATION_ARCHETYPE
from gateway.model.task_document import TASK_TYPE
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gateway.engine.objects.item import ItemContext, Vocabulary
    from gateway.engine.objects.repository import Repository
    from gateway.engine.objects.selection import ObjectSet, RunScope
    from gateway.model.documents import Document, StoredObject


@dataclass(frozen=True, kw_only=True, slots=True)
class RecomputationParameters:
    """The objects to recompute."""

    objects: ObjectSet


@register
class Recomputation(ObjectActivity[RecomputationParameters]):
    """Brings what follows from assignments and activation up to date.

    An object that is up to date keeps its version.
    """

    name = "recomputation"
    archetype = RECOMPUTATION_ARCHETYPE
    modes = FULL_OR_PREVIEW

    def parameters(
        self,
        work: Document,
        vocabulary: Vocabulary,  # noqa: ARG002  nothing of a vendor's in it
    ) -> RecomputationParameters:
        """The object set; all focus objects if none is given."""
        return RecomputationParameters(objects=object_set(work.get("objects", {}), "FocusType"))

    def objects(self, parameters: RecomputationParameters, scope: RunScope) -> ObjectSet:  # noqa: ARG002
        """The set as given."""
        return parameters.objects

    def prepare(
        self,
        parameters: RecomputationParameters,  # noqa: ARG002
        objects: Sequence[StoredObject],
        context: ItemContext,
    ) -> Mapping[str, StoredObject]:
        """Roles are read once for all objects of a stretch."""
        return reachable(context.repository, objects)

    def process(
        self,
        parameters: RecomputationParameters,  # noqa: ARG002
        each: StoredObject,
        context: ItemContext,
    ) -> ItemResult:
        """Recompute the object against its roles."""
        return recompute_item(each, context)


def reachable(
    repository: Repository, objects: Iterable[StoredObject], more: Iterable[str] = ()
) -> dict[str, StoredObject]:
    """All targets of the objects' assignments, `more`, and transitively those of their inducements."""
    known: dict[str, StoredObject] = {}
    wanted = {oid for each in objects for oid in targets(each.items)}.union(more)
    asked: set[str] = set()
    while wanted:
        found = repository.lookup(wanted)
        known |= found
        asked |= wanted
        wanted = {oid for each in found.values() for oid in targets(each.items)} - asked
    return known


def recompute_item(each: StoredObject, context: ItemContext) -> ItemResult:
    """The object brought up to date, as far as it is not."""
    has_activation = SCHEMA.is_subtype(each.type, "FocusType")
    done = recompute(each.items, context.known, context.now, has_activation=has_activation)
    status, message = "success", None
    if done.dangling:
        status = "warning"
        message = f"Assigned, but missing: {', '.join(sorted(set(done.dangling))[:5])}."
    if done.items == each.items:
        return ItemResult(status=status, message=message)
    change = Change(items=_stamp_items(done.items, context), next_id=each.next_id, state=each.state)
    effects = (Modify(before=each, change=change),)
    return ItemResult(status=status, message=message, effects=effects)


def _stamp_items(items: Document, context: ItemContext) -> Document:
    task = context.author.task
    modified: Document = {
        "modifyTimestamp": context.now,
        "modifyChannel": channels.RECOMPUTE,
        "modifyTaskRef": None if task is None else reference(task, TASK_TYPE),
        "modifierRef": reference(context.author.principal.oid, "UserType"),
    }
    metadata = items.get("metadata", {}) | modified
    return items | {"metadata": {name: each for name, each in metadata.items() if each is not None}}

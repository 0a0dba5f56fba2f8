"""Makes the same change to every object that matches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.engine.activities.base import FULL_OR_PREVIEW, ObjectActivity, register
from gateway.engine.activities.deletion import removal
from gateway.engine.activities.recomputation import reachable
from gateway.engine.objects import drafts as changing
from gateway.engine.objects import object_delta, open_values
from gateway.engine.objects.item import ItemResult
from gateway.engine.objects.object_set import object_set
from gateway.errors import SchemaViolation
from gateway.model.initial import UTILITY_ARCHETYPE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.engine.objects.item import ItemContext, Vocabulary
    from gateway.engine.objects.object_delta import ObjectDelta
    from gateway.engine.objects.selection import ObjectSet, RunScope
    from gateway.model.documents import Document, StoredObject


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeOfEachParameters:
    """The objects, and what to do to each."""

    objects: ObjectSet
    delta: ObjectDelta
    raw: bool = False


@register
class IterativeChangeExecution(ObjectActivity[ChangeOfEachParameters]):
    """Makes one change (`modify` or `delete`) to each of the objects, as if a caller had asked for it.

    One that is so already keeps its version.
    """

    name = "iterativeChangeExecution"
    archetype = UTILITY_ARCHETYPE
    modes = FULL_OR_PREVIEW

    def parameters(self, work: Document, vocabulary: Vocabulary) -> ChangeOfEachParameters:
        """Objects and delta; a delta that no object of the type could take is refused."""
        if "delta" not in work:
            raise SchemaViolation(f"'{self.name}' needs a delta.", path=f"{self.name}/delta")
        objects = object_set(work.get("objects", {}), "ObjectType")
        place = f"{self.name}/delta"
        delta = object_delta.change_of_each(work["delta"], objects.type, vocabulary, place)
        raw = open_values.raw_option(work.get("executionOptions"), f"{self.name}/executionOptions")
        return ChangeOfEachParameters(objects=objects, delta=delta, raw=raw)

    def objects(self, parameters: ChangeOfEachParameters, scope: RunScope) -> ObjectSet:  # noqa: ARG002
        """The set as given."""
        return parameters.objects

    def prepare(
        self,
        parameters: ChangeOfEachParameters,
        objects: Sequence[StoredObject],
        context: ItemContext,
    ) -> Mapping[str, StoredObject]:
        """Roles are read once for all objects of a stretch, those that are assigned now included."""
        if parameters.raw or parameters.delta.kind == "delete":
            return {}
        return reachable(context.repository, objects, parameters.delta.mentioned)

    def process(
        self, parameters: ChangeOfEachParameters, each: StoredObject, context: ItemContext
    ) -> ItemResult:
        """Change or delete the object."""
        draft = changing.draft_of(each, raw=parameters.raw)
        if parameters.delta.kind == "delete":
            changing.check_type(draft, parameters.delta.type)
            return removal(each, context)
        draft = changing.with_deltas(draft, parameters.delta)
        return ItemResult(effects=tuple(changing.effects(draft, context)))

"""Executes a script on every object that matches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.engine.activities.base import ANY_MODE, ObjectActivity, register
from gateway.engine.activities.recomputation import reachable
from gateway.engine.objects import drafts as changing
from gateway.engine.objects.item import ItemResult
from gateway.engine.objects.object_set import object_set
from gateway.engine.scripting import actions, reading, request
from gateway.errors import Unsupported
from gateway.model.initial import ITERATIVE_ACTION_ARCHETYPE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.engine.objects.item import ItemContext, Vocabulary
    from gateway.engine.objects.selection import ObjectSet, RunScope
    from gateway.engine.scripting.actions import ScriptStep
    from gateway.model.documents import Document, StoredObject


@dataclass(frozen=True, kw_only=True, slots=True)
class IterativeScriptingParameters:
    """The objects, and the script for each."""

    objects: ObjectSet
    script: tuple[ScriptStep, ...]


@register
class IterativeScripting(ObjectActivity[IterativeScriptingParameters]):
    """Executes a script on each object.

    What its actions do to one object comes true as one change, or not at all.
    """

    name = "iterativeScripting"
    archetype = ITERATIVE_ACTION_ARCHETYPE
    modes = ANY_MODE

    def parameters(self, work: Document, vocabulary: Vocabulary) -> IterativeScriptingParameters:
        """Objects and script; the request's own input does not count, as in midPoint."""
        objects = object_set(work.get("objects", {}), "ObjectType")
        expression, _ = request.expression_and_input(work)
        how = reading.ScriptReading(vocabulary=vocabulary, type=objects.type)
        script = reading.read_script(expression, how, request.PLACE)
        if any(step.action == "add" for step in script):
            raise Unsupported(
                f"'add' is not supported in '{self.name}', whose objects exist already; "
                "use it in 'nonIterativeScripting' with whole objects as input."
            )
        return IterativeScriptingParameters(objects=objects, script=script)

    def objects(self, parameters: IterativeScriptingParameters, scope: RunScope) -> ObjectSet:  # noqa: ARG002
        """The set as given."""
        return parameters.objects

    def prepare(
        self,
        parameters: IterativeScriptingParameters,
        objects: Sequence[StoredObject],
        context: ItemContext,
    ) -> Mapping[str, StoredObject]:
        """Roles are read once for all objects of a stretch, those that are assigned now included."""
        return reachable(context.repository, objects, actions.collect_mentioned(parameters.script))

    def process(
        self, parameters: IterativeScriptingParameters, each: StoredObject, context: ItemContext
    ) -> ItemResult:
        """Execute the script on the object."""
        draft = actions.run_script(parameters.script, changing.draft_of(each), context)
        return ItemResult(effects=tuple(changing.effects(draft, context)))

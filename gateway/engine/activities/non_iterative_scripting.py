"""Executes a script once, on the objects that come in with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.engine.activities.base import FULL_OR_PREVIEW, RequestActivity, register
from gateway.engine.activities.listed_changes import come_true
from gateway.engine.objects import drafts as changing
from gateway.engine.objects.item import ItemResult
from gateway.engine.rights.sight import sight_of_author
from gateway.engine.scripting import actions, reading, request
from gateway.errors import NotFound, Unsupported
from gateway.model.documents import orig
from gateway.model.initial import SINGLE_ACTION_ARCHETYPE
from gateway.model.principal import Right
from gateway.model.types import SCHEMA
from gateway.query import restrict_filter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.engine.objects.drafts import Draft
    from gateway.engine.objects.item import ItemContext, Vocabulary
    from gateway.engine.objects.selection import ObjectSet
    from gateway.engine.scripting.actions import ScriptStep
    from gateway.engine.scripting.request import ScriptInput, WholeObject
    from gateway.model.documents import Document, StoredObject

#: Objects that one transaction may hold; everybody else waits for it.
MAX_OBJECTS = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class NonIterativeScriptingParameters:
    """The script, and what it is executed on."""

    script: tuple[ScriptStep, ...]
    input: ScriptInput


@register
class NonIterativeScripting(RequestActivity[NonIterativeScriptingParameters]):
    """Executes a script once on its `input`: references, whole objects to add, searches.

    All objects (up to 1,000) together are one item: it is done for all of them, or for none.
    """

    name = "nonIterativeScripting"
    archetype = SINGLE_ACTION_ARCHETYPE
    modes = FULL_OR_PREVIEW

    def parameters(self, work: Document, vocabulary: Vocabulary) -> NonIterativeScriptingParameters:
        """Script and input; a change without a type is meant for the type of the input."""
        expression, given = request.expression_and_input(work)
        found = request.read_input(given, vocabulary)
        how = reading.ScriptReading(vocabulary=vocabulary, type=found.type)
        script = reading.read_script(expression, how, request.PLACE)
        return NonIterativeScriptingParameters(script=script, input=found)

    def requests(self, parameters: NonIterativeScriptingParameters) -> int:  # noqa: ARG002
        """The script is executed once."""
        return 1

    def perform(
        self,
        parameters: NonIterativeScriptingParameters,
        index: int,  # noqa: ARG002
        context: ItemContext,
    ) -> ItemResult:
        """Execute the script on all objects."""
        drafts = _drafts(parameters.input, context)
        if not drafts:
            return ItemResult(status="not_applicable", message="There is no object to act on.")
        if len(drafts) > MAX_OBJECTS:
            raise Unsupported(
                f"A script that is executed once takes up to {MAX_OBJECTS} objects; "
                "use 'iterativeScripting' for more."
            )
        done = [actions.run_script(parameters.script, each, context) for each in drafts.values()]
        return come_true(done, context)


def _drafts(given: ScriptInput, context: ItemContext) -> dict[str, Draft]:
    """Each object once, in the order of the input."""
    drafts = [changing.draft_of(each) for each in _find_referenced(given.references, context)]
    drafts += [_draft_of_value(each, context) for each in given.values]
    drafts += [changing.draft_of(o) for each in given.searches for o in _find_wanted(each, context)]
    return {each.oid: each for each in drafts}


def _find_referenced(
    references: tuple[Document, ...], context: ItemContext
) -> Iterable[StoredObject]:
    found = context.find_known_objects({each["oid"] for each in references})
    for each in references:
        stored = found.get(each["oid"])
        if stored is None or not SCHEMA.is_subtype(stored.type, each["type"]):
            raise NotFound(f"There is no {each['type']} with the oid {each['oid']}.")
        yield stored


def _draft_of_value(given: WholeObject, context: ItemContext) -> Draft:
    oid = given.oid or changing.new_oid(given.type, orig(given.items["name"]), context)
    stored = context.repository.lookup([oid]).get(oid)
    if stored is not None:
        return changing.draft_of(stored)
    return changing.Draft(oid=oid, type=given.type, items=given.items)


def _find_wanted(wanted: ObjectSet, context: ItemContext) -> list[StoredObject]:
    # One more than may be, so that too many are noticed.
    sight = sight_of_author(context.author, Right.SEARCH)
    within = restrict_filter(wanted.compile_filters(), wanted.type, sight)
    seqs = context.repository.matching(wanted.type, within, 0, MAX_OBJECTS + 1)
    return context.repository.load(seqs)

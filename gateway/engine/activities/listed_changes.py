"""Makes the changes that its definition lists: each request whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.engine.activities.base import FULL_OR_PREVIEW, RequestActivity, register
from gateway.engine.activities.recomputation import reachable
from gateway.engine.objects import drafts as changing
from gateway.engine.objects import object_delta, open_values
from gateway.engine.objects.item import ItemResult
from gateway.errors import NotFound, SchemaViolation
from gateway.model.documents import orig
from gateway.model.initial import UTILITY_ARCHETYPE

if TYPE_CHECKING:
    from gateway.engine.objects.drafts import Draft
    from gateway.engine.objects.item import ItemContext, Vocabulary
    from gateway.engine.objects.object_delta import ObjectDelta
    from gateway.model.documents import Document, Json


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedChange:
    """Changes that come true together."""

    name: str
    deltas: tuple[ObjectDelta, ...]
    raw: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedChangesParameters:
    """The requests, in order."""

    requests: tuple[ListedChange, ...]


@register
class ExplicitChangeExecution(RequestActivity[ListedChangesParameters]):
    """Adds, changes and deletes listed objects; a request is done whole or not at all."""

    name = "explicitChangeExecution"
    archetype = UTILITY_ARCHETYPE
    modes = FULL_OR_PREVIEW

    def parameters(self, work: Document, vocabulary: Vocabulary) -> ListedChangesParameters:
        """Either `delta`, which makes one request, or `request`."""
        if ("delta" in work) == ("request" in work):
            raise SchemaViolation(
                f"'{self.name}' needs either 'delta' or 'request', not both or neither.",
                path=self.name,
            )
        given = open_values.list_values(work["request"]) if "request" in work else [work]
        place = f"{self.name}/request" if "request" in work else self.name
        requests = tuple(
            _request(each, number, vocabulary, place) for number, each in enumerate(given, 1)
        )
        return ListedChangesParameters(requests=requests)

    def requests(self, parameters: ListedChangesParameters) -> int:
        """How many requests there are."""
        return len(parameters.requests)

    def title(self, parameters: ListedChangesParameters, index: int) -> str:
        """The request's name, or its number."""
        return parameters.requests[index].name

    def perform(
        self, parameters: ListedChangesParameters, index: int, context: ItemContext
    ) -> ItemResult:
        """Make all changes of one request."""
        request = parameters.requests[index]
        drafts: dict[str, Draft] = {}
        for delta in request.deltas:
            draft = _apply_delta(delta, drafts, request, context)
            drafts[draft.oid] = draft
        return come_true(list(drafts.values()), context)


@register
class NonIterativeChangeExecution(ExplicitChangeExecution):
    """The older name of `explicitChangeExecution`."""

    name = "nonIterativeChangeExecution"


def come_true(drafts: list[Draft], context: ItemContext) -> ItemResult:
    """All that was done to several objects, as one result."""
    new = changing.coming(drafts)
    found = reachable(context.repository, (), changing.collect_targets(drafts))
    context = replace(context, known={**found, **new})
    return ItemResult(effects=tuple(e for each in drafts for e in changing.effects(each, context)))


def _request(given: Json, number: int, vocabulary: Vocabulary, place: str) -> ListedChange:
    members = open_values.members(given, ("name", "delta", "executionOptions"), place)
    deltas = tuple(
        object_delta.change_of_one(each, vocabulary, f"{place}/delta")
        for each in open_values.list_values(members.get("delta"))
    )
    if not deltas:
        raise SchemaViolation(f"'{place}' needs a delta.", path=f"{place}/delta")
    return ListedChange(
        name=open_values.text(members["name"], f"{place}/name")
        if "name" in members
        else str(number),
        deltas=deltas,
        raw=open_values.raw_option(members.get("executionOptions"), f"{place}/executionOptions"),
    )


def _apply_delta(
    delta: ObjectDelta, drafts: dict[str, Draft], request: ListedChange, context: ItemContext
) -> Draft:
    """What the change makes of its object, on top of what the request did to it before."""
    if delta.kind == "add":
        return _apply_addition(delta, drafts, request, context)
    draft = drafts.get(delta.oid or "") or _present(delta, request, context)
    changing.check_type(draft, delta.type)
    if delta.kind == "delete":
        return changing.delete_object(draft, context)
    return changing.with_deltas(draft, delta)


def _apply_addition(
    delta: ObjectDelta, drafts: dict[str, Draft], request: ListedChange, context: ItemContext
) -> Draft:
    oid = delta.oid or changing.new_oid(delta.type, orig(delta.items["name"]), context)
    earlier = drafts.get(oid)
    stored = earlier.before if earlier else context.repository.lookup([oid]).get(oid)
    draft = changing.Draft(
        oid=oid, type=delta.type, before=stored, items=delta.items, raw=request.raw
    )
    return changing.add_object(replace(draft, is_added=earlier is not None and earlier.is_added))


def _present(delta: ObjectDelta, request: ListedChange, context: ItemContext) -> Draft:
    oid = delta.oid or ""
    stored = context.find_known_objects([oid]).get(oid)
    if stored is None:
        raise NotFound(f"There is no {delta.type} with the oid {oid}.")
    return changing.draft_of(stored, raw=request.raw)

"""Looks for damage: documents that the schema does not allow, references to nothing, torn rows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from gateway.engine.activities.base import ObjectActivity, register
from gateway.engine.objects.item import DONE, ItemResult
from gateway.engine.objects.literals import quote_text
from gateway.engine.objects.object_set import object_set
from gateway.errors import SchemaViolation
from gateway.model.conformance import references, violations
from gateway.model.documents import orig
from gateway.model.effects import Notify
from gateway.model.initial import UTILITY_ARCHETYPE
from gateway.model.task_document import work_path
from gateway.model.types import SCHEMA
from gateway.query import compile_filter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.engine.objects.item import ItemContext, Vocabulary
    from gateway.engine.objects.repository import Repository
    from gateway.engine.objects.selection import ObjectSet, RunScope
    from gateway.model.documents import Document, StoredObject

#: Problems that a message tells of one object.
TOLD = 5
#: Items that have rows beside the document.
SIDE_TABLES = ("reference", "assignment")


@dataclass(frozen=True, kw_only=True, slots=True)
class IntegrityCheckParameters:
    """The objects to look at."""

    objects: ObjectSet


@register
class ObjectIntegrityCheck(ObjectActivity[IntegrityCheckParameters]):
    """Tells of objects that are damaged, and changes none.

    Documents that the schema does not allow, or that differ from their rows, are errors; references
    to nothing are warnings.
    """

    name = "objectIntegrityCheck"
    archetype = UTILITY_ARCHETYPE
    leaves_outcomes = False

    def parameters(
        self,
        work: Document,
        vocabulary: Vocabulary,  # noqa: ARG002  nothing of a vendor's in it
    ) -> IntegrityCheckParameters:
        """The object set; all objects if none is given. No histogram of sizes is printed."""
        if work.get("histogramColumns", 1) < 1:
            raise SchemaViolation(
                "histogramColumns must be positive.",
                path=work_path("objectIntegrityCheck", "histogramColumns"),
            )
        return IntegrityCheckParameters(objects=object_set(work.get("objects", {}), "ObjectType"))

    def objects(self, parameters: IntegrityCheckParameters, scope: RunScope) -> ObjectSet:  # noqa: ARG002
        """The set as given."""
        return parameters.objects

    def prepare(
        self,
        parameters: IntegrityCheckParameters,  # noqa: ARG002
        objects: Sequence[StoredObject],
        context: ItemContext,
    ) -> Mapping[str, StoredObject]:
        """What the objects refer to, as far as it exists."""
        wanted = {oid for each in objects for _, oid in _references(each)}
        return context.repository.lookup(wanted)

    def process(
        self,
        parameters: IntegrityCheckParameters,  # noqa: ARG002
        each: StoredObject,
        context: ItemContext,
    ) -> ItemResult:
        """A violated schema or a torn row is an error, a dangling reference a warning."""
        damage = list(islice(violations(each.items, SCHEMA[each.type], SCHEMA), TOLD))
        # A document that has no right form cannot be compared with its rows either.
        if not damage and not rows_agree(each, context.repository):
            damage = ["name, references or assignments differ from their rows in the index"]
        dangling = [
            f"{path} refers to {oid}, which does not exist"
            for path, oid in _references(each)
            if oid not in context.known
        ]
        if not damage and not dangling:
            return DONE
        message = f"{'; '.join([*damage, *dangling][:TOLD])}."
        return ItemResult(
            status="partial_error" if damage else "warning",
            message=message,
            category="schema" if damage else "generic",
            # Without outcomes on the objects, whoever watches is the one to be told.
            effects=(Notify(oid=each.oid, name=each.name, message=message),),
        )


def _references(each: StoredObject) -> list[tuple[str, str]]:
    return list(references(each.items, SCHEMA[each.type], SCHEMA))


def rows_agree(each: StoredObject, repository: Repository) -> bool:
    """Whether the object is found by its oid and name and by what kinds of references it has."""
    stored = [i.name for i in SCHEMA[each.type].items.values() if i.storage in SIDE_TABLES]
    facts = [f"{path} {'exists' if each.items.get(path) else 'not exists'}" for path in stored]
    named = f". inOid ({quote_text(each.oid)}) and name = {quote_text(orig(each.items['name']))}"
    compiled = compile_filter(" and ".join([named, *facts]), each.type)
    return repository.matching(each.type, compiled, each.seq - 1, 1) == [each.seq]

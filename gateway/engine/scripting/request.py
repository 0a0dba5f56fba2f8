"""Reads a request to execute a script: the script, its input and its options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.engine.objects import object_delta, object_set, open_values
from gateway.errors import SchemaViolation, Unsupported

if TYPE_CHECKING:
    from gateway.engine.objects.item import Vocabulary
    from gateway.engine.objects.selection import ObjectSet
    from gateway.model.documents import Document, Json

PLACE = "scriptExecutionRequest"
_REFERENCE = frozenset({"oid", "type", "relation", "targetName"})
_SEARCH = frozenset({"type", "query", "searchFilter"})


@dataclass(frozen=True, kw_only=True, slots=True)
class WholeObject:
    """An object that came in as a value; it is stored only if an action adds it."""

    type: str
    oid: str | None
    items: Document


@dataclass(frozen=True, kw_only=True, slots=True)
class ScriptInput:
    """What a script is executed on, in this order: referenced, given as values, found."""

    references: tuple[Document, ...] = ()
    values: tuple[WholeObject, ...] = ()
    searches: tuple[ObjectSet, ...] = ()

    @property
    def type(self) -> str:
        """The type that all of it has; the most general one if they differ."""
        names = {each["type"] for each in self.references}
        names |= {each.type for each in self.values} | {each.type for each in self.searches}
        return names.pop() if len(names) == 1 else "ObjectType"


def expression_and_input(work: Document) -> tuple[Document, Json]:
    """The script and the input of the work's request; what it cannot hold is refused."""
    if PLACE not in work:
        raise SchemaViolation(f"The work needs a '{PLACE}'.", path=PLACE)
    request = open_values.structure(work[PLACE], PLACE)
    if "variables" in request:
        raise Unsupported(f"'{PLACE}/variables' is not supported: scripts hold no expressions.")
    _check_options(request.pop("options", None))
    given = request.pop("input", None)
    # The script may stand in the request itself, with its type.
    own = {key: value for key, value in work[PLACE].items() if key.startswith("@")}
    return request | own, given


def _check_options(given: Json) -> None:
    place = f"{PLACE}/options"
    known = ("continueOnAnyError", "hideOperationResults")
    options = open_values.members({} if given is None else given, known, place)
    name = "continueOnAnyError"
    if name in options and open_values.flag(options[name], f"{place}/{name}"):
        raise Unsupported(
            f"'{place}/{name}' is not supported: a script is done whole or not at all."
        )


def read_input(given: Json, vocabulary: Vocabulary) -> ScriptInput:
    """References, whole objects and searches; `InvalidRequest` for anything else."""
    place = f"{PLACE}/input"
    if isinstance(given, dict) and "value" in given:
        given = open_values.members(given, ("value",), place)["value"]
    references, values, searches = [], [], []
    for each in open_values.list_values(given):
        members = open_values.structure(open_values.unwrap_value(each), place)
        members = members.get("search", members)
        if "oid" in members and members.keys() <= _REFERENCE:
            references.append(_read_reference(members, vocabulary, place))
        elif "type" in members and members.keys() <= _SEARCH:
            searches.append(_search(members, vocabulary))
        else:
            type_name, oid, items = object_delta.whole_object(
                open_values.unwrap_value(each), vocabulary, place
            )
            values.append(WholeObject(type=type_name, oid=oid, items=items))
    return ScriptInput(references=tuple(references), values=tuple(values), searches=tuple(searches))


def _read_reference(members: Document, vocabulary: Vocabulary, place: str) -> Document:
    found: Document = vocabulary.value("TaskType", "objectRef", members, place)
    return found


def _search(members: Document, vocabulary: Vocabulary) -> ObjectSet:
    query = members.get("query") or {}
    if "searchFilter" in members:
        query = {"filter": members["searchFilter"]}
    return object_set.object_set(
        {"type": vocabulary.type_name(members["type"]), "query": query}, "ObjectType"
    )

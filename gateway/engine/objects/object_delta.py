"""Reads object deltas: the changes of whole objects that a work definition can hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, cast

from gateway.engine.objects import defaults as submission
from gateway.engine.objects import open_values
from gateway.errors import NotFound, SchemaViolation, UnfitChange, Unsupported
from gateway.model.task_document import TASK_TYPE
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Collection

    from gateway.engine.objects.item import Vocabulary
    from gateway.model.delta import ItemDelta
    from gateway.model.documents import Document, Json

DeltaKind = Literal["add", "modify", "delete"]
MEMBERS = ("changeType", "objectType", "objectToAdd", "oid", "itemDelta")
#: Which members a kind of change needs; others are not allowed, save the object's type.
NEEDED: dict[str, frozenset[str]] = {
    "add": frozenset({"objectToAdd"}),
    "modify": frozenset({"itemDelta"}),
    "delete": frozenset(),
}
_POINTING = ("assignment", "inducement")


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectDelta:
    """One change of one object; `items` are those of an object to add."""

    kind: DeltaKind
    #: Objects of this type and below it are meant.
    type: str
    oid: str | None = None
    changes: tuple[ItemDelta, ...] = ()
    items: Document = field(default_factory=dict)

    @property
    def mentioned(self) -> set[str]:
        """Oids that changed assignments and inducements may point to."""
        values = (
            value
            for each in self.changes
            if each.path.steps[0].item.name in _POINTING
            for value in each.values
            if isinstance(value, dict)
        )
        oids = (value.get("targetRef", value).get("oid") for value in values)
        return {oid for oid in oids if oid}


def change_of_each(
    given: Json, objects_type: str, vocabulary: Vocabulary, place: str
) -> ObjectDelta:
    """A change of objects that are found otherwise; `SchemaViolation` for a bad one."""
    members = open_values.members(given, MEMBERS, place)
    if "oid" in members:
        raise SchemaViolation(
            f"'{place}' changes each of the objects, so it has no oid.", path=f"{place}/oid"
        )
    kind = _kind(members, ("modify", "delete"), place)
    type_name = _type(members, vocabulary, place) or objects_type
    return ObjectDelta(
        kind=kind, type=type_name, changes=_changes(members, type_name, vocabulary, place)
    )


def change_of_one(given: Json, vocabulary: Vocabulary, place: str) -> ObjectDelta:
    """A change that names its object; `SchemaViolation` for a bad one."""
    members = open_values.members(given, MEMBERS, place)
    kind = _kind(members, ("add", "modify", "delete"), place)
    type_name = _type(members, vocabulary, place)
    oid = open_values.text(members["oid"], f"{place}/oid").lower() if "oid" in members else None
    if kind == "add":
        return _addition(members["objectToAdd"], type_name, oid, vocabulary, place)
    for name, found in (("objectType", type_name), ("oid", oid)):
        if not found:
            raise SchemaViolation(f"'{place}' needs '{name}'.", path=f"{place}/{name}")
    changes = _changes(members, type_name, vocabulary, place)
    return ObjectDelta(kind=kind, type=type_name, oid=oid, changes=changes)


def whole_object(
    given: Json, vocabulary: Vocabulary, place: str
) -> tuple[str, str | None, Document]:
    """Type, oid and items of an object that a task is to add; tasks are refused."""
    try:
        type_name, oid, items = vocabulary.object(given, place)
    except NotFound as error:  # an oid that can belong to no object: not the task is missing
        raise SchemaViolation(error.message, path=f"{place}/oid") from error
    if type_name == TASK_TYPE:
        raise Unsupported(f"'{place}': a task cannot add a TaskType; create it over the API.")
    submission.check_name(items)
    return type_name, oid, submission.without_run_time(items)


def _addition(
    given: Json, type_name: str, oid: str | None, vocabulary: Vocabulary, place: str
) -> ObjectDelta:
    place = f"{place}/objectToAdd"
    found, own, items = whole_object(given, vocabulary, place)
    if type_name and not SCHEMA.is_subtype(found, type_name):
        raise UnfitChange(f"'{place}' is a {found}, but {type_name} is meant.", path=place)
    return ObjectDelta(kind="add", type=found, oid=own or oid, items=items)


def _kind(members: Document, kinds: Collection[str], place: str) -> DeltaKind:
    kind = members.get("changeType", "")
    if kind not in kinds:
        raise SchemaViolation(
            f"'{place}/changeType' must be {' or '.join(kinds)}, not {kind!r:.80}.",
            path=f"{place}/changeType",
        )
    needed = NEEDED[kind]
    for name in ("itemDelta", "objectToAdd"):
        if (name in members) != (name in needed):
            verb = "needs" if name in needed else "has no place for"
            raise SchemaViolation(
                f"'{place}' (changeType {kind}) {verb} '{name}'.", path=f"{place}/{name}"
            )
    return cast("DeltaKind", kind)


def _type(members: Document, vocabulary: Vocabulary, place: str) -> str:
    if "objectType" not in members:
        return ""
    name = vocabulary.type_name(members["objectType"])
    declared = SCHEMA.get(name)
    if declared is None or not declared.is_object:
        raise SchemaViolation(
            f"'{place}/objectType' is {members['objectType']!r:.80}, which is no type of object.",
            path=f"{place}/objectType",
            suggestion=SCHEMA.nearest_type(name),
        )
    return name


def _changes(
    members: Document, type_name: str, vocabulary: Vocabulary, place: str
) -> tuple[ItemDelta, ...]:
    if "itemDelta" not in members:
        return ()
    return vocabulary.deltas(members["itemDelta"], type_name, f"{place}/itemDelta")

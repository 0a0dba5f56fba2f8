"""Modification bodies: from `objectModification` to item deltas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from gateway.dialects.midpoint.wire.read import take_single_root
from gateway.engine.objects.defaults import RUN_TIME_ITEMS, check_name
from gateway.errors import MalformedBody, SchemaViolation, UnfitChange
from gateway.model.delta import ItemDelta
from gateway.model.paths import parse_path
from gateway.model.schema import Kind, nearest
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from gateway.dialects.midpoint.wire.read import Reader
    from gateway.model.documents import Document, Json
    from gateway.model.paths import ItemPath
    from gateway.model.schema import Item

MEMBERS = ("oid", "objectType", "itemDelta")
DELTA_MEMBERS = ("modificationType", "path", "value", "estimatedOldValue")
KINDS = {"add": "add", "replace": "replace", "delete": "delete"}
KINDS |= {name.upper(): kind for name, kind in KINDS.items()}


def read_deltas(body: Json, type_name: str, reader: Reader) -> list[ItemDelta]:
    """The changes in a request body; an empty modification has none."""
    root, modification = take_single_root(body)
    if root != "objectModification":
        raise MalformedBody(f"The root element must be 'objectModification', not '{root[:80]}'.")
    if modification in (None, ""):
        return []
    _check_known(modification, MEMBERS, "objectModification")
    return read_item_deltas(modification.get("itemDelta"), type_name, reader)


def read_item_deltas(given: Json, type_name: str, reader: Reader) -> list[ItemDelta]:
    """The changes of single items, given as one or as a list."""
    listed = given if isinstance(given, list) else [] if given is None else [given]
    read = (_read_delta(each, type_name, reader) for each in listed)
    return [delta for delta in read if delta is not None]


def _read_delta(given: Json, type_name: str, reader: Reader) -> ItemDelta | None:
    _check_known(given, DELTA_MEMBERS, "itemDelta")
    kind = _read_kind(given.get("modificationType"))
    text = given.get("path")
    if not isinstance(text, str) or text.strip() in ("", "."):
        raise UnfitChange("itemDelta/path must name an item, such as 'description'.")
    path = _read_path(text, type_name)
    first = path.steps[0].item.name
    if first in RUN_TIME_ITEMS:
        raise SchemaViolation(f"'{first}' is maintained by the server and cannot be changed.")
    value = given.get("value")
    item = path.item
    place = str(path)
    kept = () if value in (None, []) else _read_values(reader, item, value, place)
    if place == "name" and kind != "delete":
        for each in kept:
            check_name({"name": each})
    if kind is None:
        return None
    if item.kind is Kind.CONTAINER and kind == "delete" and {} in kept:
        raise SchemaViolation(f"A value of '{place}' to delete needs an @id or content.")
    return ItemDelta(path=path, kind=kind, values=kept)


def _read_path(text: str, type_name: str) -> ItemPath:
    """The path; what it names must be an item of the object."""
    try:
        return parse_path(text, type_name, SCHEMA)
    except SchemaViolation as error:
        if not error.path:
            raise  # it is no path at all
        raise UnfitChange(error.message, path=error.path) from error


def _read_values(reader: Reader, item: Item, value: Json, place: str) -> tuple[Json, ...]:
    """The values; they must suit the item."""
    try:
        return tuple(each for each in reader.values(item, value, place) if each is not None)
    except SchemaViolation as error:
        if item.type == "dateTime":
            raise  # midPoint, too, calls this the caller's mistake
        raise UnfitChange(error.message, path=place) from error


def _read_kind(given: Json) -> Literal["add", "replace", "delete"] | None:
    if given is None:
        return None
    if not isinstance(given, str) or given not in KINDS:
        raise SchemaViolation(
            f"modificationType must be add, replace or delete, not {given!r:.80}.",
            path="modificationType",
        )
    return cast("Literal['add', 'replace', 'delete']", KINDS[given])


def _check_known(value: Json, members: tuple[str, ...], place: str) -> None:
    if not isinstance(value, dict):
        raise MalformedBody(f"'{place}' must be a JSON object.")
    document: Document = value
    for name in document:
        if name not in members and name not in ("@ns", "@type", "@context"):
            raise SchemaViolation(
                f"'{place}' has no '{name[:80]}'.", path=name, suggestion=nearest(name, members)
            )

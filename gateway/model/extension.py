"""Extension items that an operator declares in a file, so that they have types.

The file is JSON with three members, each of them optional; a type is written as in the schema's
rows, with a `*` where an item may have several values:

    {
      "enums": {"Rank": ["deckhand", "mate", "captain"]},
      "containers": {"Voyage": {"port": "string", "left": "dateTime"}},
      "extension": {
        "UserType": {"rank": "enum:Rank", "ships": "string*", "mentorRef": "ref:UserType"},
        "AssignmentType": {"voyage": "Voyage*"}
      }
    }

The extension of a type that is named, and of its subtypes, holds the declared items and no others.
Raises `ValueError` with a sentence that names the place in the file. Knows no settings and no files.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from gateway.model.schema import PRIMITIVES, Item, Kind, Schema, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model.documents import Json
    from gateway.model.schema import ComplexType

Rows: TypeAlias = "Mapping[str, str]"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*", re.ASCII)
_VALUE = re.compile(r"\S+")
MEMBERS = ("enums", "containers", "extension")


@dataclass(frozen=True, kw_only=True, slots=True)
class Extension:
    """What a file declares: name to values, name to rows, type to rows."""

    enums: Mapping[str, tuple[str, ...]]
    containers: Mapping[str, Rows]
    extension: Mapping[str, Rows]


def read_extension(text: str) -> Extension:
    """The declarations in the text of a file."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ValueError(f"the schema file is not JSON: {error}") from error
    members = _members(found, "the schema file")
    for name in members:
        if name not in MEMBERS:
            raise ValueError(f"the schema file has no '{name}'{_hint(name, MEMBERS)}")
    return Extension(
        enums={
            name: _values(values, f"enums/{name}")
            for name, values in _members(members.get("enums", {}), "enums").items()
        },
        containers=_tables(members.get("containers", {}), "containers"),
        extension=_tables(members.get("extension", {}), "extension"),
    )


def _members(value: Json, place: str) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise ValueError(f"{place} must be a JSON object")  # noqa: TRY004  what a caller catches
    for name in value:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{place}: '{name[:80]}' is not a name")
    return value


def _values(value: Json, place: str) -> tuple[str, ...]:
    are_words = isinstance(value, list) and all(
        isinstance(each, str) and _VALUE.fullmatch(each) for each in value
    )
    if not are_words or not value or len(set(value)) < len(value):
        raise ValueError(f"{place} must be a list of different words")
    return tuple(value)


def _tables(value: Json, place: str) -> Mapping[str, Rows]:
    tables: dict[str, dict[str, Json]] = {
        name: _members(rows, f"{place}/{name}") for name, rows in _members(value, place).items()
    }
    for name, rows in tables.items():
        for item, type_ in rows.items():
            if not isinstance(type_, str):
                where = f"{place}/{name}/{item}"
                raise ValueError(f"{where} must be the name of a type, as a text")  # noqa: TRY004  see above
    return tables


def with_extension(schema: Schema, declared: Extension) -> Schema:
    """A schema with the declared items in it; `schema` stays as it is."""
    _check(schema, declared)
    extended = Schema()
    for name, values in declared.enums.items():
        extended.declare_enum(name, " ".join(values))
    for each in schema.types():
        own = each.own
        if each.name in declared.extension:
            own = (*own, _extension_item(each.name))
            _add_items(extended, each, declared)
        parent = extended[each.parent.name] if each.parent else None
        extended.add(replace(each, own=own, parent=parent, subtypes=[]))
    for name, rows in declared.containers.items():
        extended.declare(name, _rows(rows))
    return extended


def _extension_item(type_name: str) -> Item:
    return Item(name="extension", kind=Kind.CONTAINER, type=f"{type_name}.extension")


def _add_items(extended: Schema, of: ComplexType, declared: Extension) -> None:
    """The type of the extension; it has what the extensions of the supertypes have."""
    above = of.parent
    while above is not None and above.name not in declared.extension:
        above = above.parent
    extended.declare(
        f"{of.name}.extension",
        _rows(declared.extension[of.name]),
        extends=f"{above.name}.extension" if above else "",
    )


def _rows(rows: Rows) -> str:
    return "\n".join(f"{name} {type_}" for name, type_ in rows.items())


def _check(schema: Schema, declared: Extension) -> None:
    for name in declared.containers:
        if schema.get(name) is not None:
            raise ValueError(f"containers/{name}: the schema has a type of this name already")
    extensible = [each.name for each in schema.types() if "extension" in each.items]
    for name in declared.extension:
        if name not in extensible:
            raise ValueError(f"extension/{name}: no type with extensions{_hint(name, extensible)}")
    for member, tables in (
        ("containers", declared.containers),
        ("extension", declared.extension),
    ):
        for name, rows in tables.items():
            for item, type_ in rows.items():
                _check_type(f"{member}/{name}/{item}", type_.removesuffix("*"), schema, declared)


def _check_type(place: str, text: str, schema: Schema, declared: Extension) -> None:
    prefix, sign, rest = text.partition(":")
    known: list[str]
    if not sign:
        known, rest = [*sorted(PRIMITIVES), *declared.containers], text
    elif prefix == "enum":
        known = list(declared.enums)
    elif prefix == "ref":
        known = [each.name for each in schema.types() if each.is_object]
    else:
        raise ValueError(
            f"{place}: '{text[:80]}' is not a type; write string, enum:Name or ref:Type"
        )
    if rest not in known:
        raise ValueError(f"{place}: '{rest[:80]}' is not known{_hint(rest, known)}")


def _hint(name: str, known: list[str] | tuple[str, ...]) -> str:
    near = nearest(name, known)
    return f"; did you mean '{near}'?" if near else ""

"""From XML to the values that midPoint's JSON has, which `read` understands.

The schema says where names and paths stand as values, what is an attribute, and where the content is
open. Elements that it does not know are handed on, so that they are refused as in JSON, by path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.dialects.midpoint.wire.names import OWN, ROOT_OF
from gateway.dialects.midpoint.wire.read import read_type_name
from gateway.dialects.midpoint.wire.xml_names import (
    NIL_ATTRIBUTE,
    TYPE_ATTRIBUTE,
    key_of,
    name_text,
    path_text,
)
from gateway.dialects.midpoint.wire.xml_open import (
    INCOMPLETE,
    alone_or_listed,
    flag,
    open_value,
    plain_attributes,
)
from gateway.errors import SchemaViolation, TaskgateError
from gateway.model.paths import parse_path
from gateway.model.schema import Kind
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.http.xml_body import Element
    from gateway.model.documents import Json
    from gateway.model.schema import ComplexType, Item

#: Root elements whose content the schema describes, to its type.
TYPE_OF = {"query": "QueryType"} | {root: name for name, root in ROOT_OF.items()}


def read_json(root: Element, about: str) -> Json:
    """The root element as JSON has it; `about` is the type of object that changes are about."""
    return {root.name: _read_content(root, about)}


def read_objects(root: Element) -> Iterator[Json]:
    """Each object below the root `objects`, under a root of its own; else the root itself."""
    for each in root.children if root.name == "objects" else [root]:
        yield read_json(each, "ObjectType")


def _read_content(root: Element, about: str) -> Json:
    if root.name == "objectModification":
        return _read_modification(root, about)
    name = TYPE_OF.get(root.name, "")
    if root.name == "object":
        name = read_type_name(root.attributes.get(TYPE_ATTRIBUTE, ""))
    found = SCHEMA.get(name)
    return open_value(root) if found is None else _read_structure(root, found, "")


def _read_structure(element: Element, within: ComplexType, path: str) -> Json:
    """An object or a container value; its attributes are keys like its elements."""
    if not element.children and element.text.strip():
        return element.text
    members = plain_attributes(element)
    if "id" in members and not within.is_object:
        members["@id"] = members.pop("id")
    found = {key: [value] for key, value in members.items()}
    for child in element.children:
        _check_namespace(child, within, path)
        key = key_of(child.namespace, child.name)
        item, place = within.item(key), f"{path}/{key}" if path else key
        value = open_value(child) if item is None else _read_value(child, item, place)
        found.setdefault(key, []).append(value)
    return alone_or_listed(found)


def _check_namespace(child: Element, within: ComplexType, path: str) -> None:
    if not within.open and child.namespace not in OWN:
        raise SchemaViolation(
            f"{within.name} has no item '{child.name[:80]}' in the namespace "
            f"'{child.namespace[:120]}' (in '{path or within.name}').",
            path=f"{path}/{child.name[:80]}",
        )


def _read_value(element: Element, item: Item, path: str) -> Json:
    """The value of an element that the schema knows."""
    if flag(element, "incomplete"):
        return INCOMPLETE
    if flag(element, NIL_ATTRIBUTE):
        return None
    if item.kind is Kind.CONTAINER:
        return _read_structure(element, SCHEMA[item.type], path)
    if item.kind is Kind.REFERENCE:
        return _read_reference(element)
    if item.type == "polystring" and element.children:
        return _translate(element)
    if item.type == "any" or element.children:
        return open_value(element)
    if item.type == "qname":
        return name_text(element.text.strip(), element.scope)
    return path_text(element.text, element.scope) if item.type == "path" else element.text


def _translate(element: Element) -> Json:
    """A polystring with members, of which one without text is an empty text."""
    members = open_value(element)
    for name in ("orig", "norm"):
        if isinstance(members, dict) and members.get(name) == {}:
            members[name] = ""
    return members


def _read_reference(element: Element) -> Json:
    """The members of a reference, most of them attributes."""
    if not element.children and element.text.strip():
        return element.text
    members = plain_attributes(element)
    for name in ("type", "relation"):
        if name in members:
            members[name] = name_text(members[name].strip(), element.scope)
    return members | {
        key_of(child.namespace, child.name): open_value(child) for child in element.children
    }


def _read_modification(root: Element, about: str) -> Json:
    """Changes of items: each value is read as a value of the item that its path names."""
    found = {key: [value] for key, value in plain_attributes(root).items()}
    for child in root.children:
        value = _read_delta(child, about) if child.name == "itemDelta" else open_value(child)
        found.setdefault(key_of(child.namespace, child.name), []).append(value)
    return alone_or_listed(found)


def _read_delta(element: Element, about: str) -> Json:
    if flag(element, NIL_ATTRIBUTE):
        return None
    named = next((each for each in element.children if each.name == "path"), None)
    path = "" if named is None else path_text(named.text, named.scope)
    item = _find_item(path, about)
    found = {key: [value] for key, value in plain_attributes(element).items()}
    for child in element.children:
        if child is named:
            value: Json = path
        elif child.name in ("value", "estimatedOldValue") and item is not None:
            value = _read_value(child, item, path)
        else:
            value = open_value(child)
        found.setdefault(key_of(child.namespace, child.name), []).append(value)
    return alone_or_listed(found)


def _find_item(path: str, about: str) -> Item | None:
    """The item that a path names; None for a path that is refused later, with its reason."""
    try:
        return parse_path(path, about, SCHEMA).item
    except TaskgateError:
        return None

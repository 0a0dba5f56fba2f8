"""Content that the schema leaves open, between XML and JSON: nothing is lost either way.

Repeated elements are a list. What XML cannot tell by itself is said by attributes: `xsi:type` for
numbers, booleans, blank texts and explicit types, `xsi:nil`, and `list` for lists that are not just
repeated elements. Keys that no element can have are written by the numbers of their characters.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.dialects.midpoint.wire.xml_names import (
    NIL_ATTRIBUTE,
    TYPE_ATTRIBUTE,
    key_of,
    name_text,
    path_text,
)
from gateway.errors import MalformedBody
from gateway.http.numerals import finite, whole_number
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.http.xml_body import Element
    from gateway.model.documents import Document, Json

_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}
_SCALARS: dict[str, Callable[[str], Json]] = {
    **dict.fromkeys(("int", "long", "integer", "short", "byte"), whole_number),
    **dict.fromkeys(("double", "float", "decimal"), finite),
    "boolean": lambda text: _BOOLEANS[text],
    "string": str,
}
#: Items whose values are names or paths, wherever they stand.
_ITEMS = [item for each in SCHEMA.types() for item in each.own]
NAMES = {"type", "relation", "matching"} | {each.name for each in _ITEMS if each.type == "qname"}
PATHS = {"path", "rightHandSidePath"} | {each.name for each in _ITEMS if each.type == "path"}
#: The element of a list's value that has no name of its own.
MEMBER = "item"
#: The key of the name that a value of a list has.
ELEMENT = "@element"
#: What stands for a value that is there and not shown.
INCOMPLETE: Document = {"@incomplete": True}
#: Attributes that say how an element is to be read.
MARKS = frozenset({"list", "incomplete"})
_DIGITS = re.compile(r"[1-9][0-9]{0,15}", re.ASCII)


def flag(element: Element, attribute: str) -> bool:
    """Whether an attribute says `true`."""
    return element.attributes.get(attribute, "").strip() in ("true", "1")


def plain_attributes(element: Element) -> Document:
    """Attributes as keys; the type as JSON has it."""
    members: Document = {}
    for name, value in element.attributes.items():
        if name == TYPE_ATTRIBUTE:
            members["@type"] = name_text(value, element.scope)
        elif not name.startswith("{") and name not in MARKS:
            members[name] = value
    return members


def open_value(element: Element) -> Json:
    """The value of an element by what it says itself."""
    if flag(element, "incomplete"):
        return INCOMPLETE
    if flag(element, NIL_ATTRIBUTE):
        return None
    if flag(element, "list"):
        return [_member(child) for child in element.children]
    members = plain_attributes(element)
    if "id" in members and _DIGITS.fullmatch(members["id"]):
        members["@id"] = int(members.pop("id"))
    for name in ("type", "relation"):
        if name in members:
            members[name] = name_text(members[name], element.scope)
    if not element.children:
        return _leaf(element, members)
    found = {key: [value] for key, value in members.items()}
    for child in element.children:
        found.setdefault(key_of(child.namespace, child.name), []).append(open_value(child))
    return alone_or_listed(found)


def alone_or_listed(found: dict[str, list[Json]]) -> Document:
    """The members: a value that is alone by itself, several as a list."""
    return {key: values if len(values) > 1 else values[0] for key, values in found.items()}


def _member(child: Element) -> Json:
    """A value of a list; its name is kept if it has one of its own."""
    value = open_value(child)
    if child.name == MEMBER and not child.namespace:
        return value
    named = {ELEMENT: key_of(child.namespace, child.name)}
    return named | (value if isinstance(value, dict) else {"@value": value})


def _leaf(element: Element, members: Document) -> Json:
    text, declared = element.text, members.get("@type")
    if declared is not None and len(members) == 1:
        return _convert_text(text, declared)
    if not text.strip():
        return members
    if members:
        return members | {"@value": text}
    if element.name in NAMES:
        return name_text(text, element.scope)
    return path_text(text, element.scope) if element.name in PATHS else text


def _convert_text(text: str, declared: str) -> Json:
    """A text with its type; the types of JSON's own values go without saying."""
    prefix, _, name = declared.rpartition(":")
    if prefix != "xsd" or name not in _SCALARS:
        return {"@type": declared} | ({"@value": text} if text.strip() else {})
    try:
        return _SCALARS[name](text if name == "string" else text.strip())
    except (ValueError, KeyError) as error:
        raise MalformedBody(f"'{text[:80]}' is no {declared}.") from error


def is_scalar_type(name: str) -> bool:
    """Whether values of the type are JSON's own."""
    return name.startswith("xsd:") and name[4:] in _SCALARS

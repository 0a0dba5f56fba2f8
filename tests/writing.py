"""Bodies in XML and YAML from the values that JSON has, by others' writers and never by our own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, SubElement, tostring

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

COMMON = "http://midpoint.evolveum.com/xml/ns/public/common/common-3"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
#: Members that are attributes where they stand beside an oid, or alone.
BESIDE_OID = ("type", "relation")
ALONE = {"oid": "oid", "version": "version", "@id": "id"}


def as_xml(body: dict[str, Any]) -> bytes:
    """The only member as the root element, everything in the common namespace."""
    [(name, content)] = body.items()
    root = Element(f"{{{COMMON}}}{name}")
    _fill(root, content)
    return tostring(root, encoding="utf-8", xml_declaration=True)


def _fill(element: Element, value: Any) -> None:
    if value is None:
        element.set(f"{{{XSI}}}nil", "true")
    elif isinstance(value, dict):
        for name, inner in value.items():
            _member(element, name, inner, is_reference="oid" in value)
    else:
        element.text = str(value).lower() if isinstance(value, bool) else str(value)


def _member(element: Element, name: str, value: Any, *, is_reference: bool) -> None:
    attribute = ALONE.get(name) or (name if is_reference and name in BESIDE_OID else None)
    if name == "@type":
        element.set(f"{{{XSI}}}type", value)
    elif attribute and isinstance(value, str | int):
        element.set(attribute, str(value))
    else:
        for each in value if isinstance(value, list) else [value]:
            _fill(SubElement(element, f"{{{COMMON}}}{name}"), each)


def as_yaml(body: dict[str, Any]) -> bytes:
    """The same members."""
    return yaml.safe_dump(body, encoding="utf-8", allow_unicode=True, sort_keys=False)


WRITERS: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "application/xml": as_xml,
    "application/yaml": as_yaml,
}

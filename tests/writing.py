"""Bodies in XML and YAML from the values that JSON has, by others' writers and never by our own."""

from __future__ import annotations

import re
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
_UNNAMEABLE = re.compile(r"^[^A-Za-z_]|[^\w.-]|_(?=x[0-9A-F]{4,6}_)", re.ASCII)
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def as_xml(body: dict[str, Any]) -> bytes:
    """The only member as the root element, everything in the common namespace.

    Characters that XML cannot have are written by their numbers in names; for texts see `fits_xml`.
    """
    [(name, content)] = body.items()
    root = Element(_tag(name))
    _fill(root, content)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _tag(name: str) -> str:
    escaped = _UNNAMEABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", name)
    return f"{{{COMMON}}}{escaped or '_x0000_'}"


def fits_xml(value: Any) -> bool:
    """Whether XML can have all characters of all texts."""
    if isinstance(value, dict):
        return all(map(fits_xml, value.values()))
    if isinstance(value, list):
        return all(map(fits_xml, value))
    return not isinstance(value, str) or not _UNWRITABLE.search(value)


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _fill(element: Element, value: Any) -> None:
    if value is None:
        element.set(f"{{{XSI}}}nil", "true")
    elif isinstance(value, dict):
        for name, inner in value.items():
            _member(element, name, inner, is_reference="oid" in value)
    else:
        element.text = _text(value)


def _member(element: Element, name: str, value: Any, *, is_reference: bool) -> None:
    attribute = ALONE.get(name) or (name if is_reference and name in BESIDE_OID else None)
    if name == "@type":
        element.set(f"{{{XSI}}}type", _text(value))
    elif attribute and isinstance(value, str | int):
        element.set(attribute, _text(value))
    else:
        for each in value if isinstance(value, list) else [value]:
            _fill(SubElement(element, _tag(name)), each)


class _Plain(yaml.CSafeDumper):
    """Writes the same value again where others would refer to it."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def as_yaml(body: Any) -> bytes:
    """The same members."""
    written: bytes = yaml.dump(
        body, Dumper=_Plain, encoding="utf-8", allow_unicode=True, sort_keys=False
    )
    return written


WRITERS: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "application/xml": as_xml,
    "application/yaml": as_yaml,
}

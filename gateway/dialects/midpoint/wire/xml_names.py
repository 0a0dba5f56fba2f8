"""Names between XML and JSON: elements, qualified names and paths as values, keys that XML cannot have."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from gateway.dialects.midpoint.wire.names import (
    NAMESPACES,
    OWN,
    PREFIX_OF,
    XSI,
    write_qualified_name,
)
from gateway.dialects.midpoint.wire.xml_text import write_attribute

if TYPE_CHECKING:
    from collections.abc import Mapping

TYPE_ATTRIBUTE = f"{{{XSI}}}type"
NIL_ATTRIBUTE = f"{{{XSI}}}nil"
EMPTY = "_x0000_"
_PREFIXED = re.compile(r"([A-Za-z_][\w.-]*):([A-Za-z_][\w.-]*)", re.ASCII)
_PATH_PREFIX = re.compile(r"(?<![^/\s])([A-Za-z_][\w.-]*):(?=[A-Za-z_])", re.ASCII)
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
#: A character that is written by its number, as others do it who turn texts into names.
_ESCAPED = re.compile(r"_x([0-9A-F]{4,6})_")
_UNNAMEABLE = re.compile(r"_(?=x[0-9A-F]{4,6}_)|[^A-Za-z0-9_.-]|^[0-9.-]", re.ASCII)
_FOREIGN = re.compile(
    r"([A-Za-z][A-Za-z0-9+.-]*:[^\s#<>\"'{}|\\^`\x00-\x20]+)#([A-Za-z_][\w.-]*)", re.ASCII
)


def name_text(text: str, scope: Mapping[str, str]) -> str:
    """A qualified name as JSON writes it; what has no prefix that is declared stays as it is."""
    found = _PREFIXED.fullmatch(text)
    if found is None or found[1] not in scope:
        return text
    return write_qualified_name(scope[found[1]], found[2])


def path_text(text: str, scope: Mapping[str, str]) -> str:
    """An item path whose prefixes mean the same without the element around it."""
    declared: dict[str, str] = {}

    def replace_known(found: re.Match[str]) -> str:
        namespace = scope.get(found[1])
        if namespace in PREFIX_OF:
            return f"{PREFIX_OF[namespace]}:"
        if namespace is not None:
            declared[found[1]] = namespace
        return found[0]

    rewritten = text if "declare" in text else _PATH_PREFIX.sub(replace_known, text)
    return "".join(f'declare namespace {p}="{uri}"; ' for p, uri in declared.items()) + rewritten


def key_of(namespace: str, name: str) -> str:
    """The key of an element: bare in the schema's own namespaces."""
    local = _ESCAPED.sub(_unescape, name) if "_x" in name else name
    return local if namespace in OWN else write_qualified_name(namespace, local)


def _unescape(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    if number == 0:
        return ""  # what stands for a key without characters
    is_character = number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF
    return chr(number) if is_character else found[0]


@lru_cache(maxsize=4096)
def element_name(key: str) -> tuple[str, str]:
    """Name of the element for a key, and the namespace to declare for it, if one is needed."""
    if _NAME.fullmatch(key) and not _ESCAPED.search(key):
        return key, ""
    foreign = _FOREIGN.fullmatch(key)
    if foreign is not None and foreign[1] not in PREFIX_OF and foreign[1] not in OWN:
        return f"gen:{foreign[2]}", foreign[1]
    prefixed = _PREFIXED.fullmatch(key)
    if prefixed is not None and prefixed[1] in NAMESPACES:
        return key, ""
    escaped = _UNNAMEABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", key)
    return escaped or EMPTY, ""


def type_attributes(name: str) -> str | None:
    """The attributes that tell a type; None for a text that no attribute can tell as it is."""
    foreign = _FOREIGN.fullmatch(name)
    if foreign is not None and foreign[1] not in PREFIX_OF:
        return write_attribute("xmlns:gt", foreign[1]) + f' xsi:type="gt:{foreign[2]}"'
    prefixed = _PREFIXED.fullmatch(name)
    if _NAME.fullmatch(name) or (prefixed is not None and prefixed[1] in NAMESPACES):
        return f' xsi:type="{name}"'
    return None

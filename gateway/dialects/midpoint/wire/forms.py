"""The three forms of midPoint's wire. Each reads to, and is written from, the JSON form's values.

A form is a row of `FORMS`: its media types, how bodies are read, and how answers are put together
from the JSON of single objects. Knows no routes.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from gateway.dialects.midpoint.wire.names import (
    API_TYPES,
    NAMESPACES,
    ROOT_OF,
    TYPES,
    split_namespace,
    write_qualified_name,
)
from gateway.dialects.midpoint.wire.xml_read import read_json
from gateway.dialects.midpoint.wire.xml_write import DECLARATIONS, open_element, write_object_tail
from gateway.http.json_body import parse_json
from gateway.http.xml_body import parse_xml
from gateway.http.yaml_body import parse_yaml, yaml_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.http.json_body import BodyLimits
    from gateway.model.documents import Document, Json

#: Bytes of objects whose other forms are kept, for each way of writing them, and of the largest one.
KEPT, MAX_CACHED_SIZE = 32 * 1024 * 1024, 8 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """How bodies look. Objects are handed over as the JSON of their members, without braces."""

    name: str
    #: The first one is the usual one; a `*` stands for anything.
    media_types: tuple[str, ...]
    #: Body, limits, and the type of object that the body is about, to the value that JSON would have.
    read: Callable[[bytes, BodyLimits, str], Json]
    #: Type and members to the body of an answer.
    one: Callable[[str, bytes], bytes]
    #: Type and members to an element of a list.
    element: Callable[[str, bytes], bytes]
    #: Elements to the body of an answer.
    listed: Callable[[Sequence[bytes]], bytes]
    #: A structure with its `@type` to the body of an answer.
    structure: Callable[[Document], bytes]
    #: Objects come in this form already.
    is_ready_made: bool = False


class LruBytes:
    """What a function has written, as long as there is room: those who poll ask for it again."""

    def __init__(self, write: Callable[[str, bytes], bytes]) -> None:
        self._write = write
        self._kept: OrderedDict[tuple[str, bytes], bytes] = OrderedDict()
        self._weight = 0

    def __call__(self, type_name: str, members: bytes) -> bytes:
        """What the function makes of the type and members of an object."""
        key = type_name, members
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        written = self._write(type_name, members)
        if len(members) <= MAX_CACHED_SIZE:
            self._keep(key, written)
        return written

    def _keep(self, key: tuple[str, bytes], written: bytes) -> None:
        self._kept[key] = written
        self._weight += len(key[1]) + len(written)
        while self._weight > KEPT:
            (_, members), gone = self._kept.popitem(last=False)
            self._weight -= len(members) + len(gone)


def _value(members: bytes) -> Document:
    value: Document = orjson.loads(b"{%s}" % members)
    return value


# ---- JSON -----------------------------------------------------------------------------------------

_JSON_LIST = b'{"@ns":"%s","object":{"@type":"%s#ObjectListType"' % (
    TYPES.encode(),
    API_TYPES.encode(),
)


def _json_list(elements: Sequence[bytes]) -> bytes:
    # An empty list omits the key.
    listed = b',"object":[%s]' % b",".join(elements) if elements else b""
    return _JSON_LIST + listed + b"}}"


_JSON = Form(
    name="json",
    media_types=("application/json",),
    read=lambda body, limits, _: parse_json(body, limits),
    one=lambda type_name, members: b'{"%s":{%s}}' % (ROOT_OF[type_name].encode(), members),
    element=lambda type_name, members: b'{"@type":"c:%s",%s}' % (type_name.encode(), members),
    listed=_json_list,
    structure=lambda value: orjson.dumps({"@ns": TYPES, "object": value}),
    is_ready_made=True,
)

# ---- XML ------------------------------------------------------------------------------------------

_PROLOG = '<?xml version="1.0" encoding="UTF-8"?>\n'
_XML_LIST = (
    f'{_PROLOG}<t:object{DECLARATIONS} xmlns:apti="{API_TYPES}" xsi:type="apti:ObjectListType">'
).encode()


@LruBytes
def _xml_tail(type_name: str, members: bytes) -> bytes:
    return write_object_tail(type_name, _value(members)).encode()


def _xml_one(type_name: str, members: bytes) -> bytes:
    root = ROOT_OF[type_name]
    head = f"{_PROLOG}<{root}{DECLARATIONS}".encode()
    return b"%s%s</%s>" % (head, _xml_tail(type_name, members), root.encode())


def _xml_element(type_name: str, members: bytes) -> bytes:
    head = f'<apti:object xsi:type="c:{type_name}"'.encode()
    return b"%s%s</apti:object>" % (head, _xml_tail(type_name, members))


def _xml_structure(value: Document) -> bytes:
    # The lists of such structures are always repeated elements, even if there is one.
    bare = {k: v[0] if isinstance(v, list) and len(v) == 1 else v for k, v in value.items()}
    return f"{_PROLOG}{open_element('t:object', bare, DECLARATIONS)}".encode()


_XML = Form(
    name="xml",
    media_types=("application/xml", "text/xml", "application/*+xml"),
    read=lambda body, limits, about: read_json(parse_xml(body, limits), about),
    one=_xml_one,
    element=_xml_element,
    listed=lambda elements: _XML_LIST + b"".join(elements) + b"</t:object>",
    structure=_xml_structure,
)

# ---- YAML -----------------------------------------------------------------------------------------

_LIST_TAG = f"!<{API_TYPES}/ObjectListType>"
_TAG = re.compile(r"(https?://[A-Za-z0-9./:_~-]+)/([A-Za-z_][\w.-]*)", re.ASCII)


def read_type(tag: str) -> str | None:
    """The type that a YAML tag names, as JSON has it."""
    found = _TAG.fullmatch(tag)
    return write_qualified_name(found[1], found[2]) if found else None


def write_tag(name: str) -> str | None:
    """The YAML tag of a type; None if the tag would be read as another name."""
    found = split_namespace(name)
    tag = "/".join(found) if found else ""
    return tag if read_type(tag) == name and NAMESPACES["xsd"] not in tag else None


@LruBytes
def _yaml_one(type_name: str, members: bytes) -> bytes:
    return b"---\n" + yaml_lines({ROOT_OF[type_name]: _value(members)}, write_tag).encode()


@LruBytes
def _yaml_element(type_name: str, members: bytes) -> bytes:
    return yaml_lines([{"@type": f"c:{type_name}", **_value(members)}], write_tag, depth=1).encode()


def _yaml_list(elements: Sequence[bytes]) -> bytes:
    head = f'---\n"@ns": {TYPES}\nobject: {_LIST_TAG}'
    if not elements:
        return f"{head} {{}}\n".encode()
    return f"{head}\n  object:\n".encode() + b"".join(elements)


_YAML = Form(
    name="yaml",
    media_types=(
        "application/yaml",
        "text/yaml",
        "application/yml",
        "text/yml",
        "application/x-yaml",
        "text/x-yaml",
        "application/*+yaml",
        "text/*+yaml",
        "application/*.yaml",
        "text/*.yaml",
    ),
    read=lambda body, limits, _: parse_yaml(body, limits, read_type),
    one=_yaml_one,
    element=_yaml_element,
    listed=_yaml_list,
    structure=lambda value: (
        b"---\n" + yaml_lines({"@ns": TYPES, "object": value}, write_tag).encode()
    ),
)

#: In the order in which they are chosen when nothing else decides: midPoint prefers XML.
FORMS = (_XML, _JSON, _YAML)
BY_NAME = {form.name: form for form in FORMS}

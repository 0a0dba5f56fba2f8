"""YAML bodies from strangers as JSON values, and JSON values as YAML.

Aliases are refused, and so is every tag that does not name a type of the schema: `typed` says what
such a tag stands for. Texts that look like dates or like yes and no stay texts.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

import orjson
import yaml

from gateway.errors import MalformedBody
from gateway.http.numerals import finite, whole_number

if TYPE_CHECKING:
    from gateway.http.json_body import BodyLimits
    from gateway.model.documents import Json

#: Nodes of one body, for each value that a list may have.
NODES_PER_VALUE = 12
#: Directives of one body: the parser compares each one with all before it.
MAX_DIRECTIVES = 100
_DIRECTIVE = re.compile(rb"(?:^|[\r\n]|\xc2\x85|\xe2\x80[\xa8\xa9])%")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
#: Bytes within which readers look for the colon behind a key, with some to spare.
SHORT_KEY = 200
STANDARD = "tag:yaml.org,2002:"
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True}
_BOOLEANS |= {"false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)", re.ASCII)
_FLOAT = re.compile(r"[-+]?[0-9]+\.[0-9]*([eE][-+][0-9]{1,3})?", re.ASCII)
#: Texts that every reader of YAML takes for texts without quotes.
_PLAIN = re.compile(r"[A-Za-z_$/][A-Za-z0-9_$/+.()-]*(?:[ :#][A-Za-z0-9_$/+.()-]+)*", re.ASCII)
_WORDS = frozenset("y n yes no on off true false null nan inf".split())
#: What JSON leaves as it is and YAML cannot have.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
#: From a tag to the key and the value that say the same in JSON; None for a tag that is not known.
Typed: TypeAlias = Callable[[str], str | None]
#: From the value of the type key to its tag; None if there is no such tag.
Tag: TypeAlias = Callable[[str], str | None]
TYPE = "@type"
VALUE = "@value"


class _Composer:
    """Builds values from the parser's events, and stops as soon as there are too many."""

    def __init__(self, events: Iterator[yaml.Event], limits: BodyLimits, typed: Typed) -> None:
        self._events = events
        self._limits = limits
        self._typed = typed
        self._left = limits.values * NODES_PER_VALUE

    def document(self) -> Json:
        """The value of the only document."""
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise MalformedBody("The request has no body.")
        value = self._node(next(self._events), 0)
        next(self._events)
        if not isinstance(next(self._events), yaml.StreamEndEvent):
            raise MalformedBody("The body must be one YAML document.")
        return value

    def _node(self, event: yaml.Event, depth: int) -> Json:
        self._left -= 1
        if self._left < 0:
            raise MalformedBody("The body has too many values.")
        if depth > self._limits.depth:
            raise MalformedBody(f"The body is nested deeper than {self._limits.depth} levels.")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(event, depth)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(event, depth)
        raise MalformedBody("Aliases in YAML are not read; write the value again.")

    def _type(self, event: yaml.NodeEvent, kind: str) -> str | None:
        """The type that a tag names, if it names one."""
        tag = getattr(event, "tag", None)
        if tag is None or tag in ("!", f"{STANDARD}{kind}"):
            return None
        found = self._typed(tag)
        if found is None:
            raise MalformedBody(f"The tag '{tag[:120]}' is not known.")
        return found

    def _sequence(self, event: yaml.SequenceStartEvent, depth: int) -> Json:
        name = self._type(event, "seq")
        values: list[Json] = []
        while not isinstance(following := next(self._events), yaml.SequenceEndEvent):
            if len(values) == self._limits.values:
                raise MalformedBody(
                    f"A list in the body has more than {self._limits.values} values."
                )
            values.append(self._node(following, depth + 1))
        return values if name is None else {TYPE: name, VALUE: values}

    def _mapping(self, event: yaml.MappingStartEvent, depth: int) -> Json:
        name = self._type(event, "map")
        members: dict[str, Json] = {} if name is None else {TYPE: name}
        while not isinstance(following := next(self._events), yaml.MappingEndEvent):
            if not isinstance(following, yaml.ScalarEvent):
                raise MalformedBody("A key in the body is not a text.")
            key = _check_text(following.value)
            if key in members:
                raise MalformedBody(f"The key '{key[:80]}' is there twice.")
            members[key] = self._node(next(self._events), depth + 1)
        return members

    def _scalar(self, event: yaml.ScalarEvent) -> Json:
        text = _check_text(event.value)
        if event.tag is not None and event.tag != "!":
            return self._apply_tag(event, text)
        return _plain(text) if event.implicit[0] else text

    def _apply_tag(self, event: yaml.ScalarEvent, text: str) -> Json:
        if event.tag == f"{STANDARD}str":
            return text
        if event.tag in {f"{STANDARD}{kind}" for kind in ("int", "float", "bool", "null")}:
            return _plain(text)
        return {TYPE: self._type(event, "str"), VALUE: text}


def _check_text(text: str) -> str:
    if "\0" in text:
        raise MalformedBody("A text in the body contains a NUL character.")
    return text


def _plain(text: str) -> Json:
    """What a text without quotes stands for."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return whole_number(text)
    return finite(text) if _FLOAT.fullmatch(text) and len(text) < 300 else text


def parse_yaml(body: bytes, limits: BodyLimits, typed: Typed) -> Json:
    """The value; `MalformedBody` says what is wrong with the body."""
    if not body.strip():
        raise MalformedBody("The request has no body.")
    try:
        if body.startswith(_UTF_16):
            body = body.decode("utf-16").encode()
        _check_directives(body)
        return _Composer(yaml.parse(body, Loader=yaml.CSafeLoader), limits, typed).document()
    except (yaml.YAMLError, UnicodeError) as error:
        raise MalformedBody(f"The body is not YAML: {' '.join(str(error).split())}.") from error


def _check_directives(body: bytes) -> None:
    if b"%" in body and sum(1 for _ in _DIRECTIVE.finditer(body)) > MAX_DIRECTIVES:
        raise MalformedBody(f"The body has more than {MAX_DIRECTIVES} directives.")


def yaml_lines(value: Json, tag: Tag, depth: int = 0) -> str:
    """The value as lines of YAML, each indented by `depth` levels and ended; types become tags."""
    lines: list[str] = []
    _write(lines, "", value, tag, depth)
    return "".join(lines)


def _write(lines: list[str], label: str, value: Json, tag: Tag, depth: int) -> None:
    """A value behind its label, which is indented already."""
    if isinstance(value, dict) and value:
        head, members = _head(value, tag)
        if head:
            _open(lines, label, head if members else f"{head} {{}}")
        elif label and not label.endswith("- "):
            lines.append(f"{label.rstrip()}\n")
        # The first member of a list's value stands beside the dash.
        beside = label.endswith("- ") and not head
        for position, (name, inner) in enumerate(members.items()):
            indent = label if beside and position == 0 else "  " * depth
            _write(lines, f"{indent}{_key(name, depth)}", inner, tag, depth + 1)
    elif isinstance(value, list) and value:
        lines.append(f"{label.rstrip()}\n" if label else "")
        for each in value:
            _write(lines, f"{'  ' * depth}- ", each, tag, depth + 1)
    else:
        _open(lines, label or "  " * depth, "{}" if value == {} else scalar(value))


def _key(name: str, depth: int) -> str:
    """A key up to its value; readers look for the colon of a short one only."""
    text = scalar(name)
    return f"{text}: " if len(text) < SHORT_KEY else f"? {text}\n{'  ' * depth}: "


def _open(lines: list[str], label: str, text: str) -> None:
    lines.append(f"{label}{text}\n")


def _head(value: dict[str, Json], tag: Tag) -> tuple[str, dict[str, Json]]:
    """The tag of a typed value, and the members below it."""
    name = value.get(TYPE)
    found = tag(name) if isinstance(name, str) and VALUE not in value else None
    if found is None:
        return "", value
    return f"!<{found}>", {key: inner for key, inner in value.items() if key != TYPE}


def scalar(value: Json) -> str:
    """A value without members in the form that every reader of YAML understands."""
    if isinstance(value, float):
        text = repr(value)
        return text if "." in text else text.replace("e", ".0e")
    if not isinstance(value, str):
        return orjson.dumps(value).decode()
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", orjson.dumps(value).decode())

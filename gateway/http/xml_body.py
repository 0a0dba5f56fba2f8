"""XML bodies from strangers as a tree of elements: no entities, no document types, nothing endless.

Knows namespaces and limits; what the elements mean is for others to say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from gateway.errors import MalformedBody

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.http.json_body import BodyLimits

#: Elements of one body, for each value that a list may have.
ELEMENTS_PER_VALUE = 12
MAX_ATTRIBUTES = 50
#: Namespaces that are in scope at the same time: each declaration copies the scope.
MAX_NAMESPACES = 60
#: Characters of an attribute; long texts belong into elements.
MAX_ATTRIBUTE_LENGTH = 64 * 1024


@dataclass(slots=True, eq=False)
class Element:
    """One element; filled while the parser reads, and left alone afterwards."""

    namespace: str
    name: str
    #: By name; those of a namespace as `{namespace}name`.
    attributes: Mapping[str, str]
    #: Prefix to namespace, where the element stands; `""` is the default one.
    scope: Mapping[str, str]
    children: list[Element] = field(default_factory=list)
    #: The text, comments left out; empty for an element that has children.
    text: str = ""


class _Builder:
    """Builds the tree and stops as soon as it is too large."""

    def __init__(self, limits: BodyLimits) -> None:
        self._depth = limits.depth
        self._left = limits.values * ELEMENTS_PER_VALUE
        self._stack: list[Element] = []
        self._scopes: list[dict[str, str]] = [{}]
        self._declared: dict[str, str] = {}
        self._texts: list[list[str]] = []
        self.root: Element | None = None

    def start_ns(self, prefix: str, uri: str) -> None:
        """A declaration; the element that has it starts next."""
        self._declared[prefix] = uri

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        self._check(attributes)
        if self._declared:
            self._scopes.append(self._scopes[-1] | self._declared)
            self._declared = {}
        else:
            self._scopes.append(self._scopes[-1])
        namespace, _, name = tag.rpartition("}")
        element = Element(namespace[1:], name, attributes, self._scopes[-1])
        if self._stack:
            self._stack[-1].children.append(element)
        else:
            self.root = element
        self._stack.append(element)
        self._texts.append([])

    def _check(self, attributes: Mapping[str, str]) -> None:
        self._left -= 1
        if self._left < 0:
            raise MalformedBody("The body has too many elements.")
        if len(self._stack) > self._depth:
            raise MalformedBody(f"The body is nested deeper than {self._depth} levels.")
        if len(self._scopes[-1]) + len(self._declared) > MAX_NAMESPACES:
            raise MalformedBody(f"More than {MAX_NAMESPACES} namespaces are declared.")
        if len(attributes) > MAX_ATTRIBUTES:
            raise MalformedBody(f"An element has more than {MAX_ATTRIBUTES} attributes.")
        if any(len(value) > MAX_ATTRIBUTE_LENGTH for value in attributes.values()):
            raise MalformedBody(f"An attribute has more than {MAX_ATTRIBUTE_LENGTH} characters.")

    def data(self, text: str) -> None:
        """A piece of text."""
        self._texts[-1].append(text)

    def end(self, tag: str) -> None:
        """An element ends."""
        del tag
        element, text = self._stack.pop(), "".join(self._texts.pop())
        self._scopes.pop()
        if not element.children:
            element.text = text
        elif text.strip():
            place = "/".join(each.name for each in (*self._stack, element))
            raise MalformedBody(f"'{place}' has text between its elements: '{text.strip()[:80]}'.")


def parse_xml(body: bytes, limits: BodyLimits) -> Element:
    """The root element; `MalformedBody` says what is wrong with the body."""
    if not body.strip():
        raise MalformedBody("The request has no body.")
    builder = _Builder(limits)
    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    try:
        parser.feed(body)
        parser.close()
    except DefusedXmlException as error:
        raise MalformedBody("Document types and entities in XML are not read.") from error
    except (ParseError, LookupError, ValueError) as error:
        raise MalformedBody(f"The body is not XML: {error}.") from error
    if builder.root is None:
        raise MalformedBody("The body has no element.")
    return builder.root

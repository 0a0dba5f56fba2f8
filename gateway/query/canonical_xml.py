"""XML in one spelling, for values that are compared as XML: formatting and prefixes do not count.

Reads texts from anybody: no entities, no document types, nothing deep. Knows texts only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import C14NWriterTarget, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Elements inside one another, and namespaces that are declared: finding a prefix looks at all.
MAX_DEPTH = 100
MAX_NAMESPACES = 100


class UnsafeXml(ValueError):
    """XML that is not read, with the reason."""


class _Canonical(C14NWriterTarget):
    """Writes canonical XML and keeps count of what costs time."""

    def __init__(self, *, rewrite_prefixes: bool) -> None:
        self.pieces: list[str] = []
        self.namespaces = self._depth = 0
        super().__init__(self.pieces.append, strip_text=True, rewrite_prefixes=rewrite_prefixes)

    def start_ns(self, prefix: str, uri: str) -> None:
        self.namespaces += 1
        if self.namespaces > MAX_NAMESPACES:
            raise UnsafeXml(f"XML may declare {MAX_NAMESPACES} namespaces")
        super().start_ns(prefix, uri)

    def start(self, tag: str, attrs: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise UnsafeXml(f"XML may nest {MAX_DEPTH} elements deep")
        super().start(tag, attrs)

    def end(self, tag: str) -> None:
        self._depth -= 1
        super().end(tag)


def read_xml(text: str) -> str | None:
    """The canonical text; None for what is no XML. Raises `UnsafeXml`."""
    try:
        target = _read(text, rewrite_prefixes=False)
        # Without namespaces there are no prefixes, and names stay as people write them.
        if target.namespaces:
            target = _read(text, rewrite_prefixes=True)
    except DefusedXmlException as error:
        raise UnsafeXml("Document types and entities in XML are not read") from error
    except ParseError:
        return None
    return "".join(target.pieces)


def _read(text: str, *, rewrite_prefixes: bool) -> _Canonical:
    target = _Canonical(rewrite_prefixes=rewrite_prefixes)
    parser = DefusedXMLParser(target=target, forbid_dtd=True)
    parser.feed(text)
    parser.close()
    return target


def canonical_xml(text: str) -> str:
    """The canonical text; what is no XML, or is not read, stays as it is."""
    try:
        found = read_xml(text)
    except UnsafeXml:
        return text
    return text if found is None else found

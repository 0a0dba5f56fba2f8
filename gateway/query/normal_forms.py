"""The sides of a text that can be compared, as functions for Python and for SQLite.

Both ways of selecting objects use the same functions, so they cannot disagree. Knows texts only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.model.documents import normalize
from gateway.query.canonical_xml import canonical_xml
from gateway.query.resolved import Facet

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.model.documents import Json

_COMPONENT = re.compile(r"(?:[^\\,;+]|\\.)+|[,;+]", re.DOTALL)
_HEX = re.compile(r"\\([0-9A-Fa-f]{2})")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SPECIAL = re.compile(r"([\\,;+=])")


def normalize_distinguished_name(text: str) -> str:
    """An LDAP name in one spelling: lower case, single blanks, sorted inside a component."""
    components: list[list[str]] = [[]]
    for piece in _COMPONENT.findall(text):
        if piece in {",", ";"}:
            components.append([])
        elif piece != "+":
            components[-1].append(_assertion(piece))
    return ",".join("+".join(sorted(each)) for each in components)


def _assertion(text: str) -> str:
    name, sign, value = text.partition("=")
    return f"{_plain(name)}{sign}{_plain(value)}"


def _plain(text: str) -> str:
    unescaped = _ESCAPED.sub(r"\1", _HEX.sub(lambda found: chr(int(found[1], 16)), text))
    return _SPECIAL.sub(r"\\\1", " ".join(unescaped.split()).lower())


def exchange_address(text: str) -> str:
    """A mail address whose prefix (`SMTP:` is the primary one) keeps its case."""
    prefix, sign, address = text.rpartition(":")
    return f"{prefix}{sign}{address.lower()}"


def uuid(text: str) -> str:
    """A UUID in one spelling."""
    return text.strip().lower()


#: What makes a facet of a text, and what it is called in SQL.
FACETS: dict[Facet, tuple[str, Callable[[str], str]]] = {
    Facet.PLAIN: ("", str),
    # SQLite's own lower() knows ASCII only.
    Facet.LOWER: ("taskgate_lower", str.lower),
    Facet.NORM: ("taskgate_norm", normalize),
    Facet.DN: ("taskgate_dn", normalize_distinguished_name),
    Facet.EMAIL: ("taskgate_email", exchange_address),
    Facet.UUID: ("taskgate_uuid", uuid),
    Facet.XML: ("taskgate_xml", canonical_xml),
}


def apply_facet(facet: Facet, text: str) -> str:
    """The facet of a text."""
    return FACETS[facet][1](text)


def write_facet(facet: Facet, expression: str) -> str:
    """The facet of an SQL expression."""
    name = FACETS[facet][0]
    return f"{name}({expression})" if name else expression


def _of_texts(function: Callable[[str], str]) -> Callable[..., Json]:
    return lambda value: function(value) if isinstance(value, str) else None


#: Name to number of arguments and function.
FACET_FUNCTIONS: dict[str, tuple[int, Callable[..., Json]]] = {
    name: (1, _of_texts(function)) for name, function in FACETS.values() if name
}

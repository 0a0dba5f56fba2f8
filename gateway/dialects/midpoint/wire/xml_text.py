"""Texts in XML: between tags and in attributes, whatever characters they hold."""

from __future__ import annotations

import re

_IN_TEXT = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_IN_ATTRIBUTE = re.compile('[&<>"\t\n\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]')
_REFERENCES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
_REFERENCES |= {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}


def write_text(text: str) -> str:
    """A text between tags; characters that XML cannot have are replaced."""
    return _IN_TEXT.sub(_write_reference, text)


def write_attribute(name: str, text: str) -> str:
    """An attribute with a blank before it."""
    return f' {name}="{_IN_ATTRIBUTE.sub(_write_reference, text)}"'


def _write_reference(found: re.Match[str]) -> str:
    return _REFERENCES.get(found[0], "\ufffd")

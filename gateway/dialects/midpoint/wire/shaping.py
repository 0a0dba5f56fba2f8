"""How values are written that no table of the schema describes; knows nothing of what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.model.documents import Document


def without_none(value: Document) -> Document:
    """The items that are known; None and empty lists are left out."""
    return {name: inner for name, inner in value.items() if inner is not None and inner != []}


def unwrap_single(value: Document) -> Document:
    """The value with lone members of its lists written bare, and empty lists left out."""
    written: Document = {}
    for name, inner in value.items():
        if isinstance(inner, dict):
            written[name] = unwrap_single(inner)
        elif not isinstance(inner, list):
            written[name] = inner
        elif inner:
            found = [unwrap_single(each) if isinstance(each, dict) else each for each in inner]
            written[name] = found[0] if len(found) == 1 else found
    return written

"""Texts as the query language writes them, for filters that the engine makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def quote_text(text: str) -> str:
    """The text as a literal of the query language."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def one_of(texts: Iterable[str]) -> str:
    """The texts as a list of the query language."""
    return f"({', '.join(map(quote_text, texts))})"

"""Which part of a result is wanted, and in which order."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A slice of a result: `offset` rows are skipped, at most `size` are returned."""

    offset: int = 0
    size: int | None = None
    #: Item path to sort by; the store always adds a tie-breaker.
    order_by: str | None = None
    descending: bool = False

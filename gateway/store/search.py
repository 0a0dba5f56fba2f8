"""What is searched for, and what was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.model.paging import Page

if TYPE_CHECKING:
    from gateway.query import CompiledFilter, Sight


EVERYTHING = Page()


@dataclass(frozen=True, kw_only=True, slots=True)
class Search:
    """A search over one type and its subtypes; no filter means everything."""

    type: str
    filter: CompiledFilter | None = None
    page: Page = EVERYTHING
    #: Whether the number of all matches is wanted.
    count: bool = False
    #: What the order may look at; None: everything. The filter keeps to it by itself.
    sight: Sight | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """Oids in order, and how many match without paging if that was asked for."""

    oids: tuple[str, ...]
    total: int | None = None

"""What a list request asks for: filters, order, page, number; within what a version shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from gateway.clock import instant
from gateway.dialects.sailpoint.errors import IllegalValue
from gateway.dialects.sailpoint.filters import condition_of, order_of
from gateway.dialects.sailpoint.rows import TASK_TYPE, all_of, holds, no, task_query
from gateway.dialects.sailpoint.statuses import is_pending, is_shown
from gateway.model.paging import Page
from gateway.query import CompiledFilter
from gateway.query.ast import Always
from gateway.store.base import Search

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.dialects.sailpoint.versions import Version
    from gateway.http.exchange import Parameters
    from gateway.model.documents import StoredObject
    from gateway.query.resolved import Resolved

#: The default is as many as there may be: one client's pages end where one is shorter than 250.
LARGEST_PAGE = 250
LARGEST = 2**31 - 1
#: Seconds within which the age of tasks is looked at once, so that filters are compiled once, too.
MOMENT = 60
DAY = 86_400


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which part of a list is asked for."""

    offset: int
    limit: int
    count: bool


def wanted_of(parameters: Parameters) -> Wanted:
    """Page and number; unknown parameters are ignored."""
    count = parameters.only("count")
    if count not in (None, "true", "false"):
        raise IllegalValue("count must be true or false.")
    return Wanted(
        offset=_number(parameters, "offset", 0, LARGEST),
        limit=_number(parameters, "limit", LARGEST_PAGE, LARGEST_PAGE),
        count=count == "true",
    )


def _number(parameters: Parameters, name: str, default: int, largest: int) -> int:
    text = parameters.only(name)
    if text is None:
        return default
    is_number = text.isascii() and text.isdigit() and len(text) <= 10
    if not is_number or int(text) > largest:
        raise IllegalValue(f"{name} must be an integer from 0 to {largest}.")
    return int(text)


def cutoff(now: float, days: int) -> str:
    """The instant since which something must have happened to a task that is done."""
    return instant(max(0.0, now // MOMENT * MOMENT - days * DAY))


@lru_cache(maxsize=8)
def shown(since: str) -> Callable[[StoredObject], bool]:
    """Whether a task is not too old to be shown."""
    return holds(is_shown(since))


def list_search(parameters: Parameters, version: Version, since: str) -> Search:
    """The search for a list of tasks."""
    text = parameters.only("filters")
    path, descending = order_of(parameters.only("sorters"))
    return _search(wanted_of(parameters), _listed(text, version, since), path, descending)


def pending_search(parameters: Parameters, since: str) -> Search:
    """The search for tasks that are not done."""
    path, descending = order_of(None)
    return _search(wanted_of(parameters), _pending(since), path, descending)


def _search(wanted: Wanted, compiled: CompiledFilter, path: str, descending: bool) -> Search:
    page = Page(offset=wanted.offset, size=wanted.limit, order_by=path, descending=descending)
    return Search(type=TASK_TYPE, filter=compiled, page=page, count=wanted.count)


@lru_cache(maxsize=512)
def _listed(text: str | None, version: Version, since: str) -> CompiledFilter:
    parts = [is_shown(since)]
    if not version.shows_all:
        parts.append(no(is_pending()))
    if text is not None:
        parts.append(condition_of(text, version)[1])
    return _compiled(text or "", all_of(*parts))


@lru_cache(maxsize=8)
def _pending(since: str) -> CompiledFilter:
    return _compiled("", all_of(is_pending(), is_shown(since)))


def _compiled(text: str, condition: Resolved) -> CompiledFilter:
    """The condition says it all; there is no tree that the text alone would be."""
    return CompiledFilter(text=text, tree=Always(value=True), query=task_query(condition))

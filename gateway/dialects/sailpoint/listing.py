"""What a list request asks for: filters, order, page, number; within what a version shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING

from gateway.clock import write_instant
from gateway.dialects.sailpoint.errors import IllegalValue
from gateway.dialects.sailpoint.filters import order_of, resolve_condition
from gateway.dialects.sailpoint.rows import TASK_TYPE, all_of, holds, no, task_query
from gateway.dialects.sailpoint.statuses import is_pending, is_planned, is_shown
from gateway.http.exchange import truth_of
from gateway.http.numerals import natural
from gateway.model.paging import Page
from gateway.query import CompiledFilter
from gateway.query.ast import Always
from gateway.store.search import Search

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.dialects.sailpoint.versions import Version
    from gateway.http.exchange import Parameters
    from gateway.model.documents import StoredObject
    from gateway.query.resolved import Resolved

#: The default is as many as there may be: one client's pages end where one is shorter than 250.
MAX_PAGE_SIZE = 250
MAX_OFFSET = 2**31 - 1
#: Seconds within which the age of tasks is looked at once, so that filters are compiled once, too.
MOMENT = 60
DAY = 86_400


@dataclass(frozen=True, kw_only=True, slots=True)
class Times:
    """Instants that decide what a list shows; the same ones for a while, so that filters are kept."""

    #: Something must have happened since to a task that is done.
    since: str
    #: What starts by then is due: now, or within a second.
    due: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusListRequest:
    """Which part of a list is asked for."""

    offset: int
    limit: int
    count: bool


def parse_status_list_request(parameters: Parameters) -> StatusListRequest:
    """Page and number; unknown parameters are ignored."""
    given = parameters.only("count")
    count = False if given is None else truth_of(given)
    if count is None:
        raise IllegalValue("count must be true or false.")
    return StatusListRequest(
        offset=_number(parameters, "offset", 0, MAX_OFFSET),
        limit=_number(parameters, "limit", MAX_PAGE_SIZE, MAX_PAGE_SIZE),
        count=count,
    )


def _number(parameters: Parameters, name: str, default: int, largest: int) -> int:
    text = parameters.only(name)
    if text is None:
        return default
    number = natural(text, largest)
    if number is None:
        raise IllegalValue(f"{name} must be an integer from 0 to {largest}.")
    return number


def make_times(now: float, days: int) -> Times:
    """The times at an instant, where what is done is shown for so many days."""
    return Times(
        since=write_instant(max(0.0, now // MOMENT * MOMENT - days * DAY)),
        due=write_instant(ceil(now)),
    )


@lru_cache(maxsize=8)
def make_age_test(since: str) -> Callable[[StoredObject], bool]:
    """Whether a task is not too old to be shown."""
    return holds(is_shown(since))


def list_search(parameters: Parameters, version: Version, at: Times) -> Search:
    """The search for a list of tasks."""
    text = parameters.only("filters")
    path, descending = order_of(parameters.only("sorters"))
    return _search(
        parse_status_list_request(parameters), _compile_listing(text, version, at), path, descending
    )


def make_pending_search(parameters: Parameters, at: Times) -> Search:
    """The search for tasks that are not done."""
    path, descending = order_of(None)
    return _search(parse_status_list_request(parameters), _compile_pending(at), path, descending)


def _search(
    wanted: StatusListRequest, compiled: CompiledFilter, path: str, descending: bool
) -> Search:
    page = Page(offset=wanted.offset, size=wanted.limit, order_by=path, descending=descending)
    return Search(type=TASK_TYPE, filter=compiled, page=page, count=wanted.count)


@lru_cache(maxsize=512)
def _compile_listing(text: str | None, version: Version, at: Times) -> CompiledFilter:
    # What is not done is never too old, and early versions show none of it.
    parts = [_runs(at)] if version.shows_all else [is_shown(at.since), no(is_pending())]
    if text is not None:
        parts.append(_resolve_text(text, version))
    return _compile_condition(text or "", all_of(*parts))


@lru_cache(maxsize=512)
def _resolve_text(text: str, version: Version) -> Resolved:
    return resolve_condition(text, version)[1]


@lru_cache(maxsize=8)
def _compile_pending(at: Times) -> CompiledFilter:
    return _compile_condition("", all_of(is_pending(), no(is_planned(at.due))))


def _runs(at: Times) -> Resolved:
    """A definition is no run: what is only planned is in no list."""
    return all_of(is_shown(at.since), no(is_planned(at.due)))


def _compile_condition(text: str, condition: Resolved) -> CompiledFilter:
    """The condition says it all; there is no tree that the text alone would be."""
    return CompiledFilter(text=text, tree=Always(value=True), query=task_query(condition))

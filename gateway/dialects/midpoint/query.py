"""Search bodies and retrieval options: from midPoint's parameters to searches and projections."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from gateway.dialects.midpoint.wire.read import take_single_root, whole
from gateway.errors import MalformedBody, SchemaViolation
from gateway.http.numerals import natural
from gateway.model.paging import Page
from gateway.model.paths import ItemPath, parse_path
from gateway.model.schema import Kind, nearest
from gateway.model.types import SCHEMA
from gateway.query import compile_query_filter
from gateway.query.ordering import order_paths
from gateway.store.search import Search

if TYPE_CHECKING:
    from datetime import tzinfo

    from gateway.dialects.midpoint.wire.forms import Form
    from gateway.http.exchange import Parameters
    from gateway.http.json_body import BodyLimits
    from gateway.model.documents import Document, Json
    from gateway.query import Limits

QUERY_MEMBERS = ("filter", "paging", "description")
PAGING_MEMBERS = ("orderBy", "orderDirection", "offset", "maxSize")
DIRECTIONS = ("ascending", "descending")
MAX_OFFSET = 2**31 - 1
#: Search bodies that are remembered.
BODY_CACHE_SIZE = 1_024


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryLimits:
    """How large a filter and a page may be, and the zone of dates without one."""

    filter: Limits
    page: int
    zone: tzinfo


class SearchReader:
    """Reads search bodies; the same short one is read once, because those who poll repeat it."""

    def __init__(self, body_limits: BodyLimits, limits: QueryLimits) -> None:
        self._body_limits = body_limits
        self._limits = limits
        self._kept = lru_cache(maxsize=BODY_CACHE_SIZE)(self.read)

    def __call__(self, body: bytes, form: Form, type_name: str, *, count: bool) -> Search:
        """The search in a body; raises what is wrong with it, each time."""
        return self._kept(body, form, type_name, count=count)

    def read(self, body: bytes, form: Form, type_name: str, *, count: bool) -> Search:
        """The same, not remembered."""
        parsed = form.read(body, self._body_limits, type_name)
        return search_of(parsed, type_name, self._limits, count=count)


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemProjection:
    """Which items an answer shows beyond or beside the usual ones."""

    raw: bool = False
    resolve_all: bool = False
    includes: tuple[ItemPath, ...] = ()
    excludes: tuple[tuple[str, ...], ...] = ()
    resolves: tuple[ItemPath, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether the usual representation is what is wanted."""
        return not (self.raw or self.resolve_all or self.includes or self.excludes or self.resolves)


def parse_projection(parameters: Parameters, type_name: str) -> ItemProjection:
    """The projection that the query string asks for; unknown options are ignored."""
    if not parameters:
        return ItemProjection()
    options = set(parameters.values("options"))
    return ItemProjection(
        raw="raw" in options,
        resolve_all="resolveNames" in options,
        includes=tuple(
            parse_path(text, type_name, SCHEMA) for text in parameters.values("include")
        ),
        excludes=tuple(_parse_exclusion(text, type_name) for text in parameters.values("exclude")),
        resolves=tuple(
            _resolve_path(text, type_name) for text in parameters.values("resolveNames")
        ),
    )


def _parse_exclusion(text: str, type_name: str) -> tuple[str, ...]:
    """Names along the path; `@metadata` at its end is the value metadata."""
    if text.rsplit("/", maxsplit=1)[-1] == "@metadata":
        before = text.removesuffix("@metadata").rstrip("/")
        names = _names(parse_path(before, type_name, SCHEMA)) if before else ()
        return (*names, "@metadata")
    return _names(parse_path(text, type_name, SCHEMA))


def _names(path: ItemPath) -> tuple[str, ...]:
    return tuple(step.item.name for step in path.steps)


def _resolve_path(text: str, type_name: str) -> ItemPath:
    path = parse_path(text, type_name, SCHEMA)
    if path.item.kind is not Kind.REFERENCE:
        raise SchemaViolation(f"'{text[:80]}' is not a reference, so it has no name to resolve.")
    return path


def search_of(body: Json, type_name: str, limits: QueryLimits, *, count: bool) -> Search:
    """The search in a request body."""
    root, query = take_single_root(body)
    if root != "query":
        raise MalformedBody(f"The root element must be 'query', not '{root[:80]}'.")
    if query in ("", None):
        query = {}
    _check_members(query, QUERY_MEMBERS, "query")
    compiled = compile_query_filter(
        query.get("filter"), type_name, limits=limits.filter, zone=limits.zone
    )
    page = page_of(query.get("paging"), type_name, limits)
    return Search(type=type_name, filter=compiled, page=page, count=count)


def page_of(paging: Json, type_name: str, limits: QueryLimits) -> Page:
    """The wanted part of the result."""
    if paging in (None, "", {}):
        return Page()
    _check_members(paging, PAGING_MEMBERS, "query/paging")
    direction = paging.get("orderDirection", DIRECTIONS[0])
    if direction not in DIRECTIONS:
        raise SchemaViolation(
            f"query/paging/orderDirection must be one of {', '.join(DIRECTIONS)}.",
            path="query/paging/orderDirection",
        )
    order = _order(paging.get("orderBy"), type_name)
    size = _number(paging, "maxSize")
    return Page(
        offset=_number(paging, "offset") or 0,
        size=limits.page if size is None else min(size, limits.page),
        order_by=order,
        descending=direction == "descending",
    )


def _order(said: Json, type_name: str) -> str | None:
    """The paths to order by, with commas between them; a list says the same."""
    paths = [] if said is None else said if isinstance(said, list) else [said]
    for path in paths:
        if not isinstance(path, str):
            raise SchemaViolation(
                "query/paging/orderBy must be an item path, or a list of item paths.",
                path="query/paging/orderBy",
            )
    if not paths:
        return None
    order = ",".join(paths)
    order_paths(order, SCHEMA, type_name)
    return order


def _number(paging: Document, name: str) -> int | None:
    value = whole(paging.get(name))
    if value is None:
        return None
    if isinstance(value, str):
        value = natural(value, MAX_OFFSET)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_OFFSET:
        raise SchemaViolation(
            f"query/paging/{name} must be an integer from 0 to {MAX_OFFSET}.",
            path=f"query/paging/{name}",
        )
    return value


def _check_members(value: Json, members: tuple[str, ...], path: str) -> None:
    if not isinstance(value, dict):
        raise MalformedBody(f"'{path}' must be a JSON object.")
    for name in value:
        if name not in members and name not in ("@ns", "@type"):
            raise SchemaViolation(
                f"'{path}' has no '{name[:80]}'.",
                path=f"{path}/{name[:80]}",
                suggestion=nearest(name, members),
            )

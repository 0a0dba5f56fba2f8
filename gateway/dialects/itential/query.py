"""The list query language (operations-manager 2): from parameters to a search and a projection."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from gateway.clock import write_instant
from gateway.dialects.itential.fields import FIELDS, OF_TEXTS, OPERATORS, SORTS, Value
from gateway.dialects.itential.people import NOBODY
from gateway.dialects.itential.views.projection import FieldProjection, parse_projection
from gateway.errors import InvalidRequest
from gateway.http.exchange import Parameters
from gateway.model.paging import Page
from gateway.query import CompiledFilter, resolve
from gateway.query.ast import And, Condition, Literal, Not, Or, Path, Values
from gateway.store.search import Search

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.dialects.itential.people import People
    from gateway.model.documents import Json
    from gateway.query.ast import Filter

#: Page sizes; a page is never made smaller than was asked for.
PAGE, MAX_PAGE_SIZE = 25, 1_000
MAX_OFFSET = 2**31 - 1
#: Levels of `and`, `or` and `not` in an expression.
MAX_DEPTH = 20
#: Query strings that are kept read, and the longest of them.
KEPT, KEPT_LENGTH = 512, 1_024
_OPERATION = re.compile(r"([a-z-]+)\[([^\[\]]*)\]")
_PLAIN = ("limit", "skip", "sort", "order", "include", "exclude", "dereference", "q")
#: Sent along with every request by some, and no part of the query.
_IGNORED = frozenset({"token"})


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryClause:
    """One comparison: the operator's name, the field's path, the value as it was given."""

    operator: str
    path: str
    given: Json


@dataclass(frozen=True, kw_only=True, slots=True)
class ListRequest:
    """What a list request asks for."""

    type: str
    clauses: tuple[QueryClause, ...] = ()
    expression: Json = None
    page: Page = field(default_factory=lambda: Page(size=PAGE))
    projection: FieldProjection = field(default_factory=FieldProjection)
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedSearch:
    """What is wanted, and the search for it; None if ids of people must be looked up first."""

    wanted: ListRequest
    search: Search | None


def parse_list_request(
    type_name: str, pairs: Iterable[tuple[str, str]], body: Mapping[str, Json]
) -> ListRequest:
    """What the query string and, below it, the `queryParameters` of a body ask for."""
    plain: dict[str, Json] = {}
    clauses: list[QueryClause] = []
    unknown: list[str] = []
    for name, value in [*_read_query_parameters(body), *pairs]:
        operation = _OPERATION.fullmatch(name)
        if operation is not None and operation[1] in OPERATORS:
            clauses.append(_parse_clause(type_name, operation[1], operation[2], value))
        elif name in OPERATORS:
            raise InvalidRequest(
                f"The parameter '{name}' needs a field, such as {name}[name]={value}."
            )
        elif name in _PLAIN:
            plain[name] = value
        elif name not in _IGNORED:
            unknown.append(name)
    return ListRequest(
        type=type_name,
        clauses=tuple(clauses),
        expression=_parse_expression(plain.get("q")),
        page=_page(type_name, plain),
        projection=parse_projection(plain, ("tasks",)),
        hints=tuple(f"The parameter '{name[:80]}' is unknown and was ignored." for name in unknown),
    )


def _read_query_parameters(body: Mapping[str, Json]) -> Iterable[tuple[str, Json]]:
    for name, value in body.items():
        if name in OPERATORS and isinstance(value, dict):
            for path, given in value.items():
                yield f"{name}[{path}]", given
        else:
            yield name, value


def _parse_clause(type_name: str, operator: str, path: str, given: Json) -> QueryClause:
    if path not in FIELDS[type_name]:
        raise InvalidRequest(
            f"Invalid query parameters provided :\nParameter '{operator}' received invalid property "
            "paths. The following properties are not supported for this operator in the target "
            f"document type: {path[:80]}"
        )
    return QueryClause(operator=operator, path=path, given=given)


def _parse_expression(text: Json) -> Json:
    if text is None or not isinstance(text, str):
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest("The parameter 'q' is not JSON.") from error


def _number(plain: Mapping[str, Json], name: str, default: int, least: int, most: int) -> int:
    text = str(plain.get(name, default)).strip()
    if not re.fullmatch(r"-?[0-9]{1,10}", text) or not least <= int(text) <= most:
        raise InvalidRequest(f"The parameter '{name}' must be a number from {least} to {most}.")
    return int(text)


def _page(type_name: str, plain: Mapping[str, Json]) -> Page:
    order = _number(plain, "order", 1, -1, 1)
    if order == 0:
        raise InvalidRequest("The parameter 'order' must be 1 or -1.")
    sort = plain.get("sort")
    if sort is not None and sort not in SORTS[type_name]:
        raise InvalidRequest(
            f"Jobs and tasks are sorted by one of {', '.join(SORTS[type_name])}, not by "
            f"'{str(sort)[:80]}'."
        )
    return Page(
        offset=_number(plain, "skip", 0, 0, MAX_OFFSET),
        size=_number(plain, "limit", PAGE, 1, MAX_PAGE_SIZE),
        order_by=None if sort is None else FIELDS[type_name][sort].item,
        descending=order < 0,
    )


# ---- to a search ----------------------------------------------------------------------------------


def needs_people(wanted: ListRequest) -> bool:
    """Whether ids of accounts or groups have to be looked up."""
    if wanted.expression is not None:
        return True
    kinds = (FIELDS[wanted.type][clause.path].value for clause in wanted.clauses)
    return any(kind in (Value.PERSON, Value.GROUP) for kind in kinds)


def plan_search(type_name: str, query: bytes) -> PlannedSearch:
    """What a query string asks for; the same one is read once."""
    read = _kept if len(query) <= KEPT_LENGTH else _plan_search
    return read(type_name, query)


def _plan_search(type_name: str, query: bytes) -> PlannedSearch:
    wanted = parse_list_request(type_name, Parameters(query).pairs, {})
    search = None if needs_people(wanted) else search_of(wanted, NOBODY)
    return PlannedSearch(wanted=wanted, search=search)


_kept = lru_cache(maxsize=KEPT)(_plan_search)


def search_of(wanted: ListRequest, people: People) -> Search:
    """The search; the engine keeps it to what the caller may see."""
    parts = [_make_condition(wanted.type, clause, people) for clause in wanted.clauses]
    if wanted.expression is not None:
        parts.append(_make_tree(wanted.type, wanted.expression, people, 0))
    condition = compile_conditions(wanted.type, parts)
    return Search(type=wanted.type, filter=condition, page=wanted.page, count=True)


def search_lineage(type_name: str, job: str) -> Search:
    """The job itself and all jobs below it, or their tasks; to be counted."""
    condition = compile_conditions(type_name, [_make_equal("ancestors", [job])])
    return Search(type=type_name, filter=condition, page=Page(size=1), count=True)


def compile_conditions(type_name: str, parts: list[Filter]) -> CompiledFilter | None:
    """The conjunction of conditions; None for none of them."""
    if not parts:
        return None
    flat = [one for part in parts for one in (part.parts if isinstance(part, And) else (part,))]
    tree = And(parts=tuple(flat)) if len(flat) > 1 else flat[0]
    return CompiledFilter(text="", tree=tree, query=resolve(tree, type_name))


def _make_equal(item: str, texts: list[str]) -> Condition:
    members = tuple(Literal(text=text) for text in texts)
    argument = members[0] if len(members) == 1 else Values(members=members)
    return Condition(path=Path(steps=(item,)), operator="equal", argument=argument)


def _make_condition(type_name: str, clause: QueryClause, people: People) -> Filter:
    target, operator = FIELDS[type_name][clause.path], OPERATORS[clause.operator]
    path = Path(steps=(target.item,))
    if operator.filter == "exists":
        is_there = str(clause.given).lower() not in ("false", "0")
        return Condition(path=path, operator="exists", negated=not is_there)
    given = clause.given if isinstance(clause.given, list) else [clause.given]
    if operator.is_many and isinstance(clause.given, str):
        given = [part.strip() for part in clause.given.split(",")]
    is_text = clause.operator in OF_TEXTS
    texts = [str(g) if is_text else _convert_value(target.value, g, clause, people) for g in given]
    if operator.is_many:
        found = _make_equal(target.item, texts)
        return Condition(
            path=path, operator="equal", negated=operator.is_negated, argument=found.argument
        )
    return Condition(path=path, operator=operator.filter, argument=Literal(text=texts[0]))


def _convert_value(kind: Value, given: Json, clause: QueryClause, people: People) -> str:
    """The value as the filter takes it; ids that nobody has stay what they are, and match nothing."""
    text = str(given)
    if kind is Value.PERSON:
        return people.oid(text) or text
    if kind is Value.GROUP:
        return people.group(text) or text
    if kind is Value.UUID:
        return text.lower()
    if kind is Value.TIME:
        return _convert_instant(text, clause)
    if kind is Value.NUMBER:
        return _convert_decimal(text, clause)
    return text


def _convert_instant(text: str, clause: QueryClause) -> str:
    try:
        if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
            return write_instant(float(text) / 1000)
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return write_instant(aware.timestamp())
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidRequest(
            f"'{text[:80]}' is no time for '{clause.path}': give epoch milliseconds or a date "
            "such as 2026-01-31T12:00:00Z."
        ) from error


def _convert_decimal(text: str, clause: QueryClause) -> str:
    try:
        return str(float(text))
    except ValueError as error:
        raise InvalidRequest(f"'{text[:80]}' is no number for '{clause.path}'.") from error


def _make_tree(type_name: str, given: Json, people: People, depth: int) -> Filter:
    """The expression of `q`: operators by field, joined by `and`, `or` and `not`."""
    if not isinstance(given, dict) or not given or depth > MAX_DEPTH:
        raise InvalidRequest("An expression of 'q' is an object such as {'equals': {'name': 'x'}}.")
    parts = [part for n, v in given.items() for part in _make_parts(type_name, n, v, people, depth)]
    return _join(And, parts)


def _make_parts(type_name: str, name: str, given: Any, people: People, depth: int) -> list[Filter]:
    if name in ("and", "or") and isinstance(given, list) and given:
        below = [_make_tree(type_name, each, people, depth + 1) for each in given]
        return [_join(And if name == "and" else Or, below)]
    if name == "not":
        return [_negate(_make_tree(type_name, given, people, depth + 1))]
    if name in OPERATORS and isinstance(given, dict) and given:
        clauses = (_parse_clause(type_name, name, path, value) for path, value in given.items())
        return [_make_condition(type_name, clause, people) for clause in clauses]
    raise InvalidRequest(f"'{name[:80]}' has no such place in an expression of 'q'.")


def _join(kind: type[And | Or], parts: list[Filter]) -> Filter:
    flat = [one for part in parts for one in (part.parts if isinstance(part, kind) else (part,))]
    return kind(parts=tuple(flat)) if len(flat) > 1 else flat[0]


def _negate(tree: Filter) -> Filter:
    if isinstance(tree, Condition):
        return Condition(
            path=tree.path,
            operator=tree.operator,
            negated=not tree.negated,
            argument=tree.argument,
        )
    return tree.part if isinstance(tree, Not) else Not(part=tree)

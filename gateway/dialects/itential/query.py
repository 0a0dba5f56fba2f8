"""The list query language (operations-manager 2): from parameters to a search and a projection."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from gateway.clock import instant
from gateway.dialects.itential.fields import FIELDS, OF_TEXTS, OPERATORS, SORTS, Value
from gateway.dialects.itential.people import NOBODY
from gateway.dialects.itential.views.projection import Projection, projection_of
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
PAGE, LARGEST_PAGE = 25, 1_000
LARGEST = 2**31 - 1
#: Levels of `and`, `or` and `not` in an expression.
DEEPEST = 20
#: Query strings that are kept read, and the longest of them.
KEPT, KEPT_LENGTH = 512, 1_024
_OPERATION = re.compile(r"([a-z-]+)\[([^\[\]]*)\]")
_PLAIN = ("limit", "skip", "sort", "order", "include", "exclude", "dereference", "q")
#: Sent along with every request by some, and no part of the query.
_IGNORED = frozenset({"token"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """One comparison: the operator's name, the field's path, the value as it was given."""

    operator: str
    path: str
    given: Json


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What a list request asks for."""

    type: str
    clauses: tuple[Clause, ...] = ()
    expression: Json = None
    page: Page = field(default_factory=lambda: Page(size=PAGE))
    projection: Projection = field(default_factory=Projection)
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What is wanted, and the search for it; None if ids of people must be looked up first."""

    wanted: Wanted
    search: Search | None


def wanted_of(type_name: str, pairs: Iterable[tuple[str, str]], body: Mapping[str, Json]) -> Wanted:
    """What the query string and, below it, the `queryParameters` of a body ask for."""
    plain: dict[str, Json] = {}
    clauses: list[Clause] = []
    unknown: list[str] = []
    for name, value in [*_of_body(body), *pairs]:
        operation = _OPERATION.fullmatch(name)
        if operation is not None and operation[1] in OPERATORS:
            clauses.append(_clause(type_name, operation[1], operation[2], value))
        elif name in OPERATORS:
            raise InvalidRequest(
                f"The parameter '{name}' needs a field, such as {name}[name]={value}."
            )
        elif name in _PLAIN:
            plain[name] = value
        elif name not in _IGNORED:
            unknown.append(name)
    return Wanted(
        type=type_name,
        clauses=tuple(clauses),
        expression=_expression(plain.get("q")),
        page=_page(type_name, plain),
        projection=projection_of(plain, ("tasks",)),
        hints=tuple(f"The parameter '{name[:80]}' is unknown and was ignored." for name in unknown),
    )


def _of_body(body: Mapping[str, Json]) -> Iterable[tuple[str, Json]]:
    for name, value in body.items():
        if name in OPERATORS and isinstance(value, dict):
            for path, given in value.items():
                yield f"{name}[{path}]", given
        else:
            yield name, value


def _clause(type_name: str, operator: str, path: str, given: Json) -> Clause:
    if path not in FIELDS[type_name]:
        raise InvalidRequest(
            f"Invalid query parameters provided :\nParameter '{operator}' received invalid property "
            "paths. The following properties are not supported for this operator in the target "
            f"document type: {path[:80]}"
        )
    return Clause(operator=operator, path=path, given=given)


def _expression(text: Json) -> Json:
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
        offset=_number(plain, "skip", 0, 0, LARGEST),
        size=_number(plain, "limit", PAGE, 1, LARGEST_PAGE),
        order_by=None if sort is None else FIELDS[type_name][sort].item,
        descending=order < 0,
    )


# ---- to a search ----------------------------------------------------------------------------------


def needs_people(wanted: Wanted) -> bool:
    """Whether ids of accounts or groups have to be looked up."""
    if wanted.expression is not None:
        return True
    kinds = (FIELDS[wanted.type][clause.path].value for clause in wanted.clauses)
    return any(kind in (Value.PERSON, Value.GROUP) for kind in kinds)


def asked(type_name: str, query: bytes) -> Asked:
    """What a query string asks for; the same one is read once."""
    read = _kept if len(query) <= KEPT_LENGTH else _asked
    return read(type_name, query)


def _asked(type_name: str, query: bytes) -> Asked:
    wanted = wanted_of(type_name, Parameters(query).pairs, {})
    search = None if needs_people(wanted) else search_of(wanted, NOBODY)
    return Asked(wanted=wanted, search=search)


_kept = lru_cache(maxsize=KEPT)(_asked)


def search_of(wanted: Wanted, people: People) -> Search:
    """The search; the engine keeps it to what the caller may see."""
    parts = [_condition(wanted.type, clause, people) for clause in wanted.clauses]
    if wanted.expression is not None:
        parts.append(_tree(wanted.type, wanted.expression, people, 0))
    condition = compiled(wanted.type, parts)
    return Search(type=wanted.type, filter=condition, page=wanted.page, count=True)


def lineage_of(type_name: str, job: str) -> Search:
    """The job itself and all jobs below it, or their tasks; to be counted."""
    condition = compiled(type_name, [_equal("ancestors", [job])])
    return Search(type=type_name, filter=condition, page=Page(size=1), count=True)


def compiled(type_name: str, parts: list[Filter]) -> CompiledFilter | None:
    """The conjunction of conditions; None for none of them."""
    if not parts:
        return None
    flat = [one for part in parts for one in (part.parts if isinstance(part, And) else (part,))]
    tree = And(parts=tuple(flat)) if len(flat) > 1 else flat[0]
    return CompiledFilter(text="", tree=tree, query=resolve(tree, type_name))


def _equal(item: str, texts: list[str]) -> Condition:
    members = tuple(Literal(text=text) for text in texts)
    argument = members[0] if len(members) == 1 else Values(members=members)
    return Condition(path=Path(steps=(item,)), operator="equal", argument=argument)


def _condition(type_name: str, clause: Clause, people: People) -> Filter:
    target, operator = FIELDS[type_name][clause.path], OPERATORS[clause.operator]
    path = Path(steps=(target.item,))
    if operator.filter == "exists":
        is_there = str(clause.given).lower() not in ("false", "0")
        return Condition(path=path, operator="exists", negated=not is_there)
    given = clause.given if isinstance(clause.given, list) else [clause.given]
    if operator.is_many and isinstance(clause.given, str):
        given = [part.strip() for part in clause.given.split(",")]
    is_text = clause.operator in OF_TEXTS
    texts = [str(g) if is_text else _text(target.value, g, clause, people) for g in given]
    if operator.is_many:
        found = _equal(target.item, texts)
        return Condition(
            path=path, operator="equal", negated=operator.is_negated, argument=found.argument
        )
    return Condition(path=path, operator=operator.filter, argument=Literal(text=texts[0]))


def _text(kind: Value, given: Json, clause: Clause, people: People) -> str:
    """The value as the filter takes it; ids that nobody has stay what they are, and match nothing."""
    text = str(given)
    if kind is Value.PERSON:
        return people.oid(text) or text
    if kind is Value.GROUP:
        return people.group(text) or text
    if kind is Value.UUID:
        return text.lower()
    if kind is Value.TIME:
        return _instant(text, clause)
    if kind is Value.NUMBER:
        return _decimal(text, clause)
    return text


def _instant(text: str, clause: Clause) -> str:
    try:
        if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
            return instant(float(text) / 1000)
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return instant(aware.timestamp())
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidRequest(
            f"'{text[:80]}' is no time for '{clause.path}': give epoch milliseconds or a date "
            "such as 2026-01-31T12:00:00Z."
        ) from error


def _decimal(text: str, clause: Clause) -> str:
    try:
        return str(float(text))
    except ValueError as error:
        raise InvalidRequest(f"'{text[:80]}' is no number for '{clause.path}'.") from error


def _tree(type_name: str, given: Json, people: People, depth: int) -> Filter:
    """The expression of `q`: operators by field, joined by `and`, `or` and `not`."""
    if not isinstance(given, dict) or not given or depth > DEEPEST:
        raise InvalidRequest("An expression of 'q' is an object such as {'equals': {'name': 'x'}}.")
    parts = [part for n, v in given.items() for part in _parts(type_name, n, v, people, depth)]
    return _joined(And, parts)


def _parts(type_name: str, name: str, given: Any, people: People, depth: int) -> list[Filter]:
    if name in ("and", "or") and isinstance(given, list) and given:
        below = [_tree(type_name, each, people, depth + 1) for each in given]
        return [_joined(And if name == "and" else Or, below)]
    if name == "not":
        return [_negated(_tree(type_name, given, people, depth + 1))]
    if name in OPERATORS and isinstance(given, dict) and given:
        clauses = (_clause(type_name, name, path, value) for path, value in given.items())
        return [_condition(type_name, clause, people) for clause in clauses]
    raise InvalidRequest(f"'{name[:80]}' has no such place in an expression of 'q'.")


def _joined(kind: type[And | Or], parts: list[Filter]) -> Filter:
    flat = [one for part in parts for one in (part.parts if isinstance(part, kind) else (part,))]
    return kind(parts=tuple(flat)) if len(flat) > 1 else flat[0]


def _negated(tree: Filter) -> Filter:
    if isinstance(tree, Condition):
        return Condition(
            path=tree.path,
            operator=tree.operator,
            negated=not tree.negated,
            argument=tree.argument,
        )
    return tree.part if isinstance(tree, Not) else Not(part=tree)

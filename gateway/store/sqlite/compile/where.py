"""Resolved tree to SQL for SQLite 3.40: a condition on `object o`, with `task t` where asked for.

Literal values are parameters, never text. Selects exactly the rows that `evaluate` selects. Opens
no database.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from gateway.errors import Unsupported
from gateway.model.task_document import TASK_TYPE
from gateway.model.types import SCHEMA
from gateway.query.fuzzy import FUZZY_FUNCTIONS
from gateway.query.normal_forms import FACET_FUNCTIONS
from gateway.query.ordering import order_paths
from gateway.query.resolved import (
    Facet,
    Present,
    Query,
    Refers,
)
from gateway.query.sight import NOTHING, restrict_order
from gateway.query.texts import TEXT_FUNCTIONS
from gateway.store.sqlite.compile.conditions import condition
from gateway.store.sqlite.compile.fragments import both, bound, one_of, select, stack_of
from gateway.store.sqlite.compile.selectivity import (
    INDEXED,
    INDEXED_OBJECT,
    conjuncts,
    leads_to_keys,
    pieces_for_all,
)
from gateway.store.sqlite.compile.sources import ObjectRowSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.model.documents import Json
    from gateway.query import CompiledFilter
    from gateway.query.resolved import Resolved
    from gateway.query.sight import Sight
    from gateway.store.sqlite.compile.fragments import Fragment

__all__ = ["SQL_FUNCTIONS", "Where", "order_by", "where", "where_of"]

#: By which a compiled filter keeps what is made of it here.
SQLITE = "sqlite"

#: Name to number of arguments and function; deterministic.
SQL_FUNCTIONS: dict[str, tuple[int, Callable[..., Json]]] = {
    **FACET_FUNCTIONS,
    **FUZZY_FUNCTIONS,
    **TEXT_FUNCTIONS,
}
#: Orders by longer paths are made each time, so that nobody can fill the memory with them.
MAX_CACHED_LENGTH = 256
#: Places on the parser's stack from which on a condition is written flat, and that must do.
STACK, STACK_LIMIT = 60, 95


@dataclass(frozen=True, kw_only=True, slots=True)
class Where:
    """A condition or an ordering, with its parameters in the order of the text."""

    sql: str
    parameters: tuple[Json, ...]
    #: Whether `task t` has to be joined.
    uses_task: bool
    #: Whether it leads to the keys of a few objects, so that their type is better asked last.
    is_selective: bool = False
    #: What it has the index of name parts look for.
    pieces: tuple[str, ...] = ()
    #: The same without that index, which leads astray where most names have the pieces.
    without_parts: Where | None = None


def where(query: Query) -> Where:
    """The condition of `query` on rows of `object o`."""
    pieces = pieces_for_all(query.condition)
    if not pieces:
        return _where(query, by_parts=True)
    plain = _where(query, by_parts=False)
    if plain.is_selective:
        return plain
    return replace(_where(query, by_parts=True), pieces=pieces, without_parts=plain)


def _where(query: Query, *, by_parts: bool) -> Where:
    frame = _root(query.type_name)
    fragment = condition(query.condition, frame, by_parts=by_parts)
    if stack_of(fragment.sql) > STACK:
        return _flat(query)
    indexed = INDEXED if frame.task else INDEXED_OBJECT
    return Where(
        sql=fragment.sql,
        parameters=fragment.parameters,
        uses_task=_uses_task(fragment.sql, frame),
        is_selective=leads_to_keys(query.condition, indexed, by_parts=by_parts),
    )


def _flat(query: Query) -> Where:
    """The same rows with the conditions on referenced objects side by side instead of nested."""
    frame = ObjectRowSource(alias="o0", is_root=True)
    sets: list[Fragment] = []
    part = condition(query.condition, frame, sets=sets)
    listed = ", ".join(f"s{number}(oid) AS ({each.sql})" for number, each in enumerate(sets, 1))
    sql = f"SELECT o0.seq FROM object o0 WHERE {part.sql}"
    sql = f"o.seq IN (WITH {listed} {sql})" if sets else f"o.seq IN ({sql})"
    if stack_of(sql) > STACK_LIMIT:
        raise Unsupported("The filter nests too deep to be searched")
    parameters = tuple(value for each in (*sets, part) for value in each.parameters)
    return Where(sql=sql, parameters=parameters, uses_task=False)


def _root(type_name: str) -> ObjectRowSource:
    return ObjectRowSource(alias="o", is_root=True, task="t" if type_name == TASK_TYPE else None)


def _uses_task(sql: str, frame: ObjectRowSource) -> bool:
    return frame.task is not None and f"{frame.task}." in sql


def where_of(compiled: CompiledFilter) -> Where:
    """The condition of a filter, made once."""
    made = compiled.made.get(SQLITE)
    if not isinstance(made, Where):
        made = compiled.made[SQLITE] = where(compiled.query)
    return made


def order_by(
    path_text: str, type_name: str, *, descending: bool = False, sight: Sight | None = None
) -> Where:
    """An ORDER BY list for one item path, or several with commas between them.

    Missing values come last; polystrings are ordered by their text. Objects that are not seen give
    no value; a sight of None sees all.
    """
    made = _kept_order if len(path_text) <= MAX_CACHED_LENGTH else _order
    return made(path_text, type_name, descending, sight)


def _order(path_text: str, type_name: str, descending: bool, sight: Sight | None) -> Where:
    wanted = order_paths(path_text, SCHEMA, type_name)
    clauses = [_order_by_one(each, type_name, descending, sight) for each in wanted]
    return Where(
        sql=", ".join(clause.sql for clause in clauses),
        parameters=tuple(value for clause in clauses for value in clause.parameters),
        uses_task=any(clause.uses_task for clause in clauses),
    )


def _order_by_one(wanted: Resolved, type_name: str, descending: bool, sight: Sight | None) -> Where:
    frame = _root(type_name)
    if sight is not None:
        wanted = restrict_order(wanted, sight)
    expression = _sort_key(wanted, (frame,))
    direction = "DESC" if descending else "ASC"
    # These columns are never null, and an index gives their order.
    is_never_null = isinstance(wanted, Present) and wanted.place.item.storage.startswith("object.")
    sql = f"{expression.sql} {direction}{'' if is_never_null else ' NULLS LAST'}"
    return Where(sql=sql, parameters=expression.parameters, uses_task=_uses_task(sql, frame))


_kept_order = lru_cache(maxsize=1024)(_order)


def _sort_key(node: Resolved, frames: tuple[ObjectRowSource, ...]) -> Fragment:
    """The value to sort by; that of a referenced object is looked up."""
    frame = frames[-1]
    if isinstance(node, Present):
        return bound(frame.scalar(node.place, Facet.PLAIN))
    if not isinstance(node, Refers) or node.target is None:
        raise TypeError(f"{type(node).__name__} gives no order")  # pragma: no cover
    if node.target == NOTHING:
        return bound("NULL")
    inner = (*frames, ObjectRowSource(alias=f"k{len(frames)}"))
    alias = inner[-1].alias
    # What must hold for the target stands before the item.
    *seen, wanted = conjuncts(node.target)
    value = _sort_key(wanted, inner)
    found = both(
        bound(f"{alias}.oid = {frame.reference(node.place).oid}"),
        one_of(f"{alias}.type", node.target_types),
        *(condition(each, *inner) for each in seen),
    )
    rows = select(value.sql, f"object {alias}", found)
    return bound(f"({rows.sql})", *value.parameters, *rows.parameters)

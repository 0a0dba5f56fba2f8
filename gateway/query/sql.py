"""Resolved tree to SQL for SQLite 3.40: a condition on `object o`, with `task t` where asked for.

Literal values are parameters, never text. Selects exactly the rows that `evaluate` selects. Opens
no database.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, TypeGuard

from gateway.errors import Unsupported
from gateway.model.schema import Kind
from gateway.model.types import SCHEMA
from gateway.query.comparisons_sql import compare, compare_places, each_value, present_values
from gateway.query.fragments import (
    Fragment,
    among,
    both,
    bound,
    constant,
    exists,
    joined,
    one_of,
    select,
    stack_of,
)
from gateway.query.frames import (
    SQL_FUNCTIONS,
    DocumentFrame,
    Frame,
    ObjectFrame,
    OutcomeFrame,
    Reference,
    json_path,
)
from gateway.query.operators import Comparison
from gateway.query.ordering import ordering
from gateway.query.resolved import (
    AllOf,
    AnyOf,
    Compare,
    ComparePlaces,
    Complement,
    Constant,
    Facet,
    Place,
    Present,
    Query,
    Refers,
    Resolved,
    Some,
    TypeIs,
)

if TYPE_CHECKING:
    from gateway.model.documents import Json

__all__ = ["SQL_FUNCTIONS", "Where", "order_by", "where"]

TASK_TYPE = "TaskType"
_TARGET = ("targetRef",)
#: Columns with an index that does not start with the type.
_INDEXED_OBJECT = frozenset({"object.oid"})
_INDEXED = _INDEXED_OBJECT | {
    "task.identifier",
    "task.parent",
    "task.execution_state",
    "task.scheduling_state",
}
#: Places on the parser's stack from which on a condition is written flat, and that must do.
STACK, STACK_LIMIT = 60, 95
#: Tables with rows of an object's containers.
_ROWS = frozenset({"assignment", "outcome"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Where:
    """A condition or an ordering, with its parameters in the order of the text."""

    sql: str
    parameters: tuple[Json, ...]
    #: Whether `task t` has to be joined.
    uses_task: bool
    #: Whether it leads to the keys of a few objects, so that their type is better asked last.
    is_selective: bool = False


def where(query: Query) -> Where:
    """The condition of `query` on rows of `object o`."""
    frame = _root(query.type_name)
    fragment = _Compiler().condition(query.condition, frame, negated=False)
    if stack_of(fragment.sql) > STACK:
        return _flat(query)
    return Where(
        sql=fragment.sql,
        parameters=fragment.parameters,
        uses_task=_uses_task(fragment.sql, frame),
        is_selective=_leads_to_keys(query.condition, _INDEXED if frame.task else _INDEXED_OBJECT),
    )


def _flat(query: Query) -> Where:
    """The same rows with the conditions on referenced objects side by side instead of nested."""
    frame = ObjectFrame(alias="o0", is_root=True)
    compiler = _Compiler(sets=[])
    part = compiler.condition(query.condition, frame, negated=False)
    sets = compiler.sets or []
    listed = ", ".join(f"s{number}(oid) AS ({each.sql})" for number, each in enumerate(sets, 1))
    sql = f"SELECT o0.seq FROM object o0 WHERE {part.sql}"  # noqa: S608  names are ours, values are bound
    sql = f"o.seq IN (WITH {listed} {sql})" if sets else f"o.seq IN ({sql})"
    if stack_of(sql) > STACK_LIMIT:
        raise Unsupported("The filter nests too deep to be searched")
    parameters = tuple(value for each in (*sets, part) for value in each.parameters)
    return Where(sql=sql, parameters=parameters, uses_task=False)


def _root(type_name: str) -> ObjectFrame:
    return ObjectFrame(alias="o", is_root=True, task="t" if type_name == TASK_TYPE else None)


def _uses_task(sql: str, frame: ObjectFrame) -> bool:
    return frame.task is not None and f"{frame.task}." in sql


class _Compiler:
    """One compilation; counts the aliases it gives away."""

    def __init__(self, sets: list[Fragment] | None = None) -> None:
        self._numbers = count(1)
        #: Sets of oids that stand before the condition; None where they stand inside it.
        self.sets = sets

    def _alias(self, letter: str) -> str:
        return f"{letter}{next(self._numbers)}"

    def condition(self, node: Resolved, frame: Frame, *, negated: bool) -> Fragment:
        """One node; negation is pushed down to the leaves, where null counts as false."""
        while isinstance(node, Complement):
            node, negated = node.part, not negated
        if isinstance(node, AllOf | AnyOf):
            parts = []
            for part in node.parts:
                parts.append(self.condition(part, frame, negated=negated))  # noqa: PERF401
            return joined("AND" if isinstance(node, AllOf) is not negated else "OR", parts)
        if isinstance(node, Constant):
            return constant(value=node.value is not negated)
        leaf = self._leaf(node, frame)
        return leaf.negated() if negated else leaf

    def _leaf(self, node: Resolved, frame: Frame) -> Fragment:
        if isinstance(node, Compare):
            return compare(node, frame, self._alias("j"))
        if isinstance(node, ComparePlaces):
            return compare_places(node, frame)
        if isinstance(node, Present):
            return self._present(node.place, frame)
        if isinstance(node, Refers):
            return self._refers(node, frame)
        if isinstance(node, Some):
            return self._some(node, frame)
        if isinstance(node, TypeIs) and isinstance(frame, ObjectFrame):
            return (
                one_of(f"{frame.alias}.type", node.types) if node.types else constant(value=False)
            )
        raise TypeError(f"{type(node).__name__} cannot stand here")  # pragma: no cover

    # ---- presence --------------------------------------------------------------------------------

    def _present(self, place: Place, frame: Frame) -> Fragment:
        alias = self._alias("j")
        if place.item.kind is Kind.PROPERTY:
            return present_values(place, frame, alias)
        if isinstance(frame, ObjectFrame) and place.item.storage in _ROWS:
            return exists(place.item.storage, alias, _of_owner(place, frame, alias))
        if place.item.many:
            return exists(each_value(frame, place), alias, bound(f"{alias}.value <> '{{}}'"))
        return bound(f"json_extract({frame.document(place)}, {json_path(place.keys)}) <> '{{}}'")

    # ---- one value of a container ----------------------------------------------------------------

    def _some(self, node: Some, frame: Frame) -> Fragment:
        storage = node.place.item.storage
        if isinstance(frame, ObjectFrame) and storage == "outcome":
            return self._some_outcome(node, frame)
        if isinstance(frame, ObjectFrame) and storage == "assignment":
            return self._some_assignment(node, frame)
        return self._some_json(node, frame)

    def _some_json(self, node: Some, frame: Frame) -> Fragment:
        alias = self._alias("j")
        part = self.condition(node.part, DocumentFrame(json=f"{alias}.value"), negated=False)
        return exists(each_value(frame, node.place), alias, part)

    def _some_outcome(self, node: Some, frame: ObjectFrame) -> Fragment:
        alias = self._alias("x")
        part = self.condition(node.part, OutcomeFrame(alias=alias), negated=False)
        selective = any(map(_is_selective, _conjuncts(node.part)))
        return _owners(node.place, alias, part, frame, selective=selective)

    def _some_assignment(self, node: Some, frame: ObjectFrame) -> Fragment:
        """By target alone from the side table; else from the document, the targets as a sieve."""
        conjuncts = _conjuncts(node.part)
        targets = [each for each in conjuncts if _is_target(each)]
        if len(targets) == len(conjuncts):
            return self._by_target(node.place, targets, frame)
        full = self._some_json(node, frame)
        # Only the outermost objects are worth it: a sieve doubles the text of what is in it.
        sieve = [target for target in targets if frame.is_root and _is_selective(target)]
        return both(self._by_target(node.place, sieve, frame), full) if sieve else full

    def _by_target(self, place: Place, targets: list[Refers], frame: ObjectFrame) -> Fragment:
        alias = self._alias("a")
        part = both(*(self._fits(target, _row_reference(alias)) for target in targets))
        return _owners(place, alias, part, frame, selective=any(map(_is_selective, targets)))

    # ---- references ------------------------------------------------------------------------------

    def _refers(self, node: Refers, frame: Frame) -> Fragment:
        place = node.place
        if isinstance(frame, ObjectFrame) and place.item.storage == "reference":
            alias = self._alias("r")
            part = self._fits(node, _row_reference(alias))
            return _owners(place, alias, part, frame, selective=_is_selective(node))
        if not place.item.many:
            return self._fits(node, frame.reference(place))
        alias = self._alias("j")
        value = Place(keys=(), item=place.item, in_object=False)
        part = self._fits(node, DocumentFrame(json=f"{alias}.value").reference(value))
        return exists(each_value(frame, place), alias, part)

    def _fits(self, node: Refers, reference: Reference) -> Fragment:
        parts = [bound(reference.exists)]
        if node.oids is not None:
            parts.append(one_of(reference.oid, node.oids))
        if node.target_type is not None:
            parts.append(bound(f"{reference.type} = ?", node.target_type))
        if node.relation is not None:
            parts.append(bound(f"{reference.relation} = ?", node.relation))
        if node.target is not None:
            parts.append(self._target(node, reference))
        return both(*parts)

    def _target(self, node: Refers, reference: Reference) -> Fragment:
        if node.target is None or not node.target_types:
            return constant(value=False)
        alias = self._alias("o")
        part = both(
            one_of(f"{alias}.type", node.target_types),
            self.condition(node.target, ObjectFrame(alias=alias), negated=False),
        )
        if self.sets is None:
            return among(reference.oid, f"{alias}.oid", f"object {alias}", part)
        self.sets.append(select(f"{alias}.oid", f"object {alias}", part))
        return bound(f"{reference.oid} IN s{len(self.sets)}")


def _owners(
    place: Place, alias: str, part: Fragment, frame: ObjectFrame, *, selective: bool
) -> Fragment:
    """Objects with a row beside them; from the rows to the objects where the rows are few."""
    table = place.item.storage
    if not selective:
        return exists(table, alias, both(_of_owner(place, frame, alias), part))
    if table != "outcome":
        part = both(bound(f"{alias}.path = ?", place.item.name), part)
    return among(frame.seq, f"{alias}.owner", f"{table} {alias}", part)


def _of_owner(place: Place, frame: ObjectFrame, alias: str) -> Fragment:
    owned = bound(f"{alias}.owner = {frame.seq}")
    if place.item.storage == "outcome":
        return owned
    return both(owned, bound(f"{alias}.path = ?", place.item.name))


def _conjuncts(node: Resolved) -> tuple[Resolved, ...]:
    return node.parts if isinstance(node, AllOf) else (node,)


def _is_selective(node: Resolved) -> TypeGuard[Refers]:
    return isinstance(node, Refers) and (node.oids is not None or node.target is not None)


def _leads_to_keys(node: Resolved, indexed: frozenset[str]) -> bool:
    """Whether the condition can be met from an index of oids, targets or states."""
    if isinstance(node, AllOf):
        return any(_leads_to_keys(part, indexed) for part in node.parts)
    if isinstance(node, AnyOf):
        return all(_leads_to_keys(part, indexed) for part in node.parts)
    if isinstance(node, Compare):
        return node.place.item.storage in indexed and node.comparison is Comparison.EQUAL
    if isinstance(node, Some):
        return node.place.item.storage in _ROWS and any(map(_is_selective, _conjuncts(node.part)))
    return _is_selective(node) and node.place.item.storage == "reference"


def _is_target(node: Resolved) -> TypeGuard[Refers]:
    return isinstance(node, Refers) and node.place.keys == _TARGET


def _row_reference(alias: str) -> Reference:
    return Reference(
        oid=f"{alias}.target",
        type=f"{alias}.target_type",
        relation=f"{alias}.relation",
        exists=f"{alias}.relation IS NOT NULL",
    )


def order_by(path_text: str, type_name: str, *, descending: bool = False) -> Where:
    """An ORDER BY expression for a path: missing values last, polystrings by their text."""
    frame = _root(type_name)
    wanted = ordering(path_text, SCHEMA, type_name)
    expression = _sort_key(wanted, frame, 1)
    direction = "DESC" if descending else "ASC"
    # These columns are never null, and an index gives their order.
    is_never_null = isinstance(wanted, Present) and wanted.place.item.storage.startswith("object.")
    sql = f"{expression.sql} {direction}{'' if is_never_null else ' NULLS LAST'}"
    return Where(sql=sql, parameters=expression.parameters, uses_task=_uses_task(sql, frame))


def _sort_key(node: Resolved, frame: ObjectFrame, number: int) -> Fragment:
    """The value to sort by; that of a referenced object is looked up."""
    if isinstance(node, Present):
        return bound(frame.scalar(node.place, Facet.PLAIN))
    if not isinstance(node, Refers) or node.target is None:
        raise TypeError(f"{type(node).__name__} gives no order")  # pragma: no cover
    target = ObjectFrame(alias=f"o{number}")
    value = _sort_key(node.target, target, number + 1)
    found = both(
        bound(f"{target.alias}.oid = {frame.reference(node.place).oid}"),
        one_of(f"{target.alias}.type", node.target_types),
    )
    rows = select(value.sql, f"object {target.alias}", found)
    return bound(f"({rows.sql})", *value.parameters, *rows.parameters)

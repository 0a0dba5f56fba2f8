"""Rules about tasks as tables: in each, the first row that fits says what is shown.

One condition a row, in our query language, serves twice: asked of a task when it is shown, and as
SQL when tasks are filtered. Source: the mapping of sailpoint-task-management 11.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar

from gateway.query import compile_filter
from gateway.query.comparisons import Comparison
from gateway.query.evaluate import predicate
from gateway.query.resolved import (
    AllOf,
    AnyOf,
    Compare,
    Complement,
    Constant,
    Facet,
    Present,
    Query,
    Test,
    state_column,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gateway.model.documents import StoredObject
    from gateway.query.resolved import ItemLocation, Resolved

T = TypeVar("T")
TASK_TYPE = "TaskType"
TRUTH = Constant(value=True)


def mql(text: str) -> Resolved:
    """The condition on tasks that a filter text says."""
    return compile_filter(text, TASK_TYPE).query.condition


def all_of(*parts: Resolved) -> Resolved:
    """Every part holds."""
    return AllOf(parts=parts)


def any_of(parts: Iterable[Resolved]) -> Resolved:
    """Some part holds."""
    return AnyOf(parts=tuple(parts))


def no(part: Resolved) -> Resolved:
    """The part does not hold."""
    return Complement(part=part)


def compare_values(
    place: ItemLocation,
    values: Iterable[str],
    *,
    facet: Facet = Facet.PLAIN,
    comparison: Comparison = Comparison.EQUAL,
) -> Resolved:
    """A value is one of these, or compares with the only one."""
    return Compare(
        place=place, comparison=comparison, tests=(Test(facet=facet, values=tuple(values)),)
    )


TOLD_STATUS, TOLD_AT = state_column("told_status"), state_column("told_at")
NEXT_START, NEXT_RETRY = state_column("next_start"), state_column("next_retry")
TOLD = Present(place=TOLD_STATUS)
RECURRING = compare_values(state_column("recurrence"), ["recurring"])


def task_query(condition: Resolved) -> Query:
    """A query for tasks."""
    return Query(type_name=TASK_TYPE, types=(TASK_TYPE,), condition=condition)


def holds(condition: Resolved) -> Callable[[StoredObject], bool]:
    """The condition as a function of one task; it looks at nothing beside the task."""
    return predicate(task_query(condition), _nothing_else)


def _nothing_else(oid: str) -> None:
    raise LookupError(oid)


@dataclass(frozen=True)
class ConditionRow(Generic[T]):
    """What is shown where the condition holds and that of no earlier row."""

    value: T
    condition: Resolved

    @cached_property
    def fits(self) -> Callable[[StoredObject], bool]:
        """Whether it holds for a task."""
        return holds(self.condition)


def first(rows: tuple[ConditionRow[T], ...], task: StoredObject) -> T:
    """The value of the first row that fits; the last row of a table always does."""
    return next(row.value for row in rows if row.fits(task))


def where(rows: tuple[ConditionRow[T], ...], wanted: frozenset[T]) -> Resolved:
    """The condition under which the first row that fits has one of the wanted values."""
    ways: list[Resolved] = []
    others: list[Resolved] = []
    for row in rows:
        if row.value in wanted:
            ways.append(all_of(row.condition, *map(no, others)))
        else:
            others.append(row.condition)
    return any_of(ways) if ways else Constant(value=False)

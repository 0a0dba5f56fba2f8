"""What one job may use up, with all that it starts: levels, children, steps and bytes.

A workflow is a program; without these a few lines of one would fill the memory or the disk.
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.engine.workflow.builtins import StepFailed
from gateway.errors import TooLarge
from gateway.model.job import CANCELED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.model.job import Lineage, StepState, Walk
    from gateway.store.base import Store

#: Jobs at the top whose counts are kept; those of others are counted anew.
ROOTS = 1_024
#: Bytes that a number, a truth or nothing is taken for, and what a value costs inside another.
SCALAR, SEPARATOR = 4, 2


@dataclass(frozen=True, kw_only=True, slots=True)
class JobLimits:
    """As the settings say."""

    #: Jobs within one another.
    depth: int = 20
    #: Tasks below one job, on all levels.
    tasks: int = 10_000
    #: Ends of steps of one job, repeated ones each time.
    items: int = 20_000
    #: Bytes of variables, inputs and outputs of one job.
    size: int = 2 * 1024 * 1024


class JobBudget:
    """Counts what is below jobs, and refuses what would be too much."""

    def __init__(self, store: Store, limits: JobLimits) -> None:
        self.limits = limits
        self._store = store
        #: By id of the job at the top: tasks below it.
        self._below: OrderedDict[str, int] = OrderedDict()

    async def check_ancestors(self, lineage: Lineage) -> None:
        """`StepFailed` for a child of a job that is too deep or has a canceled one above it."""
        if len(lineage.ancestors) >= self.limits.depth:
            raise StepFailed(
                f"Jobs are started in one another {self.limits.depth} times at most; "
                "TASKGATE_MAX_JOB_DEPTH is the limit."
            )
        above = await self._store.jobs.jobs(lineage.ancestors[:-1])
        if any(job.status == CANCELED for job in above.values()):
            raise StepFailed("A job above this one was canceled, so it starts nothing any more.")

    @contextmanager
    def session(self, root: str) -> Iterator[Children]:
        """Children below the job at the top that count only if they are kept before the block ends."""
        children = Children(self, root)
        try:
            yield children
        finally:
            if root in self._below:
                self._below[root] -= children.count

    async def take(self, root: str) -> None:
        """One more task below the job at the top; `StepFailed` if there are too many."""
        count = self._below.get(root)
        if count is None:
            count = await self._store.jobs.below(root)
        count = self._below.get(root, count)
        if count >= self.limits.tasks:
            raise StepFailed(
                f"The job at the top has {count} tasks and jobs below it; "
                "TASKGATE_MAX_JOB_TASKS is the limit."
            )
        self._below[root] = count + 1
        self._below.move_to_end(root)
        if len(self._below) > ROOTS:
            self._below.popitem(last=False)


class Children:
    """Tasks that are about to be started below one job at the top."""

    def __init__(self, budget: JobBudget, root: str) -> None:
        self._budget = budget
        self._root = root
        #: Whether the job may start others; asked once in a stretch.
        self._is_checked = False
        #: Those that are not kept yet.
        self.count = 0

    async def take(self, lineage: Lineage | None = None) -> None:
        """One more; `StepFailed` if there are too many, or there may be none.

        `lineage`: where it is a job, that of the one that starts it.
        """
        if lineage is not None and not self._is_checked:
            await self._budget.check_ancestors(lineage)
            self._is_checked = True
        await self._budget.take(self._root)
        self.count += 1

    def keep(self) -> None:
        """They are durable."""
        self.count = 0


class Scale:
    """Weighs a walk again and again while it grows; what it has seen is not looked at twice."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        #: By identity, with the value itself, so that no other can take its place in memory.
        self._known: dict[int, tuple[Any, int]] = {}

    def check(self, walk: Walk, *more: Any) -> None:
        """`TooLarge` if the walk, with further values, is larger than a job may be."""
        size = sum(map(self._weight, (*_parts(walk), *more)))
        if size > self._limit:
            raise TooLarge(
                f"The variables and outputs of the job would have more than {self._limit} bytes; "
                "TASKGATE_MAX_JOB_BYTES is the limit."
            )

    def _weight(self, value: Any) -> int:
        if not isinstance(value, dict | list | tuple):
            return weight(value, self._limit)
        known = self._known.get(id(value))
        if known is None:
            known = self._known[id(value)] = (value, weight(value, self._limit))
        return known[1]


def _parts(walk: Walk) -> Iterator[Any]:
    """All values that a walk holds."""
    yield from walk.variables.values()
    for state in walk.steps.values():
        yield from _parts_of(state)


def _parts_of(state: StepState) -> Iterator[Any]:
    yield from state.inputs.values()
    yield from state.outputs.values()
    yield from (state.given or {}).values()
    if state.rounds is not None:
        yield state.rounds.values
        yield from state.rounds.results


def weight(value: Any, limit: int) -> int:
    """Bytes of the value as JSON, roughly; no more is counted when it is over the limit.

    A value may hold another many times over, so that writing it first could be too much already.
    """
    size, left = 0, [value]
    while left and size <= limit:
        each = left.pop()
        if isinstance(each, str):
            size += len(each) + SEPARATOR
        elif isinstance(each, dict):
            size += sum(len(name) + SEPARATOR for name in each) + SEPARATOR
            left += each.values()
        elif isinstance(each, list | tuple):
            size += SEPARATOR * (len(each) + 1)
            left += each
        else:
            size += SCALAR
    return size

"""Items of tasks that are computed when `include` asks for them (midpoint-rest 1.5).

What concerns other tasks is read for all tasks of an answer at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.clock import write_instant
from gateway.dialects.midpoint.views.result import show_result
from gateway.dialects.midpoint.wire import write
from gateway.dialects.midpoint.wire.shaping import unwrap_single, without_none
from gateway.model import task_document
from gateway.model.documents import reference
from gateway.model.schedule import Schedule
from gateway.query import compile_clauses
from gateway.store.search import Search

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

    from gateway.engine.verbs.engine import Engine
    from gateway.model.documents import Document, StoredObject
    from gateway.model.principal import Principal

#: Identifiers that one search looks for.
AT_ONCE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewTime:
    """When something is shown: epoch seconds, and the zone of schedules."""

    now: float
    zone: tzinfo


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskReader:
    """Other objects, as far as the caller may look at them."""

    engine: Engine
    principal: Principal

    async def get_many(self, oids: Sequence[str]) -> dict[str, StoredObject]:
        """The existing ones of the objects, by oid."""
        return await self.engine.get_many(oids, self.principal)

    async def find_objects(self, wanted: Search) -> list[StoredObject]:
        """The objects that match, in order."""
        oids = (await self.engine.search(wanted, self.principal)).oids
        stored = await self.get_many(oids)
        return [stored[oid] for oid in oids if oid in stored]


@dataclass(frozen=True, kw_only=True, slots=True)
class Relatives:
    """References to other tasks, by the identifier of the task that has them."""

    subtasks: dict[str, list[Document]]
    #: By their own identifiers.
    dependents: dict[str, Document]


async def find_relatives(
    source: TaskReader, tasks: Sequence[StoredObject], included: Iterable[str], *, named: bool
) -> Relatives:
    """The subtasks and dependents that are asked for; `named` ones with their names."""
    wanted = set(included)
    found = Relatives(subtasks={}, dependents={})
    if "subtaskRef" in wanted:
        own = {each.state.identifier for each in tasks if each.state is not None}
        for task in await _find_tasks_with(source, "parent", sorted(own)):
            parent = task_document.parent(task.items) or ""
            found.subtasks.setdefault(parent, []).append(_write_reference(task, named=named))
    if "dependentTaskRef" in wanted:
        waiting = {name for each in tasks for name in task_document.dependents(each.items)}
        for task in await _find_tasks_with(source, "taskIdentifier", sorted(waiting)):
            name = task.items["taskIdentifier"]
            found.dependents[name] = _write_reference(task, named=named)
    return found


async def _find_tasks_with(
    source: TaskReader, path: str, values: Sequence[str]
) -> list[StoredObject]:
    """The tasks whose item has one of the values."""
    tasks: list[StoredObject] = []
    for start in range(0, len(values), AT_ONCE):
        clause = {"equal": {"path": path, "value": list(values[start : start + AT_ONCE])}}
        wanted = Search(type="TaskType", filter=compile_clauses(clause, "TaskType"))
        tasks += await source.find_objects(wanted)
    return tasks


def _write_reference(task: StoredObject, *, named: bool) -> Document:
    value = reference(task.oid, task.type)
    return write.reference(value | {"targetName": task.items["name"]} if named else value)


def include_items(
    task: StoredObject, included: Iterable[str], found: Relatives, moment: ViewTime
) -> Document:
    """Those of the computed items that are asked for and have a value."""
    state = task.state
    if state is None:
        return {}
    dependents = task_document.dependents(task.items)
    known = {
        "result": show_result(task) if "result" in included else None,
        "nextRunStartTimestamp": find_next_run_start(task, moment),
        "nextRetryTimestamp": state.next_retry,
        "subtaskRef": found.subtasks.get(state.identifier),
        "dependentTaskRef": [found.dependents[n] for n in dependents if n in found.dependents],
    }
    return unwrap_single(without_none({name: known[name] for name in included if name in known}))


def find_next_run_start(task: StoredObject, moment: ViewTime) -> str | None:
    """When the task is to start next, tries out of turn left aside; None: not by itself."""
    state = task.state
    if state is None or state.scheduling_state != "ready":
        return None
    if state.next_start is not None and state.next_start != state.next_retry:
        return state.next_start
    schedule, now = Schedule.of(task.items, moment.zone), write_instant(moment.now)
    following = schedule.following(state.last_run_start, now) if schedule.recurring else None
    return following if following is not None and following > now else None

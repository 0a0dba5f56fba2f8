"""Does what objects' triggers ask for once their time has come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.engine.activities.base import FULL_OR_PREVIEW, ObjectActivity, register
from gateway.engine.activities.recomputation import reachable, recompute_item
from gateway.engine.activities.validity_scan import LAST_SCAN
from gateway.engine.objects.item import ItemResult
from gateway.engine.objects.literals import quote_text
from gateway.engine.objects.object_set import object_set
from gateway.engine.objects.trees import TASKS, descendants, members
from gateway.model.destructible import is_indestructible
from gateway.model.effects import Change, Delete, Modify
from gateway.model.initial import SYSTEM_ARCHETYPE
from gateway.model.task import SchedulingState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.engine.objects.item import ItemContext, Vocabulary
    from gateway.engine.objects.selection import ObjectSet, RunScope
    from gateway.model.documents import Document, StoredObject

RECOMPUTE = "/trigger/recompute/handler-3"
COMPLETED_TASK_CLEANUP = "/completedTaskCleanup/handler-3"
#: Ends of the URIs of handlers that there are; the beginning has changed over the years.
HANDLERS = (RECOMPUTE, COMPLETED_TASK_CLEANUP)


@dataclass(frozen=True, kw_only=True, slots=True)
class TriggerScanParameters:
    """The objects whose triggers are looked at."""

    objects: ObjectSet


@register
class TriggerScan(ObjectActivity[TriggerScanParameters]):
    """Does what triggers ask for that are due (`recompute`, `completedTaskCleanup`) and removes them.

    Others fail and stay.
    """

    name = "triggerScan"
    archetype = SYSTEM_ARCHETYPE
    modes = FULL_OR_PREVIEW

    def parameters(
        self,
        work: Document,
        vocabulary: Vocabulary,  # noqa: ARG002  nothing of a vendor's in it
    ) -> TriggerScanParameters:
        """The object set; all objects if none is given."""
        return TriggerScanParameters(objects=object_set(work.get("objects", {}), "ObjectType"))

    def objects(self, parameters: TriggerScanParameters, scope: RunScope) -> ObjectSet:
        """Those of the set that have a trigger which is due."""
        due = f"trigger matches (timestamp <= {quote_text(scope.started)})"
        return parameters.objects.restrict(due)

    def prepare(
        self,
        parameters: TriggerScanParameters,  # noqa: ARG002
        objects: Sequence[StoredObject],
        context: ItemContext,
    ) -> Mapping[str, StoredObject]:
        """Roles of the objects that are to be recomputed, and what is below those that are to go."""
        due = {each.oid: DueTriggers.of(each, context.scope.started).handlers for each in objects}
        recomputed_ones = [each for each in objects if RECOMPUTE in due[each.oid]]
        served = [e for e in objects if COMPLETED_TASK_CLEANUP in due[e.oid] and _has_served(e)]
        return {
            **reachable(context.repository, recomputed_ones),
            **descendants(TASKS, served, context.repository),
        }

    def process(
        self,
        parameters: TriggerScanParameters,  # noqa: ARG002
        each: StoredObject,
        context: ItemContext,
    ) -> ItemResult:
        """Call each handler once, however many triggers ask for it."""
        due = DueTriggers.of(each, context.scope.started)
        if COMPLETED_TASK_CLEANUP in due.handlers and _has_served(each):
            return _delete_task(each, context)
        return _with_failures(
            due, _handle_triggers(each, due, context) if due.handlers else ItemResult()
        )

    def memory(self, parameters: TriggerScanParameters, scope: RunScope) -> Document:  # noqa: ARG002
        """For those who watch; what is due does not depend on it."""
        return {LAST_SCAN: scope.started}


@dataclass(frozen=True, kw_only=True, slots=True)
class DueTriggers:
    """What an object's triggers ask for."""

    #: Handlers to be called.
    handlers: frozenset[str]
    #: URIs that no handler answers to.
    unsupported: tuple[str, ...]
    #: Triggers that remain.
    remaining: tuple[Document, ...]

    @classmethod
    def of(cls, each: StoredObject, now: str) -> DueTriggers:
        """The object's triggers, sorted; those without a time are never due."""
        handlers, unsupported, remaining = set(), [], []
        for trigger in each.items.get("trigger", ()):
            uri = trigger.get("handlerUri", "")
            handler = next((known for known in HANDLERS if uri.endswith(known)), None)
            is_due = "timestamp" in trigger and trigger["timestamp"] <= now
            if is_due and handler is not None:
                handlers.add(handler)
                continue
            remaining.append(trigger)
            if is_due:
                unsupported.append(uri or "(none)")
        return cls(
            handlers=frozenset(handlers),
            unsupported=tuple(unsupported),
            remaining=tuple(remaining),
        )


def _has_served(each: StoredObject) -> bool:
    """Whether the object is a task that nobody needs any more."""
    is_closed = each.state is not None and each.state.scheduling_state == SchedulingState.CLOSED
    return is_closed and not is_indestructible(each)


def _delete_task(task: StoredObject, context: ItemContext) -> ItemResult:
    """The task goes with all below it, unless that is still at work: as the scan itself may be."""
    for one in members(TASKS, task, context.known):
        if not TASKS.is_closed(one):
            message = f"'{one.name}' below the task is not closed; the trigger stays."
            return ItemResult(status="fatal_error", message=message)
    return ItemResult(effects=(Delete(before=task),))


def _handle_triggers(each: StoredObject, due: DueTriggers, context: ItemContext) -> ItemResult:
    """The object without the triggers that are handled, brought up to date if they ask for it."""
    items = {name: value for name, value in each.items.items() if name != "trigger"}
    if due.remaining:
        items["trigger"] = list(due.remaining)
    result = ItemResult()
    if RECOMPUTE in due.handlers:
        result = recompute_item(replace(each, items=items), context)
    for effect in result.effects:
        if isinstance(effect, Modify):
            items = effect.change.items
    # A running task's state moves all the time: without one, the change leaves it as it is.
    change = Change(items=items, next_id=each.next_id)
    return replace(result, effects=(Modify(before=each, change=change),))


def _with_failures(due: DueTriggers, result: ItemResult) -> ItemResult:
    if not due.unsupported:
        return result
    message = f"Unsupported handler: {', '.join(due.unsupported)}; the trigger stays."
    status = "partial_error" if due.handlers else "fatal_error"
    return replace(result, status=status, message=message, category="unsupported")

"""The vocabulary: one row an action, with its parameters and what it makes of an object.

Pure functions from draft to draft; knows nothing of how scripts are written.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from gateway.engine.objects import drafts as changing
from gateway.errors import Protected, UnfitChange
from gateway.model import lifecycle
from gateway.model.delta import ItemDelta, apply_deltas
from gateway.model.effects import Notify, Operate
from gateway.model.paths import parse_path
from gateway.model.task import Operation
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.engine.objects.drafts import Draft
    from gateway.engine.objects.item import ItemContext
    from gateway.engine.objects.object_delta import ObjectDelta
    from gateway.model.documents import Document, Json

#: A relation that stands for each of them, when assignments are removed.
ANY_RELATION = "any"


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    """What an action is told; each action looks at its own."""

    delta: ObjectDelta | None = None
    #: References to what is assigned or unassigned.
    targets: tuple[Document, ...] = ()
    message: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """One row; a parameter is read by the function of its name in `reading.PARAMETERS`."""

    name: str
    apply: Callable[[Draft, Arguments, ItemContext], Draft]
    parameters: tuple[str, ...] = ()
    #: At least one of these must be given.
    needed: tuple[str, ...] = ()
    #: Other names of it.
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ScriptStep:
    """An action with its arguments."""

    action: str
    arguments: Arguments


def collect_mentioned(script: tuple[ScriptStep, ...]) -> set[str]:
    """Oids that changed assignments may point to."""
    found: set[str] = set()
    for step in script:
        found.update(each["oid"] for each in step.arguments.targets)
        if step.arguments.delta is not None:
            found |= step.arguments.delta.mentioned
    return found


def run_script(script: tuple[ScriptStep, ...], draft: Draft, context: ItemContext) -> Draft:
    """The object after all steps; a step that cannot be taken raises what is in its way."""
    for step in script:
        draft = ACTIONS[step.action].apply(draft, step.arguments, context)
    return draft


def _add(draft: Draft, _: Arguments, __: ItemContext) -> Draft:
    return changing.add_object(draft)


def _modify(draft: Draft, arguments: Arguments, _: ItemContext) -> Draft:
    return draft if arguments.delta is None else changing.with_deltas(draft, arguments.delta)


def _delete(draft: Draft, _: Arguments, context: ItemContext) -> Draft:
    return changing.delete_object(draft, context)


def _recompute(draft: Draft, _: Arguments, __: ItemContext) -> Draft:
    return replace(draft, items=draft.content, is_recomputed=True)


def _with_status(status: str, draft: Draft, _: Arguments, __: ItemContext) -> Draft:
    return _change_item(draft, "replace", "activation/administrativeStatus", status)


def _assign(draft: Draft, arguments: Arguments, _: ItemContext) -> Draft:
    # Adding is a change like any other: an equal assignment is not added again.
    values = [{"targetRef": each} for each in arguments.targets]
    return _change_item(draft, "add", "assignment", *values)


def _unassign(draft: Draft, arguments: Arguments, _: ItemContext) -> Draft:
    wanted = {(each["oid"], each["relation"]) for each in arguments.targets}
    values = [
        {"id": value["id"]}
        for value in draft.content.get("assignment", ())
        if (reference := value.get("targetRef"))
        and wanted & {(reference["oid"], reference["relation"]), (reference["oid"], ANY_RELATION)}
    ]
    return _change_item(draft, "delete", "assignment", *values)


def _change_item(draft: Draft, kind: str, path: str, *values: Json) -> Draft:
    first = path.partition("/")[0]
    if SCHEMA[draft.type].item(first) is None:
        raise UnfitChange(f"'{draft.name}' is a {draft.type}, which has no '{first}'.")
    delta = ItemDelta(path=parse_path(path, draft.type, SCHEMA), kind=kind, values=values)  # type: ignore[arg-type]
    return replace(draft, items=apply_deltas(draft.content, [delta]))


def _operate(operation: Operation, draft: Draft, _: Arguments, context: ItemContext) -> Draft:
    stored = draft.before
    if stored is None or stored.state is None:
        raise UnfitChange(f"'{draft.name}' is a {draft.type}, so it cannot {operation}.")
    if stored.oid == context.author.task:
        raise Protected(f"A task cannot {operation} itself.")
    if not any(isinstance(each, Operate) for each in draft.also):
        lifecycle.operate(stored, operation, context.now)  # refused here: no slice is spoilt by it
    operated = Operate(oid=stored.oid, operation=operation)
    return replace(draft, items=draft.content, also=(*draft.also, operated))


def _notify(draft: Draft, arguments: Arguments, _: ItemContext) -> Draft:
    told = Notify(oid=draft.oid, name=draft.name, message=arguments.message)
    return replace(draft, also=(*draft.also, told))


_TARGETS = ("targetRef", "role")
_ROWS = (
    Action(name="add", apply=_add),
    Action(name="modify", apply=_modify, parameters=("delta",), needed=("delta",)),
    Action(name="delete", apply=_delete),
    Action(name="assign", apply=_assign, parameters=(*_TARGETS, "relation"), needed=_TARGETS),
    Action(name="unassign", apply=_unassign, parameters=(*_TARGETS, "relation"), needed=_TARGETS),
    Action(name="enable", apply=partial(_with_status, "enabled")),
    Action(name="disable", apply=partial(_with_status, "disabled")),
    Action(name="recompute", apply=_recompute),
    Action(name="resume", apply=partial(_operate, Operation.RESUME), aliases=("resumeTask",)),
    Action(name="suspend", apply=partial(_operate, Operation.SUSPEND), aliases=("suspendTask",)),
    Action(name="notify", apply=_notify, parameters=("message", "subtype")),
)
ACTIONS = {row.name: row for row in _ROWS}
#: By every name that an action goes by.
NAMED = {name: row for row in _ROWS for name in (row.name, *row.aliases)}

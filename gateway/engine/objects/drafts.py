"""What a task makes of an object: all it does to it, gathered in a draft, comes true as one change.

Pure, and the same for every activity that changes objects; knows nothing of their definitions.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gateway.engine.objects import changes as making
from gateway.engine.objects import defaults as submission
from gateway.engine.objects.item import TRIAL_MODES
from gateway.engine.objects.lockouts import problem
from gateway.engine.objects.recompute import targets
from gateway.errors import AlreadyExists, NotAllowed, NotFound, Protected, UnfitChange
from gateway.model.delta import apply_deltas
from gateway.model.destructible import INDESTRUCTIBLE, is_indestructible
from gateway.model.documents import StoredObject, orig, same
from gateway.model.effects import Add, Change, Delete, Modify, Notify, Operate
from gateway.model.principal import Right
from gateway.model.task_document import TASK_TYPE
from gateway.model.types import SCHEMA
from gateway.query import compile_query_filter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.engine.objects.item import ItemContext
    from gateway.engine.objects.object_delta import ObjectDelta
    from gateway.engine.objects.repository import Repository
    from gateway.model.documents import Document
    from gateway.model.effects import Effect

_NAMESPACE = uuid.UUID("8c1b8a52-5d4f-4c55-9a0e-0d4a3a1f6b11")
#: Items of a task that take effect in its state or another's, which only an operation or a caller may
#: change.
TASK_ITEMS = frozenset(
    item.name for item in SCHEMA["TaskType"].items.values() if item.storage.startswith("task.")
) | {"activity", "schedule", "dependent"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """An object while work is done on it."""

    oid: str
    type: str
    #: As it is stored; None: it is not, or not yet.
    before: StoredObject | None = None
    #: As it is to be; None: gone.
    items: Document | None = field(repr=False)
    #: An object that is not stored comes into being.
    is_added: bool = False
    #: Brought up to date even if nothing else changes.
    is_recomputed: bool = False
    #: Stored as it is, without what usually follows from it.
    raw: bool = False
    #: What happens beside.
    also: tuple[Operate | Notify, ...] = ()

    @property
    def name(self) -> str:
        """The object's name, or its oid if it has none any more."""
        items = self.items if self.items is not None else self.before and self.before.items
        return orig(items["name"]) if items else self.oid

    @property
    def content(self) -> Document:
        """The items; `NotFound` if the object is not there at this point."""
        if self.items is None:
            raise NotFound(f"'{self.name}' is deleted before it is changed.")
        if self.before is None and not self.is_added:
            raise NotFound(f"'{self.name}' is not stored; add it first.")
        return self.items


def draft_of(stored: StoredObject, *, raw: bool = False) -> Draft:
    """The object with nothing done to it yet."""
    return Draft(oid=stored.oid, type=stored.type, before=stored, items=stored.items, raw=raw)


def check_type(draft: Draft, type_name: str) -> None:
    """`UnfitChange` unless the object is of that type."""
    if not SCHEMA.is_subtype(draft.type, type_name):
        raise UnfitChange(
            f"The change is meant for {type_name}, but '{draft.name}' is a {draft.type}."
        )


def with_deltas(draft: Draft, delta: ObjectDelta) -> Draft:
    """The object after changes of its items; `UnfitChange` if they do not fit it."""
    check_type(draft, delta.type)
    return replace(draft, items=apply_deltas(draft.content, delta.changes))


def add_object(draft: Draft) -> Draft:
    """The object, to be stored."""
    if draft.before is not None or draft.is_added:
        raise AlreadyExists(f"An object with the oid {draft.oid} exists already.")
    return replace(draft, is_added=True)


def delete_object(draft: Draft, context: ItemContext) -> Draft:
    """The object gone; `Protected` if a task may not delete it."""
    if draft.content and draft.before is not None:
        check_deletable(draft.before, context)
    return replace(draft, items=None)


def indestructible(each: StoredObject) -> str | None:
    """Why an object cannot be deleted by anybody; None if it can."""
    return f"'{each.name}' {INDESTRUCTIBLE}." if is_indestructible(each) else None


def check_deletable(each: StoredObject, context: ItemContext) -> None:
    """`Protected` if the object has to stay."""
    reason = indestructible(each)
    if each.oid in context.protected:
        reason = f"'{each.name}' cannot be deleted by a task: it is a superuser or a built-in role."
    elif each.state is not None:
        if each.oid == context.author.task:
            reason = "A task cannot delete itself."
        elif each.state.identifier in _above(context):
            reason = f"'{each.name}' is above the task that is to delete it."
    if reason is not None:
        raise Protected(reason)


def _above(context: ItemContext) -> set[str]:
    """Identifiers of the tasks that the running task is part of; deleting one takes it along."""
    found: set[str] = set()
    task = context.repository.lookup([context.author.task or ""]).get(context.author.task or "")
    while task is not None and task.state is not None:
        parent = task.state.parent
        if parent is None or parent in found:
            break
        found.add(parent)
        task = _by_identifier(context.repository, parent)
    return found


def _by_identifier(repository: Repository, identifier: str) -> StoredObject | None:
    escaped = identifier.replace("\\", "\\\\").replace("'", "\\'")
    wanted = compile_query_filter({"text": f"taskIdentifier = '{escaped}'"}, TASK_TYPE)
    found = repository.load(repository.matching(TASK_TYPE, wanted, 0, 1))
    return found[0] if found else None


def check_change(before: StoredObject, items: Document, context: ItemContext) -> None:
    """`Protected` or `UnfitChange` if a task may not make this of the object."""
    if before.oid in context.protected:
        refused = problem(before.items, items, context.now)
        if refused is not None:
            raise Protected(
                f"'{before.name}' cannot {refused} by a task: it is a superuser or a built-in role."
            )
    if before.type == TASK_TYPE:
        for name in sorted(TASK_ITEMS):
            if before.items.get(name) != items.get(name):
                raise UnfitChange(
                    f"A task cannot change '{name}' of a task; suspend, resume or replace it.",
                    path=name,
                )


def check_raw(context: ItemContext) -> None:
    """`NotAllowed` unless the task's owner may write past the server's rules."""
    principal = context.author.principal
    if not principal.may(Right.RAW):
        raise NotAllowed(f"The task's owner '{principal.name}' has no right to {Right.RAW}.")


def effects(draft: Draft, context: ItemContext) -> Iterator[Effect]:
    """What is to become true; `context.known` holds what the new assignments lead to."""
    if draft.raw:
        check_raw(context)
    if draft.items is None:
        if draft.before is not None:
            yield Delete(before=draft.before)
    elif draft.before is None:
        if draft.is_added:
            yield _addition(draft, draft.items, context)
    else:
        yield from _modification(draft, draft.before, draft.items, context)
    # Nobody is told of a trial, and nothing can be started or stopped that is gone.
    tells, operates = context.mode not in TRIAL_MODES, draft.items is not None
    yield from (each for each in draft.also if (tells if isinstance(each, Notify) else operates))


def _addition(draft: Draft, items: Document, context: ItemContext) -> Add:
    submission.check_name(items)
    new = making.create_object(
        draft.type,
        draft.oid,
        items,
        author=context.author,
        known=context.known,
        now=context.now,
        raw=draft.raw,
    )
    return Add(new=new)


def _modification(
    draft: Draft, before: StoredObject, items: Document, context: ItemContext
) -> Iterator[Modify]:
    if not same(items, before.items):
        submission.check_name(items)
        check_change(before, items, context)
        yield Modify(before=before, change=_content(draft, before, items, context))
    elif draft.is_recomputed:
        change = _content(draft, before, items, context)
        derived = {name: value for name, value in change.items.items() if name != "metadata"}
        present = {name: value for name, value in before.items.items() if name != "metadata"}
        if derived != present:
            yield Modify(before=before, change=change)


def _content(draft: Draft, before: StoredObject, items: Document, context: ItemContext) -> Change:
    return making.content(
        before,
        items,
        author=context.author,
        known=context.known,
        now=context.now,
        raw=draft.raw,
    )


def collect_targets(drafts: Iterable[Draft]) -> set[str]:
    """Oids that the objects' assignments and inducements will point to."""
    return {oid for each in drafts if each.items is not None for oid in targets(each.items)}


def coming(drafts: Iterable[Draft]) -> dict[str, StoredObject]:
    """The objects that come into being, as others will see them."""
    return {
        each.oid: StoredObject(oid=each.oid, type=each.type, version=0, items=each.items)
        for each in drafts
        if each.is_added and each.items is not None
    }


def new_oid(type_name: str, name: str, context: ItemContext) -> str:
    """The oid of an object that this run adds; the same when the item is tried again.

    Names are unique within a type, so type and name tell apart what one run adds.
    """
    facts = (context.author.task or "", context.scope.started, type_name, name)
    return str(uuid.uuid5(_NAMESPACE, "\n".join(facts)))

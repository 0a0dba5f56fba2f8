"""Changes of single items, applied to documents: add, replace and delete values at a path.

Changes of one request that name the same path are merged first, then each path is changed once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from gateway.errors import SchemaViolation, UnfitChange
from gateway.model.containers import essential
from gateway.model.documents import identity
from gateway.model.schema import Kind
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gateway.model.documents import Document, Json
    from gateway.model.paths import ItemPath, PathStep
    from gateway.model.schema import Item

ChangeKind = Literal["add", "replace", "delete"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemDelta:
    """One change; `values` are canonical."""

    path: ItemPath
    kind: ChangeKind
    values: tuple[Json, ...]


@dataclass(slots=True)
class _Merged:
    """All changes of one path; values by their identity, so that thousands cost no more than few."""

    path: ItemPath
    replacement: dict[object, Json] | None = None
    added: dict[object, Json] = field(default_factory=dict)
    deleted: dict[object, Json] = field(default_factory=dict)

    def take(self, delta: ItemDelta) -> None:
        if delta.kind == "replace":
            self.replacement, self.added, self.deleted = {}, {}, {}
        target = self.added if self.replacement is None else self.replacement
        for value in delta.values:
            key = identity(value)
            if delta.kind != "delete":
                if self.deleted.pop(key, None) is None:
                    target.setdefault(key, value)
            elif target.pop(key, None) is None and self.replacement is None:
                self.deleted[key] = value

    @property
    def wanted(self) -> list[Json]:
        """The values that are to be there, beside or instead of the present ones."""
        return list((self.added if self.replacement is None else self.replacement).values())


class _Values:
    """Values of an item, found by content, and by id where both have one."""

    def __init__(self, item: Item, values: Iterable[Json] = ()) -> None:
        self._item = item
        self._ids_of: dict[object, set[int | None]] = {}
        self._content_of: dict[int, object] = {}
        for value in values:
            self.add(value)

    def add(self, value: Json) -> None:
        """Take the value in; one id cannot stand for two contents."""
        content, number = self._key(value), self._number(value)
        if number is not None and self._content_of.setdefault(number, content) != content:
            raise SchemaViolation(f"Two values have the id {number}.")
        self._ids_of.setdefault(content, set()).add(number)

    def __contains__(self, value: Json) -> bool:
        ids, number = self._ids_of.get(self._key(value), set()), self._number(value)
        return bool(ids) and (number is None or None in ids or number in ids)

    def _key(self, value: Json) -> object:
        is_container = self._item.kind is Kind.CONTAINER
        return identity(essential(value, self._item.type, SCHEMA) if is_container else value)

    def _number(self, value: Json) -> int | None:
        return value.get("id") if self._item.kind is Kind.CONTAINER else None


def apply_deltas(items: Document, deltas: Sequence[ItemDelta]) -> Document:
    """The items after all the changes; `items` itself stays as it is."""
    merged: dict[str, _Merged] = {}
    for delta in deltas:
        merged.setdefault(str(delta.path), _Merged(delta.path)).take(delta)
    for change in merged.values():
        items = _change(items, change.path.steps, change)
    return items


def _change(items: Document, steps: Sequence[PathStep], change: _Merged) -> Document:
    step, rest = steps[0], steps[1:]
    if not rest:
        return _with(items, step.item.name, _values(items, step, change))
    present = items.get(step.item.name)
    if not step.item.many:
        inner = _change(present or {}, rest, change)
        return _with(items, step.item.name, inner or None)
    if step.id is None:
        raise SchemaViolation(
            f"'{step.item.name}' has several values; say which one: {step.item.name}[id]/...",
            path=str(change.path),
        )
    before = present or []
    values = [
        _change(value, rest, change) if value.get("id") == step.id else value for value in before
    ]
    # A value that has lost its last item is gone; its id alone is no content.
    kept = [value for value in values if value.keys() - {"id"} or value in before]
    return _with(items, step.item.name, kept)


def _with(items: Document, name: str, value: Json) -> Document:
    """The items with one replaced, or removed if it has no value left."""
    if value in (None, []):
        return {key: kept for key, kept in items.items() if key != name}
    return {**items, name: value}


def _values(items: Document, step: PathStep, change: _Merged) -> Json:
    item = step.item
    if step.id is not None:
        raise SchemaViolation(
            f"A change must point to an item, but '{change.path}' points to one value; "
            f"name the item ('{item.name}') and give the value.",
            path=str(change.path),
        )
    is_deleted = _deleter(change, item)
    if not item.many:
        return _single(items.get(item.name), change, is_deleted)
    if change.replacement is not None:
        return _unique(change.wanted, item)
    kept = [value for value in items.get(item.name, ()) if not is_deleted(value)]
    return _unique([*kept, *change.wanted], item)


def _single(present: Json, change: _Merged, is_deleted: Callable[[Json], bool]) -> Json:
    wanted = change.wanted
    if len(wanted) > 1:
        raise UnfitChange(
            f"'{change.path}' holds one value, but {len(wanted)} were given.", path=str(change.path)
        )
    if wanted:
        return wanted[0]
    if change.replacement is not None or present is None or is_deleted(present):
        return None
    return present


def _deleter(change: _Merged, item: Item) -> Callable[[Json], bool]:
    """Whether a value is one to delete: by id if only that is given, else by content."""
    given = change.deleted.values()
    if item.kind is not Kind.CONTAINER:
        contents = _Values(item, given)
        return lambda value: value in contents
    numbers = {value["id"] for value in given if set(value) == {"id"}}
    contents = _Values(item, (value for value in given if set(value) != {"id"}))
    return lambda value: value.get("id") in numbers or value in contents


def _unique(values: Iterable[Json], item: Item) -> list[Json]:
    """The values without repetitions; containers are equal in content, and in id if both have one."""
    seen, kept = _Values(item), []
    for value in values:
        if value not in seen:
            kept.append(value)
        seen.add(value)
    return kept

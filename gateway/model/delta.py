"""Changes of single items, applied to documents: add, replace and delete values at a path.

Changes of one request that name the same path are merged first, then each path is changed once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from gateway.errors import SchemaViolation
from gateway.model.containers import essential
from gateway.model.schema import Kind
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
    """All changes of one path."""

    path: ItemPath
    replacement: list[Json] | None = None
    added: list[Json] = field(default_factory=list)
    deleted: list[Json] = field(default_factory=list)

    def take(self, delta: ItemDelta) -> None:
        if delta.kind == "replace":
            self.replacement, self.added, self.deleted = list(delta.values), [], []
        elif delta.kind == "add":
            self._add(delta.values)
        else:
            self._delete(delta.values)

    def _add(self, values: Iterable[Json]) -> None:
        target = self.added if self.replacement is None else self.replacement
        for value in values:
            if value in self.deleted:
                self.deleted.remove(value)
            elif value not in target:
                target.append(value)

    def _delete(self, values: Iterable[Json]) -> None:
        target = self.added if self.replacement is None else self.replacement
        for value in values:
            if value in target:
                target.remove(value)
            elif self.replacement is None:
                self.deleted.append(value)


def apply_deltas(items: Document, deltas: Sequence[ItemDelta]) -> Document:
    """The items after all the changes; `items` itself stays as it is."""
    merged: dict[str, _Merged] = {}
    for delta in deltas:
        merged.setdefault(str(delta.path), _Merged(delta.path)).take(delta)
    for change in merged.values():
        items = _changed(items, change.path.steps, change)
    return items


def _changed(items: Document, steps: Sequence[PathStep], change: _Merged) -> Document:
    step, rest = steps[0], steps[1:]
    if not rest:
        return _with(items, step.item.name, _values(items, step, change))
    present = items.get(step.item.name)
    if not step.item.many:
        inner = _changed(present or {}, rest, change)
        return _with(items, step.item.name, inner or None)
    if step.id is None:
        raise SchemaViolation(
            f"'{step.item.name}' has several values; say which one: {step.item.name}[id]/...",
            path=str(change.path),
        )
    return _with(
        items,
        step.item.name,
        [
            _changed(value, rest, change) if value.get("id") == step.id else value
            for value in present or []
        ],
    )


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
    if not item.many:
        return _single(items.get(item.name), change)
    if change.replacement is not None:
        return _unique(change.replacement, item)
    present = list(items.get(item.name, ()))
    kept = [v for v in present if not any(_matches(d, v, item) for d in change.deleted)]
    return _unique([*kept, *change.added], item)


def _single(present: Json, change: _Merged) -> Json:
    wanted = change.added if change.replacement is None else change.replacement
    if len(wanted) > 1:
        raise SchemaViolation(
            f"'{change.path}' holds one value, but {len(wanted)} were given.", path=str(change.path)
        )
    if wanted:
        return wanted[0]
    if change.replacement is not None or present in change.deleted:
        return None
    return present


def _matches(deleted: Json, value: Json, item: Item) -> bool:
    """Whether the value is the one to delete: by id if only that is given, else by content."""
    if item.kind is not Kind.CONTAINER:
        return bool(deleted == value)
    if set(deleted) == {"id"}:
        return bool(deleted["id"] == value.get("id"))
    same_id = "id" not in deleted or "id" not in value or deleted["id"] == value["id"]
    return same_id and _content(deleted, item) == _content(value, item)


def _unique(values: Sequence[Json], item: Item) -> list[Json]:
    """The values without repetitions; containers are equal in content, and in id if both have one."""
    if item.kind is not Kind.CONTAINER:
        return list({_hashable(value): value for value in values}.values())
    kept: list[Json] = []
    for value in values:
        _no_second_id(kept, value, item)
        if not any(_matches(value, other, item) for other in kept):
            kept.append(value)
    return kept


def _hashable(value: Json) -> object:
    """A key that equal values share."""
    if isinstance(value, dict):
        return frozenset((name, _hashable(inner)) for name, inner in value.items())
    if isinstance(value, list):
        return tuple(map(_hashable, value))
    return type(value), value


def _no_second_id(kept: Sequence[Document], value: Document, item: Item) -> None:
    number = value.get("id")
    for other in kept:
        if (
            number is not None
            and other.get("id") == number
            and _content(other, item) != _content(value, item)
        ):
            raise SchemaViolation(f"Two values have the id {number}.")


def _content(value: Document, item: Item) -> Document:
    return essential(value, item.type, SCHEMA)

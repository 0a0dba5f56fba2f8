"""A worker's view of the SQLite file: read-only, synchronous. See `gateway.engine.objects.repository`."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import orjson

from gateway.model.effects import Modify
from gateway.model.paging import Page
from gateway.model.slices import Changes
from gateway.model.task_document import TASK_TYPE
from gateway.store.search import Search
from gateway.store.sqlite import reading
from gateway.store.sqlite.rows import (
    assignment_rows,
    document_text,
    layout,
    make_columns,
    reference_rows,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from gateway.model.documents import Document, Json, StoredObject
    from gateway.model.effects import Change, Effect
    from gateway.query import CompiledFilter


class SqliteRepository:
    """Reads through a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._connection = reading.connect_readonly(path)

    def matching(
        self, type_name: str, compiled: CompiledFilter | None, after: int, limit: int
    ) -> list[int]:
        """Row numbers of matching objects behind `after`, ascending."""
        return reading.matching_seqs(self._connection, type_name, compiled, after, limit)

    def count(self, type_name: str, compiled: CompiledFilter | None) -> int:
        """How many objects match."""
        wanted = Search(type=type_name, filter=compiled, page=Page(size=0), count=True)
        return reading.search(self._connection, wanted, 0).total or 0

    def load(self, seqs: Sequence[int]) -> list[StoredObject]:
        """The existing ones of these objects, ascending; tasks with their state."""
        found = reading.bare_by_seq(self._connection, seqs)
        return self._with_states(found)

    def lookup(self, oids: Collection[str]) -> dict[str, StoredObject]:
        """The existing ones of these objects, by oid; tasks with their state."""
        found = reading.bare_by_oid(self._connection, oids)
        return {each.oid: each for each in self._with_states(found)}

    def _with_states(self, found: list[StoredObject]) -> list[StoredObject]:
        tasks = [each.oid for each in found if each.type == TASK_TYPE]
        if not tasks:
            return found
        whole = reading.with_states(self._connection, tasks)
        return [whole.get(each.oid, each) for each in found]

    def encode(self, effects: Iterable[Effect]) -> tuple[Changes, list[Effect]]:
        """Plain changes for the statements that commit them, and all other effects."""
        return encode_effects(effects)


@dataclass(slots=True)
class _Rows:
    """The rows of many changes, by where they go."""

    changes: list[Any] = field(default_factory=list)
    old_references: list[Any] = field(default_factory=list)
    references: list[Any] = field(default_factory=list)
    old_assignments: list[Any] = field(default_factory=list)
    assignments: list[Any] = field(default_factory=list)
    recorded: list[int] = field(default_factory=list)
    outcomes: list[Any] = field(default_factory=list)

    def take(self, before: StoredObject, change: Change) -> None:
        """Add what a change comes to; rows that stay what they are are left out."""
        items, seq, where = change.items, before.seq, layout(before.type)
        text = document_text(before.type, items).decode()
        self.changes.append((seq, before.version, change.next_id, text))
        if any(before.items.get(path) != items.get(path) for path in where.references):
            rows = [reference_rows(before.type, each) for each in (before.items, items)]
            _differ(seq, rows, self.old_references, self.references)
        if not all(same_targets(before.items, items, path) for path in where.assignments):
            rows = [assignment_rows(before.type, each) for each in (before.items, items)]
            _differ(seq, rows, self.old_assignments, self.assignments)
        if change.outcome is not None:
            self.recorded.append(seq)
            self.outcomes.append((seq, *make_columns(change.outcome).values()))

    def encode(self) -> Changes:
        """The rows as texts."""
        return Changes(
            **{each.name: orjson.dumps(getattr(self, each.name)) for each in fields(self)}
        )


def _differ(seq: int, rows: list[list[list[Json]]], old: list[Any], new: list[Any]) -> None:
    """Of the rows before and after: what is gone goes to `old`, and what has come to `new`."""
    before, after = rows
    unchanged = set(map(tuple, before)) & set(map(tuple, after)) if before else set()
    old += [(seq, *row[:2]) for row in before if tuple(row) not in unchanged]
    new += [(seq, *row) for row in after if tuple(row) not in unchanged]


def encode_effects(effects: Iterable[Effect]) -> tuple[Changes, list[Effect]]:
    """Plain changes as rows; whatever changes more stays an effect."""
    rows, others = _Rows(), []
    for effect in effects:
        if isinstance(effect, Modify) and is_plain(effect):
            rows.take(effect.before, effect.change)
        else:
            others.append(effect)
    return rows.encode(), others


def is_plain(effect: Modify) -> bool:
    """Whether the object keeps its name, and is no task: nothing can refuse the change then."""
    before, change = effect.before, effect.change
    return (
        change.state is before.state
        and change.items["name"] == before.items["name"]
        and not layout(before.type).state
    )


def same_targets(before: Document, after: Document, path: str) -> bool:
    """Whether the assignments or inducements at the path point to the same in the same order."""
    old, new = before.get(path, ()), after.get(path, ())
    return old == new or (
        len(old) == len(new)
        and all(
            left.get("id") == right.get("id") and left.get("targetRef") == right.get("targetRef")
            for left, right in zip(old, new, strict=True)
        )
    )

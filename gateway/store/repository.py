"""A worker's view of the SQLite file: read-only, synchronous. See `gateway.engine.repository`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from gateway.model.effects import Modify
from gateway.model.paging import Page
from gateway.model.run import Changes
from gateway.store import reading
from gateway.store.base import Search
from gateway.store.rows import document_text, layout, reference_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from gateway.model.documents import Document, StoredObject
    from gateway.model.effects import Effect
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
        tasks = [each.oid for each in found if each.type == reading.TASK_TYPE]
        if not tasks:
            return found
        whole = reading.with_states(self._connection, tasks)
        return [whole.get(each.oid, each) for each in found]

    def encode(self, effects: Iterable[Effect]) -> tuple[Changes, list[Effect]]:
        """Plain changes for the statements that commit them, and all other effects."""
        return encoded(effects)


def encoded(effects: Iterable[Effect]) -> tuple[Changes, list[Effect]]:
    """Documents, and references where they differ; whatever changes more stays an effect."""
    documents, moved, references, others = [], [], [], []
    for effect in effects:
        if not isinstance(effect, Modify) or not is_plain(effect):
            others.append(effect)
            continue
        before, items = effect.before, effect.change.items
        text = document_text(before.type, items).decode()
        documents.append((before.seq, before.version, text))
        if any(before.items.get(p) != items.get(p) for p in layout(before.type).references):
            moved.append(before.seq)
            references += [(before.seq, *row) for row in reference_rows(before.type, items)]
    changes = Changes(
        changes=orjson.dumps(documents),
        moved=orjson.dumps(moved),
        references=orjson.dumps(references),
    )
    return changes, others


def is_plain(effect: Modify) -> bool:
    """Whether nothing but the document and its references changes."""
    before, change = effect.before, effect.change
    where = layout(before.type)
    return (
        change.outcome is None
        and change.state is before.state
        and change.next_id == before.next_id
        and change.items["name"] == before.items["name"]
        and not where.state
        and all(
            before.items.get(path) == change.items.get(path)
            or same_targets(before.items, change.items, path)
            for path in where.assignments
        )
    )


def same_targets(before: Document, after: Document, path: str) -> bool:
    """Whether the assignments or inducements at the path point to the same in the same order."""
    old, new = before.get(path, ()), after.get(path, ())
    return len(old) == len(new) and all(
        left.get("id") == right.get("id") and left.get("targetRef") == right.get("targetRef")
        for left, right in zip(old, new, strict=True)
    )

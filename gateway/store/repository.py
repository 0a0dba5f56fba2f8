"""A worker's view of the SQLite file: read-only, synchronous. See `gateway.engine.repository`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from gateway.model.run import Changes
from gateway.store import reading
from gateway.store.rows import document_text, layout, reference_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from gateway.model.documents import Document, StoredObject
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

    def load(self, seqs: Sequence[int]) -> list[StoredObject]:
        """The existing ones of these objects, ascending."""
        return reading.bare_by_seq(self._connection, seqs)

    def lookup(self, oids: Collection[str]) -> dict[str, StoredObject]:
        """The existing ones of these objects, by oid."""
        return {each.oid: each for each in reading.bare_by_oid(self._connection, oids)}

    def encode_changes(self, changes: Iterable[tuple[StoredObject, Document]]) -> Changes:
        """Changed objects for the statements that commit them."""
        return encoded(changes)


def encoded(changes: Iterable[tuple[StoredObject, Document]]) -> Changes:
    """Documents, and references where they differ."""
    documents, moved, references = [], [], []
    for before, items in changes:
        text = document_text(before.type, items).decode()
        documents.append((before.seq, before.version, text))
        if any(before.items.get(p) != items.get(p) for p in layout(before.type).references):
            moved.append(before.seq)
            references += [(before.seq, *row) for row in reference_rows(before.type, items)]
    return Changes(
        changes=orjson.dumps(documents),
        moved=orjson.dumps(moved),
        references=orjson.dumps(references),
    )

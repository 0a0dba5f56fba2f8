"""What a worker may ask of the store: synchronous, read-only, in the worker's own process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from gateway.model.documents import Document, StoredObject
    from gateway.model.run import Changes
    from gateway.query import CompiledFilter


class Repository(Protocol):
    """Objects as a worker sees them."""

    def matching(
        self, type_name: str, compiled: CompiledFilter | None, after: int, limit: int
    ) -> list[int]:
        """Row numbers of matching objects behind `after`, ascending."""
        ...

    def load(self, seqs: Sequence[int]) -> list[StoredObject]:
        """The existing ones of these objects, ascending."""
        ...

    def lookup(self, oids: Collection[str]) -> dict[str, StoredObject]:
        """The existing ones of these objects, by oid."""
        ...

    def encode_changes(self, changes: Iterable[tuple[StoredObject, Document]]) -> Changes:
        """Changed objects in the form that the store commits."""
        ...

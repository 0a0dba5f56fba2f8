"""What a worker may ask of the store: synchronous, read-only, in the worker's own process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from gateway.model.documents import StoredObject
    from gateway.model.effects import Effect
    from gateway.model.slices import Changes
    from gateway.query import CompiledFilter


class Repository(Protocol):
    """Objects as a worker sees them."""

    def matching(
        self, type_name: str, compiled: CompiledFilter | None, after: int, limit: int
    ) -> list[int]:
        """Row numbers of matching objects behind `after`, ascending."""
        ...

    def count(self, type_name: str, compiled: CompiledFilter | None) -> int:
        """How many objects match."""
        ...

    def load(self, seqs: Sequence[int]) -> list[StoredObject]:
        """The existing ones of these objects, ascending; tasks with their state."""
        ...

    def lookup(self, oids: Collection[str]) -> dict[str, StoredObject]:
        """The existing ones of these objects, by oid; tasks with their state."""
        ...

    def encode(self, effects: Iterable[Effect]) -> tuple[Changes, list[Effect]]:
        """Plain changes in the form that the store commits together, and all other effects."""
        ...

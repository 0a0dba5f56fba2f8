"""What assignments lead to: roles and archetypes, kept at hand because they are assigned so often."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from gateway.engine.objects.recompute import targets
from gateway.store.cache import ObjectCache

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from gateway.model.documents import Document, StoredObject
    from gateway.store.base import Store

    #: Targets by oid, None for those that do not exist.
    Given = Mapping[str, StoredObject | None]

T = TypeVar("T")
#: Objects that are kept at hand.
TARGET_CACHE_SIZE = 1_000


class UnknownTargets(Exception):
    """Targets that are not at hand."""

    def __init__(self, oids: frozenset[str]) -> None:
        super().__init__()
        self.oids = oids


class Targets:
    """The targets of objects' assignments and, transitively, of their inducements."""

    def __init__(self, store: Store) -> None:
        self._cache: ObjectCache[StoredObject] = ObjectCache(
            store, lambda stored: stored, lambda _: 1, TARGET_CACHE_SIZE
        )

    async def read(self, oids: Iterable[str]) -> dict[str, StoredObject | None]:
        """The objects of these oids, None for those that do not exist."""
        wanted = sorted(oids)
        found = await self._cache.get_many(wanted)
        return {oid: found.get(oid) for oid in wanted}

    async def find_known(self, items: Document) -> dict[str, StoredObject]:
        """Everything that the object's assignments lead to."""

        async def look(given: Given) -> dict[str, StoredObject]:
            return self.at_hand(items, given)

        return await self.supply(look)

    async def supply(self, attempt: Callable[[Given], Awaitable[T]]) -> T:
        """What comes of an attempt; it is made again with the targets that it found unknown."""
        given: dict[str, StoredObject | None] = {}
        while True:
            try:
                return await attempt(given)
            except UnknownTargets as unknown:
                given |= await self.read(unknown.oids)

    def at_hand(self, items: Document, given: Given) -> dict[str, StoredObject]:
        """The same without waiting; `UnknownTargets` if some are neither given nor at hand."""
        known: dict[str, StoredObject] = {}
        wanted, asked = targets(items), set[str]()
        while wanted:
            found = {oid: given.get(oid) or self._cache.kept(oid) for oid in wanted}
            missing = frozenset(o for o, each in found.items() if each is None and o not in given)
            if missing:
                raise UnknownTargets(missing)
            present = [each for each in found.values() if each is not None]
            known |= {each.oid: each for each in present}
            asked |= wanted
            wanted = {oid for each in present for oid in targets(each.items)} - asked
        return known

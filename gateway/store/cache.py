"""A bounded cache over the store: a commit drops what follows from what it has changed.

What was looked up while a change came in is handed out once and not kept, so nothing stale stays.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping, Sequence

    from gateway.model.documents import StoredObject
    from gateway.store.base import Store

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")
#: Characters of objects that are not worked on where all else waits.
LARGE = 256 * 1024


class InvalidatingCache(Generic[K, V]):
    """What was found, by key; what was found longest ago goes first.

    Args:
        store: what tells of commits.
        capacity: how much is kept, in what `weigh` counts.
        weigh: the weight of a value; 1 by default.
        key_of: the key that an oid has, so that its change drops it.
        sources: oids of all else that a value follows from.
        is_current: whether a value still counts although no commit has touched it.
    """

    def __init__(
        self,
        store: Store,
        capacity: int,
        *,
        weigh: Callable[[V], int] = lambda _: 1,
        key_of: Callable[[str], Any] = str,
        sources: Callable[[V], Collection[str]] = lambda _: (),
        is_current: Callable[[V], bool] | None = None,
    ) -> None:
        self._weigh = weigh
        self._key_of = key_of
        self._sources = sources
        self._is_current = is_current
        self._capacity = capacity
        self._weight = 0
        self._kept: OrderedDict[K, V] = OrderedDict()
        #: By oid, the keys of values that follow from it.
        self._dependents: dict[str, set[K]] = {}
        #: For each look-up under way, the oids that changed meanwhile.
        self._lookups: list[set[str]] = []
        store.subscribe(self._drop)

    def find_kept(self, key: K) -> V | None:
        """The value if it is at hand."""
        found = self._kept.get(key)
        if found is None or self._is_current is None or self._is_current(found):
            return found
        self._forget(key)
        return None

    async def get(self, key: K, find: Callable[[], Awaitable[V | None]]) -> V | None:
        """The value, found now if it is not at hand; None if there is none."""
        kept = self.find_kept(key)
        if kept is not None:
            return kept

        async def find_one(_: Sequence[K]) -> Mapping[K, V]:
            found = await find()
            return {} if found is None else {key: found}

        return (await self._look_up([key], find_one)).get(key)

    async def get_many(
        self, keys: Sequence[K], find: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]
    ) -> dict[K, V]:
        """The values of those keys that have one."""
        found = {key: kept for key in keys if (kept := self.find_kept(key)) is not None}
        missing = [key for key in keys if key not in found]
        return found | await self._look_up(missing, find) if missing else found

    async def _look_up(
        self, keys: Sequence[K], find: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]
    ) -> dict[K, V]:
        changed: set[str] = set()
        self._lookups.append(changed)
        try:
            found = dict(await find(keys))
        finally:
            # By identity: the sets of two look-ups may be equal.
            self._lookups = [each for each in self._lookups if each is not changed]
        gone = {self._key_of(oid) for oid in changed}
        for key, value in found.items():
            if key not in gone and changed.isdisjoint(self._sources(value)):
                self._keep(key, value)
        return found

    def _keep(self, key: K, value: V) -> None:
        self._forget(key)
        self._kept[key] = value
        self._weight += self._weigh(value)
        for oid in self._sources(value):
            self._dependents.setdefault(oid, set()).add(key)
        while self._weight > self._capacity:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: K) -> None:
        gone = self._kept.pop(key, None)
        if gone is None:
            return
        self._weight -= self._weigh(gone)
        for oid in self._sources(gone):
            dependents = self._dependents[oid]
            dependents.discard(key)
            if not dependents:
                del self._dependents[oid]

    def _drop(self, oids: Collection[str]) -> None:
        for oid in oids:
            self._forget(self._key_of(oid))
            for key in tuple(self._dependents.get(oid, ())):
                self._forget(key)
        for changed in self._lookups:
            changed.update(oids)


class ObjectCache(Generic[V]):
    """What `make` makes of objects, by oid."""

    def __init__(
        self,
        store: Store,
        make: Callable[[StoredObject], V],
        weigh: Callable[[V], int],
        capacity: int,
    ) -> None:
        self._store = store
        self._make = make
        self._cache: InvalidatingCache[str, V] = InvalidatingCache(store, capacity, weigh=weigh)
        #: The value if it is at hand.
        self.kept = self._cache.find_kept

    async def get_many(self, oids: Sequence[str]) -> dict[str, V]:
        """The values of those objects that exist."""
        return await self._cache.get_many(oids, self._load)

    async def _load(self, oids: Sequence[str]) -> dict[str, V]:
        stored = await self._store.get_many(oids)

        def make() -> dict[str, V]:
            return {oid: self._make(each) for oid, each in stored.items()}

        is_large = sum(each.size for each in stored.values()) > LARGE
        return await asyncio.to_thread(make) if is_large else make()

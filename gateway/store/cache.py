"""A bounded cache over the store, written through: a commit drops what it has changed.

What was loaded while a change came in is handed out once and not kept, so nothing stale stays.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from gateway.model.documents import StoredObject
    from gateway.store.base import Store

V = TypeVar("V")
#: Characters of objects that are not worked on where all else waits.
LARGE = 256 * 1024


class Kept(Generic[V]):
    """What `load` gives by key, least recently loaded ones go first; a changed oid drops its `key`."""

    def __init__(
        self,
        store: Store,
        load: Callable[[Sequence[str]], Awaitable[dict[str, V]]],
        weigh: Callable[[V], int],
        capacity: int,
        *,
        key: Callable[[str], str] = str,
    ) -> None:
        self._load_many = load
        self._key = key
        self._weigh = weigh
        self._capacity = capacity
        self._weight = 0
        self._kept: OrderedDict[str, V] = OrderedDict()
        #: For each load under way, the oids that changed meanwhile.
        self._loads: list[set[str]] = []
        store.subscribe(self._drop)

    def kept(self, key: str) -> V | None:
        """The value if it is at hand."""
        return self._kept.get(key)

    async def get_many(self, keys: Sequence[str]) -> dict[str, V]:
        """The values of those keys that exist."""
        found = {key: kept for key in keys if (kept := self._kept.get(key)) is not None}
        missing = [key for key in keys if key not in found]
        return found | await self._load(missing) if missing else found

    async def _load(self, keys: Sequence[str]) -> dict[str, V]:
        changed: set[str] = set()
        self._loads.append(changed)
        try:
            loaded = await self._load_many(keys)
        finally:
            # By identity: the sets of two loads may be equal.
            self._loads = [each for each in self._loads if each is not changed]
        for key, value in loaded.items():
            if key not in changed:
                self._keep(key, value)
        return loaded

    def _keep(self, key: str, value: V) -> None:
        self._forget(key)
        self._kept[key] = value
        self._weight += self._weigh(value)
        while self._weight > self._capacity:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: str) -> None:
        gone = self._kept.pop(key, None)
        if gone is not None:
            self._weight -= self._weigh(gone)

    def _drop(self, oids: Collection[str]) -> None:
        keys = [self._key(oid) for oid in oids]
        for key in keys:
            self._forget(key)
        for load in self._loads:
            load.update(keys)


class WriteThrough(Kept[V]):
    """What `make` makes of objects, by oid."""

    def __init__(
        self,
        store: Store,
        make: Callable[[StoredObject], V],
        weigh: Callable[[V], int],
        capacity: int,
    ) -> None:
        async def load(oids: Sequence[str]) -> dict[str, V]:
            stored = await store.get_many(oids)

            def made() -> dict[str, V]:
                return {oid: make(each) for oid, each in stored.items()}

            is_large = sum(each.size for each in stored.values()) > LARGE
            return await asyncio.to_thread(made) if is_large else made()

        super().__init__(store, load, weigh, capacity)

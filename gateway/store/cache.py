"""A bounded cache over the store, written through: a commit drops what it has changed.

What was loaded while a change came in is handed out once and not kept, so nothing stale stays.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from gateway.model.documents import StoredObject
    from gateway.store.base import Store

V = TypeVar("V")


class WriteThrough(Generic[V]):
    """What `make` makes of objects, by oid, least recently made ones go first."""

    def __init__(
        self,
        store: Store,
        make: Callable[[StoredObject], V],
        weigh: Callable[[V], int],
        capacity: int,
    ) -> None:
        self._store = store
        self._make = make
        self._weigh = weigh
        self._capacity = capacity
        self._weight = 0
        self._kept: OrderedDict[str, V] = OrderedDict()
        #: For each load under way, the oids that changed meanwhile.
        self._loads: list[set[str]] = []
        store.subscribe(self._drop)

    def kept(self, oid: str) -> V | None:
        """The value if it is at hand."""
        return self._kept.get(oid)

    async def get_many(self, oids: Sequence[str]) -> dict[str, V]:
        """The values of those objects that exist."""
        found = {oid: kept for oid in oids if (kept := self._kept.get(oid)) is not None}
        missing = [oid for oid in oids if oid not in found]
        return found | await self._load(missing) if missing else found

    async def _load(self, oids: Sequence[str]) -> dict[str, V]:
        changed: set[str] = set()
        self._loads.append(changed)
        try:
            stored = await self._store.get_many(oids)
        finally:
            # By identity: the sets of two loads may be equal.
            self._loads = [each for each in self._loads if each is not changed]
        made = {oid: self._make(each) for oid, each in stored.items()}
        for oid, value in made.items():
            if oid not in changed:
                self._keep(oid, value)
        return made

    def _keep(self, oid: str, value: V) -> None:
        self._forget(oid)
        self._kept[oid] = value
        self._weight += self._weigh(value)
        while self._weight > self._capacity:
            self._forget(next(iter(self._kept)))

    def _forget(self, oid: str) -> None:
        gone = self._kept.pop(oid, None)
        if gone is not None:
            self._weight -= self._weigh(gone)

    def _drop(self, oids: Collection[str]) -> None:
        for oid in oids:
            self._forget(oid)
        for load in self._loads:
            load.update(oids)

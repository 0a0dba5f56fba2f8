"""Ready-made JSON of objects: what GET and search send, kept until the object changes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import orjson

from gateway.dialects.midpoint.views.task import find_stall_time, run_items, stalls_at
from gateway.dialects.midpoint.wire.write import items_of
from gateway.engine.rights.entry import reads_whatever
from gateway.http.validators import etag_of
from gateway.store.cache import ObjectCache

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.clock import Clock
    from gateway.model.documents import Document, StoredObject
    from gateway.model.principal import Principal
    from gateway.store.base import Store

#: What an entry costs beside its bytes, roughly.
OVERHEAD = 300


def view(stored: StoredObject, now: float) -> Document:
    """The object at `now`, in epoch seconds, as a wire value without its root element."""
    items = items_of(stored.type, stored.items)
    if stored.state is not None:
        items |= run_items(stored, find_stall_time(stored, now))
    return {"oid": stored.oid, "version": str(stored.version), **items}


@dataclass(frozen=True, slots=True)
class Representation:
    """One object's JSON."""

    type: str
    #: The members, without the braces around them; every form is made from these.
    members: bytes
    #: A validator of the content, whatever its form.
    etag: bytes
    #: When it says too little, in epoch seconds: a running task has made no progress until then.
    stale: float = math.inf
    #: The groups that it is limited to; none: it is for everybody.
    groups: frozenset[str] = frozenset()

    @classmethod
    def of(cls, stored: StoredObject, now: float = -math.inf) -> Representation:
        """Made from the stored object at `now`, in epoch seconds."""
        made = cls.from_view(stored.type, view(stored, now))
        stalls = stalls_at(stored)
        groups = stored.state.groups if stored.state is not None else frozenset[str]()
        if not groups and (stalls is None or stalls <= now):
            return made
        stale = math.inf if stalls is None or stalls <= now else stalls
        return cls(made.type, made.members, made.etag, stale, groups)

    @classmethod
    def from_view(cls, type_name: str, value: Document) -> Representation:
        """Made from a wire value."""
        members = orjson.dumps(value)[1:-1]
        return cls(type_name, members, etag_of(members))

    def is_for(self, principal: Principal) -> bool:
        """Whether the principal may look at it, whatever it holds."""
        return reads_whatever(principal, self.type, self.groups)


class Library(Protocol):
    """Where it is known who may look at what; the engine."""

    async def get_many(self, oids: Sequence[str], principal: Principal) -> dict[str, StoredObject]:
        """Those of the objects that exist and that the caller may look at, by oid."""
        ...


class Representations:
    """Representations of objects, at hand until the object changes."""

    def __init__(self, store: Store, library: Library, capacity: int, clock: Clock) -> None:
        self._library = library
        self._cache = ObjectCache(store, Representation.of, _weigh, capacity)
        self._store = store
        self._clock = clock

    def find_kept(self, oid: str) -> Representation | None:
        """The representation if it is at hand, and still right; see there whom it is for."""
        found = self._cache.kept(oid)
        return None if found is None or self._is_stale(found) else found

    def _is_stale(self, found: Representation) -> bool:
        return found.stale is not math.inf and found.stale <= self._clock.now()

    async def get_many(self, oids: Sequence[str], principal: Principal) -> list[Representation]:
        """The representations of those objects that the caller may look at, in order."""
        found = await self._find(oids)
        doubtful = {oid for oid, each in found.items() if not each.is_for(principal)}
        if doubtful:
            doubtful -= (await self._library.get_many(list(doubtful), principal)).keys()
            found = {oid: each for oid, each in found.items() if oid not in doubtful}
        return [found[oid] for oid in oids if oid in found]

    async def _find(self, oids: Sequence[str]) -> dict[str, Representation]:
        found = await self._cache.get_many(oids)
        stale = [oid for oid, each in found.items() if self._is_stale(each)]
        if stale:
            now, stored = self._clock.now(), await self._store.get_many(stale)
            found = found | {oid: Representation.of(each, now) for oid, each in stored.items()}
        return found


def _weigh(representation: Representation) -> int:
    return len(representation.members) + OVERHEAD

"""Ready-made JSON of objects: what GET and search send, kept until the object changes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import orjson

from gateway.dialects.midpoint.task_view import run_items, stalled_since, stalls_at
from gateway.dialects.midpoint.write import items_of
from gateway.store.cache import WriteThrough

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.clock import Clock
    from gateway.model.documents import Document, StoredObject
    from gateway.store.base import Store

#: What an entry costs beside its bytes, roughly.
OVERHEAD = 300


def view(stored: StoredObject, now: float) -> Document:
    """The object at `now`, in epoch seconds, as a wire value without its root element."""
    items = items_of(stored.type, stored.items)
    if stored.state is not None:
        items |= run_items(stored, stalled_since(stored, now))
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

    @classmethod
    def of(cls, stored: StoredObject, now: float = -math.inf) -> Representation:
        """Made from the stored object at `now`, in epoch seconds."""
        made = cls.from_view(stored.type, view(stored, now))
        stalls = stalls_at(stored)
        if stalls is None or stalls <= now:
            return made
        return cls(made.type, made.members, made.etag, stalls)

    @classmethod
    def from_view(cls, type_name: str, value: Document) -> Representation:
        """Made from a wire value."""
        members = orjson.dumps(value)[1:-1]
        return cls(type_name, members, etag_of(members))


def etag_of(content: bytes) -> bytes:
    """A weak validator of a representation: it changes with version, run state and form."""
    return b'W/"%s"' % blake2b(content, digest_size=12).hexdigest().encode()


class Representations:
    """Representations of objects, at hand until the object changes."""

    def __init__(self, store: Store, capacity: int, clock: Clock) -> None:
        self._cache = WriteThrough(store, Representation.of, _weight, capacity)
        self._store = store
        self._clock = clock

    def kept(self, oid: str) -> Representation | None:
        """The representation if it is at hand, and still right."""
        found = self._cache.kept(oid)
        return None if found is None or self._is_stale(found) else found

    def _is_stale(self, found: Representation) -> bool:
        return found.stale is not math.inf and found.stale <= self._clock.now()

    async def get_many(self, oids: Sequence[str]) -> list[Representation]:
        """The representations of those objects that exist, in order."""
        found = await self._cache.get_many(oids)
        stale = [oid for oid, each in found.items() if self._is_stale(each)]
        if stale:
            now, stored = self._clock.now(), await self._store.get_many(stale)
            found = found | {oid: Representation.of(each, now) for oid, each in stored.items()}
        return [found[oid] for oid in oids if oid in found]


def _weight(representation: Representation) -> int:
    return len(representation.members) + OVERHEAD

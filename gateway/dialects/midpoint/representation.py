"""Ready-made JSON of objects: what GET and search send, kept until the object changes."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import orjson

from gateway.dialects.midpoint.names import ROOT_OF
from gateway.dialects.midpoint.task_view import full_result, run_items
from gateway.dialects.midpoint.write import items_of
from gateway.store.cache import WriteThrough

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.model.documents import Document, StoredObject
    from gateway.store.base import Store

#: What an entry costs beside its bytes, roughly.
OVERHEAD = 300


def view(stored: StoredObject) -> Document:
    """The object as a wire value, without its root element."""
    items = items_of(stored.type, stored.items)
    if stored.state is not None:
        items |= run_items(stored)
    return {"oid": stored.oid, "version": str(stored.version), **items}


@dataclass(frozen=True, slots=True)
class Representation:
    """One object's JSON."""

    #: Type of the object, which is also its root element's.
    type: str
    #: The members, without the braces around them.
    members: bytes
    etag: bytes

    @classmethod
    def of(cls, stored: StoredObject) -> Representation:
        """Made from the stored object."""
        return cls.from_view(stored.type, view(stored))

    @classmethod
    def from_view(cls, type_name: str, value: Document) -> Representation:
        """Made from a wire value."""
        members = orjson.dumps(value)[1:-1]
        return cls(type_name, members, etag_of(members))

    @property
    def body(self) -> bytes:
        """The object under its root element."""
        return b'{"%s":{%s}}' % (ROOT_OF[self.type].encode(), self.members)

    @property
    def element(self) -> bytes:
        """The object as an element of a list."""
        return b'{"@type":"c:%s",%s}' % (self.type.encode(), self.members)


def etag_of(content: bytes) -> bytes:
    """A weak validator of a representation: it changes with version, run state and form."""
    return b'W/"%s"' % blake2b(content, digest_size=12).hexdigest().encode()


class Representations:
    """Representations of objects, at hand until the object changes."""

    def __init__(self, store: Store, capacity: int) -> None:
        self._cache = WriteThrough(store, Representation.of, _weight, capacity)
        #: The representation of an oid if it is at hand.
        self.kept = self._cache.kept

    async def get_many(self, oids: Sequence[str]) -> list[Representation]:
        """The representations of those objects that exist, in order."""
        found = await self._cache.get_many(oids)
        return [found[oid] for oid in oids if oid in found]


def _weight(representation: Representation) -> int:
    return len(representation.members) + OVERHEAD


def listed(elements: Iterable[bytes], prefix: bytes) -> bytes:
    """The list form: an empty list omits the key."""
    joined = b",".join(elements)
    return prefix + (b',"object":[%s]' % joined if joined else b"") + b"}}"


def with_result(stored: StoredObject, value: Document) -> Document:
    """The wire value with the whole result in place of its marker."""
    result = full_result(stored)
    return value if result is None else value | {"result": result}

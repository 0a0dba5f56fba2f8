"""The stored form of an object, the one that every dialect reads and writes.

A document is a JSON object of items. Oid, type and version stand beside it, not in it.

* A single-valued item holds its value, a multi-valued one always a list.
* A polystring is a text, or `{"orig", "translation", "lang"}` when it is translated.
* A reference is `{"oid", "type", "relation"}`; type and relation are bare names such as `RoleType`
  and `default`.
* A container is an object; values of multi-valued containers carry an integer `id`.
* An instant is text in UTC, as `gateway.clock.write_instant` writes it.
* Values of type `any` are kept as they came.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from gateway.model.run import Run
    from gateway.model.task import TaskState

Json: TypeAlias = Any
Document: TypeAlias = dict[str, Any]

DEFAULT_RELATION = "default"
_DROPPED = re.compile(r"[^A-Za-z0-9_\s]", re.ASCII)


def reference(oid: str, type_name: str, relation: str = DEFAULT_RELATION) -> Document:
    """A reference to an object."""
    return {"oid": oid, "type": type_name, "relation": relation}


@lru_cache(maxsize=20_000)
def normalize(text: str) -> str:
    """The comparable form of a polystring: NFKD, ASCII letters, digits, `_` and single spaces, lower case."""
    kept = _DROPPED.sub("", unicodedata.normalize("NFKD", text.strip()))
    return " ".join(kept.split()).lower()


def orig(value: Json) -> str:
    """The text of a polystring."""
    return str(value["orig"]) if isinstance(value, dict) else str(value)


def same(left: Json, right: Json) -> bool:
    """Whether two values are equal in JSON's sense, where `true` is not `1`."""
    return bool(left == right) and identity(left) == identity(right)


def identity(value: Json) -> object:
    """A hashable key that the same values share, and no others."""
    if isinstance(value, dict):
        return frozenset((name, identity(inner)) for name, inner in value.items())
    if isinstance(value, list):
        return tuple(map(identity, value))
    return type(value), value


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredObject:
    """An object as the store holds it.

    `items` is the document with run-time state and outcomes laid over it; treat it as read-only.
    """

    oid: str
    type: str
    version: int
    items: Document = field(repr=False)
    seq: int = 0
    #: The next free container id.
    next_id: int = 1
    #: Run-time state and kept runs (newest first); tasks only.
    state: TaskState | None = None
    runs: tuple[Run, ...] = ()
    #: Characters of the stored text, so that what is large is known without a look at it.
    size: int = field(default=0, compare=False)

    @property
    def name(self) -> str:
        """The object's name as it was written."""
        return orig(self.items["name"])

"""What processing an item is given and gives: context, result, vocabulary."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from gateway.engine.objects.repository import Repository
    from gateway.engine.objects.selection import RunScope
    from gateway.model.delta import ItemDelta
    from gateway.model.documents import Document, Json, StoredObject
    from gateway.model.effects import Effect
    from gateway.model.principal import Author


#: Modes in which effects are counted and not made true.
TRIAL_MODES = frozenset({"preview", "dryRun"})


def _everything(stored: StoredObject) -> bool:
    del stored
    return True


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemContext:
    """What an item is processed with."""

    now: str
    #: In whose name, and by which task.
    author: Author
    repository: Repository
    scope: RunScope
    #: What `prepare` has read for the items at hand.
    known: Mapping[str, StoredObject] = field(default_factory=dict)
    #: Oids of accounts and roles without which nobody could administer; tasks leave them alone.
    protected: frozenset[str] = frozenset()
    #: Whether the owner has a right on an object.
    knows: Callable[[StoredObject], bool] = _everything
    #: The execution mode; in `TRIAL_MODES`, effects are counted and do not come true.
    mode: str = "full"

    def find_known_objects(self, oids: Collection[str]) -> dict[str, StoredObject]:
        """The existing ones of the objects that somebody has named, as far as the owner has a right.

        Of others nothing is told, not even that they exist.
        """
        found = self.repository.lookup(oids)
        return {oid: each for oid, each in found.items() if self.knows(each)}


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemResult:
    """What became of one item, and what is to become true."""

    status: str = "success"
    message: str | None = None
    #: Kind of error, in the words of error handling; failures only.
    category: str = "generic"
    effects: tuple[Effect, ...] = ()


DONE = ItemResult()


class Vocabulary(Protocol):
    """How values inside a work definition are written; whoever speaks a vendor's language knows."""

    def deltas(self, given: Json, type_name: str, place: str) -> tuple[ItemDelta, ...]:
        """Changes of single items of an object of that type."""
        ...

    def object(self, given: Json, place: str) -> tuple[str, str | None, Document]:
        """Type, oid if one is given, and items of a whole object."""
        ...

    def value(self, type_name: str, item: str, given: Json, place: str) -> Json:
        """The canonical value of an item of that type."""
        ...

    def type_name(self, given: Json) -> str:
        """A type's bare name."""
        ...

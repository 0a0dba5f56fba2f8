"""What a stretch of a run came to, as it is committed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.model.effects import Effect


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """Changed documents as JSON texts, with the rows beside them that differ."""

    #: `[[seq, version, next_id, document]]`
    changes: bytes = b"[]"
    #: References that are not so any more, `[[seq, path, ordinal]]`.
    old_references: bytes = b"[]"
    #: References that are new, `[[seq, path, ordinal, oid, type, relation]]`.
    references: bytes = b"[]"
    #: Assignments and inducements that point elsewhere or are gone, `[[seq, path, ordinal]]`.
    old_assignments: bytes = b"[]"
    #: What the new ones point to, `[[seq, path, ordinal, id, oid, type, relation]]`.
    assignments: bytes = b"[]"
    #: Seqs of the objects on which a change leaves a record.
    recorded: bytes = b"[]"
    #: The records: the object's seq and the fields of an `Outcome` in their order.
    outcomes: bytes = b"[]"


NO_CHANGES = Changes()


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemRetry:
    """An item that is tried again."""

    #: Row number of its object.
    seq: int
    due: str
    #: Tries that failed.
    attempt: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Halt:
    """Why a run takes no more items."""

    #: `stop` and `suspend` need a person; `skip` goes on with the next activity.
    kind: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Slice:
    """What became of a stretch of a bucket's items; the store makes it true at once or not at all.

    Plain changes and outcomes (`[[seq, at, status, message]]`) are JSON texts made where the work
    was computed, so that committing them costs one statement each.
    """

    run: int
    lease: int
    activity: str
    number: int
    #: Where the bucket must stand, and where it stands afterwards.
    start: int
    end: int
    complete: bool
    expected: int | None = None
    succeeded: int = 0
    failed: int = 0
    skipped: int = 0
    #: Of the failed ones, those that are tried again when the run goes on.
    provisional: int = 0
    #: Objects modified, added and deleted; in a preview, those that would be.
    modified: int = 0
    added: int = 0
    deleted: int = 0
    milliseconds: float = 0.0
    last_items: dict[str, Any] = field(default_factory=dict)
    #: By limit: items of the bucket that it has counted from the beginning.
    matched: dict[str, int] = field(default_factory=dict)
    encoded: Changes = NO_CHANGES
    #: How many documents `encoded` holds.
    plain: int = 0
    outcomes: bytes = b"[]"
    effects: tuple[Effect, ...] = ()
    #: Items to be tried again, and those that need no more tries.
    retries: tuple[ItemRetry, ...] = ()
    settled: tuple[int, ...] = ()
    halt: Halt | None = None
    #: Oids whose representation is stale now.
    touched: tuple[str, ...] = ()

    @property
    def processed(self) -> int:
        """Items that were tried."""
        return self.succeeded + self.failed + self.skipped

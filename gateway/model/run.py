"""Runs of a task, their buckets and the outcomes that they leave on objects.

A run is one execution of a task's activity, from its start to completion, through suspends and
crashes. Values only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Bucket:
    """A part of a run's work: the unit of dispatch, checkpoint and retry."""

    activity: str
    number: int
    #: `ready` or `complete`.
    state: str
    #: Everything up to here is done.
    position: int = 0
    expected: int | None = None
    succeeded: int = 0
    failed: int = 0
    skipped: int = 0
    #: Of the failed ones, those that are tried again when the run goes on.
    provisional: int = 0
    #: Objects that the items modified, added and deleted; in a preview, would have.
    modified: int = 0
    added: int = 0
    deleted: int = 0
    #: Summed time of the items.
    milliseconds: float = 0.0
    #: By outcome: name, type, oid, start, end and message of the last item.
    last_items: dict[str, Any] = field(default_factory=dict)
    #: By limit of the definition: items that it has counted.
    matched: dict[str, int] = field(default_factory=dict)

    @property
    def processed(self) -> int:
        """Items that were tried."""
        return self.succeeded + self.failed + self.skipped


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One execution."""

    id: int
    identifier: str
    started: str
    ended: str | None
    status: str
    message: str | None
    lease: int
    attempt: int
    #: Start and end of each stretch of work; the last end is None while it works.
    sessions: list[list[str | None]]
    buckets: tuple[Bucket, ...] = ()
    #: When its last slice was committed.
    progressed: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What was done to an object; `kind` is `simple` (one change) or `complex` (one task run)."""

    kind: str
    at: str
    status: str
    message: str | None = None
    operation: str | None = None
    initiator: str | None = None
    #: Oid of the task.
    task: str | None = None
    run: int | None = None
    activity: str | None = None
    channel: str | None = None

"""A bucket as a worker is given it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.engine.objects.selection import RunScope
    from gateway.engine.tasks.error_handling import ErrorHandling
    from gateway.model.principal import Author


@dataclass(frozen=True, kw_only=True, slots=True)
class BucketJob:
    """A bucket to be worked on, with all that a worker must know."""

    key: str
    run: int
    lease: int
    path: str
    number: int
    position: int
    activity: str
    parameters: Any
    mode: str
    control: ErrorHandling
    author: Author
    scope: RunScope
    protected: frozenset[str] = frozenset()
    #: Filter clause of the bucket.
    restriction: Any = None
    #: How many items the whole work has; None: count them.
    expected: int | None = None
    #: Items of the activity that were tried before this stretch.
    processed: int = 0
    #: By limit: items that it has counted in other buckets, and in this one.
    elsewhere: dict[str, int] = field(default_factory=dict)
    matched: dict[str, int] = field(default_factory=dict)
    #: Only these objects, `seq: tries that failed`; None: whatever matches.
    again: dict[int, int] | None = None
    #: Why the store does not take what the first item came to.
    refusal: str | None = None

"""What every run works with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.clock import Clock
    from gateway.engine.running.dispatcher import Dispatcher
    from gateway.engine.workflow.factory import TaskFactory
    from gateway.model.documents import StoredObject
    from gateway.model.effects import NewObject
    from gateway.model.lifecycle import RunResult
    from gateway.model.principal import Principal
    from gateway.model.slices import Slice
    from gateway.model.task import Operation, TaskState
    from gateway.store.base import Claim, RunCompletion, Store

    #: Tasks that a slice moves, as they were and as they are.
    Moves = dict[str, tuple[StoredObject, TaskState]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tools:
    """What every run works with."""

    store: Store
    dispatcher: Dispatcher
    clock: Clock
    slice_size: int
    #: What becomes of a task that an item suspends, resumes or runs; noted among the moves.
    operate: Callable[[Moves, StoredObject, Operation], TaskState | None]
    #: Told of every committed slice, and of the tasks that it moved.
    committed: Callable[[Claim, Slice, Moves], None]
    #: How the run ends with a verdict and what its activities keep.
    ending: Callable[[RunResult, str | None], RunCompletion]
    #: Oids that tasks leave alone.
    protected: Callable[[], Awaitable[frozenset[str]]]
    #: Who logs in with that oid; None if nobody does.
    somebody: Callable[[str], Awaitable[Principal | None]]
    #: Makes the tasks that a job's steps start, and is told of those that are durable.
    starter: TaskFactory
    started: Callable[[NewObject], None]

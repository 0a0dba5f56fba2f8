"""What is to become true of objects: computed anywhere, made true by the store in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from gateway.model.documents import Document, StoredObject
    from gateway.model.job import Job, JobMove
    from gateway.model.run import Outcome
    from gateway.model.task import Operation, TaskState


@dataclass(frozen=True, kw_only=True, slots=True)
class NewObject:
    """An object to be stored; `items` still holds everything, run-time state included."""

    oid: str
    type: str
    items: Document
    next_id: int
    state: TaskState | None = None
    outcome: Outcome | None = None
    #: The job that a task walks through.
    job: Job | None = None
    #: The hash of the password that its user logs in with; None: they have none.
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """The new content of an object."""

    items: Document
    next_id: int
    state: TaskState | None = None
    outcome: Outcome | None = None
    #: The hash of a new password; empty: the user has none any more; None: it stays.
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Modify:
    """`before` gets a new content, if it is still what it was."""

    before: StoredObject
    change: Change


@dataclass(frozen=True, kw_only=True, slots=True)
class Add:
    """An object comes into being."""

    new: NewObject


@dataclass(frozen=True, kw_only=True, slots=True)
class Delete:
    """`before` goes, if it is still what it was; of a task, everything below it goes, too."""

    before: StoredObject


@dataclass(frozen=True, kw_only=True, slots=True)
class Operate:
    """A task is suspended, resumed or run as if a caller had asked for it."""

    oid: str
    operation: Operation


@dataclass(frozen=True, kw_only=True, slots=True)
class Notify:
    """Whoever watches is told about an object."""

    oid: str
    name: str
    message: str


Effect: TypeAlias = "Modify | Add | Delete | Operate | Notify | JobMove"

"""What a store promises. Every method that changes something is one durable transaction.

A change is computed by a pure function that is handed the object as it is inside the transaction,
so two callers never overwrite each other; it may be called again, and must not wait for anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from gateway.model.principal import ROLE_OF_OID
from gateway.model.validity import is_in_force

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from gateway.model.documents import Document, StoredObject
    from gateway.model.effects import Change, NewObject
    from gateway.model.run import Run
    from gateway.model.slices import ItemRetry, Slice
    from gateway.model.task import Operation, TaskState
    from gateway.store.job_base import JobStore
    from gateway.store.search import Found, Search
    from gateway.store.session_base import SessionStore


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """Who may log in, as of an instant."""

    oid: str
    name: str
    #: Its hash; never shown.
    password: str = field(repr=False)
    groups: frozenset[str] = frozenset()
    #: The items that the rest follows from: lifecycle, activation, assignments to built-in roles.
    items: Document = field(repr=False)
    now: str

    @property
    def is_enabled(self) -> bool:
        """Whether its user is in force."""
        return is_in_force(self.items, self.now)

    @property
    def roles(self) -> frozenset[str]:
        """Names of the built-in roles that its user is assigned to by assignments in force."""
        return frozenset(
            ROLE_OF_OID[each["targetRef"]["oid"]]
            for each in self.items.get("assignment", ())
            if is_in_force(each, self.now)
        )

    def at(self, now: str) -> Account:
        """The same at another instant, if nobody touches it until then."""
        return replace(self, now=now)


@dataclass(frozen=True, kw_only=True, slots=True)
class Client:
    """A program that logs in with an id and a secret."""

    id: str
    #: What people call it.
    name: str
    #: The secret's hash.
    secret: str = field(repr=False)
    #: Names of built-in roles; those of its user count where it has one.
    roles: frozenset[str]
    #: Oid of the user that it stands for.
    user: str | None
    is_enabled: bool
    created: str
    #: Tokens count that were issued under it; another one stands here as soon as they must not.
    stamp: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A run that this engine holds now, with the lease that fences it."""

    task: StoredObject
    run: Run
    #: What the run has done and how it was left, if it was over at once.
    whole: tuple[Slice, CompletedRun] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskCount:
    """How many tasks have this state and this result."""

    execution_state: str | None
    result_status: str | None
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FailureSearch:
    """Which failures are wanted: since an instant, of one task or of all, for whom, how many."""

    since: str
    task: str | None = None
    limit: int = 100
    #: Only of tasks that are for everybody or for one of these groups; None: of any task.
    groups: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """An item that a run could not process, or a run that failed: that has no object."""

    at: str
    status: str
    message: str | None
    #: Oid and name of the task; the name is None if the task is gone.
    task: str | None
    task_name: str | None
    #: Identifier of the run, as long as it is kept.
    run: str | None
    activity: str | None = None
    oid: str | None = None
    type: str | None = None
    name: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RunCompletion:
    """How a stretch of a run ends."""

    #: The task's state afterwards.
    decide: Callable[[StoredObject], TaskState]
    status: str
    message: str | None
    now: str
    #: Whether the run ends with it, or goes on some time.
    is_complete: bool
    #: What becomes of the tasks above, of those that wait for the task, and so on; None: nothing.
    tied: Callable[[StoredObject], TaskState] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CompletedRun:
    """A stretch of a run is over."""

    #: The task as the end has found it, and its state since.
    task: StoredObject
    after: TaskState
    at: str
    #: The same of the tasks that the ending has moved, too.
    tied: tuple[tuple[StoredObject, TaskState], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CommitResult:
    """A slice has come true, and what came of the ending if there was one."""

    left: CompletedRun | None = None


class Objects(Protocol):
    """Where objects live."""

    def subscribe(self, listener: Callable[[Collection[str]], None]) -> None:
        """Call `listener` with the oids of every commit, before the commit is acknowledged."""
        ...

    async def get(self, oid: str) -> StoredObject | None:
        """The object, or None."""
        ...

    async def get_many(self, oids: Sequence[str]) -> dict[str, StoredObject]:
        """Those of the objects that exist, by oid."""
        ...

    async def search(self, search: Search) -> Found:
        """Matching oids and their number, as of one moment."""
        ...

    async def add(self, new: NewObject) -> None:
        """Store a new object; `AlreadyExists` if its oid, name or identifier is taken."""
        ...

    async def modify(
        self, oid: str, decide: Callable[[StoredObject], Change | None], *, is_whole: bool = True
    ) -> tuple[StoredObject, Change | None]:
        """Replace the object's content by what `decide` says; None leaves it as it is.

        Unless `is_whole`, `decide` sees the object without its runs and outcomes.
        Returns the object as it was and the change. `NotFound` if there is none.
        """
        ...

    async def delete(self, oid: str, check: Callable[[StoredObject], None]) -> list[str]:
        """Delete the object and, for a task, its subtasks; `check` may raise to refuse."""
        ...


class TaskQueue(Protocol):
    """Which tasks are due, who has claimed them, and how their states move."""

    async def change_state(
        self, oid: str, decide: Callable[[StoredObject], TaskState | None]
    ) -> tuple[StoredObject, TaskState]:
        """Replace a task's state; leaving `ready` takes the lease from whoever works on it.

        The task as it was, and its state since.
        """
        ...

    async def due(self, now: str, limit: int) -> list[str]:
        """Oids of the tasks that should be started now, the longest due first."""
        ...

    async def find_scheduled(self, now: str) -> list[str]:
        """Oids of the tasks with a schedule that are to be started later than now."""
        ...

    async def next_due(self) -> str | None:
        """When the next task is to be started or deleted."""
        ...

    async def find_expired(self, now: str) -> list[str]:
        """Oids of closed tasks that have been kept long enough."""
        ...

    async def find_ready_to_unpause(self, closed: str | None) -> list[str]:
        """Oids of waiting tasks whose prerequisites are all closed.

        With the oid of a closed task only those that wait for it.
        """
        ...

    async def claim(
        self,
        oid: str,
        decide: Callable[[StoredObject], TaskState | None],
        postpone: Callable[[StoredObject], TaskState],
        at_once: Callable[[Claim], tuple[Slice, RunCompletion] | None],
        now: str,
    ) -> Claim | None:
        """Begin or continue the task's run under a new lease; None if it cannot start any more.

        If one of the task's groups is full, its state becomes what `postpone` says, and None.
        What `at_once` says of a new run becomes true together with its beginning: all that there
        is to do, and its end.
        """
        ...


class Runs(Protocol):
    """What runs come to."""

    async def reload_run(self, claim: Claim) -> Run | None:
        """The run with its buckets as they stand; None if the lease is lost."""
        ...

    async def retries(self, claim: Claim, activity: str) -> list[ItemRetry]:
        """Items of an activity that are to be tried again."""
        ...

    async def commit(
        self,
        claim: Claim,
        done: Slice,
        operate: Callable[[StoredObject, Operation], TaskState | None],
        ending: RunCompletion | None = None,
    ) -> CommitResult | None:
        """Make a slice true, and end the run with it if there is an ending; None: lease lost.

        `Conflict` if an object has changed or an effect cannot be had; nothing is done then.
        `operate` says what becomes of a task that an effect suspends, resumes or runs.
        """
        ...

    async def end_run(self, claim: Claim, ending: RunCompletion) -> CompletedRun | None:
        """Close this stretch of the run; None: lease lost."""
        ...

    async def find_interrupted(self) -> list[str]:
        """Oids of the tasks that were running when the store was last closed or lost."""
        ...


class TaskFigures(Protocol):
    """What there is to see of tasks in all."""

    async def task_counts(self) -> list[TaskCount]:
        """How many tasks there are, by state and result."""
        ...

    async def failures(self, wanted: FailureSearch) -> list[Failure]:
        """Failed items and runs, newest first."""
        ...


class Logins(Protocol):
    """Who may log in, and by what."""

    async def account(self, key: str) -> Account | None:
        """The account of that name or oid, or None."""
        ...

    async def accounts(self) -> list[Account]:
        """All accounts."""
        ...

    async def set_account(self, oid: str, password: str, groups: Sequence[str]) -> None:
        """Let the object's owner log in."""
        ...

    async def client(self, client_id: str) -> Client | None:
        """The client of that id, or None."""
        ...

    async def clients(self) -> list[Client]:
        """All clients."""
        ...

    async def add_client(self, client: Client) -> None:
        """Let a program log in; `AlreadyExists` if its id or its name is taken."""
        ...

    async def enable_client(self, client_id: str, *, enabled: bool) -> None:
        """Let it in, or no more, which ends its tokens; `NotFound` if there is none.

        Listeners get its id like an oid, here and in what follows.
        """
        ...

    async def set_client_secret(self, client_id: str, secret: str) -> None:
        """Give it another secret by its hash, which ends its tokens; `NotFound` if there is none."""
        ...

    async def delete_client(self, client_id: str) -> None:
        """Forget it; `NotFound` if there is none."""
        ...

    async def keep_setting(self, name: str, value: str) -> str:
        """What is kept, sealed, under the name; `value` from now on if nothing was."""
        ...


class Store(Objects, TaskQueue, Runs, TaskFigures, Logins, Protocol):
    """All that is kept."""

    @property
    def jobs(self) -> JobStore:
        """Where the jobs live that tasks walk through."""
        ...

    @property
    def sessions(self) -> SessionStore:
        """Where the sessions live of those who have logged in."""
        ...

    async def close(self) -> None:
        """Finish what is under way and let go of the file."""
        ...

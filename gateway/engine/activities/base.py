"""What an activity is. One file an activity; `register` makes it known.

Two kinds differ in where their items are handled: an `ItemActivity` computes over objects in a
worker process, a `StepActivity` mostly waits and lives on the event loop.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar

from gateway.errors import Unsupported
from gateway.query import compile_query_filter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.engine.repository import Repository
    from gateway.model.documents import Document, Json, StoredObject
    from gateway.query import CompiledFilter

P = TypeVar("P")


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectSet:
    """Which objects a task works on; no filter means all of the type."""

    type: str
    #: A filter clause, such as `{"text": "name = 'x'"}`.
    clause: Json = None

    def compiled(self) -> CompiledFilter | None:
        """The filter, ready to be used; raises `QueryError` for a bad one."""
        return compile_query_filter(self.clause, self.type)


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemContext:
    """What an item is processed with."""

    now: str
    #: The task that runs, and the one in whose name it runs.
    task: str
    owner: str | None
    repository: Repository


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemResult:
    """What became of one item; `items` is the object's new content, None if it stays as it is."""

    status: str = "success"
    message: str | None = None
    items: Document | None = field(default=None, repr=False)


class ItemActivity(Protocol[P]):
    """Handles objects one by one in a worker process."""

    handles_items: Literal[True]
    name: str
    #: Oid and name of the archetype that tasks of this kind get.
    archetype: tuple[str, str]

    def parameters(self, work: Document) -> P:
        """The typed parameters in a work definition; raises `InvalidRequest` for bad ones."""
        ...

    def objects(self, parameters: P) -> ObjectSet:
        """The objects to work on."""
        ...

    def process(
        self, parameters: P, objects: Sequence[StoredObject], context: ItemContext
    ) -> list[ItemResult]:
        """One result for each object; an exception fails the whole activity."""
        ...


class StepActivity(Protocol[P]):
    """Takes numbered steps with a pause after each."""

    handles_items: Literal[False]
    name: str
    #: Oid and name of the archetype that tasks of this kind get.
    archetype: tuple[str, str]

    def parameters(self, work: Document) -> P:
        """The typed parameters in a work definition; raises `InvalidRequest` for bad ones."""
        ...

    def steps(self, parameters: P) -> int:
        """How many steps there are."""
        ...

    def pause(self, parameters: P) -> float:
        """Seconds to wait in each step."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Work(Generic[P]):
    """An activity with its parameters, ready to run."""

    #: Path of the activity in the task, such as `recomputation:1`.
    identifier: str
    activity: ItemActivity[P] | StepActivity[P]
    parameters: P


ACTIVITIES: dict[str, ItemActivity[Any] | StepActivity[Any]] = {}

A = TypeVar("A")


def register(activity: Callable[[], A]) -> Callable[[], A]:
    """Class decorator: make the activity known under its name."""
    instance: Any = activity()
    ACTIVITIES[instance.name] = instance
    return activity


def known(name: str) -> ItemActivity[Any] | StepActivity[Any]:
    """The activity of that name, or `Unsupported`."""
    found = ACTIVITIES.get(name)
    if found is None:
        raise Unsupported(
            f"The work '{name}' is not supported yet; supported are {', '.join(sorted(ACTIVITIES))}."
        )
    return found

"""What an activity is. One file an activity; `register` makes it known under its name.

Four kinds differ in what they go through: an `ObjectActivity` computes over the objects that match,
a `RequestActivity` over a list in its definition, both in a worker process; a `StepActivity` mostly
waits and lives on the event loop; a `CompositeActivity` is a fixed sequence of others.

An activity computes and changes nothing: it says in effects what is to become true, and the store
makes that true together with the counters.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeAlias, TypeVar

from gateway.engine.permissions import knows
from gateway.errors import Unsupported
from gateway.query import compile_query_filter, conjoined

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gateway.engine.repository import Repository
    from gateway.model.delta import ItemDelta
    from gateway.model.documents import Document, Json, StoredObject
    from gateway.model.effects import Effect
    from gateway.model.principal import Author
    from gateway.query import CompiledFilter

P = TypeVar("P")
FULL = frozenset({"full"})
FULL_OR_PREVIEW = frozenset({"full", "preview", "none", "bucketAnalysis"})
ANY_MODE = frozenset({"full", "preview", "dryRun", "none", "bucketAnalysis"})
#: Modes in which effects are counted and not made true.
TRIAL_MODES = frozenset({"preview", "dryRun"})


class Selector(Protocol):
    """A filter that only an execution knows."""

    def clause(self, scope: Scope) -> Json:
        """The clause for that execution."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectSet:
    """Which objects a task works on; no filter means all of the type."""

    type: str
    #: Filter clauses, such as `{"text": "name = 'x'"}`; objects match them all.
    clauses: tuple[Json, ...] = ()
    #: What becomes further clauses when the work is done.
    selectors: tuple[Selector, ...] = ()

    def within(self, scope: Scope) -> ObjectSet:
        """The objects that an execution works on."""
        found = (each.clause(scope) for each in self.selectors)
        return replace(self, clauses=(*self.clauses, *found), selectors=())

    def restricted(self, text: str) -> ObjectSet:
        """Those of the objects that match a filter text, too."""
        return replace(self, clauses=(*self.clauses, {"text": text}))

    def compiled(self) -> CompiledFilter | None:
        """The filter, ready to be used; raises `QueryError` for a bad one."""
        return conjoined(
            [compile_query_filter(each, self.type) for each in self.clauses], self.type
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """What an execution knows of itself, the same after a crash."""

    #: When the run began.
    started: str
    #: Oid of the task.
    task: str = ""
    #: What the activity has kept from its last complete run.
    memory: Document = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemContext:
    """What an item is processed with."""

    now: str
    #: In whose name, and by which task.
    author: Author
    repository: Repository
    scope: Scope
    #: What `prepare` has read for the items at hand.
    known: Mapping[str, StoredObject] = field(default_factory=dict)
    #: Oids of accounts and roles without which nobody could administer; tasks leave them alone.
    protected: frozenset[str] = frozenset()
    #: The execution mode; in `TRIAL_MODES`, effects are counted and do not come true.
    mode: str = "full"

    def known_objects(self, oids: Collection[str]) -> dict[str, StoredObject]:
        """The existing ones of the objects that somebody has named, as far as the owner has a right.

        Of others nothing is told, not even that they exist.
        """
        found = self.repository.lookup(oids)
        return {oid: each for oid, each in found.items() if knows(self.author.principal, each)}


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


class Activity(Generic[P]):
    """What all kinds have in common."""

    name: ClassVar[str]
    #: Oid and name of the archetype that tasks of this kind get.
    archetype: ClassVar[tuple[str, str]]
    #: Execution modes that it can run in.
    modes: ClassVar[frozenset[str]] = FULL
    #: A part of a composite, which no task can ask for by name.
    is_part: ClassVar[bool] = False
    #: Only the server itself makes tasks of this kind.
    is_internal: ClassVar[bool] = False

    def parameters(self, work: Document, vocabulary: Vocabulary) -> P:
        """The typed parameters in a work definition; raises `InvalidRequest` for bad ones."""
        raise NotImplementedError


class ObjectActivity(Activity[P]):
    """Handles objects one by one in a worker process."""

    #: Whether each object keeps a record of what was done to it.
    leaves_outcomes: ClassVar[bool] = True

    def objects(self, parameters: P, scope: Scope) -> ObjectSet:
        """The objects to work on; the same ones for the same scope."""
        raise NotImplementedError

    def prepare(
        self,
        parameters: P,  # noqa: ARG002  for those that need it
        objects: Sequence[StoredObject],  # noqa: ARG002
        context: ItemContext,  # noqa: ARG002
    ) -> Mapping[str, StoredObject]:
        """What is read once for many items, given to `process` as `context.known`."""
        return {}

    def process(self, parameters: P, each: StoredObject, context: ItemContext) -> ItemResult:
        """What becomes of one object; an exception is a failure of this item."""
        raise NotImplementedError

    def memory(self, parameters: P, scope: Scope) -> Document | None:  # noqa: ARG002
        """What to keep for the next run when this one is complete."""
        return None


class RequestActivity(Activity[P]):
    """Goes through a list in its definition, one by one, in a worker process."""

    def requests(self, parameters: P) -> int:
        """How many there are."""
        raise NotImplementedError

    def title(self, parameters: P, index: int) -> str:  # noqa: ARG002  for those that have names
        """What a request is called where progress is shown."""
        return str(index + 1)

    def perform(self, parameters: P, index: int, context: ItemContext) -> ItemResult:
        """What comes of one of them, counted from 0; an exception is a failure of this one."""
        raise NotImplementedError


class StepActivity(Activity[P]):
    """Takes numbered steps with a pause after each, on the event loop."""

    def steps(self, parameters: P) -> int:
        """How many steps there are."""
        raise NotImplementedError

    def pause(self, parameters: P) -> float:
        """Seconds to wait in each step."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One activity in a composite."""

    identifier: str
    #: Name of its activity.
    name: str
    work: Document = field(default_factory=dict)


class CompositeActivity(Activity[P]):
    """Others in a fixed order."""

    def parts(self, work: Document) -> list[Part]:
        """The activities that the definition comes to; raises `InvalidRequest` for a bad one."""
        raise NotImplementedError


AnyActivity: TypeAlias = Activity[Any]
ACTIVITIES: dict[str, AnyActivity] = {}

A = TypeVar("A", bound=AnyActivity)


def register(activity: type[A]) -> type[A]:
    """Class decorator: make the activity known under its name."""
    ACTIVITIES[activity.name] = activity()
    return activity


def nameable() -> list[str]:
    """Names that a task can ask for."""
    return sorted(
        name for name, each in ACTIVITIES.items() if not (each.is_part or each.is_internal)
    )


def any_known(name: str) -> AnyActivity:
    """The activity of that name, parts included, or `Unsupported`."""
    found = ACTIVITIES.get(name)
    return known(name) if found is None else found


def known(name: str) -> AnyActivity:
    """The activity that a task asks for by name, or `Unsupported`."""
    found = ACTIVITIES.get(name)
    if found is None or found.is_part:
        raise Unsupported(
            f"The work '{name}' is not supported yet; supported are {', '.join(nameable())}."
        )
    return found

"""What an activity is. One file an activity, and a row of the schema for its definition.

Four kinds differ in what they go through: an `ObjectActivity` computes over the objects that match,
a `RequestActivity` over a list in its definition, both in a worker process; a `StepActivity` mostly
waits and lives on the event loop; a `CompositeActivity` is a fixed sequence of others.

An activity computes and changes nothing: it says in effects what is to become true, and the store
makes that true together with the counters.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeAlias, TypeVar

from gateway.errors import Unsupported
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.engine.objects.item import ItemContext, ItemResult, Vocabulary
    from gateway.engine.objects.selection import ObjectSet, RunScope
    from gateway.model.documents import Document, StoredObject

P = TypeVar("P")
FULL = frozenset({"full"})
FULL_OR_PREVIEW = frozenset({"full", "preview", "none", "bucketAnalysis"})
ANY_MODE = frozenset({"full", "preview", "dryRun", "none", "bucketAnalysis"})


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

    @property
    def description(self) -> str:
        """What it does, in the words of its class."""
        return " ".join((self.__doc__ or "").split())

    def parameters(self, work: Document, vocabulary: Vocabulary) -> P:
        """The typed parameters in a work definition; raises `InvalidRequest` for bad ones."""
        raise NotImplementedError


class ObjectActivity(Activity[P]):
    """Handles objects one by one in a worker process."""

    #: Whether each object keeps a record of what was done to it.
    leaves_outcomes: ClassVar[bool] = True

    def objects(self, parameters: P, scope: RunScope) -> ObjectSet:
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

    def memory(self, parameters: P, scope: RunScope) -> Document | None:  # noqa: ARG002
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
class CompositePart:
    """One activity in a composite."""

    identifier: str
    #: Name of its activity.
    name: str
    work: Document = field(default_factory=dict)


class CompositeActivity(Activity[P]):
    """Does others in a fixed order."""

    def parts(self, work: Document) -> list[CompositePart]:
        """The activities that the definition comes to; raises `InvalidRequest` for a bad one."""
        raise NotImplementedError


AnyActivity: TypeAlias = Activity[Any]
ACTIVITIES: dict[str, AnyActivity] = {}
#: The type of the schema whose items are the kinds of work.
WORK_TYPE = "WorkDefinitionsType"

A = TypeVar("A", bound=AnyActivity)


def register(activity: type[A]) -> type[A]:
    """Class decorator: make the activity known under its name.

    Raises `TypeError` if no task could ask for it: what is work is a row of the schema.
    """
    is_asked_for = not (activity.is_part or activity.is_internal)
    if is_asked_for and activity.name not in SCHEMA[WORK_TYPE].offered:
        raise TypeError(
            f"The activity '{activity.name}' has no row in {WORK_TYPE} "
            "(gateway/model/types/activity.py), so no task could ask for it."
        )
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
    return find_activity(name) if found is None else found


def find_activity(name: str) -> AnyActivity:
    """The activity that a task asks for by name, or `Unsupported`."""
    found = ACTIVITIES.get(name)
    if found is None or found.is_part:
        raise Unsupported(
            f"The work '{name}' is not supported yet; supported are {', '.join(nameable())}."
        )
    return found

"""From a task's items to the work it means; what cannot run is refused by name.

The definition is a tree of activities; a `Plan` lists its leaves in the order in which they run.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import orjson

import gateway.engine.activities  # noqa: F401  registers the activities
from gateway.engine.activities.base import ACTIVITIES, ObjectActivity, StepActivity
from gateway.engine.objects.selection import RunScope
from gateway.engine.tasks.error_handling import ErrorHandling, read_error_handling
from gateway.engine.tasks.outline import COMPOSITION, Outline, outline
from gateway.engine.tasks.segmentation import MAX_GIVEN, WHOLE, Segment
from gateway.errors import SchemaViolation, Unsupported
from gateway.model import task_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.engine.activities.base import AnyActivity
    from gateway.engine.objects.item import Vocabulary
    from gateway.engine.objects.selection import ObjectSet
    from gateway.model.documents import Document

P = TypeVar("P")
MAX_THREADS = 64
#: Plans that are kept, and the longest text of an activity whose plan is: a task's work is read when
#: it is created and whenever it starts, and many tasks do the same work.
PLAN_CACHE_SIZE, PLAN_SIZE = 256, 4_096
#: For questions that every execution answers alike.
ANY_SCOPE = RunScope(started="1970-01-01T00:00:00.000Z")


@dataclass(frozen=True, kw_only=True, slots=True)
class Work(Generic[P]):
    """An activity with its parameters, ready to run."""

    #: Path of the activity in the task, such as `recomputation:1`.
    path: str
    activity: AnyActivity
    parameters: P
    mode: str = "full"
    control: ErrorHandling = field(default_factory=ErrorHandling)
    segments: tuple[Segment, ...] = WHOLE
    #: Buckets that are worked on at the same time.
    threads: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanNode:
    """An activity in the tree, with its parameters read."""

    path: str
    identifier: str
    name: str
    children: tuple[PlanNode, ...] = ()
    work: Work[Any] | None = None
    #: Left out because its definition says so.
    is_skipped: bool = False

    @property
    def leaves(self) -> Iterator[Work[Any]]:
        """What is to be done, in order; nothing below what is skipped."""
        if self.is_skipped:
            return
        if self.work is not None:
            yield self.work
        for child in self.children:
            yield from child.leaves

    @property
    def archetype(self) -> tuple[str, str] | None:
        """Oid and name of the archetype that a task of this kind gets; None for a composition."""
        return ACTIVITIES[self.name].archetype if self.name != COMPOSITION else None

    @property
    def affected_objects(self) -> Document:
        """What a task can be searched by: its kinds of work, and what objects they are about."""
        found: list[Document] = []
        for each in _collect_affected_below(self, None):
            if each not in found:
                found.append(each)
        return {"activity": found}


@dataclass(frozen=True, kw_only=True, slots=True)
class Planner:
    """Reads definitions: vendor values through a vocabulary, times in a zone."""

    vocabulary: Vocabulary
    zone: tzinfo = UTC
    #: Of all activities of one task together.
    most_buckets: int = 1_000_000

    def plan(self, items: Document) -> PlanNode | None:
        """The task's work; None if it defines no activity. Raises `InvalidRequest` for bad ones."""
        activity = task_document.activity(items)
        if activity is None:
            return None
        text = orjson.dumps(activity)
        return _plan(self, text) if len(text) <= PLAN_SIZE else self.read(activity)

    def read(self, activity: Document) -> PlanNode:
        """The work that an activity means, read anew."""
        found = outline(activity)
        self._check_buckets(found)
        return self._node(found)

    def _check_buckets(self, found: Outline) -> None:
        """They multiply in compositions, and a run keeps a record of each."""
        total = 0
        for each in found.workers:
            total += len(each.segments)
            if total > self.most_buckets:
                raise SchemaViolation(
                    f"With '{each.path}', the activities have more than {self.most_buckets} buckets "
                    "together; TASKGATE_MAX_BUCKETS is the limit.",
                    path="activity/composition/activity/distribution/buckets",
                )

    def _node(self, found: Outline) -> PlanNode:
        if found.name == COMPOSITION:
            _refuse_settings(found)
        elif found.work is None:
            _mode(found, ACTIVITIES[found.name])  # refused in the name that was asked for
        return PlanNode(
            path=found.path,
            identifier=found.identifier,
            name=found.name,
            children=tuple(self._node(child) for child in found.children),
            work=None if found.work is None else self._work(found, found.work),
            is_skipped=found.is_skipped,
        )

    def _work(self, found: Outline, given: Document) -> Work[Any]:
        activity = ACTIVITIES[found.name]
        made = Work(
            path=found.path,
            activity=activity,
            parameters=activity.parameters(given, self.vocabulary),
            mode=_mode(found, activity),
            control=read_error_handling(found.settings),
            segments=found.segments,
            threads=_threads(found.settings.get("distribution", {})),
        )
        _check_segments(made)
        return made


@lru_cache(maxsize=PLAN_CACHE_SIZE)
def _plan(definitions: Planner, activity: bytes) -> PlanNode:
    return definitions.read(orjson.loads(activity))


def _refuse_settings(found: Outline) -> None:
    """Settings of a composition reach nobody: children inherit nothing (midpoint-tasks 3.1)."""
    for name in ("distribution", "policies", "execution", "executionMode"):
        if name in found.settings:
            raise Unsupported(
                f"The composition '{found.path}' has '{name}', which its activities do not inherit; "
                "give it to each of them."
            )


def _mode(found: Outline, activity: AnyActivity) -> str:
    if found.mode not in activity.modes:
        raise Unsupported(
            f"'{activity.name}' does not run in the execution mode '{found.mode}', only in "
            f"{', '.join(sorted(activity.modes))}."
        )
    return found.mode


def _threads(distribution: Document) -> int:
    threads: int = distribution.get("workerThreads", 1)
    if not 0 <= threads <= MAX_THREADS:
        raise SchemaViolation(
            f"distribution/workerThreads is {threads}, but must be from 0 to {MAX_THREADS}.",
            path="activity/distribution/workerThreads",
        )
    return max(1, threads)


def _check_segments(work: Work[Any]) -> None:
    """Each segment must be one that the activity can work on."""
    if work.segments == WHOLE:
        return
    is_shared = work.segments[0].clause is None
    if isinstance(work.activity, StepActivity) != is_shared or not isinstance(
        work.activity, StepActivity | ObjectActivity
    ):
        kinds = "implicitSegmentation" if isinstance(work.activity, StepActivity) else "filters"
        raise Unsupported(f"'{work.activity.name}' cannot be cut this way; it takes {kinds}.")
    if isinstance(work.activity, ObjectActivity):
        objects = work.activity.objects(work.parameters, ANY_SCOPE)
        for segment in _samples(work.segments):
            restrict_objects(objects, segment).compile_filters()


def _samples(found: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """All segments that were given one by one; of those that were made, one of each form."""
    return found if len(found) <= MAX_GIVEN else (found[0], found[1], found[-1])


def restrict_objects(objects: ObjectSet, segment: Segment) -> ObjectSet:
    """The objects of one bucket."""
    if segment.clause is None:
        return objects
    return replace(objects, clauses=(*objects.clauses, segment.clause))


def _collect_affected_below(node: PlanNode, composite: str | None) -> Iterator[Document]:
    """A part is known by the name of its predefined composite."""
    if node.is_skipped:
        return
    if node.work is not None:
        yield _describe_affected(node.work, composite or node.name)
    for child in node.children:
        yield from _collect_affected_below(child, None if node.name == COMPOSITION else node.name)


def _describe_affected(work: Work[Any], name: str) -> Document:
    affected: Document = {
        "activityType": name,
        "executionMode": work.mode,
        "predefinedConfigurationToUse": "production",
    }
    if isinstance(work.activity, ObjectActivity):
        affected["objects"] = {"type": work.activity.objects(work.parameters, ANY_SCOPE).type}
    return affected

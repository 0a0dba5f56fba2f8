"""From a task's items to the work it means; what cannot run is refused by name.

The definition is a tree of activities; a `Plan` lists its leaves in the order in which they run.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import gateway.engine.activities  # noqa: F401  registers the activities
from gateway.engine.activities.base import (
    ACTIVITIES,
    CompositeActivity,
    ObjectActivity,
    Scope,
    StepActivity,
    known,
)
from gateway.engine.control import Control, control_of
from gateway.engine.segmentation import WHOLE, Segment, segments
from gateway.errors import SchemaViolation, Unsupported

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.engine.activities.base import AnyActivity, ObjectSet, Vocabulary
    from gateway.model.documents import Document

P = TypeVar("P")
COMPOSITION = "composition"
MAX_THREADS = 64
#: For questions that every execution answers alike.
ANY_SCOPE = Scope(started="1970-01-01T00:00:00.000Z")


@dataclass(frozen=True, kw_only=True, slots=True)
class Work(Generic[P]):
    """An activity with its parameters, ready to run."""

    #: Path of the activity in the task, such as `recomputation:1`.
    path: str
    activity: AnyActivity
    parameters: P
    mode: str = "full"
    control: Control = field(default_factory=Control)
    segments: tuple[Segment, ...] = WHOLE
    #: Buckets that are worked on at the same time.
    threads: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """An activity in the tree, for those who watch."""

    path: str
    identifier: str
    name: str
    children: tuple[Node, ...] = ()
    work: Work[Any] | None = None
    #: Left out because its definition says so.
    is_skipped: bool = False

    @property
    def leaves(self) -> Iterator[Work[Any]]:
        """What is to be done, in order."""
        if self.work is not None and not self.is_skipped:
            yield self.work
        for child in self.children:
            yield from child.leaves


@dataclass(frozen=True, kw_only=True, slots=True)
class Definitions:
    """Reads definitions: vendor values through a vocabulary, times in a zone."""

    vocabulary: Vocabulary
    zone: tzinfo = UTC

    def plan(self, items: Document) -> Node | None:
        """The task's work; None if it defines no activity. Raises `InvalidRequest` for bad ones."""
        activity: Document | None = items.get("activity")
        if activity is None:
            return None
        return self._node(activity, 1, None)

    def _node(self, activity: Document, number: int, above: str | None) -> Node:
        """`above` is the path that children of the parent begin with; the root stands in none."""
        name = _name_of(activity)
        identifier = activity.get("identifier") or f"{name}:{number}"
        path = f"{above}/{identifier}" if above else identifier
        below = path if above is not None else ""
        node = Node(
            path=path,
            identifier=identifier,
            name=name,
            is_skipped=activity.get("controlFlow", {}).get("processingOption") == "skip",
        )
        if name == COMPOSITION:
            _refuse_settings(activity, path)
            return replace(node, children=self._children(activity, below))
        found, work = known(name), activity["work"][name]
        if isinstance(found, CompositeActivity):
            return replace(node, children=self._parts(activity, found, work, below))
        return replace(node, work=self._work(path, found, work, activity))

    def _children(self, activity: Document, below: str) -> tuple[Node, ...]:
        given = activity["composition"].get("activity", [])
        counts: Counter[str] = Counter()
        nodes = []
        for each in given:
            name = _name_of(each)
            counts[name] += 1
            order = each.get("order")
            nodes.append((order is None, order or 0, self._node(each, counts[name], below)))
        ordered = tuple(node for *_, node in sorted(nodes, key=lambda each: each[:2]))
        _check_distinct(ordered)
        return ordered

    def _parts(
        self, activity: Document, found: CompositeActivity[Any], work: Document, below: str
    ) -> tuple[Node, ...]:
        """The parts of a predefined composite; its settings are theirs."""
        nodes = []
        for part in found.parts(work):
            path = f"{below}/{part.identifier}" if below else part.identifier
            work_of_part = self._work(path, ACTIVITIES[part.name], part.work, activity)
            nodes.append(
                Node(path=path, identifier=part.identifier, name=part.name, work=work_of_part)
            )
        return tuple(nodes)

    def _work(self, path: str, found: AnyActivity, work: Document, activity: Document) -> Work[Any]:
        parameters = found.parameters(work, self.vocabulary)
        distribution: Document = activity.get("distribution", {})
        cut = segments(distribution)
        made = Work(
            path=path,
            activity=found,
            parameters=parameters,
            mode=_mode(activity, found),
            control=control_of(activity),
            segments=cut,
            threads=_threads(distribution),
        )
        _check_segments(made)
        return made


def _name_of(activity: Document) -> str:
    if "composition" in activity:
        return COMPOSITION
    kinds: Document = activity.get("work", {})
    if len(kinds) != 1:
        names = f" ({', '.join(kinds)})" if kinds else ""
        raise SchemaViolation(
            f"activity/work must name exactly one kind of work, not {len(kinds)}{names}.",
            path="activity/work",
        )
    return str(next(iter(kinds)))


def _check_distinct(nodes: tuple[Node, ...]) -> None:
    twice = [
        name for name, count in Counter(node.identifier for node in nodes).items() if count > 1
    ]
    if twice:
        raise SchemaViolation(
            f"Two activities of one composition have the identifier '{twice[0]}'.",
            path="activity/composition/activity/identifier",
        )


def _refuse_settings(activity: Document, path: str) -> None:
    """Settings of a composition reach nobody: children inherit nothing (midpoint-tasks 3.1)."""
    for name in ("distribution", "policies", "execution", "executionMode"):
        if name in activity:
            raise Unsupported(
                f"The composition '{path}' has '{name}', which its activities do not inherit; "
                "give it to each of them."
            )


def _mode(activity: Document, found: AnyActivity) -> str:
    mode: str = activity.get("execution", {}).get("mode", activity.get("executionMode", "full"))
    if mode not in found.modes:
        raise Unsupported(
            f"'{found.name}' does not run in the execution mode '{mode}', only in "
            f"{', '.join(sorted(found.modes))}."
        )
    return mode


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
        for segment in work.segments:
            restricted(objects, segment).compiled()


def restricted(objects: ObjectSet, segment: Segment) -> ObjectSet:
    """The objects of one bucket."""
    if segment.clause is None:
        return objects
    return replace(objects, clauses=(*objects.clauses, segment.clause))


def archetype_of(plan: Node) -> tuple[str, str] | None:
    """Oid and name of the archetype that a task of this kind gets; None for a composition."""
    return ACTIVITIES[plan.name].archetype if plan.name != COMPOSITION else None


def affected_objects(plan: Node) -> Document:
    """What a task can be searched by: its kinds of work, and the objects that they are about."""
    return {"activity": [_affected(work) for work in plan.leaves]}


def _affected(work: Work[Any]) -> Document:
    affected: Document = {
        "activityType": work.activity.name,
        "executionMode": work.mode,
        "predefinedConfigurationToUse": "production",
    }
    if isinstance(work.activity, ObjectActivity):
        affected["objects"] = {"type": work.activity.objects(work.parameters, ANY_SCOPE).type}
    return affected

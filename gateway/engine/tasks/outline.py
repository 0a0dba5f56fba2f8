"""The tree of activities in a task's definition: names, order, buckets, and no value that is read.

Cheap and free of a vendor's words, so that it serves those who watch as well as those who run.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import orjson

from gateway.engine.activities.base import CompositeActivity, find_activity
from gateway.engine.tasks.segmentation import WHOLE, Segment, read_segments
from gateway.errors import SchemaViolation
from gateway.model.task_document import work_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.model.documents import Document

COMPOSITION = "composition"
#: Segmentations that are kept cut; a large one takes some milliseconds and megabytes.
SEGMENT_CACHE_SIZE = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Outline:
    """An activity in the tree."""

    #: Where it stands in the task: `recomputation:1`, or `outer/inner` in compositions.
    path: str
    identifier: str
    #: The kind of work, such as `recomputation`; `composition` for one of those.
    name: str
    #: The activity's definition; a part of a predefined composite has that of the whole.
    settings: Document
    #: The parameters of its work, not read yet; None if its children do the work.
    work: Document | None = None
    children: tuple[Outline, ...] = ()

    @property
    def is_skipped(self) -> bool:
        """Left out, with all below it, because its definition says so."""
        return bool(self.settings.get("controlFlow", {}).get("processingOption") == "skip")

    @property
    def mode(self) -> str:
        """The execution mode that it asks for."""
        deprecated = self.settings.get("executionMode", "full")
        return str(self.settings.get("execution", {}).get("mode", deprecated))

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The buckets that it is cut into; raises `SchemaViolation` for a bad segmentation."""
        buckets = self.settings.get("distribution", {}).get("buckets")
        return _cut(orjson.dumps(buckets)) if buckets else WHOLE

    @property
    def workers(self) -> Iterator[Outline]:
        """The activities that work, skipped ones too."""
        if self.work is not None:
            yield self
        for child in self.children:
            yield from child.workers

    @property
    def leaves(self) -> Iterator[Outline]:
        """The activities that work, in the order in which they do, skipped ones left out."""
        if self.is_skipped:
            return
        if self.work is not None:
            yield self
        for child in self.children:
            yield from child.leaves


@lru_cache(maxsize=SEGMENT_CACHE_SIZE)
def _cut(buckets: bytes) -> tuple[Segment, ...]:
    return read_segments({"buckets": orjson.loads(buckets)})


def outline(activity: Document) -> Outline:
    """The tree of an activity; raises `InvalidRequest` if its names make none."""
    return _outline_activity(activity, 1, None)


def _outline_activity(activity: Document, number: int, above: str | None) -> Outline:
    """`above` is the path that children of the parent begin with; the root stands in none."""
    name = _name_of(activity)
    identifier = activity.get("identifier") or f"{name}:{number}"
    if "/" in identifier:
        raise SchemaViolation(
            f"The activity's identifier '{identifier}' must have no '/', which stands in paths.",
            path="activity/identifier",
        )
    path = f"{above}/{identifier}" if above else identifier
    below = path if above is not None else ""
    found = Outline(path=path, identifier=identifier, name=name, settings=activity)
    if name == COMPOSITION:
        return replace(found, children=_children(activity, below))
    kind, work = find_activity(name), activity["work"][name]
    if not isinstance(kind, CompositeActivity):
        return replace(found, work=work)
    parts = (
        Outline(
            path=f"{below}/{part.identifier}" if below else part.identifier,
            identifier=part.identifier,
            name=part.name,
            settings=activity,
            work=part.work,
        )
        for part in kind.parts(work)
    )
    return replace(found, children=tuple(parts))


def _children(activity: Document, below: str) -> tuple[Outline, ...]:
    """In the order that they ask for; those that ask for none come last, as they are given."""
    counts: Counter[str] = Counter()
    placed = []
    for each in activity["composition"].get("activity", []):
        name = _name_of(each)
        counts[name] += 1
        order = each.get("order")
        placed.append((order is None, order or 0, _outline_activity(each, counts[name], below)))
    ordered = tuple(found for *_, found in sorted(placed, key=lambda each: each[:2]))
    _check_distinct(ordered)
    return ordered


def _name_of(activity: Document) -> str:
    if "composition" in activity:
        return COMPOSITION
    kinds: Document = activity.get("work", {})
    if len(kinds) != 1:
        names = f" ({', '.join(kinds)})" if kinds else ""
        raise SchemaViolation(
            f"{work_path()} must name exactly one kind of work, not {len(kinds)}{names}.",
            path=work_path(),
        )
    return str(next(iter(kinds)))


def _check_distinct(children: tuple[Outline, ...]) -> None:
    counts = Counter(each.identifier for each in children)
    twice = [identifier for identifier, count in counts.items() if count > 1]
    if twice:
        raise SchemaViolation(
            f"Two activities of one composition have the identifier '{twice[0]}'.",
            path="activity/composition/activity/identifier",
        )

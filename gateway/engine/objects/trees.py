"""Objects that stand below one another: subtasks and subcases, whose trees go as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.engine.objects.literals import one_of
from gateway.model.task_document import parent
from gateway.query import compile_filter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gateway.engine.objects.repository import Repository
    from gateway.model.documents import StoredObject

#: Objects whose descendants are looked for at once, and how many of these are read at once.
ABOVE, BELOW = 100, 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Tree:
    """How objects of a type stand below one another."""

    #: Filter of those directly below; `{above}` lists the keys of those above.
    below: str
    key: Callable[[StoredObject], str]
    #: The key of the object above; None if there is none.
    above: Callable[[StoredObject], str | None]
    #: Whether the object may go, as far as its state is concerned.
    is_closed: Callable[[StoredObject], bool] = lambda _: True
    #: Whether those below go with the one above by themselves.
    falls_together: bool = False


TASKS = Tree(
    below="parent = {above}",
    key=lambda task: str(task.items["taskIdentifier"]),
    above=lambda task: parent(task.items),
    is_closed=lambda task: task.items.get("executionState") == "closed",
    falls_together=True,
)
CASES = Tree(
    below="parentRef matches (oid = {above})",
    key=lambda case: case.oid,
    above=lambda case: case.items.get("parentRef", {}).get("oid"),
)


def descendants(
    tree: Tree, objects: Sequence[StoredObject], repository: Repository
) -> dict[str, StoredObject]:
    """All objects below these, by oid."""
    found: dict[str, StoredObject] = {}
    level = list(objects)
    while level:
        children = [
            child
            for start in range(0, len(level), ABOVE)
            for child in _children(tree, level[start : start + ABOVE], repository)
        ]
        level = [child for child in children if child.oid not in found]
        found |= {child.oid: child for child in level}
    return found


def _children(
    tree: Tree, objects: Sequence[StoredObject], repository: Repository
) -> Iterator[StoredObject]:
    """All objects directly below these, which are of one type."""
    type_name, after = objects[0].type, 0
    text = tree.below.format(above=one_of(map(tree.key, objects)))
    while True:
        seqs = repository.matching(type_name, compile_filter(text, type_name), after, BELOW)
        yield from repository.load(seqs)
        if len(seqs) < BELOW:
            return
        after = seqs[-1]


def members(
    tree: Tree, root: StoredObject, known: Mapping[str, StoredObject]
) -> Iterator[StoredObject]:
    """Those of the known objects that are below the root, each after the one above it."""
    children: dict[str | None, list[StoredObject]] = {}
    for each in known.values():
        children.setdefault(tree.above(each), []).append(each)
    seen, level = {root.oid}, [root]
    while level:
        level = [
            c for above in level for c in children.get(tree.key(above), ()) if c.oid not in seen
        ]
        seen |= {each.oid for each in level}
        yield from level

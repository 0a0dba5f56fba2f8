"""Which conditions lead to few objects, through an index, before anything else is looked at.

Decides the order in which SQL asks; never what is selected.
"""

from __future__ import annotations

from typing import TypeGuard

from gateway.query.comparisons import Comparison
from gateway.query.resolved import (
    Above,
    AllOf,
    AnyOf,
    Compare,
    ComparePlaces,
    Complement,
    Constant,
    InOrg,
    OrgScope,
    Referrer,
    Refers,
    Resolved,
    Some,
)
from gateway.store.sqlite.compile.trigrams import pieces_of

#: Tables with rows of an object's containers.
ROWS = frozenset({"assignment", "outcome"})
#: Columns with an index that does not start with the type.
INDEXED_OBJECT = frozenset({"object.oid"})
INDEXED = INDEXED_OBJECT | {
    "task.identifier",
    "task.parent",
    "task.execution_state",
    "task.scheduling_state",
}
#: The same, where a condition on the type stands beside it.
INDEXED_BY_TYPE = INDEXED_OBJECT | {"object.name"}


def pieces_for_all(node: Resolved) -> tuple[str, ...]:
    """What the index of name parts is asked for an object, where all of it has to be there."""
    parts = (pieces_of(part) for part in conjuncts(node) if isinstance(part, Compare))
    return tuple(pieces for pieces in parts if pieces is not None)


def conjuncts(node: Resolved) -> tuple[Resolved, ...]:
    """What all has to hold; constants that always do are left out."""
    if not isinstance(node, AllOf):
        return (node,)
    parts = tuple(part for part in node.parts if part != _TRUTH)
    return parts or (node,)


_TRUTH = Constant(value=True)


def is_selective(node: Resolved) -> TypeGuard[Refers]:
    """Whether a reference leads to few objects."""
    return isinstance(node, Refers) and (
        node.oids is not None or node.target is not None or node.subject is not None
    )


def leads_to_keys(node: Resolved, indexed: frozenset[str], *, by_parts: bool = True) -> bool:
    """Whether the condition can be met from an index of oids, name parts, targets or states."""
    if isinstance(node, AllOf):
        return any(leads_to_keys(part, indexed, by_parts=by_parts) for part in node.parts)
    if isinstance(node, AnyOf):
        return all(leads_to_keys(part, indexed, by_parts=by_parts) for part in node.parts)
    if isinstance(node, Compare):
        if by_parts and pieces_of(node) is not None:
            return True
        comparisons = {Comparison.EQUAL}
        if node.place.item.storage == "object.name":
            comparisons.add(Comparison.STARTS_WITH)
        return node.place.item.storage in indexed and node.comparison in comparisons
    if isinstance(node, Some):
        return node.place.item.storage in ROWS and any(map(is_selective, conjuncts(node.part)))
    if isinstance(node, InOrg):
        return node.scope is not OrgScope.ANCESTORS
    return is_selective(node) and node.place.item.storage == "reference"


def is_closed(node: Resolved, frame: int) -> bool:
    """Whether a condition in `frame` and behind it needs no frame before it."""
    if isinstance(node, AllOf | AnyOf):
        return all(is_closed(part, frame) for part in node.parts)
    if isinstance(node, Complement | Some):
        return is_closed(node.part, frame)
    if isinstance(node, Above):
        return node.frame >= frame and is_closed(node.part, frame)
    if isinstance(node, Refers):
        is_inside = node.subject is None or node.subject >= frame
        return is_inside and (node.target is None or is_closed(node.target, frame))
    if isinstance(node, Referrer):
        return is_closed(node.reference, frame) and is_closed(node.part, frame)
    return not (
        isinstance(node, ComparePlaces) and node.left_frame is not None and node.left_frame < frame
    )

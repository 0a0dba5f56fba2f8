"""What somebody may see, conjoined wherever a filter or an order looks at an object.

A filter tells something of every object that it looks at: of those that are asked for, and of those
behind references, above in the org tree, and those that refer. Pure; knows no rights.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.query.orgs import ORG_TYPE
from gateway.query.resolved import (
    Above,
    AllOf,
    AnyOf,
    ComparePlaces,
    Complement,
    Constant,
    InOrg,
    Referrer,
    Refers,
    Some,
    TypeIs,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.query.resolved import Query, Resolved

EVERYTHING, NOTHING = Constant(value=True), Constant(value=False)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sight:
    """Conditions on objects by their type; equal only to itself, so that it is cheap to look up."""

    #: By storable type, closed and seen from the object alone; a type that is not here is seen whole.
    conditions: Mapping[str, Resolved]

    def of(self, types: tuple[str, ...], frame: int) -> Resolved:
        """What must hold for the object in a frame, which is of one of the types."""
        ways: list[tuple[Resolved, list[str]]] = []
        for name in types:
            condition = self.conditions.get(name, EVERYTHING)
            same = next((names for known, names in ways if known == condition), None)
            if same is None:
                ways.append((condition, [name]))
            else:
                same.append(name)
        if len(ways) == 1:
            return _shift(ways[0][0], frame)
        found = [
            _both(TypeIs(types=tuple(names)), _shift(condition, frame))
            for condition, names in ways
            if condition != NOTHING
        ]
        return AnyOf(parts=tuple(found)) if found else NOTHING


def restrict_query(query: Query, sight: Sight) -> Query:
    """The query within what is seen; the very same one if that changes nothing."""
    condition = _restrict(query.condition, 1, sight)
    # Types without rows of their own stand for themselves.
    seen = sight.of(query.types or (query.type_name,), 0)
    condition = _both(condition, seen)
    return query if condition is query.condition else replace(query, condition=condition)


def restrict_order(node: Resolved, sight: Sight, frames: int = 1) -> Resolved:
    """The same for what an order names; an object that is not seen gives no value."""
    return _restrict(node, frames, sight)


def _restrict(node: Resolved, frames: int, sight: Sight) -> Resolved:
    """The node, before which there are so many frames. Loops keep one Python frame a level."""
    if isinstance(node, AllOf | AnyOf):
        parts = []
        for part in node.parts:
            parts.append(_restrict(part, frames, sight))  # noqa: PERF401
        is_same = all(new is old for new, old in zip(parts, node.parts, strict=True))
        return node if is_same else replace(node, parts=tuple(parts))
    if isinstance(node, Complement):
        return _with_part(node, _restrict(node.part, frames, sight))
    if isinstance(node, Some | Above):
        return _with_part(node, _restrict(node.part, frames + 1, sight))
    if isinstance(node, Refers) and node.target is not None:
        target = _restrict(node.target, frames + 1, sight)
        target = _both(sight.of(node.target_types, frames), target)
        return node if target is node.target else replace(node, target=target)
    if isinstance(node, Referrer):
        reference = _restrict(node.reference, frames + 1, sight)
        part = _both(sight.of(node.types, frames), _restrict(node.part, frames + 1, sight))
        is_same = part is node.part and reference is node.reference
        return node if is_same else replace(node, reference=reference, part=part)
    if isinstance(node, InOrg):
        way = sight.of((ORG_TYPE,), frames)
        return node if way == EVERYTHING else replace(node, way=way)
    return node


def _with_part(node: Complement | Some | Above, part: Resolved) -> Resolved:
    return node if part is node.part else replace(node, part=part)


def _both(left: Resolved, right: Resolved) -> Resolved:
    if NOTHING in (left, right):
        return NOTHING
    if left == EVERYTHING:
        return right
    if right == EVERYTHING:
        return left
    # On one level, where indexes are looked for.
    return AllOf(parts=(*(left.parts if isinstance(left, AllOf) else (left,)), right))


def _shift(node: Resolved, by: int) -> Resolved:
    """A condition on an object in the first frame, put into a later one."""
    if by == 0:
        return node
    if isinstance(node, AllOf | AnyOf):
        parts = []
        for part in node.parts:
            parts.append(_shift(part, by))  # noqa: PERF401
        return replace(node, parts=tuple(parts))
    if isinstance(node, Complement | Some):
        return replace(node, part=_shift(node.part, by))
    if isinstance(node, Above):
        return replace(node, frame=node.frame + by, part=_shift(node.part, by))
    if isinstance(node, ComparePlaces) and node.left_frame is not None:
        return replace(node, left_frame=node.left_frame + by)
    if isinstance(node, Refers | Referrer):
        return _shift_reference(node, by)
    return node


def _shift_reference(node: Refers | Referrer, by: int) -> Resolved:
    if isinstance(node, Referrer):
        reference, part = _shift(node.reference, by), _shift(node.part, by)
        return replace(node, reference=reference, part=part)
    return replace(
        node,
        subject=None if node.subject is None else node.subject + by,
        target=None if node.target is None else _shift(node.target, by),
    )

"""The two kinds of `matches` with names of their own: on references and on polystrings.

`oid`, `targetType`, `relation`, `target`, `orig` and `norm` mean something only here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gateway.model.documents import DEFAULT_RELATION
from gateway.model.schema import nearest
from gateway.query.ast import Always, And, Condition, Not, Path, Script, Subfilter
from gateway.query.comparisons import Comparison
from gateway.query.literals import literals
from gateway.query.render import render
from gateway.query.resolved import Compare, Facet, Refers, Test

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.query.ast import Filter
    from gateway.query.resolved import ItemLocation, Resolved
    from gateway.query.scope import Scope

ANY_RELATION = "q:any"
_TARGET = frozenset({"@", "target"})
_NAMES = frozenset({"relation", "targetType"})


@dataclass(slots=True)
class _Parts:
    """What was said about a reference so far."""

    oids: tuple[str, ...] | None = None
    names: dict[str, str] = field(default_factory=dict)
    target: Filter | None = None


def reference(
    inner: Filter,
    place: ItemLocation,
    scope: Scope,
    resolve_filter: Callable[[Filter, Scope], Resolved],
) -> Refers:
    """A condition on one value of a reference."""
    parts = _Parts()
    for part in inner.parts if isinstance(inner, And) else (inner,):
        _read(part, parts, scope)
    relation = parts.names.get("relation", DEFAULT_RELATION)
    refers = Refers(
        place=place,
        oids=parts.oids,
        target_type=parts.names.get("targetType"),
        relation=None if relation == ANY_RELATION else relation,
    )
    if parts.target is None:
        return refers
    position = _position(parts.target)
    target = scope.target(place.item.target, position)
    if refers.target_type is not None:
        given = scope.object_type(refers.target_type, position)
        if target.type.name in given.ancestry:
            target = target.narrow(given)
    return replace(
        refers,
        target=resolve_filter(parts.target, target),
        target_types=scope.schema.concrete(place.item.target),
    )


def _read(part: Filter, parts: _Parts, scope: Scope) -> None:
    name = str(part.path) if isinstance(part, Condition) else ""
    if not isinstance(part, Condition) or part.negated:
        raise _additional(part, scope)
    if name in _TARGET and part.operator == "matches" and isinstance(part.argument, Subfilter):
        if parts.target is not None:
            raise scope.fault(
                "Only one target filter wrapper is supported in reference matches; combine target "
                "conditions inside @ matches (...) or target matches (...).",
                part.path.position,
            )
        parts.target = part.argument.filter
    elif name == "oid" and part.operator == "equal" and parts.oids is None:
        parts.oids = tuple(literal.text for literal in literals(part, scope, many=True))
    elif name in _NAMES and part.operator == "equal" and name not in parts.names:
        parts.names[name] = _qname(part, scope)
    else:
        raise _additional(part, scope)


def _qname(part: Condition, scope: Scope) -> str:
    argument = part.argument
    if isinstance(argument, Path):
        name = argument.steps[0]
        if name == ANY_RELATION:
            return name
        bare = scope.bare(name, argument.position)
        if str(part.path) == "targetType":
            return scope.object_type(bare, argument.position).name
        return bare
    if isinstance(argument, Script):
        literals(part, scope, many=False)
    text = getattr(argument, "text", "")
    raise scope.fault(
        "QName value expected",
        argument.position if argument is not None else part.position,
        text or None,
    )


def _additional(part: Filter, scope: Scope) -> Exception:
    """What a reference is not asked for; items of its target stand behind an @."""
    text = render(part)
    meant = None
    if isinstance(part, Condition):
        name = str(part.path)
        side = "targetType" if name == "type" else nearest(name, ("oid", *_NAMES))
        is_item = scope.schema["ObjectType"].item(name) is not None or side is None
        meant = f"@ matches ({text})" if is_item else f"{side} = ..."
        if part.negated or name in {"oid", *_NAMES}:
            meant = None
    sentence = f"Additional unsupported filter specified: {text}"
    if meant is None:
        sentence += "; oid, targetType and relation stand once each, with = and joined by and"
    return scope.fault(sentence, _position(part), meant)


def _position(part: Filter) -> int:
    """Where a filter starts; a combination where its first condition does."""
    while not isinstance(part, Condition):
        if isinstance(part, Always):
            return 0
        part = part.part if isinstance(part, Not) else part.parts[0]
    return part.path.position


def polystring(inner: Filter, place: ItemLocation, scope: Scope) -> Compare:
    """Conditions on the two sides of a polystring."""
    sides: dict[str, Test] = {}
    for part in inner.parts if isinstance(inner, And) else (inner,):
        if not isinstance(part, Condition) or part.negated or part.operator != "equal":
            raise scope.fault("Only 'equals' and 'and' filters are supported.", _position(part))
        name = str(part.path)
        facet = {"orig": Facet.PLAIN, "norm": Facet.NORM}.get(name)
        if facet is None:
            raise scope.fault(f"Unknown property {name} for PolyString", part.path.position)
        found = literals(part, scope, many=True)
        sides[name] = Test(facet=facet, values=tuple(literal.text for literal in found))
    return Compare(place=place, comparison=Comparison.EQUAL, tests=tuple(sides.values()))

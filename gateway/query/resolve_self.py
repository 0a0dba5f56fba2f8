"""Filters that stand on `.`: where an object belongs, what holds a value, what refers to an object.

Gets conditions in their scope; knows no SQL and evaluates nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from gateway.model.documents import normalize
from gateway.model.schema import Kind, nearest
from gateway.model.tables import complete
from gateway.query.ast import And, Condition, Literal, Path, Script, Subfilter, Values
from gateway.query.build import conjunction
from gateway.query.comparisons import Comparison
from gateway.query.container_paths import holders
from gateway.query.literals import convert_literal, literals
from gateway.query.operators import OF_SELF, OPERATORS
from gateway.query.resolve_references import ANY_RELATION
from gateway.query.resolved import (
    AllOf,
    AnyOf,
    Compare,
    Complement,
    Constant,
    Facet,
    FullText,
    InOrg,
    OrgScope,
    Referrer,
    Refers,
    Some,
    Test,
    TypeIs,
)
from gateway.query.scope import bind

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.model.schema import ComplexType
    from gateway.query.ast import Filter
    from gateway.query.container_paths import Holder
    from gateway.query.resolved import Resolved
    from gateway.query.scope import Scope

    Resolve: TypeAlias = Callable[[Filter, Scope], Resolved]

INFRA = ("@type", "@path", "@relation")
_TRUE = Constant(value=True)


def _example(condition: Condition) -> str:
    """A correct use of the condition's filter."""
    return OPERATORS[condition.operator].example


def find_named_type(condition: Condition, scope: Scope) -> ComplexType:
    """The type that a `type` filter names."""
    argument = condition.argument
    if argument is None:
        after = condition.position + len("type")
        raise scope.fault("type literal must be specified for type.", after, _example(condition))
    if not isinstance(argument, Path):
        raise scope.fault(
            "Invalid value for QName: write the type without quotes",
            argument.position,
            getattr(argument, "text", None),
        )
    return scope.object_type(argument.steps[0], argument.position)


def of_type(condition: Condition, scope: Scope, resolve: Resolve) -> Resolved:
    """`. type UserType`."""
    del resolve
    return TypeIs(types=scope.schema.concrete(find_named_type(condition, scope).name))


def in_oid(condition: Condition, scope: Scope, resolve: Resolve) -> Resolved:
    """`. inOid '...'`, also ids of container values."""
    del resolve
    return _resolve_listed(condition, scope, scope)


def resolve_owned_by_oid(condition: Condition, scope: Scope, resolve: Resolve) -> Resolved:
    """`. ownedByOid '...'`: the object around the value is listed."""
    del resolve
    owner = _owner(scope, lambda outer: outer.is_object)
    if owner is None:
        literals(condition, scope, many=True)
        raise scope.fault(_needs_value("ownedByOid"), condition.position)
    again = owner.again(scope)
    return owner.above(scope, _resolve_listed(condition, again, scope))


def _resolve_listed(condition: Condition, about: Scope, scope: Scope) -> Resolved:
    place = about.identity()
    found = literals(_with_value(condition, scope), scope, many=True)
    values = tuple(convert_literal(place.item, literal, scope) for literal in found)
    test = Test(facet=Facet.PLAIN, values=values)
    return Compare(place=place, comparison=Comparison.EQUAL, tests=(test,))


def _with_value(condition: Condition, scope: Scope) -> Condition:
    if condition.argument is None or isinstance(condition.argument, Subfilter):
        after = condition.position + len(condition.operator)
        sentence = f"Value required for filter {condition.operator}"
        raise scope.fault(sentence, after, _example(condition))
    return condition


# ---- orgs and texts -------------------------------------------------------------------------------


def in_org(condition: Condition, scope: Scope, resolve: Resolve) -> Resolved:
    """`. inOrg[ONE_LEVEL] '...'`."""
    del resolve
    if condition.rule is not None and condition.rule not in set(OrgScope):
        raise scope.fault(
            f"The scope of inOrg is one of {', '.join(OrgScope)}, not '{condition.rule}'",
            condition.position,
            nearest(condition.rule, OrgScope),
        )
    if isinstance(condition.argument, Values):
        raise scope.fault("Single value is required.", condition.argument.position)
    if condition.argument is None or isinstance(condition.argument, Path | Subfilter):
        after = condition.position + len("inOrg")
        sentence = "oid literal must be specified for inOrg."
        raise scope.fault(sentence, after, _example(condition))
    (found,) = literals(condition, scope, many=False)
    return InOrg(oid=found.text, scope=OrgScope(condition.rule or OrgScope.SUBTREE))


def is_root(condition: Condition, scope: Scope, resolve: Resolve) -> Resolved:
    """`. isRoot`; a value after it means nothing."""
    del condition, resolve
    parents = scope.schema["ObjectType"].items["parentOrgRef"]
    return Complement(part=Refers(place=scope.place(parents)))


def full_text(condition: Condition, scope: Scope, resolve: Resolve) -> Resolved:
    """`. fullText 'some words'`; of several texts any will do."""
    del resolve
    found = literals(_with_value(condition, scope), scope, many=True)
    ways = tuple(FullText(words=tuple(normalize(each.text).split())) for each in found)
    return ways[0] if len(ways) == 1 else AnyOf(parts=ways)


# ---- what holds a value, what refers to an object -------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class _Infra:
    """What ownedBy and referencedBy say about the other side."""

    type: ComplexType
    path: Path | None
    relation: str | None
    rest: Filter | None


def _infra(condition: Condition, scope: Scope) -> _Infra:
    argument = condition.argument
    name = condition.operator
    if not isinstance(argument, Subfilter):
        after = condition.position + len(name)
        raise scope.fault(f"{name} filter requires subfilter", after, _example(condition))
    tree = argument.filter
    paths: dict[str, Path] = {}
    rest: list[Filter] = []
    for part in tree.parts if isinstance(tree, And) else (tree,):
        key = str(part.path) if isinstance(part, Condition) else ""
        if isinstance(part, Condition) and key in INFRA:
            if key in paths:
                raise scope.fault(f"{key} is given twice", part.path.position)
            paths[key] = _infra_value(part, key, scope)
        else:
            rest.append(part)
    if "@type" not in paths:
        sentence = f"{name} filter requires @type"
        raise scope.fault(sentence, condition.position, _example(condition))
    relation = paths.get("@relation")
    return _Infra(
        type=_find_held_type(paths["@type"], scope),
        path=paths.get("@path"),
        relation=_relation(relation, scope),
        rest=conjunction(rest) if rest else None,
    )


def _infra_value(part: Condition, key: str, scope: Scope) -> Path:
    if part.operator != "equal" or part.negated:
        raise scope.fault(f"{key} takes only =", part.position, "=")
    argument = part.argument
    if isinstance(argument, Script):
        literals(part, scope, many=False)
    if not isinstance(argument, Path):
        wanted = "path is required" if key == "@path" else "QName value expected"
        text = argument.text if isinstance(argument, Literal) else None
        position = part.position if argument is None else argument.position
        raise scope.fault(f"{wanted}: write {key} without quotes", position, text)
    return argument


def _relation(named: Path | None, scope: Scope) -> str | None:
    if named is None or named.steps[0] == ANY_RELATION:
        return None
    return scope.bare(named.steps[0], named.position)


def _find_held_type(path: Path, scope: Scope) -> ComplexType:
    name = scope.bare(path.steps[0], path.position)
    found = scope.schema.get(name)
    if found is None:
        near = scope.schema.nearest_type(name)
        raise scope.fault(f"Type {name} is not known", path.position, near)
    return found


def _needs_value(name: str) -> str:
    return f"{name} filter can only be used for values of containers and references"


def _owner(scope: Scope, is_meant: Callable[[Scope], bool]) -> Scope | None:
    outer = scope.outer
    while outer is not None and not is_meant(outer):
        outer = outer.outer
    return outer


def resolve_owned_by(condition: Condition, scope: Scope, resolve: Resolve) -> Resolved:
    """`. ownedBy (@type = UserType and @path = assignment and ...)`."""
    said = _infra(condition, scope)
    name = said.type.name
    if scope.is_object or scope.outer is None:
        raise scope.fault(_needs_value("ownedBy"), condition.position)
    owner = _owner(
        scope, lambda outer: name in outer.type.ancestry or outer.type.name in said.type.ancestry
    )
    if owner is None:
        if scope.is_one_of_many:
            return Constant(value=False)
        around = _owner(scope, lambda outer: outer.is_object) or scope.outer
        raise scope.fault(
            f"Requested type {name} is not subtype of {around.type.name}", condition.position
        )
    if said.path is not None:
        # Wrong names are told even where they lead elsewhere.
        bind(said.path, replace(owner, type=said.type))
        names = tuple(step.rpartition(":")[2] for step in said.path.steps)
        if names != scope.way[len(owner.way) :]:
            return Constant(value=False)
    again = owner.again(scope).narrow(said.type)
    parts: list[Resolved] = [_TRUE if said.rest is None else resolve(said.rest, again)]
    if name not in owner.type.ancestry:
        parts.append(TypeIs(types=scope.schema.concrete(name)))
    return owner.above(scope, AllOf(parts=tuple(parts)))


def resolve_referenced_by(condition: Condition, scope: Scope, resolve: Resolve) -> Resolved:
    """`. referencedBy (@type = UserType and @path = assignment/targetRef and ...)`."""
    said = _infra(condition, scope)
    if said.path is None:
        sentence = "referencedBy filter requires @path"
        raise scope.fault(sentence, condition.position, _example(condition))
    if said.type.is_object:
        referrer = scope.target(said.type.name, condition.position)
        reference = _reference_to(scope.frame, said, said.path, referrer)
        part = _TRUE if said.rest is None else resolve(said.rest, referrer)
        return Referrer(types=scope.schema.concrete(said.type.name), reference=reference, part=part)
    ways = [
        _by_value(holder, condition, said, said.path, scope, resolve)
        for holder in holders(scope.schema, said.type.name)
    ]
    if not ways:
        raise scope.fault(f"Nothing holds values of type {said.type.name}", condition.position)
    return AnyOf(parts=tuple(ways))


def _by_value(
    holder: Holder,
    condition: Condition,
    said: _Infra,
    path: Path,
    scope: Scope,
    resolve: Resolve,
) -> Resolved:
    """Some object holds a value that refers to this object."""
    referrer = scope.target(holder.owner, condition.position)
    bound = bind(Path(steps=holder.path, position=path.position), referrer)
    if bound.place is None:  # pragma: no cover  holders end at items
        raise TypeError(holder.path)
    value = bound.scope.inside(bound.place.item, condition.position)
    value = replace(value, is_one_of_many=True)
    reference = _reference_to(scope.frame, said, path, value)
    part = _TRUE if said.rest is None else resolve(said.rest, value)
    some = Some(place=bound.place, part=AllOf(parts=(reference, part)))
    return Referrer(
        types=scope.schema.concrete(holder.owner), reference=bound.wrap(some), part=_TRUE
    )


def _reference_to(frame: int, said: _Infra, path: Path, referrer: Scope) -> Resolved:
    bound = bind(path, referrer)
    if bound.place is None or bound.place.item.kind is not Kind.REFERENCE:
        near = [name for name, item in said.type.items.items() if item.kind is Kind.REFERENCE]
        raise referrer.fault(
            f"Path {path} does not lead to a reference", path.position, nearest(str(path), near)
        )
    return bound.wrap(Refers(place=bound.place, relation=said.relation, subject=frame))


SELF_FILTERS: dict[str, Callable[[Condition, Scope, Resolve], Resolved]] = complete(
    "filters on '.'",
    {
        "type": of_type,
        "inOid": in_oid,
        "ownedByOid": resolve_owned_by_oid,
        "inOrg": in_org,
        "isRoot": is_root,
        "fullText": full_text,
        "ownedBy": resolve_owned_by,
        "referencedBy": resolve_referenced_by,
    },
    OF_SELF,
)

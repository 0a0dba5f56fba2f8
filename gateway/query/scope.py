"""What a filter's names are looked up in, and how item paths are bound there.

Produces places and the conditions around them; knows no literals and no filters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.errors import QuerySemanticError, Unsupported
from gateway.model.schema import ComplexType, Kind, nearest
from gateway.model.values import bare_name
from gateway.query.comparisons import Comparison
from gateway.query.resolved import (
    CONTAINER_ID,
    OBJECT_OID,
    Above,
    AllOf,
    Compare,
    Facet,
    ItemLocation,
    Refers,
    Some,
    Test,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from gateway.model.schema import Item, Schema
    from gateway.query.ast import Path
    from gateway.query.resolved import Resolved

#: Collections and dereferences inside one another; no real filter comes near.
MAX_NESTED = 12
#: Values of one list, unless the settings say otherwise.
MAX_VALUES = 10_000
#: What a reference consists of.
SIDES = frozenset({"oid", "relation", "targetType"})
#: Names of an item before midPoint 4, still found in old filters.
FORMER_NAMES = {"accountRef": "linkRef"}
#: What a query for references is about.
REFERENCE = ComplexType(name="ObjectReferenceType", own=())
#: Positions that a place in a structured filter takes up: an operator's name fits into them.
PLACE_WIDTH = 1_024
#: Value metadata is kept where the older name has it.
METADATA = "@metadata"


class FilterRefused(QuerySemanticError, Unsupported):
    """Understood, but not served, with the place of it."""

    code = "unsupported"


class ClauseFault(QuerySemanticError):
    """A fault in a structured filter; `path` leads to it."""

    def __init__(self, message: str, path: str, suggestion: str | None = None) -> None:
        super().__init__(f"{message} (at {path})", suggestion=suggestion)
        self.path = path


class ClauseRefused(ClauseFault, FilterRefused):
    """Understood, but not served, with the way to it."""

    code = "unsupported"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """A type, and the way from the enclosing object or container value to it."""

    schema: Schema
    zone: tzinfo
    text: str
    type: ComplexType
    #: Steps through single-valued containers.
    prefix: tuple[str, ...] = ()
    in_object: bool = True
    nested: int = 0
    max_values: int = MAX_VALUES
    #: Which frame names are looked up in, and how many frames there are.
    frame: int = 0
    frames: int = 1
    #: What `..` leads to.
    outer: Scope | None = None
    #: Item names from the object to here.
    way: tuple[str, ...] = ()
    #: Set where the names are those of one value of a reference.
    reference: Item | None = None
    #: One of several places that a query for values is about; another may fit where this does not.
    is_one_of_many: bool = False
    #: Of a structured filter, what its positions stand for.
    places: tuple[str, ...] = ()

    @property
    def is_object(self) -> bool:
        """Whether names are looked up in an object itself."""
        return self.in_object and not self.prefix

    def fault(
        self, message: str, position: int, suggestion: str | None = None
    ) -> QuerySemanticError:
        """An error at a position of the filter."""
        if self.places:
            return ClauseFault(message, self.places[position // PLACE_WIDTH], suggestion)
        return QuerySemanticError(message, text=self.text, position=position, suggestion=suggestion)

    def refusal(self, message: str, position: int) -> FilterRefused:
        """What is understood at a position of the filter, but not served."""
        if self.places:
            return ClauseRefused(message, self.places[position // PLACE_WIDTH])
        return FilterRefused(message, text=self.text, position=position)

    def narrow(self, type_: ComplexType) -> Scope:
        """The same object, known to be of `type_` as well."""
        return self if type_.name in self.type.ancestry else replace(self, type=type_)

    def below(self, item: Item) -> Scope:
        """Inside the one value of a container."""
        return replace(
            self,
            type=self.schema[item.type],
            prefix=(*self.prefix, item.name),
            way=(*self.way, item.name),
            outer=self,
        )

    def inside(self, item: Item, position: int) -> Scope:
        """Inside one of the values of a container or reference."""
        is_reference = item.kind is Kind.REFERENCE
        return replace(
            self,
            type=REFERENCE if is_reference else self.schema[item.type],
            reference=item if is_reference else None,
            prefix=(),
            in_object=False,
            nested=self._nest(position),
            frame=self.frames,
            frames=self.frames + 1,
            way=(*self.way, item.name),
            outer=self,
        )

    def target(self, type_name: str, position: int) -> Scope:
        """Another object: one that a reference points to, or that refers to this one."""
        return replace(
            self,
            type=self.object_type(type_name, position),
            reference=None,
            prefix=(),
            in_object=True,
            nested=self._nest(position),
            frame=self.frames,
            frames=self.frames + 1,
            way=(),
            outer=None,
        )

    def again(self, inner: Scope) -> Scope:
        """This scope, entered again from a later frame."""
        return replace(self, frame=inner.frames, frames=inner.frames + 1, nested=inner.nested)

    def above(self, inner: Scope, condition: Resolved) -> Resolved:
        """A condition in this scope, entered again, seen from a later frame."""
        return Above(frame=self.frame, part=condition) if self.frame != inner.frame else condition

    def _nest(self, position: int) -> int:
        if self.nested >= MAX_NESTED:
            raise self.refusal(
                f"More than {MAX_NESTED} nested collections or dereferences are not supported",
                position,
            )
        return self.nested + 1

    def object_type(self, name: str, position: int) -> ComplexType:
        """The object type called `name`."""
        bare = name.rpartition(":")[2]
        found = self.schema.get(bare)
        if found is not None and found.is_object:
            return found
        near = nearest(bare, [each.name for each in self.schema.types() if each.is_object])
        raise self.fault(f"Type {bare} is not known", position, near)

    def bare(self, name: str, position: int) -> str:
        """The name in a qualified name."""
        try:
            return bare_name(name)
        except ValueError as error:
            raise self.fault(f"QName value expected, not '{name[:80]}'", position) from error

    def place(self, item: Item) -> ItemLocation:
        """Where `item` of this scope's type stands."""
        return ItemLocation(keys=(*self.prefix, item.name), item=item, in_object=self.in_object)

    def identity(self) -> ItemLocation:
        """The object's oid or the container value's id."""
        if self.is_object:
            return ItemLocation(keys=(), item=OBJECT_OID, in_object=True)
        return ItemLocation(
            keys=(*self.prefix, CONTAINER_ID.name), item=CONTAINER_ID, in_object=self.in_object
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """A path that was found; `place` is None where it ends at an object itself."""

    place: ItemLocation | None
    #: Where the path starts, and where it ends.
    start: Scope
    scope: Scope
    around: tuple[Callable[[Resolved], Resolved], ...] = ()

    def wrap(self, condition: Resolved) -> Resolved:
        """The condition seen from where the path starts."""
        for outer in reversed(self.around):
            condition = outer(condition)
        return condition


def bind(path: Path, scope: Scope) -> Bound:
    """Follow `path` from `scope`."""
    if path.is_self:
        return Bound(place=None, start=scope, scope=scope)
    return _Walk(path, scope).run()


class _Walk:
    """Follows one path, step by step."""

    def __init__(self, path: Path, scope: Scope) -> None:
        self.path = path
        self.steps = list(path.steps)
        self.start = self.scope = scope
        self.around: list[Callable[[Resolved], Resolved]] = []
        self.place: ItemLocation | None = None

    def run(self) -> Bound:
        while self.steps:
            step = self.steps.pop(0)
            if step == "#":
                self._identity()
            elif step == "..":
                self._up()
            elif step == "@":
                self._refer(self._own_reference())
            elif step.endswith("]"):
                self._one_value(step)
            elif step == METADATA:
                self._metadata()
            else:
                self._item(step)
        return Bound(
            place=self.place, start=self.start, scope=self.scope, around=tuple(self.around)
        )

    def _identity(self) -> None:
        if self.steps:
            raise self._absent("#")
        self.place = self.scope.identity()

    def _metadata(self) -> None:
        """`@metadata/storage/x` and `@metadata/process/x` are kept as `metadata/x`."""
        part = self.steps.pop(0) if self.steps else METADATA
        if part.rpartition(":")[2] not in {"storage", "process"}:
            raise self._absent(part, "ValueMetadataType")
        self._item("metadata")

    def _item(self, step: str) -> None:
        item = self.scope.type.items.get(step) if step.startswith("@") else self._find_named(step)
        if item is None:
            raise self._absent(step)
        if not self.steps:
            self.place = self.scope.place(item)
        elif item.kind is Kind.CONTAINER:
            self._enter(item)
        elif item.kind is Kind.REFERENCE and self.steps[0] == "@":
            self.steps.pop(0)
            self._refer(self.scope.place(item))
        else:
            raise self._beyond(item)

    def _beyond(self, item: Item) -> QuerySemanticError:
        """A step into something that has no items; into a reference there are other ways."""
        step = self.steps[0]
        if item.kind is not Kind.REFERENCE:
            return self._absent(step, item.name)
        written = self.path.steps[: len(self.path.steps) - len(self.steps)]
        before, after = "/".join(written), "/".join(self.steps)
        inside = step in SIDES
        return self.scope.fault(
            f"Path {self.path} is not present in type {item.name}",
            self.path.position,
            f"{before} matches ({step} = ...)" if inside else f"{before}/@/{after}",
        )

    def _find_named(self, step: str) -> Item:
        name = step.rpartition(":")[2]
        item = self.scope.type.item(name) or self.scope.type.item(FORMER_NAMES.get(name, name))
        if item is None:
            raise self._absent(name)
        if item.computed or item.apart:
            raise self.scope.refusal(f"Filters on {name} are not supported yet", self.path.position)
        return item

    def _up(self) -> None:
        inner, outer = self.scope, self.scope.outer
        if outer is None:
            raise self._absent("..", f"{inner.type.name}, which nothing holds")
        if outer.frame == inner.frame:
            self.scope = replace(outer, frames=inner.frames)
            return
        self.around.append(lambda part: Above(frame=outer.frame, part=part))
        self.scope = outer.again(inner)

    def _own_reference(self) -> ItemLocation:
        item = self.scope.reference
        if item is None:
            raise self._absent("@")
        return ItemLocation(keys=(), item=replace(item, many=False, storage=""), in_object=False)

    def _one_value(self, step: str) -> None:
        """`assignment[5]`: the value with that id."""
        name, _, number = step[:-1].partition("[")
        item = self._find_named(name)
        if item.kind is not Kind.CONTAINER or not item.many or not number.isdecimal():
            raise self.scope.fault(
                f"{step} names no value: only a container with several values has ids, "
                "which are integers",
                self.path.position,
            )
        place = self.scope.place(item)
        self.scope = self.scope.inside(item, self.path.position)
        has_id = Compare(
            place=self.scope.identity(),
            comparison=Comparison.EQUAL,
            tests=(Test(facet=Facet.PLAIN, values=(int(number[:18]),)),),
        )
        self.around.append(lambda part: Some(place=place, part=AllOf(parts=(has_id, part))))

    def _enter(self, item: Item) -> None:
        if not item.many:
            self.scope = self.scope.below(item)
            return
        place = self.scope.place(item)
        self.around.append(lambda part: Some(place=place, part=part))
        self.scope = self.scope.inside(item, self.path.position)

    def _refer(self, place: ItemLocation) -> None:
        self.scope = self.scope.target(place.item.target, self.path.position)
        types = self.scope.schema.concrete(self.scope.type.name)
        self.around.append(lambda part: Refers(place=place, target=part, target_types=types))

    def _of_subtype(self, name: str) -> str | None:
        """How to name an item that only some subtypes have."""
        schema = self.scope.schema
        having = [each for each in self.scope.type.subtypes if name in schema[each].items]
        if not having:
            return None
        before = len(self.path.steps) - len(self.steps) - 1
        rest = "/".join(self.path.steps[before:])
        if not before:
            return f". type {having[0]} and {rest}"
        way = "/".join(self.path.steps[:before])
        return f"{way} matches (. type {having[0]} and {rest} ...)"

    def _absent(self, step: str, type_name: str | None = None) -> QuerySemanticError:
        type_ = self.scope.type
        near = type_.nearest(step) if type_name is None else None
        if type_name is None and self.scope.is_object:
            near = self._of_subtype(step) or near
        return self.scope.fault(
            f"Path {self.path} is not present in type {type_name or type_.name}",
            self.path.position,
            near,
        )

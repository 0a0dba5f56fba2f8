"""The resolved tree: conditions bound to schema items, with canonical values.

`evaluate` and `sql` both read it and must agree on every node. It holds no text of the filter, no
SQL and no predicate.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from gateway.model.schema import Item, Kind

if TYPE_CHECKING:
    from gateway.model.documents import Json
    from gateway.query.operators import Comparison

OBJECT_OID = Item(name="#", kind=Kind.PROPERTY, type="string", storage="object.oid")
CONTAINER_ID = Item(name="id", kind=Kind.PROPERTY, type="int")


class Facet(StrEnum):
    """Which side of a value is compared."""

    #: The value itself; of a polystring, its text.
    PLAIN = "plain"
    #: The text in lower case.
    LOWER = "lower"
    #: The normalized text.
    NORM = "norm"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where an item stands, seen from the object or container value that a condition is about."""

    keys: tuple[str, ...]
    item: Item
    #: Seen from an object: its columns and side tables may hold the item.
    in_object: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Test:
    """A facet of a value, and the texts or numbers of which any will do."""

    __test__ = False

    facet: Facet
    values: tuple[Json, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Constant:
    """Always true or always false."""

    value: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class AllOf:
    """Every part holds."""

    parts: tuple[Resolved, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class AnyOf:
    """Some part holds."""

    parts: tuple[Resolved, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Complement:
    """The part does not hold; a missing value counts as not holding."""

    part: Resolved


@dataclass(frozen=True, kw_only=True, slots=True)
class Compare:
    """Some single value of the property passes every test."""

    place: Place
    comparison: Comparison
    tests: tuple[Test, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ComparePlaces:
    """Two single-valued properties, compared by every facet; false when either is missing."""

    left: Place
    right: Place
    comparison: Comparison
    facets: tuple[tuple[Facet, Facet], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Present:
    """The property or container has a value."""

    place: Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Some:
    """Some single value of a multi-valued container satisfies the condition."""

    place: Place
    part: Resolved


@dataclass(frozen=True, kw_only=True, slots=True)
class Refers:
    """Some single value of a reference fits; None leaves a side open."""

    place: Place
    oids: tuple[str, ...] | None = None
    target_type: str | None = None
    relation: str | None = None
    #: Holds for the target object, which must exist and be of one of `target_types`.
    target: Resolved | None = None
    target_types: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class TypeIs:
    """The object's type is one of these."""

    types: tuple[str, ...]


Resolved: TypeAlias = (
    Constant
    | AllOf
    | AnyOf
    | Complement
    | Compare
    | ComparePlaces
    | Present
    | Some
    | Refers
    | TypeIs
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """A condition on the objects of a type."""

    type_name: str
    #: The storable types that are asked for.
    types: tuple[str, ...]
    condition: Resolved

"""The resolved tree: conditions bound to schema items, with canonical values.

A condition stands in a row of frames: the object that is asked for, then whatever was entered on
the way to it (values of containers, objects behind references). Nodes name frames by their index in
that row; a condition without an index is about the last one.

`evaluate` and `sql` both read the tree and must agree on every node. It holds no text of the filter,
no SQL and no predicate.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from gateway.model.schema import Item, Kind

if TYPE_CHECKING:
    from gateway.model.documents import Json
    from gateway.query.comparisons import Comparison

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
    #: An LDAP name without differences of case, blanks and order inside a component.
    DN = "dn"
    #: A mail address, its prefix as it is and the rest in lower case.
    EMAIL = "email"
    #: A UUID in lower case, without blanks around it.
    UUID = "uuid"
    #: Canonical XML; what is no XML stays as it is.
    XML = "xml"


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemLocation:
    """Where an item stands, seen from the object or container value that a condition is about."""

    keys: tuple[str, ...]
    item: Item
    #: Seen from an object: its columns and side tables may hold the item.
    in_object: bool


def state_column(name: str) -> ItemLocation:
    """A column of a task's state, which the schema need not show."""
    item = Item(name=name, kind=Kind.PROPERTY, type="string", storage=f"task.{name}")
    return ItemLocation(keys=(), item=item, in_object=True)


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

    place: ItemLocation
    comparison: Comparison
    tests: tuple[Test, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ComparePlaces:
    """Two single-valued properties, compared by every facet; false when either is missing."""

    left: ItemLocation
    right: ItemLocation
    comparison: Comparison
    facets: tuple[tuple[Facet, Facet], ...]
    #: The frame of `left` where it is not that of `right`.
    left_frame: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Present:
    """The property or container has a value."""

    place: ItemLocation


@dataclass(frozen=True, kw_only=True, slots=True)
class Some:
    """Some single value of a multi-valued container satisfies the condition."""

    place: ItemLocation
    part: Resolved


@dataclass(frozen=True, kw_only=True, slots=True)
class Refers:
    """Some single value of a reference fits; None leaves a side open."""

    place: ItemLocation
    oids: tuple[str, ...] | None = None
    target_type: str | None = None
    relation: str | None = None
    #: Holds for the target object, which must exist and be of one of `target_types`.
    target: Resolved | None = None
    target_types: tuple[str, ...] = ()
    #: The frame of the object that must be the target.
    subject: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TypeIs:
    """The object's type is one of these."""

    types: tuple[str, ...]


class OrgScope(StrEnum):
    """How far an org reaches."""

    #: The org and everything below it.
    SUBTREE = "SUBTREE"
    ONE_LEVEL = "ONE_LEVEL"
    #: The orgs above it.
    ANCESTORS = "ANCESTORS"


@dataclass(frozen=True, kw_only=True, slots=True)
class InOrg:
    """The object belongs to the org, or is one of the orgs above it; relations do not matter."""

    oid: str
    scope: OrgScope
    #: Holds for each org that is looked at on the way; None: for any.
    way: Resolved | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Audience:
    """The object is for everybody, or for one of these groups; only tasks are limited to some."""

    groups: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FullText:
    """Every word occurs in the object's index text."""

    words: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Above:
    """The part holds for a frame that was entered earlier; it is entered again for it."""

    frame: int
    part: Resolved


@dataclass(frozen=True, kw_only=True, slots=True)
class Referrer:
    """Some object of these types refers to the subject of `reference` and satisfies the part."""

    types: tuple[str, ...]
    reference: Resolved
    part: Resolved


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
    | InOrg
    | Audience
    | FullText
    | Above
    | Referrer
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """A condition on the objects of a type.

    A query for the values of a container type, or for references, selects the objects that hold
    them.
    """

    type_name: str
    #: The storable types that are asked for.
    types: tuple[str, ...]
    condition: Resolved

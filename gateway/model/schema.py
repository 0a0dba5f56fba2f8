"""What the schema knows of each item: type, multiplicity, where it is stored, who maintains it.

The rows live in `gateway.model.types`, one table a type; codecs, filters, OpenAPI and docs all read
them from here. This module knows nothing of wires, SQL or HTTP.

A row is `name  type[*]  [storage]  [flags]  [-- sentence]`:

* type: a primitive of `PRIMITIVES`, `enum:Name`, `ref:TargetType`, or the name of a container type;
  a `*` means that the item may have several values;
* storage: nothing (in the document), `table.column`, or the side table `reference`, `assignment`
  or `outcome`;
* flags: `op` maintained by the server, `computed` filled in only when asked for, `apart` shown as
  incomplete unless asked for, `removed` known of old and ignored, `refused` not supported yet;
* sentence: what the item means here, where its name does not say so; for documents.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PRIMITIVES = frozenset(
    "string polystring int long decimal boolean dateTime duration uri qname path any".split()
)
FLAGS = frozenset({"op", "computed", "apart", "removed", "refused"})


class Kind(StrEnum):
    """What an item holds."""

    PROPERTY = "property"
    REFERENCE = "reference"
    CONTAINER = "container"


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One item of a type."""

    name: str
    kind: Kind
    #: A primitive, `enum`, `reference`, or a container type's name.
    type: str
    many: bool = False
    #: Allowed texts of an enum.
    values: tuple[str, ...] = ()
    #: Name of the enum, for documents.
    enum: str = ""
    #: Declared target type of a reference.
    target: str = ""
    #: `""` for the document, `table.column`, or a side table's name.
    storage: str = ""
    operational: bool = False
    computed: bool = False
    apart: bool = False
    removed: bool = False
    refused: bool = False
    #: A sentence for documents, if its name does not say enough.
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class ComplexType:
    """An object type or a container type."""

    name: str
    own: tuple[Item, ...]
    parent: ComplexType | None = None
    is_object: bool = False
    abstract: bool = False
    #: Any item name is allowed below, with values of type `any`.
    open: bool = False
    description: str = ""
    subtypes: list[str] = field(default_factory=list, compare=False)

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """Own and inherited items, inherited ones first, by name."""
        inherited = dict(self.parent.items) if self.parent else {}
        return inherited | {item.name: item for item in self.own}

    @cached_property
    def ancestry(self) -> frozenset[str]:
        """Names of this type and all its supertypes."""
        above = self.parent.ancestry if self.parent else frozenset[str]()
        return above | {self.name}

    def item(self, name: str) -> Item | None:
        """The item called `name`, or None; open types know every name."""
        found = self.items.get(name)
        if found is None and self.open:
            return any_item(name)
        return found

    @cached_property
    def offered(self) -> Mapping[str, Item]:
        """The items that a client may use."""
        return {n: item for n, item in self.items.items() if not (item.removed or item.refused)}

    def nearest(self, name: str) -> str | None:
        """The item name that looks most like `name`, for error messages."""
        return nearest(name, self.offered)


@lru_cache(maxsize=4096)
def any_item(name: str) -> Item:
    """An undeclared item of an open type."""
    return Item(name=name, kind=Kind.PROPERTY, type="any", many=True)


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that a caller who wrote `name` most likely meant."""
    folded = {candidate.lower(): candidate for candidate in candidates}
    matches = difflib.get_close_matches(name.lower()[:64], folded, n=1, cutoff=0.6)
    return folded[matches[0]] if matches else None


class Schema:
    """All types, by name."""

    def __init__(self) -> None:
        self._types: dict[str, ComplexType] = {}
        self._enums: dict[str, tuple[str, ...]] = {}

    def declare_enum(self, name: str, values: str) -> None:
        """Name a set of texts."""
        self._enums[name] = tuple(values.split())

    def declare(
        self,
        name: str,
        rows: str,
        *,
        extends: str = "",
        is_object: bool = False,
        abstract: bool = False,
        open: bool = False,  # noqa: A002  the word of the schema
        description: str = "",
    ) -> None:
        """Add a type from its table of rows."""
        own = tuple(self._item(row) for row in rows.splitlines() if row.strip())
        parent = self._types[extends] if extends else None
        added = ComplexType(
            name=name,
            own=own,
            parent=parent,
            is_object=is_object,
            abstract=abstract,
            open=open,
            description=description,
        )
        self.add(added)

    def add(self, added: ComplexType) -> None:
        """Add a type whose supertypes are here already."""
        self._types[added.name] = added
        for above in added.ancestry:
            self._types[above].subtypes.append(added.name)

    def adopt(self, other: Schema) -> None:
        """Become another schema, for everyone who holds this one."""
        self._types, self._enums = other._types, other._enums

    def _item(self, row: str) -> Item:
        cells, _, description = row.partition(" -- ")
        name, kind_text, *rest = cells.split()
        many, text = kind_text.endswith("*"), kind_text.rstrip("*")
        flags = FLAGS.intersection(rest)
        storage = next((cell for cell in rest if cell not in FLAGS), "")
        kind, type_, values, target = self._classify(text)
        return Item(
            name=name,
            kind=kind,
            type=type_,
            many=many,
            values=values,
            enum=text.removeprefix("enum:") if type_ == "enum" else "",
            target=target,
            storage=storage,
            operational="op" in flags or "computed" in flags,
            computed="computed" in flags,
            apart="apart" in flags,
            removed="removed" in flags,
            refused="refused" in flags,
            description=description.strip(),
        )

    def _classify(self, text: str) -> tuple[Kind, str, tuple[str, ...], str]:
        if text in PRIMITIVES:
            return Kind.PROPERTY, text, (), ""
        prefix, _, rest = text.partition(":")
        if prefix == "enum":
            return Kind.PROPERTY, "enum", self._enums[rest], ""
        if prefix == "ref":
            return Kind.REFERENCE, "reference", (), rest
        return Kind.CONTAINER, text, (), ""

    def get(self, name: str) -> ComplexType | None:
        """The type called `name`, if there is one."""
        return self._types.get(name)

    def __getitem__(self, name: str) -> ComplexType:
        return self._types[name]

    def object_types(self) -> tuple[ComplexType, ...]:
        """The types whose objects can be stored."""
        return tuple(t for t in self._types.values() if t.is_object and not t.abstract)

    def types(self) -> tuple[ComplexType, ...]:
        """Every type, in order of declaration."""
        return tuple(self._types.values())

    def is_subtype(self, name: str, of: str) -> bool:
        """Whether objects of type `name` are objects of type `of`; unknown names are only themselves."""
        found = self._types.get(name)
        return of in found.ancestry if found else name == of

    def concrete(self, name: str) -> tuple[str, ...]:
        """The storable types that are of type `name`."""
        found = self._types.get(name)
        names = found.subtypes if found else []
        return tuple(n for n in names if self._types[n].is_object and not self._types[n].abstract)

    def nearest_type(self, name: str) -> str | None:
        """The type name that looks most like `name`."""
        return nearest(name, self._types)

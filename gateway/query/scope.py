"""What a filter's names are looked up in, and how item paths are bound there.

Produces places and the conditions around them; knows no literals and no filters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.errors import QuerySemanticError, Unsupported
from gateway.model.schema import Kind
from gateway.query.resolved import CONTAINER_ID, OBJECT_OID, Place, Refers, Some

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from gateway.model.schema import ComplexType, Item, Schema
    from gateway.query.ast import Path
    from gateway.query.resolved import Resolved

#: Collections and dereferences inside one another; no real filter comes near.
MAX_NESTED = 12
#: Values of one list, unless the settings say otherwise.
MAX_VALUES = 10_000
#: Types of the vendor's world that are not stored here yet.
FOREIGN_TYPES = frozenset(
    [
        "AbstractMarkType",
        "AccessCertificationCampaignType",
        "AccessCertificationCaseType",
        "AccessCertificationDefinitionType",
        "AuditEventRecordType",
        "CaseType",
        "CaseWorkItemType",
        "ConnectorHostType",
        "ConnectorType",
        "DashboardType",
        "FunctionLibraryType",
        "LookupTableType",
        "MarkType",
        "MessageTemplateType",
        "NodeType",
        "ObjectCollectionType",
        "ObjectTemplateType",
        "OrgPolicyType",
        "PolicyType",
        "ReportDataType",
        "ReportType",
        "ResourceType",
        "RoleAnalysisClusterType",
        "RoleAnalysisOutlierType",
        "RoleAnalysisSessionType",
        "SchemaType",
        "SecurityPolicyType",
        "SequenceType",
        "ShadowType",
        "SimulationResultType",
        "SystemConfigurationType",
        "ValuePolicyType",
    ]
)
#: Value metadata is kept where the older name has it.
METADATA = "@metadata"


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

    @property
    def is_object(self) -> bool:
        """Whether names are looked up in an object itself."""
        return self.in_object and not self.prefix

    def fault(
        self, message: str, position: int, suggestion: str | None = None
    ) -> QuerySemanticError:
        """An error at a position of the filter."""
        return QuerySemanticError(message, text=self.text, position=position, suggestion=suggestion)

    def narrow(self, type_: ComplexType) -> Scope:
        """The same object, known to be of `type_` as well."""
        return self if type_.name in self.type.ancestry else replace(self, type=type_)

    def below(self, item: Item) -> Scope:
        """Inside the one value of a container."""
        return replace(self, type=self.schema[item.type], prefix=(*self.prefix, item.name))

    def inside(self, item: Item, position: int) -> Scope:
        """Inside one of the values of a container."""
        return replace(
            self,
            type=self.schema[item.type],
            prefix=(),
            in_object=False,
            nested=self._nest(position),
        )

    def target(self, type_name: str, position: int) -> Scope:
        """The object that a reference points to."""
        return replace(
            self,
            type=self.object_type(type_name, position),
            prefix=(),
            in_object=True,
            nested=self._nest(position),
        )

    def _nest(self, position: int) -> int:
        if self.nested >= MAX_NESTED:
            raise Unsupported(
                f"More than {MAX_NESTED} nested collections or dereferences are not supported yet "
                f"(position {position})"
            )
        return self.nested + 1

    def object_type(self, name: str, position: int) -> ComplexType:
        """The object type called `name`."""
        bare = name.rpartition(":")[2]
        found = self.schema.get(bare)
        if found is not None and found.is_object:
            return found
        if bare in FOREIGN_TYPES:
            raise Unsupported(f"Filters on {bare} objects are not supported yet")
        raise self.fault(f"Type {bare} is not known", position, self.schema.nearest_type(bare))

    def place(self, item: Item) -> Place:
        """Where `item` of this scope's type stands."""
        return Place(keys=(*self.prefix, item.name), item=item, in_object=self.in_object)

    def identity(self) -> Place:
        """The object's oid or the container value's id."""
        if self.is_object:
            return Place(keys=(), item=OBJECT_OID, in_object=True)
        return Place(
            keys=(*self.prefix, CONTAINER_ID.name), item=CONTAINER_ID, in_object=self.in_object
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """A path that was found; `place` is None where it ends at an object itself."""

    place: Place | None
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
        self.place: Place | None = None

    def run(self) -> Bound:
        while self.steps:
            step = self.steps.pop(0)
            if step == "#":
                self._identity()
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
        self._refuse_special(step)
        name = step.rpartition(":")[2]
        item = self.scope.type.item(name)
        if item is None:
            raise self._absent(name)
        if item.computed or item.apart:
            raise Unsupported(f"Filters on {name} are not supported yet")
        if not self.steps:
            self.place = self.scope.place(item)
        elif item.kind is Kind.CONTAINER:
            self._enter(item)
        elif item.kind is Kind.REFERENCE and self.steps[0] == "@":
            self._dereference(item)
        else:
            raise self._absent(self.steps[0], item.name)

    def _refuse_special(self, step: str) -> None:
        if step == "..":
            raise Unsupported("Paths to the owner (..) are not supported yet")
        if step.endswith("]"):
            raise Unsupported(f"Container ids in paths ({step}) are not supported yet")
        if step == "@" and not self.scope.in_object:
            raise self._absent("@")
        if step == "@":
            raise Unsupported("Reference queries (a path that starts with @) are not supported yet")
        if step.startswith("@"):
            raise self._absent(step)

    def _enter(self, item: Item) -> None:
        if not item.many:
            self.scope = self.scope.below(item)
            return
        place = self.scope.place(item)
        self.around.append(lambda part: Some(place=place, part=part))
        self.scope = self.scope.inside(item, self.path.position)

    def _dereference(self, item: Item) -> None:
        self.steps.pop(0)
        place = self.scope.place(item)
        self.scope = self.scope.target(item.target, self.path.position)
        types = self.scope.schema.concrete(self.scope.type.name)
        self.around.append(lambda part: Refers(place=place, target=part, target_types=types))

    def _absent(self, step: str, type_name: str | None = None) -> QuerySemanticError:
        type_ = self.scope.type
        near = type_.nearest(step) if type_name is None else None
        return self.scope.fault(
            f"Path {self.path} is not present in type {type_name or type_.name}",
            self.path.position,
            near,
        )

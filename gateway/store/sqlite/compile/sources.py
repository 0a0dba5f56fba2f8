"""Where items stand in SQL: columns of an object or a task, rows beside it, paths in documents.

A frame is what a condition is about: an object, a value of a container in a document, or a row of
`outcome`. Knows tables and JSON paths, not conditions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gateway.errors import Unsupported
from gateway.model.documents import DEFAULT_RELATION
from gateway.query.normal_forms import write_facet
from gateway.query.resolved import Facet

if TYPE_CHECKING:
    from gateway.query.resolved import ItemLocation

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def json_path(keys: tuple[str, ...]) -> str:
    """A path into a document, as an SQL literal; names need no escapes or are refused."""
    for key in keys:
        if not _NAME.fullmatch(key):
            raise Unsupported(f"Items with a name like '{key}' cannot be searched")
    return "'$" + "".join(f'."{key}"' for key in keys) + "'"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """Expressions for the sides of one reference value."""

    oid: str
    type: str
    relation: str
    #: True where there is a reference at all.
    exists: str


def json_reference(document: str, keys: tuple[str, ...]) -> Reference:
    """A reference in a document."""
    return Reference(
        oid=f"json_extract({document}, {json_path((*keys, 'oid'))})",
        type=f"json_extract({document}, {json_path((*keys, 'type'))})",
        relation=(
            f"coalesce(json_extract({document}, {json_path((*keys, 'relation'))}), "
            f"'{DEFAULT_RELATION}')"
        ),
        exists=f"json_type({document}, {json_path(keys)}) = 'object'",
    )


class RowSource(Protocol):
    """What a condition is about."""

    def document(self, place: ItemLocation) -> str:
        """The JSON that `place.keys` lead through."""
        ...

    def scalar(self, place: ItemLocation, facet: Facet) -> str:
        """The only value of a property."""
        ...

    def reference(self, place: ItemLocation) -> Reference:
        """The only value of a reference."""
        ...

    def is_column(self, place: ItemLocation) -> bool:
        """Whether the value is a column, and cheap to name twice."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentRowSource:
    """A container value, as JSON."""

    json: str

    def document(self, place: ItemLocation) -> str:
        """The JSON that `place.keys` lead through."""
        del place
        return self.json

    def scalar(self, place: ItemLocation, facet: Facet) -> str:
        """The only value of a property."""
        plain = f"json_extract({self.json}, {json_path(place.keys)})"
        if place.item.type == "polystring":
            text = f"json_extract({self.json}, {json_path((*place.keys, 'orig'))})"
            plain = f"coalesce({text}, {plain})"
        return write_facet(facet, plain)

    def reference(self, place: ItemLocation) -> Reference:
        """The only value of a reference."""
        return json_reference(self.json, place.keys)

    def is_column(self, place: ItemLocation) -> bool:
        """Never."""
        del place
        return False


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectRowSource:
    """An object: a row of `object`, with a row of `task` beside it where it is one."""

    alias: str
    #: The alias of the joined `task`, if it is joined.
    task: str | None = None
    #: Whether this is an object that is asked for, not one that is referred to.
    is_root: bool = False

    @property
    def seq(self) -> str:
        """The row's key."""
        return f"{self.alias}.seq"

    def document(self, place: ItemLocation) -> str:
        """The JSON that `place.keys` lead through."""
        del place
        return f"{self.alias}.doc"

    def is_column(self, place: ItemLocation) -> bool:
        """Whether the value is a column; an item inside a container never is."""
        return "." in place.item.storage and len(place.keys) <= 1

    def scalar(self, place: ItemLocation, facet: Facet) -> str:
        """The only value of a property."""
        if not self.is_column(place):
            return DocumentRowSource(json=f"{self.alias}.doc").scalar(place, facet)
        table, _, column = place.item.storage.partition(".")
        if place.item.storage == "object.name" and facet is Facet.NORM:
            return f"{self.alias}.name_norm"
        if table == "object":
            return write_facet(facet, f"{self.alias}.{column}")
        if self.task:
            return write_facet(facet, f"{self.task}.{column}")
        of_task = f"SELECT {column} FROM task WHERE task.seq = {self.seq}"
        return write_facet(facet, f"({of_task})")

    def reference(self, place: ItemLocation) -> Reference:
        """The only value of a reference."""
        return json_reference(f"{self.alias}.doc", place.keys)


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomeRowSource:
    """A row of `outcome`, which is a value of operationExecution."""

    alias: str

    def document(self, place: ItemLocation) -> str:
        """The items that are not columns."""
        del place
        return (
            f"json_object('operation', json({self.alias}.operation), 'activityPath', "
            f"json(CASE WHEN {self.alias}.activity IS NOT NULL "
            f"THEN json_object('identifier', json_array({self.alias}.activity)) END))"
        )

    def is_column(self, place: ItemLocation) -> bool:
        """Always."""
        del place
        return True

    def scalar(self, place: ItemLocation, facet: Facet) -> str:
        """The only value of a property."""
        if place.item.name == "taskRunIdentifier":
            run = f"SELECT identifier FROM run WHERE run.id = {self.alias}.run"
            return write_facet(facet, f"({run})")
        column = _OUTCOME_COLUMNS.get(place.item.name)
        if column is None:
            return "NULL"
        return write_facet(facet, f"{self.alias}.{column}")

    def reference(self, place: ItemLocation) -> Reference:
        """The only value of a reference."""
        column, target_type = _OUTCOME_REFERENCES[place.item.name]
        oid = f"{self.alias}.{column}"
        return Reference(
            oid=oid,
            type=f"'{target_type}'",
            relation=f"'{DEFAULT_RELATION}'",
            exists=f"{oid} IS NOT NULL",
        )


_OUTCOME_COLUMNS = {
    "recordType": "kind",
    "timestamp": "at",
    "status": "status",
    "message": "message",
    "channel": "channel",
}
#: Column, and the type that the reference is read with.
_OUTCOME_REFERENCES = {"initiatorRef": ("initiator", "UserType"), "taskRef": ("task", "TaskType")}

"""How midPoint's JSON writes values inside a work definition. See `engine.activities.base`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.dialects.midpoint.wire.modification import read_item_deltas
from gateway.dialects.midpoint.wire.read import read_type_name
from gateway.errors import SchemaViolation
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from gateway.dialects.midpoint.wire.read import Reader
    from gateway.model.delta import ItemDelta
    from gateway.model.documents import Document, Json


@dataclass(frozen=True, slots=True)
class MidpointVocabulary:
    """Reads with the same reader as request bodies."""

    reader: Reader

    def deltas(self, given: Json, type_name: str, place: str) -> tuple[ItemDelta, ...]:
        """The `itemDelta` values of an object delta."""
        if given is None:
            raise SchemaViolation(f"'{place}' needs an itemDelta.", path=place)
        return tuple(read_item_deltas(given, type_name, self.reader))

    def object(self, given: Json, place: str) -> tuple[str, str | None, Document]:
        """An object with its `@type`."""
        type_name = read_type_name(given.get("@type")) if isinstance(given, dict) else ""
        if not type_name:
            raise SchemaViolation(f"The object in '{place}' needs an @type.", path=place)
        read = self.reader.object_of(given, type_name)
        return read.type, read.oid, read.items

    def value(self, type_name: str, item: str, given: Json, place: str) -> Json:
        """The value of an item; None if it has none."""
        return self.reader.item(SCHEMA[type_name].items[item], given, place)

    def type_name(self, given: Json) -> str:
        """A type's bare name; empty if it is no name."""
        return read_type_name(given)

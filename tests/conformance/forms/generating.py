"""Objects of every type with every item, by the schema's own tables; texts that hurt are frequent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from gateway.dialects.midpoint.wire.names import ROOT_OF
from gateway.model.schema import Kind
from gateway.model.types import SCHEMA

if TYPE_CHECKING:
    from random import Random

    from gateway.model.documents import Document, Json
    from gateway.model.schema import ComplexType, Item

TEXTS = (
    "", " ", "\n", "\t", "plain", "two words", " led by a blank", "followed by one ", "a\nb\r\nc\r",
    "true", "no", "null", "~", "12", "1.5", "1e5", "0x1F", "2025-01-31", "2025-01-31T08:00:00Z", "12:30:45",
    "<a>&amp;</a>", "]]>", "<!-- x -->", "'\"", "- a", "a: b", "a #b", "#b", "&a", "*a", "!x", "%x", "@x", "`x`",
    "|", ">", "{}", "[]", "?", "? a", ":", "a:", "c:UserType", "x:y", "=", "<<", "Ján Žltý", "👩‍🚀",
    "\x7f\x85\u2028\ufeff", "_x0041_", "\\u0041", "\\", "a" * 3_000,
)  # fmt: skip
KEYS = (
    "name", "type", "path", "value", "filter", "item", "id", "oid", "list", "relation", "a b", "", "1st",
    "x:y", "ri:uid", "http://example.com/ns#thing", "http://example.com/other#thing", "#x", "_x0041_",
    "@id", "@type", "@value", "@element", "é", "xsi:type", "true", "- a", "k" * 1_500,
)  # fmt: skip
TYPE_NAMES = (
    "c:UserType", "UserType", "ri:AccountObjectClass", "xsd:dateTime", "xsd:int", "a b", "x:y", "",
    "http://example.com/ns#Thing", "http://example.com/a%20b#Thing",
)  # fmt: skip
NUMBERS = (
    0,
    1,
    -1,
    2**31,
    -(2**31),
    2**53 + 1,
    2**63 - 1,
    -(2**63),
    0.0,
    -0.5,
    1e16,
    1.5e-7,
    1e300,
)
DEEPEST = 4


class Maker:
    """Makes values; the same chance makes the same ones."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance

    def object(self) -> tuple[str, Document]:
        """A type, and the items of an object in stored form."""
        type_name = self._chance.choice(sorted(ROOT_OF))
        return type_name, {"name": "x", **self._items(SCHEMA[type_name], 0, 0.15)}

    def _items(self, within: ComplexType, depth: int, share: float) -> Document:
        if within.open:
            return {f"item{n}": self._several(self._open) for n in range(self._chance.randrange(3))}
        chosen = [each for each in within.offered.values() if self._chance.random() < share]
        return {each.name: self._item(each, depth) for each in chosen}

    def _item(self, item: Item, depth: int) -> Json:
        if not item.many:
            return self._value(item, depth)
        found: list[Json] = []
        for _ in range(self._chance.randrange(1, 4)):
            value = self._value(item, depth)
            if value not in found or item.kind is Kind.CONTAINER:
                found.append(value)
        return found

    def _several(self, make: Any) -> list[Json]:
        return [make(0) for _ in range(self._chance.randrange(1, 3))]

    def _value(self, item: Item, depth: int) -> Json:
        if item.kind is Kind.REFERENCE:
            return self._reference(item)
        if item.kind is Kind.CONTAINER:
            within = SCHEMA[item.type]
            share = 0.4 if depth < DEEPEST else 0.0
            number = {"id": self._chance.randrange(1, 10**6)} if item.many else {}
            return number | self._items(within, depth + 1, share)
        return self._property(item)

    def _reference(self, item: Item) -> Document:
        targets = SCHEMA.concrete(item.target) or (item.target,)
        reference = {
            "oid": str(UUID(int=self._chance.getrandbits(128))),
            "type": self._chance.choice(targets),
            "relation": self._chance.choice(("default", "manager", "my:own")),
        }
        if self._chance.random() < 0.3:
            reference["description"] = self._chance.choice([t for t in TEXTS if t.strip()])
        return reference

    def _property(self, item: Item) -> Json:
        pick = self._chance.choice
        if item.type == "enum":
            return pick(item.values)
        if item.type == "polystring" and not item.many and self._chance.random() < 0.2:
            return {"orig": pick(TEXTS), "lang": {"en": "text", "sk": pick(TEXTS)}}
        if item.type in ("string", "polystring"):
            return pick(TEXTS)
        values: dict[str, tuple[Json, ...]] = {
            "int": (0, 5, -(2**31)),
            "long": (0, 2**63 - 1, -(2**63)),
            "decimal": (0.0, 5.0, -1.5, 1e22),
            "boolean": (True, False),
            "dateTime": ("2025-01-31T08:00:00.000Z", "1969-12-31T23:59:59.123Z"),
            "duration": ("P1D", "PT5M", "-P1Y2M3DT4H5M6.7S"),
            "uri": ("http://example.com/a?b=c&d#e", "urn:x:y"),
            "qname": ("UserType", "ri:AccountObjectClass", "my:Own"),
            "path": ("name", "c:name", "activation/administrativeStatus", "assignment[3]/c:order"),
        }
        return pick(values[item.type]) if item.type in values else self._open(0)

    def _open(self, depth: int) -> Json:
        """A value where anything may stand, but for nothing at all and for what is taken apart."""
        value = self.anything(depth)
        if isinstance(value, dict):
            value.pop("@value", None)
        return {} if value is None else value

    def _member(self, key: str, depth: int) -> Json:
        if key == "@type":
            return self._chance.choice(TYPE_NAMES)
        value = self.anything(depth + 1)
        # The prefixes of the schema's own namespaces go without saying in names of elements.
        return value.removeprefix("c:") if key == "@element" and isinstance(value, str) else value

    def anything(self, depth: int) -> Json:
        """Any JSON at all."""
        kinds = ("text", "number", "flag", "null") + (
            ("list", "members") * 2 if depth < DEEPEST else ()
        )
        kind = self._chance.choice(kinds)
        if kind == "list":
            return [self.anything(depth + 1) for _ in range(self._chance.randrange(4))]
        if kind == "members":
            return {
                key: self._member(key, depth)
                for key in self._chance.sample(KEYS, self._chance.randrange(4))
            }
        values: dict[str, tuple[Json, ...]] = {
            "text": TEXTS,
            "number": NUMBERS,
            "flag": (True, False),
        }
        return self._chance.choice(values[kind]) if kind in values else None

"""Items that an operator declared are compared by their types, both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.model.extension import read_extension, with_extension
from gateway.model.types import SCHEMA
from gateway.query import parse, predicate, resolve
from gateway.store.sqlite.compile.where import where
from tests.conformance.query.world import oid
from tests.conformance.query.world import ref as reference

if TYPE_CHECKING:
    from tests.conformance.query.world import Document, World

DECLARED = """{
  "enums": {"Rank": ["deckhand", "captain"]},
  "containers": {"Voyage": {"port": "polystring", "left": "dateTime"}},
  "extension": {
    "UserType": {
      "rank": "enum:Rank", "height": "decimal", "ships": "string*", "aboard": "boolean",
      "nick": "polystring", "born": "dateTime", "mentorRef": "ref:UserType", "voyage": "Voyage*"
    }
  }
}"""
SCHEMA_WITH_ITEMS = with_extension(SCHEMA, read_extension(DECLARED))
JACK: Document = {
    "rank": "captain",
    "height": 9.5,
    "ships": ["Black Pearl", "Wicked Wench"],
    "aboard": True,
    "nick": "Jackie!",
    "born": "1690-01-01T00:00:00.000Z",
    "voyage": [
        {"id": 1, "port": "Tortuga", "left": "1720-05-01T00:00:00.000Z"},
        {"id": 2, "port": "Port Royal"},
    ],
}
GIBBS: Document = {"rank": "deckhand", "height": 10, "mentorRef": reference(oid(1), "UserType")}


@pytest.fixture
def crew(empty_world: World) -> World:
    empty_world.add("UserType", oid(1), {"name": "jack", "extension": JACK})
    empty_world.add("UserType", oid(2), {"name": "gibbs", "extension": GIBBS})
    empty_world.add("UserType", oid(3), {"name": "elaine"})
    return empty_world


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("extension/rank = 'captain'", ["jack"]),
        ("extension/rank != 'captain'", ["elaine", "gibbs"]),
        # As texts, 10 would come before 9.5.
        ("extension/height > '9.5'", ["gibbs"]),
        ("extension/height >= 9.50", ["gibbs", "jack"]),
        ("extension/ships contains 'Wench'", ["jack"]),
        ("extension/ships = ('Black Pearl', 'x')", ["jack"]),
        ("extension/ships not exists", ["elaine", "gibbs"]),
        ("extension/aboard = true", ["jack"]),
        ("extension/aboard != 'TRUE'", ["elaine", "gibbs"]),
        ("extension/nick =[polyStringNorm] 'JACKIE'", ["jack"]),
        ("extension/born < '1700-01-01'", ["jack"]),
        ("extension/mentorRef/@/name = 'jack'", ["gibbs"]),
        ("extension/voyage matches (port = 'Port Royal' and left exists)", []),
        ("extension/voyage matches (port = 'Tortuga' and left > '1720-04-30')", ["jack"]),
        ("extension/voyage[2]/port = 'Port Royal'", ["jack"]),
        ("extension/nick = extension/rank", []),
    ],
)
def test_declared_items_select_by_their_types(crew: World, text: str, names: list[str]) -> None:
    query = resolve(parse(text), "UserType", schema=SCHEMA_WITH_ITEMS, text=text)
    condition = where(query)
    rows = crew.connection.execute(
        f"SELECT o.oid FROM object o WHERE {condition.sql}", condition.parameters
    ).fetchall()
    accepts = predicate(query, crew.objects.get, crew.everything)
    selected = {key for key, stored in crew.objects.items() if accepts(stored)}
    assert {row[0] for row in rows} == selected
    assert sorted(crew.objects[key].name for key in selected) == names

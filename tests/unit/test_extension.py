from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.errors import QueryError
from gateway.model.extension import read_extension, with_extension
from gateway.model.schema import Kind, Schema
from gateway.model.types import SCHEMA
from gateway.query import parse, resolve

CREW = {
    "enums": {"Rank": ["deckhand", "captain"]},
    "containers": {"Voyage": {"port": "string", "left": "dateTime", "length": "decimal"}},
    "extension": {
        "FocusType": {"ships": "string*", "aboard": "boolean"},
        "UserType": {"rank": "enum:Rank", "mentorRef": "ref:UserType"},
        "AssignmentType": {"voyage": "Voyage*", "level": "int"},
    },
}


def extended(declared: Any = CREW) -> Schema:
    return with_extension(SCHEMA, read_extension(json.dumps(declared)))


def test_declared_items_have_their_types() -> None:
    schema = extended()
    items = schema[schema["UserType"].items["extension"].type].items
    assert items["rank"].values == ("deckhand", "captain")
    assert items["mentorRef"].kind is Kind.REFERENCE
    assert (items["ships"].type, items["ships"].many) == ("string", True)


def test_a_subtype_has_the_extension_of_its_supertypes() -> None:
    schema = extended()
    assert "ships" in schema[schema["UserType"].items["extension"].type].items
    assert list(schema[schema["RoleType"].items["extension"].type].items) == ["ships", "aboard"]


def test_a_type_that_is_not_named_keeps_its_open_extension() -> None:
    assert extended()["TaskType"].items["extension"].type == "ExtensionType"


def test_the_schema_that_is_extended_stays_as_it_is() -> None:
    before = {each.name: list(each.subtypes) for each in SCHEMA.types()}
    extended()
    assert {each.name: each.subtypes for each in SCHEMA.types()} == before
    assert SCHEMA["UserType"].items["extension"].type == "ExtensionType"


def test_a_schema_can_become_the_extended_one_for_everyone_who_holds_it() -> None:
    held = extended({})
    held.adopt(extended())
    assert held["UserType"].items["extension"].type == "UserType.extension"
    assert held.concrete("FocusType") == SCHEMA.concrete("FocusType")


@pytest.mark.parametrize(
    "text",
    [
        "extension/rank = 'captain'",
        "extension/ships contains 'Pearl' and extension/aboard = true",
        "extension/mentorRef/@/name = 'jack'",
        "assignment/extension/voyage matches (port = 'Tortuga' and left > '2020-01-01')",
        "assignment/extension/level > 3",
    ],
)
def test_declared_items_can_be_searched(text: str) -> None:
    assert resolve(parse(text), "UserType", schema=extended()).condition


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("extension/rnak = 'captain'", "did you mean 'rank'"),
        ("extension/rank = 'capitain'", "did you mean 'captain'"),
        ("extension/aboard > true", "supports only"),
        ("assignment/extension/level = 'x'", "is not an integer"),
    ],
)
def test_what_is_not_declared_is_refused_with_the_nearest(text: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        resolve(parse(text), "UserType", schema=extended(), text=text)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ("[", "is not JSON"),
        ("[]", "must be a JSON object"),
        ('{"enum": {}}', "has no 'enum'; did you mean 'enums'"),
        ('{"enums": {"A": "x"}}', "enums/A must be a list of different words"),
        ('{"enums": {"A": []}}', "enums/A must be a list"),
        ('{"enums": {"A": ["x", "x"]}}', "different words"),
        ('{"enums": {"A": ["x y"]}}', "different words"),
        ('{"extension": []}', "extension must be a JSON object"),
        ('{"extension": {"UserType": {"a b": "string"}}}', "'a b' is not a name"),
        ('{"extension": {"UserType": {"a": 1}}}', "extension/UserType/a must be the name of a type"),
        ('{"extension": {"UserTyp": {}}}', "did you mean 'UserType'"),
        ('{"extension": {"MetadataType": {}}}', "no type with extensions"),
        ('{"extension": {"UserType": {"a": "sting"}}}', "'sting' is not known; did you mean 'string'"),
        ('{"extension": {"UserType": {"a": "enum:B"}}}', "'B' is not known"),
        ('{"extension": {"UserType": {"a": "ref:Usertype"}}}', "did you mean 'UserType'"),
        ('{"extension": {"UserType": {"a": "xsd:string"}}}', "is not a type; write string"),
        ('{"containers": {"UserType": {}}}', "has a type of this name already"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_the_place_in_it(declared: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        with_extension(SCHEMA, read_extension(declared))

"""What the schema allows in a stored document, and what a document refers to."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.model.conformance import references, violations
from gateway.model.types import SCHEMA

USER = SCHEMA["UserType"]
AT = "2025-06-15T15:06:40.000Z"
ROLE = {"oid": "r", "type": "RoleType", "relation": "default"}
SOUND: list[dict[str, Any]] = [
    {"name": "jack"},
    {"name": {"orig": "Jack", "lang": {"sk": "Ďuro"}}},
    {"name": "jack", "employeeType": ["a", "b"]},
    {"name": "jack", "assignment": [{"id": 1, "targetRef": ROLE}, {"id": 2, "order": 1}]},
    {"name": "jack", "activation": {"validFrom": AT, "administrativeStatus": "disabled"}},
    {"name": "jack", "extension": {"anything": [1, "two", {"three": 3}]}},
    {"name": "jack", "indestructible": False, "iteration": 0},
    {"name": "jack", "diagnosticInformation": [{"anything": 1}]},
    {"name": "jack", "fetchResult": [1, 2]},
]
DAMAGED: list[tuple[dict[str, Any], str]] = [
    ({}, "name is missing"),
    ({"nickname": "j"}, "nickname is no item of the schema"),
    ({"title": ["Dr"]}, "title is a list"),
    ({"employeeType": "a"}, "employeeType is not a list"),
    ({"name": 5}, "name holds no polystring"),
    ({"name": {"lang": {}}}, "name holds no polystring"),
    ({"iteration": "0"}, "iteration holds no int"),
    ({"iteration": 2**40}, "iteration holds no int"),
    ({"iteration": True}, "iteration holds no int"),
    ({"indestructible": "true"}, "indestructible holds no boolean"),
    ({"description": None}, "description holds no string"),
    ({"activation": AT}, "activation holds no container"),
    ({"activation": {"validFrom": "2025-06-15"}}, "activation/validFrom holds no dateTime"),
    ({"activation": {"validFrom": "soon"}}, "activation/validFrom holds no dateTime"),
    (
        {"activation": {"administrativeStatus": "on"}},
        "activation/administrativeStatus holds no ActivationStatus",
    ),
    ({"activation": {"id": 1}}, "activation/id is no item of the schema"),
    ({"assignment": [{"order": 1}]}, "assignment has a value without an id"),
    ({"assignment": [{"id": 1}, {"id": 1}]}, "assignment has two values with one id"),
    (
        {"assignment": [{"id": 0}]},
        "assignment has a value whose id is no positive integer",
    ),
    ({"assignment": [{"id": 7, "order": "x"}]}, "assignment[7]/order holds no int"),
    ({"assignment": [{"id": 7, "targetRef": "r"}]}, "assignment[7]/targetRef holds no reference"),
    ({"roleMembershipRef": [{"oid": "r"}]}, "roleMembershipRef lacks oid, type or relation"),
    (
        {"linkRef": [ROLE]},
        "linkRef refers to RoleType, not to ShadowType",
    ),
]


@pytest.mark.parametrize("items", SOUND)
def test_a_document_as_it_is_stored_is_sound(items: dict[str, Any]) -> None:
    assert list(violations(items, USER, SCHEMA)) == []


@pytest.mark.parametrize(("items", "problem"), DAMAGED, ids=[row[1] for row in DAMAGED])
def test_what_the_schema_does_not_allow_is_named_by_its_path(
    items: dict[str, Any], problem: str
) -> None:
    named = items if not items or "name" in items else {"name": "jack", **items}
    assert list(violations(named, USER, SCHEMA)) == [problem]


def test_all_problems_are_told() -> None:
    items = {"name": "jack", "title": ["Dr"], "assignment": [{"id": 1, "a": 1, "b": 2}]}
    assert len(list(violations(items, USER, SCHEMA))) == 3


def test_references_are_found_at_any_depth_and_the_makers_of_an_object_are_none() -> None:
    items = {
        "name": "jack",
        "metadata": {"creatorRef": ROLE},
        "roleMembershipRef": [ROLE, ROLE | {"oid": "s"}],
        "tenantRef": ROLE | {"oid": "t"},
        "assignment": [
            {"id": 3, "targetRef": ROLE, "construction": {"resourceRef": ROLE | {"oid": "u"}}}
        ],
        "extension": {"note": ["not a reference"]},
    }
    assert list(references(items, USER, SCHEMA)) == [
        ("roleMembershipRef", "r"),
        ("roleMembershipRef", "s"),
        ("tenantRef", "t"),
        ("assignment[3]/targetRef", "r"),
        ("assignment[3]/construction/resourceRef", "u"),
    ]


def test_damaged_references_are_passed_over() -> None:
    items = {"roleMembershipRef": [None, {"type": "RoleType"}], "tenantRef": "x"}
    assert list(references(items, USER, SCHEMA)) == []

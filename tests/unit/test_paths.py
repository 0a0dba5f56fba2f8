"""Item paths as clients write them (midpoint-rest 5.2)."""

from __future__ import annotations

import pytest

from gateway.errors import SchemaViolation, Unsupported
from gateway.model.paths import ItemPath, parse_path
from gateway.model.types import SCHEMA


def parsed(text: str, type_name: str = "UserType") -> ItemPath:
    return parse_path(text, type_name, SCHEMA)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("description", "description"),
        ("activation/administrativeStatus", "activation/administrativeStatus"),
        ("c:description", "description"),
        ("c:activation/c:validFrom", "activation/validFrom"),
        ("/description", "description"),
        ("description/", "description"),
        ("  description  ", "description"),
        ("assignment", "assignment"),
        ("assignment[5]", "assignment[5]"),
        ("assignment[5]/description", "assignment[5]/description"),
        ("c:assignment[5]/c:activation/c:validTo", "assignment[5]/activation/validTo"),
        ("extension/anything", "extension/anything"),
        ("declare namespace p='http://example.com/p'; p:description", "description"),
        ('declare namespace a="u"; declare namespace b="v"; a:extension/b:x', "extension/x"),
        ("declare default namespace 'u'; description", "description"),
    ],
)
def test_a_path_is_read_in_every_form_that_clients_write(text: str, canonical: str) -> None:
    assert str(parsed(text)) == canonical


def test_a_path_leads_to_the_item_that_the_schema_declares() -> None:
    path = parsed("assignment[2]/targetRef")
    assert (path.item.name, path.item.target) == ("targetRef", "AssignmentHolderType")
    assert [step.id for step in path.steps] == [2, None]


@pytest.mark.parametrize("text", ["", "  ", ".", "/", " . "])
def test_an_empty_path_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(SchemaViolation, match="name an item, such as 'description'"):
        parsed(text)


@pytest.mark.parametrize(
    "text",
    [
        "assignment/5/description",
        "assignment//description",
        "a:b:c",
        "assignment[5",
        "assignment[]",
        "assignment[-1]",
        "assignment[x]",
        "assignment[1][2]",
        "$var/name",
        "..",
        "#",
        "@",
        "@metadata",
        "@/name",
        "name\nname",
        "http://example.com/common-3#description",
        "na me",
        "näme",
        "assignment[1234567890123456789]",
    ],
)
def test_what_is_no_item_name_is_refused(text: str) -> None:
    with pytest.raises(SchemaViolation):
        parsed(text)


def test_an_undeclared_prefix_is_refused_by_name() -> None:
    with pytest.raises(SchemaViolation, match="prefix 'nope' in the path 'nope:description'"):
        parsed("nope:description")


@pytest.mark.parametrize("text", ["Description", "DESCRIPTION", "activation/validfrom"])
def test_names_are_case_sensitive(text: str) -> None:
    with pytest.raises(SchemaViolation, match="has no item"):
        parsed(text)


def test_an_unknown_item_names_the_nearest_one() -> None:
    with pytest.raises(SchemaViolation) as caught:
        parsed("activation/administrativStatus")
    assert caught.value.suggestion == "administrativeStatus"
    assert caught.value.path == "activation/administrativStatus"


@pytest.mark.parametrize("text", ["oid", "version", "assignment[1]/id"])
def test_oid_version_and_ids_are_no_items(text: str) -> None:
    with pytest.raises(SchemaViolation, match="has no item"):
        parsed(text)


def test_an_id_needs_a_container_with_several_values() -> None:
    for text in ("activation[1]", "subtype[1]", "parentOrgRef[1]", "name[1]"):
        with pytest.raises(SchemaViolation, match="no values with ids"):
            parsed(text)


def test_nothing_lies_below_a_property_or_a_reference() -> None:
    for text in ("description/x", "assignment[1]/targetRef/oid", "extension/x/y"):
        with pytest.raises(SchemaViolation, match="leads nowhere"):
            parsed(text)


def test_an_item_removed_long_ago_is_unknown() -> None:
    with pytest.raises(SchemaViolation, match="TaskType has no item 'category'"):
        parsed("category", "TaskType")


def test_an_item_that_is_not_served_yet_is_refused_by_name() -> None:
    with pytest.raises(Unsupported, match="'executionEnvironment' is not supported yet"):
        parsed("executionEnvironment", "TaskType")


def test_a_long_path_is_cut_in_the_message() -> None:
    with pytest.raises(SchemaViolation) as caught:
        parsed("x" * 5_000)
    assert len(caught.value.message) < 300

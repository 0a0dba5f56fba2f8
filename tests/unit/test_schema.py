"""The schema's tables: rows, inheritance, near names."""

from __future__ import annotations

import pytest

from gateway.model.schema import Kind, Schema, nearest
from gateway.model.types import SCHEMA


@pytest.fixture
def small() -> Schema:
    schema = Schema()
    schema.declare_enum("Colour", "red green")
    schema.declare("Inner", "depth int")
    schema.declare("Base", "name polystring object.name", is_object=True, abstract=True)
    schema.declare(
        "Thing",
        """
        tone    enum:Colour*  op
        part    Inner*        assignment
        home    ref:Base      reference  -- Where it is, or op.
        lost    string        removed
        later   string        refused
        shown   int           computed
        big     any           apart
        """,
        extends="Base",
        is_object=True,
    )
    schema.declare("Anything", "", open=True)
    return schema


def test_a_row_may_end_with_a_sentence_of_which_nothing_is_a_flag(small: Schema) -> None:
    home = small["Thing"].items["home"]
    assert (home.description, home.storage) == ("Where it is, or op.", "reference")
    assert not home.operational
    assert small["Thing"].items["tone"].description == ""


def test_what_is_said_of_items_are_sentences() -> None:
    said = [item.description for declared in SCHEMA.types() for item in declared.own]
    sentences = [text for text in said if text]
    assert sentences
    assert [text for text in sentences if not (text[0].isupper() and text.endswith("."))] == []


def test_a_row_says_kind_type_and_multiplicity(small: Schema) -> None:
    items = small["Thing"].items
    assert (items["tone"].kind, items["tone"].type, items["tone"].many) == (
        Kind.PROPERTY,
        "enum",
        True,
    )
    assert items["tone"].values == ("red", "green")
    assert (items["part"].kind, items["part"].type) == (Kind.CONTAINER, "Inner")
    assert (items["home"].kind, items["home"].target) == (Kind.REFERENCE, "Base")
    assert items["name"].many is False


def test_a_row_says_where_its_item_is_stored(small: Schema) -> None:
    items = small["Thing"].items
    stored = {name: item.storage for name, item in items.items() if item.storage}
    assert stored == {"name": "object.name", "part": "assignment", "home": "reference"}


def test_a_row_says_who_maintains_its_item(small: Schema) -> None:
    items = small["Thing"].items
    assert {name for name, item in items.items() if item.operational} == {"tone", "shown"}
    assert {name for name, item in items.items() if item.apart} == {"big"}


def test_what_is_removed_or_refused_is_not_offered(small: Schema) -> None:
    assert set(small["Thing"].items) - set(small["Thing"].offered) == {"lost", "later"}


def test_inherited_items_come_first(small: Schema) -> None:
    assert list(small["Thing"].items)[:2] == ["name", "tone"]


def test_an_open_type_knows_every_name(small: Schema) -> None:
    found = small["Anything"].item("whatever")
    assert found is not None
    assert (found.type, found.many) == ("any", True)
    assert small["Inner"].item("whatever") is None


def test_a_subtype_is_of_all_its_supertypes() -> None:
    for above in ("UserType", "FocusType", "AssignmentHolderType", "ObjectType"):
        assert SCHEMA.is_subtype("UserType", above)
    assert not SCHEMA.is_subtype("FocusType", "UserType")
    assert not SCHEMA.is_subtype("RoleType", "UserType")


def test_an_undeclared_type_is_only_itself() -> None:
    assert SCHEMA.is_subtype("NoSuchType", "NoSuchType")
    assert not SCHEMA.is_subtype("NoSuchType", "ObjectType")


def test_only_concrete_types_can_be_stored() -> None:
    assert set(SCHEMA.concrete("FocusType")) == {
        "UserType",
        "RoleType",
        "OrgType",
        "ServiceType",
        "ArchetypeType",
        "PolicyType",
    }
    assert SCHEMA.concrete("TaskType") == ("TaskType",)
    assert SCHEMA.concrete("AssignmentType") == ()
    assert SCHEMA.concrete("NoSuchType") == ()
    assert {t.name for t in SCHEMA.object_types()} == set(SCHEMA.concrete("ObjectType"))


@pytest.mark.parametrize(
    ("given", "expected"),
    [("fulName", "fullName"), ("FULLNAME", "fullName"), ("zzzzzz", None), ("", None)],
)
def test_a_misspelt_name_is_matched_to_the_nearest(given: str, expected: str | None) -> None:
    assert nearest(given, SCHEMA["UserType"].offered) == expected


def test_a_misspelt_type_is_matched_to_the_nearest() -> None:
    assert SCHEMA.nearest_type("UsrType") == "UserType"


def test_every_container_item_names_a_declared_type() -> None:
    for declared in SCHEMA.types():
        for item in declared.own:
            if item.kind is Kind.CONTAINER:
                assert SCHEMA.get(item.type) is not None, (declared.name, item.name)

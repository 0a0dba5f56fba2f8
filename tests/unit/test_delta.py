"""Changes of single items: every row of midpoint-rest 5.3."""

from __future__ import annotations

import time
from typing import Any

import pytest

from gateway.errors import SchemaViolation
from gateway.model.delta import ChangeKind, ItemDelta, apply_deltas
from gateway.model.paths import parse_path
from gateway.model.types import SCHEMA

Document = dict[str, Any]
ARCHETYPE = {"oid": "00000000-0000-0000-0000-000000000511", "type": "RoleType"}


def change(kind: ChangeKind, path: str, *values: Any) -> ItemDelta:
    return ItemDelta(path=parse_path(path, "TaskType", SCHEMA), kind=kind, values=values)


def after(items: Document, *deltas: ItemDelta) -> Document:
    return apply_deltas(items, deltas)


# ---- single-valued items ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "delta", "expected"),
    [
        ({}, change("add", "description", "x"), {"description": "x"}),
        ({"description": "x"}, change("add", "description", "x"), {"description": "x"}),
        ({"description": "x"}, change("add", "description", "y"), {"description": "y"}),
        ({"description": "x"}, change("add", "description"), {"description": "x"}),
        ({}, change("replace", "description", "y"), {"description": "y"}),
        ({"description": "x"}, change("replace", "description", "y"), {"description": "y"}),
        ({"description": "x"}, change("replace", "description"), {}),
        ({}, change("replace", "description"), {}),
        ({"description": "x"}, change("delete", "description", "x"), {}),
        ({"description": "x"}, change("delete", "description", "y"), {"description": "x"}),
        ({"description": "x"}, change("delete", "description"), {"description": "x"}),
        ({}, change("delete", "description", "x"), {}),
    ],
)
def test_a_single_valued_item_follows_the_table(
    before: Document, delta: ItemDelta, expected: Document
) -> None:
    assert after(before, delta) == expected


@pytest.mark.parametrize("kind", ["add", "replace"])
def test_two_values_for_a_single_valued_item_are_refused(kind: ChangeKind) -> None:
    with pytest.raises(SchemaViolation, match="holds one value, but 2 were given"):
        after({}, change(kind, "description", "x", "y"))


# ---- multi-valued items ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("delta", "expected"),
    [
        (change("add", "subtype", "c"), ["a", "b", "c"]),
        (change("add", "subtype", "a"), ["a", "b"]),
        (change("add", "subtype", "c", "d", "a"), ["a", "b", "c", "d"]),
        (change("add", "subtype"), ["a", "b"]),
        (change("replace", "subtype", "c"), ["c"]),
        (change("replace", "subtype", "c", "d", "c"), ["c", "d"]),
        (change("replace", "subtype"), None),
        (change("delete", "subtype", "a"), ["b"]),
        (change("delete", "subtype", "a", "b"), None),
        (change("delete", "subtype", "z"), ["a", "b"]),
        (change("delete", "subtype"), ["a", "b"]),
    ],
)
def test_a_multi_valued_item_follows_the_table(
    delta: ItemDelta, expected: list[str] | None
) -> None:
    assert after({"subtype": ["a", "b"]}, delta).get("subtype") == expected


def test_references_are_equal_when_target_type_and_relation_are() -> None:
    kept = ARCHETYPE | {"relation": "default"}
    other = ARCHETYPE | {"relation": "manager"}
    items = after(
        {"effectiveMarkRef": [kept]}, change("add", "effectiveMarkRef", dict(kept), other)
    )
    assert items["effectiveMarkRef"] == [kept, other]


def test_open_items_tell_numbers_from_booleans() -> None:
    items = after({}, change("add", "extension/x", 1, True, "1"))
    assert items["extension"]["x"] == [1, True, "1"]


# ---- several changes of one path ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        ([change("add", "subtype", "x"), change("replace", "subtype", "y")], ["y"]),
        ([change("replace", "subtype", "x"), change("add", "subtype", "y")], ["x", "y"]),
        ([change("replace", "subtype", "x", "y"), change("delete", "subtype", "x")], ["y"]),
        ([change("add", "subtype", "x"), change("delete", "subtype", "x")], ["a"]),
        ([change("delete", "subtype", "a"), change("add", "subtype", "a")], ["a"]),
        ([change("replace", "subtype", "x"), change("replace", "subtype", "y")], ["y"]),
        ([change("add", "subtype", "x"), change("add", "subtype", "y")], ["a", "x", "y"]),
    ],
)
def test_changes_of_one_path_are_merged_in_order(
    deltas: list[ItemDelta], expected: list[str]
) -> None:
    assert after({"subtype": ["a"]}, *deltas)["subtype"] == expected


def test_two_replacements_of_a_single_valued_item_leave_the_last() -> None:
    deltas = [change("replace", "description", "x"), change("replace", "description", "y")]
    assert after({}, *deltas) == {"description": "y"}


def test_two_different_additions_to_a_single_valued_item_are_refused() -> None:
    with pytest.raises(SchemaViolation, match="2 were given"):
        after({}, change("add", "description", "x"), change("add", "description", "y"))


def test_a_prefix_does_not_make_another_path() -> None:
    deltas = [change("replace", "c:description", "x"), change("replace", "description", "y")]
    assert after({}, *deltas) == {"description": "y"}


def test_changes_of_different_paths_are_independent() -> None:
    deltas = [change("replace", "description", "x"), change("add", "subtype", "s")]
    assert after({}, *deltas) == {"description": "x", "subtype": ["s"]}


def test_the_items_before_stay_as_they_are() -> None:
    before: Document = {"assignment": [{"id": 1, "description": "x"}], "subtype": ["a"]}
    after(
        before, change("replace", "assignment[1]/description", "y"), change("add", "subtype", "b")
    )
    assert before == {"assignment": [{"id": 1, "description": "x"}], "subtype": ["a"]}


# ---- containers ---------------------------------------------------------------------------------------


ASSIGNMENTS: Document = {
    "assignment": [
        {"id": 1, "description": "one", "activation": {"effectiveStatus": "enabled"}},
        {"id": 2, "description": "two"},
    ]
}


def left(*deltas: ItemDelta) -> list[Any]:
    found = after(ASSIGNMENTS, *deltas).get("assignment", [])
    return [(value.get("id"), value.get("description")) for value in found]


def test_a_value_is_deleted_by_its_id() -> None:
    assert left(change("delete", "assignment", {"id": 1})) == [(2, "two")]


def test_a_value_is_deleted_by_what_a_client_said_of_it() -> None:
    assert left(change("delete", "assignment", {"description": "one"})) == [(2, "two")]


def test_a_value_with_the_right_content_but_another_id_stays() -> None:
    assert left(change("delete", "assignment", {"id": 2, "description": "one"})) == [
        (1, "one"),
        (2, "two"),
    ]


def test_an_added_value_that_equals_another_in_content_is_not_added() -> None:
    assert left(change("add", "assignment", {"description": "two"})) == [(1, "one"), (2, "two")]


def test_an_added_value_without_id_waits_for_one() -> None:
    assert left(change("add", "assignment", {"description": "three"}))[-1] == (None, "three")


def test_two_values_with_one_id_but_different_content_are_refused() -> None:
    with pytest.raises(SchemaViolation, match="Two values have the id 1"):
        left(change("add", "assignment", {"id": 1, "description": "other"}))


def test_an_item_of_one_value_is_changed_by_the_values_id() -> None:
    assert left(change("replace", "assignment[2]/description", "new")) == [(1, "one"), (2, "new")]


def test_a_path_to_an_id_that_is_not_there_changes_nothing() -> None:
    assert left(change("replace", "assignment[99]/description", "new")) == left()


def test_a_path_through_several_values_without_an_id_is_refused_with_the_way_out() -> None:
    with pytest.raises(SchemaViolation, match=r"assignment\[id\]"):
        left(change("replace", "assignment/description", "new"))


def test_a_path_that_ends_in_an_id_is_refused() -> None:
    with pytest.raises(SchemaViolation, match="points to one value"):
        left(change("delete", "assignment[1]", {"id": 1}))


def test_a_missing_container_is_created_on_the_way() -> None:
    items = after({}, change("replace", "activity/work/noOp/steps", 3))
    assert items == {"activity": {"work": {"noOp": {"steps": 3}}}}


def test_emptied_containers_are_removed_up_to_the_object() -> None:
    before: Document = {"activity": {"work": {"noOp": {"steps": 3}}}}
    assert after(before, change("replace", "activity/work/noOp/steps")) == {}


def test_a_container_value_that_loses_its_last_item_is_removed() -> None:
    before: Document = {"trigger": [{"id": 1, "originDescription": "x"}, {"id": 2}]}
    deleted = change("delete", "trigger[1]/originDescription", "x")
    assert after(before, deleted) == {"trigger": [{"id": 2}]}


def test_clearing_an_item_below_a_missing_container_creates_nothing() -> None:
    assert after({}, change("replace", "activity/work/noOp/steps")) == {}


def test_a_single_valued_container_is_deleted_by_what_a_client_said_of_it() -> None:
    before: Document = {
        "assignment": [
            {
                "id": 1,
                "description": "x",
                "activation": {"administrativeStatus": "disabled", "effectiveStatus": "disabled"},
            }
        ]
    }
    deleted = change("delete", "assignment[1]/activation", {"administrativeStatus": "disabled"})
    assert after(before, deleted) == {"assignment": [{"id": 1, "description": "x"}]}


def test_ten_thousand_values_are_added_and_deleted_at_once() -> None:
    values = [{"description": f"value {number}"} for number in range(10_000)]
    started = time.process_time()
    items = after(ASSIGNMENTS, change("add", "assignment", *values))
    assert len(items["assignment"]) == 10_002
    assert len(after(items, change("delete", "assignment", *values))["assignment"]) == 2
    assert time.process_time() - started < 5

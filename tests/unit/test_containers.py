"""Ids of container values: positive, one counter an object, never reused (midpoint-rest 6.1)."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.errors import SchemaViolation
from gateway.model.containers import essential, with_ids
from gateway.model.types import SCHEMA

Document = dict[str, Any]


def numbered(items: Document, next_id: int = 1) -> tuple[Document, int]:
    return with_ids(items, "RoleType", next_id, SCHEMA)


def test_values_get_ids_from_one_counter_for_all_containers_of_the_object() -> None:
    items, next_id = numbered(
        {"assignment": [{"description": "a"}], "inducement": [{"description": "b"}, {}]}
    )
    ids = [value["id"] for path in ("assignment", "inducement") for value in items[path]]
    assert sorted(ids) == [1, 2, 3]
    assert next_id == 4


def test_ids_that_a_client_gave_are_kept_and_skipped_by_the_counter() -> None:
    items, next_id = numbered({"assignment": [{"id": 7}, {"description": "x"}]})
    assert [value["id"] for value in items["assignment"]] == [7, 8]
    assert next_id == 9


def test_an_id_is_never_used_twice_even_when_its_value_is_gone() -> None:
    _, next_id = numbered({"assignment": [{}, {}]})
    items, after = numbered({"assignment": [{"description": "new"}]}, next_id)
    assert items["assignment"][0]["id"] == 3
    assert after == 4


def test_nothing_to_number_leaves_the_counter() -> None:
    assert numbered({"description": "x"}, 5) == ({"description": "x"}, 5)


def test_single_valued_containers_have_no_id() -> None:
    items, _ = numbered({"activation": {"administrativeStatus": "enabled"}})
    assert items == {"activation": {"administrativeStatus": "enabled"}}


def test_records_of_what_was_done_take_no_ids() -> None:
    given: Document = {"operationExecution": [{"status": "success"}], "assignment": [{}]}
    items, next_id = numbered(given)
    assert items == {"operationExecution": [{"status": "success"}], "assignment": [{"id": 1}]}
    assert next_id == 2


def test_two_values_with_one_id_are_refused() -> None:
    with pytest.raises(SchemaViolation, match="same id"):
        numbered({"assignment": [{"id": 1}, {"id": 1, "description": "other"}]})


def test_the_given_items_stay_as_they_are() -> None:
    given: Document = {"assignment": [{"description": "a"}]}
    numbered(given)
    assert given == {"assignment": [{"description": "a"}]}


def test_the_essence_of_a_value_is_what_a_client_said() -> None:
    value = {
        "id": 4,
        "description": "x",
        "metadata": {"createTimestamp": "2025-01-01T00:00:00.000Z"},
        "activation": {"effectiveStatus": "enabled"},
    }
    assert essential(value, "AssignmentType", SCHEMA) == {"description": "x"}


def test_the_essence_keeps_what_a_client_said_of_an_inner_container() -> None:
    value = {"activation": {"administrativeStatus": "disabled", "effectiveStatus": "disabled"}}
    assert essential(value, "AssignmentType", SCHEMA) == {
        "activation": {"administrativeStatus": "disabled"}
    }

"""What Itential's list parameters come to, without a server."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.dialects.itential.fields import FIELDS, ITEM_TYPE, JOB_TYPE, SORTS
from gateway.dialects.itential.people import NOBODY, People
from gateway.dialects.itential.query import parse_list_request, search_of
from gateway.model.types import SCHEMA
from gateway.store.sqlite.compile.where import order_by, where_of


def condition(*pairs: tuple[str, str], type_name: str = JOB_TYPE) -> tuple[str, tuple[Any, ...]]:
    """SQL and parameters of the filter."""
    found = search_of(parse_list_request(type_name, pairs, {}), NOBODY)
    assert found.filter is not None
    return where_of(found.filter).sql, where_of(found.filter).parameters


def test_a_search_without_conditions_is_for_everything() -> None:
    found = search_of(parse_list_request(JOB_TYPE, [], {}), NOBODY)
    assert found.filter is None
    assert found.count


@pytest.mark.parametrize("type_name", [JOB_TYPE, ITEM_TYPE])
def test_every_field_is_an_item_and_every_sort_an_order(type_name: str) -> None:
    for path, target in FIELDS[type_name].items():
        assert SCHEMA[type_name].item(target.item) is not None, path
    for path in SORTS[type_name]:
        assert order_by(FIELDS[type_name][path].item, type_name).sql


def test_times_are_compared_in_either_form() -> None:
    as_number = condition(("gt[metrics.start_time]", "1767604500000"))
    assert as_number == condition(("gt[metrics.start_time]", "2026-01-05T09:15:00Z"))
    assert as_number == condition(("gt[metrics.start_time]", "2026-01-05T09:15:00"))


def test_ids_of_people_and_groups_become_what_is_stored() -> None:
    people = People(groups={"0" * 24: "helpdesk"})
    wanted = parse_list_request(JOB_TYPE, [("equals[groups]", "0" * 24)], {})
    found = search_of(wanted, people).filter
    assert found is not None
    assert "helpdesk" in where_of(found).parameters


def test_the_query_string_wins_over_the_body() -> None:
    body = {"limit": 5, "skip": 2, "in": {"status": "running,paused"}}
    wanted = parse_list_request(JOB_TYPE, [("limit", "7")], body)
    assert (wanted.page.size, wanted.page.offset) == (7, 2)
    assert [clause.given for clause in wanted.clauses] == ["running,paused"]


def test_lists_in_a_body_are_lists() -> None:
    wanted = parse_list_request(JOB_TYPE, [], {"in": {"status": ["running", "paused"]}})
    found = search_of(wanted, NOBODY).filter
    assert found is not None
    assert where_of(found).parameters == ("running", "paused")


def test_not_turns_a_whole_expression_around() -> None:
    text = '{"not": {"and": [{"equals": {"status": "error"}}, {"not": {"exists": {"name": 1}}}]}}'
    sql, parameters = condition(("q", text))
    assert sql == "(o.status = ?) IS NOT TRUE OR o.title IS NOT NULL"
    assert "error" in parameters

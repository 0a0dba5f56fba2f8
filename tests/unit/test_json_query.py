"""Queries into JSON, as they were measured on the npm package that documents are written for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.engine.workflow.javascript.values import UNDEFINED
from gateway.engine.workflow.json_query import BadQuery, NoPlace, answer, replace_found
from gateway.engine.workflow.limits import TooMuch, WorkBudget

CORPUS = json.loads((Path(__file__).parents[1] / "corpus" / "json-query.json").read_text("utf-8"))
PORT = CORPUS["P"]


def case_name(row: dict[str, Any]) -> str:
    return f"{row['q']} of {'P' if row['d'] == 'P' else row['d']}"


def subject(row: dict[str, Any]) -> Any:
    return (
        {"P": PORT, "undefined": UNDEFINED}.get(row["d"], row["d"])
        if isinstance(row["d"], str)
        else row["d"]
    )


@pytest.mark.parametrize("row", CORPUS["rows"], ids=case_name)
def test_a_query_is_answered_as_the_package_answers_it_with_patterns_allowed(
    row: dict[str, Any],
) -> None:
    wanted = row.get("regexp", row["value"])
    found = answer(row["q"], subject(row))
    assert found is UNDEFINED if wanted == "undefined" else found == json.loads(wanted)
    assert isinstance(found, bool) == (wanted in {"true", "false"})


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("list[*m~e].n", {"list": [{"m": 5, "n": 1}]}),
        ("list[*m=1]", {"list": [None]}),
        ("list[*m~/+/]", {"list": []}),
        ("list[m=1&]", {"list": [{}]}),
        (":(x)", {}),
        ("a" * 5_000, {}),
        ("x[" + "{[" * 40 + "]}" * 40 + "]", {}),
    ],
)
def test_a_query_that_cannot_be_answered_is_refused_with_a_sentence(query: str, value: Any) -> None:
    with pytest.raises(BadQuery, match=r".+\."):
        answer(query, value)


def test_a_query_of_many_filters_over_a_long_list_stops() -> None:
    value = {"list": [{"n": number} for number in range(100_000)]}
    with pytest.raises(TooMuch, match="looks at more than"):
        answer("list" + "[*n>=0]" * 200, value)


def test_a_pattern_that_would_search_for_ever_stops() -> None:
    with pytest.raises(TooMuch, match="search longer"):
        answer(
            "list[*m~/^(a|a|a)*$/]", {"list": [{"m": "a" * 60 + "b"}]}, WorkBudget(patience=0.05)
        )


WORDS = ["list", "n", "m", "nul", "[*]", "[**]", "[]", ".", "[", "]", "=", "|", "{", "}", ":get("]


@given(st.lists(st.sampled_from([*WORDS, "(", ")", "~", "!=", "0", "*", "?", "txt"]), max_size=12))
def test_any_text_is_a_query_that_is_answered_or_refused(parts: list[str]) -> None:
    try:
        answer("".join(parts), PORT)
    except BadQuery as fault:
        assert str(fault)  # noqa: PT017  either is right


@pytest.mark.parametrize(
    ("query", "value", "wanted"),
    [
        ("", {"a": 1}, 9),
        ("a", {"a": 1, "b": 2}, {"a": 9, "b": 2}),
        ("a.b.c", {}, {"a": {"b": {"c": 9}}}),
        ("a.b", {"a": None}, {"a": {"b": 9}}),
        ("list[1].n", {"list": [{"n": 1}, {"n": 2}]}, {"list": [{"n": 1}, {"n": 9}]}),
        ("list.n", {"list": [{"n": 1}, {"n": 2}]}, {"list": [{"n": 9}, {"n": 9}]}),
        ("[*n=1].n", [{"n": 1}, {"n": 2}, {"n": 1}], [{"n": 9}, {"n": 2}, {"n": 9}]),
        ("[n=1].n", [{"n": 1}, {"n": 1}], [{"n": 9}, {"n": 1}]),
        ("[*]", [1, 2], [9, 9]),
        (":get(a.b)", {"a.b": 1}, {"a.b": 9}),
        ("[{k}]", {"k": "x"}, {"k": "x", "x": 9}),
    ],
)
def test_what_a_query_leads_to_is_replaced_in_a_copy(query: str, value: Any, wanted: Any) -> None:
    before = json.dumps(value)
    assert replace_found(query, value, 9, WorkBudget()) == wanted
    assert json.dumps(value) == before


@pytest.mark.parametrize(
    ("query", "value"),
    [("a.b", {"a": "text"}), ("a.b", {"a": 5}), ("[*n=7]", [{"n": 1}]), ("[3]", [1]), ("[*]", {})],
)
def test_a_query_that_leads_nowhere_replaces_nothing(query: str, value: Any) -> None:
    with pytest.raises(NoPlace):
        replace_found(query, value, 9, WorkBudget())


@pytest.mark.parametrize("query", ["a|b", "..a", "[].a", "[{list}]"])
def test_a_query_without_one_way_replaces_nothing(query: str) -> None:
    with pytest.raises(BadQuery):
        replace_found(query, {"list": [1]}, 9, WorkBudget())

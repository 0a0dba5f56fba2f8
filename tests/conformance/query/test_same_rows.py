"""The predicate and the SQL select the same objects."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from gateway.errors import QueryError, Unsupported
from gateway.query import compile_filter
from gateway.query.comparisons import SUBSTRING, Comparison
from gateway.query.operators import OPERATORS
from tests.conformance.query.properties import one_filter, run
from tests.conformance.query.writer import quoted

if TYPE_CHECKING:
    from tests.conformance.query.world import World

#: So many hold every operator of the language, as is shown below; `properties` tries more.
SEED, FILTERS = 20_261_122, 2_000
TYPES = {"User": "UserType", "Task": "TaskType", "Role": "RoleType"}


def served(corpus: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Valid queries that compile now, the simplest first."""
    found = []
    for entry in corpus:
        type_name = TYPES.get(entry["kind"], "AssignmentHolderType")
        if not entry["valid"]:
            continue
        try:
            compile_filter(entry["text"], type_name)
        except (QueryError, Unsupported):
            continue
        found.append((entry["text"], type_name))
    return sorted(found, key=lambda pair: (len(pair[0]), pair))


def test_the_two_hundred_simplest_queries_for_users_and_tasks_select_the_same_rows_twice(
    world: World, corpus: list[dict[str, Any]]
) -> None:
    queries = [pair for pair in served(corpus) if pair[1] in {"UserType", "TaskType"}][:200]
    matching = [text for text, type_name in queries if world.select(text, type_name)]
    assert len(queries) == 200
    assert len(matching) > 150


def test_every_served_query_of_the_corpus_selects_the_same_rows_twice(
    world: World, corpus: list[dict[str, Any]]
) -> None:
    queries = served(corpus)
    assert len(queries) >= 310
    for text, type_name in queries:
        world.select(text, type_name)


@pytest.mark.parametrize("levels", [*range(1, 12), 40, 150])
def test_however_deep_a_filter_nests_it_selects_the_same_rows_twice(
    world: World, levels: int
) -> None:
    text = "givenName exists"
    for level in range(levels):
        leaf = ("familyName exists", "locality exists", "description not exists")[level % 3]
        text = f"{leaf} {'and' if level % 2 else 'or'} ({text})"
    for negated in (text, f"not ({text})"):
        world.select(negated, "UserType")


# ---- generated filters ----------------------------------------------------------------------------


def test_predicate_sql_and_canonical_text_agree_on_generated_filters(world: World) -> None:
    figures = run(world, SEED, FILTERS)
    assert figures["not served"] == 0
    assert figures["some"] > FILTERS / 2


def test_every_filter_of_the_language_is_among_the_generated_ones() -> None:
    texts = [one_filter(random.Random(f"{SEED}/{number}"))[0] for number in range(FILTERS)]
    often = {
        name: sum(
            f" {name}" in text or bool(row.alias and f" {row.alias} " in text) for text in texts
        )
        for name, row in OPERATORS.items()
    }
    assert {name: count for name, count in often.items() if count < 15} == {}
    assert min(often["referencedBy"], often["ownedBy"]) > 80


@seed(7)
@settings(max_examples=200, deadline=None, database=None)
@given(st.text(max_size=6), st.sampled_from(sorted(SUBSTRING)))
def test_predicate_and_sql_agree_on_any_text(
    world: World, wanted: str, comparison: Comparison
) -> None:
    text = f"name {comparison} {quoted(clean(wanted))}"
    world.select(text)
    world.select(f"fullName {comparison}[origIgnoreCase] {quoted(clean(wanted))}")
    world.select(f"name <= {quoted(clean(wanted))}")


def clean(text: str) -> str:
    """The text without what no filter can hold."""
    return "".join(letter for letter in text if letter not in "\n\x00")

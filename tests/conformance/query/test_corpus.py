"""The corpus of real queries: each gets the verdict that its note gives, and prints back."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from gateway.errors import QueryError, QuerySemanticError, QuerySyntaxError, Unsupported
from gateway.query import compile_filter, parse, render

TYPES = {"User": "UserType", "Task": "TaskType", "Role": "RoleType"}
#: Where we read more than the original: comments are blanks, and an empty filter is no filter.
DIFFERENT = {"q0947": True, "q0951": False}
#: Valid for a schema of the original's own tests or of other types, or against its own documentation.
FOREIGN_ITEMS = {
    "q0049", "q0052", "q0053", "q0055", "q0066", "q0317",  # accountRef
    "q0393",  # audit
    "q0490",  # riskLevel of a task
}  # fmt: skip
#: stringIgnoreCase on a polystring: five entries hold it valid, one invalid; it is served.
IGNORED_CASE = {"q0334"}
#: Extensions are open here: any name is an item of them.
OPEN_ITEMS = {"q0135"}


def must_parse(entry: dict[str, Any]) -> bool:
    """The verdict of the parser alone, by the note of the entry."""
    if entry["id"] in DIFFERENT:
        return DIFFERENT[entry["id"]]
    marks = ("syntax error", "dropped", "unknown character")
    return bool(entry["valid"]) or not any(mark in entry["note"] for mark in marks)


def parses(text: str) -> bool:
    try:
        parse(text)
    except QuerySyntaxError:
        return False
    return True


def verdict(entry: dict[str, Any]) -> str:
    try:
        compile_filter(entry["text"], TYPES[entry["kind"]])
    except Unsupported:
        return "unsupported"
    except QueryError:
        return "refused"
    return "served"


def test_the_parser_gives_each_entry_the_verdict_of_its_note(corpus: list[dict[str, Any]]) -> None:
    assert len(corpus) == 720
    wrong = [entry["id"] for entry in corpus if parses(entry["text"]) is not must_parse(entry)]
    assert wrong == []


def test_every_entry_that_parses_prints_back_to_an_equal_tree(corpus: list[dict[str, Any]]) -> None:
    for entry in corpus:
        if not parses(entry["text"]):
            continue
        tree = parse(entry["text"])
        text = render(tree)
        assert parse(text) == tree, entry["id"]
        assert render(parse(text)) == text


def test_valid_queries_for_users_tasks_and_roles_are_served_or_named_as_unsupported(
    corpus: list[dict[str, Any]],
) -> None:
    entries = [each for each in corpus if each["kind"] in TYPES and each["valid"]]
    verdicts = {each["id"]: verdict(each) for each in entries if each["id"] not in FOREIGN_ITEMS}
    assert [key for key, found in verdicts.items() if found == "refused"] == []
    assert Counter(verdicts.values())["served"] >= 260


def test_invalid_queries_for_users_tasks_and_roles_are_not_served(
    corpus: list[dict[str, Any]],
) -> None:
    known = OPEN_ITEMS | IGNORED_CASE | DIFFERENT.keys()
    entries = [each for each in corpus if each["kind"] in TYPES and not each["valid"]]
    served = [e["id"] for e in entries if e["id"] not in known and verdict(e) == "served"]
    assert served == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("@ matches (name = 'abcd')", "(@ matches (name = 'abcd'))"),
        ("@ matches (name = 'abcd')", "((@ matches (name = 'abcd')))"),
        ("@ matches (name = 'abcd')", "target matches (name = 'abcd')"),
    ],
)
def test_spellings_of_a_target_filter_are_one_filter(one: str, other: str) -> None:
    def query(part: str) -> object:
        text = f"assignment/targetRef matches (targetType = RoleType and {part})"
        return compile_filter(text, "UserType").query

    assert query(one) == query(other)


@pytest.mark.parametrize(
    "text",
    [
        "(. type UserType and givenName = 'Jack') and locality = 'Caribbean'",
        ". type UserType and (givenName = 'Jack' and locality = 'Caribbean')",
        "givenName = 'Jack' and locality = 'Caribbean' and . type UserType",
        "givenName = 'Jack' and (. type UserType and locality = 'Caribbean')",
    ],
)
def test_a_type_may_stand_anywhere_in_the_conjunction(text: str) -> None:
    assert compile_filter(text, "ObjectType").where.sql


def test_a_type_under_not_or_in_a_disjunction_does_not_lend_its_items() -> None:
    with pytest.raises(QuerySemanticError):
        compile_filter(". not type UserType and givenName = 'Jack'", "ObjectType")
    with pytest.raises(QuerySemanticError):
        compile_filter(". type UserType or givenName = 'Jack'", "ObjectType")

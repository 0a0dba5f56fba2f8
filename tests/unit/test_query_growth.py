"""A filter twice as large costs twice as much: counted in calls and in characters, not in time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from gateway.errors import QuerySyntaxError
from gateway.query import parse, predicate, render, resolve
from gateway.query.parse import MAX_DEPTH, MAX_LENGTH
from gateway.store.sqlite.compile.where import where

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

#: The most that a filter twice as large may cost; what is done once makes it less than two.
TWICE = 2.1


def calls(work: Callable[[], object]) -> int:
    """How many functions are called, Python's own included."""
    counted = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return counted


def listed(size: int) -> str:
    return "name = (" + ", ".join(f"'{number:05}'" for number in range(size)) + ")"


def nested(size: int, before: str, after: str = ")") -> str:
    return before * size + "name = 'a'" + after * size


def alternating(size: int) -> str:
    text = "name = 'a'"
    for level in range(size):
        text = f"locality = 'b' {'and' if level % 2 else 'or'} ({text})"
    return text


#: A text of a size; the larger of the two sizes is near a limit: of the length, the depth or a list.
SHAPES: dict[str, tuple[Callable[[int], str], int]] = {
    "parentheses": (lambda size: nested(size, "("), MAX_DEPTH),
    "not": (lambda size: nested(size, "not ("), MAX_DEPTH),
    "and inside or": (alternating, MAX_DEPTH - 1),
    "and": (lambda size: " and ".join(["name = 'a'"] * size), 4_000),
    "or": (lambda size: " or ".join(["locality = 'a'"] * size), 3_000),
    "not beside not": (lambda size: " and ".join(["not (name = 'a')"] * size), 3_000),
    "and beside or": (lambda size: " or ".join(["name = 'a' and locality = 'b'"] * size), 1_800),
    "values": (listed, 7_000),
    "long text": (lambda size: f"name = '{'a' * size}'", MAX_LENGTH - 20),
    "escapes": (lambda size: f"name = '{chr(92)}'" + "\\'" * size + "'", MAX_LENGTH // 2 - 20),
    "comments": (lambda size: "name /* c */" + " // c\n" * size + "= 'a'", 10_000),
    "references": (
        lambda size: " and ".join(["assignment/targetRef/@/name = 'a'"] * size),
        1_500,
    ),
    "containers": (
        lambda size: " or ".join(["assignment matches (order = 1 and description = 'a')"] * size),
        1_000,
    ),
}  # fmt: skip

#: SQL joins the parameters of a level once more for each level above it.
DEEP = [alternating]


@pytest.mark.parametrize(("shape", "size"), SHAPES.values(), ids=SHAPES.keys())
def test_twice_the_filter_is_at_most_twice_the_work(shape: Callable[[int], str], size: int) -> None:
    def answered(text: str) -> tuple[int, int]:
        condition = None

        def work() -> None:
            nonlocal condition
            tree = parse(text)
            query = resolve(tree, "UserType", text=text)
            condition = where(query)
            predicate(query, lambda _: None)
            render(tree)

        called = calls(work)
        assert condition is not None
        return called, len(condition.sql)

    answered(shape(1))
    half, whole = answered(shape(size // 2)), answered(shape(size))
    assert whole[0] <= (4 if shape in DEEP else TWICE) * half[0]
    assert whole[1] <= TWICE * half[1]


WRONG: dict[str, Callable[[int], str]] = {
    "a value missing at the end": lambda size: " and ".join(["name = 'a'"] * size) + " and",
    "a list that does not end": lambda size: "name = (" + "'a', " * size,
    "steps without a last one": lambda size: "a/" * size,
    "an unknown sign at the end": lambda size: "name = 'a' or " * size + "~",
    "signs": lambda size: "@" * size,
    "parentheses that close": lambda size: "name = 'a'" + ")" * size,
}


@pytest.mark.parametrize("shape", WRONG.values(), ids=WRONG.keys())
def test_twice_the_wrong_text_is_at_most_twice_the_work(shape: Callable[[int], str]) -> None:
    def refused(text: str) -> int:
        def work() -> None:
            with pytest.raises(QuerySyntaxError):
                parse(text)

        return calls(work)

    refused(shape(1))
    assert refused(shape(4_000)) <= TWICE * refused(shape(2_000))

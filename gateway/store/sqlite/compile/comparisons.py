"""Property conditions as SQL: comparisons, prefixes as ranges, values of unknown type.

Takes a frame for where the values are; knows no boolean structure and no side tables.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from gateway.model.tables import complete
from gateway.query.comparisons import COMPARISONS, Comparison
from gateway.query.normal_forms import write_facet
from gateway.query.numbers import number_of
from gateway.query.resolved import Facet
from gateway.store.sqlite.compile.fragments import (
    Fragment,
    both,
    bound,
    exists,
    join_fragments,
    one_of,
)
from gateway.store.sqlite.compile.sources import json_path
from gateway.store.sqlite.compile.trigrams import add_normalized

if TYPE_CHECKING:
    from gateway.model.documents import Json
    from gateway.query.resolved import Compare, ComparePlaces, ItemLocation, Test
    from gateway.store.sqlite.compile.sources import RowSource

_HIGHEST = 0x10FFFF


def after_prefix(prefix: str) -> str | None:
    """The first text that sorts after all texts with `prefix`, or None if there is none."""
    for end in range(len(prefix), 0, -1):
        code = ord(prefix[end - 1])
        if code < _HIGHEST:
            # Surrogates are no characters; the next one after U+D7FF is U+E000.
            following = 0xE000 if code == 0xD7FF else code + 1
            return prefix[: end - 1] + chr(following)
    return None


def each_value(frame: RowSource, place: ItemLocation) -> str:
    """A row for each value in the document."""
    return f"json_each({frame.document(place)}, {json_path(place.keys)})"


def _json_type(frame: RowSource, place: ItemLocation) -> str:
    return f"json_type({frame.document(place)}, {json_path(place.keys)})"


def compare(node: Compare, frame: RowSource, alias: str) -> Fragment:
    """Some value of a property passes every test."""
    place = node.place
    if place.item.type == "any":
        return _compare_any(node, frame, alias)
    if place.item.many:
        return _compare_many(node, frame, alias)
    is_column = frame.is_column(place)
    return both(
        *(
            _test(
                frame.scalar(place, test.facet), node.comparison, test.values, is_column=is_column
            )
            for test in (add_normalized(node) if is_column else node.tests)
        )
    )


def _compare_many(node: Compare, frame: RowSource, alias: str) -> Fragment:
    place = node.place
    plain = f"{alias}.value"
    if place.item.type == "polystring":
        plain = (
            f"CASE {alias}.type WHEN 'object' THEN json_extract({alias}.value, '$.orig') "
            f"ELSE {alias}.value END"
        )
    part = both(
        *(
            _test(write_facet(test.facet, plain), node.comparison, test.values)
            for test in node.tests
        )
    )
    return exists(each_value(frame, place), alias, part)


def _test(
    expression: str,
    comparison: Comparison,
    values: tuple[Json, ...],
    *,
    is_column: bool = False,
) -> Fragment:
    form = FORMS[comparison]
    if is_column and form.of_column is not None:
        return form.of_column(expression, values)
    return form.test(expression, values)


# ---- the table ------------------------------------------------------------------------------------

Write: TypeAlias = Callable[[str, tuple["Json", ...]], Fragment]


@dataclass(frozen=True, kw_only=True, slots=True)
class ComparisonForm:
    """How SQL says a comparison."""

    #: Of an expression and the values of which any will do; all but `equal` have one.
    test: Write
    #: The same where an ordered index may carry it.
    of_column: Write | None = None
    #: What stands between two expressions that are held against each other.
    sign: str | None = None


def _sign(sign: str) -> ComparisonForm:
    return ComparisonForm(sign=sign, test=lambda left, values: bound(f"{left} {sign} ?", values[0]))


def _contains(expression: str, values: tuple[Json, ...]) -> Fragment:
    if not values[0]:
        return _is_there(expression)
    return bound(f"instr({expression}, ?) > 0", values[0])


def _ends(expression: str, values: tuple[Json, ...]) -> Fragment:
    value = values[0]
    if not value:
        return _is_there(expression)
    return bound(f"substr({expression}, ?) = ?", -len(value), value)


def _starts(expression: str, values: tuple[Json, ...]) -> Fragment:
    value = values[0]
    if not value:
        return _is_there(expression)
    return bound(f"substr({expression}, 1, ?) = ?", len(value), value)


def _is_there(expression: str) -> Fragment:
    return bound(f"{expression} IS NOT NULL")


def _within_prefix(expression: str, values: tuple[Json, ...]) -> Fragment:
    value = values[0]
    if not value:
        return _is_there(expression)
    after = after_prefix(value)
    if after is None:
        return bound(f"{expression} >= ?", value)
    return both(bound(f"{expression} >= ?", value), bound(f"{expression} < ?", after))


def _fuzzy(function: str) -> ComparisonForm:
    return ComparisonForm(
        test=lambda left, values: bound(f"{function}({left}, ?, ?, ?)", *values[0])
    )


FORMS: dict[Comparison, ComparisonForm] = complete(
    "comparisons in SQL",
    {
        Comparison.EQUAL: ComparisonForm(sign="=", test=one_of),
        Comparison.LESS: _sign("<"),
        Comparison.LESS_OR_EQUAL: _sign("<="),
        Comparison.GREATER: _sign(">"),
        Comparison.GREATER_OR_EQUAL: _sign(">="),
        Comparison.CONTAINS: ComparisonForm(test=_contains),
        Comparison.STARTS_WITH: ComparisonForm(test=_starts, of_column=_within_prefix),
        Comparison.ENDS_WITH: ComparisonForm(test=_ends),
        Comparison.NEAR: _fuzzy("taskgate_near"),
        Comparison.ALIKE: _fuzzy("taskgate_alike"),
    },
    COMPARISONS,
)
complete(
    "signs between two items in SQL",
    {each: form.sign for each, form in FORMS.items() if form.sign is not None},
    {each for each, row in COMPARISONS.items() if row.takes_items},
)


# ---- values of unknown type, two items, presence --------------------------------------------------


def _compare_any(node: Compare, frame: RowSource, alias: str) -> Fragment:
    """Values of unknown type: texts as texts, numbers as numbers, booleans by their words."""
    as_text = both(
        bound(f"{alias}.type = 'text'"),
        *(
            _test(write_facet(test.facet, f"{alias}.value"), node.comparison, test.values)
            for test in node.tests
        ),
    )
    ways = [as_text]
    if [test.facet for test in node.tests] == [Facet.PLAIN]:
        ways += _test_without_text(node.comparison, node.tests[0], alias)
    part = both(bound(f"{_json_type(frame, node.place)} <> 'object'"), join_fragments("OR", ways))
    return exists(each_value(frame, node.place), alias, part)


def _test_without_text(comparison: Comparison, test: Test, alias: str) -> list[Fragment]:
    ways: list[Fragment] = []
    if not COMPARISONS[comparison].takes_items:
        return ways
    numbers = tuple(n for n in map(number_of, test.values) if n is not None)
    if numbers:
        ways.append(
            both(
                bound(f"{alias}.type IN ('integer', 'real')"),
                _test(f"{alias}.value", comparison, numbers),
            )
        )
    words = tuple(word for word in test.values if word in {"true", "false"})
    if words and comparison is Comparison.EQUAL:
        ways.append(one_of(f"{alias}.type", words))
    return ways


def compare_places(node: ComparePlaces, left: RowSource, right: RowSource) -> Fragment:
    """Two properties, each in its frame."""
    sign = FORMS[node.comparison].sign
    return both(
        *(
            bound(f"{left.scalar(node.left, one)} {sign} {right.scalar(node.right, other)}")
            for one, other in node.facets
        )
    )


def present_values(place: ItemLocation, frame: RowSource, alias: str) -> Fragment:
    """A property has a value."""
    if place.item.type != "any" and not place.item.many:
        return bound(f"{frame.scalar(place, Facet.PLAIN)} IS NOT NULL")
    each = exists(each_value(frame, place), alias, bound(f"{alias}.type <> 'null'"))
    if place.item.type != "any":
        return each
    return join_fragments("OR", (bound(f"{_json_type(frame, place)} = 'object'"), each))

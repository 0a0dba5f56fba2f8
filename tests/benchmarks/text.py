"""Filter text to SQL, beside scim2-filter-parser with an equivalent SCIM filter."""

from __future__ import annotations

import statistics
import time
from datetime import UTC
from typing import TYPE_CHECKING

from scim2_filter_parser.queries import SQLQuery

from gateway.query import Limits, compile_filter, compile_query_filter
from gateway.store.sqlite.compile.where import where_of
from tests.benchmarks import targets
from tests.benchmarks.figures import Line, interleaved, ratios

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.context import Context

TYPE = "UserType"
#: The number makes each text a new one.
OURS = (
    'givenName startsWith "b{0}" and (familyName = "x{0}" or emailAddress contains "example") '
    'and not (fullName endsWith "z")'
)
THEIRS = (
    'givenName sw "b{0}" and (familyName eq "x{0}" or emailAddress co "example") '
    'and not (fullName ew "z")'
)
COLUMNS = {
    (name, None, None): name.lower()
    for name in ("givenName", "familyName", "emailAddress", "fullName")
}
#: Filters of one measurement.
TEXTS = 500
REPEATS = 20_000


def filters(context: Context) -> list[Line]:
    """Microseconds for a text that is new, and for one seen before."""
    context.say(f"filter: {context.rounds} rounds")
    costs = interleaved(
        context.rounds,
        {
            "ours": lambda number: _cost(_compile, OURS, number),
            "theirs": lambda number: _cost(_transpile, THEIRS, number),
            "again": lambda _: _cost_again(),
        },
    )
    theirs = statistics.median(costs["theirs"])
    return [
        Line(
            case="filter",
            name="filter text to SQL, not seen before",
            value=statistics.median(costs["ours"]),
            unit="us",
            ratios=ratios(costs["ours"], costs["theirs"]),
            against="x scim2-filter-parser",
            target=targets.FILTER,
            note=f"four conditions; scim2-filter-parser to SQL: {theirs:.0f} us",
        ),
        Line(
            case="filter",
            name="filter text to SQL, seen before",
            value=statistics.median(costs["again"]),
            unit="us",
            target=targets.FILTER_AGAIN,
            note="as a search does it: from the body's filter clause to SQL and parameters",
        ),
    ]


def _compile(text: str) -> None:
    where_of(compile_filter(text, TYPE))


def _transpile(text: str) -> None:
    SQLQuery(text, "users", COLUMNS).sql  # noqa: B018  computed on access


def _cost(work: Callable[[str], None], template: str, number: int) -> float:
    texts = [template.format(number * TEXTS + i) for i in range(TEXTS)]
    work(template.format(f"-{number}"))
    started = time.monotonic()
    for text in texts:
        work(text)
    return (time.monotonic() - started) / TEXTS * 1e6


def _cost_again() -> float:
    limits = Limits()
    clause = {"text": OURS.format(0)}
    started = time.monotonic()
    for _ in range(REPEATS):
        compiled = compile_query_filter(clause, TYPE, limits=limits, zone=UTC)
        assert compiled is not None
        where_of(compiled)
    return (time.monotonic() - started) / REPEATS * 1e6

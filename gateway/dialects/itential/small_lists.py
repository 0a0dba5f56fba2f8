"""The query dialect of lists that are short: `equals=v&equalsField=f`, and pages of them.

Not the one of jobs and tasks: their brackets are refused here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.dialects.itential.errors import MANY, answer_bare, answer_success
from gateway.errors import InvalidRequest
from gateway.http.numerals import natural

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.http.exchange import Answer
    from gateway.model.documents import Document

_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "equals": lambda value, wanted: value == wanted,
    "contains": lambda value, wanted: wanted.lower() in value.lower(),
    "startsWith": lambda value, wanted: value.lower().startswith(wanted.lower()),
    "endsWith": lambda value, wanted: value.lower().endswith(wanted.lower()),
}
MAX_PAGE_SIZE, PAGE = 1_000, 25


def _select_rows(
    rows: Sequence[Document], pairs: list[tuple[str, str]]
) -> tuple[list[Document], int, int, int]:
    """One page, the number of all that match, and where the page begins and how long it may be."""
    given = dict(pairs)
    bracketed = next((name for name in given if "[" in name), None)
    if bracketed is not None:
        raise InvalidRequest(
            f"'{bracketed[:80]}' is not understood here; write equals=value&equalsField=field."
        )
    found = list(rows)
    for name, compare in _COMPARISONS.items():
        path = given.get(f"{name}Field")
        if name in given and path:
            wanted = given[name]
            found = [row for row in found if compare(str(_find_at(row, path)), wanted)]
    skip, limit = _number(given, "skip", 0, 0), _number(given, "limit", PAGE, 1)
    return found[skip : skip + limit], len(found), skip, limit


def _find_at(row: Document, path: str) -> Any:
    value: Any = row
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _number(given: dict[str, str], name: str, default: int, least: int) -> int:
    most = MAX_PAGE_SIZE if name == "limit" else 2**31 - 1
    number = natural(given.get(name, str(default)), most, least=least)
    if number is None:
        raise InvalidRequest(f"The parameter '{name}' must be a number from {least} to {most}.")
    return number


def answer_results(rows: Sequence[Document], pairs: list[tuple[str, str]]) -> Answer:
    """A page as the platform's other applications answer it."""
    page, total, _, _ = _select_rows(rows, pairs)
    return answer_bare({"results": page, "total": total})


def answer_items(rows: Sequence[Document], pairs: list[tuple[str, str]]) -> Answer:
    """A page as Automation Studio answers it."""
    page, total, skip, limit = _select_rows(rows, pairs)
    return answer_bare(
        {"items": page, "skip": skip, "limit": limit, "total": total, "count": len(page)}
    )


def wrap_page(rows: Sequence[Document], pairs: list[tuple[str, str]]) -> Answer:
    """A page as Operations Manager answers it."""
    page, total, skip, limit = _select_rows(rows, pairs)
    metadata = {
        "skip": skip,
        "limit": limit,
        "nextPageSkip": skip + limit if skip + len(page) < total and page else None,
        "previousPageSkip": max(0, skip - limit) if skip else None,
        "total": total,
        "currentPageSize": len(page),
    }
    return answer_success(MANY, page, metadata)

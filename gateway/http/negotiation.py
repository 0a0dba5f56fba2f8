"""Which representation a client accepts, and which one it sends."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: A range of media types with its quality, in the order of the header.
Ranges: TypeAlias = "list[tuple[str, float]]"
ANYTHING = "*/*"


def choose_media_type(header: str | None, offers: Sequence[str]) -> str | None:
    """The media type to answer with; None if the header admits none of the offers.

    Args:
        header: the `Accept` header; missing or empty, it admits everything.
        offers: media types, the first one for those who do not mind. One with a `*` inside, such as
            `application/*+xml`, stands for the types of that pattern that the header names.
    """
    ranges = _ranges(header or "") or [(ANYTHING, 1.0)]
    ranked = [(_rank(ranges, each), each) for each in _concrete(offers, [n for n, _ in ranges])]
    rank, best = max(ranked, key=lambda each: each[0])
    return best if rank[0] > 0 else None


def _concrete(offers: Iterable[str], named: Sequence[str]) -> Iterable[str]:
    for offer in offers:
        if "*" not in offer:
            yield offer
        else:
            yield from (each for each in named if "*" not in each and fnmatchcase(each, offer))


def _ranges(header: str) -> Ranges:
    found: Ranges = []
    for part in header.split(","):
        name, _, rest = part.partition(";")
        if name.strip():
            found.append((name.strip().lower(), _quality(rest)))
    return found


def _rank(ranges: Ranges, media_type: str) -> tuple[float, int, int]:
    """Quality, then how exactly the type is named, then how early; of the range that fits best."""
    main = media_type.partition("/")[0]
    exactness = {media_type: 3, f"{main}/*": 2, ANYTHING: 1}
    best, found = 0, (0.0, 0, 0)
    for position, (name, quality) in enumerate(ranges):
        exact = exactness.get(name, 0)
        if exact > best:
            best, found = exact, (quality, exact, -position)
    return found


def _quality(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def media_type_of(header: str | None) -> str:
    """The media type of a `Content-Type`, without parameters, in lower case; empty if there is none."""
    return (header or "").partition(";")[0].strip().lower()

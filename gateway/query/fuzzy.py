"""How alike two texts are: edit distance, and trigrams as PostgreSQL's pg_trgm counts them.

Knows texts and numbers only.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.model.documents import Json

#: Characters of the longest text that others are held against; PostgreSQL's functions take as many.
MAX_WANTED_LENGTH = 255
#: Characters of the longest text whose trigrams are looked at; a longer one is like nothing.
MAX_ALIKE_LENGTH = 65_536
_WORDS = re.compile(r"[^\W_]+")


def distance(one: str, other: str, limit: int) -> int:
    """Insertions, deletions and replacements between two texts; `limit + 1` when there are more."""
    if len(one) < len(other):
        one, other = other, one
    if len(one) - len(other) > limit:
        return limit + 1
    # Only what lies within the limit of the diagonal can end within it.
    row = [column if column <= limit else limit + 1 for column in range(len(other) + 1)]
    for number, letter in enumerate(one, 1):
        first, last = max(1, number - limit), min(len(other), number + limit)
        diagonal = row[first - 1]
        row[first - 1] = min(number, limit + 1) if first == 1 else limit + 1
        for column in range(first, last + 1):
            cheapest = min(row[column], row[column - 1], diagonal) + 1
            same = letter == other[column - 1]
            diagonal, row[column] = row[column], diagonal if same else min(cheapest, limit + 1)
    return row[-1]


def trigrams(text: str) -> frozenset[str]:
    """The trigrams of the words of a text, each with two blanks before and one after it."""
    return _kept_trigrams(text) if len(text) <= MAX_WANTED_LENGTH else _trigrams(text)


def _trigrams(text: str) -> frozenset[str]:
    return frozenset(
        padded[start : start + 3]
        for padded in (f"  {word} " for word in _WORDS.findall(text.lower()))
        for start in range(len(padded) - 2)
    )


#: Small texts only: what is kept is some ten thousand bytes each, and no more.
_kept_trigrams = lru_cache(maxsize=512)(_trigrams)


def similarity(one: str, other: str) -> float:
    """Shared trigrams among all of both texts; none if one of them is too long to be looked at."""
    if max(len(one), len(other)) > MAX_ALIKE_LENGTH:
        return 0.0
    left, right = trigrams(one), trigrams(other)
    return len(left & right) / len(left | right) if left and right else 0.0


def is_near(value: str, wanted: str, threshold: float, inclusive: bool) -> bool:
    """Whether the edit distance is below the threshold, or at it where that counts."""
    limit = int(threshold) if inclusive else int(threshold) - 1
    return limit >= 0 and distance(value, wanted, limit) <= limit


def is_alike(value: str, wanted: str, threshold: float, inclusive: bool) -> bool:
    """Whether the similarity is above the threshold, or at it where that counts."""
    found = similarity(value, wanted)
    return found >= threshold if inclusive else found > threshold


def _of_texts(function: Callable[[str, str, float, bool], bool]) -> Callable[..., Json]:
    return lambda value, *wanted: function(value, *wanted) if isinstance(value, str) else None


FUZZY_FUNCTIONS: dict[str, tuple[int, Callable[..., Json]]] = {
    "taskgate_near": (4, _of_texts(is_near)),
    "taskgate_alike": (4, _of_texts(is_alike)),
}

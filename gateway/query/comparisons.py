"""THE table of comparisons: what each stands on, when it holds, its sign and clause, an example.

A comparison is one row here; its partner is one row in each store's table of SQL, which fails at its
import where one is missing.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from gateway.model.tables import complete
from gateway.query.fuzzy import is_alike, is_near


class Comparison(StrEnum):
    """How a value is held against a literal or another item."""

    EQUAL = "equal"
    LESS = "less"
    LESS_OR_EQUAL = "lessOrEqual"
    GREATER = "greater"
    GREATER_OR_EQUAL = "greaterOrEqual"
    CONTAINS = "contains"
    STARTS_WITH = "startsWith"
    ENDS_WITH = "endsWith"
    #: The edit distance is small enough.
    NEAR = "levenshtein"
    #: Enough trigrams are shared.
    ALIKE = "similarity"


class Operands(StrEnum):
    """Items that a comparison stands on, by the types of their values."""

    ALL = "every item"
    #: Numbers, instants and texts.
    ORDERED = "items whose values have an order"
    TEXTS = "texts"


class Clause(StrEnum):
    """What says a comparison in a structured filter."""

    #: The clause has the comparison's name.
    VALUE = "a clause of its name"
    SUBSTRING = "substring"
    FUZZY = "fuzzyStringMatch"


Holds: TypeAlias = Callable[[Any, Any], bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Threshold:
    """How near is near enough."""

    highest: int
    is_whole: bool

    def __str__(self) -> str:
        kind = "an integer" if self.is_whole else "a number"
        return f"{kind} from 0 to {self.highest}"

    def read(self, text: str) -> float | None:
        """The number that the text spells; None if that is no threshold."""
        try:
            number = float(text)
        except ValueError:
            return None
        if not 0 <= number <= self.highest or (self.is_whole and not number.is_integer()):
            return None
        return int(number) if self.is_whole else number


@dataclass(frozen=True, kw_only=True, slots=True)
class ComparisonRow:
    """What there is to know of a comparison but how a database does it."""

    doc: str
    operands: Operands
    #: Whether a value and the given one compare so; both are as their facet has them.
    holds: Holds
    #: The sign that stands for it.
    alias: str = ""
    clause: Clause = Clause.VALUE
    #: Whether a substring clause that says it is anchored at the start and at the end.
    anchors: tuple[bool, bool] | None = None
    #: Of those that take a text, a threshold and whether it counts itself.
    threshold: Threshold | None = None
    #: Whether a list may be given, of which any value will do.
    takes_lists: bool = False
    example: str = ""

    @property
    def takes_items(self) -> bool:
        """Whether another item may stand on its right, and numbers in values of unknown type count."""
        return self.operands is not Operands.TEXTS


def _ordering(alias: str, doc: str, holds: Holds) -> ComparisonRow:
    return ComparisonRow(
        alias=alias,
        doc=doc,
        operands=Operands.ORDERED,
        holds=holds,
        example=f"progress {alias} 100",
    )


def _substring(anchors: tuple[bool, bool], doc: str, holds: Holds, example: str) -> ComparisonRow:
    return ComparisonRow(
        doc=doc,
        operands=Operands.TEXTS,
        holds=holds,
        clause=Clause.SUBSTRING,
        anchors=anchors,
        example=example,
    )


COMPARISONS: dict[Comparison, ComparisonRow] = complete(
    "comparisons",
    {
        Comparison.EQUAL: ComparisonRow(
            alias="=",
            doc="Any value of the item equals any of the given values.",
            operands=Operands.ALL,
            holds=operator.eq,
            anchors=(True, True),
            takes_lists=True,
            example="name = ('jack', 'will')",
        ),
        Comparison.LESS: _ordering(
            "<", "Any value of the item is less than the given one.", operator.lt
        ),
        Comparison.LESS_OR_EQUAL: _ordering(
            "<=", "Any value of the item is at most the given one.", operator.le
        ),
        Comparison.GREATER: _ordering(
            ">", "Any value of the item is greater than the given one.", operator.gt
        ),
        Comparison.GREATER_OR_EQUAL: _ordering(
            ">=", "Any value of the item is at least the given one.", operator.ge
        ),
        Comparison.CONTAINS: _substring(
            (False, False),
            "Any value contains the text; no character is a wildcard.",
            lambda value, part: part in value,
            "name contains 'spar'",
        ),
        Comparison.STARTS_WITH: _substring(
            (True, False), "Any value starts with the text.", str.startswith, "name startsWith 'ja'"
        ),
        Comparison.ENDS_WITH: _substring(
            (False, True), "Any value ends with the text.", str.endswith, "name endsWith 'ow'"
        ),
        Comparison.NEAR: ComparisonRow(
            doc="The edit distance to the text is below the threshold, or at it where that counts.",
            operands=Operands.TEXTS,
            holds=lambda value, wanted: is_near(value, *wanted),
            clause=Clause.FUZZY,
            # Larger distances say nothing, and cost much.
            threshold=Threshold(highest=100, is_whole=True),
            example="name levenshtein ('jack', 2, true)",
        ),
        Comparison.ALIKE: ComparisonRow(
            doc="The share of common trigrams is above the threshold, or at it where that counts.",
            operands=Operands.TEXTS,
            holds=lambda value, wanted: is_alike(value, *wanted),
            clause=Clause.FUZZY,
            threshold=Threshold(highest=1, is_whole=False),
            example="name similarity ('jack', 0.8, true)",
        ),
    },
    Comparison,
)


def _with(clause: Clause) -> frozenset[Comparison]:
    return frozenset(each for each, row in COMPARISONS.items() if row.clause is clause)


ORDERING = frozenset(each for each, row in COMPARISONS.items() if row.operands is Operands.ORDERED)
SUBSTRING = _with(Clause.SUBSTRING)
FUZZY = _with(Clause.FUZZY)

"""THE table of filters: names, signs, what they stand on, what they take, an example.

Parsing needs none of this; `resolve` checks against it, and the reference page and the console list
it. No schema, no SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Subject(StrEnum):
    """What a filter stands on."""

    PROPERTY = "property"
    #: Any item.
    ITEM = "item"
    #: A container, a reference, a polystring, or what a reference points to.
    STRUCTURE = "structure"
    #: The path `.` only.
    SELF = "self"


class Shape(StrEnum):
    """What a filter takes as its argument."""

    NONE = "nothing"
    VALUE = "one value"
    VALUES = "a value or a list of values"
    TYPE = "a type name"
    SUBFILTER = "a filter in parentheses"
    TUPLE = "a text, a threshold and whether it is inclusive, in parentheses"


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


ORDERING = frozenset(
    {
        Comparison.LESS,
        Comparison.LESS_OR_EQUAL,
        Comparison.GREATER,
        Comparison.GREATER_OR_EQUAL,
    }
)
SUBSTRING = frozenset({Comparison.CONTAINS, Comparison.STARTS_WITH, Comparison.ENDS_WITH})
FUZZY = frozenset({Comparison.NEAR, Comparison.ALIKE})


@dataclass(frozen=True, kw_only=True, slots=True)
class Operator:
    """One filter of the language."""

    name: str
    doc: str
    subject: Subject
    shape: Shape
    alias: str = ""
    comparison: Comparison | None = None
    negatable: bool = True
    #: One correct use, for people who wrote an incorrect one.
    example: str = ""


def _compare(comparison: Comparison, alias: str, doc: str) -> Operator:
    shape = Shape.VALUES if comparison is Comparison.EQUAL else Shape.VALUE
    return Operator(
        name=comparison.value,
        doc=doc,
        subject=Subject.PROPERTY,
        shape=shape,
        alias=alias,
        comparison=comparison,
    )


_ROWS = (
    _compare(Comparison.EQUAL, "=", "Any value of the item equals any of the given values."),
    Operator(
        name="notEqual",
        alias="!=",
        doc="No value of the item equals a given one; also true when the item is missing.",
        subject=Subject.PROPERTY,
        shape=Shape.VALUES,
        comparison=Comparison.EQUAL,
    ),
    _compare(Comparison.LESS, "<", "Any value of the item is less than the given one."),
    _compare(Comparison.LESS_OR_EQUAL, "<=", "Any value of the item is at most the given one."),
    _compare(Comparison.GREATER, ">", "Any value of the item is greater than the given one."),
    _compare(Comparison.GREATER_OR_EQUAL, ">=", "Any value of the item is at least the given one."),
    _compare(Comparison.CONTAINS, "", "Any value contains the text; no character is a wildcard."),
    _compare(Comparison.STARTS_WITH, "", "Any value starts with the text."),
    _compare(Comparison.ENDS_WITH, "", "Any value ends with the text."),
    Operator(
        name="exists",
        doc="The item has at least one value.",
        subject=Subject.ITEM,
        shape=Shape.NONE,
    ),
    Operator(
        name="matches",
        doc="One and the same value of the item satisfies the filter in parentheses.",
        subject=Subject.STRUCTURE,
        shape=Shape.SUBFILTER,
        example="assignment matches (order = 1)",
    ),
    Operator(
        name="inOid",
        doc="The object's oid, or the container's id, is one of the given ones.",
        subject=Subject.SELF,
        shape=Shape.VALUES,
        example=". inOid ('...', '...')",
    ),
    Operator(
        name="type",
        doc="The object is of the type or of a subtype; items of that type may be named beside it.",
        subject=Subject.SELF,
        shape=Shape.TYPE,
        example=". type UserType",
    ),
    Operator(
        name="anyIn",
        doc="Any value of the item equals any of the given values, as equal with a list.",
        subject=Subject.PROPERTY,
        shape=Shape.VALUES,
        comparison=Comparison.EQUAL,
        example="name anyIn ('a', 'b')",
    ),
    Operator(
        name="levenshtein",
        doc="The edit distance to the text is below the threshold, or at it where that counts.",
        subject=Subject.PROPERTY,
        shape=Shape.TUPLE,
        comparison=Comparison.NEAR,
        example="name levenshtein ('jack', 2, true)",
    ),
    Operator(
        name="similarity",
        doc="The share of common trigrams is above the threshold, or at it where that counts.",
        subject=Subject.PROPERTY,
        shape=Shape.TUPLE,
        comparison=Comparison.ALIKE,
        example="name similarity ('jack', 0.8, true)",
    ),
    Operator(
        name="fullText",
        doc="Every word of the text occurs in the object's texts, whatever its case.",
        subject=Subject.SELF,
        shape=Shape.VALUES,
        example=". fullText 'jack sparrow'",
    ),
    Operator(
        name="ownedByOid",
        doc="The object that holds the value is one of the given ones.",
        subject=Subject.SELF,
        shape=Shape.VALUES,
        example=". ownedByOid '...'",
    ),
    Operator(
        name="inOrg",
        doc="The object belongs to the org or to one below it; [ONE_LEVEL] and [ANCESTORS] say how far.",
        subject=Subject.SELF,
        shape=Shape.VALUE,
        example=". inOrg[ONE_LEVEL] '...'",
    ),
    Operator(
        name="isRoot",
        doc="The object belongs to no org.",
        subject=Subject.SELF,
        shape=Shape.NONE,
        example=". isRoot",
    ),
    Operator(
        name="ownedBy",
        doc="The object that holds the value is of the type and satisfies the filter.",
        subject=Subject.SELF,
        shape=Shape.SUBFILTER,
        example=". ownedBy (@type = UserType and @path = assignment)",
    ),
    Operator(
        name="referencedBy",
        doc="Some object of the type that satisfies the filter refers to this one.",
        subject=Subject.SELF,
        shape=Shape.SUBFILTER,
        example=". referencedBy (@type = UserType and @path = assignment/targetRef)",
    ),
)

OPERATORS: dict[str, Operator] = {row.name: row for row in _ROWS}

#: Words that people try, and what they are here.
HABITS = {
    "like": "contains",
    "in": "=",
    "eq": "=",
    "equals": "=",
    "ne": "!=",
    "gt": ">",
    "ge": ">=",
    "lt": "<",
    "le": "<=",
    "co": "contains",
    "sw": "startsWith",
    "ew": "endsWith",
    "pr": "exists",
    "isNull": "not exists",
    "is": "not exists",
    "between": ">= and <",
    "regex": "contains",
    "ofType": ". type",
    "instanceOf": ". type",
}

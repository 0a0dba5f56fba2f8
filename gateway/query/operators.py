"""THE table of filters: names, signs, what they stand on, what they take, whether they are served.

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


ORDERING = frozenset(
    {
        Comparison.LESS,
        Comparison.LESS_OR_EQUAL,
        Comparison.GREATER,
        Comparison.GREATER_OR_EQUAL,
    }
)
SUBSTRING = frozenset({Comparison.CONTAINS, Comparison.STARTS_WITH, Comparison.ENDS_WITH})


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
    is_served: bool = True


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


def _waiting(name: str, subject: Subject, shape: Shape, doc: str) -> Operator:
    return Operator(name=name, doc=doc, subject=subject, shape=shape, is_served=False)


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
    ),
    Operator(
        name="inOid",
        doc="The object's oid, or the container's id, is one of the given ones.",
        subject=Subject.SELF,
        shape=Shape.VALUES,
    ),
    Operator(
        name="type",
        doc="The object is of the type or of a subtype; items of that type may be named beside it.",
        subject=Subject.SELF,
        shape=Shape.TYPE,
    ),
    _waiting("anyIn", Subject.PROPERTY, Shape.VALUES, "As equal with a list."),
    _waiting("levenshtein", Subject.PROPERTY, Shape.TUPLE, "The edit distance is small enough."),
    _waiting("similarity", Subject.PROPERTY, Shape.TUPLE, "The trigrams are similar enough."),
    _waiting("fullText", Subject.SELF, Shape.VALUES, "Every word occurs in the object's texts."),
    _waiting("ownedByOid", Subject.SELF, Shape.VALUES, "The container's owner is listed."),
    _waiting("inOrg", Subject.SELF, Shape.VALUE, "The object belongs to the org or one below."),
    _waiting("isRoot", Subject.SELF, Shape.NONE, "The org has no parent."),
    _waiting("ownedBy", Subject.SELF, Shape.SUBFILTER, "The owner satisfies the filter."),
    _waiting("referencedBy", Subject.SELF, Shape.SUBFILTER, "Some object refers to this one."),
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

"""THE table of filters: names, signs, what they stand on, what they take, what they mean.

A comparison is one row of `comparisons`; every other filter is one row here. Whatever has no partner
somewhere fails when that place is imported. Parsing needs none of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.query.comparisons import COMPARISONS, Clause, Comparison, ComparisonRow


class Subject(StrEnum):
    """What a filter stands on."""

    PROPERTY = "a property"
    #: Any item.
    ITEM = "any item"
    #: A container, a reference, a polystring, or what a reference points to.
    STRUCTURE = "a container, a reference or a polystring"
    #: The path `.` only.
    SELF = "the object itself (.)"


class Shape(StrEnum):
    """What a filter takes as its argument."""

    NONE = "nothing"
    VALUE = "one value"
    VALUES = "a value or a list of values"
    TYPE = "a type name"
    SUBFILTER = "a filter in parentheses"
    TUPLE = "a text, a threshold and whether it is inclusive, in parentheses"


@dataclass(frozen=True, kw_only=True, slots=True)
class Operator:
    """One filter of the language."""

    name: str
    doc: str
    subject: Subject
    shape: Shape
    alias: str = ""
    comparison: Comparison | None = None
    #: Whether it is the complement of its comparison.
    is_negative: bool = False
    #: One correct use, for people who wrote an incorrect one.
    example: str = ""


def _shape_of(row: ComparisonRow) -> Shape:
    if row.threshold is not None:
        return Shape.TUPLE
    return Shape.VALUES if row.takes_lists else Shape.VALUE


def _spell(comparison: Comparison, row: ComparisonRow) -> Operator:
    return Operator(
        name=comparison.value,
        doc=row.doc,
        subject=Subject.PROPERTY,
        shape=_shape_of(row),
        alias=row.alias,
        comparison=comparison,
        example=row.example,
    )


_ROWS = (
    *(_spell(comparison, row) for comparison, row in COMPARISONS.items()),
    Operator(
        name="notEqual",
        alias="!=",
        doc="No value of the item equals a given one; also true when the item is missing.",
        subject=Subject.PROPERTY,
        shape=Shape.VALUES,
        comparison=Comparison.EQUAL,
        is_negative=True,
        example="name != 'jack'",
    ),
    Operator(
        name="exists",
        doc="The item has at least one value.",
        subject=Subject.ITEM,
        shape=Shape.NONE,
        example="emailAddress exists",
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
#: Names of the filters on `.`.
OF_SELF = frozenset(name for name, row in OPERATORS.items() if row.subject is Subject.SELF)
#: Comparison signs and the names they stand for; `!=` is a negated `equal`.
ALIASES = {row.alias: row.name for row in _ROWS if row.alias and not row.is_negative}


def describe() -> list[dict[str, str]]:
    """Every filter of the language by what there is to know of it, in the table's order."""
    return [
        {
            "name": row.name,
            "sign": row.alias,
            "on": _subject_of(row),
            "takes": row.shape.value,
            "clause": _clause_of(row),
            "meaning": row.doc,
            "example": row.example,
        }
        for row in OPERATORS.values()
    ]


def _subject_of(row: Operator) -> str:
    if row.comparison is None:
        return row.subject.value
    return COMPARISONS[row.comparison].operands.value


def _clause_of(row: Operator) -> str:
    """The structured clause that says it."""
    if row.comparison is None:
        return CLAUSES_OF.get(row.name, row.name)
    clause = COMPARISONS[row.comparison].clause
    if row.is_negative:
        return f"not {row.comparison.value}"
    return row.name if clause is Clause.VALUE else clause.value


#: Filters that a structured filter says by a clause of another name.
CLAUSES_OF = {
    "matches": "exists, or ref for references",
    "inOrg": "org",
    "isRoot": "org",
    "ownedByOid": "inOid",
}
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

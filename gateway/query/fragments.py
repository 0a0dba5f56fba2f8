"""Pieces of SQL with their parameters, and how many of them become one expression.

SQLite's parser holds a hundred open parentheses at most and its expressions nest a thousand levels;
both are kept to here. Knows booleans, neither items nor tables.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.model.documents import Json

Joint: TypeAlias = Literal["AND", "OR"]

#: Boolean nesting up to which the expression is written as people write it.
PLAIN_HEIGHT = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Fragment:
    """An expression; `joint` is what it falls apart into when parentheses are left out."""

    sql: str
    parameters: tuple[Json, ...] = ()
    joint: Joint | None = None
    #: Levels of and/or inside.
    height: int = 0
    #: Whether it is never null, and written with `&` and `|`.
    is_bits: bool = False

    def inside(self, joint: Joint) -> str:
        """The text as an operand of `joint`."""
        return self.sql if self.joint in {None, joint} else f"({self.sql})"

    def negated(self) -> Fragment:
        """True where this is false or null."""
        return Fragment(sql=f"({self.sql}) IS NOT TRUE", parameters=self.parameters)


TRUE = Fragment(sql="1")
FALSE = Fragment(sql="0")


def constant(*, value: bool) -> Fragment:
    """Always true or always false."""
    return TRUE if value else FALSE


def bound(template: str, *parameters: Json) -> Fragment:
    """An expression that needs no parentheses, with its parameters."""
    return Fragment(sql=template, parameters=parameters)


def both(*parts: Fragment) -> Fragment:
    """All of a few parts, on one level."""
    if len(parts) == 1:
        return parts[0]
    return Fragment(
        sql=" AND ".join(part.inside("AND") for part in parts),
        parameters=tuple(value for part in parts for value in part.parameters),
        joint="AND",
        height=max(part.height for part in parts),
    )


def joined(joint: Joint, parts: Sequence[Fragment]) -> Fragment:
    """All or any of many parts, one level above them."""
    if len(parts) == 1:
        return parts[0]
    height = 1 + max(part.height for part in parts)
    if height > PLAIN_HEIGHT:
        return _joined_bits(joint, parts, height)
    sql = _balanced(joint, [part.inside(joint) for part in parts])
    return Fragment(sql=sql, parameters=_parameters(parts), joint=joint, height=height)


def _parameters(parts: Sequence[Fragment]) -> tuple[Json, ...]:
    return tuple(value for part in parts for value in part.parameters)


def _balanced(sign: str, texts: Sequence[str]) -> str:
    """A tree instead of a chain: its height grows with the logarithm of its width."""
    if len(texts) <= 4:
        return f" {sign} ".join(texts)
    middle = (len(texts) + 1) // 2
    return f"{_balanced(sign, texts[:middle])} {sign} ({_balanced(sign, texts[middle:])})"


def _joined_bits(joint: Joint, parts: Sequence[Fragment], height: int) -> Fragment:
    # `&` and `|` have one precedence and group to the left: the deepest part, put first, needs no
    # parentheses, so that depth costs the parser nothing.
    sign = "&" if joint == "AND" else "|"
    ordered = sorted((_bits(part) for part in parts), key=lambda part: -part.height)
    first, rest = ordered[0], [f"({part.sql})" for part in ordered[1:]]
    tail = _balanced(sign, rest)
    return Fragment(
        sql=f"{first.sql} {sign} ({tail})",
        parameters=_parameters(ordered),
        joint=joint,
        height=height,
        is_bits=True,
    )


def _bits(part: Fragment) -> Fragment:
    if part.is_bits:
        return part
    return Fragment(
        sql=f"(({part.sql}) IS TRUE)",
        parameters=part.parameters,
        height=part.height,
        is_bits=True,
    )


def exists(table: str, alias: str, condition: Fragment) -> Fragment:
    """A row of `table` satisfies the condition."""
    return bound(
        f"EXISTS (SELECT 1 FROM {table} {alias} WHERE {condition.sql})",  # noqa: S608  names are ours, values are bound
        *condition.parameters,
    )


def among(expression: str, column: str, table: str, condition: Fragment) -> Fragment:
    """`expression` is in the column of a row that satisfies the condition; `table x`, `x.column`."""
    return bound(
        f"{expression} IN (SELECT {column} FROM {table} WHERE {condition.sql})",  # noqa: S608  names are ours, values are bound
        *condition.parameters,
    )


def one_of(expression: str, values: tuple[Json, ...]) -> Fragment:
    """`expression` equals any of the values; a long list is one parameter."""
    if len(values) == 1:
        return bound(f"{expression} = ?", values[0])
    if len(values) <= 8:
        return bound(f"{expression} IN ({', '.join('?' * len(values))})", *values)
    numbers = [int(value) if isinstance(value, bool) else value for value in values]
    listed = json.dumps(numbers, ensure_ascii=False)
    return bound(f"{expression} IN (SELECT value FROM json_each(?))", listed)  # noqa: S608  see above

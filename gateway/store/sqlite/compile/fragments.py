"""Pieces of SQL with their parameters, and how many of them become one expression.

SQLite's parser holds a hundred open parentheses at most and its expressions nest a thousand levels;
both are kept to here. Knows booleans, neither items nor tables.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.model.documents import Json

Joint: TypeAlias = Literal["AND", "OR"]

#: Boolean nesting up to which the expression is written as people write it.
PLAIN_HEIGHT = 6
_BITS: dict[Joint, str] = {"AND": "&", "OR": "|"}

#: What stands on the parser's stack for an open parenthesis, by what is around it.
_PARENTHESES = re.compile(
    r"(?P<query>\((?=SELECT|WITH))|(?P<call>(?<=\w)\()|(?P<first>(?<=\()\()|(?P<plain>\()|\)"
)
#: Below this nobody needs to know exactly.
SHALLOW = 60
_COSTS = {"query": 10, "call": 4, "first": 1, "plain": 3}


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

    def negate(self) -> Fragment:
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


def join_fragments(joint: Joint, parts: Sequence[Fragment]) -> Fragment:
    """All or any of many parts, one level above them.

    The highest part comes first: what stands before an open parenthesis waits on the parser's stack.
    """
    if len(parts) == 1:
        return parts[0]
    ordered = sorted(parts, key=lambda part: -part.height)
    height = 1 + ordered[0].height
    is_bits = height > PLAIN_HEIGHT
    sign = _BITS[joint] if is_bits else joint
    texts = [_bits(part) if is_bits else part.inside(joint) for part in ordered]
    # `&` and `|` have one precedence and group to the left: a first part made of them needs no
    # parentheses, so that its depth costs the parser nothing. Any other does: both bind tighter
    # than IS.
    bare = not is_bits or ordered[0].is_bits
    first = texts[0] if bare else f"({texts[0]})"
    tail = [f"({text})" for text in texts[1:]] if is_bits else texts[1:]
    return Fragment(
        sql=f"{first} {sign} {_group(sign, tail)}",
        parameters=tuple(value for part in ordered for value in part.parameters),
        joint=joint,
        height=height,
        is_bits=is_bits,
    )


def _bits(part: Fragment) -> str:
    return part.sql if part.is_bits else f"({part.sql}) IS TRUE"


def _group(sign: str, texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"({_join_balanced(sign, texts)})"


def _join_balanced(sign: str, texts: Sequence[str]) -> str:
    """A tree instead of a chain: its height grows with the logarithm of its width."""
    if len(texts) <= 16:
        return f" {sign} ".join(texts)
    middle = (len(texts) + 1) // 2
    return f"{_join_balanced(sign, texts[:middle])} {sign} ({_join_balanced(sign, texts[middle:])})"


def stack_of(sql: str) -> int:
    """How many places of the parser's stack the text needs, or a few more."""
    at_most = sql.count("(") * _COSTS["query"]
    if at_most < SHALLOW:
        return at_most
    needed = deepest = 0
    open_: list[int] = []
    for found in _PARENTHESES.finditer(sql):
        if found.group() == ")":
            needed -= open_.pop()
            continue
        open_.append(_COSTS[found.lastgroup or "plain"])
        needed += open_[-1]
        deepest = max(deepest, needed)
    return deepest


def exists(table: str, alias: str, condition: Fragment) -> Fragment:
    """A row of `table` satisfies the condition."""
    return bound(
        f"EXISTS (SELECT 1 FROM {table} {alias} WHERE {condition.sql})",
        *condition.parameters,
    )


def select(column: str, table: str, condition: Fragment) -> Fragment:
    """The column of the rows that satisfy the condition."""
    return bound(
        f"SELECT {column} FROM {table} WHERE {condition.sql}",
        *condition.parameters,
    )


def among(expression: str, column: str, table: str, condition: Fragment) -> Fragment:
    """`expression` is in the column of a row that satisfies the condition."""
    rows = select(column, table, condition)
    return bound(f"{expression} IN ({rows.sql})", *rows.parameters)


def one_of(expression: str, values: tuple[Json, ...]) -> Fragment:
    """`expression` equals any of the values; a long list is one parameter."""
    if len(values) == 1:
        return bound(f"{expression} = ?", values[0])
    if len(values) <= 8:
        return bound(f"{expression} IN ({', '.join('?' * len(values))})", *values)
    numbers = [int(value) if isinstance(value, bool) else value for value in values]
    listed = json.dumps(numbers, ensure_ascii=False)
    return bound(f"{expression} IN (SELECT value FROM json_each(?))", listed)

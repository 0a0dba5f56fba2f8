"""Builds the syntax tree while the parser reduces: flattening, negation, quotes.

The parser calls one method for each alternative of the grammar that has a name there. Knows the
tree's classes and nothing of the schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from lark import Token, Transformer, v_args

from gateway.query.ast import (
    Always,
    And,
    Condition,
    Literal,
    Not,
    Or,
    Path,
    Placeholder,
    Script,
    Subfilter,
    Values,
)
from gateway.query.operators import ALIASES

if TYPE_CHECKING:
    from gateway.query.ast import Argument, Filter

_Many = TypeVar("_Many", And, Or)


def conjunction(parts: list[Filter] | tuple[Filter, ...]) -> Filter:
    """All of `parts`; a conjunction inside is taken apart, a single part stays itself."""
    return _flat(And, parts)


def disjunction(parts: list[Filter] | tuple[Filter, ...]) -> Filter:
    """Any of `parts`; a disjunction inside is taken apart, a single part stays itself."""
    return _flat(Or, parts)


def _flat(many: type[_Many], parts: list[Filter] | tuple[Filter, ...]) -> Filter:
    flat: list[Filter] = []
    for part in parts:
        if isinstance(part, many):
            flat.extend(part.parts)
        else:
            flat.append(part)
    return flat[0] if len(flat) == 1 else many(parts=tuple(flat))


def negation(part: Filter) -> Filter:
    """The complement of `part`."""
    if isinstance(part, Not):
        return part.part
    if isinstance(part, Always):
        return Always(value=not part.value)
    if isinstance(part, Condition):
        return Condition(
            path=part.path,
            operator=part.operator,
            negated=not part.negated,
            rule=part.rule,
            argument=part.argument,
            position=part.position,
        )
    return Not(part=part)


def steps_of(text: str) -> tuple[str, ...]:
    """The steps of a path; a slash inside a quoted id does not separate."""
    if "[" not in text:
        return tuple(text.split("/"))
    steps: list[str] = []
    for piece in text.split("/"):
        if steps and "[" in steps[-1] and not steps[-1].endswith("]"):
            steps[-1] += f"/{piece}"
        else:
            steps.append(piece)
    return tuple(steps)


def _condition(
    path: Path, operator: Token, argument: Argument | None, *, negated: bool
) -> Condition:
    name, _, rule = operator.partition("[")
    if name == "!=":
        name, negated = "=", not negated
    return Condition(
        path=path,
        operator=ALIASES.get(name) or str(name).rpartition(":")[2],
        negated=negated,
        rule=rule[:-1].rpartition(":")[2] or None,
        argument=argument,
        position=operator.start_pos or 0,
    )


def _unquote(token: Token) -> str:
    quote = token[0]
    return token[1:-1].replace(f"\\{quote}", quote)


class TreeBuilder(Transformer[Token, "Filter"]):
    """One method an alternative of the grammar."""

    @v_args(inline=True)
    def start(self, tree: Filter) -> Filter:
        """The whole filter."""
        return tree

    def any_of(self, parts: list[Filter]) -> Filter:
        """`a or b`."""
        return disjunction(parts)

    def all_of(self, parts: list[Filter]) -> Filter:
        """`a and b`."""
        return conjunction(parts)

    @v_args(inline=True)
    def negation(self, part: Filter) -> Filter:
        """`not (a)`."""
        return negation(part)

    @v_args(inline=True)
    def compare(self, path: Path, operator: Token, argument: Argument | None) -> Condition:
        """`path = argument`, also `path startsWith argument`."""
        return _condition(path, operator, argument, negated=False)

    @v_args(inline=True)
    def compare_not(self, path: Path, operator: Token, argument: Argument | None) -> Condition:
        """`path not = argument`, also `path not startsWith argument`."""
        return _condition(path, operator, argument, negated=True)

    named = compare
    named_not = compare_not

    @v_args(inline=True)
    def path(self, token: Token) -> Path:
        """An item path."""
        return Path(steps=steps_of(str(token)), position=token.start_pos or 0)

    @v_args(inline=True)
    def subfilter(self, tree: Filter) -> Subfilter:
        """A filter as an argument."""
        return Subfilter(filter=tree)

    def values(self, members: list[Literal | Path]) -> Values:
        """A list of values."""
        return Values(members=tuple(members), position=members[0].position)

    @v_args(inline=True)
    def argument_path(self, path: Path) -> Path | Script:
        """A path on the right; a lone `@name` is a constant there."""
        if len(path.steps) == 1 and path.steps[0][0] == "@" and len(path.steps[0]) > 1:
            return Script(text=path.steps[0], position=path.position)
        return path

    @v_args(inline=True)
    def quoted(self, token: Token) -> Literal:
        """A text in quotes."""
        return Literal(text=_unquote(token), position=token.start_pos or 0)

    @v_args(inline=True)
    def multiline(self, token: Token) -> Literal:
        """A text in triple quotes; it keeps the newline after the opening ones."""
        return Literal(text=token.replace('"""', ""), position=token.start_pos or 0)

    @v_args(inline=True)
    def bare(self, token: Token) -> Literal:
        """A number, true, false or null."""
        return Literal(text=str(token), position=token.start_pos or 0)

    @v_args(inline=True)
    def script(self, token: Token) -> Script:
        """A script or a variable."""
        return Script(text=str(token), position=token.start_pos or 0)

    variable = script

    @v_args(inline=True)
    def placeholder(self, token: Token) -> Placeholder:
        """A place to bind a value to."""
        return Placeholder(text=str(token), position=token.start_pos or 0)

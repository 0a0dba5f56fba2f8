"""SailPoint's collection filters: text to syntax tree, in the nodes that all our filters have.

Knows the grammar and its limits, nothing of fields and of what may be asked of them.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NoReturn

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken, v_args
from lark.exceptions import VisitError

from gateway.dialects.sailpoint.errors import IllegalValue, LimitExceeded
from gateway.query.ast import Condition, Literal, Path, Values
from gateway.query.build import conjunction, disjunction, negation
from gateway.query.parse import UNSTORABLE, grammar_text

if TYPE_CHECKING:
    from gateway.query.ast import Filter

#: Most characters of a filter, parentheses open at a time, and values of one list.
LONGEST, DEEPEST, MAX_VALUES = 4_096, 32, 500
_NESTING = re.compile(r'"(?:[^"\\]|\\.)*"|[()]')
_ESCAPED = re.compile(r"\\(.)")
#: What the parser's terminals are called in messages.
_EXPECTED = {
    "FIELD": "a field",
    "COMPARE": "eq, ne, gt, ge, lt, le, co, sw",
    "AMONG": "in, ca",
    "_ISNULL": "isnull",
    "_PR": "pr",
    "_NOT": "not",
    "_AND": "and",
    "_OR": "or",
    "_LPAR": "(",
    "_RPAR": ")",
    "_COMMA": ",",
    "STRING": "a text in double quotes",
    "BARE": "a word",
    "$END": "the end",
}


def parse_filter(text: str) -> Filter:
    """The syntax tree; `IllegalValue` says where it ends to be one, `LimitExceeded` what is too much.

    Operators are called as they are written; `in` and `ca` have `Values`, `pr` and `isnull` nothing.
    """
    _guard(text)
    try:
        return _parser().parse(text)  # type: ignore[return-value]  # the builder makes trees of ours
    except UnexpectedInput as fault:
        _refuse(text, fault)
    except VisitError as fault:
        raise fault.orig_exc from None


@cache
def _parser() -> Lark:
    return Lark(
        grammar_text("collection_filters"),
        parser="lalr",
        transformer=_Builder(),
        maybe_placeholders=False,
    )


def _guard(text: str) -> None:
    if not text.strip():
        raise IllegalValue("The filter is empty.")
    if len(text) > LONGEST:
        raise LimitExceeded(
            f"The filter has {len(text)} characters; at most {LONGEST} are allowed."
        )
    if UNSTORABLE.search(text):
        raise IllegalValue("The filter contains a character that no text can hold.")
    depth = 0
    for found in _NESTING.finditer(text):
        depth += (found.group() == "(") - (found.group() == ")")
        if depth > DEEPEST:
            raise LimitExceeded(f"The filter nests deeper than {DEEPEST} parentheses.")


def _refuse(text: str, fault: UnexpectedInput) -> NoReturn:
    """Where the text stops to be a filter, and what could stand there."""
    position = fault.pos_in_stream or 0
    is_end = isinstance(fault, UnexpectedToken) and fault.token.type == "$END"
    found = "its end" if is_end else f"'{text[position : position + 20]}'"
    expected = getattr(fault, "accepts", None) or getattr(fault, "allowed", None) or ()
    ways = [text for name, text in _EXPECTED.items() if name in expected]
    sentence = f"The filter cannot be read at {found}"
    if not is_end:
        sentence += f" (character {position + 1})"
    hint = f"; expected {' or '.join(ways)}" if ways else ""
    raise IllegalValue(f"{sentence}{hint}.") from None


class _Builder(Transformer[Token, "Filter"]):
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
        """`not a`."""
        return negation(part)

    @v_args(inline=True)
    def present(self, field: Token) -> Filter:
        """`pr field`."""
        return Condition(path=_path(field), operator="pr")

    @v_args(inline=True)
    def missing(self, field: Token) -> Filter:
        """`field isnull`."""
        return Condition(path=_path(field), operator="isnull")

    @v_args(inline=True)
    def compare(self, field: Token, operator: Token, value: Literal) -> Filter:
        """`field eq value`."""
        return Condition(path=_path(field), operator=str(operator), argument=value)

    @v_args(inline=True)
    def among(self, field: Token, operator: Token, *values: Literal) -> Filter:
        """`field in (value, value)`."""
        if len(values) > MAX_VALUES:
            raise LimitExceeded(
                f"A list in the filter has {len(values)} values; at most {MAX_VALUES} are allowed."
            )
        return Condition(path=_path(field), operator=str(operator), argument=Values(members=values))

    @v_args(inline=True)
    def quoted(self, token: Token) -> Literal:
        """A text in double quotes."""
        return Literal(text=_ESCAPED.sub(r"\1", token[1:-1]))

    @v_args(inline=True)
    def bare(self, token: Token) -> Literal:
        """A word, a number or a date-time."""
        return Literal(text=str(token))


def _path(field: Token) -> Path:
    return Path(steps=(str(field),), position=field.start_pos or 0)

"""Text to syntax tree: loads the grammar once, refuses what is too long or too deep.

Knows tokens and positions, nothing of items and types.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from lark import Lark, UnexpectedInput, UnexpectedToken

from gateway.errors import QuerySyntaxError
from gateway.query.build import TreeBuilder
from gateway.query.lexer import FilterLexer
from gateway.query.syntax_errors import describe

if TYPE_CHECKING:
    from gateway.query.ast import Filter

MAX_LENGTH = 65_536
MAX_DEPTH = 200

#: What swallows parentheses without meaning them, for counting how deep a text nests.
_NESTING = re.compile(
    r"//[^\n\r]*|/\*[\s\S]*?\*/"
    r'|"""\r?\n[\s\S]*?"""|```\r?\n[\s\S]*?```'
    r"""|'(?:[\\]'|[^\n'])*'|"(?:[\\]"|[^\n"])*"|`(?:[\\]`|[^\n`])*`|[()]"""
)
#: Characters that neither a document nor a database can hold.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@cache
def grammar_text(name: str = "mql") -> str:
    """A grammar, from the installed package or from the source tree."""
    packaged = files("gateway").joinpath("_grammar", f"{name}.lark")
    if packaged.is_file():
        return packaged.read_text("utf-8")
    source = FilePath(__file__).parents[2] / "grammar" / f"{name}.lark"
    return source.read_text("utf-8")


@cache
def parser() -> Lark:
    """The parser; building it takes some tens of milliseconds, once."""
    return Lark(
        grammar_text(),
        parser="lalr",
        lexer=FilterLexer,
        transformer=TreeBuilder(),
        maybe_placeholders=True,
    )


def parse(
    text: str,
    *,
    max_length: int = MAX_LENGTH,
    max_depth: int = MAX_DEPTH,
) -> Filter:
    """The syntax tree of `text`; raises `QuerySyntaxError`."""
    _guard(text, max_length, max_depth)
    try:
        return parser().parse(text)  # type: ignore[return-value]  # the builder makes trees of ours
    except UnexpectedToken as fault:
        raise describe(text, fault) from None
    except UnexpectedInput as fault:  # pragma: no cover  UNKNOWN takes every character
        raise QuerySyntaxError(
            "Syntax error", text=text, position=fault.pos_in_stream or 0
        ) from None


def _guard(text: str, max_length: int, max_depth: int) -> None:
    if len(text) > max_length:
        raise QuerySyntaxError(
            f"The filter has {len(text)} characters; {max_length} are allowed",
            text=text[:max_length],
            position=max_length,
        )
    if not text.strip(" \t\r\n"):
        raise QuerySyntaxError("Unable to parse query: the filter is empty", text=text)
    unstorable = UNSTORABLE.search(text)
    if unstorable:
        raise QuerySyntaxError(
            "The filter contains a character that no text can hold",
            text=text,
            position=unstorable.start(),
            found=f"U+{ord(unstorable.group()):04X}",
        )
    if text.count("(") > max_depth:
        _guard_depth(text, max_depth)


def _guard_depth(text: str, max_depth: int) -> None:
    depth = 0
    for found in _NESTING.finditer(text):
        sign = found.group()
        depth += (sign == "(") - (sign == ")")
        if depth > max_depth:
            raise QuerySyntaxError(
                f"The filter nests deeper than {max_depth} parentheses",
                text=text,
                position=found.start(),
                found="(",
            )

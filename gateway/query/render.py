"""Syntax tree to canonical text; reading it back gives an equal tree.

Knows the written language and nothing of the schema.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.errors import Unsupported
from gateway.query.ast import (
    Always,
    And,
    Condition,
    Literal,
    Not,
    Or,
    Subfilter,
    Values,
)
from gateway.query.operators import ALIASES

if TYPE_CHECKING:
    from gateway.query.ast import Argument, Filter

SIGNS = {name: sign for sign, name in ALIASES.items()}
_MULTILINE = re.compile(r'\r?\n(?:(?!""")[\s\S])*')


def render(tree: Filter) -> str:
    """The canonical text: single blanks, single quotes, signs for the comparisons."""
    if isinstance(tree, Condition):
        return _condition(tree)
    if isinstance(tree, Always):
        raise Unsupported("Everything and nothing have no text")
    if isinstance(tree, Not):
        return f"not ({render(tree.part)})"
    parts = []
    for part in tree.parts:
        text = render(part)
        parts.append(f"({text})" if isinstance(part, And | Or) else text)
    return (" and " if isinstance(tree, And) else " or ").join(parts)


def _condition(condition: Condition) -> str:
    rule = f"[{condition.rule}]" if condition.rule else ""
    sign = SIGNS.get(condition.operator, condition.operator)
    negation = "not " if condition.negated else ""
    if condition.negated and sign == "=":
        negation, sign = "", "!="
    text = f"{condition.path} {negation}{sign}{rule}"
    return text if condition.argument is None else f"{text} {_argument(condition.argument)}"


def _argument(argument: Argument) -> str:
    if isinstance(argument, Subfilter):
        return f"({render(argument.filter)})"
    if isinstance(argument, Values):
        return f"({', '.join(map(_argument, argument.members))})"
    if isinstance(argument, Literal):
        return _literal(argument.text)
    return str(argument) if not hasattr(argument, "text") else argument.text


def _literal(text: str) -> str:
    if "\n" in text:
        if not _MULTILINE.fullmatch(text) or text.endswith('"'):
            raise Unsupported("A text with line breaks must start with one and hold no quotes")
        return f'"""{text}"""'
    quoted = "'" + text.replace("'", "\\'") + "'"
    # A backslash before the closing quote would escape it if another quote followed on the line.
    return f"{quoted}\n" if text.endswith("\\") else quoted

"""Text to tokens: one regular expression made of the grammar's terminals, blanks dropped on the way.

Lark's own lexer counts lines and columns for each token; positions are all that errors need here,
and reading the tokens was most of what a filter cost. Knows terminals, not rules.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lark import Token
from lark.lexer import Lexer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lark.common import LexerConf
    from lark.lexer import TerminalDef

BLANK = "_SEP"
#: A character with which no token starts.
UNKNOWN = "UNKNOWN"
#: Where the text ends.
END = "_END"
_LISTED = ("_LPAR", "_RPAR", "_COMMA", "_AND", "_OR", "ALIAS", "RULED_ALIAS")
_VALUES = ("STRING", "MULTILINE", "NUMBER", "WORD", "SCRIPT", "VARIABLE", "PLACEHOLDER")
#: A blank means nothing after these ...
AFTER = frozenset((*_LISTED, "_NOT"))
#: ... nor before these: a value after a path is wrong with a blank and without one.
BEFORE = frozenset((*_LISTED, *_VALUES, UNKNOWN, END))


class FilterLexer(Lexer):
    """Gives the tokens that the grammar speaks of."""

    def __init__(self, conf: LexerConf) -> None:
        ordered = sorted(conf.terminals, key=_rank)
        patterns = {each.name: each.pattern.to_regexp() for each in ordered}
        blank = patterns.pop(BLANK)
        tokens = "|".join(f"(?P<{name}>{pattern})" for name, pattern in patterns.items())
        self._pattern = re.compile(
            rf"(?P<{BLANK}>{blank})?+(?:{tokens}|(?P<{END}>\Z)|(?P<{UNKNOWN}>[\s\S]))"
        )

    def lex(self, text: str) -> Iterator[Token]:  # type: ignore[override]  # Lark's form for whole texts
        """The tokens of `text`, each with its position."""
        previous = "_LPAR"
        for found in self._pattern.finditer(text):
            # The pattern has an alternative for everything: some group is always the last one.
            kind, index = found.lastgroup or UNKNOWN, found.lastindex or 0
            start = found.start(index)
            if start > found.start() and kind not in BEFORE and previous not in AFTER:
                yield Token(BLANK, " ", found.start(), end_pos=start)
            if kind == END:
                return
            previous = kind
            yield Token(kind, found.group(index), start)


def _rank(terminal: TerminalDef) -> tuple[int, int, int]:
    """Where a terminal stands: by its priority, then what can be longer comes first."""
    return (-terminal.priority, -terminal.pattern.max_width, -len(terminal.pattern.value))

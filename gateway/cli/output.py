"""How commands show what they found: tables for people, JSON for programs."""

from __future__ import annotations

import json
import re
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Columns of a table that no terminal limits.
WIDE = 240
#: What JSON need not escape, and a terminal might obey.
_UNSEEN = re.compile(r"[^\n\x20-\x7e]")


class Output(StrEnum):
    """The forms of an answer."""

    TABLE = "table"
    JSON = "json"


OutputOption = Annotated[
    Output | None,
    typer.Option("--output", help="The default is table on a terminal, json when piped."),
]


def is_json(output: Output | None) -> bool:
    """Whether JSON is asked for, or fits where the output goes."""
    return (output or (Output.TABLE if sys.stdout.isatty() else Output.JSON)) is Output.JSON


def show_json(rows: Sequence[dict[str, Any]]) -> None:
    """A list of flat objects."""
    written = orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode()
    typer.echo(_UNSEEN.sub(_escape, written))


def console() -> Console:
    """Standard output; as wide as the terminal, and wide enough for everything where there is none."""
    return Console() if sys.stdout.isatty() else Console(width=WIDE)


def printable(text: str) -> str:
    """The text without control characters: no task may steer the terminal of who looks at it."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def printable_lines(text: str) -> str:
    """The same for a text that may have several lines."""
    return "\n".join(printable(line) for line in text.split("\n"))


def plain(text: str | None) -> Text:
    """A text as it is: brackets are no markup in it, and nothing steers the terminal."""
    return Text(printable(text or ""))


def complain(sentence: str) -> None:
    """Say on standard error what is wrong."""
    typer.echo(f"taskgate: {printable_lines(sentence)}", err=True)


def _escape(found: re.Match[str]) -> str:
    # Characters beyond the basic plane are written as two.
    return json.dumps(found[0])[1:-1] if not found[0].isprintable() else found[0]

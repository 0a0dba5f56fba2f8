"""How commands show what they found: tables for people, JSON for programs."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Columns of a table that no terminal limits.
WIDE = 240


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
    typer.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))


def console() -> Console:
    """Standard output; as wide as the terminal, and wide enough for everything where there is none."""
    return Console() if sys.stdout.isatty() else Console(width=WIDE)


def printable(text: str) -> str:
    """The text without control characters: no task may steer the terminal of who looks at it."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)

"""Writes docs/reference from the tables of the code: `python -m tests.reference`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.query.operators import HABITS, describe
from tests.serving import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

FOLDER = ROOT / "docs" / "reference"
NOTE = "<!-- Made from the code's tables by `make reference`; a test holds the two against each other. -->"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(cell, row))} |" for row in lines)


def cell(text: str) -> str:
    """The text as it may stand in a table."""
    return text.replace("|", "\\|")


def code(text: str) -> str:
    return f"`{text}`" if text else ""


def filters() -> str:
    """Every filter of the query language."""
    rows = [
        (
            " ".join(filter(None, (code(row["name"]), code(row["sign"])))),
            row["on"],
            row["takes"],
            row["meaning"],
            code(row["example"]),
            row["clause"],
        )
        for row in describe()
    ]
    head = ("filter", "stands on", "takes", "meaning", "example", "structured clause")
    habits = [(code(word), code(meant)) for word, meant in HABITS.items()]
    return f"""# Filters

{NOTE}

Every filter of the query language, as `taskgate query operators` and `/-/operators` tell it, too.
Any of them is negated by `not` before its name; `and`, `or` and parentheses join them.

{table(head, rows)}

Words that other languages use, and what they are here; an error names it.

{table(("word", "here"), habits)}
"""


PAGES: dict[str, Callable[[], str]] = {"filters.md": filters}


def write() -> None:
    """All pages."""
    FOLDER.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write()

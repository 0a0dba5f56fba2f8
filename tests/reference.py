"""Writes docs/reference from the tables of the code: `python -m tests.reference`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.limits import BEYOND
from gateway.query.operators import HABITS, describe
from gateway.settings import SECRETS, flag, groups, variable
from tests.serving import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pydantic.fields import FieldInfo

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


def settings() -> str:
    """Every setting and every limit."""
    sections = (f"## {title}\n\n{_settings(fields)}" for title, fields in groups().items())
    tables = "\n\n".join(sections)
    return f"""# Settings

{NOTE}

Each is an environment variable, and a flag of `taskgate serve`, which counts before the variable. A secret has
no flag; a variable with `_FILE` at its end names a file that holds it. `/-/settings` shows what is set.

{tables}
"""


def _settings(fields: dict[str, FieldInfo]) -> str:
    beyond = {name: _beyond(field) for name, field in fields.items()}
    head = ("variable", "flag", "default", "allowed", "meaning")
    rows = [
        (
            code(variable(name)),
            "" if name in SECRETS else code(flag(name)),
            _default(field),
            _allowed(field),
            field.description or "",
            *filter(None, [beyond[name]]),
        )
        for name, field in fields.items()
    ]
    return table((*head, *(["beyond it"] if any(beyond.values()) else [])), rows)


def _beyond(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    return str(extra[BEYOND]) if isinstance(extra, dict) else ""


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return "see its meaning"
    if field.default in {None, ""}:
        return "none"
    if isinstance(field.default, float):
        return code(f"{field.default:g}")
    return code(str(field.default).lower() if field.default is False else str(field.default))


def _allowed(field: FieldInfo) -> str:
    """What the field's bounds say: least, largest, or the pattern of a text."""
    bounds = {
        bound: value
        for each in field.metadata
        for bound in ("ge", "le", "pattern")
        if (value := getattr(each, bound, None)) is not None
    }
    if "pattern" in bounds:
        return code(bounds["pattern"].removeprefix("^").removesuffix("$"))
    if {"ge", "le"} <= bounds.keys():
        return f"{bounds['ge']} to {bounds['le']}"
    return f"at least {bounds['ge']}" if "ge" in bounds else ""


PAGES: dict[str, Callable[[], str]] = {"filters.md": filters, "settings.md": settings}


def write() -> None:
    """All pages."""
    FOLDER.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write()

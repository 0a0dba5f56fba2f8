"""Writes docs/reference from the tables of the code: `python -m tests.reference`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.engine.activities import base
from gateway.engine.activities.base import ACTIVITIES, WORK_TYPE, nameable
from gateway.limits import BEYOND
from gateway.model.schema import Kind
from gateway.model.types import SCHEMA
from gateway.query.operators import HABITS, describe
from gateway.settings import SECRETS, flag, groups, variable
from tests.serving import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pydantic.fields import FieldInfo

    from gateway.engine.activities.base import AnyActivity
    from gateway.model.schema import ComplexType, Item

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


def activities() -> str:
    """Every activity that a task can ask for, with the items of its definition."""
    works = {name: SCHEMA[SCHEMA[WORK_TYPE].items[name].type] for name in nameable()}
    rows = [
        (
            code(name),
            ACTIVITIES[name].description,
            _kind(ACTIVITIES[name]),
            _modes(ACTIVITIES[name]),
            _items(works[name]),
        )
        for name in works
    ]
    head = ("work", "what it does", "how", "modes", "parameters")
    below = [(code(each.name), _items(each)) for each in _containers(works.values())]
    return f"""# Work of tasks

{NOTE}

What stands below `activity/work` of a task, as `/-/activities` tells it, too. A parameter has its type behind it; one
that ends with `[]` may have several values.

{table(head, rows)}

The types of parameters that have items themselves:

{table(("type", "items"), below)}
"""


def _kind(activity: AnyActivity) -> str:
    """What all activities of its kind do."""
    kind = next(each for each in type(activity).__mro__ if each.__module__ == base.__name__)
    return (kind.__doc__ or "").strip()


def _modes(activity: AnyActivity) -> str:
    known = SCHEMA["ActivityDefinitionType"].items["executionMode"].values
    return ", ".join(code(mode) for mode in known if mode in activity.modes)


def _items(found: ComplexType) -> str:
    return ", ".join(code(f"{each.name}: {_type(each)}") for each in found.offered.values())


def _type(item: Item) -> str:
    several = "[]" if item.many else ""
    if item.type == "enum":
        return f"({' | '.join(item.values)}){several}"
    return f"{'reference to ' if item.target else ''}{item.target or item.type}{several}"


def _containers(found: Iterable[ComplexType]) -> list[ComplexType]:
    """The types that the items of these have, and the items of those, each once."""
    inside: dict[str, ComplexType] = {}
    waiting = list(found)
    while waiting:
        for item in waiting.pop(0).offered.values():
            if item.kind is Kind.CONTAINER and item.type not in inside:
                inside[item.type] = SCHEMA[item.type]
                waiting.append(inside[item.type])
    return list(inside.values())


PAGES: dict[str, Callable[[], str]] = {
    "filters.md": filters,
    "settings.md": settings,
    "activities.md": activities,
}


def write() -> None:
    """All pages."""
    FOLDER.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write()

"""The `taskgate` command: one module a command group, imported when one of its commands is called."""

from __future__ import annotations

from collections import UserDict
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

#: Command to its module and the name there: of a function, or of a `Typer` with commands of its own.
COMMANDS = {
    "serve": ("serve", "serve"),
    "demo": ("demo", "demo"),
    "import": ("files", "import_files"),
    "export": ("files", "export_files"),
    "transform": ("transform", "transform"),
    "tasks": ("tasks", "tasks"),
    "query": ("query", "query"),
    "user": ("users", "users"),
    "client": ("clients", "clients"),
    "session": ("sessions", "sessions"),
    "secret": ("secret", "secret"),
}


class LateCommands(UserDict[str, Any]):
    """Commands by name, each imported when it is looked up: who lists tasks waits for no server's code."""

    def __getitem__(self, name: str) -> Any:
        found = super().__getitem__(name)
        if isinstance(found, tuple):
            found = self.data[name] = _imported(name, *found)
        return found


def _imported(name: str, module: str, attribute: str) -> Any:
    """The command as Typer hands it to Click."""
    found = getattr(import_module(f"gateway.cli.{module}"), attribute)
    above = typer.Typer()
    if isinstance(found, typer.Typer):
        above.add_typer(found, name=name)
    else:
        above.command(name)(found)
    return get_group(above).commands[name]


class LateGroup(TyperGroup):
    """A group of late commands."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs | {"commands": LateCommands(COMMANDS)})


app = typer.Typer(
    cls=LateGroup,
    name="taskgate",
    help="An identity-task gateway.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def root() -> None:
    """Identity tasks over the APIs that integrations already speak."""


def run() -> None:
    """The console script."""
    app()

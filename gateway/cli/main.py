"""The `taskgate` command: one module a command group."""

from __future__ import annotations

import typer

from gateway.cli.clients import clients
from gateway.cli.demo import demo
from gateway.cli.files import export_files, import_files
from gateway.cli.query import query
from gateway.cli.secret import secret
from gateway.cli.serve import serve
from gateway.cli.sessions import sessions
from gateway.cli.tasks import tasks
from gateway.cli.transform import transform
from gateway.cli.users import users

app = typer.Typer(
    name="taskgate",
    help="An identity-task gateway.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)
app.command()(serve)
app.command()(demo)
app.command("import")(import_files)
app.command("export")(export_files)
app.command()(transform)
app.add_typer(tasks, name="tasks")
app.add_typer(query, name="query")
app.add_typer(users, name="user")
app.add_typer(clients, name="client")
app.add_typer(sessions, name="session")
app.add_typer(secret, name="secret")


@app.callback()
def root() -> None:
    """Identity tasks over the APIs that integrations already speak."""


def run() -> None:
    """The console script."""
    app()

"""`taskgate session`: who is logged in from where, and how that ends."""

from __future__ import annotations

from urllib.parse import quote

import typer
from rich.table import Table
from rich.text import Text

from gateway.cli.output import console
from gateway.cli.remote import (
    DEFAULT_URL,
    DEFAULT_USER,
    UrlOption,
    UserOption,
    check_response,
    connect,
    read_json,
)

sessions = typer.Typer(help="Who is logged in.", no_args_is_help=True)
COLUMNS = ("id", "user", "created", "used", "ends", "source", "label")


@sessions.command("list")
def list_sessions(url: UrlOption = DEFAULT_URL, user: UserOption = DEFAULT_USER) -> None:
    """Show your sessions, or those of all if you administer."""
    table = Table(*COLUMNS)
    with connect(url, user) as client:
        for each in read_json(client.get("/-/sessions")):
            table.add_row(*(Text(each[name]) for name in COLUMNS))
    console().print(table)


@sessions.command("revoke")
def revoke(session_id: str, url: UrlOption = DEFAULT_URL, user: UserOption = DEFAULT_USER) -> None:
    """End a session at once."""
    with connect(url, user) as client:
        check_response(client.delete(f"/-/sessions/{quote(session_id, safe='')}"))

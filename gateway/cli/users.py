"""`taskgate user`: who may log in. Over HTTP, or with `--offline` in the database of a stopped server."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from gateway.cli.output import complain, console, plain
from gateway.cli.remote import (
    DEFAULT_URL,
    DEFAULT_USER,
    Exit,
    OfflineOption,
    UrlOption,
    UserOption,
    check_response,
    connect,
    password_from_stdin,
)
from gateway.model.principal import RIGHTS

users = typer.Typer(help="Who may log in.", no_args_is_help=True)
DISABLE = {
    "objectModification": {
        "itemDelta": {
            "modificationType": "replace",
            "path": "activation/administrativeStatus",
            "value": "disabled",
        }
    }
}


@users.command("add")
def add(
    name: str,
    role: Annotated[list[str] | None, typer.Option(help=f"One of {', '.join(RIGHTS)}.")] = None,
    group: Annotated[list[str] | None, typer.Option(help="Work queues of the user.")] = None,
    password_stdin: Annotated[bool, typer.Option(help="Read the password there.")] = False,
    offline: OfflineOption = False,
    url: UrlOption = DEFAULT_URL,
    user: UserOption = DEFAULT_USER,
) -> None:
    """Create a user who may log in."""
    if not password_stdin:
        complain("give the password with --password-stdin.")
        raise typer.Exit(Exit.USAGE)
    account: dict[str, Any] = {
        "name": name,
        "password": password_from_stdin(),
        "roles": role or [],
        "groups": group or [],
    }
    if offline:
        from gateway.cli import offline as stopped

        oid = stopped.add_user(account)
    else:
        with connect(url, user) as client:
            oid = check_response(client.post("/-/accounts", json=account)).json()["oid"]
    typer.echo(oid)


@users.command("list")
def list_users(
    offline: OfflineOption = False, url: UrlOption = DEFAULT_URL, user: UserOption = DEFAULT_USER
) -> None:
    """Show the accounts."""
    table = Table("name", "oid", "enabled", "roles", "groups")
    for each in _accounts(offline, url, user):
        enabled = "yes" if each["enabled"] else "no"
        lists = (", ".join(each["roles"]), ", ".join(each["groups"]))
        table.add_row(*map(plain, (each["name"], each["oid"], enabled, *lists)))
    console().print(table)


@users.command("disable")
def disable(
    name: str,
    offline: OfflineOption = False,
    url: UrlOption = DEFAULT_URL,
    user: UserOption = DEFAULT_USER,
) -> None:
    """Let a user log in no more."""
    found = [each for each in _accounts(offline, url, user) if each["name"] == name]
    if not found:
        complain(f"there is no account '{name}'.")
        raise typer.Exit(Exit.REFUSED)
    oid = found[0]["oid"]
    if offline:
        from gateway.cli import offline as stopped

        stopped.disable_user(oid)
        return
    with connect(url, user) as client:
        check_response(client.patch(f"/midpoint/ws/rest/users/{oid}", json=DISABLE))


def _accounts(offline: bool, url: str, user: str) -> list[dict[str, Any]]:
    if offline:
        from gateway.cli import offline as stopped

        return stopped.users()
    with connect(url, user) as client:
        found: list[dict[str, Any]] = check_response(client.get("/-/accounts")).json()
        return found

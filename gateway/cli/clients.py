"""`taskgate client`: which programs may log in. Over HTTP, or with `--offline` like `taskgate user`."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer
from rich.table import Table

from gateway.cli.output import complain, console, plain, printable
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

if TYPE_CHECKING:
    from collections.abc import Iterable

NameArgument = Annotated[str, typer.Argument(help="What people call it, or its client_id.")]
#: Hexadecimal digits of what is made up: tools of the vendors check the shapes before they send them.
ID_DIGITS, SECRET_DIGITS = 32, 64
clients = typer.Typer(help="Which programs may log in with OAuth.", no_args_is_help=True)


@clients.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What people call it.")],
    role: Annotated[list[str] | None, typer.Option(help="superuser or viewer.")] = None,
    owner: Annotated[
        str | None, typer.Option("--for-user", help="The user whose rights it has instead.")
    ] = None,
    client_id: Annotated[
        str | None, typer.Option("--id", help="Its client_id, if it is not to be made up.")
    ] = None,
    secret_stdin: Annotated[bool, typer.Option(help="Read the secret there.")] = False,
    offline: OfflineOption = False,
    url: UrlOption = DEFAULT_URL,
    user: UserOption = DEFAULT_USER,
) -> None:
    """Let a program log in; what is made up is shown, the secret this once."""
    if bool(role) == (owner is not None):
        complain("give --role, or --for-user for the rights of a user.")
        raise typer.Exit(Exit.USAGE)
    secret = password_from_stdin() if secret_stdin else _made_up(SECRET_DIGITS)
    client_id = client_id or _made_up(ID_DIGITS)
    given: dict[str, Any] = {"name": name, "secret": secret, "roles": role or [], "user": owner}
    if offline:
        from gateway.cli import offline as stopped

        stopped.add_client(given | {"id_": client_id})
    else:
        with connect(url, user) as client:
            check_response(client.post("/-/clients", json=given | {"id": client_id}))
    typer.echo(f"client_id: {printable(client_id)}")
    if not secret_stdin:
        typer.echo(f"client_secret: {secret}")


@clients.command("list")
def list_clients(
    offline: OfflineOption = False, url: UrlOption = DEFAULT_URL, user: UserOption = DEFAULT_USER
) -> None:
    """Show the clients."""
    table = Table("name", "client_id", "enabled", "roles", "user", "created")
    for each in _clients(offline, url, user):
        enabled = "yes" if each["enabled"] else "no"
        roles = ", ".join(each["roles"])
        row = (each["name"], each["id"], enabled, roles, each["user"], each["created"])
        table.add_row(*map(plain, row))
    console().print(table)


@clients.command("disable")
def disable(
    name: NameArgument,
    offline: OfflineOption = False,
    url: UrlOption = DEFAULT_URL,
    user: UserOption = DEFAULT_USER,
) -> None:
    """Let a program log in no more; its tokens end at once."""
    if offline:
        from gateway.cli import offline as stopped

        stopped.enable_client(name, enabled=False)
        return
    with connect(url, user) as client:
        check_response(client.post(f"{_path(name)}/disable"))


@clients.command("enable")
def enable(
    name: NameArgument,
    offline: OfflineOption = False,
    url: UrlOption = DEFAULT_URL,
    user: UserOption = DEFAULT_USER,
) -> None:
    """Let a program log in again; tokens of before stay ended."""
    if offline:
        from gateway.cli import offline as stopped

        stopped.enable_client(name, enabled=True)
        return
    with connect(url, user) as client:
        check_response(client.post(f"{_path(name)}/enable"))


@clients.command("delete")
def delete(
    name: NameArgument,
    offline: OfflineOption = False,
    url: UrlOption = DEFAULT_URL,
    user: UserOption = DEFAULT_USER,
) -> None:
    """Forget a program; its tokens end at once."""
    if offline:
        from gateway.cli import offline as stopped

        stopped.delete_client(name)
        return
    with connect(url, user) as client:
        check_response(client.delete(_path(name)))


@clients.command("rotate")
def rotate(
    name: NameArgument,
    secret_stdin: Annotated[bool, typer.Option(help="Read the secret there.")] = False,
    offline: OfflineOption = False,
    url: UrlOption = DEFAULT_URL,
    user: UserOption = DEFAULT_USER,
) -> None:
    """Give a program another secret; tokens got by the old one end. A made-up one is shown once."""
    secret = password_from_stdin() if secret_stdin else _made_up(SECRET_DIGITS)
    if offline:
        from gateway.cli import offline as stopped

        stopped.rotate_client(name, secret)
    else:
        with connect(url, user) as client:
            check_response(client.post(f"{_path(name)}/rotate", json={"secret": secret}))
    if not secret_stdin:
        typer.echo(f"client_secret: {secret}")


def _made_up(digits: int) -> str:
    return secrets.token_hex(digits // 2)


def _path(name: str) -> str:
    return f"/-/clients/{quote(name, safe='')}"


def _clients(offline: bool, url: str, user: str) -> Iterable[dict[str, Any]]:
    if offline:
        from gateway.cli import offline as stopped

        return stopped.oauth_clients()
    with connect(url, user) as client:
        found: list[dict[str, Any]] = check_response(client.get("/-/clients")).json()
        return found

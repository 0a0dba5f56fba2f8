"""`taskgate client`: which programs may log in. Over HTTP, or with `--offline` like `taskgate user`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer
from rich.table import Table

from gateway.cli.output import complain, console, plain, printable
from gateway.cli.remote import (
    DEFAULT_URL,
    DEFAULT_USER,
    Exit,
    UrlOption,
    UserOption,
    checked,
    connected,
    password_from_stdin,
)
from gateway.cli.users import OfflineOption, offline_work, stopped_server
from gateway.clock import instant
from gateway.engine.verbs.clients import (
    add_client,
    client_facts,
    client_id_of,
    made_up_id,
    made_up_secret,
    rotate_client,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from gateway.store.base import Store

NameArgument = Annotated[str, typer.Argument(help="What people call it, or its client_id.")]
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
    secret = password_from_stdin() if secret_stdin else made_up_secret()
    client_id = client_id or made_up_id()
    given: dict[str, Any] = {"name": name, "secret": secret, "roles": role or [], "user": owner}
    if offline:
        offline_work(_add_offline(given | {"id_": client_id}))
    else:
        with connected(url, user) as client:
            checked(client.post("/-/clients", json=given | {"id": client_id}))
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
        offline_work(_offline(name, lambda store, id_: store.enable_client(id_, enabled=False)))
        return
    with connected(url, user) as client:
        checked(client.post(f"{_path(name)}/disable"))


@clients.command("enable")
def enable(
    name: NameArgument,
    offline: OfflineOption = False,
    url: UrlOption = DEFAULT_URL,
    user: UserOption = DEFAULT_USER,
) -> None:
    """Let a program log in again; tokens of before stay ended."""
    if offline:
        offline_work(_offline(name, lambda store, id_: store.enable_client(id_, enabled=True)))
        return
    with connected(url, user) as client:
        checked(client.post(f"{_path(name)}/enable"))


@clients.command("delete")
def delete(
    name: NameArgument,
    offline: OfflineOption = False,
    url: UrlOption = DEFAULT_URL,
    user: UserOption = DEFAULT_USER,
) -> None:
    """Forget a program; its tokens end at once."""
    if offline:
        offline_work(_offline(name, lambda store, id_: store.delete_client(id_)))
        return
    with connected(url, user) as client:
        checked(client.delete(_path(name)))


@clients.command("rotate")
def rotate(
    name: NameArgument,
    secret_stdin: Annotated[bool, typer.Option(help="Read the secret there.")] = False,
    offline: OfflineOption = False,
    url: UrlOption = DEFAULT_URL,
    user: UserOption = DEFAULT_USER,
) -> None:
    """Give a program another secret; tokens got by the old one end. A made-up one is shown once."""
    secret = password_from_stdin() if secret_stdin else made_up_secret()
    if offline:
        offline_work(_offline(name, lambda store, id_: rotate_client(store, id_, secret)))
    else:
        with connected(url, user) as client:
            checked(client.post(f"{_path(name)}/rotate", json={"secret": secret}))
    if not secret_stdin:
        typer.echo(f"client_secret: {secret}")


def _path(name: str) -> str:
    return f"/-/clients/{quote(name, safe='')}"


def _clients(offline: bool, url: str, user: str) -> Iterable[dict[str, Any]]:
    if offline:
        listed: list[dict[str, Any]] = offline_work(_list_offline())
        return listed
    with connected(url, user) as client:
        found: list[dict[str, Any]] = checked(client.get("/-/clients")).json()
        return found


async def _add_offline(given: dict[str, Any]) -> None:
    async with stopped_server() as opened:
        await add_client(opened.store, **given, now=instant(opened.clock.now()))


async def _list_offline() -> list[dict[str, Any]]:
    async with stopped_server() as opened:
        return await client_facts(opened.store)


async def _offline(key: str, work: Callable[[Store, str], Awaitable[None]]) -> None:
    async with stopped_server() as opened:
        await work(opened.store, await client_id_of(opened.store, key))

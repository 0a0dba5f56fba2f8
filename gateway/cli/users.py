"""`taskgate user`: who may log in. Over HTTP, or with `--offline` in the database of a stopped server."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from gateway.assembly import SYSTEM, gateway
from gateway.cli.output import complain, console, plain
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
from gateway.engine.verbs.accounts import account_facts, add_account
from gateway.errors import TaskgateError
from gateway.model.principal import RIGHTS
from gateway.settings import load

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from gateway.assembly import Gateway

users = typer.Typer(help="Who may log in.", no_args_is_help=True)
OfflineOption = Annotated[
    bool, typer.Option("--offline", help="Work on the database of a stopped server.")
]
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
        oid = offline_work(_add_offline(account))
    else:
        with connected(url, user) as client:
            oid = checked(client.post("/-/accounts", json=account)).json()["oid"]
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
        offline_work(_disable_offline(oid))
        return
    with connected(url, user) as client:
        checked(client.patch(f"/midpoint/ws/rest/users/{oid}", json=DISABLE))


def _accounts(offline: bool, url: str, user: str) -> list[dict[str, Any]]:
    if offline:
        listed: list[dict[str, Any]] = offline_work(_list_offline())
        return listed
    with connected(url, user) as client:
        found: list[dict[str, Any]] = checked(client.get("/-/accounts")).json()
        return found


def offline_work(work: Coroutine[Any, Any, Any]) -> Any:
    """What the work on a stopped server's database comes to; a refusal becomes an exit code."""
    try:
        return asyncio.run(work)
    except TaskgateError as error:
        complain(error.message)
        raise typer.Exit(Exit.REFUSED) from error


@asynccontextmanager
async def stopped_server() -> AsyncIterator[Gateway]:
    """The gateway over the database of a stopped server; it runs no tasks."""
    async with gateway(load(os.environ), runs_tasks=False) as opened:
        if opened.made_up_password:
            typer.echo(f"administrator's password: {opened.made_up_password}", err=True)
        yield opened


async def _add_offline(account: dict[str, Any]) -> str:
    async with stopped_server() as opened:
        return await add_account(opened.store, opened.engine, SYSTEM, **account)


async def _list_offline() -> list[dict[str, Any]]:
    async with stopped_server() as opened:
        return [account_facts(each) for each in await opened.store.accounts()]


async def _disable_offline(oid: str) -> None:
    async with stopped_server() as opened:

        def change(items: dict[str, Any]) -> dict[str, Any]:
            activation = items.get("activation", {}) | {"administrativeStatus": "disabled"}
            return items | {"activation": activation}

        await opened.engine.modify(oid, "UserType", change, SYSTEM)

"""What commands do with `--offline`: work on the database of a stopped server, without HTTP.

Only commands that are told to work offline import this module, and with it the engine and the store.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from gateway.assembly import SYSTEM, gateway
from gateway.cli.output import complain
from gateway.cli.remote import Exit
from gateway.clock import write_instant
from gateway.engine.verbs import accounts, clients
from gateway.errors import TaskgateError
from gateway.settings import load
from gateway.store.sqlite.keyring import KeyFile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine

    from gateway.assembly import Gateway
    from gateway.store.base import Store

T = TypeVar("T")


def add_user(account: dict[str, Any]) -> str:
    """The oid of a new account."""

    async def added() -> str:
        async with _stopped_server() as opened:
            return await accounts.add_account(opened.store, opened.engine, SYSTEM, **account)

    return _done(added())


def users() -> list[dict[str, Any]]:
    """The accounts, as `/-/accounts` shows them."""

    async def listed() -> list[dict[str, Any]]:
        async with _stopped_server() as opened:
            return [accounts.account_facts(each) for each in await opened.store.accounts()]

    return _done(listed())


def disable_user(oid: str) -> None:
    """Let a user log in no more."""

    def change(items: dict[str, Any]) -> dict[str, Any]:
        activation = items.get("activation", {}) | {"administrativeStatus": "disabled"}
        return items | {"activation": activation}

    async def disabled() -> None:
        async with _stopped_server() as opened:
            await opened.engine.modify(oid, "UserType", change, SYSTEM)

    _done(disabled())


def add_client(given: dict[str, Any]) -> None:
    """Let a program log in."""

    async def added() -> None:
        async with _stopped_server() as opened:
            now = write_instant(opened.clock.now())
            await clients.add_client(opened.store, **given, now=now)

    _done(added())


def oauth_clients() -> list[dict[str, Any]]:
    """The clients, as `/-/clients` shows them."""

    async def listed() -> list[dict[str, Any]]:
        async with _stopped_server() as opened:
            return await clients.client_facts(opened.store)

    return _done(listed())


def enable_client(key: str, *, enabled: bool) -> None:
    """Let the client of that name or client_id log in again, or no more."""
    _done(_with_client(key, lambda store, id_: store.enable_client(id_, enabled=enabled)))


def delete_client(key: str) -> None:
    """Forget the client of that name or client_id."""
    _done(_with_client(key, lambda store, id_: store.delete_client(id_)))


def rotate_client(key: str, secret: str) -> None:
    """Give the client of that name or client_id another secret."""
    _done(_with_client(key, lambda store, id_: clients.rotate_client(store, id_, secret)))


async def _with_client(key: str, work: Callable[[Store, str], Awaitable[None]]) -> None:
    async with _stopped_server() as opened:
        await work(opened.store, await clients.client_id_of(opened.store, key))


def rotate_key() -> str:
    """Seal everything with a new key, and answer with its fingerprint."""

    async def rotated() -> str:
        settings = load(os.environ)
        file = KeyFile.of(settings.database_path, settings.secret_key_file)
        async with _stopped_server():
            file.rotate()  # while no server can start
        async with _stopped_server():
            return file.read().newest

    return _done(rotated())


def _done(work: Coroutine[Any, Any, T]) -> T:
    """What the work comes to; a refusal becomes an exit code."""
    try:
        return asyncio.run(work)
    except TaskgateError as error:
        complain(error.message)
        raise typer.Exit(Exit.REFUSED) from error


@asynccontextmanager
async def _stopped_server() -> AsyncIterator[Gateway]:
    """The gateway over the database of a stopped server; it runs no tasks."""
    async with gateway(load(os.environ), runs_tasks=False) as opened:
        if opened.made_up_password:
            typer.echo(f"administrator's password: {opened.made_up_password}", err=True)
        yield opened

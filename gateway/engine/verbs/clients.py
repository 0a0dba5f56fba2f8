"""Programs that log in with an id and a secret: with roles of their own, or with a user's rights."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from gateway.engine.verbs.accounts import hash_password
from gateway.errors import AlreadyExists, NotFound, SchemaViolation
from gateway.model.principal import ADMINISTRATOR_OID, RIGHTS
from gateway.store.base import Client

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.model.documents import Document
    from gateway.store.base import Store

#: What can be sent in a form and in HTTP Basic without a thought.
_ID = re.compile(r"[\x21-\x39\x3b-\x7e]{1,200}")
SHORTEST_SECRET, MAX_NAME_LENGTH = 8, 200


async def add_client(
    store: Store,
    *,
    name: str,
    id_: str | None = None,
    secret: str,
    roles: Sequence[str] = (),
    user: str | None = None,
    now: str,
) -> None:
    """Let a program log in; `SchemaViolation` if that cannot be, `AlreadyExists` if it can already.

    Args:
        store: where it is kept.
        name: what people call it; 1 to 200 printable characters.
        id_: what it logs in with, printable ASCII without blanks and colons; its name if not given.
        secret: what it proves itself by; only the hash is kept.
        roles: names of built-in roles.
        user: name or oid of the user whose rights it has; then it has no roles.
        now: the instant.
    """
    client_id = name if id_ is None else id_
    if not _ID.fullmatch(client_id):
        raise SchemaViolation(
            "A client's id has 1 to 200 printable ASCII characters, no blank and no colon.",
            path="id",
        )
    if not 1 <= len(name) <= MAX_NAME_LENGTH or not name.isprintable():
        raise SchemaViolation("A client's name has 1 to 200 printable characters.", path="name")
    _check_secret(secret)
    if bool(roles) == (user is not None):
        raise SchemaViolation("A client has either roles or a user.", path="roles")
    unknown = next((role for role in roles if role not in RIGHTS), None)
    if unknown is not None:
        raise SchemaViolation(
            f"There is no role '{unknown}'; one of {', '.join(RIGHTS)}.", path="roles"
        )
    client = Client(
        id=client_id,
        name=name,
        secret=await asyncio.to_thread(hash_password, secret),
        roles=frozenset(roles),
        user=None if user is None else await _account_oid(store, user),
        is_enabled=True,
        created=now,
    )
    await store.add_client(client)


async def rotate_client(store: Store, client_id: str, secret: str) -> None:
    """Give a client another secret, which ends its tokens; `NotFound` if there is none."""
    _check_secret(secret)
    await store.set_client_secret(client_id, await asyncio.to_thread(hash_password, secret))


def _check_secret(secret: str) -> None:
    if len(secret) < SHORTEST_SECRET:
        raise SchemaViolation("A secret needs at least 8 characters.", path="secret")


async def _account_oid(store: Store, key: str) -> str:
    account = await store.account(key)
    if account is None:
        raise SchemaViolation(f"There is no account '{key}'.", path="user")
    return account.oid


async def client_id_of(store: Store, key: str) -> str:
    """The id of the program that has it, or is called so; `NotFound` if there is none."""
    found = next((each for each in await store.clients() if key in (each.id, each.name)), None)
    if found is None:
        raise NotFound(f"There is no client '{key[:80]}'.")
    return found.id


async def client_facts(store: Store) -> list[Document]:
    """All clients without their secrets; a user by name, or by oid if there is none any more."""
    names = {account.oid: account.name for account in await store.accounts()}
    return [
        {
            "id": client.id,
            "name": client.name,
            "enabled": client.is_enabled,
            "roles": sorted(client.roles),
            "user": None if client.user is None else names.get(client.user, client.user),
            "created": client.created,
        }
        for client in await store.clients()
    ]


async def ensure_client(store: Store, client_id: str, secret: str, now: str) -> None:
    """The client that the settings name; it stands for the administrator, so it may do everything.

    A client of that id stays as it is.
    """
    if await store.client(client_id) is not None:
        return
    try:
        await add_client(store, name=client_id, secret=secret, user=ADMINISTRATOR_OID, now=now)
    except AlreadyExists:
        return

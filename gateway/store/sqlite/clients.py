"""Clients and kept settings: plain functions over a connection."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import orjson

from gateway.errors import AlreadyExists, NotFound
from gateway.store.base import Client
from gateway.store.sqlite import sealing
from gateway.store.sqlite.queries import load

if TYPE_CHECKING:
    import sqlite3

SQL = load("clients")


def clients(connection: sqlite3.Connection, client_id: str | None) -> list[Client]:
    """The client of that id, or all of them."""
    return [
        Client(
            id=row[0],
            name=row[1],
            secret=row[2],
            roles=frozenset(orjson.loads(row[3])),
            user=row[4],
            is_enabled=bool(row[5]),
            created=row[6],
            stamp=row[7],
        )
        for row in connection.execute(SQL["clients"], {"id": client_id})
    ]


def add_client(connection: sqlite3.Connection, client: Client) -> None:
    """Store a new client; `AlreadyExists` if its id or its name is an id or a name already."""
    cells = {
        "id": client.id,
        "name": client.name,
        "secret": client.secret,
        "roles": orjson.dumps(sorted(client.roles)).decode(),
        "user": client.user,
        "enabled": client.is_enabled,
        "created": client.created,
        "stamp": _new_stamp(),
    }
    if connection.execute(SQL["add_client"], cells).rowcount != 1:
        raise AlreadyExists(f"There is a client '{client.name}' already.")


def enable_client(connection: sqlite3.Connection, client_id: str, *, enabled: bool) -> None:
    """The client is let in, or no more; `NotFound` if there is none."""
    _change(connection, "enable_client", client_id, enabled=enabled, stamp=_new_stamp())


def set_client_secret(connection: sqlite3.Connection, client_id: str, secret: str) -> None:
    """The client has another secret; `NotFound` if there is none."""
    _change(connection, "set_client_secret", client_id, secret=secret, stamp=_new_stamp())


def delete_client(connection: sqlite3.Connection, client_id: str) -> None:
    """The client is gone; `NotFound` if there was none."""
    _change(connection, "delete_client", client_id)


def _change(connection: sqlite3.Connection, name: str, client_id: str, **facts: object) -> None:
    if connection.execute(SQL[name], {"id": client_id, **facts}).rowcount != 1:
        raise NotFound(f"There is no client '{client_id}'.")


def _new_stamp() -> str:
    return secrets.token_hex(8)


def keep_setting(connection: sqlite3.Connection, name: str, value: str) -> str:
    """The value that is kept under the name, sealed; `value` if there was none."""
    place = sealing.setting_place(name)
    sealed = sealing.seal(connection, value, place)
    connection.execute(SQL["keep_setting"], {"name": name, "value": sealed})
    kept = connection.execute(SQL["setting"], {"name": name}).fetchone()[0]
    return sealing.unseal(connection, kept, place)

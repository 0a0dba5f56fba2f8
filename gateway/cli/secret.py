"""`taskgate secret`: the key that secrets in the database are sealed with."""

from __future__ import annotations

import os

import typer

from gateway.cli.users import offline_work, stopped_server
from gateway.settings import load
from gateway.store.sqlite.keyring import KeyFile

secret = typer.Typer(
    help="The key that secrets in the database are sealed with.", no_args_is_help=True
)


@secret.command("rotate")
def rotate() -> None:
    """Seal everything with a new key, in the database of a stopped server.

    The new key is put before the old ones in the key file, so that whatever interrupts this the
    database can be opened; the next start goes on.
    """
    fingerprint = offline_work(_rotated())
    typer.echo(f"Sealed with key {fingerprint}; older lines of the key file are not needed here.")


async def _rotated() -> str:
    settings = load(os.environ)
    file = KeyFile.of(settings.database_path, settings.secret_key_file)
    async with stopped_server():
        file.rotate()  # while no server can start
    async with stopped_server():
        return file.read().newest

"""`taskgate secret`: the key that secrets in the database are sealed with."""

from __future__ import annotations

import typer

secret = typer.Typer(
    help="The key that secrets in the database are sealed with.", no_args_is_help=True
)


@secret.command("rotate")
def rotate() -> None:
    """Seal everything with a new key, in the database of a stopped server.

    The new key is put before the old ones in the key file, so that whatever interrupts this the
    database can be opened; the next start goes on.
    """
    from gateway.cli import offline

    fingerprint = offline.rotate_key()
    typer.echo(f"Sealed with key {fingerprint}; older lines of the key file are not needed here.")

"""The command line as a client: where the server is, as whom, and what exit codes mean."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, Annotated

import httpx2
import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

UrlOption = Annotated[str, typer.Option("--url", envvar="TASKGATE_URL", help="The server.")]
UserOption = Annotated[str, typer.Option("--user", envvar="TASKGATE_USER", help="Log in as.")]
DEFAULT_URL = "http://127.0.0.1:8080"
DEFAULT_USER = "administrator"


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    UNREACHABLE = 3
    TIMEOUT = 4


def login_password() -> str:
    """The password to log in with, from the environment."""
    password = os.environ.get("TASKGATE_PASSWORD") or os.environ.get("TASKGATE_ADMIN_PASSWORD")
    if not password:
        typer.echo("taskgate: set TASKGATE_PASSWORD to log in with.", err=True)
        raise typer.Exit(Exit.USAGE)
    return password


def password_from_stdin() -> str:
    """A new account's password, one line on standard input."""
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        typer.echo("taskgate: no password on standard input.", err=True)
        raise typer.Exit(Exit.USAGE)
    return password


@contextmanager
def connected(url: str, user: str) -> Iterator[httpx2.Client]:
    """A client that is logged in; what goes wrong on the way becomes a sentence and an exit code."""
    try:
        with httpx2.Client(base_url=url, auth=(user, login_password()), timeout=30) as client:
            yield client
    except httpx2.TimeoutException as error:
        typer.echo(f"taskgate: {url} did not answer in time.", err=True)
        raise typer.Exit(Exit.TIMEOUT) from error
    except httpx2.TransportError as error:
        typer.echo(f"taskgate: {url} cannot be reached: {error}.", err=True)
        raise typer.Exit(Exit.UNREACHABLE) from error


def checked(response: httpx2.Response) -> httpx2.Response:
    """The response, or its error as a sentence and an exit code."""
    if response.is_success:
        return response
    message = response.reason_phrase
    if "json" in response.headers.get("content-type", ""):
        body = response.json()
        message = body.get("title") or body.get("object", {}).get("message") or message
    typer.echo(f"taskgate: {response.status_code}: {message}", err=True)
    raise typer.Exit(Exit.REFUSED)

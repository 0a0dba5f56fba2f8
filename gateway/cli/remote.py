"""The command line as a client: where the server is, as whom, and what exit codes mean."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, Annotated, Any

import httpx2
import typer

from gateway.cli.output import complain

if TYPE_CHECKING:
    from collections.abc import Iterator

UrlOption = Annotated[str, typer.Option("--url", envvar="TASKGATE_URL", help="The server.")]
UserOption = Annotated[str, typer.Option("--user", envvar="TASKGATE_USER", help="Log in as.")]
OfflineOption = Annotated[
    bool, typer.Option("--offline", help="Work on the database of a stopped server.")
]
DEFAULT_URL = "http://127.0.0.1:8080"
DEFAULT_USER = "administrator"
#: The form that commands read; without it, midPoint's API answers in XML.
IN_JSON = {"accept": "application/json"}
#: Seconds that a server may take to answer.
PATIENCE = 30


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    UNREACHABLE = 3
    TIMEOUT = 4


class Refused(Exception):
    """What was asked for is not done; the message says why, the details show where."""

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    @property
    def whole(self) -> str:
        """The message and, below it, the details."""
        return "\n".join(filter(None, (self.message, self.details)))


def login_password() -> str:
    """The password to log in with, from the environment."""
    password = os.environ.get("TASKGATE_PASSWORD") or os.environ.get("TASKGATE_ADMIN_PASSWORD")
    if not password:
        complain("set TASKGATE_PASSWORD to log in with.")
        raise typer.Exit(Exit.USAGE)
    return password


def password_from_stdin() -> str:
    """A new account's password, one line on standard input."""
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        complain("no password on standard input.")
        raise typer.Exit(Exit.USAGE)
    return password


@contextmanager
def connect(url: str, user: str) -> Iterator[httpx2.Client]:
    """A client that is logged in; what goes wrong on the way becomes a sentence and an exit code."""
    try:
        with httpx2.Client(
            base_url=url, auth=(user, login_password()), timeout=PATIENCE, headers=IN_JSON
        ) as client:
            yield client
    except Refused as error:
        complain(error.whole)
        raise typer.Exit(Exit.REFUSED) from error
    except httpx2.TimeoutException as error:
        complain(f"{url} did not answer in time.")
        raise typer.Exit(Exit.TIMEOUT) from error
    except (httpx2.UnsupportedProtocol, httpx2.InvalidURL) as error:
        complain(f"{url} is not the address of a server: {error}")
        raise typer.Exit(Exit.USAGE) from error
    except httpx2.TransportError as error:
        complain(f"{url} cannot be reached: {error}.")
        raise typer.Exit(Exit.UNREACHABLE) from error


def check_response(response: httpx2.Response) -> httpx2.Response:
    """The response, if it is no refusal."""
    if response.is_success:
        return response
    body = _object(response) or {}
    result = body.get("object")
    facts = result if isinstance(result, dict) else {}
    message = body.get("title") or facts.get("message") or response.reason_phrase
    raise Refused(f"{response.status_code}: {message}", str(facts.get("details", "")))


def read_json(response: httpx2.Response) -> Any:
    """The JSON in an answer that is no refusal."""
    try:
        return check_response(response).json()
    except ValueError as error:
        raise Refused(f"{response.url} does not answer with JSON; is it a Taskgate?") from error


def _object(response: httpx2.Response) -> dict[str, Any] | None:
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None

"""Itential's Python SDK: a connection with a login of either kind, and calls through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ipsdk import exceptions, platform_factory

from tests.clients.drivers.conversation import converse


@dataclass
class Connection:
    """The one connection that calls go through; `connect` replaces it."""

    platform: Any = None


connection = Connection()


def connect(host: str, port: int, login: dict[str, str]) -> None:
    """Make a connection; the SDK logs in when it is used first."""
    connection.platform = platform_factory(host=host, port=port, use_tls=False, **login)


def call(
    method: str, path: str, params: dict[str, Any] | None = None, body: Any = None
) -> dict[str, Any]:
    """One call: its status and body, whether the SDK raises for it or not."""
    options = {} if method == "get" else {"json": body}
    try:
        answer = getattr(connection.platform, method)(path, params=params, **options)
    except exceptions.HTTPStatusError as refused:
        return {"status": refused.response.status_code, "body": refused.response.json()}
    return {"status": answer.status_code, "body": answer.json()}


converse(connect, call)

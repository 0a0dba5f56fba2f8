"""Runs the ASGI application under uvicorn, with its logs in our form."""

from __future__ import annotations

import gc
import io
import logging
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol, TextIO, cast

import structlog
import uvicorn

from gateway.http.connections import ConnectionLimits, Connections, most_connections
from gateway.http.protocol import Connection

if TYPE_CHECKING:
    import asyncio
    import socket
    from collections.abc import Callable
    from pathlib import Path
    from types import FrameType

    from starlette.types import Receive, Scope, Send

#: Seconds that requests under way get when the server is told to stop; the engine needs some, too.
GRACE = 6
LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


class Served(Protocol):
    """An ASGI application that is told when the server stops."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        ...

    def stopping(self) -> None:
        """End what would not end by itself; requests under way are waited for afterwards."""
        ...


class Server(uvicorn.Server):
    """Says where it listens as soon as it does, and tells the application when it stops."""

    def __init__(
        self, config: uvicorn.Config, app: Served, announce: Callable[[str], None]
    ) -> None:
        super().__init__(config)
        self._app = app
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell."""
        await super().startup(sockets)
        # What is there now stays; looking through all of it again and again would make callers wait.
        gc.collect()
        gc.freeze()
        if self.started and self.servers:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            scheme = "https" if self.config.is_ssl else "http"
            self._announce(f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop in order. What is done in order exits with 0: uvicorn would raise SIGTERM again."""
        if sig == signal.SIGTERM:
            self.should_exit = True
        else:
            super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell, then wait for requests under way."""
        self._app.stopping()
        await super().shutdown(sockets)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tls:
    """PEM files: the chain of certificates, and the private key of the first one."""

    certificate: Path
    key: Path


def server(
    app: Served,
    host: str,
    port: int,
    announce: Callable[[str], None],
    *,
    limits: ConnectionLimits | None = None,
    is_proxy: Callable[[str], bool] = lambda _: False,
    tls: Tls | None = None,
) -> Server:
    """A server for the application; `announce` is told its URL.

    `is_proxy` tells addresses that speak for many, so that their connections are not counted as one's.
    `OSError` if the files for TLS cannot be used.
    """
    limits = limits or ConnectionLimits()
    limits = replace(limits, total=most_connections(limits.total))
    protocol = partial(Connection, Connections(limits, is_proxy=is_proxy))
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http=cast("type[asyncio.Protocol]", protocol),
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
    )
    if tls is not None:
        config.load()
    return Server(config, app, announce)


class Log(io.TextIOBase):
    """A file for log lines. What cannot be written is dropped: whoever logs on a full disk goes on."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        """Write the text, if that is possible."""
        with suppress(OSError):
            self._file.write(text)
            self._file.flush()
        return len(text)


def configure_logging(level: str, *, is_terminal: bool) -> None:
    """JSON lines in production, colours on a terminal; all on standard error."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if is_terminal else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS.get(level, 20)),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", Log(sys.stderr))),
        cache_logger_on_first_use=True,
    )

"""The server that `taskgate serve` starts. Only that command imports this module, and with it everything."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import typer

from gateway.app import Application
from gateway.cli.output import complain, printable_lines
from gateway.http.connections import ConnectionLimits
from gateway.http.proxies import Proxies
from gateway.http.serving import Tls, configure_logging, server

if TYPE_CHECKING:
    from gateway.limits import DoorLimits
    from gateway.settings import Settings


def listen(settings: Settings, *, runs_tasks: bool) -> None:
    """Serve until stopped; exit code 1 if that could not begin."""
    configure_logging(settings.log_level, is_terminal=sys.stderr.isatty())
    application = Application(settings, runs_tasks=runs_tasks)

    def announce(url: str) -> None:
        running = application.gateway
        if running is not None and running.made_up_password is not None:
            typer.echo(
                f"administrator's password, shown this once: {running.made_up_password}", err=True
            )
        typer.echo(f"taskgate listens on {url}")
        sys.stdout.flush()

    try:
        started = server(
            application,
            settings.host,
            settings.port,
            announce,
            limits=connection_limits(settings),
            is_proxy=Proxies(settings.trusted_networks).trusts,
            tls=_tls(settings),
        )
    except OSError as error:
        complain(f"the certificate or its key cannot be used: {error}")
        raise typer.Exit(1) from error
    with suppress(SystemExit):  # uvicorn's way to say that it could not start
        started.run()
    if application.problem is not None:
        typer.echo(f"taskgate cannot start: {printable_lines(application.problem)}", err=True)
    if not started.started:
        raise typer.Exit(1)


def _tls(settings: Settings) -> Tls | None:
    """The files to serve TLS with, if there are any."""
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    return Tls(certificate=settings.tls_cert, key=settings.tls_key)


def connection_limits(limits: DoorLimits) -> ConnectionLimits:
    """What a connection may ask of the server."""
    return ConnectionLimits(
        header_bytes=limits.max_header_bytes,
        headers=limits.max_headers,
        url=limits.max_url,
        head_seconds=limits.head_seconds,
        body_seconds=limits.body_seconds,
        idle_seconds=limits.idle_seconds,
        send_seconds=limits.send_seconds,
        total=limits.max_connections,
        per_source=limits.max_connections_per_source,
    )

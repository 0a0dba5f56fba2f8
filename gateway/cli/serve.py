"""`taskgate serve`: HTTP and engine in one process group."""

from __future__ import annotations

import inspect
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError

from gateway.app import Application
from gateway.cli.output import complain, printable_lines
from gateway.http.connections import ConnectionLimits
from gateway.http.serving import Tls, configure_logging, server
from gateway.settings import (
    SECRETS,
    Settings,
    flag,
    forget_secrets,
    groups,
    load,
    unknown_variables,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic.fields import FieldInfo

    from gateway.limits import DoorLimits


def with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """The command with a flag for each setting but the secrets; it is handed them by name."""
    signature = inspect.signature(command, eval_str=True)
    own = [each for each in signature.parameters.values() if each.kind is not each.VAR_KEYWORD]
    settings = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[field.annotation | None, _option(name, field, title)],  # type: ignore[operator]
        )
        for title, fields in groups().items()
        for name, field in fields.items()
        if name not in SECRETS
    ]
    parameters = [*own, *settings]
    command.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    return command


def _option(name: str, field: FieldInfo, panel: str) -> Any:
    spelled = flag(name)
    if field.annotation is bool:
        spelled += f"/--no-{spelled.removeprefix('--')}"
    return typer.Option(spelled, help=field.description, rich_help_panel=panel)


@with_settings
def serve(
    *,
    no_engine: Annotated[bool, typer.Option("--no-engine", help="HTTP only; tasks wait.")] = False,
    **given: Any,
) -> None:
    """Serve the APIs and run tasks until stopped."""
    settings = settings_or_exit(**given)
    configure_logging(settings.log_level, is_terminal=sys.stderr.isatty())
    forget_secrets(os.environ)
    for name in unknown_variables(os.environ):
        typer.echo(f"warning: {name} is not a setting of taskgate", err=True)
    _serve(Application(settings, runs_tasks=not no_engine), settings)


def _serve(application: Application, settings: Settings) -> None:
    """Listen until stopped; exit code 1 if it could not start."""

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


def settings_or_exit(**given: Any) -> Settings:
    """The settings, or a sentence for each that is wrong and exit code 2."""
    try:
        settings = load(os.environ, **given)
        _ = settings.database_path
    except (ValidationError, ValueError, OSError) as error:
        problems = (
            [f"{e['loc'][0] if e['loc'] else ''}: {e['msg']}" for e in error.errors()]
            if isinstance(error, ValidationError)
            else [str(error)]
        )
        for problem in problems:
            complain(problem)
        raise typer.Exit(2) from error
    return settings

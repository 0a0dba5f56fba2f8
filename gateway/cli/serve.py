"""`taskgate serve`: HTTP and engine in one process group."""

from __future__ import annotations

import inspect
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError

from gateway.app import Application
from gateway.cli.output import complain, printable_lines
from gateway.http.connections import ConnectionLimits
from gateway.http.proxies import Proxies
from gateway.http.serving import Tls, configure_logging, server
from gateway.limits import LimitSettings
from gateway.settings import Settings, forget_secrets, load, unknown_variables

if TYPE_CHECKING:
    from collections.abc import Callable


def with_limits(command: Callable[..., None]) -> Callable[..., None]:
    """The command with a flag for each limit; it is handed them by name."""
    signature = inspect.signature(command, eval_str=True)
    own = [each for each in signature.parameters.values() if each.kind is not each.VAR_KEYWORD]
    limits = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[field.annotation | None, typer.Option(help=field.description)],  # type: ignore[operator]
        )
        for name, field in LimitSettings.model_fields.items()
    ]
    parameters = [*own, *limits]
    command.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    return command


@with_limits
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.")] = None,
    database_url: Annotated[str | None, typer.Option(help="sqlite:///PATH")] = None,
    secret_key_file: Annotated[
        Path | None, typer.Option(help="Keys that secrets are sealed with.")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Worker processes.")] = None,
    max_running_tasks: Annotated[int | None, typer.Option(help="Tasks at a time.")] = None,
    slice_size: Annotated[int | None, typer.Option(help="Items a commit.")] = None,
    item_schema: Annotated[
        Path | None, typer.Option("--schema", help="File that declares extension items.")
    ] = None,
    timezone: Annotated[str | None, typer.Option(help="IANA zone of dates without one.")] = None,
    synchronous: Annotated[str | None, typer.Option(help="FULL or NORMAL.")] = None,
    cache_mib: Annotated[int | None, typer.Option(help="Representations kept, MiB.")] = None,
    max_body: Annotated[int | None, typer.Option(help="Largest body, bytes.")] = None,
    max_depth: Annotated[int | None, typer.Option(help="Deepest body.")] = None,
    max_filter_length: Annotated[int | None, typer.Option(help="Longest filter.")] = None,
    max_filter_depth: Annotated[int | None, typer.Option(help="Deepest filter.")] = None,
    max_list: Annotated[int | None, typer.Option(help="Most values of a list.")] = None,
    max_page: Annotated[int | None, typer.Option(help="Most objects of an answer.")] = None,
    search_seconds: Annotated[
        float | None, typer.Option(help="Longest search, seconds; 0 for no limit.")
    ] = None,
    midpoint_exact: Annotated[
        bool | None, typer.Option(help="midPoint's own status codes for mistakes.")
    ] = None,
    client_id: Annotated[str | None, typer.Option(help="OAuth client with all rights.")] = None,
    token_seconds: Annotated[int | None, typer.Option(help="How long a token counts.")] = None,
    login_failures: Annotated[int | None, typer.Option(help="Wrong logins borne.")] = None,
    session_idle: Annotated[int | None, typer.Option(help="Unused sessions end, s.")] = None,
    session_lifetime: Annotated[int | None, typer.Option(help="Sessions end, s.")] = None,
    sailpoint_experimental: Annotated[
        str | None, typer.Option(help="Versions that want the experimental header, or none.")
    ] = None,
    sailpoint_ids: Annotated[
        str | None, typer.Option(help="How SailPoint's API writes ids: uuid or compact.")
    ] = None,
    sailpoint_retention_days: Annotated[
        int | None, typer.Option(help="Days that SailPoint's API shows a task.")
    ] = None,
    rate_limit: Annotated[str | None, typer.Option(help="REQUESTS/SECONDS, SailPoint.")] = None,
    public_url: Annotated[str | None, typer.Option(help="Where callers find the server.")] = None,
    trusted_proxies: Annotated[
        str | None, typer.Option(help="Addresses whose forwarding headers count.")
    ] = None,
    allowed_hosts: Annotated[
        str | None, typer.Option(help="Names that requests may be for; * for any.")
    ] = None,
    metrics: Annotated[str | None, typer.Option(help="loopback, login or open.")] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="PEM file of the certificate.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="PEM file of its key.")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning, error.")] = None,
    no_engine: Annotated[bool, typer.Option(help="HTTP only; tasks wait.")] = False,
    **limits: Any,
) -> None:
    """Serve the APIs and run tasks until stopped."""
    given: dict[str, Any] = dict(locals())
    given |= given.pop("limits")
    given.pop("no_engine")
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


def connection_limits(limits: LimitSettings) -> ConnectionLimits:
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

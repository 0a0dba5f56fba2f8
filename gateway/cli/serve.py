"""`taskgate serve`: HTTP and engine in one process group."""

from __future__ import annotations

import inspect
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError

from gateway.cli.output import complain
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
    forget_secrets(os.environ)
    for name in unknown_variables(os.environ):
        typer.echo(f"warning: {name} is not a setting of taskgate", err=True)
    from gateway.cli import listening

    listening.listen(settings, runs_tasks=not no_engine)


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

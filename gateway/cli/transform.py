"""`taskgate transform`: what an Itential transformation makes of values. Needs no server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from gateway.cli.remote import Exit
from gateway.engine.workflow import transformations

if TYPE_CHECKING:
    from gateway.engine.workflow.transformations import Options

#: Bytes of a document, or of values.
MAX_SIZE = 16 * 1024 * 1024
#: Flaws that are shown of a document.
_SHOWN = 20
_DEFAULT_OPTIONS = {"validateIncoming": True, "extractOutput": True, "revertToDefaultValue": True}


class _Refused(Exception):
    """A sentence for the caller."""


def transform(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The transformation, a JSON file.")],
    values: Annotated[
        str, typer.Option("--input", help="Incoming values by name, as JSON; - reads them.")
    ] = "{}",
    options: Annotated[
        str | None,
        typer.Option(help="validateIncoming, extractOutput, revertToDefaultValue as JSON."),
    ] = None,
) -> None:
    """Run a transformation on values and print the outgoing values by name as JSON.

    Without --options, values are checked, defaults are used and an only output is given as it is.
    """
    try:
        typer.echo(orjson.dumps(_transform_file(file, values, options)))
    except _Refused as fault:
        typer.echo(f"taskgate: {fault}", err=True)
        raise typer.Exit(Exit.REFUSED) from None


def _transform_file(file: Path, values: str, options: str | None) -> dict[str, Any]:
    reading = transformations.read_transformation(_json(_content(file), f"'{file}'"))
    if reading.transformation is None:
        flaws = [f"{flaw.place or '/'}: {flaw.message}" for flaw in reading.flaws[:_SHOWN]]
        raise _Refused("\n".join((f"'{file}' is no transformation that can be run.", *flaws)))
    written = sys.stdin.read() if values == "-" else values
    inputs = _json(written.encode("utf-8", "surrogatepass"), "the input")
    if not isinstance(inputs, dict):
        raise _Refused("The input must be an object of values by name.")
    if unknown := set(inputs) - {each.name for each in reading.transformation.body.inputs}:
        raise _Refused(f"The transformation has no incoming '{min(unknown)}'.")
    try:
        return transformations.run(reading.transformation, inputs, _options(options))
    except transformations.TransformationFailed as fault:
        raise _Refused(str(fault)) from None


def _options(written: str | None) -> Options:
    given = _DEFAULT_OPTIONS if written is None else _json(written.encode(), "--options")
    return transformations.read_options(given)


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            found = opened.read(MAX_SIZE + 1)
    except OSError as fault:
        raise _Refused(f"'{file}' cannot be read: {fault.strerror}.") from None
    if len(found) > MAX_SIZE:
        raise _Refused(f"'{file}' is larger than {MAX_SIZE} bytes.")
    return found


def _json(text: bytes, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as fault:
        raise _Refused(f"{what[0].upper()}{what[1:]} is not JSON: {fault}.") from None

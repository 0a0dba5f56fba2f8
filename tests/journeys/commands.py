"""The `taskgate` command in the test's own process: a process of its own takes a second to begin."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from gateway.cli.main import app
from tests.serving import environment

if TYPE_CHECKING:
    from typer.testing import Result


def taskgate(*arguments: object, stdin: str = "", **settings: object) -> Result:
    """What a command has written and its exit code; an error that it did not expect is raised."""
    given: dict[str, str | None] = dict.fromkeys(
        name for name in os.environ if name.startswith("TASKGATE_")
    )
    given |= environment(**settings) | {"COLUMNS": "200"}
    result = CliRunner().invoke(app, list(map(str, arguments)), input=stdin, env=given)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result

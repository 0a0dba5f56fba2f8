"""`taskgate import`: files with objects in midPoint's JSON, or with workflows in Itential's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from gateway.cli.output import printable
from gateway.cli.remote import (
    DEFAULT_URL,
    DEFAULT_USER,
    Exit,
    Refused,
    UrlOption,
    UserOption,
    checked,
    connected,
    json_of,
)
from gateway.dialects.midpoint.names import COLLECTION_OF, ROOT_OF

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

REST = "/midpoint/ws/rest"
WORKFLOWS = "/automation-studio/automations/import"
_COLLECTIONS = {root: COLLECTION_OF[name] for name, root in ROOT_OF.items()}


def import_files(
    files: Annotated[list[Path], typer.Argument(help="JSON files.", exists=True, dir_okay=False)],
    url: UrlOption = DEFAULT_URL,
    user: UserOption = DEFAULT_USER,
) -> None:
    """Import objects and workflows; what is there already is replaced."""
    refused = 0
    with connected(url, user) as client:
        for file in files:
            try:
                done = ", ".join(_imported(client, file))
            except Refused as error:
                refused += 1
                typer.echo(f"{file}: {printable(error.message)}", err=True)
            else:
                typer.echo(f"{file}: {printable(done)}")
    if refused:
        raise typer.Exit(Exit.REFUSED)


def _imported(client: httpx2.Client, file: Path) -> Iterator[str]:
    """What was imported from the file, one after the other; `Refused` says what was not."""
    try:
        read = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise Refused(f"not JSON: {error}") from error
    for document in read if isinstance(read, list) else [read]:
        yield _workflow(client, document) if _is_workflow(document) else _object(client, document)


def _is_workflow(document: Any) -> bool:
    return isinstance(document, dict) and {"tasks", "transitions"} <= document.keys()


def _workflow(client: httpx2.Client, document: dict[str, Any]) -> str:
    answer = json_of(client.post(WORKFLOWS, json={"automations": [document]}))
    (outcome,) = answer["imported"]
    if not outcome["success"]:
        raise Refused(outcome["message"])
    return f"workflow '{outcome['name']}'"


def _object(client: httpx2.Client, document: Any) -> str:
    keys = document if isinstance(document, dict) else ()
    roots = [key for key in keys if not key.startswith("@")]
    if len(roots) != 1 or roots[0] not in _COLLECTIONS:
        names = ", ".join(_COLLECTIONS)
        raise Refused(f"neither a workflow (tasks, transitions) nor one object of {names}")
    collection = _COLLECTIONS[roots[0]]
    answer = client.post(f"{REST}/{collection}", json=document, params={"options": "overwrite"})
    return f"{roots[0]} {checked(answer).headers['location'].rpartition('/')[2]}"

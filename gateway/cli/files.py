"""`taskgate import` and `taskgate export`: files and folders of objects and workflows, over the server's API."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from gateway.cli.entries import OBJECTS, entries_in
from gateway.cli.output import OutputOption, complain, console, is_json, plain, show_json
from gateway.cli.remote import (
    DEFAULT_URL,
    DEFAULT_USER,
    Exit,
    Refused,
    UrlOption,
    UserOption,
    check_response,
    connect,
    read_json,
)
from gateway.dialects.midpoint.wire.files import FORM_OF
from gateway.dialects.midpoint.wire.names import COLLECTIONS
from gateway.errors import TaskgateError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import httpx2

    from gateway.cli.entries import Entry

#: Objects of one page of an export.
PAGE = 500
#: Bytes of a name at the front of a file's: with the oid behind it, every file system takes it.
MAX_STEM_LENGTH = 100
_UNFIT = re.compile(r"[^\w.-]+")


class Format(StrEnum):
    """The forms of files."""

    XML = "xml"
    JSON = "json"
    YAML = "yaml"


@dataclass(kw_only=True, slots=True)
class Report:
    """What became of a file."""

    file: str
    done: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)

    def rows(self) -> list[dict[str, Any]]:
        """For programs: one row a file."""
        refused = [{"object": name, "message": message} for name, message in self.refused]
        return [{"file": self.file, "done": self.done, "refused": refused}]


def import_files(
    paths: Annotated[
        list[Path], typer.Argument(metavar="FILE...", exists=True, help="Files and folders.")
    ],
    validate_only: Annotated[
        bool, typer.Option("--validate-only", help="Check the files; needs no server.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace objects that are there already.")
    ] = False,
    url: UrlOption = DEFAULT_URL,
    user: UserOption = DEFAULT_USER,
    output: OutputOption = None,
) -> None:
    """Create the objects and workflows in XML, JSON and YAML files; exit code 1 if one is refused."""
    files = list(_files(paths))
    if not files:
        complain(f"no file ends with {', '.join(FORM_OF)}.")
        raise typer.Exit(Exit.USAGE)
    if validate_only:
        reports = [
            _import_file(file, None, overwrite=False) for file in _track_progress(files, "checking")
        ]
    else:
        with connect(url, user) as client:
            reports = [
                _import_file(file, client, overwrite=overwrite)
                for file in _track_progress(files, "importing")
            ]
    _show(reports, output, "correct" if validate_only else "imported")
    if any(report.refused for report in reports):
        raise typer.Exit(Exit.REFUSED)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files themselves, and those below folders whose names tell their form."""
    for path in paths:
        if not path.is_dir():
            yield path
        else:
            yield from sorted(p for p in path.rglob("*") if p.suffix.lower() in FORM_OF)


def _track_progress(files: Sequence[Path], title: str) -> Iterator[Path]:
    with _bar() as progress:
        bar = progress.add_task(title, total=len(files))
        for file in files:
            yield file
            progress.advance(bar)


@contextmanager
def _bar() -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield progress


def _import_file(file: Path, client: httpx2.Client | None, *, overwrite: bool) -> Report:
    """The file's objects, created if there is a client; what is wrong with one ends no other file."""
    report = Report(file=str(file))
    form = FORM_OF.get(file.suffix.lower())
    if form is None:
        report.refused.append(("", f"The name must end with one of {', '.join(FORM_OF)}."))
        return report
    try:
        for entry in entries_in(file.read_bytes(), form):
            _try(entry, client, report, overwrite=overwrite)
    except (TaskgateError, OSError) as error:
        report.refused.append(("", str(error)))
    return report


def _try(entry: Entry, client: httpx2.Client | None, report: Report, *, overwrite: bool) -> None:
    """Check an entry and create it; what is wrong with one ends no other."""
    try:
        entry.check()
        if client is not None:
            entry.send(client, overwrite=overwrite)
        report.done += 1
    except TaskgateError as error:
        report.refused.append((entry.name, error.message))
    except Refused as error:
        report.refused.append((entry.name, error.whole))


def _show(reports: Sequence[Report], output: OutputOption, word: str) -> None:
    if is_json(output):
        show_json([row for report in reports for row in report.rows()])
        return
    table = Table("File", word.capitalize(), "Refused", "Object", "Reason")
    for report in reports:
        first, *others = report.refused or [("", "")]
        counts = (report.file, str(report.done), str(len(report.refused)))
        table.add_row(*map(plain, (*counts, *first)))
        for name, message in others:
            table.add_row("", "", "", plain(name), plain(message))
    console().print(table)


def export_files(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="Where the files go.")],
    collections: Annotated[
        list[str] | None, typer.Option("--collection", help="Such as tasks; repeat it for more.")
    ] = None,
    text: Annotated[
        str | None, typer.Option("--query", help="Only objects that match this filter.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="The form of the files.")] = Format.XML,
    url: UrlOption = DEFAULT_URL,
    user: UserOption = DEFAULT_USER,
) -> None:
    """Write objects to files, one an object, in a folder for each collection; exit code 1 if one is not."""
    wanted = collections or list(COLLECTIONS)
    unknown = [name for name in wanted if name not in COLLECTIONS]
    if unknown:
        complain(f"'{unknown[0]}' is not a collection.")
        raise typer.Exit(Exit.USAGE)
    total = failed = 0
    with connect(url, user) as client, _bar() as progress:
        bar = progress.add_task("exporting", total=None)
        for collection in wanted:
            for oid, name in _list_objects(client, collection, text):
                problem = _write_object(client, folder / collection, oid, name, form)
                if problem is not None:
                    complain(f"'{name}' ({collection}/{oid}) is not exported: {problem}")
                failed += problem is not None
                total += problem is None
                progress.update(bar, advance=1)
    typer.echo(f"{total} objects are in {folder}.")
    if failed:
        raise typer.Exit(Exit.REFUSED)


def _list_objects(
    client: httpx2.Client, collection: str, text: str | None
) -> Iterator[tuple[str, str]]:
    """Oid and name of each object, page by page."""
    offset = 0
    while True:
        query: dict[str, Any] = {"paging": {"offset": offset, "maxSize": PAGE, "orderBy": "name"}}
        if text:
            query["filter"] = {"text": text}
        answer = client.post(f"{OBJECTS}/{collection}/search", json={"query": query})
        found = read_json(answer)["object"].get("object", [])
        for each in found:
            name = each["name"]
            yield each["oid"], name if isinstance(name, str) else name["orig"]
        if len(found) < PAGE:
            return
        offset += PAGE


def _write_object(
    client: httpx2.Client, folder: Path, oid: str, name: str, form: Format
) -> str | None:
    """Write the object to its file; what is wrong with one ends no other, and is answered."""
    try:
        _write(client, folder, oid, name, form)
    except Refused as error:
        return error.whole
    except OSError as error:
        return str(error)
    return None


def _write(client: httpx2.Client, folder: Path, oid: str, name: str, form: Format) -> None:
    accept = {"accept": f"application/{form.value}"}
    answer = check_response(client.get(f"{OBJECTS}/{folder.name}/{oid}", headers=accept))
    folder.mkdir(parents=True, exist_ok=True)
    # Names may be the same, and may hold what no file's name can.
    stem = _UNFIT.sub("-", name).strip("-.").encode()[:MAX_STEM_LENGTH].decode(errors="ignore")
    (folder / f"{stem}-{oid}.{form.value}").write_bytes(answer.content)

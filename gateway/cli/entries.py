"""What the files for `taskgate import` hold, one class for each kind of entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from gateway.cli.remote import Refused, check_response, read_json
from gateway.dialects.itential.wire.codec import read_workflow_items
from gateway.dialects.midpoint.wire.files import read_bodies, read_file_object
from gateway.http.json_body import BodyLimits

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

OBJECTS = "/midpoint/ws/rest"
WORKFLOWS = "/automation-studio/automations/import"
#: Larger than what a server reads: a file is sent entry by entry.
LIMITS = BodyLimits(size=2**30, depth=100, values=1_000_000)
#: The keys by which a workflow is told from an object.
_GRAPH = {"tasks", "transitions"}


class Entry(Protocol):
    """One thing of a file."""

    @property
    def name(self) -> str:
        """What it calls itself, if it does."""

    def check(self) -> None:
        """Raise `TaskgateError` if it says what the schema does not allow; asks no server."""

    def send(self, client: httpx2.Client, *, overwrite: bool) -> None:
        """Create it; `Refused` says why the server did not."""


@dataclass(frozen=True, slots=True)
class ObjectEntry:
    """An object below its root element."""

    body: Any

    @property
    def name(self) -> str:
        """The object's name, if it has one."""
        content = next(iter(self.body.values()), None) if isinstance(self.body, dict) else None
        return str(content.get("name", "")) if isinstance(content, dict) else ""

    def check(self) -> None:
        """Raise `TaskgateError` if the schema does not allow it."""
        read_file_object(self.body)

    def send(self, client: httpx2.Client, *, overwrite: bool) -> None:
        """Create the object, or replace the one that is there."""
        given = read_file_object(self.body)
        # With any option, a version in the file does not mean that objects are to be replaced.
        options = "overwrite" if overwrite else "isImport"
        where = f"{OBJECTS}/{given.collection}"
        check_response(client.post(where, json=given.body, params={"options": options}))


@dataclass(frozen=True, slots=True)
class WorkflowEntry:
    """A workflow in Itential's form."""

    body: dict[str, Any]

    @property
    def name(self) -> str:
        """The workflow's name, if it has one."""
        return str(self.body.get("name", ""))

    def check(self) -> None:
        """Raise `TaskgateError` if it is no workflow."""
        read_workflow_items(self.body)

    def send(self, client: httpx2.Client, *, overwrite: bool) -> None:
        """Store the workflow; one of the same name is always replaced, as the route does it."""
        del overwrite
        (outcome,) = read_json(client.post(WORKFLOWS, json={"automations": [self.body]}))[
            "imported"
        ]
        if not outcome["success"]:
            raise Refused(outcome["message"])


def entries_in(content: bytes, form: str) -> Iterator[Entry]:
    """What is in a file; `MalformedBody` if it cannot be read.

    Args:
        content: the file's bytes.
        form: `xml`, `json` or `yaml`.
    """
    for body in read_bodies(content, form, LIMITS):
        is_workflow = isinstance(body, dict) and body.keys() >= _GRAPH
        yield WorkflowEntry(body) if is_workflow else ObjectEntry(body)

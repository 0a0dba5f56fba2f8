"""SailPoint's SDKs, each at each version of the API that it speaks, behind one set of calls."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.clients.driving import Client, npm_client, python_client
from tests.serving import CLIENT, SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Document = dict[str, Any]
HEADER = {"X-SailPoint-Experimental": "true"}
#: What the SDKs log in with.
LOGIN = {"client_id": CLIENT, "client_secret": SECRET}
#: Tasks of a server with more than the SDKs' paginators ask for at once.
MANY = 260


@dataclass(frozen=True, kw_only=True)
class Release:
    """An SDK as it is released, at one of its versions of the API."""

    environment: str
    version: str
    #: Whether its users have to say that they want what is experimental.
    experimental: bool = False
    #: What its users send by default, because this release no longer does so by itself.
    headers: Document | None = None

    #: Whether it reads a login from the environment only.
    by_environment: bool = False

    @property
    def is_python(self) -> bool:
        """Or else it runs in node."""
        return not self.environment.startswith("sailpoint-api-client")

    @property
    def lists_pending(self) -> bool:
        """Whether the version's list shows tasks that are not completed (section 1)."""
        return self.version not in {"beta", "v2024"}

    @property
    def knows_pending(self) -> bool:
        """Whether the SDK has the calls for pending tasks."""
        return self.version != "v1"

    def __str__(self) -> str:
        return f"{self.environment} {self.version}"


RELEASES = [
    Release(environment="sailpoint-1.4.2", version="beta"),
    Release(environment="sailpoint-1.4.2", version="v2024", experimental=True, headers=HEADER),
    Release(environment="sailpoint-1.4.2", version="v2025"),
    Release(environment="sailpoint-1.4.2", version="v2026", experimental=True),
    Release(environment="sailpoint-2.1.72", version="v1"),
    Release(environment="sailpoint-api-client-1.4.15", version="beta"),
    Release(environment="sailpoint-api-client-1.4.15", version="v2024", experimental=True),
]
#: Older ones, and one of each later generation: what all of them can do is tried with these, too.
GENERATIONS = [
    Release(environment="sailpoint-1.0.6", version="beta", by_environment=True),
    Release(environment="sailpoint-1.2.0", version="v2024", experimental=True),
    Release(environment="sailpoint-1.2.7", version="v2024", experimental=True),
    Release(environment="sailpoint-1.4.2", version="v2025", experimental=True),
    Release(environment="sailpoint-2.1.72", version="v1"),
    Release(environment="sailpoint-api-client-1.4.15", version="v2024", experimental=True),
]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a call of an SDK came to."""

    release: Release
    status: int
    headers: dict[str, str]
    #: As it came, before the SDK read it.
    body: str
    #: What the SDK made of it.
    models: tuple[Document, ...] = ()
    warnings: tuple[str, ...] = ()
    #: The name of the SDK's exception.
    raised: str | None = None

    @property
    def data(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)

    @property
    def names(self) -> list[str]:
        """Of the tasks of a list, in its order."""
        return [each["uniqueName"] for each in self.models]

    @property
    def total(self) -> int:
        """The count, looked up as the SDK's users do: node folds the case, Python does not."""
        name = "X-Total-Count"
        return int(self.headers[name if self.release.is_python else name.lower()])

    def header(self, name: str) -> str:
        """A header, in whatever case."""
        return {key.lower(): value for key, value in self.headers.items()}[name.lower()]


@dataclass(frozen=True, kw_only=True)
class Sdk:
    """An SDK at work; `connect` decides which server it speaks to."""

    release: Release
    client: Client

    def connect(self, url: str, **login: str) -> bool:
        """Log in as the SDK's documentation says; whether there is a token."""
        headers = self.release.headers
        return self.log_in({"base_url": url} | login, headers)

    def log_in(self, login: dict[str, str], headers: Document | None) -> bool:
        """Log in with other default headers than the documentation says."""
        given: Document = {"login": login, "experimental": self.release.experimental}
        if self.release.is_python:
            given |= {"headers": headers, "by_environment": self.release.by_environment}
        return bool(self.client.call("connect", **given))

    def get(self, oid: str) -> Answer:
        """One task."""
        return self._call("get_task_status", id=oid)

    def tasks(self, **parameters: Any) -> Answer:
        """A page of tasks."""
        return self._call("get_task_status_list", **parameters)

    def patch(self, oid: str, *operations: Document) -> Answer:
        """A changed task."""
        return self._call("update_task_status", id=oid, json_patch_operation=list(operations))

    def pending(self, **parameters: Any) -> Answer:
        """A page of tasks that are not completed."""
        return self._call("get_pending_tasks", **parameters)

    def pending_headers(self, **parameters: Any) -> Answer:
        """Only the headers of such a page."""
        return self._call("get_pending_task_headers", **parameters)

    def process(self, *oids: str) -> str:
        """The id of the task that recomputes identities."""
        found: str = self.client.call("process", oids=list(oids))
        return found

    def paginate(self, result_limit: int, **parameters: Any) -> list[Document]:
        """All that the SDK's paginator gathers."""
        found: list[Document] = self.client.call(
            "paginate", result_limit=result_limit, **parameters
        )
        return found

    def _call(self, operation: str, **arguments: Any) -> Answer:
        answer = self.client.call("call", operation=operation, **arguments)
        models, warnings = answer.pop("models", ()), answer.pop("warnings", ())
        return Answer(
            release=self.release, models=tuple(models), warnings=tuple(warnings), **answer
        )


@contextmanager
def running(release: Release, folder: Path) -> Iterator[Sdk]:
    """The SDK in a process of its own."""
    if release.is_python:
        client = python_client(release.environment, "sailpoint_sdk", folder, release.version)
    else:
        version = release.version.capitalize()
        client = npm_client(release.environment, "sailpoint_api_client.cjs", folder, version)
    with client as started:
        yield Sdk(release=release, client=started)

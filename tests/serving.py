"""Real servers over temporary databases, and the small client that tests speak to them with."""

from __future__ import annotations

import base64
import http.client
import itertools
import os
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import httpx2

from tests.meaning import meaning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[1]
PASSWORD = "y0uR_P455woR*d"
ADMINISTRATOR = "administrator"
#: An OAuth client with all rights.
CLIENT, SECRET = "b61429f5-203d-494c-94c3-04f54e17bc5c", "a client's secret"
REST = "/midpoint/ws/rest"
TYPES = "http://prism.evolveum.com/xml/ns/public/types-3"
API_TYPES = "http://midpoint.evolveum.com/xml/ns/public/common/api-types-3"
COLLECTIONS = ("tasks", "users", "roles", "orgs", "services", "archetypes")
ROOTS = {name: name.removesuffix("s") for name in COLLECTIONS}
#: What most tests ask for: without it, answers are in XML.
IN_JSON = {"accept": "application/json"}
#: No object has it.
NOWHERE = "00000000-0000-4000-8000-00000000dead"

#: Seconds after which something hangs; a busy machine may be slow, and no promise is a time.
PATIENCE = 60.0

T = TypeVar("T")
_numbers = itertools.count(1)


def unique(prefix: str) -> str:
    """A name that no other test of this process uses."""
    return f"{prefix} {os.getpid()} {next(_numbers)}"


def wait_until(condition: Callable[[], T], seconds: float = PATIENCE) -> T:
    """The first true value of `condition`; an assertion error when the deadline passes."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {seconds} seconds; last seen: {value!r}"
        time.sleep(0.01)


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server process that listens."""

    process: subprocess.Popen[str]
    url: str
    database: Path
    log: Path

    def client(self, user: str = ADMINISTRATOR, password: str = PASSWORD) -> httpx2.Client:
        """A client of the midPoint API, logged in."""
        return httpx2.Client(
            base_url=self.url + REST, auth=(user, password), timeout=PATIENCE, headers=IN_JSON
        )

    def answer_to_head(self, method: str, path: str, **headers: str) -> httpx2.Response:
        """The answer to a request whose body is announced but never sent."""
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=30)
        token = base64.b64encode(f"{ADMINISTRATOR}:{PASSWORD}".encode()).decode()
        with closing(connection):
            connection.putrequest(method, REST + path)
            connection.putheader("authorization", f"Basic {token}")
            connection.putheader("accept", IN_JSON["accept"])
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders()
            answer = connection.getresponse()
            return httpx2.Response(
                answer.status, headers=answer.getheaders(), content=answer.read()
            )

    def stop(self) -> int:
        """Ask the server to end; its exit code."""
        self.process.terminate()
        return self.process.wait(timeout=PATIENCE)

    def kill(self) -> None:
        """End the server without warning."""
        self.process.kill()
        self.process.wait(timeout=PATIENCE)


def environment(**settings: object) -> dict[str, str]:
    """The environment of a server: ours without its settings, and these."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith("TASKGATE_")}
    given = {
        "workers": 1,
        "admin_password": PASSWORD,
        "client_id": CLIENT,
        "client_secret": SECRET,
        "synchronous": "NORMAL",
    } | settings
    return ours | {f"TASKGATE_{name.upper()}": str(value) for name, value in given.items()}


def unmeasured() -> dict[str, str]:
    """Our environment without coverage: for programs that run nothing of ours, or are killed.

    A tracer costs a third of their time, and who is killed writes nothing of it down.
    """
    return {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}


def serve_command(*flags: str) -> list[str]:
    return [sys.executable, "-m", "gateway", "serve", "--port", "0", *flags]


@contextmanager
def serving(database: Path, *flags: str, **settings: object) -> Iterator[Server]:
    """A running server over the database; it ends with the block."""
    settings = {"database_url": f"sqlite:///{database}"} | settings
    log = database.with_suffix(".log")
    with (
        log.open("a") as errors,
        subprocess.Popen(
            serve_command(*flags),
            cwd=ROOT,
            env=environment(**settings),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("taskgate listens on "), log.read_text()
            url = line.split()[-1]
            yield Server(process=process, url=url, database=database, log=log)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(timeout=PATIENCE)


class Api:
    """midPoint's REST API as short calls that insist on success."""

    def __init__(self, client: httpx2.Client) -> None:
        self.client = client

    def create(self, collection: str, items: dict[str, Any], **parameters: str) -> str:
        """The oid of a new object."""
        answer = self.client.post(
            f"/{collection}", json={ROOTS[collection]: items}, params=parameters
        )
        assert answer.status_code in (201, 202), answer.text
        return str(answer.headers["location"].rpartition("/")[2])

    def task(self, work: dict[str, Any] | None = None, **items: Any) -> str:
        """The oid of a new task; a suspended one that does nothing, if not told otherwise."""
        activity = {"work": {"noOp": {}} if work is None else work}
        return self.create("tasks", {"name": unique("task"), "activity": activity} | items)

    def waiting(self, **items: Any) -> str:
        """The oid of a new task that waits for others, as long as nobody runs it."""
        return self.task(schedulingState="waiting", waitingReason="otherTasks", **items)

    def running(self, **items: Any) -> str:
        """The oid of a task that is at work, for minutes if nobody stops it."""
        work = {"noOp": {"steps": 5_000, "delay": 20}}
        oid = self.task(work, schedulingState="ready", **items)
        self.when(oid, lambda task: task["executionState"] == "running" and task["progress"] > 0)
        return oid

    def get(self, collection: str, oid: str, **parameters: Any) -> dict[str, Any]:
        """The object."""
        answer = self.client.get(f"/{collection}/{oid}", params=parameters)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()[ROOTS[collection]]
        return found

    def search(self, collection: str, query: Any, **parameters: Any) -> list[dict[str, Any]]:
        """The objects that match a query body."""
        answer = self.client.post(f"/{collection}/search", json={"query": query}, params=parameters)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["object"].get("object", [])
        return found

    def names(self, collection: str, text: str, **paging: Any) -> list[str]:
        """Names of the objects that a text filter selects."""
        query = {"filter": {"text": text}, "paging": paging}
        return [each["name"] for each in self.search(collection, query)]

    def modify(self, collection: str, oid: str, *deltas: dict[str, Any], **params: str) -> None:
        """Change items."""
        answer = self.patch(collection, oid, *deltas, **params)
        assert answer.status_code == 204, answer.text

    def patch(
        self, collection: str, oid: str, *deltas: dict[str, Any], **params: str
    ) -> httpx2.Response:
        """The answer to a change of items."""
        body = {"objectModification": {"itemDelta": list(deltas)}}
        return self.client.patch(f"/{collection}/{oid}", json=body, params=params)

    def operate(self, oid: str, operation: str) -> httpx2.Response:
        """The answer to run, suspend or resume."""
        return self.client.post(f"/tasks/{oid}/{operation}")

    def when(
        self, oid: str, condition: Callable[[dict[str, Any]], object], seconds: float = PATIENCE
    ) -> dict[str, Any]:
        """The task as soon as the condition holds."""

        def held() -> dict[str, Any] | None:
            task = self.get("tasks", oid)
            return task if condition(task) else None

        found = wait_until(held, seconds)
        assert found is not None
        return found

    def when_closed(self, oid: str) -> dict[str, Any]:
        """The task as soon as it is closed."""
        return self.when(oid, lambda task: task["executionState"] == "closed")


def delta(kind: str, path: str, *value: Any) -> dict[str, Any]:
    """An item delta; without a value it has none."""
    return {"modificationType": kind, "path": path} | ({"value": value[0]} if value else {})


def states(task: dict[str, Any]) -> tuple[str | None, str | None]:
    """Scheduling and execution state."""
    return task.get("schedulingState"), task.get("executionState")


def _operation_result(answer: httpx2.Response) -> dict[str, Any]:
    """The result, after a look at what is around it in each form."""
    if answer.headers["content-type"] != IN_JSON["accept"]:
        assert "OperationResultType" in answer.text
        found: dict[str, Any] = meaning(answer)["object"]
        return found
    body = answer.json()
    assert set(body) == {"@ns", "object"}
    assert body["@ns"] == TYPES
    result: dict[str, Any] = body["object"]
    assert result["@type"] == "c:OperationResultType"
    assert isinstance(result["token"], int)
    return result


def assert_operation_result(answer: httpx2.Response, status: int) -> dict[str, Any]:
    """The one shape of midPoint's errors (midpoint-rest 2.1); the result."""
    assert answer.status_code == status, answer.text
    result = _operation_result(answer)
    assert result["status"] == "fatal_error"
    assert result["importance"] in ("major", "normal", "minor")
    assert isinstance(result["operation"], str)
    assert result["operation"]
    assert isinstance(result["message"], str)
    assert result["message"].strip()
    assert int(result["token"]) > 10**18
    assert result["start"] <= result["end"]
    assert "Traceback" not in answer.text
    return result

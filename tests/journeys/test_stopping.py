"""An orderly stop: soon, with exit code 0, with every task in the state that it asks for."""

from __future__ import annotations

import base64
import http.client
import time
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING

import httpx2

from tests.serving import ADMINISTRATOR, PASSWORD, REST, Api, serving, states

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AUTH = (ADMINISTRATOR, PASSWORD)
#: Scheduling and execution state of a task that was at work, by its threadStopAction.
LEFT = {
    "restart": ("ready", "runnable"),
    "reschedule": ("ready", "runnable"),
    "suspend": ("suspended", "suspended"),
    "close": ("closed", "closed"),
}
SECONDS = 30


def test_a_stop_leaves_each_task_as_it_asks_and_whoever_watches_an_answer(tmp_path: Path) -> None:
    path = tmp_path / "stopped.db"
    with serving(path) as server, server.client() as client, ExitStack() as stack:
        api = Api(client)
        oids = {action: api.running(threadStopAction=action) for action in LEFT}
        for page in ("/-/events", f"/-/tasks/{oids['restart']}/events"):
            stream = httpx2.stream("GET", server.url + page, auth=AUTH, timeout=30)
            assert stack.enter_context(stream).status_code == 200
        waits = [stack.enter_context(_waiting(server.url, oid)) for oid in oids.values()]
        # What is asked later is answered, so those that wait are being waited for.
        before = {action: api.get("tasks", oid)["progress"] for action, oid in oids.items()}
        asked = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - asked < SECONDS
        assert [wait.getresponse().status for wait in waits] == [200] * len(oids)
        assert "Traceback" not in server.log.read_text()
    with serving(path, "--no-engine") as server, server.client() as client:
        left = {action: Api(client).get("tasks", oid) for action, oid in oids.items()}
    assert {action: states(task) for action, task in left.items()} == LEFT
    with serving(path) as server, server.client() as client:
        api = Api(client)
        for action in ("restart", "reschedule"):
            task = api.when(oids[action], lambda task: task["executionState"] == "running")
            assert task["progress"] >= left[action]["progress"] >= before[action] > 0
            assert task["activityState"]["activity"]["executionAttempt"] == 2
        assert api.operate(oids["suspend"], "resume").status_code == 202
        api.when(oids["suspend"], lambda task: task["progress"] > left["suspend"]["progress"])


@contextmanager
def _waiting(url: str, oid: str) -> Iterator[http.client.HTTPConnection]:
    """A long poll for a task that does not end."""
    token = base64.b64encode(":".join(AUTH).encode()).decode()
    headers = {"authorization": f"Basic {token}", "prefer": "wait=60"}
    with closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)) as connection:
        connection.request("GET", f"{REST}/tasks/{oid}", headers=headers)
        yield connection

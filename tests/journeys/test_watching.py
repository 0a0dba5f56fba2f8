"""Watching tasks without polling: streams over HTTP, failures in one place, and an orderly stop."""

from __future__ import annotations

import base64
import http.client
import time
from contextlib import ExitStack, closing
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import httpx2
import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.http.pages import OWN
from tests.serving import ADMINISTRATOR, NOWHERE, PASSWORD, REST, Api, unique, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import ServerFactory
    from tests.serving import Server

WORK = {"noOp": {"steps": 3, "delay": 1}}
STREAMS = ["/-/events", "/-/tasks/{oid}/events"]


class Stream:
    """Events of an open stream, one after the other."""

    def __init__(self, answer: httpx2.Response) -> None:
        self.answer = answer
        self._lines = answer.iter_lines()

    def __next__(self) -> dict[str, Any]:
        """The next event, whose id, name and data agree."""
        fields = dict(
            line.split(": ", 1) for line in takewhile(bool, self._lines) if not line.startswith(":")
        )
        if not fields:
            raise StopIteration
        event: dict[str, Any] = orjson.loads(fields["data"])
        assert (fields["id"], fields["event"]) == (str(event["id"]), event["event"])
        return event

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self

    def until(self, name: str, oid: str) -> list[dict[str, Any]]:
        """Events of the task up to the one of that name."""
        found = []
        for event in self:
            if event["task"]["oid"] == oid:
                found.append(event)
                if event["event"] == name:
                    return found
        raise AssertionError(f"the stream ended without {name}: {found}")


def streaming(server: Server, path: str, **headers: str) -> Any:
    """An answer that goes on."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.stream(
        "GET", server.url + path, auth=(ADMINISTRATOR, PASSWORD), headers=named, timeout=30
    )


def names(events: list[dict[str, Any]]) -> list[str]:
    return [event["event"] for event in events]


def test_a_tasks_life_is_told_as_it_happens(api: Api, server: Server) -> None:
    with streaming(server, "/-/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        stream = Stream(answer)
        oid = api.task(WORK, schedulingState="ready")
        told = stream.until("task_finished", oid)
        api.operate(oid, "run")
        told += stream.until("task_finished", oid)
        api.client.delete(f"/tasks/{oid}")
        told += stream.until("task_deleted", oid)
    life = [name for name in names(told) if name != "task_progressed"]
    assert life == [
        "task_created",
        "task_started",
        "task_finished",
        "task_reopened",
        "task_started",
        "task_finished",
        "task_deleted",
    ]
    ids = [event["id"] for event in told]
    assert ids == sorted(set(ids))


def test_an_event_says_what_it_led_to(api: Api, server: Server) -> None:
    with streaming(server, "/-/events?names=task_finished") as answer:
        name = unique("told")
        oid = api.task(WORK, schedulingState="ready", name=name)
        (told,) = Stream(answer).until("task_finished", oid)
    assert told["task"] == {"oid": oid, "name": name}
    assert told["facts"]["execution_state"] == "closed"
    assert told["facts"]["result_status"] == "success"
    assert told["at"] == api.get("tasks", oid)["lastRunFinishTimestamp"]


def test_progress_is_told_with_counts(api: Api, server: Server) -> None:
    with streaming(server, "/-/events?names=task_progressed,task_finished") as answer:
        oid = api.task(WORK, schedulingState="ready")
        told = Stream(answer).until("task_finished", oid)
    progress = [event["facts"] for event in told if event["event"] == "task_progressed"]
    assert sum(facts["succeeded"] for facts in progress) == 3
    assert {facts["failed"] for facts in progress} == {0}


def test_suspending_and_resuming_are_told(api: Api, server: Server) -> None:
    with streaming(server, "/-/events?names=task_suspended,task_resumed,task_continued") as answer:
        oid = api.running()
        api.operate(oid, "suspend")
        api.operate(oid, "resume")
        told = Stream(answer).until("task_continued", oid)
        api.operate(oid, "suspend")
    assert names(told) == ["task_suspended", "task_resumed", "task_continued"]


def test_a_stream_of_one_task_has_nothing_of_others_and_ends_with_it(
    api: Api, server: Server
) -> None:
    oid = api.task()
    with streaming(server, f"/-/tasks/{oid.upper()}/events") as answer:
        api.task(schedulingState="ready")
        api.operate(oid, "resume")
        api.client.delete(f"/tasks/{oid}")
        told = list(Stream(answer))
    assert {event["task"]["oid"] for event in told} == {oid}
    assert names(told)[0] == "task_resumed"
    assert names(told)[-1] == "task_deleted"


def test_a_stream_goes_on_where_the_client_was(api: Api, server: Server) -> None:
    oid = api.task()
    with streaming(server, f"/-/tasks/{oid}/events") as answer:
        api.operate(oid, "resume")
        seen = next(Stream(answer))
    api.when_closed(oid)
    api.client.delete(f"/tasks/{oid}")
    with streaming(server, "/-/events", last_event_id=str(seen["id"])) as answer:
        missed = Stream(answer).until("task_deleted", oid)
    assert seen["event"] == "task_resumed"
    assert names(missed)[0] == "task_started"
    assert missed[0]["id"] > seen["id"]


def test_a_stream_over_a_restart_says_that_events_may_be_missed(
    make_server: ServerFactory,
) -> None:
    first = make_server()
    with first.client() as client, streaming(first, "/-/events") as answer:
        Api(client).task()
        seen = next(Stream(answer))["id"]
    first.stop()
    second = make_server(database=first.database)
    with streaming(second, "/-/events", last_event_id=str(seen)) as answer:
        told = next(Stream(answer))
    assert (told["event"], told["task"]) == ("events_missed", None)
    assert told["facts"]["remembered_from"] > seen


@pytest.mark.parametrize("path", [*STREAMS, "/-/errors"])
def test_watching_is_for_those_who_are_logged_in(server: Server, api: Api, path: str) -> None:
    answer = httpx2.get(server.url + path.format(oid=api.task()))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic realm=")


@pytest.mark.parametrize(
    ("path", "headers", "status", "text"),
    [
        ("/-/events?names=task_started,task_done", {}, 400, "no event 'task_done'; there are"),
        ("/-/events", {"last-event-id": "yesterday"}, 400, "Last-Event-ID"),
        ("/-/events", {"last-event-id": "9" * 40}, 400, "Last-Event-ID"),
        (f"/-/tasks/{NOWHERE}/events", {}, 404, NOWHERE),
        ("/-/tasks/nightly/events", {}, 404, "Not Found"),
        ("/-/errors?since=yesterday", {}, 400, "15m, 24h or 7d, or an instant such as"),
        ("/-/errors?limit=all", {}, 400, "from 1 to 1000"),
    ],
)
def test_what_cannot_be_watched_is_a_problem(
    server: Server,
    client: httpx2.Client,
    path: str,
    headers: dict[str, str],
    status: int,
    text: str,
) -> None:
    answer = client.get(server.url + path, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert text in answer.json()["title"]


def test_a_stream_of_a_user_is_none_of_a_task(api: Api, server: Server) -> None:
    oid = api.create("users", {"name": unique("user")})
    assert api.client.get(f"{server.url}/-/tasks/{oid}/events").status_code == 404


def test_a_run_that_failed_is_among_the_errors(api: Api, server: Server) -> None:
    owner = api.create("users", {"name": unique("nobody")})
    reference = {"oid": owner, "type": "c:UserType"}
    oid = api.task(WORK, ownerRef=reference, schedulingState="ready")
    api.when(oid, lambda task: task.get("resultStatus") == "fatal_error")
    answer = api.client.get(f"{server.url}/-/errors", params={"task": oid, "since": "1h"})
    (found,) = answer.json()
    assert found["task"] == {"oid": oid, "name": api.get("tasks", oid)["name"]}
    assert (found["status"], found["object"], found["activity"]) == ("fatal_error", None, None)
    assert owner in found["message"]
    assert found in api.client.get(f"{server.url}/-/errors?limit=1000").json()
    assert api.client.get(f"{server.url}/-/errors?since=2999-01-01").json() == []


def test_metrics_follow_what_happens(api: Api, server: Server) -> None:
    def events(name: str) -> float:
        text = httpx2.get(server.url + "/prometheus_metrics").text
        return next(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == "taskgate_events_total" and sample.labels == {"event": name}
        )

    before = events("task_finished")
    api.when_closed(api.task(WORK, schedulingState="ready"))
    wait_until(lambda: events("task_finished") > before)


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_the_pages_beside_the_apis_are_listed(server: Server, path: str) -> None:
    text = httpx2.get(server.url + path).text
    assert all(f"<code>{own}</code>" in text for own in OWN)


def test_what_is_listed_beside_the_apis_is_there(api: Api, server: Server) -> None:
    for path, what in OWN.items():
        with streaming(server, path.format(oid=api.task())) as answer:
            if what.startswith("POST"):
                assert (answer.status_code, answer.headers["allow"]) == (405, "POST"), path
            else:
                assert answer.status_code == 200, path


def test_a_stop_ends_streams_and_waits_in_order_and_soon(make_server: ServerFactory) -> None:
    own = make_server()
    waiting = http.client.HTTPConnection(own.url.removeprefix("http://"), timeout=60)
    with own.client() as client, closing(waiting), ExitStack() as stack:
        oid = Api(client).running()
        paths = [path.format(oid=oid) for path in STREAMS]
        streams = [Stream(stack.enter_context(streaming(own, path))) for path in paths]
        token = base64.b64encode(f"{ADMINISTRATOR}:{PASSWORD}".encode()).decode()
        headers = {"authorization": f"Basic {token}", "prefer": "wait=60"}
        waiting.request("GET", f"{REST}/tasks/{oid}", headers=headers)
        # What was asked later is answered, so the one that waits is being waited for.
        assert client.get(f"/tasks/{oid}").status_code == 200
        start = time.monotonic()
        assert own.stop() == 0
        assert time.monotonic() - start < 30
        assert waiting.getresponse().status == 200
        for stream in streams:
            assert {event["task"]["oid"] for event in stream} <= {oid}
    assert "without completing response" not in own.log.read_text()
    assert "Traceback" not in own.log.read_text()

"""`Prefer: wait=N` on a task: the answer comes with the news, or when the time is over."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.serving import NOWHERE, assert_operation_result, delta, unique, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    import httpx2

    from tests.serving import Api, Server

#: Longer than any test may take: who answers within it has not waited in vain.
LONG = "wait=60"
SHORT_WORK = {"noOp": {"steps": 20, "delay": 10}}


@pytest.fixture(scope="module")
def aside() -> Iterator[ThreadPoolExecutor]:
    """For requests that wait while the test goes on."""
    with ThreadPoolExecutor(4) as pool:
        yield pool


def get(client: httpx2.Client, oid: str, wait: str = LONG, **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(f"/tasks/{oid}", headers={"prefer": wait, **named})


def waiting_get(
    aside: ThreadPoolExecutor, server: Server, oid: str, **headers: str
) -> Future[httpx2.Response]:
    """The answer of a request that is sent while the test goes on."""

    def ask() -> httpx2.Response:
        with server.client() as own:
            return get(own, oid, **headers)

    return aside.submit(ask)


def test_a_task_that_is_to_run_is_answered_when_it_rests(api: Api, client: httpx2.Client) -> None:
    answer = get(client, api.task(SHORT_WORK, schedulingState="ready"))
    assert answer.status_code == 200
    assert answer.headers["preference-applied"] == "wait=60"
    task = answer.json()["task"]
    assert (task["executionState"], task["resultStatus"]) == ("closed", "success")


def test_run_and_wait_answers_the_next_result(api: Api, client: httpx2.Client) -> None:
    oid = api.task(SHORT_WORK, schedulingState="ready")
    first = get(client, oid).json()["task"]
    api.operate(oid, "run")
    second = get(client, oid).json()["task"]
    assert second["executionState"] == "closed"
    assert second["lastRunStartTimestamp"] > first["lastRunFinishTimestamp"]


@pytest.mark.parametrize(
    "items",
    [
        {"schedulingState": "suspended"},
        {"schedulingState": "waiting"},
        {"schedulingState": "closed"},
        {
            "schedulingState": "ready",
            "recurrence": "recurring",
            "schedule": {"interval": 3600, "earliestStartTime": "2090-01-01T00:00:00Z"},
        },
    ],
    ids=["suspended", "waiting", "closed", "scheduled"],
)
def test_a_task_that_rests_is_answered_at_once(
    api: Api, client: httpx2.Client, items: dict[str, Any]
) -> None:
    assert get(client, api.task(**items)).status_code == 200


def test_a_suspended_run_is_answered(api: Api, server: Server, aside: ThreadPoolExecutor) -> None:
    oid = api.running()
    answer = waiting_get(aside, server, oid)
    api.operate(oid, "suspend")
    assert answer.result(30).json()["task"]["executionState"] == "suspended"


def test_with_an_etag_the_answer_comes_when_the_task_differs(
    api: Api, client: httpx2.Client, server: Server, aside: ThreadPoolExecutor
) -> None:
    oid = api.task()
    etag = client.get(f"/tasks/{oid}").headers["etag"]
    answers = [waiting_get(aside, server, oid, if_none_match=etag) for _ in range(3)]
    api.modify("tasks", oid, delta("replace", "description", "news"))
    for answer in answers:
        found = answer.result(30)
        assert (found.status_code, found.json()["task"]["description"]) == (200, "news")
        assert found.headers["etag"] != etag


def test_with_an_etag_a_run_is_seen_step_by_step(api: Api, client: httpx2.Client) -> None:
    oid = api.running()
    etag, seen = "none", []
    for _ in range(4):
        answer = get(client, oid, if_none_match=etag)
        etag = answer.headers["etag"]
        seen.append(answer.json()["task"]["progress"])
    api.operate(oid, "suspend")
    assert seen == sorted(set(seen))


def test_when_the_time_is_over_the_answer_is_not_modified(api: Api, client: httpx2.Client) -> None:
    oid = api.task()
    etag = client.get(f"/tasks/{oid}").headers["etag"]
    answer = get(client, oid, "wait=1", if_none_match=etag)
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["preference-applied"] == "wait=1"
    assert answer.headers["etag"] == etag


def test_when_the_time_is_over_a_running_task_is_answered_as_it_is(
    api: Api, client: httpx2.Client
) -> None:
    oid = api.running()
    answer = get(client, oid, "wait=0")
    api.operate(oid, "suspend")
    assert answer.json()["task"]["executionState"] == "running"


def test_a_longer_wait_is_cut_and_the_answer_says_so(api: Api, client: httpx2.Client) -> None:
    answer = get(client, api.task(), "respond-async, wait=86400")
    assert answer.headers["preference-applied"] == "wait=60"


@pytest.mark.parametrize("prefer", ["wait=soon", "wait", "wait=-1", "return=minimal", '"'])
def test_a_preference_that_cannot_be_read_is_ignored(
    api: Api, client: httpx2.Client, prefer: str
) -> None:
    answer = get(client, api.running(), prefer)
    assert answer.status_code == 200
    assert "preference-applied" not in answer.headers


def test_other_objects_do_not_wait(api: Api, client: httpx2.Client) -> None:
    oid = api.create("users", {"name": unique("user")})
    etag = client.get(f"/users/{oid}").headers["etag"]
    answer = client.get(f"/users/{oid}", headers={"prefer": LONG, "if-none-match": etag})
    assert answer.status_code == 304
    assert "preference-applied" not in answer.headers


def test_options_of_reading_hold_for_the_answer_that_was_waited_for(
    api: Api, client: httpx2.Client
) -> None:
    oid = api.task(SHORT_WORK, schedulingState="ready")
    answer = client.get(f"/tasks/{oid}?include=result", headers={"prefer": LONG})
    assert answer.json()["task"]["result"]["status"] == "success"


def test_a_task_that_is_not_there_is_not_waited_for(client: httpx2.Client) -> None:
    assert_operation_result(get(client, NOWHERE), 404)


def test_a_task_that_is_deleted_meanwhile_is_not_found(
    api: Api, client: httpx2.Client, server: Server, aside: ThreadPoolExecutor
) -> None:
    oid = api.running()
    answer = waiting_get(aside, server, oid)
    assert client.delete(f"/tasks/{oid}").status_code == 204
    assert_operation_result(answer.result(30), 404)


def test_who_waits_holds_up_nobody(
    api: Api, client: httpx2.Client, server: Server, aside: ThreadPoolExecutor
) -> None:
    oid = api.task()
    etag = client.get(f"/tasks/{oid}").headers["etag"]
    answers = [waiting_get(aside, server, oid, if_none_match=etag) for _ in range(4)]
    assert api.names("tasks", f". inOid ('{oid}')")
    other = api.task({"noOp": {}}, schedulingState="ready")
    assert api.when_closed(other)["resultStatus"] == "success"
    assert not any(answer.done() for answer in answers)
    api.modify("tasks", oid, delta("replace", "description", "news"))
    wait_until(lambda: all(answer.done() for answer in answers))

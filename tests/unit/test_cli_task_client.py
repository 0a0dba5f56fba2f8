"""The calls of the task commands, against answers of every shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import orjson
import pytest
import typer

from gateway.cli.remote import Exit, Refused, check_response, connect
from gateway.cli.task_client import Target, TaskClient, TaskQuery, all_of, condition
from gateway.query import compile_filter
from gateway.store.sqlite.compile.where import where_of

if TYPE_CHECKING:
    from collections.abc import Callable

OID = "6d13632c-6b75-4a33-9744-ec9523375f6b"


def answering(answer: httpx2.Response, seen: list[httpx2.Request] | None = None) -> TaskClient:
    def handle(request: httpx2.Request) -> httpx2.Response:
        if seen is not None:
            seen.append(request)
        return answer

    transport = httpx2.MockTransport(handle)
    return TaskClient(httpx2.Client(transport=transport, base_url="http://server"))


def test_a_search_that_finds_one_task_may_answer_with_it_bare() -> None:
    answer = httpx2.Response(200, json={"object": {"object": {"oid": OID, "name": "x"}}})
    client = answering(answer)
    found, total = client.search(TaskQuery())
    assert ([each.task["oid"] for each in found], total) == ([OID], 1)


def test_a_search_that_finds_nothing_may_leave_the_list_out() -> None:
    client = answering(httpx2.Response(200, json={"object": {}}))
    assert client.search(TaskQuery()) == ([], 0)


def test_a_name_as_long_as_an_oid_is_still_a_name() -> None:
    seen: list[httpx2.Request] = []
    name = "x" * len(OID)
    client = answering(httpx2.Response(200, json={"object": {"object": {"oid": OID}}}), seen)
    assert client.resolve(name) == Target(oid=OID, name=name)
    assert [request.method for request in seen] == ["POST"]


def test_a_search_says_what_it_wants() -> None:
    seen: list[httpx2.Request] = []
    client = answering(httpx2.Response(200, json={"object": {}}), seen)
    client.search(TaskQuery(filters=("a = 1",), limit=5, order="name", is_descending=True))
    paging = {"orderBy": "name", "orderDirection": "descending", "maxSize": 5}
    assert orjson.loads(seen[0].content) == {
        "query": {"paging": paging, "filter": {"text": "a = 1"}}
    }


def test_the_servers_clock_says_when_a_task_was_seen() -> None:
    headers = {"date": "Sun, 15 Jun 2025 12:00:00 GMT"}
    client = answering(httpx2.Response(200, json={"task": {}}, headers=headers))
    assert client.get(OID).at == 1_749_988_800


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, None),
        (
            '299 taskgate "The task is suspended; resume it first."',
            "The task is suspended; resume it first.",
        ),
        ("199 strange", "199 strange"),
    ],
)
def test_a_warning_is_told_in_its_own_words(header: str | None, message: str | None) -> None:
    headers = {} if header is None else {"warning": header}
    client = answering(httpx2.Response(204, headers=headers))
    assert client.operate(OID, "run") == message


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(200, text="<html>"),
        httpx2.Response(200, json=[]),
        httpx2.Response(200, json={"task": "x"}),
        httpx2.Response(200, json={"user": {}}),
    ],
)
def test_a_server_of_another_kind_is_recognised(answer: httpx2.Response) -> None:
    client = answering(answer)
    with pytest.raises(Refused, match="is it a Taskgate"):
        client.get(OID)


@pytest.mark.parametrize(
    ("answer", "whole"),
    [
        (httpx2.Response(409, json={"title": "Not now."}), "409: Not now."),
        (
            httpx2.Response(400, json={"object": {"message": "No.", "details": "a\n^"}}),
            "400: No.\na\n^",
        ),
        (httpx2.Response(502, text="<html>"), "502: Bad Gateway"),
        (httpx2.Response(500, json=["x"]), "500: Internal Server Error"),
        (httpx2.Response(500, json={"object": "x"}), "500: Internal Server Error"),
    ],
)
def test_a_refusal_says_what_the_server_says(answer: httpx2.Response, whole: str) -> None:
    with pytest.raises(Refused) as caught:
        check_response(answer)
    assert caught.value.whole == whole


def broken(kind: type[Exception]) -> Callable[[], None]:
    def breaks() -> None:
        raise kind("x")

    return breaks


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (httpx2.ReadTimeout, Exit.TIMEOUT),
        (httpx2.ConnectError, Exit.UNREACHABLE),
        (httpx2.UnsupportedProtocol, Exit.USAGE),
        (httpx2.InvalidURL, Exit.USAGE),
        (Refused, Exit.REFUSED),
    ],
)
def test_what_goes_wrong_on_the_way_has_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception], code: Exit
) -> None:
    monkeypatch.setenv("TASKGATE_PASSWORD", "x")
    with pytest.raises(typer.Exit) as caught, connect("http://server", "administrator"):
        broken(error)()
    assert caught.value.exit_code == code


@pytest.mark.parametrize(
    "name", ["plain", "it's", 'say "x"', "ends with \\", "' or name != '", "a\\'b"]
)
def test_a_name_is_quoted_so_that_it_stays_one_value(name: str) -> None:
    written = all_of([condition("name", "equal", name), condition("name", "startsWith", name)])
    compiled = compile_filter(written, "TaskType")
    assert compiled is not None
    assert where_of(compiled).parameters.count(name) >= 1
    assert " and " in written


def test_a_name_that_no_filter_can_hold_is_refused() -> None:
    with pytest.raises(Refused, match="line breaks"):
        condition("name", "equal", "a\nb")


def test_a_filter_that_ends_with_a_comment_does_not_swallow_the_next() -> None:
    written = all_of(["name = 'a' // mine", "name = 'b'"])
    compiled = compile_filter(written, "TaskType")
    assert compiled is not None
    assert {"a", "b"} <= set(where_of(compiled).parameters)
